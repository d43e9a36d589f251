//! Messages cut into words and commands: what stands between backticks is to be typed.
//!
//! Knows nothing of HTML; the template escapes each part.

use std::borrow::Cow;

use crate::report::words;

/// A part of a message.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) struct Span<'a> {
    /// Whether it is to be typed or read letter by letter.
    pub code: bool,
    /// The part.
    pub text: Cow<'a, str>,
}

/// Cuts a message at its backticks. A backtick without a partner stays a backtick.
pub(in crate::report) fn spans(message: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = message;
    while let Some((before, code, after)) = next_code(rest) {
        push(&mut spans, false, before);
        push(&mut spans, true, code);
        rest = after;
    }
    push(&mut spans, false, rest);
    spans
}

fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, opened) = text.split_once('`')?;
    let (code, after) = opened.split_once('`')?;
    Some((before, code, after))
}

fn push<'a>(spans: &mut Vec<Span<'a>>, code: bool, text: &'a str) {
    if !text.is_empty() {
        spans.push(Span { code, text: words::visible(text) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(message: &str) -> Vec<(bool, String)> {
        spans(message).into_iter().map(|s| (s.code, s.text.into_owned())).collect()
    }

    #[test]
    fn commands_are_told_from_words() {
        assert_eq!(
            parts("`apt upgrade` を実行し、`rusuban check` で確かめてください"),
            [
                (true, "apt upgrade".to_owned()),
                (false, " を実行し、".to_owned()),
                (true, "rusuban check".to_owned()),
                (false, " で確かめてください".to_owned()),
            ]
        );
    }

    #[test]
    fn a_lonely_backtick_is_kept() {
        assert_eq!(parts("名前に`がある"), [(false, "名前に`がある".to_owned())]);
    }

    proptest! {
        #[test]
        fn nothing_but_paired_backticks_is_lost(message in "[a-z`あ ]{0,40}") {
            let joined: String = spans(&message).iter().map(|s| s.text.as_ref()).collect();
            prop_assert_eq!(joined.replace('`', ""), message.replace('`', ""));
        }
    }
}
