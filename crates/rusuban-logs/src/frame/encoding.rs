//! How the text of a log is written. UTF-8 and UTF-16 hold for a whole file; old Japanese programs write Shift_JIS or EUC-JP,
//! sometimes beside UTF-8 lines of another program in the same file, so those are told line by line.

use bumpalo::Bump;
use encoding_rs::{EUC_JP, SHIFT_JIS};

/// The encoding of a file, or of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Encoding {
    /// UTF-8, or ASCII.
    Utf8,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
    /// Shift_JIS as Windows writes it (code page 932).
    ShiftJis,
    /// EUC-JP.
    EucJp,
    /// Some bytes are text in none of them; they show as U+FFFD.
    Damaged,
}

impl Encoding {
    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::ShiftJis => "Shift_JIS",
            Self::EucJp => "EUC-JP",
            Self::Damaged => "damaged",
        }
    }

    /// The text of a file's head, for a look at it.
    pub(super) fn head_text(self, head: &[u8]) -> String {
        match self {
            Self::Utf16Le | Self::Utf16Be => utf16(head, self == Self::Utf16Be),
            _ => String::from_utf8_lossy(head).into_owned(),
        }
    }
}

/// The encoding that holds for a whole file and the length of its mark. Without a mark, UTF-16 shows itself by a NUL in
/// every second place.
pub(super) fn of_file(head: &[u8]) -> (Encoding, usize) {
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        return (Encoding::Utf8, 3);
    }
    if head.starts_with(&[0xff, 0xfe]) {
        return (Encoding::Utf16Le, 2);
    }
    if head.starts_with(&[0xfe, 0xff]) {
        return (Encoding::Utf16Be, 2);
    }
    let sample = head.get(..head.len().min(1024)).unwrap_or_default();
    let pairs = sample.as_chunks::<2>().0;
    let high = pairs.iter().filter(|p| p[0] == 0 && p[1] != 0).count();
    let low = pairs.iter().filter(|p| p[1] == 0 && p[0] != 0).count();
    if pairs.len() >= 8 && low > pairs.len() / 2 && high == 0 {
        (Encoding::Utf16Le, 0)
    } else if pairs.len() >= 8 && high > pairs.len() / 2 && low == 0 {
        (Encoding::Utf16Be, 0)
    } else {
        (Encoding::Utf8, 0)
    }
}

/// UTF-16 as text; lone surrogates show as U+FFFD.
fn utf16(bytes: &[u8], big: bool) -> String {
    let units = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|b| if big { u16::from_be_bytes(*b) } else { u16::from_le_bytes(*b) });
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// The text of one line (without its line end) of a file in `file` encoding. Borrows where the line is UTF-8.
pub fn decode_line<'a>(bytes: &'a [u8], file: Encoding, arena: &'a Bump) -> (&'a str, Encoding) {
    match file {
        Encoding::Utf16Le | Encoding::Utf16Be => {
            (arena.alloc_str(&utf16(bytes, file == Encoding::Utf16Be)), file)
        }
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (text, Encoding::Utf8),
            Err(_) => decode_japanese(bytes, arena),
        },
    }
}

/// A line that is not UTF-8. Both Japanese encodings accept many of the other's texts: what reads as half-width katakana or
/// as rare signs in one is everyday kana and kanji in the other, so the reading with more everyday letters wins.
fn decode_japanese<'a>(bytes: &[u8], arena: &'a Bump) -> (&'a str, Encoding) {
    let readings = [(SHIFT_JIS, Encoding::ShiftJis), (EUC_JP, Encoding::EucJp)];
    let best = readings
        .into_iter()
        .filter_map(|(codec, name)| {
            let text = codec.decode_without_bom_handling_and_without_replacement(bytes)?;
            let everyday = text.chars().filter(|c| is_everyday(*c)).count();
            let odd = text.chars().filter(|c| is_odd(*c)).count();
            Some((everyday.saturating_sub(2 * odd), text, name))
        })
        .max_by_key(|(score, _, name)| (*score, *name == Encoding::ShiftJis));
    match best {
        Some((_, text, name)) => (arena.alloc_str(&text), name),
        None => (arena.alloc_str(&String::from_utf8_lossy(bytes)), Encoding::Damaged),
    }
}

/// Hiragana, katakana, kanji, Japanese punctuation.
fn is_everyday(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff60}')
}

/// Half-width katakana, private use, control: seldom in logs.
fn is_odd(c: char) -> bool {
    matches!(c, '\u{ff61}'..='\u{ff9f}' | '\u{e000}'..='\u{f8ff}' | '\u{80}'..='\u{9f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn japanese_encodings_are_told_apart() {
        let arena = Bump::new();
        for text in ["ログインに失敗しました", "管理者 権限の変更", "12月 26 03:04:05 rt1 起動しました。"]
        {
            let (sjis, _, _) = SHIFT_JIS.encode(text);
            assert_eq!(decode_line(&sjis, Encoding::Utf8, &arena), (text, Encoding::ShiftJis));
            let (euc, _, _) = EUC_JP.encode(text);
            assert_eq!(decode_line(&euc, Encoding::Utf8, &arena), (text, Encoding::EucJp));
            assert_eq!(decode_line(text.as_bytes(), Encoding::Utf8, &arena), (text, Encoding::Utf8));
        }
    }

    #[test]
    fn utf16_with_and_without_a_mark() {
        let text = "time=2026-12-26 user=太郎 and more text";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(of_file(&le), (Encoding::Utf16Le, 0));
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(of_file(&be), (Encoding::Utf16Be, 0));
        let arena = Bump::new();
        assert_eq!(decode_line(&be, Encoding::Utf16Be, &arena).0, text);
    }

    proptest! {
        #[test]
        fn any_bytes_become_some_text(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let arena = Bump::new();
            let _ = of_file(&bytes);
            for e in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
                let _ = decode_line(&bytes, e, &arena);
            }
        }
    }
}
