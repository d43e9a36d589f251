//! The records of a CSV text (RFC 4180), strictly, with the rows that people see.
//!
//! The csv crate reads leniently: a quotation mark that is never closed swallows the rest of the file without a word,
//! and blank lines are passed over uncounted. Here such a file is refused, and every row has its number. That both give
//! the same records of well-formed text is tested.

use std::iter::Peekable;
use std::str::Chars;

/// One record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Number of the row as spreadsheets show it, from 1; blank lines count.
    pub(super) row: u32,
    /// The fields.
    pub(super) fields: Vec<String>,
}

/// Why a text is no CSV.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// The row that is broken.
    pub(super) row: u32,
    /// What is wrong there.
    pub(super) fault: Fault,
}

/// What may be wrong with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A quotation mark is not closed before the end of the file.
    Unclosed,
    /// Text follows a closing quotation mark.
    TextAfterQuote,
    /// A quotation mark stands in a field that does not begin with one.
    QuoteInText,
}

/// The records one after another; ends after the first fault.
pub(super) fn records(text: &str, separator: char) -> Records<'_> {
    Records { rest: text.chars().peekable(), separator, row: 0, ended: false }
}

/// Iterator over the records.
pub(super) struct Records<'a> {
    rest: Peekable<Chars<'a>>,
    separator: char,
    row: u32,
    ended: bool,
}

/// What follows a field.
enum After {
    Field,
    Record,
}

impl Iterator for Records<'_> {
    type Item = Result<Record, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended || self.rest.peek().is_none() {
            return None;
        }
        self.row = self.row.saturating_add(1);
        let mut fields = Vec::new();
        loop {
            match self.field() {
                Ok((field, After::Field)) => fields.push(field),
                Ok((field, After::Record)) => {
                    fields.push(field);
                    return Some(Ok(Record { row: self.row, fields }));
                }
                Err(fault) => {
                    self.ended = true;
                    return Some(Err(Broken { row: self.row, fault }));
                }
            }
        }
    }
}

impl Records<'_> {
    fn field(&mut self) -> Result<(String, After), Fault> {
        if self.rest.next_if_eq(&'"').is_some() {
            let field = self.quoted()?;
            return match self.end() {
                Some(after) => Ok((field, after)),
                None => Err(Fault::TextAfterQuote),
            };
        }
        let mut field = String::new();
        loop {
            if let Some(after) = self.end() {
                return Ok((field, after));
            }
            match self.rest.next() {
                Some('"') => return Err(Fault::QuoteInText),
                Some(c) => field.push(c),
                None => return Ok((field, After::Record)),
            }
        }
    }

    fn quoted(&mut self) -> Result<String, Fault> {
        let mut field = String::new();
        loop {
            match self.rest.next().ok_or(Fault::Unclosed)? {
                '"' if self.rest.next_if_eq(&'"').is_some() => field.push('"'),
                '"' => return Ok(field),
                c => field.push(c),
            }
        }
    }

    /// Takes the separator or the line end that stands here. The end of the text ends a record too.
    fn end(&mut self) -> Option<After> {
        match self.rest.peek().copied() {
            Some(c) if c == self.separator => {
                self.rest.next();
                Some(After::Field)
            }
            Some('\r') => {
                self.rest.next();
                self.rest.next_if_eq(&'\n');
                Some(After::Record)
            }
            Some('\n') => {
                self.rest.next();
                Some(After::Record)
            }
            Some(_) => None,
            None => Some(After::Record),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<(u32, Vec<String>)>, Broken> {
        records(text, ',').map(|record| record.map(|r| (r.row, r.fields))).collect()
    }

    fn row(number: u32, fields: &[&str]) -> (u32, Vec<String>) {
        (number, fields.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn rows_are_numbered_as_spreadsheets_do() {
        assert_eq!(
            read("a,b\r\n\r\n\"1\n2\",\"x\"\"y\"\n3,\n").unwrap(),
            [row(1, &["a", "b"]), row(2, &[""]), row(3, &["1\n2", "x\"y"]), row(4, &["3", ""])]
        );
        assert_eq!(read("a,b\rc,d").unwrap(), [row(1, &["a", "b"]), row(2, &["c", "d"])]);
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn broken_quotes_are_refused_with_their_row() {
        for (text, number, fault) in [
            ("a,b\n1,\"2\n3,4\n", 2, Fault::Unclosed),
            ("a,b\n1,\"2\"3\n", 2, Fault::TextAfterQuote),
            ("24\" monitor,b\n", 1, Fault::QuoteInText),
        ] {
            assert_eq!(read(text).unwrap_err(), Broken { row: number, fault }, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_is_read_as_it_was(
            rows in proptest::collection::vec(proptest::collection::vec("[a\"',;\t\r\n 表=]{0,5}", 2..4), 0..6),
        ) {
            let mut writer = ::csv::WriterBuilder::new().flexible(true).terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
            for fields in &rows {
                writer.write_record(fields).unwrap();
            }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let read: Vec<_> = read(&text).unwrap().into_iter().map(|(_, fields)| fields).collect();
            prop_assert_eq!(read, rows);
        }

        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
