//! The sheets of a workbook as cells. Reads cells one after another, so that a cell in the last row and column costs no
//! more than any other.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use jiff::civil::Date;
use rusuban_core::model::register::Problem;
use rusuban_core::model::text::Text;

use super::super::Limits;
use super::super::cell::Cell;
use super::super::collect::NamedSheet;
use super::super::csv::too_many_cells;
use super::super::table::{Merged, Sheet, SheetRow};
use super::archive::{broken, check};

type Book = Xlsx<Cursor<Vec<u8>>>;

/// All worksheets, hidden ones too.
///
/// # Errors
/// Where the file as a whole cannot be read.
pub(in super::super) fn sheets(
    file: &str,
    bytes: Vec<u8>,
    limits: &Limits,
) -> Result<Vec<NamedSheet>, Problem> {
    check(file, &bytes, limits)?;
    let mut book = Book::new(Cursor::new(bytes)).map_err(|error| broken(file, &error.to_string()))?;
    let mut cells_left = limits.cells;
    let mut sheets = Vec::new();
    for metadata in book.sheets_metadata().to_vec() {
        if metadata.typ != SheetType::WorkSheet {
            continue;
        }
        let name = metadata.name;
        let rows =
            rows(&mut book, &name, &mut cells_left).map_err(|error| on_sheet(file, &name, &error, limits))?;
        let merged = merged(&mut book, &name)
            .map_err(|error| on_sheet(file, &name, &Unreadable::Broken(error), limits))?;
        let sheet = Sheet { file: file.to_owned(), name: Some(name.clone()), rows, merged };
        sheets.push(NamedSheet { sheet, name, hidden: metadata.visible != SheetVisible::Visible });
    }
    Ok(sheets)
}

enum Unreadable {
    Broken(calamine::XlsxError),
    TooManyCells,
}

impl From<calamine::XlsxError> for Unreadable {
    fn from(error: calamine::XlsxError) -> Self {
        Self::Broken(error)
    }
}

fn on_sheet(file: &str, sheet: &str, error: &Unreadable, limits: &Limits) -> Problem {
    let problem = match error {
        Unreadable::TooManyCells => too_many_cells(file, limits.cells),
        Unreadable::Broken(calamine::XlsxError::CellError(value)) => Problem::fault(
            file,
            "formula-error",
            Text::new("数式のエラー値があります", "it holds the error value of a formula"),
            Text::new(
                "数式を直すか、値を直接入力してください",
                "repair the formula, or type the value itself",
            ),
        )
        .with_value(value),
        Unreadable::Broken(error) => broken(file, &error.to_string()),
    };
    problem.on_sheet(Some(sheet))
}

fn rows(book: &mut Book, sheet: &str, cells_left: &mut usize) -> Result<Vec<SheetRow>, Unreadable> {
    let is_1904 = book.has_1904_epoch();
    let mut reader = book.worksheet_cells_reader(sheet)?;
    let mut rows: BTreeMap<u32, SheetRow> = BTreeMap::new();
    while let Some(record) = reader.next_cell_with_formula_metadata()? {
        let value = match cell(record.value, is_1904) {
            Some(value) => value,
            None if record.formula.is_some() => Cell::NoResult,
            None => continue,
        };
        *cells_left = cells_left.checked_sub(1).ok_or(Unreadable::TooManyCells)?;
        let (row, column) = record.pos;
        let number = row.saturating_add(1);
        let row = rows.entry(row).or_insert_with(|| SheetRow { number, cells: BTreeMap::new() });
        row.cells.insert(column, value);
    }
    Ok(rows.into_values().collect())
}

/// What a cell holds, or nothing where it is empty. An empty text is something only as the result of a formula, and then
/// it says that there is nothing.
fn cell(value: DataRef<'_>, is_1904: bool) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::String(text) | DataRef::DurationIso(text) => Some(Cell::Text(text)),
        DataRef::SharedString(text) => Some(Cell::Text(text.to_owned())),
        DataRef::DateTimeIso(text) => Some(iso_date_time(&text)),
        DataRef::Bool(true) => Some(Cell::Text("TRUE".to_owned())),
        DataRef::Bool(false) => Some(Cell::Text("FALSE".to_owned())),
        #[expect(clippy::cast_precision_loss, reason = "what is not exact is refused for its size")]
        DataRef::Int(value) => Some(number(value as f64, is_1904)),
        DataRef::Float(value) => Some(number(value, is_1904)),
        DataRef::Error(error) => Some(Cell::Error(error.to_string())),
        DataRef::DateTime(serial) if serial.is_duration() => Some(Cell::Time),
        DataRef::DateTime(serial) => Some(match day(serial.as_f64(), is_1904) {
            Some((day, timed)) => Cell::Date { day, timed },
            None => Cell::Time,
        }),
    }
}

fn number(value: f64, is_1904: bool) -> Cell {
    Cell::Number { value, day: day(value, is_1904).filter(|(_, timed)| !timed).map(|(day, _)| day) }
}

/// The day of a serial number, and whether there is a time with it. Numbers below 1 are times of day; 60 is the
/// 29 February 1900 that never was (ECMA-376 part 1, 18.17.4.1).
fn day(serial: f64, is_1904: bool) -> Option<(Date, bool)> {
    let first = if is_1904 { 0.0 } else { 1.0 };
    if !(first..2_958_466.0).contains(&serial) || (!is_1904 && (60.0..61.0).contains(&serial)) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "checked against the range above")]
    let days = serial.floor() as i32;
    let epoch = match (is_1904, days) {
        (true, _) => Date::constant(1904, 1, 1),
        (false, ..60) => Date::constant(1899, 12, 31),
        (false, _) => Date::constant(1899, 12, 30),
    };
    let day = epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    // Less than half a second is the dust of floating point.
    Some((day, serial.fract() > 0.5 / 86_400.0))
}

fn iso_date_time(text: &str) -> Cell {
    let (day, time) = text.split_once('T').unwrap_or((text, ""));
    match day.parse::<Date>() {
        Ok(day) => Cell::Date { day, timed: time.chars().any(|c| matches!(c, '1'..='9')) },
        Err(_) => Cell::Text(text.to_owned()),
    }
}

fn merged(book: &mut Book, sheet: &str) -> Result<Vec<Merged>, calamine::XlsxError> {
    let ranges = book.merge_cells_by_sheet_name(sheet)?;
    let range = |d: calamine::Dimensions| Merged {
        rows: (d.start.0.saturating_add(1), d.end.0.saturating_add(1)),
        columns: (d.start.1, d.end.1),
    };
    Ok(ranges.into_iter().map(range).collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn serial_numbers_are_days_of_either_calendar() {
        assert_eq!(day(46384.0, false), Some((date(2026, 12, 28), false)));
        assert_eq!(day(46384.5, false), Some((date(2026, 12, 28), true)));
        assert_eq!(day(44922.0, true), Some((date(2026, 12, 28), false)));
        assert_eq!(day(1.0, false), Some((date(1900, 1, 1), false)));
        assert_eq!(day(59.0, false), Some((date(1900, 2, 28), false)));
        assert_eq!(day(61.0, false), Some((date(1900, 3, 1), false)));
        for serial in [60.0, 0.5, -1.0, f64::NAN, f64::INFINITY, 2_958_466.0] {
            assert_eq!(day(serial, false), None, "{serial}");
        }
    }

    #[test]
    fn iso_dates_of_strict_workbooks_are_read() {
        assert_eq!(
            iso_date_time("2026-12-28T00:00:00"),
            Cell::Date { day: date(2026, 12, 28), timed: false }
        );
        assert_eq!(iso_date_time("2026-12-28T09:30:00"), Cell::Date { day: date(2026, 12, 28), timed: true });
        assert_eq!(iso_date_time("2026-12-28"), Cell::Date { day: date(2026, 12, 28), timed: false });
    }
}
