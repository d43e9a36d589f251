//! Words as values: lines, notes, codes, katakana and the ids of rows. Knows no table.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Table;
use super::column::{Field, Reading, Refusal, Shape, Value};
use super::normal::{code, prose};
use crate::model::text::Text;

/// Makes a type of a text that one function brings to its form or refuses.
macro_rules! text_value {
    ($(#[$meta:meta])* $name:ident, $shape:expr, $form:path) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The value as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                <Self as Field>::read(&text, &Reading::own_forms()).map_err(|refusal| refusal.message.en)
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::try_from(text.to_owned())
            }
        }

        impl Value for $name {
            const SHAPE: Shape = $shape;

            fn parse(text: &str, _reading: &Reading) -> Result<Self, Refusal> {
                $form(text).map(Self)
            }

            fn text(&self) -> String {
                self.0.clone()
            }
        }
    };
}
pub(super) use text_value;

/// Longest line, in characters.
const MAX_LINE: usize = 200;
/// Longest note, in characters. A cell of Excel holds 32,767 UTF-16 units.
const MAX_NOTE: usize = 4000;
/// Longest code, in characters.
const MAX_CODE: usize = 100;
/// Longest id, in characters.
const MAX_ID: usize = 64;

text_value! {
    /// One line of prose: a name, a maker.
    Line, Shape::Line, line
}
text_value! {
    /// Prose of several lines.
    Note, Shape::Note, note
}
text_value! {
    /// One line that machines or contracts gave: a version, a model or contract number.
    Code, Shape::Code, code_line
}
text_value! {
    /// Katakana with spaces; Latin letters for names that are written so.
    Kana, Shape::Kana, kana
}
text_value! {
    /// Id of a section (課室).
    SectionId, Shape::Id(Table::Sections), id
}
text_value! {
    /// Id of a person (職員).
    PersonId, Shape::Id(Table::People), id
}
text_value! {
    /// Id of an asset (機器).
    AssetId, Shape::Id(Table::Assets), id
}
text_value! {
    /// Id of an external service (外部サービス).
    ExternalServiceId, Shape::Id(Table::ExternalServices), id
}
text_value! {
    /// Id of a vendor (業者).
    VendorId, Shape::Id(Table::Vendors), id
}
text_value! {
    /// Id of a dataset (重要データ).
    DatasetId, Shape::Id(Table::Datasets), id
}

/// Refuses what is longer than `max` characters.
pub(super) fn bounded(text: String, max: usize) -> Result<String, Refusal> {
    let length = text.chars().count();
    if length <= max {
        return Ok(text);
    }
    Err(Refusal::new(
        "too-long",
        Text::new(
            format!("{length}文字あります({max}文字まで)"),
            format!("it has {length} characters, and at most {max} are taken"),
        ),
        Text::new("短くしてください", "shorten it"),
    ))
}

fn line(text: &str) -> Result<String, Refusal> {
    bounded(prose(&text.replace('\n', " ")), MAX_LINE)
}

fn note(text: &str) -> Result<String, Refusal> {
    bounded(prose(text), MAX_NOTE)
}

fn code_line(text: &str) -> Result<String, Refusal> {
    bounded(code(&text.replace('\n', " ")), MAX_CODE)
}

/// Letters and digits of any script, and `- _ . / :`. Not `@` and `#`, which join the parts of a finding's key.
fn id(text: &str) -> Result<String, Refusal> {
    let id = bounded(code(text), MAX_ID)?;
    let Some(bad) = id.chars().find(|c| !c.is_alphanumeric() && !"-_./:".contains(*c)) else { return Ok(id) };
    let shown = if bad.is_whitespace() { "空白".to_owned() } else { format!("「{bad}」") };
    Err(Refusal::new(
        "not-an-id",
        Text::new(format!("IDに{shown}は使えません"), format!("an id does not hold {bad:?}")),
        Text::new(
            "文字、数字と - _ . / : だけで書いてください",
            "write it with letters, digits and - _ . / : only",
        ),
    ))
}

fn kana(text: &str) -> Result<String, Refusal> {
    let katakana: String = prose(&text.replace('\n', " ")).chars().map(to_katakana).collect();
    // Katakana has composed forms that hiragana has not (ヷ).
    let katakana = prose(&katakana);
    let taken = |c: char| {
        matches!(c, '\u{30A1}'..='\u{30FE}' | ' ' | '-' | '.' | '\'' | '\u{3099}' | '\u{309A}')
            || c.is_ascii_alphabetic()
    };
    if let Some(bad) = katakana.chars().find(|c| !taken(*c)) {
        return Err(Refusal::new(
            "not-kana",
            Text::new(
                format!("フリガナに「{bad}」は使えません"),
                format!("a reading in kana does not hold {bad:?}"),
            ),
            Text::new("カタカナで書いてください", "write it in katakana"),
        ));
    }
    bounded(katakana, MAX_LINE)
}

fn to_katakana(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' | '\u{309D}' | '\u{309E}' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code_of<T: Field>(text: &str) -> &'static str {
        match T::read(text, &Reading::own_forms()) {
            Ok(_) => "taken",
            Err(refusal) => refusal.code,
        }
    }

    #[test]
    fn ids_are_letters_digits_and_a_few_marks() {
        assert_eq!("ＰＣ－００１".parse::<AssetId>().unwrap().as_str(), "PC-001");
        assert_eq!("情報政策課".parse::<SectionId>().unwrap().as_str(), "情報政策課");
        for text in ["PC 001", "a@b", "a#b", "a;b", "=1+1", "(株)"] {
            assert_eq!(code_of::<AssetId>(text), "not-an-id", "{text}");
        }
        assert_eq!(code_of::<AssetId>(""), "missing-value");
        assert_eq!(code_of::<AssetId>(&"a".repeat(65)), "too-long");
    }

    #[test]
    fn readings_become_katakana() {
        assert_eq!("やまだ　ﾀﾛｳ".parse::<Kana>().unwrap().as_str(), "ヤマダ タロウ");
        assert_eq!("ジョン・スミス".parse::<Kana>().unwrap().as_str(), "ジョン・スミス");
        assert_eq!(code_of::<Kana>("山田"), "not-kana");
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!("総務\n課".parse::<Line>().unwrap().as_str(), "総務 課");
        assert_eq!("一\r\n二".parse::<Note>().unwrap().as_str(), "一\n二");
    }

    #[test]
    fn json_is_read_as_strictly_as_cells() {
        assert!(serde_json::from_str::<AssetId>("\"a b\"").is_err());
        assert_eq!(serde_json::from_str::<AssetId>("\"PC-1\"").unwrap().as_str(), "PC-1");
    }
}
