//! From the bytes of a file to blocks of whole records: what kind of file it is, by its content, and where to cut.
//!
//! A file of any size goes through as blocks of a few megabytes, so memory does not grow with it. Blocks of one file can be
//! read by different workers: each starts and ends at a record.

mod blocks;
mod encoding;
mod json;
mod records;

use std::sync::Arc;

pub(crate) use blocks::w3c_columns;
pub use blocks::{Block, Blocks, Overlong};
pub use encoding::{Encoding, decode_line};
pub(crate) use json::json_end;
pub use json::{Document, documents};
pub use records::Records;

/// A line (or document) longer than this is reported and not read, in bytes.
pub const LONGEST_RECORD: usize = 1 << 20;

/// What a file is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Windows event log: a header, then chunks of 65,536 bytes.
    Evtx,
    /// One record a line.
    Lines,
    /// Records of several lines.
    Records(Records),
    /// JSON documents over several lines, or an array of them.
    JsonDocuments,
    /// `journalctl -o export`.
    JournalExport,
    /// Windows events as XML.
    XmlEvents,
    /// Not text and no format that is known.
    Binary,
    /// Nothing.
    Empty,
}

/// The kind of a file, as its first bytes show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// What it is made of.
    pub form: Form,
    /// How its text is written; files without a mark are UTF-8, or Shift_JIS or EUC-JP line by line.
    pub encoding: Encoding,
    /// Bytes of the byte-order mark.
    pub mark: usize,
    /// Column names, where the head states them (CSV with a header; W3C logs state them in the text).
    pub columns: Option<Arc<[String]>>,
    /// What separates columns.
    pub separator: u8,
}

/// Looks at the first bytes of a file (64 KiB are plenty).
pub fn shape(head: &[u8]) -> Shape {
    let (encoding, mark) = encoding::of_file(head);
    let mut shape = Shape { form: Form::Lines, encoding, mark, columns: None, separator: b',' };
    if head.is_empty() {
        shape.form = Form::Empty;
        return shape;
    }
    if head.starts_with(b"ElfFile\0") {
        shape.form = Form::Evtx;
        return shape;
    }
    let text = encoding.head_text(head.get(mark..).unwrap_or_default());
    let start = text.trim_start();
    shape.form = if encoding == Encoding::Utf8 && is_binary(head) {
        Form::Binary
    } else if start.starts_with("__CURSOR=") || start.starts_with("__REALTIME_TIMESTAMP=") {
        Form::JournalExport
    } else if (start.starts_with('{') || start.starts_with('['))
        && !is_json_lines(start)
        && is_json_start(start)
    {
        Form::JsonDocuments
    } else if start.starts_with("<Event") || (start.starts_with("<?xml") && start.contains("<Event")) {
        Form::XmlEvents
    } else {
        Form::Lines
    };
    if shape.form == Form::Lines
        && let Some((columns, separator)) = header(start)
    {
        shape.columns = Some(columns);
        shape.separator = separator;
    }
    if shape.form == Form::Lines
        && encoding == Encoding::Utf8
        && let Some(kind) = Records::of(start, shape.columns.as_deref())
    {
        shape.form = Form::Records(kind);
    }
    shape
}

/// Bytes that no text log holds in number: more than one control byte in 64. A long run of NULs is a hole that a crash left
/// in a log, and does not count; but where there is nothing else, there is no text.
fn is_binary(head: &[u8]) -> bool {
    const HOLE: usize = 8;
    let (mut control, mut rest) = (0, head.len());
    for run in head.chunk_by(|a, b| (*a == 0) == (*b == 0)) {
        if run.first() != Some(&0) {
            control += run.iter().filter(|b| **b < 9 || (14..27).contains(*b)).count();
        } else if run.len() < HOLE {
            control += run.len();
        } else {
            rest -= run.len();
        }
    }
    rest == 0 || (control > 8 && control > rest / 64)
}

/// `{"`, `{ "`, `{}`, `[{`, and blanks between.
fn is_json_start(text: &str) -> bool {
    let mut rest = text;
    if let Some(inner) = rest.strip_prefix('[') {
        rest = inner.trim_start();
    }
    rest.strip_prefix('{').is_some_and(|inner| inner.trim_start().starts_with(['"', '}']))
}

/// One object a line: the first line is a whole object by itself and holds more than a wrapper's list.
fn is_json_lines(text: &str) -> bool {
    let Some((first, rest)) = text.split_once('\n') else { return false };
    let first = first.trim_end();
    let next = rest.trim_start();
    first.starts_with('{')
        && first.ends_with('}')
        && (next.is_empty() || next.starts_with('{'))
        && !json::is_wrapper(first.as_bytes())
}

/// The column names of a CSV header: at least three cells, all different, all words (no numbers, times, addresses).
fn header(text: &str) -> Option<(Arc<[String]>, u8)> {
    let first = text.lines().next()?.trim_end();
    let separator = [',', ';', '\t'].into_iter().max_by_key(|s| first.matches(*s).count())?;
    let cells: Vec<String> =
        first.split(separator).map(|c| c.trim().trim_matches('"').trim().to_owned()).collect();
    let word = |c: &String| {
        !c.is_empty()
            && c.len() <= 64
            && c.chars().next().is_some_and(|f| f.is_alphabetic() || f == '_' || f == '@')
            && c.chars()
                .all(|x| x.is_alphanumeric() || matches!(x, ' ' | '_' | '-' | '.' | '(' | ')' | '/' | '@'))
            && !c.contains("  ")
    };
    let mut sorted = cells.clone();
    sorted.sort();
    sorted.dedup();
    let names = ["time", "date", "timestamp", "created", "日時", "時刻", "日付"];
    let timed = cells.iter().any(|c| names.iter().any(|n| c.to_lowercase().contains(n)));
    (cells.len() >= 3 && sorted.len() == cells.len() && cells.iter().all(word) && timed)
        .then(|| (cells.into(), u8::try_from(separator).unwrap_or(b',')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(head: &str) -> Form {
        shape(head.as_bytes()).form
    }

    #[test]
    fn files_are_known_by_their_content() {
        assert_eq!(form(""), Form::Empty);
        assert_eq!(form("ElfFile\0rest"), Form::Evtx);
        assert_eq!(form("Dec 26 03:04:05 host sshd[1]: hello\n"), Form::Lines);
        assert_eq!(form("{\"a\":1}\n{\"a\":2}\n"), Form::Lines);
        assert_eq!(form("{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n"), Form::JsonDocuments);
        assert_eq!(form("[{\"a\":1},{\"a\":2}]"), Form::JsonDocuments);
        assert_eq!(form("{\"value\": [{\"a\":1}]}\n"), Form::JsonDocuments);
        assert_eq!(form("[Sun Dec 04 04:47:44 2005] [notice] workerEnv.init() ok\n"), Form::Lines);
        assert_eq!(form("__CURSOR=s=1\n"), Form::JournalExport);
        assert_eq!(form("<Event xmlns='x'><System/></Event>"), Form::XmlEvents);
        assert_eq!(form("\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\u{1}\u{2}"), Form::Binary);
        assert_eq!(form("\0\0\0\0\0\0\0\0\0\0\0\0"), Form::Binary);
        assert_eq!(
            form(&format!("Dec 26 03:04:05 h a: x\n{}\nDec 26 03:04:06 h a: y\n", "\0".repeat(4096))),
            Form::Lines
        );
    }

    #[test]
    fn a_csv_header_is_told_from_a_first_row() {
        let s = shape("日時,利用者,結果\n2026/12/26 03:04:05,taro,成功\n".as_bytes());
        assert_eq!(s.columns.unwrap().as_ref(), ["日時", "利用者", "結果"]);
        assert!(shape(b"1,2026/12/26 03:04:05,0123,TRAFFIC,end\n").columns.is_none());
        assert!(shape(b"\"SRV\",\"RAS\",09/22/2022,13:32:06,1\n").columns.is_none());
    }
}
