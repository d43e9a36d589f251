//! The words and signs that every projection of a report shares, and text made safe to look at.
//!
//! Knows nothing of pages or sheets.

use std::borrow::Cow;

use rusuban_core::model::evidence::EvidenceKind;
use rusuban_core::model::text::{Lang, Text};
use rusuban_core::model::verdict::{Level, Verdict};

/// One of two wordings. Both stand side by side, so neither can be forgotten.
pub fn say(lang: Lang, ja: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// The sign beside a verdict's word, for readers without colours: the marks of Japanese tables.
pub fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "－",
        Verdict::Verified => "◎",
        Verdict::Attested => "○",
        Verdict::AcceptedRisk => "△",
        Verdict::Unknown => "？",
        Verdict::Failing => "×",
    }
}

/// What a verdict means, in one line.
pub fn meaning(verdict: Verdict) -> Text {
    match verdict {
        Verdict::NotApplicable => Text::new(
            "この組織には当てはまらない（理由と確認者あり）",
            "Does not apply here; a reason is on record",
        ),
        Verdict::Verified => {
            Text::new("実際の機器や記録を調べて確かめた", "Shown by facts from the real systems")
        }
        Verdict::Attested => Text::new(
            "担当者が申告し、食い違う事実は見つかっていない",
            "Stated by a named person; no fact contradicts it",
        ),
        Verdict::AcceptedRisk => Text::new(
            "満たしていないが、責任者が期限を決めて引き受けた",
            "Does not hold; a named person carries the risk until a date",
        ),
        Verdict::Unknown => Text::new(
            "誰も確かめていない、または調べても分からなかった（良いとは数えない）",
            "Nobody has looked, or the look could not tell; never counted as good",
        ),
        Verdict::Failing => Text::new("満たしていないことが分かった", "Shown not to hold"),
    }
}

/// The word for a finding's weight.
pub fn level(level: Level) -> Text {
    match level {
        Level::Note => Text::new("参考", "Note"),
        Level::Accepted => Verdict::AcceptedRisk.label(),
        Level::Unknown => Verdict::Unknown.label(),
        Level::Failing => Verdict::Failing.label(),
    }
}

/// The sign of a finding's weight.
pub fn level_symbol(level: Level) -> &'static str {
    match level {
        Level::Note => "※",
        Level::Accepted => symbol(Verdict::AcceptedRisk),
        Level::Unknown => symbol(Verdict::Unknown),
        Level::Failing => symbol(Verdict::Failing),
    }
}

/// The word for a kind of evidence.
pub fn evidence_kind(kind: EvidenceKind) -> Text {
    match kind {
        EvidenceKind::Attestation => Text::new("申告", "Attestation"),
        EvidenceKind::Import => Text::new("取込", "Import"),
        EvidenceKind::Report => Text::new("端末の報告", "Report"),
        EvidenceKind::Observation => Text::new("観測", "Observation"),
    }
}

/// Text from outside with its invisible characters made visible.
///
/// Characters that turn the direction of writing make a name look like another (Unicode Technical Report 36), and
/// most control characters cannot stand in XML 1.0 at all. Line breaks stay; those of Windows become plain ones.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.replace("\r\n", "\n").chars() {
        if is_hidden(c) {
            shown.push_str(&["[U+", &format!("{:04X}", u32::from(c)), "]"].concat());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(
            c,
            // Directional marks, embeddings, overrides and isolates.
            '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            // Without width, or no characters at all.
            | '\u{00AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}'
            | '\u{2028}' | '\u{2029}' | '\u{E0000}'..='\u{E007F}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_turns_the_direction_of_writing_is_shown() {
        assert_eq!(visible("invoice\u{202E}fdp.exe"), "invoice[U+202E]fdp.exe");
        assert_eq!(visible("\u{0000}\u{001B}[31m"), "[U+0000][U+001B][31m");
    }

    #[test]
    fn japanese_text_stays_as_it_is() {
        for text in ["葛\u{E0100}城市 総務部\n情報課", "ｶﾀｶﾅ ①㈱ 髙﨑", "👨\u{200D}👩\u{200D}👧"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn line_breaks_of_windows_are_no_control_characters() {
        assert_eq!(visible("一行目\r\n二行目"), "一行目\n二行目");
        assert_eq!(visible("上書き\r隠す"), "上書き[U+000D]隠す");
    }

    #[test]
    fn every_verdict_has_a_sign_of_its_own() {
        let signs: std::collections::BTreeSet<_> = Verdict::ALL.into_iter().map(symbol).collect();
        assert_eq!(signs.len(), Verdict::ALL.len());
    }
}
