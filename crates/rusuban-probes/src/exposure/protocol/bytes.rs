//! Reads numbers and runs of bytes out of an answer. Every step can come to the answer's end; none can go past it.

/// What is left of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// Begins at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// The next bytes, as many as the array holds.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes, the first counting most.
    pub fn u16_be(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Two bytes, the first counting least.
    pub fn u16_le(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes, the first counting most.
    pub fn u32_be(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Four bytes, the first counting least.
    pub fn u32_le(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// All that is left.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }
}

/// The most characters of a server's words that are kept.
const MAX_SHOWN: usize = 100;

/// A server's words, fit to be shown: one line, printable characters only, cut.
pub fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || is_invisible(c) { ' ' } else { c })
        .take(MAX_SHOWN * 4)
        .collect();
    let words: Vec<&str> = clean.split_whitespace().collect();
    words.join(" ").chars().take(MAX_SHOWN).collect()
}

/// Characters that change how others around them are shown, and the mark of what was no text.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fffd}')
}

/// The first line of a server's words, fit to be shown.
pub fn first_line(bytes: &[u8]) -> String {
    shown(bytes.split(|b| *b == b'\n').next().unwrap_or(&[]))
}

/// Whether `needle` stands in `bytes`, capital letters or not.
pub fn contains(bytes: &[u8], needle: &str) -> bool {
    let needle = needle.as_bytes();
    !needle.is_empty() && bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_cut_and_cleaned() {
        assert_eq!(shown(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "SSH-2.0-OpenSSH_9.2p1");
        assert_eq!(shown(b"\x1b[31mred\x00\xff ok"), "[31mred ok");
        assert_eq!(shown("a\u{202e}b".as_bytes()), "a b");
        assert_eq!(shown("留守番".repeat(100).as_bytes()).chars().count(), 100);
        assert_eq!(first_line(b"220 hello\r\n220 more"), "220 hello");
    }

    #[test]
    fn nothing_goes_past_the_end() {
        let mut bytes = Bytes::new(&[1, 2, 3]);
        assert_eq!(bytes.u16_be(), Some(0x0102));
        assert_eq!(bytes.u32_le(), None);
        assert_eq!(bytes.u8(), Some(3));
        assert_eq!(bytes.u8(), None);
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_shown(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let text = shown(&bytes);
            prop_assert!(text.chars().count() <= 100);
            prop_assert!(!text.chars().any(char::is_control));
        }
    }
}
