//! 和暦: the five eras since 明治 and the Japanese way of writing a day.
//!
//! It knows no holiday and reads nothing that people typed; that is `typed_date`.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// An era (元号).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Era {
    /// 明治.
    Meiji,
    /// 大正.
    Taisho,
    /// 昭和.
    Showa,
    /// 平成.
    Heisei,
    /// 令和.
    Reiwa,
}

impl Era {
    /// All eras, the latest first.
    pub const ALL: [Self; 5] = [Self::Reiwa, Self::Heisei, Self::Showa, Self::Taisho, Self::Meiji];

    /// The name, such as 令和.
    pub const fn name_ja(self) -> &'static str {
        match self {
            Self::Meiji => "明治",
            Self::Taisho => "大正",
            Self::Showa => "昭和",
            Self::Heisei => "平成",
            Self::Reiwa => "令和",
        }
    }

    /// The letter that forms use, such as R.
    pub const fn letter(self) -> char {
        match self {
            Self::Meiji => 'M',
            Self::Taisho => 'T',
            Self::Showa => 'S',
            Self::Heisei => 'H',
            Self::Reiwa => 'R',
        }
    }

    /// The calendar year of the era's 元年.
    pub const fn first_year(self) -> i16 {
        match self {
            Self::Meiji => 1868,
            Self::Taisho => 1912,
            Self::Showa => 1926,
            Self::Heisei => 1989,
            Self::Reiwa => 2019,
        }
    }

    /// The first day of the era that can be converted: by the cabinet orders on eras (昭和54年政令その他).
    ///
    /// For 明治 it is the first day of 明治6年, when Japan took up the Gregorian calendar (明治5年太政官布告第337号):
    /// dates before it are of the old calendar, so their months and days differ.
    pub const fn first_day(self) -> Date {
        match self {
            Self::Meiji => Date::constant(1873, 1, 1),
            Self::Taisho => Date::constant(1912, 7, 30),
            Self::Showa => Date::constant(1926, 12, 25),
            Self::Heisei => Date::constant(1989, 1, 8),
            Self::Reiwa => Date::constant(2019, 5, 1),
        }
    }
}

/// A year of an era.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wareki {
    /// The era.
    pub era: Era,
    /// The year in it, from 1.
    pub year: i16,
}

impl Wareki {
    /// The era and year of a day; none before 1873, see [`Era::first_day`].
    pub fn of(date: Date) -> Option<Self> {
        let era = Era::ALL.into_iter().find(|era| era.first_day() <= date)?;
        Some(Self { era, year: date.year() - era.first_year() + 1 })
    }
}

/// The day as `令和8年12月28日(月)`; before 1873, where eras cannot be converted, with the western year.
pub fn format_wareki(date: Date) -> String {
    let year = match Wareki::of(date) {
        Some(Wareki { era, year: 1 }) => format!("{}元", era.name_ja()),
        Some(Wareki { era, year }) => format!("{}{year}", era.name_ja()),
        None => date.year().to_string(),
    };
    format!("{year}年{}月{}日({})", date.month(), date.day(), weekday_ja(date.weekday()))
}

/// The weekday as one character, such as 月.
pub const fn weekday_ja(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "月",
        Weekday::Tuesday => "火",
        Weekday::Wednesday => "水",
        Weekday::Thursday => "木",
        Weekday::Friday => "金",
        Weekday::Saturday => "土",
        Weekday::Sunday => "日",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_days_on_both_sides_of_each_change() {
        for (day, written) in [
            (date(1872, 12, 31), "1872年12月31日(火)"),
            (date(1873, 1, 1), "明治6年1月1日(水)"),
            (date(1912, 7, 29), "明治45年7月29日(月)"),
            (date(1912, 7, 30), "大正元年7月30日(火)"),
            (date(1926, 12, 24), "大正15年12月24日(金)"),
            (date(1926, 12, 25), "昭和元年12月25日(土)"),
            (date(1989, 1, 7), "昭和64年1月7日(土)"),
            (date(1989, 1, 8), "平成元年1月8日(日)"),
            (date(2019, 4, 30), "平成31年4月30日(火)"),
            (date(2019, 5, 1), "令和元年5月1日(水)"),
            (date(2026, 12, 28), "令和8年12月28日(月)"),
        ] {
            assert_eq!(format_wareki(day), written);
        }
    }
}
