//! Modifiers that change a value before it is compared: Base64, UTF-16, dashes.

use super::pattern::{DASHES, Token};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let byte = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            let six = (group >> (18 - 6 * i)) & 63;
            let c = if i > chunk.len() { b'=' } else { ALPHABET.get(six as usize).copied().unwrap_or(b'=') };
            out.push(char::from(c));
        }
    }
    out
}

/// The parts of Base64 that stay the same whatever stands before and after the value: one for each of the three offsets.
pub fn base64_offsets(bytes: &[u8]) -> Vec<String> {
    (0..3)
        .map(|offset| {
            let mut shifted = vec![b' '; offset];
            shifted.extend_from_slice(bytes);
            let whole = base64(&shifted);
            // Characters that hold bits of what stands before, and of what stands after.
            let start = [0, 2, 3].get(offset).copied().unwrap_or(0);
            let end = whole.len() - [0, 3, 2].get(shifted.len() % 3).copied().unwrap_or(0);
            whole.get(start..end).unwrap_or_default().to_owned()
        })
        .collect()
}

/// UTF-16 of a text.
pub fn utf16(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
    let unit = |u: u16| if big_endian { u.to_be_bytes() } else { u.to_le_bytes() };
    let mark = if mark { Some(0xfeff) } else { None };
    mark.into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
}

/// Puts [`Token::Dash`] where a dash or slash starts a flag: before a word, and not inside one.
pub fn windash(tokens: &mut [Token]) {
    let word = |t: Option<&Token>| matches!(t, Some(Token::Char(c)) if c.is_alphanumeric() || *c == '_');
    let places: Vec<usize> = tokens
        .iter()
        .enumerate()
        .filter(|(i, t)| {
            matches!(t, Token::Char(c) if DASHES.contains(c))
                && word(tokens.get(i + 1))
                && !word(i.checked_sub(1).and_then(|b| tokens.get(b)))
        })
        .map(|(i, _)| i)
        .collect();
    for place in places {
        if let Some(token) = tokens.get_mut(place) {
            *token = Token::Dash;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigma::pattern::{folded, shape, tokens};

    #[test]
    fn base64_and_offsets() {
        assert_eq!(base64(b"foob"), "Zm9vYg==");
        assert_eq!(base64(b"fooba"), "Zm9vYmE=");
        for before in ["", "a", "bb"] {
            for after in ["", "x", "yy", "zzz"] {
                let whole = base64(format!("{before}http://{after}").as_bytes());
                assert!(base64_offsets(b"http://").iter().any(|o| whole.contains(o)), "{before} {after}");
            }
        }
        assert_eq!(base64_offsets(b"foobar"), ["Zm9vYmFy", "Zvb2Jhc", "mb29iYX"]);
    }

    #[test]
    fn utf16_forms() {
        assert_eq!(utf16("cm", false, false), [0x63, 0, 0x6d, 0]);
        assert_eq!(utf16("cm", true, false), [0, 0x63, 0, 0x6d]);
        assert_eq!(utf16("c", false, true), [0xff, 0xfe, 0x63, 0]);
    }

    #[test]
    fn dashes_that_start_a_flag() {
        let matches = |pattern: &str, text: &str| {
            let mut t = tokens(pattern);
            windash(&mut t);
            shape(&t, false).matches(&folded(text))
        };
        for dash in DASHES {
            assert!(matches("* -enc*", &format!("p {dash}ENC x")));
            assert!(matches("a -b /c", &format!("a /b {dash}c")));
        }
        assert!(!matches("a-b", "a/b"), "inside a word it is itself");
        assert!(!matches("-", "/"), "before no word it is itself");
    }
}
