//! One cell as a file holds it, and the text that it gives to a column. Knows no file format.

use jiff::civil::Date;
use rusuban_core::model::register::{Column, Refusal, Shape};
use rusuban_core::model::text::Text;

/// What a cell holds. Empty cells are not kept.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Text.
    Text(String),
    /// A number, and the day that it is where a spreadsheet shows it as a date.
    Number {
        /// The number.
        value: f64,
        /// As a day of the workbook's calendar.
        day: Option<Date>,
    },
    /// A cell that is shown as a date.
    Date {
        /// The day.
        day: Date,
        /// Whether there is a time of day with it.
        timed: bool,
    },
    /// A time of day or a span of time, without a day.
    Time,
    /// The error value of a formula.
    Error(String),
    /// A formula whose result is not stored.
    NoResult,
}

/// Something about the kind of a cell that a person should look at. Told once a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Suspicion {
    /// A number stands where text is expected: leading zeros, and zeros at the end of versions, are lost.
    NumberForText,
    /// A bare number was read as a day.
    NumberForDate,
    /// A time of day was dropped.
    TimeDropped,
    /// The text holds characters of the private use area (外字).
    PrivateUse,
}

impl Suspicion {
    /// Stable code, message and hint.
    pub(super) fn words(self) -> (&'static str, Text, Text) {
        match self {
            Self::NumberForText => (
                "number-for-text",
                Text::new(
                    "数値のセルです。先頭の0や小数の末尾の0が失われている可能性があります",
                    "the cell is a number: leading zeros, or zeros at the end of a version, may be lost",
                ),
                Text::new(
                    "値を確かめ、違うときはセルの書式を「文字列」にして入力し直してください",
                    "check the values; where they are wrong, set the format to Text and type them anew",
                ),
            ),
            Self::NumberForDate => (
                "number-for-date",
                Text::new("数値を日付として読みました", "a number was read as a date"),
                Text::new("取込結果の日付を確かめてください", "check the dates that were read"),
            ),
            Self::TimeDropped => (
                "time-dropped",
                Text::new(
                    "時刻は取り込まれません。日付だけを読みました",
                    "the time of day is not kept, only the date",
                ),
                Text::new("日付が正しければ、対応は不要です", "nothing to do if the date is right"),
            ),
            Self::PrivateUse => (
                "private-use-character",
                Text::new(
                    "外字が含まれています。ほかの端末では表示されません",
                    "it holds private-use characters (gaiji), which other machines do not show",
                ),
                Text::new(
                    "標準の文字への置き換えを検討してください",
                    "consider writing it in standard characters",
                ),
            ),
        }
    }
}

/// Excel keeps 15 significant digits.
const EXACT: f64 = 1e15;

impl Cell {
    /// The value as people see it, for messages and headers.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Error(text) => text.clone(),
            Self::Number { value, .. } => value.to_string(),
            Self::Date { day, .. } => day.to_string(),
            Self::Time | Self::NoResult => String::new(),
        }
    }

    /// Whether there is nothing to be seen in the cell.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.trim().is_empty())
    }

    /// The text that the cell gives to a column, and what is to be looked at.
    ///
    /// # Errors
    /// Where the kind of the cell shows that its value is not what somebody meant.
    pub(super) fn text_for(&self, column: &Column) -> Result<(String, Option<Suspicion>), Refusal> {
        match self {
            Self::Text(text) => {
                let private = text.chars().any(rusuban_core::model::register::normal::is_private_use);
                Ok((text.clone(), private.then_some(Suspicion::PrivateUse)))
            }
            Self::Number { value, day } if column.shape == Shape::Date => Ok(number_as_date(*value, *day)),
            Self::Number { value, .. } => number_as_text(*value, column.shape),
            Self::Date { day, timed } => match column.shape {
                Shape::Date => Ok((day.to_string(), timed.then_some(Suspicion::TimeDropped))),
                Shape::Line | Shape::Note if !timed => Ok((day.to_string(), None)),
                _ => Err(became_a_date()),
            },
            Self::Time => Err(became_a_date()),
            Self::Error(_) => Err(Refusal::new(
                "formula-error",
                Text::new("数式のエラー値です", "this is the error value of a formula"),
                Text::new(
                    "数式を直すか、値を直接入力してください",
                    "repair the formula, or type the value itself",
                ),
            )),
            Self::NoResult => Err(Refusal::new(
                "formula-without-result",
                Text::new("数式の計算結果が保存されていません", "the result of the formula is not stored"),
                Text::new(
                    "ExcelかLibreOfficeで開いて保存し直すか、値を直接入力してください",
                    "open the file in Excel or LibreOffice and save it, or type the value itself",
                ),
            )),
        }
    }
}

/// `20261228` typed as a number, else the serial number of a day whose format was lost.
fn number_as_date(value: f64, day: Option<Date>) -> (String, Option<Suspicion>) {
    let digits = value.to_string();
    match day {
        Some(day) if digits.len() < 8 => (day.to_string(), Some(Suspicion::NumberForDate)),
        _ => (digits, None),
    }
}

fn number_as_text(value: f64, shape: Shape) -> Result<(String, Option<Suspicion>), Refusal> {
    let of_digits = matches!(shape, Shape::Id(_) | Shape::Code);
    if of_digits && value.abs() >= EXACT {
        return Err(Refusal::new(
            "digits-lost",
            Text::new(
                "数値のセルのため、15桁を超える部分が失われています",
                "the cell is a number, and its digits after the fifteenth are lost",
            ),
            Text::new(
                "セルの書式を「文字列」にして入力し直してください",
                "set the format of the cell to Text, and type the value anew",
            ),
        ));
    }
    Ok((value.to_string(), of_digits.then_some(Suspicion::NumberForText)))
}

fn became_a_date() -> Refusal {
    Refusal::new(
        "became-a-date",
        Text::new("日付または時刻のセルになっています", "the cell has become a date or a time"),
        Text::new(
            "セルの書式を「文字列」にして入力し直してください",
            "set the format of the cell to Text, and type the value anew",
        ),
    )
}

/// The letters of a column, from 0 for `A`.
pub(super) fn letters(column: u32) -> String {
    let mut rest = column;
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or_default()));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use rusuban_core::model::register::Table;

    use super::*;

    fn given(cell: &Cell, table: Table, key: &str) -> Result<(String, Option<Suspicion>), &'static str> {
        cell.text_for(table.column(key).unwrap()).map_err(|refusal| refusal.code)
    }

    #[test]
    fn columns_are_lettered_as_spreadsheets_do() {
        for (column, letter) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
        {
            assert_eq!(letters(column), letter);
        }
    }

    #[test]
    fn numbers_give_their_digits() {
        let number = |value| Cell::Number { value, day: None };
        let suspicious = Some(Suspicion::NumberForText);
        assert_eq!(given(&number(1234.0), Table::People, "id"), Ok(("1234".to_owned(), suspicious)));
        assert_eq!(given(&number(1.1), Table::Assets, "firmware"), Ok(("1.1".to_owned(), suspicious)));
        assert_eq!(given(&number(24.0), Table::Datasets, "max_age_hours"), Ok(("24".to_owned(), None)));
        assert_eq!(given(&number(1e15), Table::Assets, "model"), Err("digits-lost"));
    }

    #[test]
    fn numbers_in_date_columns_are_days() {
        let day = Some(date(2026, 12, 28));
        let serial = Cell::Number { value: 46384.0, day };
        let written = Cell::Number { value: 20_261_228.0, day: None };
        assert_eq!(
            given(&serial, Table::People, "left_on"),
            Ok(("2026-12-28".to_owned(), Some(Suspicion::NumberForDate)))
        );
        assert_eq!(given(&written, Table::People, "left_on"), Ok(("20261228".to_owned(), None)));
    }

    #[test]
    fn what_became_a_date_is_refused() {
        let cell = Cell::Date { day: date(2026, 1, 2), timed: false };
        assert_eq!(given(&cell, Table::Assets, "firmware"), Err("became-a-date"));
        assert_eq!(given(&cell, Table::People, "id"), Err("became-a-date"));
        assert_eq!(given(&cell, Table::Assets, "note"), Ok(("2026-01-02".to_owned(), None)));
        assert_eq!(given(&Cell::Time, Table::Vendors, "hours"), Err("became-a-date"));
    }
}
