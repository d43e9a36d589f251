//! Patterns: Sigma's text values with wildcards, and how a text is brought to one case.
//!
//! A value is compared without case: both sides are folded ([`fold_into`]) and compared as bytes. One character gives one
//! character, so `?` counts the same on both sides.

use memchr::memmem;

/// One character of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    /// The character itself.
    Char(char),
    /// `*`: any text, also none.
    Any,
    /// `?`: any one character.
    One,
    /// Any of the dashes (and the slash) that start a command-line flag.
    Dash,
}

/// The characters that start a command-line flag, and that `windash` takes for each other.
pub const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

/// Reads a value: `*`, `?`, and the backslash that takes their meaning away, and its own (`\\*` is a backslash and any
/// text). A backslash before anything else is a backslash.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::with_capacity(text.len());
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '*' | '?' | '\\' if escaped => {
                out.push(Token::Char(c));
                escaped = false;
            }
            '\\' => escaped = true,
            _ => {
                if escaped {
                    out.push(Token::Char('\\'));
                    escaped = false;
                }
                out.push(match c {
                    '*' => Token::Any,
                    '?' => Token::One,
                    other => Token::Char(other),
                });
            }
        }
    }
    if escaped {
        out.push(Token::Char('\\'));
    }
    out
}

/// The pattern as plain text; None where it holds wildcards.
pub fn plain(tokens: &[Token]) -> Option<String> {
    tokens.iter().map(|t| if let Token::Char(c) = t { Some(*c) } else { None }).collect()
}

/// One character without case: the simple case folding of Unicode, as far as the standard library's tables give it.
pub fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // The Turkish letters are no case of `i` elsewhere.
    if matches!(c, 'ı' | 'İ') {
        return c;
    }
    let mut upper = c.to_uppercase();
    let up = match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    };
    let mut lower = up.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

/// Appends a text without case.
pub fn fold_into(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(text.as_bytes());
    if text.is_ascii() {
        if let Some(new) = out.get_mut(start..) {
            new.make_ascii_lowercase();
        }
        return;
    }
    out.truncate(start);
    let mut buffer = [0; 4];
    for c in text.chars() {
        out.extend_from_slice(fold(c).encode_utf8(&mut buffer).as_bytes());
    }
}

/// A text without case, on its own.
pub fn folded(text: &str) -> Box<[u8]> {
    let mut out = Vec::with_capacity(text.len());
    fold_into(text, &mut out);
    out.into()
}

/// A pattern in the form in which it is compared fastest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Every text.
    Any,
    /// The whole text.
    Exact(Box<[u8]>),
    /// The start.
    Prefix(Box<[u8]>),
    /// The end.
    Suffix(Box<[u8]>),
    /// Anywhere.
    Contains(Box<[u8]>),
    /// Everything else.
    Glob(Glob),
}

/// A pattern with wildcards inside: runs between the `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob {
    /// The first run stands at the start.
    start: bool,
    /// The last run stands at the end.
    end: bool,
    runs: Vec<Run>,
}

/// A run without `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Run(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Bytes(Box<[u8]>),
    One,
    Dash,
}

/// Brings a pattern into its shape, without case unless `cased`.
pub fn shape(tokens: &[Token], cased: bool) -> Shape {
    let mut runs: Vec<Run> = Vec::new();
    let mut text = String::new();
    let mut pieces: Vec<Piece> = Vec::new();
    let flush = |text: &mut String, pieces: &mut Vec<Piece>| {
        if !text.is_empty() {
            pieces.push(Piece::Bytes(std::mem::take(text).into_bytes().into()));
        }
    };
    for token in tokens {
        match token {
            Token::Char(c) => text.push(if cased { *c } else { fold(*c) }),
            Token::One => {
                flush(&mut text, &mut pieces);
                pieces.push(Piece::One);
            }
            Token::Dash => {
                flush(&mut text, &mut pieces);
                pieces.push(Piece::Dash);
            }
            Token::Any => {
                flush(&mut text, &mut pieces);
                if !pieces.is_empty() {
                    runs.push(Run(std::mem::take(&mut pieces)));
                }
            }
        }
    }
    flush(&mut text, &mut pieces);
    if !pieces.is_empty() {
        runs.push(Run(pieces));
    }
    let start = tokens.first() != Some(&Token::Any);
    let end = tokens.last() != Some(&Token::Any);
    let literal = match runs.as_slice() {
        [] if tokens.is_empty() => Some(Box::default()),
        [] => return Shape::Any,
        [Run(pieces)] => match pieces.as_slice() {
            [Piece::Bytes(bytes)] => Some(bytes.clone()),
            _ => None,
        },
        _ => None,
    };
    match (literal, start, end) {
        (Some(bytes), true, true) => Shape::Exact(bytes),
        (Some(bytes), true, false) => Shape::Prefix(bytes),
        (Some(bytes), false, true) => Shape::Suffix(bytes),
        (Some(bytes), false, false) => Shape::Contains(bytes),
        (None, ..) => Shape::Glob(Glob { start, end, runs }),
    }
}

impl Shape {
    /// True where the text (folded, if the shape is) is one of the pattern's.
    pub fn matches(&self, text: &[u8]) -> bool {
        match self {
            Shape::Any => true,
            Shape::Exact(b) => text == &**b,
            Shape::Prefix(b) => text.starts_with(b),
            Shape::Suffix(b) => text.ends_with(b),
            Shape::Contains(b) => memmem::find(text, b).is_some(),
            Shape::Glob(glob) => glob.matches(text),
        }
    }
}

impl Glob {
    /// The longest plain part: every text of the pattern holds it. Empty where there is none.
    pub fn literal(&self) -> &[u8] {
        let pieces = self.runs.iter().flat_map(|r| &r.0);
        pieces
            .filter_map(|p| if let Piece::Bytes(b) = p { Some(&**b) } else { None })
            .max_by_key(|b| b.len())
            .unwrap_or_default()
    }

    /// True where the whole text is one of the pattern's.
    pub fn matches(&self, text: &[u8]) -> bool {
        let mut runs = self.runs.as_slice();
        let mut rest = text;
        if self.start {
            let Some((first, others)) = runs.split_first() else { return text.is_empty() };
            let Some(left) = first.at_start(rest) else { return false };
            if others.is_empty() {
                return !self.end || left.is_empty();
            }
            (rest, runs) = (left, others);
        }
        let last = if self.end { runs.split_last() } else { None };
        if let Some((_, others)) = last {
            runs = others;
        }
        for run in runs {
            let Some(left) = run.find(rest) else { return false };
            rest = left;
        }
        match last {
            Some((run, _)) => run.at_end(rest),
            None => true,
        }
    }
}

impl Run {
    /// What is left of a text after the run at its start.
    fn at_start<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let mut rest = text;
        for piece in &self.0 {
            rest = match piece {
                Piece::Bytes(b) => rest.strip_prefix(&**b)?,
                Piece::One => rest.get(width(rest)?..)?,
                Piece::Dash => {
                    let w = width(rest)?;
                    let (head, tail) = rest.split_at_checked(w)?;
                    if !is_dash(head) {
                        return None;
                    }
                    tail
                }
            };
        }
        Some(rest)
    }

    /// What is left after the first place of the run.
    fn find<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        if let Some(Piece::Bytes(first)) = self.0.first() {
            let mut rest = text;
            loop {
                rest = rest.get(memmem::find(rest, first)?..)?;
                if let Some(left) = self.at_start(rest) {
                    return Some(left);
                }
                rest = rest.get(width(rest)?..)?;
            }
        }
        // A run that starts with one character: the plain part behind it, if there is one, must be there at all.
        if let Some(Piece::Bytes(inner)) = self.0.iter().find(|p| matches!(p, Piece::Bytes(_))) {
            memmem::find(text, inner)?;
        }
        let mut rest = text;
        loop {
            if let Some(left) = self.at_start(rest) {
                return Some(left);
            }
            rest = rest.get(width(rest)?..)?;
        }
    }

    /// True where the text ends with the run.
    fn at_end(&self, text: &[u8]) -> bool {
        let mut rest = text;
        for piece in self.0.iter().rev() {
            let left = match piece {
                Piece::Bytes(b) => rest.strip_suffix(&**b),
                Piece::One => last_character(rest).map(|(left, _)| left),
                Piece::Dash => last_character(rest).filter(|(_, c)| is_dash(c)).map(|(left, _)| left),
            };
            let Some(left) = left else { return false };
            rest = left;
        }
        true
    }
}

/// Bytes of the first character (UTF-8); None at the end.
fn width(text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    let w = match first {
        0..0xc0 => 1,
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        _ => 4,
    };
    Some(w.min(text.len()))
}

fn last_character(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = text.iter().rposition(|b| !(0x80..0xc0).contains(b))?;
    text.split_at_checked(start)
}

fn is_dash(character: &[u8]) -> bool {
    matches!(character, b"-" | b"/" | b"\xe2\x80\x93" | b"\xe2\x80\x94" | b"\xe2\x80\x95")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        shape(&tokens(pattern), false).matches(&folded(text))
    }

    #[test]
    fn escapes() {
        let text = |p: &str| plain(&tokens(p));
        assert_eq!(text(r"a\b").as_deref(), Some(r"a\b"));
        assert_eq!(text(r"a\\b").as_deref(), Some(r"a\b"));
        assert_eq!(text(r"a\*b\?").as_deref(), Some("a*b?"));
        assert_eq!(text(r"a\\\*").as_deref(), Some(r"a\*"));
        assert_eq!(text(r"a\\\\b").as_deref(), Some(r"a\\b"));
        assert_eq!(text(r"a\\\b").as_deref(), Some(r"a\\b"));
        assert_eq!(text("a\\").as_deref(), Some("a\\"));
        assert_eq!(text(r"a\\*"), None);
        assert_eq!(tokens(r"\\*"), [Token::Char('\\'), Token::Any]);
    }

    #[test]
    fn shapes() {
        let s = |p: &str| shape(&tokens(p), false);
        assert_eq!(s("A"), Shape::Exact(b"a"[..].into()));
        assert_eq!(s(""), Shape::Exact(b""[..].into()));
        assert_eq!(s("a*"), Shape::Prefix(b"a"[..].into()));
        assert_eq!(s("*a"), Shape::Suffix(b"a"[..].into()));
        assert_eq!(s("**a*"), Shape::Contains(b"a"[..].into()));
        assert_eq!(s("***"), Shape::Any);
        assert!(matches!(s("a*b"), Shape::Glob(_)));
    }

    #[test]
    fn wildcards_are_anchored() {
        for (pattern, text, expected) in [
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "a日c", true),
            ("?", "", false),
            ("?*", "x", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("a*a", "a", false),
            ("a*ab", "aab", true),
            ("*?b*", "b", false),
            ("*?b*", "bb", true),
            ("*b?", "abc", true),
            ("*b?", "abcd", false),
            ("*?日", "a日", true),
            ("a*??", "ab", false),
            ("a*??", "abc", true),
            ("*ab?d*", "abcabxd", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn case() {
        assert!(matches("STRAẞE*", "straßen") && matches("ΣΑΣ", "σας") && matches("Ｃｍｄ", "ｃＭＤ"));
        assert!(!matches("İ", "i") && !matches("ı", "i"));
    }
}
