//! Turns the bytes of a file that another program wrote into text: UTF-8 and UTF-16 with or without a mark (Windows
//! PowerShell writes UTF-16), and Shift_JIS as Windows writes it (code page 932). Knows nothing of what is in it.

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// Why bytes are no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: neither UTF-8 nor UTF-16 nor Shift_JIS")]
pub(crate) struct NotText {
    /// First line that could not be read, from 1.
    pub(crate) line: usize,
}

/// Decodes the bytes. Line ends become `\n`.
///
/// # Errors
/// Bytes that are valid in none of the encodings, or that hold a NUL.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, NotText> {
    let (encoding, rest) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (guess(bytes), bytes),
    };
    let (text, broken) = encoding.decode_without_bom_handling(rest);
    if broken || text.contains('\0') {
        let before = text.split(['\u{fffd}', '\0']).next().unwrap_or("");
        return Err(NotText { line: before.lines().count().max(1) });
    }
    Ok(text.replace("\r\n", "\n"))
}

/// The encoding of bytes without a mark. Text that people write in UTF-16 has line ends and blanks, and so a NUL in
/// every second place there; UTF-8 is told by its own rules; what is left is what Japanese Windows programs write.
fn guess(bytes: &[u8]) -> &'static Encoding {
    let nul_at = |even: bool| {
        bytes.iter().enumerate().filter(|(at, byte)| **byte == 0 && (at % 2 == 0) == even).count()
    };
    let (even, odd) = (nul_at(true), nul_at(false));
    if odd > bytes.len() / 8 && even == 0 {
        UTF_16LE
    } else if even > bytes.len() / 8 && odd == 0 {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        SHIFT_JIS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "名前 ID バージョン\r\n更新 Update 1.0～\r\n";
    const PLAIN: &str = "名前 ID バージョン\n更新 Update 1.0～\n";

    fn utf16(little: bool, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let text = format!("{mark}{TEXT}");
        text.encode_utf16()
            .flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() })
            .collect()
    }

    #[test]
    fn every_encoding_that_windows_writes_is_read() {
        assert_eq!(decode(TEXT.as_bytes()).unwrap(), PLAIN);
        assert_eq!(decode(format!("\u{feff}{TEXT}").as_bytes()).unwrap(), PLAIN);
        for little in [true, false] {
            for mark in [true, false] {
                assert_eq!(decode(&utf16(little, mark)).unwrap(), PLAIN, "{little} {mark}");
            }
        }
        let (bytes, _, unmappable) = SHIFT_JIS.encode(TEXT);
        assert!(!unmappable);
        assert_eq!(decode(&bytes).unwrap(), PLAIN);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_line() {
        assert_eq!(decode(b"a\nb\xff\xff").unwrap_err().line, 2);
        assert!(decode(b"PK\x03\x04\0\0\0").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }
}
