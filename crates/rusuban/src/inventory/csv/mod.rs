//! CSV: reading in the encodings that offices have, and writing so that Excel opens it.

mod decode;
mod records;
mod write;

use rusuban_core::model::register::Problem;
use rusuban_core::model::text::Text;

use super::Limits;
use super::cell::Cell;
use super::table::{Sheet, SheetRow};

pub use write::{CsvEncoding, write_csv};

/// What a text must not begin with in CSV, for a spreadsheet may run it as a formula; the full-width forms too, which
/// Japanese versions take. The apostrophe itself is here so that the mark can be taken away unambiguously.
fn begins_like_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\''])
}

/// A text with the mark `'` where it needs one.
fn marked(text: &str) -> String {
    if begins_like_a_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// A text without the mark.
fn unmarked(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if begins_like_a_formula(rest) => rest,
        _ => text,
    }
}

/// Reads one CSV file.
pub(super) fn sheet(file: &str, bytes: &[u8], limits: &Limits) -> Result<Sheet, Problem> {
    let decode::Decoded { text, separator } = decode::decode(file, bytes)?;
    let mut cells_left = limits.cells;
    let mut rows = Vec::new();
    for record in records::records(&text, separator) {
        let record = record.map_err(|broken| broken_record(file, &broken))?;
        let mut row = SheetRow { number: record.row, ..SheetRow::default() };
        for (at, field) in (0..).zip(record.fields) {
            if !field.is_empty() {
                cells_left = cells_left.checked_sub(1).ok_or_else(|| too_many_cells(file, limits.cells))?;
                row.cells.insert(at, Cell::Text(unmarked(&field).to_owned()));
            }
        }
        if !row.cells.is_empty() {
            rows.push(row);
        }
    }
    Ok(Sheet { file: file.to_owned(), name: None, rows, merged: Vec::new() })
}

/// A file with more cells than are read.
pub(super) fn too_many_cells(file: &str, limit: usize) -> Problem {
    Problem::fault(
        file,
        "too-many-cells",
        Text::new(
            format!("セルが多すぎます({limit}個まで)"),
            format!("it has too many cells (at most {limit})"),
        ),
        Text::new("表ごとにファイルを分けてください", "divide the file by tables"),
    )
}

fn broken_record(file: &str, broken: &records::Broken) -> Problem {
    let message = match broken.fault {
        records::Fault::Unclosed => {
            Text::new("引用符(\")が閉じられていません", "a quotation mark (\") is not closed")
        }
        records::Fault::TextAfterQuote => {
            Text::new("閉じ引用符(\")の後に文字があります", "text follows a closing quotation mark (\")")
        }
        records::Fault::QuoteInText => Text::new(
            "引用符で囲まれていない値の中に引用符(\")があります",
            "a quotation mark (\") stands in a value that is not quoted",
        ),
    };
    let hint = Text::new(
        "値全体を \" で囲み、値の中の \" は \"\" と書いてください。ファイルが途中で切れていないかも確かめてください",
        "put the whole value into \" and write \"\" for a \" in it; see also that the file is not cut off",
    );
    Problem::fault(file, "broken-csv", message, hint).in_row(broken.row)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_are_marked_and_unmarked() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+81-3", "'+81-3"),
            ("@a", "'@a"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("'", "''"),
            ("山田", "山田"),
        ] {
            assert_eq!(marked(text), written);
            assert_eq!(unmarked(written), text);
        }
        // As people write it, without meaning a mark.
        assert_eq!(unmarked("'abc"), "'abc");
    }

    proptest! {
        #[test]
        fn every_mark_can_be_taken_away(text in "[=+@'＝a -]{0,6}") {
            let written = marked(&text);
            prop_assert_eq!(unmarked(&written), text);
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '＝']));
        }
    }
}
