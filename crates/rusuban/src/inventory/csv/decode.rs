//! From the bytes of a CSV file to text: which encoding, which separator. Guesses nothing that could be wrong silently.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use rusuban_core::model::register::Problem;
use rusuban_core::model::text::Text;

/// The text of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The text, without a byte order mark.
    pub(super) text: String,
    /// What stands between fields: a comma or a tab.
    pub(super) separator: char,
}

/// A byte order mark decides. Else it is UTF-8 where all of it is valid UTF-8, else Shift_JIS where all of it is valid.
///
/// # Errors
/// Where the bytes are in none of these encodings, or hold zero bytes.
pub(super) fn decode(file: &str, bytes: &[u8]) -> Result<Decoded, Problem> {
    let text = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => {
            let body = bytes.get(length..).unwrap_or_default();
            whole(encoding, body).ok_or_else(|| broken(file, encoding, body))?
        }
        None => [UTF_8, SHIFT_JIS]
            .into_iter()
            .find_map(|encoding| whole(encoding, bytes))
            .ok_or_else(|| unknown(file))?,
    };
    if text.contains('\0') {
        return Err(unknown(file));
    }
    let separator = separator(&text);
    Ok(Decoded { text, separator })
}

/// The text, where every byte of it is valid.
fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Option<String> {
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
}

/// A tab where the first line that holds something has tabs and no commas.
fn separator(text: &str) -> char {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if first.contains('\t') && !first.contains(',') { '\t' } else { ',' }
}

fn broken(file: &str, encoding: &'static Encoding, bytes: &[u8]) -> Problem {
    let name = match encoding {
        e if e == UTF_16LE || e == UTF_16BE => "UTF-16",
        e => e.name(),
    };
    let problem = Problem::fault(
        file,
        "broken-encoding",
        Text::new(
            format!("{name}として正しくないバイトがあります"),
            format!("it holds bytes that are not {name}"),
        ),
        Text::new(
            "ファイルが途中で切れていないか確かめ、保存し直してください",
            "see that the file is not cut off, and save it anew",
        ),
    );
    match (encoding == UTF_8).then(|| std::str::from_utf8(bytes).err()).flatten() {
        Some(error) => problem.in_row(line_of(bytes, error.valid_up_to())),
        None => problem,
    }
}

/// The line of the text that a byte stands on, from 1.
fn line_of(bytes: &[u8], at: usize) -> u32 {
    let before = bytes.iter().take(at).filter(|byte| **byte == b'\n').count();
    u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
}

fn unknown(file: &str) -> Problem {
    Problem::fault(
        file,
        "unknown-encoding",
        Text::new("文字コードが分かりません", "the encoding is not known"),
        Text::new(
            "Excelで「CSV UTF-8 (コンマ区切り)」の形式で保存し直してください",
            "save it in Excel in the format CSV UTF-8 (comma delimited)",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
    }

    #[test]
    fn the_encodings_of_offices_are_told_apart() {
        let text = "職員ID,氏名\r\n1,髙橋 ①〜\r\n";
        let sjis_text = "職員ID,氏名\r\n1,髙橋 ①～\r\n";
        let tabs = text.replace(',', "\t");
        let (sjis, _, lossy) = SHIFT_JIS.encode(sjis_text);
        assert!(!lossy);
        for (bytes, expected, separator) in [
            (text.as_bytes().to_vec(), text, ','),
            ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), text, ','),
            (sjis.to_vec(), sjis_text, ','),
            (utf16(&tabs, u16::to_le_bytes), &tabs, '\t'),
            (utf16(&tabs, u16::to_be_bytes), &tabs, '\t'),
        ] {
            let decoded = decode("a.csv", &bytes).unwrap();
            assert_eq!((decoded.text.as_str(), decoded.separator), (expected, separator));
        }
    }

    #[test]
    fn what_is_cut_off_or_unknown_is_refused() {
        let with_mark = [b"\xEF\xBB\xBF", "1,2\n職員".as_bytes().split_last().unwrap().1].concat();
        let problem = decode("a.csv", &with_mark).unwrap_err();
        assert_eq!((problem.code, problem.row), ("broken-encoding", Some(2)));
        let odd = utf16("職員", u16::to_le_bytes);
        assert_eq!(decode("a.csv", odd.split_last().unwrap().1).unwrap_err().code, "broken-encoding");
        for bytes in [&b"\x81"[..], b"\xFF\xA0\x00", b"a\0b"] {
            assert_eq!(decode("a.csv", bytes).unwrap_err().code, "unknown-encoding", "{bytes:?}");
        }
    }
}
