//! Days as people type them into spreadsheets: western or 和暦, with any of the usual separators, full or half width.
//!
//! It accepts only what has one meaning. It must not know today's date, so it never guesses a year.

use jiff::civil::{Date, Weekday};

use super::wareki::{Era, weekday_ja};

/// Why a text is not understood as a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDate {
    /// Nothing is there.
    #[error("the date is empty")]
    Empty,
    /// None of the accepted forms.
    #[error("`{0}` is not a date (examples: 2026-12-28, 2026/12/28, 令和8年12月28日, R8.12.28)")]
    NotADate(String),
    /// The year is absent or has two digits: `12/28`, `26/12/28`.
    #[error("the year of `{0}` is not clear; write four digits or an era (2026/12/28, R8.12.28)")]
    YearNotClear(String),
    /// The day lies before the era that it names began.
    #[error("`{text}` lies before the first day of {} that can be converted, {}", .era.name_ja(), .era.first_day())]
    BeforeEra {
        /// What was typed.
        text: String,
        /// The era that it names.
        era: Era,
    },
    /// The calendar has no such day.
    #[error("`{0}`: there is no such day")]
    NoSuchDay(String),
    /// The weekday that was typed along is another one.
    #[error("`{text}`: {date} is a {weekday:?}")]
    WrongWeekday {
        /// What was typed.
        text: String,
        /// The day it names.
        date: Date,
        /// The weekday of that day.
        weekday: Weekday,
    },
}

impl InvalidDate {
    /// The same message in Japanese.
    pub fn message_ja(&self) -> String {
        match self {
            Self::Empty => "日付が空です".to_owned(),
            Self::NotADate(text) => {
                format!(
                    "「{text}」は日付として読めません（例: 2026-12-28、2026/12/28、令和8年12月28日、R8.12.28）"
                )
            }
            Self::YearNotClear(text) => {
                format!(
                    "「{text}」の年が分かりません。西暦4桁か元号で書いてください（例: 2026/12/28、R8.12.28）"
                )
            }
            Self::BeforeEra { text, era } => {
                format!(
                    "「{text}」は{}として換算できる最初の日 {} より前です",
                    era.name_ja(),
                    era.first_day()
                )
            }
            Self::NoSuchDay(text) => format!("「{text}」は存在しない日付です"),
            Self::WrongWeekday { text, date, weekday } => {
                format!("「{text}」の曜日が違います。{date} は{}曜日です", weekday_ja(*weekday))
            }
        }
    }
}

/// Reads a day: `2026-12-28`, `2026/12/28`, `2026.12.28`, `20261228`, `2026年12月28日`, `令和8年12月28日`, `令和元年5月1日`,
/// `R8.12.28`, each in full or half width, with spaces, and with a weekday in brackets behind it.
///
/// An era may run past its last day (`平成33年3月31日` stands in many registers from before 2019), but not before its
/// first.
///
/// # Errors
/// Where the text has no or no clear meaning, or the weekday contradicts the day.
pub fn parse_date(text: &str) -> Result<Date, InvalidDate> {
    let typed = text.trim();
    if typed.is_empty() {
        return Err(InvalidDate::Empty);
    }
    let plain = plain(typed);
    let (day, weekday) = split_weekday(&plain).ok_or_else(|| InvalidDate::NotADate(typed.to_owned()))?;
    let date = Parts::of(day, typed)?.date(typed)?;
    match weekday {
        Some(claimed) if claimed != weekday_ja(date.weekday()) => {
            Err(InvalidDate::WrongWeekday { text: typed.to_owned(), date, weekday: date.weekday() })
        }
        _ => Ok(date),
    }
}

/// Half-width digits, letters and signs, one kind of hyphen, and no spaces except between digits, where leaving them
/// out would make another number.
fn plain(text: &str) -> String {
    let narrow: String = text.chars().map(narrow).collect();
    narrow.split_whitespace().fold(String::new(), |plain, word| {
        let is_digit = |c: char| c.is_ascii_digit();
        let gap = if plain.ends_with(is_digit) && word.starts_with(is_digit) { " " } else { "" };
        plain + gap + word
    })
}

fn narrow(c: char) -> char {
    match c {
        // The full-width forms stand in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        // Hyphens, minus signs and dashes that input methods write for the same key.
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        c => c,
    }
}

/// Takes a weekday in brackets from the end: `(月)`, `(月曜日)`, `(月・祝)`. None where brackets hold anything else.
fn split_weekday(text: &str) -> Option<(&str, Option<&str>)> {
    let Some((day, bracket)) = text.split_once('(') else {
        return Some((text, None));
    };
    let inner = bracket.strip_suffix(')')?;
    let weekday =
        ["月", "火", "水", "木", "金", "土", "日"].into_iter().find(|name| inner.starts_with(name))?;
    Some((day, Some(weekday)))
}

/// Year, month and day as numbers, the year within an era if one was named.
struct Parts {
    era: Option<Era>,
    year: i16,
    month: i8,
    day: i8,
}

impl Parts {
    fn of(plain: &str, typed: &str) -> Result<Self, InvalidDate> {
        let not_a_date = || InvalidDate::NotADate(typed.to_owned());
        let (era, rest) = split_era(plain);
        let [year, month, day] = split_fields(rest).ok_or_else(|| without_year(rest, typed))?;
        let month = number(month, 2).ok_or_else(not_a_date)?;
        let day = number(day, 2).ok_or_else(not_a_date)?;
        let year = match era {
            Some(_) if year == "元" => 1,
            Some(_) => number(year, 3).filter(|year| *year > 0).ok_or_else(not_a_date)?,
            None => western_year(year, typed)?,
        };
        let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
            return Err(not_a_date());
        };
        Ok(Self { era, year, month, day })
    }

    fn date(&self, typed: &str) -> Result<Date, InvalidDate> {
        let year = self.era.map_or(self.year, |era| era.first_year() - 1 + self.year);
        let date =
            Date::new(year, self.month, self.day).map_err(|_| InvalidDate::NoSuchDay(typed.to_owned()))?;
        match self.era {
            Some(era) if date < era.first_day() => {
                Err(InvalidDate::BeforeEra { text: typed.to_owned(), era })
            }
            _ => Ok(date),
        }
    }
}

/// An era by its name, its first character, its letter or its one-character sign.
fn split_era(text: &str) -> (Option<Era>, &str) {
    if let Some(rest) = text.strip_prefix("西暦") {
        return (None, rest);
    }
    for era in Era::ALL {
        let (first, sign) = match era {
            Era::Meiji => ('明', '㍾'),
            Era::Taisho => ('大', '㍽'),
            Era::Showa => ('昭', '㍼'),
            Era::Heisei => ('平', '㍻'),
            Era::Reiwa => ('令', '㋿'),
        };
        let short = [first, sign, era.letter(), era.letter().to_ascii_lowercase()];
        if let Some(rest) = text.strip_prefix(era.name_ja()).or_else(|| text.strip_prefix(short)) {
            return (Some(era), rest);
        }
    }
    (None, text)
}

/// The three fields of a day, whichever way they are separated.
fn split_fields(text: &str) -> Option<[&str; 3]> {
    if let Some((year, rest)) = text.split_once('年') {
        let (month, day) = rest.split_once('月')?;
        return Some([year, month, day.strip_suffix('日')?]);
    }
    for separator in ['/', '-', '.'] {
        if text.contains(separator) {
            let mut fields = text.split(separator);
            let three = [fields.next()?, fields.next()?, fields.next()?];
            return fields.next().is_none().then_some(three);
        }
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    (day.len() == 2).then_some([year, month, day])
}

/// The error for a text that does not have three fields: `12/28` and `12月28日` only lack the year.
fn without_year(text: &str, typed: &str) -> InvalidDate {
    let text = text.strip_suffix('日').unwrap_or(text);
    let is_month_and_day = ['/', '-', '.', '月'].into_iter().any(|separator| {
        text.split_once(separator).is_some_and(|(m, d)| number(m, 2).is_some() && number(d, 2).is_some())
    });
    if is_month_and_day {
        InvalidDate::YearNotClear(typed.to_owned())
    } else {
        InvalidDate::NotADate(typed.to_owned())
    }
}

fn western_year(text: &str, typed: &str) -> Result<i16, InvalidDate> {
    match number(text, 4) {
        Some(year) if text.len() == 4 => Ok(year),
        Some(_) if text.len() == 2 => Err(InvalidDate::YearNotClear(typed.to_owned())),
        _ => Err(InvalidDate::NotADate(typed.to_owned())),
    }
}

/// A number of at least one and at most `longest` digits.
fn number(text: &str, longest: usize) -> Option<i16> {
    let fits = !text.is_empty() && text.len() <= longest && text.chars().all(|c| c.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::wareki::format_wareki;
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn one_day_in_all_its_forms() {
        for typed in [
            "2026-12-28",
            "2026/12/28",
            "2026.12.28",
            "20261228",
            "2026年12月28日",
            "西暦2026年12月28日",
            "令和8年12月28日",
            "令和08年12月28日(月)",
            "令和８年１２月２８日（月曜日）",
            " 令和 8年 12月 28日 ",
            "\u{3000}２０２６／１２／２８",
            "2026−12−28",
            "R8.12.28",
            "R8/12/28",
            "r8-12-28",
            "Ｒ８．１２．２８",
            "令8.12.28",
            "㋿8年12月28日",
            "平成38年12月28日",
            "2026/12/28(月・仕事納め)",
        ] {
            assert_eq!(parse_date(typed), Ok(date(2026, 12, 28)), "{typed}");
        }
        assert_eq!(parse_date("令和元年5月1日"), Ok(date(2019, 5, 1)));
        assert_eq!(parse_date("H1.1.8"), Ok(date(1989, 1, 8)));
        assert_eq!(parse_date("2026/5/6"), Ok(date(2026, 5, 6)));
    }

    #[test]
    fn what_has_no_clear_meaning_is_refused() {
        let kind = |typed: &str| match parse_date(typed) {
            Ok(day) => day.to_string(),
            Err(InvalidDate::Empty) => "empty".to_owned(),
            Err(InvalidDate::NotADate(_)) => "not a date".to_owned(),
            Err(InvalidDate::YearNotClear(_)) => "year".to_owned(),
            Err(InvalidDate::BeforeEra { .. }) => "era".to_owned(),
            Err(InvalidDate::NoSuchDay(_)) => "no such day".to_owned(),
            Err(InvalidDate::WrongWeekday { .. }) => "weekday".to_owned(),
        };
        for (typed, expected) in [
            ("", "empty"),
            (" \u{3000}", "empty"),
            ("12/28", "year"),
            ("12月28日", "year"),
            ("26/12/28", "year"),
            ("12/28/2026", "not a date"),
            ("2026-12/28", "not a date"),
            ("2026-12-28T09:00", "not a date"),
            ("2026/12/2 8", "not a date"),
            ("46384", "not a date"),
            ("年末", "not a date"),
            ("元年5月1日", "not a date"),
            ("2026/12/28(仮)", "not a date"),
            ("R0.1.1", "not a date"),
            ("令和8年13月1日", "no such day"),
            ("2026/2/29", "no such day"),
            ("令和元年4月30日", "era"),
            ("明治5年12月2日", "era"),
            ("令和8年12月28日(火)", "weekday"),
        ] {
            assert_eq!(kind(typed), expected, "{typed}");
        }
    }

    #[test]
    fn messages_say_what_to_do_in_both_languages() {
        let error = parse_date("26/12/28").unwrap_err();
        assert!(error.to_string().contains("R8.12.28"), "{error}");
        assert!(error.message_ja().contains("西暦4桁"), "{}", error.message_ja());
        let error = parse_date("2026/12/28(火)").unwrap_err();
        assert_eq!(error.to_string(), "`2026/12/28(火)`: 2026-12-28 is a Monday");
        assert_eq!(error.message_ja(), "「2026/12/28(火)」の曜日が違います。2026-12-28 は月曜日です");
    }

    proptest! {
        #[test]
        fn wareki_is_read_back(year in 1873_i16..=2500, month in 1_i8..=12, day in 1_i8..=31) {
            if let Ok(day) = Date::new(year, month, day) {
                prop_assert_eq!(parse_date(&format_wareki(day)), Ok(day));
                prop_assert_eq!(parse_date(&day.to_string()), Ok(day));
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC*") {
            if let Err(error) = parse_date(&text) {
                let _ = (error.to_string(), error.message_ja());
            }
        }

        #[test]
        fn likely_text_is_read_or_refused(text in "[0-9０-９RrH令和平成元年月日/／.()（） 火-]{0,16}") {
            let _ = parse_date(&text);
        }
    }
}
