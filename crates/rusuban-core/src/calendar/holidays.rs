//! The holidays of 国民の祝日に関する法律 (昭和23年法律第178号, 祝日法), computed from the law as it stood on each day.
//!
//! It knows no office and no imported list: what the Cabinet Office has published is for `list`, what an office does
//! with a holiday is for `office`.

use std::ops::RangeInclusive;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::{days_of_year, equinox};

/// The years that can be computed: from 祝日法 to the end of the formula for the equinoxes.
pub const COMPUTED_YEARS: RangeInclusive<i16> = 1948..=2099;

/// The last year whose equinoxes were published (暦要項) when this module was last compared with the official list.
pub const PUBLISHED_UNTIL: i16 = 2027;

/// Why a day is a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayKind {
    /// 国民の祝日, 祝日法第2条.
    National,
    /// 振替休日, 祝日法第3条第2項: makes up for a national holiday on a Sunday.
    Substitute,
    /// 国民の休日, 祝日法第3条第3項: stands between two national holidays.
    Sandwiched,
    /// A day of the imperial family that a law of its own made a holiday, once.
    OneOff,
}

/// A holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Holiday {
    /// Name as in the law; substitute and sandwiched days have none there and are 休日, as in the official list.
    pub name_ja: &'static str,
    /// English name.
    pub name_en: &'static str,
    /// Why it is a holiday.
    pub kind: HolidayKind,
}

/// How a rule finds its day within a year.
enum When {
    Fixed(i8, i8),
    /// The nth Monday of a month.
    Monday(i8, i8),
    Vernal,
    Autumnal,
}

/// A holiday in the years in which one wording of the law held.
struct Rule {
    years: RangeInclusive<i16>,
    when: When,
    holiday: Holiday,
}

/// Stands for "until the law changes".
const ON: i16 = i16::MAX;

const fn rule(years: RangeInclusive<i16>, when: When, name_ja: &'static str, name_en: &'static str) -> Rule {
    Rule { years, when, holiday: Holiday { name_ja, name_en, kind: HolidayKind::National } }
}

const fn once(year: i16, month: i8, day: i8, name_ja: &'static str, name_en: &'static str) -> Rule {
    let holiday = Holiday { name_ja, name_en, kind: HolidayKind::OneOff };
    Rule { years: year..=year, when: When::Fixed(month, day), holiday }
}

/// 祝日法第2条 through all its amendments, and the laws for single days.
///
/// The law came into force on 1948-07-20, so days of the first half-year begin in 1949.
const RULES: &[Rule] = &[
    // 昭和23年法律第178号
    rule(1949..=ON, When::Fixed(1, 1), "元日", "New Year's Day"),
    rule(1949..=1999, When::Fixed(1, 15), "成人の日", "Coming of Age Day"),
    rule(1949..=ON, When::Vernal, "春分の日", "Vernal Equinox Day"),
    rule(1949..=1988, When::Fixed(4, 29), "天皇誕生日", "The Emperor's Birthday"),
    rule(1949..=ON, When::Fixed(5, 3), "憲法記念日", "Constitution Memorial Day"),
    rule(1949..=ON, When::Fixed(5, 5), "こどもの日", "Children's Day"),
    rule(1948..=ON, When::Autumnal, "秋分の日", "Autumnal Equinox Day"),
    rule(1948..=ON, When::Fixed(11, 3), "文化の日", "Culture Day"),
    rule(1948..=ON, When::Fixed(11, 23), "勤労感謝の日", "Labour Thanksgiving Day"),
    // 昭和41年法律第86号; the day of 建国記念の日 by 昭和41年政令第376号
    rule(1967..=ON, When::Fixed(2, 11), "建国記念の日", "National Foundation Day"),
    rule(1966..=2002, When::Fixed(9, 15), "敬老の日", "Respect for the Aged Day"),
    rule(1966..=1999, When::Fixed(10, 10), "体育の日", "Health and Sports Day"),
    // 平成元年法律第5号
    rule(1989..=2006, When::Fixed(4, 29), "みどりの日", "Greenery Day"),
    rule(1989..=2018, When::Fixed(12, 23), "天皇誕生日", "The Emperor's Birthday"),
    // 平成7年法律第22号
    rule(1996..=2002, When::Fixed(7, 20), "海の日", "Marine Day"),
    // 平成10年法律第141号
    rule(2000..=ON, When::Monday(1, 2), "成人の日", "Coming of Age Day"),
    rule(2000..=2019, When::Monday(10, 2), "体育の日", "Health and Sports Day"),
    // 平成13年法律第59号
    rule(2003..=2019, When::Monday(7, 3), "海の日", "Marine Day"),
    rule(2003..=ON, When::Monday(9, 3), "敬老の日", "Respect for the Aged Day"),
    // 平成17年法律第43号
    rule(2007..=ON, When::Fixed(4, 29), "昭和の日", "Showa Day"),
    rule(2007..=ON, When::Fixed(5, 4), "みどりの日", "Greenery Day"),
    // 平成26年法律第43号
    rule(2016..=2019, When::Fixed(8, 11), "山の日", "Mountain Day"),
    // 平成29年法律第63号附則: none in 2019, between the birthdays of two Emperors
    rule(2020..=ON, When::Fixed(2, 23), "天皇誕生日", "The Emperor's Birthday"),
    // 平成30年法律第55号: the Olympic year as planned
    rule(2020..=2020, When::Fixed(7, 23), "海の日", "Marine Day"),
    rule(2020..=2020, When::Fixed(7, 24), "スポーツの日", "Sports Day"),
    rule(2020..=2020, When::Fixed(8, 10), "山の日", "Mountain Day"),
    // 令和2年法律第68号: the Olympic year as held
    rule(2021..=2021, When::Fixed(7, 22), "海の日", "Marine Day"),
    rule(2021..=2021, When::Fixed(7, 23), "スポーツの日", "Sports Day"),
    rule(2021..=2021, When::Fixed(8, 8), "山の日", "Mountain Day"),
    // 祝日法 with 平成30年法律第57号 (スポーツの日), after the Olympic exceptions
    rule(2022..=ON, When::Monday(7, 3), "海の日", "Marine Day"),
    rule(2022..=ON, When::Fixed(8, 11), "山の日", "Mountain Day"),
    rule(2022..=ON, When::Monday(10, 2), "スポーツの日", "Sports Day"),
    // 昭和34年法律第16号, 平成元年法律第4号, 平成2年法律第24号, 平成5年法律第32号, 平成30年法律第99号
    once(1959, 4, 10, "結婚の儀", "Wedding of Crown Prince Akihito"),
    once(1989, 2, 24, "大喪の礼", "Funeral of Emperor Showa"),
    once(1990, 11, 12, "即位礼正殿の儀", "Enthronement Ceremony of Emperor Akihito"),
    once(1993, 6, 9, "結婚の儀", "Wedding of Crown Prince Naruhito"),
    once(2019, 5, 1, "天皇の即位の日", "Accession of Emperor Naruhito"),
    once(2019, 10, 22, "即位礼正殿の儀の行われる日", "Enthronement Ceremony of Emperor Naruhito"),
];

const SUBSTITUTE: Holiday =
    Holiday { name_ja: "休日", name_en: "Substitute Holiday", kind: HolidayKind::Substitute };
const SANDWICHED: Holiday =
    Holiday { name_ja: "休日", name_en: "Citizens' Holiday", kind: HolidayKind::Sandwiched };

/// 昭和48年法律第10号 came into force: the first substitute day could follow.
const SUBSTITUTES_FROM: Date = Date::constant(1973, 4, 12);
/// 昭和60年法律第103号 came into force: the first sandwiched day could follow.
const SANDWICHED_FROM: Date = Date::constant(1985, 12, 27);
/// 平成17年法律第43号: a substitute day moves past further national holidays, and a sandwiched day may be a Sunday.
const SUBSTITUTES_MOVE_FROM: i16 = 2007;

/// The holiday on a day, by the law that holds on it; none outside [`COMPUTED_YEARS`].
///
/// 祝日法第2条 and 第3条, and the laws that made single days holidays.
pub fn holiday(date: Date) -> Option<Holiday> {
    if !COMPUTED_YEARS.contains(&date.year()) {
        return None;
    }
    national(date).or_else(|| {
        if is_substitute(date) {
            Some(SUBSTITUTE)
        } else if is_sandwiched(date) {
            Some(SANDWICHED)
        } else {
            None
        }
    })
}

/// All holidays of a year in order; none outside [`COMPUTED_YEARS`].
pub fn holidays_in_year(year: i16) -> Vec<(Date, Holiday)> {
    days_of_year(year).filter_map(|day| Some((day, holiday(day)?))).collect()
}

/// Whether a year's holidays are a forecast: its equinoxes were not yet published (暦要項) and its laws may change.
///
/// The Cabinet Office list ends with the last published year, see
/// [`HolidayList::last_year`](super::HolidayList::last_year).
pub const fn is_provisional(year: i16, published_until: i16) -> bool {
    year > published_until
}

/// The English name of a holiday that the law knows by this Japanese name.
pub(super) fn english_name(name_ja: &str) -> Option<&'static str> {
    RULES.iter().find(|rule| rule.holiday.name_ja == name_ja).map(|rule| rule.holiday.name_en)
}

/// 国民の祝日, and the single days that count as one.
///
/// 平成30年法律第99号附則第2条 says that the days of 2019 count as national holidays for 祝日法第3条; for the single
/// days before them the question never arose, as none was a Sunday or near another holiday.
fn national(date: Date) -> Option<Holiday> {
    RULES.iter().find(|rule| rule.years.contains(&date.year()) && rule.when.is(date)).map(|rule| rule.holiday)
}

impl When {
    fn is(&self, date: Date) -> bool {
        let (month, day) = (date.month(), date.day());
        match *self {
            Self::Fixed(m, d) => month == m && day == d,
            Self::Monday(m, nth) => month == m && (day + 6) / 7 == nth && date.weekday() == Weekday::Monday,
            Self::Vernal => month == 3 && Some(day) == equinox::vernal(date.year()),
            Self::Autumnal => month == 9 && Some(day) == equinox::autumnal(date.year()),
        }
    }
}

/// 祝日法第3条第2項, for a day that is no national holiday itself.
fn is_substitute(date: Date) -> bool {
    if date < SUBSTITUTES_FROM {
        return false;
    }
    if date.year() < SUBSTITUTES_MOVE_FROM && date.weekday() != Weekday::Monday {
        return false;
    }
    // Back through the national holidays that end on the day before, to one on a Sunday.
    std::iter::successors(date.yesterday().ok(), |day| day.yesterday().ok())
        .take_while(|day| national(*day).is_some())
        .any(|day| day.weekday() == Weekday::Sunday)
}

/// 祝日法第3条第3項, for a day that is neither a national holiday nor a substitute day.
fn is_sandwiched(date: Date) -> bool {
    if date < SANDWICHED_FROM {
        return false;
    }
    if date.year() < SUBSTITUTES_MOVE_FROM && date.weekday() == Weekday::Sunday {
        return false;
    }
    let is_national = |day: Date| national(day).is_some();
    date.yesterday().is_ok_and(is_national) && date.tomorrow().is_ok_and(is_national)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn kind(year: i16, month: i8, day: i8) -> Option<HolidayKind> {
        holiday(date(year, month, day)).map(|holiday| holiday.kind)
    }

    fn names(year: i16) -> Vec<String> {
        holidays_in_year(year).iter().map(|(day, holiday)| format!("{day} {}", holiday.name_ja)).collect()
    }

    #[test]
    fn the_law_begins_in_july_1948() {
        assert_eq!(names(1948), ["1948-09-23 秋分の日", "1948-11-03 文化の日", "1948-11-23 勤労感謝の日"]);
        assert_eq!(holidays_in_year(1949).len(), 9);
        assert_eq!(names(1947), [""; 0]);
    }

    #[test]
    fn substitutes_begin_in_april_1973() {
        assert_eq!(kind(1973, 2, 12), None, "11 February 1973 was a Sunday, before the law");
        assert_eq!(kind(1973, 4, 30), Some(HolidayKind::Substitute));
    }

    #[test]
    fn a_substitute_moves_past_holidays_from_2007() {
        assert_eq!(
            kind(2009, 5, 6),
            Some(HolidayKind::Substitute),
            "3 May was a Sunday, 4 and 5 are holidays"
        );
        assert_eq!(kind(1998, 5, 4), Some(HolidayKind::Substitute));
        assert_eq!(kind(1998, 5, 6), None);
    }

    #[test]
    fn sandwiched_days_begin_in_1986_and_skip_sundays_before_2007() {
        assert_eq!(kind(1985, 5, 4), None);
        assert_eq!(kind(1986, 5, 4), None, "a Sunday");
        assert_eq!(kind(1988, 5, 4), Some(HolidayKind::Sandwiched));
        assert_eq!(kind(2026, 9, 22), Some(HolidayKind::Sandwiched));
    }

    #[test]
    fn the_succession_of_2019_makes_ten_days() {
        use HolidayKind::{National, OneOff, Sandwiched, Substitute};
        let kinds: Vec<_> = (1..=6).map(|day| kind(2019, 5, day)).collect();
        assert_eq!(kinds, [OneOff, Sandwiched, National, National, National, Substitute].map(Some));
        assert_eq!(kind(2019, 4, 30), Some(Sandwiched));
        assert_eq!([kind(2019, 2, 23), kind(2019, 12, 23)], [None, None]);
    }

    #[test]
    fn the_olympic_years_moved_three_holidays() {
        assert_eq!([kind(2020, 7, 20), kind(2020, 8, 11), kind(2020, 10, 12)], [None; 3]);
        assert_eq!([kind(2021, 7, 19), kind(2021, 8, 11), kind(2021, 10, 11)], [None; 3]);
        assert_eq!(kind(2021, 8, 9), Some(HolidayKind::Substitute));
    }

    #[test]
    fn every_later_year_has_all_sixteen_names() {
        for year in 2022..=*COMPUTED_YEARS.end() {
            let national =
                holidays_in_year(year).iter().filter(|(_, h)| h.kind == HolidayKind::National).count();
            assert_eq!(national, 16, "{year}");
        }
    }

    #[test]
    fn no_two_rules_claim_one_day() {
        for day in COMPUTED_YEARS.flat_map(days_of_year) {
            let claims = RULES.iter().filter(|r| r.years.contains(&day.year()) && r.when.is(day)).count();
            assert!(claims <= 1, "{day}");
        }
    }

    proptest! {
        #[test]
        fn a_substitute_is_never_a_sunday_and_follows_a_holiday(year in 1973_i16..=2099) {
            for (day, found) in holidays_in_year(year) {
                if found.kind == HolidayKind::Substitute {
                    prop_assert_ne!(day.weekday(), Weekday::Sunday);
                    prop_assert!(national(day.yesterday().unwrap()).is_some());
                    prop_assert!(national(day).is_none());
                }
            }
        }

        #[test]
        fn every_holiday_on_a_sunday_is_made_up_for_within_the_week(year in 1974_i16..=2099) {
            for (day, _) in holidays_in_year(year).into_iter().filter(|(d, _)| d.weekday() == Weekday::Sunday) {
                let made_up = std::iter::successors(Some(day), |d| d.tomorrow().ok()).take(7)
                    .any(|d| holiday(d).is_some_and(|h| h.kind == HolidayKind::Substitute));
                prop_assert!(made_up, "{}", day);
            }
        }

        #[test]
        fn a_year_equals_its_days(year in -9999_i16..=9999) {
            let all = holidays_in_year(year);
            prop_assert!(all.windows(2).all(|w| w[0].0 < w[1].0));
            prop_assert_eq!(all.is_empty(), !COMPUTED_YEARS.contains(&year));
        }
    }
}
