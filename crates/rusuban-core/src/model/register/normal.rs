//! How text that people wrote is brought to one form before it is read. Knows nothing of tables and columns.
//!
//! Two strengths. *Code* (ids, host names, numbers, choices) takes Unicode's NFKC. *Prose* (names, notes) folds only
//! what a keyboard's state decides by accident: full-width letters and digits, half-width kana, full-width spaces.
//! Neither touches CJK compatibility ideographs: 神 (U+FA19) and 神 (U+795E) are different spellings of a person's
//! name, and both NFC and NFKC would rewrite them.

use unicode_normalization::UnicodeNormalization;

use super::column::Refusal;
use crate::model::text::Text;

/// Values that a spreadsheet shows where a formula failed. They are never data.
const FORMULA_ERRORS: [&str; 12] = [
    "#DIV/0!",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#REF!",
    "#VALUE!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
    "#DATA!",
    "#FIELD!",
];

/// Whether a text is what a spreadsheet shows for a failed formula. Also LibreOffice's `Err:502`.
pub fn is_formula_error(text: &str) -> bool {
    FORMULA_ERRORS.contains(&text)
        || text.strip_prefix("Err:").is_some_and(|n| n.len() == 3 && n.bytes().all(|b| b.is_ascii_digit()))
}

/// First step for every cell: line ends become `\n`, every kind of space becomes a space, what cannot be seen goes,
/// the ends are trimmed.
///
/// # Errors
/// Control characters, characters that turn the writing direction, noncharacters, and the error values of formulas.
pub fn clean(text: &str) -> Result<String, Refusal> {
    let mut cleaned = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\r' => {
                characters.next_if_eq(&'\n');
                cleaned.push('\n');
            }
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => cleaned.push('\n'),
            '\t' => cleaned.push(' '),
            c if c.is_whitespace() => cleaned.push(' '),
            '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{AD}' => {}
            c if c.is_control() || turns_direction(c) || is_noncharacter(c) => return Err(unusable(c)),
            c => cleaned.push(c),
        }
    }
    let cleaned = cleaned.trim();
    if is_formula_error(cleaned) {
        return Err(Refusal::new(
            "formula-error",
            Text::new("数式のエラー値です", "this is the error value of a formula"),
            Text::new(
                "数式を直すか、値を直接入力してください",
                "repair the formula, or type the value itself",
            ),
        ));
    }
    Ok(cleaned.to_owned())
}

fn unusable(c: char) -> Refusal {
    let code = u32::from(c);
    Refusal::new(
        "control-character",
        Text::new(
            format!("使えない制御文字 U+{code:04X} が含まれています"),
            format!("it holds the control character U+{code:04X}, which cannot be used"),
        ),
        Text::new("セルの値を入力し直してください", "type the value of the cell anew"),
    )
}

/// Marks that make a text look different from what it is (UAX #9).
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (code & 0xFFFE) == 0xFFFE || (0xFDD0..=0xFDEF).contains(&code)
}

/// A character of the private use area: a 外字, which looks different (or like nothing) on another machine.
pub fn is_private_use(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

fn is_compatibility_ideograph(c: char) -> bool {
    matches!(c, '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

/// Applies `form` to every stretch between compatibility ideographs, and trims the whole.
fn by_stretches(text: &str, form: impl Fn(&str, &mut String)) -> String {
    let mut result = String::with_capacity(text.len());
    let mut stretch = String::new();
    for c in text.chars() {
        if is_compatibility_ideograph(c) {
            form(&stretch, &mut result);
            stretch.clear();
            result.push(c);
        } else {
            stretch.push(c);
        }
    }
    form(&stretch, &mut result);
    result.trim().to_owned()
}

/// The form of ids, numbers, addresses and choices: NFKC.
pub fn code(text: &str) -> String {
    by_stretches(text, |stretch, out| out.extend(stretch.nfkc()))
}

/// The form of names and notes: full-width letters and digits and half-width kana folded, NFC, all else as written.
pub fn prose(text: &str) -> String {
    let folded: String = text
        .chars()
        .flat_map(|c| {
            let by_accident = matches!(c,
                '\u{3000}' | '\u{FF10}'..='\u{FF19}' | '\u{FF21}'..='\u{FF3A}' | '\u{FF41}'..='\u{FF5A}' | '\u{FF61}'..='\u{FF9F}');
            let folded: String = if by_accident { std::iter::once(c).nfkc().collect() } else { c.to_string() };
            folded.chars().collect::<Vec<_>>()
        })
        .collect();
    by_stretches(&folded, |stretch, out| out.extend(stretch.nfc()))
}

/// The form in which headers, sheet names and choices are compared: NFKC, lower case, no spaces, no marks of duty
/// (`※`, `*`, `(必須)`).
pub fn comparable(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).collect();
    plain
        .trim_matches(['*', '※'])
        .trim_end_matches("(必須)")
        .trim_end_matches("(任意)")
        .trim_end_matches("(required)")
        .replace(['_', '-'], "")
}

/// The candidate that somebody may have meant by `word`: equal but for letter case, width and hyphens, else the
/// nearest within a third of its length.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = comparable(word);
    let limit = word.chars().count().div_euclid(3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&word, &comparable(candidate)), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn widths_are_folded_and_spelling_is_kept() {
        assert_eq!(prose("ｶﾞｲﾌﾞ　ＡＢＣ１２３"), "ガイブ ABC123");
        assert_eq!(prose("（株）髙﨑～①"), "（株）髙﨑～①");
        assert_eq!(code("（株）ＰＣ－００１"), "(株)PC-001");
        assert_eq!(code("か\u{3099}"), "が");
    }

    #[test]
    fn spellings_of_names_survive() {
        for name in ["\u{FA19}谷", "\u{FA1B}田", "\u{F9DC}"] {
            assert_eq!(prose(name), name);
            assert_eq!(code(name), name);
        }
    }

    #[test]
    fn unseen_characters_go_and_control_characters_are_refused() {
        assert_eq!(clean("\u{FEFF} 山田\u{3000}太郎\u{200B}\u{A0}").unwrap(), "山田 太郎");
        assert_eq!(clean("一行\r\n二行\r三行").unwrap(), "一行\n二行\n三行");
        for text in ["a\u{0}b", "\u{1B}$B", "abc\u{202E}fdp", "\u{FFFF}"] {
            assert_eq!(clean(text).unwrap_err().code, "control-character", "{text:?}");
        }
        for text in ["#REF!", " #N/A ", "Err:502"] {
            assert_eq!(clean(text).unwrap_err().code, "formula-error", "{text:?}");
        }
    }

    #[test]
    fn the_nearest_word_is_found() {
        let headers = ["課室ID", "氏名", "フリガナ", "メール"];
        assert_eq!(nearest("フリカナ", headers), Some("フリガナ"));
        assert_eq!(nearest("ｶｼﾂID", headers), None);
        assert_eq!(nearest("課室ＩＤ※", headers), Some("課室ID"));
        assert_eq!(nearest("pc_001", ["PC-001"]), Some("PC-001"));
    }

    proptest! {
        #[test]
        fn every_form_is_its_own_form(text in any::<String>()) {
            if let Ok(cleaned) = clean(&text) {
                prop_assert_eq!(clean(&cleaned).ok(), Some(cleaned.clone()));
                for form in [prose, code] {
                    let once = form(&cleaned);
                    prop_assert_eq!(form(&once), once);
                }
            }
        }
    }
}
