//! One table on one sheet: how it looks, how it prints, and how high its rows are.
//!
//! Knows nothing of reports. Text is always written as text, so that nothing in it is ever computed.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_xlsxwriter::{
    ExcelDateTime, Format, FormatAlign, FormatBorder, FormatPattern, Workbook, Worksheet, XlsxError,
};
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;
use unicode_width::UnicodeWidthStr;

use crate::report::words;

/// Most UTF-16 units that a cell can hold ("Excel specifications and limits").
const CELL_LIMIT: usize = 32_767;
/// Most rows that a sheet can hold.
const ROW_LIMIT: u32 = 1_048_576;
/// The highest that a row can be, in points.
const HIGHEST: u32 = 409;
/// Height of a line of 10-point text, in points; fonts for Japanese need more than those for English.
fn line_height(lang: Lang) -> u32 {
    match lang {
        Lang::Ja => 17,
        Lang::En => 14,
    }
}

/// A sheet to write.
pub(super) struct Sheet {
    /// Name on its tab.
    pub name: &'static str,
    /// Lines above the table, the first as its title.
    pub titles: Vec<String>,
    /// The table's columns.
    pub columns: Vec<Column>,
    /// How many columns stay in sight.
    pub frozen: u16,
    /// The table's rows.
    pub rows: Vec<Vec<Cell>>,
    /// What to say where there are no rows.
    pub empty: &'static str,
}

/// A column of a table.
pub(super) struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Width in characters of the standard font.
    pub width: u16,
}

/// What stands in a cell.
pub(super) enum Cell {
    /// Text from anywhere.
    Text(String),
    /// A number.
    Number(u64),
    /// A day, written as one that sorts.
    Day(Date),
    /// Words that carry a verdict's looks.
    Marked(Verdict, String),
    /// A few words that are to be seen first.
    Strong(String),
    /// Nothing.
    Empty,
}

impl Cell {
    /// A day, or nothing.
    pub fn day(day: Option<Date>) -> Self {
        day.map_or(Self::Empty, Self::Day)
    }
}

/// The formats of all sheets.
pub(super) struct Looks {
    lang: Lang,
    title: Format,
    line: Format,
    heading: Format,
    text: Format,
    strong: Format,
    number: Format,
    day: Format,
    verdicts: BTreeMap<Verdict, Format>,
}

impl Looks {
    /// Formats for readers of a language.
    pub fn new(lang: Lang) -> Self {
        let base = Format::new().set_font_name(words::say(lang, "Yu Gothic", "Arial")).set_font_size(10);
        // The prefix keeps text text when a person edits the cell: `=1+1` does not become a formula.
        let plain = base.clone().set_quote_prefix();
        let cell = base.clone().set_border(FormatBorder::Thin).set_text_wrap().set_align(FormatAlign::Top);
        let text = cell.clone().set_quote_prefix();
        let centred = text.clone().set_align(FormatAlign::Center);
        let verdict = |v| (v, marked(centred.clone(), v));
        Self {
            lang,
            title: plain.clone().set_bold().set_font_size(14),
            line: plain,
            heading: text
                .clone()
                .set_bold()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_pattern(FormatPattern::Solid)
                .set_background_color("#E3E9F7"),
            number: cell.clone().set_align(FormatAlign::Center),
            strong: centred.clone().set_bold(),
            day: cell.set_align(FormatAlign::Center).set_num_format(words::say(
                lang,
                "[$-411]ggge\"年\"m\"月\"d\"日\"",
                "yyyy-mm-dd",
            )),
            verdicts: Verdict::ALL.into_iter().map(verdict).collect(),
            text,
        }
    }
}

/// Unknown stands out as much as failing; all others stay calm.
fn marked(format: Format, verdict: Verdict) -> Format {
    match verdict {
        Verdict::Failing => format.set_bold().set_font_color("#FFFFFF").set_background_color("#B40000"),
        Verdict::Unknown => format.set_bold().set_font_color("#000000").set_background_color("#FFC700"),
        Verdict::AcceptedRisk => format.set_bold().set_font_color("#8B3D00"),
        Verdict::Attested | Verdict::Verified | Verdict::NotApplicable => format,
    }
}

/// Writes a sheet at the end of a workbook.
pub(super) fn add(workbook: &mut Workbook, sheet: &Sheet, looks: &Looks) -> Result<(), XlsxError> {
    let page = workbook.add_worksheet();
    page.set_name(sheet.name)?;
    let heading = write_titles(page, &sheet.titles, looks)?;
    for (column, at) in sheet.columns.iter().zip(0u16..) {
        page.set_column_width(at, column.width)?;
        page.write_string_with_format(heading, at, column.title, &looks.heading)?;
    }
    page.set_row_height(heading, line_height(looks.lang) * 2)?;
    let last = write_rows(page, sheet, heading + 1, looks)?;
    set_up(page, sheet, heading, last)
}

fn write_titles(page: &mut Worksheet, titles: &[String], looks: &Looks) -> Result<u32, XlsxError> {
    let line = line_height(looks.lang);
    let mut row = 0;
    for title in titles {
        let format = if row == 0 { &looks.title } else { &looks.line };
        page.write_string_with_format(row, 0, fit(&title.replace('\n', " "), looks.lang), format)?;
        page.set_row_height(row, if row == 0 { line * 3 / 2 } else { line })?;
        row += 1;
    }
    Ok(row + 1)
}

/// Writes the rows and gives the number of the last.
fn write_rows(page: &mut Worksheet, sheet: &Sheet, first: u32, looks: &Looks) -> Result<u32, XlsxError> {
    if sheet.rows.is_empty() {
        page.write_string_with_format(first, 0, sheet.empty, &looks.line)?;
        return Ok(first);
    }
    let kept = fitting(sheet.rows.len(), first);
    let mut row = first;
    for cells in sheet.rows.iter().take(kept) {
        for (cell, at) in cells.iter().zip(0u16..) {
            write_cell(page, (row, at), cell, looks)?;
        }
        page.set_row_height(row, height(cells, &sheet.columns, line_height(looks.lang)))?;
        row += 1;
    }
    if kept < sheet.rows.len() {
        let left = sheet.rows.len() - kept;
        page.write_string_with_format(row, 0, cut_rows(left, looks.lang), &looks.title)?;
        return Ok(row);
    }
    Ok(row - 1)
}

/// How many rows fit below `first`; where not all do, the last is left for saying so.
fn fitting(rows: usize, first: u32) -> usize {
    let room = usize::try_from(ROW_LIMIT.saturating_sub(first)).unwrap_or(usize::MAX);
    if rows <= room { rows } else { room.saturating_sub(1) }
}

fn write_cell(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) => {
            page.write_string_with_format(row, column, fit(text, looks.lang), &looks.text)?;
        }
        Cell::Number(number) => match u32::try_from(*number) {
            Ok(number) => {
                page.write_number_with_format(row, column, number, &looks.number)?;
            }
            // A cell's number is a double; what might not fit is written out.
            Err(_) => {
                page.write_string_with_format(row, column, number.to_string(), &looks.number)?;
            }
        },
        Cell::Day(day) => write_day(page, (row, column), *day, looks)?,
        Cell::Marked(verdict, text) => {
            let format = looks.verdicts.get(verdict).unwrap_or(&looks.text);
            page.write_string_with_format(row, column, fit(text, looks.lang), format)?;
        }
        Cell::Strong(text) => {
            page.write_string_with_format(row, column, fit(text, looks.lang), &looks.strong)?;
        }
        Cell::Empty => {
            page.write_blank(row, column, &looks.text)?;
        }
    }
    Ok(())
}

/// A day as Excel's own; as text where Excel's calendar does not reach.
fn write_day(
    page: &mut Worksheet,
    (row, column): (u32, u16),
    day: Date,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let parts = (u16::try_from(day.year()), u8::try_from(day.month()), u8::try_from(day.day()));
    let excel = match parts {
        (Ok(year), Ok(month), Ok(day)) => ExcelDateTime::from_ymd(year, month, day).ok(),
        _ => None,
    };
    match excel {
        Some(excel) => page.write_datetime_with_format(row, column, &excel, &looks.day)?,
        None => page.write_string_with_format(row, column, day.to_string(), &looks.text)?,
    };
    Ok(())
}

/// A4 across, as wide as the paper, the heading on every page.
fn set_up(page: &mut Worksheet, sheet: &Sheet, heading: u32, last: u32) -> Result<(), XlsxError> {
    let columns = u16::try_from(sheet.columns.len()).unwrap_or(u16::MAX);
    page.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
    page.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    page.set_footer("&L&8&A&C&8&P / &N");
    page.set_repeat_rows(heading, heading)?;
    page.set_freeze_panes(heading + 1, sheet.frozen)?;
    if !sheet.rows.is_empty() && columns > 0 {
        page.autofilter(heading, 0, last, columns - 1)?;
    }
    Ok(())
}

fn cut_rows(left: usize, lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("【表計算の行数の上限に達したため、残り{left}行を省略しました】"),
        Lang::En => format!("[{left} more rows left out: the sheet's limit is reached]"),
    }
}

/// Text as a cell can hold it: nothing hidden, and cut with a mark at the cell's limit.
fn fit(text: &str, lang: Lang) -> String {
    let shown = words::visible(text);
    if shown.encode_utf16().count() <= CELL_LIMIT {
        return shown.into_owned();
    }
    let mark = words::say(lang, "…【セルの上限のため以下省略】", "… [cut: the cell's limit is reached]");
    let mut room = CELL_LIMIT - mark.encode_utf16().count();
    let kept = shown.chars().take_while(|c| {
        let fits = c.len_utf16() <= room;
        room = room.saturating_sub(c.len_utf16());
        fits
    });
    kept.chain(mark.chars()).collect()
}

/// The height that a row needs for its highest cell, in points.
fn height(cells: &[Cell], columns: &[Column], line: u32) -> u32 {
    let lines = cells.iter().zip(columns).map(|(cell, column)| match cell {
        Cell::Text(text) | Cell::Strong(text) | Cell::Marked(_, text) => lines(text, column.width),
        Cell::Number(_) | Cell::Day(_) | Cell::Empty => 1,
    });
    let lines = u32::try_from(lines.max().unwrap_or(1)).unwrap_or(HIGHEST);
    lines.saturating_mul(line).saturating_add(4).min(HIGHEST)
}

/// How many lines a text takes in a column.
///
/// Widths are in twentieths of a column's unit, which is a digit of 11 points: a full-width character of 10 points
/// takes 1.95 of it, a half-width one about 1.05. Line breaking in Japanese may leave one character's room unused.
pub(super) fn lines(text: &str, width: u16) -> usize {
    let room = (usize::from(width) * 20).saturating_sub(40).max(40);
    text.split('\n').map(|line| (line.width_cjk() * 20).div_ceil(room).max(1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_over_the_limit_is_cut_with_a_mark() {
        let text = fit(&"長".repeat(40_000), Lang::Ja);
        assert_eq!(text.encode_utf16().count(), CELL_LIMIT);
        assert!(text.ends_with("【セルの上限のため以下省略】"), "the mark is missing");
    }

    #[test]
    fn a_text_at_the_limit_stays_whole() {
        let text = "あ".repeat(CELL_LIMIT);
        assert_eq!(fit(&text, Lang::Ja), text);
    }

    #[test]
    fn japanese_takes_twice_the_room() {
        assert_eq!(lines(&"a".repeat(38), 40), 1);
        assert_eq!(lines(&"あ".repeat(38), 40), 2);
        assert_eq!(lines("一行目\n\n三行目", 40), 3);
    }

    #[test]
    fn rows_over_the_limit_leave_room_for_saying_so() {
        assert_eq!(fitting(10, 6), 10);
        assert_eq!(fitting(1_048_570, 6), 1_048_570);
        assert_eq!(fitting(1_048_571, 6), 1_048_569);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_cell_always_fits(text in "\\PC{0,200}", times in 1usize..400) {
            prop_assert!(fit(&text.repeat(times), Lang::Ja).encode_utf16().count() <= CELL_LIMIT);
        }
    }
}
