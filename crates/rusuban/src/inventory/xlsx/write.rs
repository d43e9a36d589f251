//! Writing a register as a workbook that people edit: every cell is text, so that ids keep their zeros and nothing
//! becomes a date or a formula. The same register gives the same bytes.

use std::borrow::Cow;
use std::path::Path;

use rust_xlsxwriter::{
    Color, DataValidation, DataValidationErrorStyle, DocProperties, ExcelDateTime, Format, FormatAlign,
    FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};
use rusuban_core::model::register::{Column, Register, Shape, Table};
use unicode_width::UnicodeWidthStr;

use super::super::WriteError;
use super::super::cell::letters;
use super::super::source::replace_file;
use super::guide;

/// Lists to choose from reach down to this row (from 0).
const LAST_LISTED_ROW: u32 = 4999;

/// Writes a register as a workbook. A file of that name is replaced as a whole. An empty register gives a form to fill
/// in.
///
/// # Errors
/// Where the workbook cannot be built or written.
pub fn write_xlsx(register: &Register, path: &Path) -> Result<(), WriteError> {
    replace_file(path, &xlsx_bytes(register)?)
}

/// A register as the bytes of a workbook.
///
/// # Errors
/// Where the workbook cannot be built.
pub fn xlsx_bytes(register: &Register) -> Result<Vec<u8>, WriteError> {
    let mut book = Workbook::new();
    // A fixed time, so that equal registers give equal files.
    let made = ExcelDateTime::from_ymd(2026, 1, 1)?;
    book.set_properties(&DocProperties::new().set_title("rusuban 台帳").set_creation_datetime(&made));
    write_guide(book.add_worksheet())?;
    for table in Table::ALL {
        write_table(book.add_worksheet(), register, table)?;
    }
    Ok(book.save_to_buffer()?)
}

fn text_format() -> Format {
    Format::new().set_num_format("@").set_align(FormatAlign::Top)
}

fn header_format() -> Format {
    Format::new()
        .set_num_format("@")
        .set_bold()
        .set_background_color(Color::RGB(0x00DD_E6F0))
        .set_border_bottom(FormatBorder::Thin)
}

/// A text in which nothing looks like an escape of the file format (`_x0041_` for `A`, ECMA-376 part 1, 22.9.2.19), for
/// LibreOffice 7.4 and openpyxl 3.0 lose such texts when they save. A zero-width space parts them; reading drops it.
fn guarded(text: &str) -> Cow<'_, str> {
    let begins_escape = |at: usize| {
        let rest = text.get(at..).unwrap_or_default().as_bytes();
        matches!(rest, [b'_', b'x', a, b, c, d, b'_', ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()))
    };
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut guarded = String::with_capacity(text.len() + 3);
    for (at, c) in text.char_indices() {
        guarded.push(c);
        if begins_escape(at) {
            guarded.push('\u{200B}');
        }
    }
    Cow::Owned(guarded)
}

fn write_guide(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_name(guide::NAME)?;
    let (text, header) = (text_format().set_text_wrap(), header_format());
    let mut row = 0;
    for line in guide::INTRODUCTION {
        sheet.write_string(row, 0, line)?;
        row += 1;
    }
    row += 1;
    for (column, name) in (0..).zip(guide::HEADERS) {
        sheet.write_string_with_format(row, column, name, &header)?;
    }
    for cells in guide::rows() {
        row += 1;
        for (column, cell) in (0..).zip(cells) {
            sheet.write_string_with_format(row, column, cell, &text)?;
        }
    }
    for (column, width) in (0..).zip([14, 18, 6, 8, 48, 60]) {
        sheet.set_column_width(column, width)?;
    }
    Ok(())
}

fn write_table(sheet: &mut Worksheet, register: &Register, table: Table) -> Result<(), XlsxError> {
    let rows = register.text_table(table).rows;
    sheet.set_name(table.label().ja)?;
    let (text, header) = (text_format(), header_format());
    let wrapped = text_format().set_text_wrap();
    for (at, column) in (0..).zip(table.columns()) {
        let cells = rows.iter().filter_map(|row| row.get(usize::from(at))).map(String::as_str);
        let format = if column.shape == Shape::Note { &wrapped } else { &text };
        sheet.set_column_width(at, width(column, cells))?;
        sheet.set_column_format(at, format)?;
        sheet.write_string_with_format(0, at, column.ja, &header)?;
        if let Some(validation) = validation(column)? {
            sheet.add_data_validation(1, at, LAST_LISTED_ROW, at, &validation)?;
        }
    }
    for (number, row) in (1..).zip(&rows) {
        for ((at, column), cell) in (0..).zip(table.columns()).zip(row) {
            let format = if column.shape == Shape::Note { &wrapped } else { &text };
            if !cell.is_empty() {
                sheet.write_string_with_format(number, at, guarded(cell), format)?;
            }
        }
    }
    let last_row = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let last_column = u16::try_from(table.columns().len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last_row, last_column)?;
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Wide enough for the widest line of text, counting Japanese characters as two, within reason; with room for the
/// filter's button.
fn width<'a>(column: &Column, cells: impl Iterator<Item = &'a str>) -> f64 {
    let lines = cells.flat_map(str::lines).map(UnicodeWidthStr::width);
    let widest = lines.chain([column.ja.width() + 3]).max().unwrap_or_default();
    f64::from(u32::try_from(widest.clamp(10, 48)).unwrap_or(48)) + 1.0
}

/// A list to choose from: of words, or of the ids of another sheet. Where a cell may hold several, other text is only
/// asked about.
fn validation(column: &Column) -> Result<Option<DataValidation>, XlsxError> {
    let list = match (column.shape, column.refers_to()) {
        (Shape::Choice(choices), _) => {
            let words: Vec<&str> = choices.iter().map(|choice| choice.ja).collect();
            DataValidation::new().allow_list_strings(&words)?
        }
        (_, Some(target)) => {
            let first = letters(0);
            let range = format!("='{}'!${first}$2:${first}${}", target.label().ja, LAST_LISTED_ROW + 1);
            DataValidation::new().allow_list_formula(Formula::new(range))
        }
        _ => return Ok(None),
    };
    let style =
        if column.several { DataValidationErrorStyle::Information } else { DataValidationErrorStyle::Stop };
    Ok(Some(list.set_error_style(style)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_an_escape_is_parted() {
        assert_eq!(guarded("_x0041_x0042_"), "_\u{200B}x0041_\u{200B}x0042_");
        for text in ["_x41_", "x0041_", "_X0041_", "_", "表_x"] {
            assert_eq!(guarded(text), text);
        }
    }

    #[test]
    fn equal_registers_give_equal_bytes() {
        let bytes = || xlsx_bytes(&Register::default()).unwrap();
        assert_eq!(bytes(), bytes());
    }
}
