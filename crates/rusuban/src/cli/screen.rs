//! Where a command writes: text for people at the terminal's width, or JSON for machines. Knows no use case.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use rusuban_core::model::text::{Lang, Text};
use rusuban_core::model::verdict::{Level, Verdict};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::report::words::visible;

/// Narrower and wider lines than these are hard to read.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=100;

/// Where a command writes.
pub struct Screen<'a> {
    out: &'a mut dyn Write,
    /// The reader's language.
    pub lang: Lang,
    /// Whether machines read it.
    pub json: bool,
    width: usize,
}

impl<'a> Screen<'a> {
    /// A screen on `out` with a width in columns; 80 where it is not known.
    pub fn new(out: &'a mut dyn Write, lang: Lang, json: bool, width: Option<usize>) -> Self {
        let width = width.unwrap_or(80).clamp(*WIDTHS.start(), *WIDTHS.end());
        Self { out, lang, json, width }
    }

    /// The words in the reader's language.
    pub fn say<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.lang)
    }

    /// Chooses between two texts.
    pub fn pick<'t>(&self, ja: &'t str, en: &'t str) -> &'t str {
        match self.lang {
            Lang::Ja => ja,
            Lang::En => en,
        }
    }

    /// Writes a line. Of control sequences only those of colour and weight, which this program makes itself, get through.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{}", harmless(text))
    }

    /// Writes text wrapped to the width, the first line after `first`, the others after `rest`.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn wrapped(&mut self, first: &str, rest: &str, text: &str) -> io::Result<()> {
        for paragraph in visible(text).lines() {
            let options = textwrap::Options::new(self.width)
                .initial_indent(first)
                .subsequent_indent(rest)
                .word_separator(textwrap::WordSeparator::Custom(words));
            for line in textwrap::wrap(paragraph, options) {
                writeln!(self.out, "{}", line.trim_end())?;
            }
        }
        Ok(())
    }

    /// Writes a heading, emphasised where the terminal can.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let bold = Style::new().bold();
        writeln!(self.out, "\n{bold}{}{bold:#}", visible(text))
    }

    /// A value as JSON, indented.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn value<T: Serialize>(&mut self, value: &T) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.out, value)?;
        writeln!(self.out)
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// Where the output cannot be written.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)
    }

    /// The output itself.
    pub fn out(&mut self) -> &mut dyn Write {
        self.out
    }
}

/// Text whose control characters are shown instead of obeyed, but for sequences of colour and weight (SGR, ECMA-48).
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for (index, part) in text.split("\u{1b}[").enumerate() {
        let sequence = part.find(|c: char| !c.is_ascii_digit() && c != ';').filter(|_| index > 0);
        match sequence.and_then(|end| part.split_at_checked(end)) {
            Some((codes, rest)) if rest.starts_with('m') => {
                shown.push_str(&["\u{1b}[", codes].concat());
                shown.push_str(&visible(rest));
            }
            _ if index > 0 => shown.push_str(&["[U+001B][", &visible(part)].concat()),
            _ => shown.push_str(&visible(part)),
        }
    }
    shown
}

/// Cuts a line where it may be broken: after spaces as in English, and between Japanese characters, where no mark may
/// begin a line and no opening bracket end one (JIS X 4051, in its simplest form).
fn words(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    let mut cuts = vec![0];
    let mut before: Option<char> = None;
    for (index, now) in line.char_indices() {
        if before.is_some_and(|before| may_break(before, now)) {
            cuts.push(index);
        }
        before = Some(now);
    }
    cuts.push(line.len());
    let pieces = cuts.windows(2).filter_map(|pair| match pair {
        [from, to] => line.get(*from..*to),
        _ => None,
    });
    Box::new(pieces.map(textwrap::core::Word::from).collect::<Vec<_>>().into_iter())
}

fn may_break(before: char, now: char) -> bool {
    const NEVER_FIRST: &str =
        "、。，．・：；？！）」』】〕〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々…)]}.,:;?!%";
    const NEVER_LAST: &str = "（「『【〔〈《([{";
    let wide = |c: char| unicode_width::UnicodeWidthChar::width(c) == Some(2);
    if now == ' ' {
        return false;
    }
    before == ' '
        || ((wide(before) || wide(now)) && !NEVER_FIRST.contains(now) && !NEVER_LAST.contains(before))
}

/// Text filled with spaces to a number of columns; East Asian characters count twice.
pub fn padded(text: &str, columns: usize) -> String {
    let fill = columns.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(fill))
}

/// A verdict as a sign and a word, coloured where the terminal can. Never by colour alone.
pub fn badge(verdict: Verdict, lang: Lang) -> String {
    let (sign, color) = match verdict {
        Verdict::Verified => ("✓", AnsiColor::Green),
        Verdict::Attested => ("○", AnsiColor::Cyan),
        Verdict::AcceptedRisk => ("△", AnsiColor::Yellow),
        Verdict::Unknown => ("?", AnsiColor::Magenta),
        Verdict::Failing => ("✗", AnsiColor::Red),
        Verdict::NotApplicable => ("-", AnsiColor::White),
    };
    let style = Style::new().fg_color(Some(color.into())).bold();
    let columns = match lang {
        Lang::Ja => 8,
        Lang::En => 14,
    };
    let label = verdict.label();
    format!("{style}{sign} {}{style:#}", padded(label.get(lang), columns))
}

/// The sign of a finding's level.
pub fn level_sign(level: Level) -> &'static str {
    match level {
        Level::Failing => "✗",
        Level::Unknown => "?",
        Level::Accepted => "△",
        Level::Note => "·",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_is_padded_by_columns_not_by_characters() {
        assert_eq!(padded("確認済", 8).width(), 8);
        assert_eq!(padded("ok", 8).width(), 8);
    }

    #[test]
    fn what_others_wrote_does_not_command_the_terminal() {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out, Lang::Ja, false, None);
        screen.line("\u{1b}[1;31m赤\u{1b}[0m \u{1b}[2J\u{1b}]0;題\u{7}").unwrap();
        screen.wrapped("", "", "名\u{1b}[8m前\u{202e}").unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "\u{1b}[1;31m赤\u{1b}[0m [U+001B][2J[U+001B]]0;題[U+0007]\n名[U+001B][8m前[U+202E]\n"
        );
    }

    #[test]
    fn no_mark_begins_a_line() {
        for width in 40..60 {
            let mut out = Vec::new();
            let mut screen = Screen::new(&mut out, Lang::Ja, false, Some(width));
            screen.wrapped("", "", &"確認して、`rusuban attest` で「申告」してください。".repeat(4)).unwrap();
            let text = String::from_utf8(out).unwrap();
            assert!(text.lines().all(|line| !line.starts_with(['、', '。', '」'])), "{text}");
            assert!(text.lines().all(|line| !line.ends_with('「')), "{text}");
        }
    }

    #[test]
    fn japanese_wraps_within_the_width() {
        let mut out = Vec::new();
        let mut screen = Screen::new(&mut out, Lang::Ja, false, Some(40));
        screen.wrapped("  ✗ ", "    ", &"不要なポートが外部に開いています。".repeat(5)).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().count() > 3);
        for line in text.lines() {
            assert!(line.width() <= 40, "{line}");
        }
    }
}
