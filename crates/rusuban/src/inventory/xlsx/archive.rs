//! A workbook's zip archive before anybody reads its parts: is it whole, is it a workbook, and does it stay within the
//! limits when unpacked. Sizes that the archive declares are not believed: every part is unpacked once and counted.

use std::io::{self, Cursor, Read, Seek};

use rusuban_core::model::register::Problem;
use rusuban_core::model::text::Text;
use zip::ZipArchive;

use super::super::Limits;
use super::super::source::too_large;

/// Looks through the archive.
///
/// # Errors
/// Where it is broken, too large when unpacked, or no XLSX workbook.
pub(super) fn check(file: &str, bytes: &[u8], limits: &Limits) -> Result<(), Problem> {
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(file, &error.to_string()))?;
    refuse_other_documents(file, &archive)?;
    let mut left = limits.unpacked_bytes;
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| broken(file, &error.to_string()))?;
        let name = part.name().map_err(|error| broken(file, &error.to_string()))?.to_ascii_lowercase();
        let mut part = part.take(left + 1);
        let mut strings = Vec::new();
        // Reading to the end also verifies the part's checksum.
        let read = if name.ends_with("sharedstrings.xml") {
            part.read_to_end(&mut strings).map(|read| u64::try_from(read).unwrap_or(u64::MAX))
        } else {
            io::copy(&mut part, &mut io::sink())
        };
        let read = read.map_err(|error| broken(file, &error.to_string()))?;
        left = left.checked_sub(read).ok_or_else(|| too_large(file, limits.unpacked_bytes))?;
        if !declares_few_strings(&strings, limits.cells) {
            return Err(broken(file, "the shared strings declare an impossible number"));
        }
    }
    Ok(())
}

fn refuse_other_documents<R: Read + Seek>(file: &str, archive: &ZipArchive<R>) -> Result<(), Problem> {
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    let has = |name: &str| names.iter().any(|own| own == name);
    let (ja, en) = if has("content.xml") && has("mimetype") {
        ("OpenDocument形式(.odsなど)です", "it is an OpenDocument file (such as .ods)")
    } else if names.iter().any(|name| name.ends_with("workbook.bin")) {
        ("バイナリ形式のExcelブック(.xlsb)です", "it is a binary workbook of Excel (.xlsb)")
    } else if !has("[content_types].xml") || !names.iter().any(|name| name.ends_with("workbook.xml")) {
        ("Excelブックではありません", "it is no workbook of Excel")
    } else {
        return Ok(());
    };
    Err(Problem::fault(
        file,
        "not-a-workbook",
        Text::new(ja, en),
        Text::new(
            "ExcelかLibreOfficeで開き、「Excelブック (.xlsx)」の形式で保存し直してください",
            "open it in Excel or LibreOffice, and save it in the format Excel Workbook (.xlsx)",
        ),
    ))
}

/// The reader makes room for as many strings as `uniqueCount` says, before it has seen one. Zero bytes show an encoding
/// in which the number could not be found here.
fn declares_few_strings(part: &[u8], limit: usize) -> bool {
    const NAME: &[u8] = b"uniqueCount";
    if part.contains(&0) {
        return false;
    }
    part.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME).all(|(at, _)| {
        let rest = part.get(at + NAME.len()..).unwrap_or_default();
        let digits = rest.iter().skip_while(|byte| b" \t\r\n=\"'+".contains(byte));
        let digits: String =
            digits.take_while(|byte| byte.is_ascii_digit()).map(|byte| char::from(*byte)).collect();
        digits.is_empty() || digits.parse::<usize>().is_ok_and(|count| count <= limit)
    })
}

/// A workbook that cannot be read, with the reader's own words.
pub(super) fn broken(file: &str, why: &str) -> Problem {
    Problem::fault(
        file,
        "broken-workbook",
        Text::new(
            format!("Excelブックとして読めません。壊れているか、途中で切れています({why})"),
            format!("it cannot be read as a workbook: it is broken or cut off ({why})"),
        ),
        Text::new(
            "ExcelかLibreOfficeで開けるか確かめ、保存し直してください",
            "see whether Excel or LibreOffice opens it, and save it anew",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_numbers_of_strings_are_found() {
        for part in [r#"<sst count="9" uniqueCount="9">"#, "<sst>", "<sst uniqueCount='x'>"] {
            assert!(declares_few_strings(part.as_bytes(), 10), "{part}");
        }
        for part in [
            r#"<sst uniqueCount="11">"#,
            "<sst uniqueCount = '99999999999999999999999'>",
            "<!-- uniqueCount='1' --><sst uniqueCount='+4000000000'>",
            "\0<",
        ] {
            assert!(!declares_few_strings(part.as_bytes(), 10), "{part}");
        }
    }
}
