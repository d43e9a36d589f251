//! What a column is, and how one cell's text becomes a typed value and text again. Knows no table and no file format.

use jiff::civil::Date;
use serde::Serialize;

use super::Table;
use super::normal::{clean, code};
use crate::model::text::Text;

/// Why a cell cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code of the kind of refusal, such as `not-a-date`.
    pub code: &'static str,
    /// What is wrong with the value.
    pub message: Text,
    /// What to do.
    pub hint: Text,
    /// The value may hold a secret: it is not to be shown.
    pub secret: bool,
}

impl Refusal {
    /// Builds a refusal of a value that may be shown.
    pub fn new(code: &'static str, message: Text, hint: Text) -> Self {
        Self { code, message, hint, secret: false }
    }
}

/// What reading a cell needs besides its text.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Reads a date as people write it. ISO 8601 (`2026-12-28`) is understood without it.
    pub date: fn(&str) -> Option<Date>,
}

impl Reading {
    /// Understands only the forms that this program writes itself.
    pub fn own_forms() -> Self {
        Self { date: |_| None }
    }
}

/// One of the words that a column of choices takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word in JSON.
    pub key: &'static str,
    /// The word in Japanese, as exported.
    pub ja: &'static str,
    /// The word in English.
    pub en: &'static str,
    /// Other words for exactly the same.
    pub also: &'static [&'static str],
    /// Words for a part of it: not taken, for that would lose what they say, but answered with this choice.
    pub narrower: &'static [&'static str],
}

/// What kind of value a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// One line of prose.
    Line,
    /// Several lines of prose.
    Note,
    /// One line that machines or contracts gave: versions, model and contract numbers.
    Code,
    /// Katakana.
    Kana,
    /// The id of a row of this table.
    Id(Table),
    /// One of a few words.
    Choice(&'static [Choice]),
    /// A day.
    Date,
    /// A number of hours.
    Hours,
    /// A mail address.
    Mail,
    /// A telephone number.
    Phone,
    /// A host name.
    HostName,
    /// An IP address.
    IpAddress,
    /// A URL, or a host with or without a port.
    ServiceAddress,
}

impl Shape {
    /// The kind of value in words, with an example.
    pub fn label(self) -> Text {
        match self {
            Self::Line => Text::new("文字列", "text"),
            Self::Note => Text::new("文字列(改行可)", "text, several lines"),
            Self::Code => Text::new("文字列(番号・型番など)", "text (number, model or version)"),
            Self::Kana => Text::new("カタカナ", "katakana"),
            Self::Id(_) => Text::new("ID", "id"),
            Self::Choice(choices) => {
                let join = |word: fn(&Choice) -> &'static str, between: &str| {
                    choices.iter().map(word).collect::<Vec<_>>().join(between)
                };
                Text::new(join(|c| c.ja, " / "), join(|c| c.en, " / "))
            }
            Self::Date => Text::new("日付(例 2026-12-28)", "date (such as 2026-12-28)"),
            Self::Hours => Text::new("時間数(例 24)", "number of hours (such as 24)"),
            Self::Mail => Text::new("メールアドレス", "mail address"),
            Self::Phone => Text::new(
                "電話番号(例 03-1234-5678 内線1234)",
                "telephone number (such as 03-1234-5678 内線1234)",
            ),
            Self::HostName => Text::new("ホスト名", "host name"),
            Self::IpAddress => Text::new("IPアドレス", "IP address"),
            Self::ServiceAddress => Text::new(
                "URLまたはホスト名(例 https://www.example.jp/)",
                "URL or host (such as https://www.example.jp/)",
            ),
        }
    }

    /// Whether a dash is data here. Everywhere else a cell with only a dash says that there is nothing.
    fn is_prose(self) -> bool {
        matches!(self, Self::Line | Self::Note)
    }
}

/// One column of a table.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// The stable name: in JSON, and as a header that is taken.
    pub key: &'static str,
    /// The Japanese header, as exported.
    pub ja: &'static str,
    /// The English header.
    pub en: &'static str,
    /// Other headers that are taken.
    pub also: &'static [&'static str],
    /// Whether a row must have a value here, and a sheet this column.
    pub required: bool,
    /// Whether a cell may hold several values, separated by `;` or `、`.
    pub several: bool,
    /// What kind of value it holds.
    pub shape: Shape,
    /// What it is for, in Japanese and in English.
    pub help: (&'static str, &'static str),
}

impl Column {
    /// Whether this is the column with the row's own id.
    pub fn is_id(&self) -> bool {
        self.key == "id"
    }

    /// The header in both languages.
    pub fn header(&self) -> Text {
        Text::new(self.ja, self.en)
    }

    /// Every header that is taken for this column.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.ja, self.en, self.key].into_iter().chain(self.also.iter().copied())
    }

    /// The table that the values of this column point to.
    pub fn refers_to(&self) -> Option<Table> {
        match self.shape {
            Shape::Id(table) if !self.is_id() => Some(table),
            _ => None,
        }
    }
}

/// A single value of a cell. The text is clean (see [`clean`]) and not empty.
pub trait Value: Sized + Clone + PartialEq {
    /// What kind of value this is.
    const SHAPE: Shape;

    /// Reads what a person wrote.
    ///
    /// # Errors
    /// Where the text is no such value.
    fn parse(text: &str, reading: &Reading) -> Result<Self, Refusal>;

    /// The one form in which the value is written. [`Value::parse`] of it gives the value again.
    fn text(&self) -> String;
}

/// What a column of a row holds: one value, perhaps a value, or several.
pub trait Field: Sized + Clone {
    /// What kind of value is in the cell.
    const SHAPE: Shape;
    /// Whether an empty cell is refused.
    const REQUIRED: bool;
    /// Whether the cell may hold several values.
    const SEVERAL: bool;

    /// Reads a whole cell.
    ///
    /// # Errors
    /// Where the cell holds something else, or nothing although it must.
    fn read(cell: &str, reading: &Reading) -> Result<Self, Refusal>;

    /// The whole cell as it is written. Empty where there is no value.
    fn cell(&self) -> String;
}

/// The clean text of a cell, or nothing where the cell says that there is nothing.
fn content(cell: &str, shape: Shape) -> Result<Option<String>, Refusal> {
    let text = clean(cell)?;
    let says_nothing = !shape.is_prose()
        && (matches!(code(&text).as_str(), "なし" | "無し" | "無")
            || text.chars().all(|c| matches!(c, '-' | '‐' | '–' | '—' | '―' | 'ー' | '－' | '−' | 'ｰ')));
    Ok(if text.is_empty() || says_nothing { None } else { Some(text) })
}

fn missing() -> Refusal {
    Refusal::new(
        "missing-value",
        Text::new("必須の値がありません", "a value is required here"),
        Text::new("値を入力してください", "fill in the value"),
    )
}

impl<T: Value> Field for T {
    const SHAPE: Shape = T::SHAPE;
    const REQUIRED: bool = true;
    const SEVERAL: bool = false;

    fn read(cell: &str, reading: &Reading) -> Result<Self, Refusal> {
        T::parse(&content(cell, T::SHAPE)?.ok_or_else(missing)?, reading)
    }

    fn cell(&self) -> String {
        self.text()
    }
}

impl<T: Value> Field for Option<T> {
    const SHAPE: Shape = T::SHAPE;
    const REQUIRED: bool = false;
    const SEVERAL: bool = false;

    fn read(cell: &str, reading: &Reading) -> Result<Self, Refusal> {
        content(cell, T::SHAPE)?.map(|text| T::parse(&text, reading)).transpose()
    }

    fn cell(&self) -> String {
        self.as_ref().map_or_else(String::new, Value::text)
    }
}

/// Values in one cell are at most this many.
pub const MAX_SEVERAL: usize = 32;

impl<T: Value> Field for Vec<T> {
    const SHAPE: Shape = T::SHAPE;
    const REQUIRED: bool = false;
    const SEVERAL: bool = true;

    /// Keeps the order in which the values stand (the first telephone number is called first); a value that stands
    /// twice is kept once.
    fn read(cell: &str, reading: &Reading) -> Result<Self, Refusal> {
        let Some(text) = content(cell, T::SHAPE)? else { return Ok(Self::new()) };
        let mut values = Self::new();
        for part in
            text.split([';', '；', '、', ',', '，', '､', '\n']).map(str::trim).filter(|p| !p.is_empty())
        {
            let value = T::parse(part, reading)?;
            if !values.contains(&value) {
                values.push(value);
            }
        }
        if values.len() > MAX_SEVERAL {
            return Err(Refusal::new(
                "too-many-values",
                Text::new(
                    format!("1つのセルに書ける値は{MAX_SEVERAL}個までです"),
                    format!("a cell holds at most {MAX_SEVERAL} values"),
                ),
                Text::new("行を分けてください", "divide the row"),
            ));
        }
        Ok(values)
    }

    fn cell(&self) -> String {
        self.iter().map(Value::text).collect::<Vec<_>>().join("; ")
    }
}

impl Value for Date {
    const SHAPE: Shape = Shape::Date;

    fn parse(text: &str, reading: &Reading) -> Result<Self, Refusal> {
        let text = code(text);
        let date = iso_date(&text).or_else(|| (reading.date)(&text));
        date.filter(|date| (1950..2200).contains(&date.year())).ok_or_else(|| {
            Refusal::new(
                "not-a-date",
                Text::new("日付として読めません", "this is not a date"),
                Text::new(
                    "2026-12-28、2026/12/28、令和8年12月28日 のように書いてください",
                    "write it like 2026-12-28, 2026/12/28 or 令和8年12月28日",
                ),
            )
        })
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// Exactly `2026-12-28`: jiff alone would take a time or a zone after it, and drop them.
fn iso_date(text: &str) -> Option<Date> {
    text.parse::<Date>().ok().filter(|date| date.to_string() == text)
}

/// A number of hours, from 1 to 87600 (ten years).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Hours(u32);

impl Hours {
    const MAX: u32 = 87_600;

    /// The number of hours.
    pub fn get(self) -> u32 {
        self.0
    }
}

impl From<Hours> for u32 {
    fn from(hours: Hours) -> Self {
        hours.0
    }
}

impl TryFrom<u32> for Hours {
    type Error = String;

    fn try_from(hours: u32) -> Result<Self, String> {
        if (1..=Self::MAX).contains(&hours) {
            Ok(Self(hours))
        } else {
            Err(format!("{hours} is not between 1 and {} hours", Self::MAX))
        }
    }
}

impl Value for Hours {
    const SHAPE: Shape = Shape::Hours;

    fn parse(text: &str, _reading: &Reading) -> Result<Self, Refusal> {
        let refused = || {
            Refusal::new(
                "not-hours",
                Text::new("時間数として読めません", "this is not a number of hours"),
                Text::new("24、24時間、2日 のように書いてください", "write it like 24, 24 hours or 2 days"),
            )
        };
        let text = code(text).to_lowercase();
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let number: u32 = digits.parse().map_err(|_| refused())?;
        let hours = match text.strip_prefix(digits).map_or("", str::trim) {
            "" | "時間" | "h" | "hour" | "hours" => Some(number),
            "日" | "日間" | "d" | "day" | "days" => number.checked_mul(24),
            _ => None,
        };
        hours.and_then(|hours| Self::try_from(hours).ok()).ok_or_else(refused)
    }

    fn text(&self) -> String {
        self.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_with_and_without_a_unit() {
        let read = |text| Hours::read(text, &Reading::own_forms()).map(Hours::get);
        assert_eq!(read("２４"), Ok(24));
        assert_eq!(read("24 時間"), Ok(24));
        assert_eq!(read("2日"), Ok(48));
        for text in ["0", "-5", "1.5", "24分", "毎日", "99999999999"] {
            assert_eq!(read(text).unwrap_err().code, "not-hours", "{text}");
        }
    }

    #[test]
    fn a_date_is_read_by_the_reader_that_was_given() {
        let reading = Reading { date: |text| (text == "R8.12.28").then(|| jiff::civil::date(2026, 12, 28)) };
        for text in ["2026-12-28", "Ｒ８．１２．２８"] {
            assert_eq!(Date::read(text, &reading).unwrap(), jiff::civil::date(2026, 12, 28));
        }
        for text in ["2026-12-28T10:00", "2026-12-28[Asia/Tokyo]", "0026-12-28", "来週"] {
            assert_eq!(Date::read(text, &reading).unwrap_err().code, "not-a-date", "{text}");
        }
    }

    #[test]
    fn a_dash_says_that_there_is_nothing() {
        for text in ["", " ", "-", "ー", "－", "なし", "―"] {
            assert_eq!(Option::<Date>::read(text, &Reading::own_forms()), Ok(None), "{text}");
            assert_eq!(Date::read(text, &Reading::own_forms()).unwrap_err().code, "missing-value");
        }
    }
}
