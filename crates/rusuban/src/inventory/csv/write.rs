//! Writing a register as CSV files that Excel opens: one file a table, CRLF, a byte order mark where it is UTF-8.

use std::fs;
use std::path::Path;

use encoding_rs::SHIFT_JIS;
use rusuban_core::model::register::problem::ColumnPlace;
use rusuban_core::model::register::{Problem, Register, Table};
use rusuban_core::model::text::Text;

use super::super::WriteError;
use super::super::cell::letters;
use super::super::source::replace_file;
use super::marked;

/// The encoding of CSV files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CsvEncoding {
    /// UTF-8 with a byte order mark, by which Excel knows it.
    #[default]
    Utf8,
    /// Shift_JIS (code page 932), for programs that read nothing else.
    ShiftJis,
}

/// Writes one CSV file a table into a folder, which is made where it is not there: `sections.csv` and so on. Files of
/// these names are replaced, each as a whole.
///
/// # Errors
/// Where characters do not exist in the encoding (then nothing is written), or the files cannot be written.
pub fn write_csv(register: &Register, folder: &Path, encoding: CsvEncoding) -> Result<(), WriteError> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for table in Table::ALL {
        let rows = rows_of(register, table);
        if encoding == CsvEncoding::ShiftJis {
            problems.extend(unencodable(table, &rows));
        }
        files.push((file_name(table), encoded(&csv_text(&rows)?, encoding)));
    }
    if !problems.is_empty() {
        return Err(WriteError::Unencodable(problems));
    }
    fs::create_dir_all(folder).map_err(|source| WriteError::Io { path: folder.to_owned(), source })?;
    for (name, bytes) in files {
        replace_file(&folder.join(name), &bytes)?;
    }
    Ok(())
}

fn file_name(table: Table) -> String {
    format!("{}.csv", table.as_str())
}

/// The header and the rows, with the marks that formulas need.
fn rows_of(register: &Register, table: Table) -> Vec<Vec<String>> {
    let header = table.columns().iter().map(|column| column.ja.to_owned()).collect();
    let rows = register.text_table(table).rows;
    let marked_row = |row: Vec<String>| row.iter().map(|cell| marked(cell)).collect();
    std::iter::once(header).chain(rows.into_iter().map(marked_row)).collect()
}

fn csv_text(rows: &[Vec<String>]) -> Result<String, ::csv::Error> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row)?;
    }
    let bytes = writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn encoded(text: &str, encoding: CsvEncoding) -> Vec<u8> {
    match encoding {
        CsvEncoding::Utf8 => format!("\u{FEFF}{text}").into_bytes(),
        CsvEncoding::ShiftJis => SHIFT_JIS.encode(text).0.into_owned(),
    }
}

/// The values that Shift_JIS does not have.
fn unencodable(table: Table, rows: &[Vec<String>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (number, row) in (1..).zip(rows) {
        for (at, (cell, column)) in (0..).zip(row.iter().zip(table.columns())) {
            let lost: Vec<char> = cell.chars().filter(|c| !in_shift_jis(*c)).collect();
            let place = ColumnPlace { letter: letters(at), header: column.ja.to_owned() };
            problems.extend(
                lost_characters(table, &lost)
                    .map(|problem| problem.in_row(number).in_column(place).with_value(cell)),
            );
        }
    }
    problems
}

/// Whether a character comes back as itself. The encoder of the WHATWG also writes `¥` as `\` and `−` as `－`, which do
/// not.
fn in_shift_jis(c: char) -> bool {
    let text = c.to_string();
    let (bytes, _, unmappable) = SHIFT_JIS.encode(&text);
    !unmappable && SHIFT_JIS.decode_without_bom_handling(&bytes).0 == text
}

fn lost_characters(table: Table, lost: &[char]) -> Option<Problem> {
    if lost.is_empty() {
        return None;
    }
    let mut lost = lost.to_vec();
    lost.sort_unstable();
    lost.dedup();
    let shown: Vec<String> = lost.iter().map(|c| format!("「{c}」(U+{:04X})", u32::from(*c))).collect();
    let shown = shown.join("、");
    Some(Problem::fault(
        &file_name(table),
        "not-in-shift-jis",
        Text::new(format!("Shift_JISにない文字です: {shown}"), format!("Shift_JIS does not have: {shown}")),
        Text::new(
            "UTF-8で書き出すか、台帳の文字を置き換えてください",
            "export it as UTF-8, or replace the characters in the register",
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_do_not_come_back_are_not_written() {
        for c in "髙﨑\u{FA19}①㈱～ｱ\n\"".chars() {
            assert!(in_shift_jis(c), "{c}");
        }
        for c in "〜¥‾−\u{FA30}\u{2F80A}😀𠮷\u{E000}".chars() {
            assert!(!in_shift_jis(c), "{c}");
        }
    }
}
