//! Text of the machine as it may stand in facts: what its users name as they like must not steer a terminal, turn the
//! direction of what is written around it, or fill a report. Knows nothing of where the text comes from.

/// The most characters of one text that are kept.
const MAX: usize = 200;

/// A text with control characters and marks of direction replaced by U+FFFD, cut to 200 characters.
pub fn printable(text: &str) -> String {
    within(text, MAX)
}

/// As [`printable`], with another limit in characters, for text that is longer by its nature.
pub fn within(text: &str, max: usize) -> String {
    text.chars().take(max).map(|c| if steers(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Controls, escape among them, the separators that break lines, and the bidirectional marks of Unicode (UAX #9).
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_steers_is_replaced_and_the_rest_kept() {
        assert_eq!(printable("sshd"), "sshd");
        assert_eq!(printable("留守番 がんばる é 👪"), "留守番 がんばる é 👪");
        assert_eq!(printable("a\u{1b}[2Jb\r\nc\u{9b}d"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\u{fffd}d");
        for mark in
            ["\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{200e}", "\u{200f}", "\u{61c}", "\u{2028}"]
        {
            assert_eq!(printable(mark), "\u{fffd}", "{mark:?}");
        }
        assert_eq!(printable(&"あ".repeat(500)).chars().count(), 200);
    }

    proptest! {
        #[test]
        fn nothing_that_steers_is_left(text in any::<String>()) {
            let shown = printable(&text);
            prop_assert!(!shown.chars().any(steers) && shown.chars().count() <= 200);
            prop_assert_eq!(printable(&shown), shown);
        }
    }
}
