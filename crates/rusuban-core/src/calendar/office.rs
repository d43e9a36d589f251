//! The working days of one office: weekend, holidays, year-end, and its own closed and working days.
//!
//! It must not know why a closure matters, nor how a stretch of closed days is called; that is `run`.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::holidays::{PUBLISHED_UNTIL, english_name, holiday, is_provisional};
use super::list::HolidayList;

/// Days after which a search gives up: an office that never works within three years has no next working day.
pub(super) const SEARCH_DAYS: usize = 3 * 366;

/// Why an office does not work on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A holiday by 祝日法 (行政機関の休日に関する法律第1条第1項第2号).
    Holiday {
        /// Name as in the law or the imported list.
        name_ja: String,
        /// English name; the Japanese one where none is known.
        name_en: String,
    },
    /// A day that the office closes by its own decision.
    Own {
        /// What the office calls it.
        name: String,
    },
    /// 29 December to 3 January (行政機関の休日に関する法律第1条第1項第3号).
    YearEnd,
    /// A weekday on which the office never works (行政機関の休日に関する法律第1条第1項第1号).
    Weekend,
}

impl Reason {
    /// Japanese name.
    pub fn name_ja(&self) -> &str {
        match self {
            Self::Holiday { name_ja, .. } => name_ja,
            Self::Own { name } => name,
            Self::YearEnd => "年末年始",
            Self::Weekend => "週休日",
        }
    }

    /// English name.
    pub fn name_en(&self) -> &str {
        match self {
            Self::Holiday { name_en, .. } => name_en,
            Self::Own { name } => name,
            Self::YearEnd => "Year-end and New Year",
            Self::Weekend => "Weekend",
        }
    }
}

/// Whether an office works on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// It works.
    Working,
    /// It does not. Where several reasons hold, the most telling one: holiday, own day, year-end, weekend.
    Closed(Reason),
}

/// Why an own closure cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOwnClosure {
    /// The last day lies before the first.
    #[error("`{name}`: the last day {last} is before the first day {first}")]
    Backwards {
        /// Name of the closure.
        name: String,
        /// First day as given.
        first: Date,
        /// Last day as given.
        last: Date,
    },
    /// No year has such a day.
    #[error("`{name}`: no year has a day {day} in month {month}")]
    NoSuchDay {
        /// Name of the closure.
        name: String,
        /// Month as given.
        month: i8,
        /// Day as given.
        day: i8,
    },
}

/// Days that an office closes by its own decision, such as 慰霊の日 in Okinawa, a founding day or a summer closure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnClosure {
    name: String,
    days: OwnDays,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnDays {
    Between(Date, Date),
    /// Month and day of both ends; the first may be the later one, across New Year.
    Yearly((i8, i8), (i8, i8)),
}

impl OwnClosure {
    /// A single day.
    pub fn on(name: impl Into<String>, day: Date) -> Self {
        Self { name: name.into(), days: OwnDays::Between(day, day) }
    }

    /// All days from `first` to `last`.
    ///
    /// # Errors
    /// Where `last` lies before `first`.
    pub fn between(name: impl Into<String>, first: Date, last: Date) -> Result<Self, InvalidOwnClosure> {
        let name = name.into();
        if last < first {
            return Err(InvalidOwnClosure::Backwards { name, first, last });
        }
        Ok(Self { name, days: OwnDays::Between(first, last) })
    }

    /// The same month and day of every year; 29 February in leap years only.
    ///
    /// # Errors
    /// Where no year has the day.
    pub fn yearly(name: impl Into<String>, month: i8, day: i8) -> Result<Self, InvalidOwnClosure> {
        Self::yearly_between(name, (month, day), (month, day))
    }

    /// Every year from one month and day to another, across New Year where the first is the later one.
    ///
    /// # Errors
    /// Where no year has one of the days.
    pub fn yearly_between(
        name: impl Into<String>,
        first: (i8, i8),
        last: (i8, i8),
    ) -> Result<Self, InvalidOwnClosure> {
        let name = name.into();
        for (month, day) in [first, last] {
            // Any leap year has every day that some year has.
            if Date::new(2024, month, day).is_err() {
                return Err(InvalidOwnClosure::NoSuchDay { name, month, day });
            }
        }
        Ok(Self { name, days: OwnDays::Yearly(first, last) })
    }

    fn holds(&self, date: Date) -> bool {
        match self.days {
            OwnDays::Between(first, last) => (first..=last).contains(&date),
            OwnDays::Yearly(first, last) => {
                let day = (date.month(), date.day());
                if first <= last { (first..=last).contains(&day) } else { day >= first || day <= last }
            }
        }
    }
}

/// The calendar of an office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeCalendar {
    weekend: Vec<Weekday>,
    year_end: bool,
    own_closures: Vec<OwnClosure>,
    own_working_days: BTreeSet<Date>,
    list: HolidayList,
}

impl Default for OfficeCalendar {
    fn default() -> Self {
        Self::statutory()
    }
}

impl OfficeCalendar {
    /// The calendar of 行政機関の休日に関する法律 (昭和63年法律第91号) 第1条: weekends, holidays, 29 December to 3 January.
    ///
    /// It is also taken for years before that law, as offices that need history define their own days.
    pub fn statutory() -> Self {
        Self {
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            year_end: true,
            own_closures: Vec::new(),
            own_working_days: BTreeSet::new(),
            list: HolidayList::default(),
        }
    }

    /// Sets the weekdays on which the office never works.
    #[must_use]
    pub fn with_weekend(mut self, weekend: impl IntoIterator<Item = Weekday>) -> Self {
        self.weekend = weekend.into_iter().collect();
        self
    }

    /// Sets whether the office closes from 29 December to 3 January.
    #[must_use]
    pub fn with_year_end(mut self, closes: bool) -> Self {
        self.year_end = closes;
        self
    }

    /// Adds days that the office closes by its own decision.
    #[must_use]
    pub fn with_own_closure(mut self, closure: OwnClosure) -> Self {
        self.own_closures.push(closure);
        self
    }

    /// Adds a day on which the office works whatever else holds.
    #[must_use]
    pub fn with_own_working_day(mut self, day: Date) -> Self {
        self.own_working_days.insert(day);
        self
    }

    /// Takes the holidays of the years that `list` covers from it and not from the computation.
    #[must_use]
    pub fn with_list(mut self, list: HolidayList) -> Self {
        self.list = list;
        self
    }

    /// Whether a year's holidays are a forecast: not in the imported list, and not published when this was built.
    pub fn is_provisional(&self, year: i16) -> bool {
        !self.list.covers(year) && is_provisional(year, PUBLISHED_UNTIL)
    }

    /// Whether the office works on a day, and why not.
    pub fn day(&self, date: Date) -> DayKind {
        if self.own_working_days.contains(&date) {
            return DayKind::Working;
        }
        let reason = self
            .holiday_reason(date)
            .or_else(|| self.own_reason(date))
            .or_else(|| (self.year_end && is_year_end(date)).then_some(Reason::YearEnd))
            .or_else(|| self.weekend.contains(&date.weekday()).then_some(Reason::Weekend));
        reason.map_or(DayKind::Working, DayKind::Closed)
    }

    /// Whether the office works on a day.
    pub fn is_working(&self, date: Date) -> bool {
        self.day(date) == DayKind::Working
    }

    /// The first working day after a day; none within three years where the office never works.
    pub fn next_working_day(&self, after: Date) -> Option<Date> {
        std::iter::successors(after.tomorrow().ok(), |day| day.tomorrow().ok())
            .take(SEARCH_DAYS)
            .find(|day| self.is_working(*day))
    }

    /// The last working day before a day; none within three years where the office never works.
    pub fn previous_working_day(&self, before: Date) -> Option<Date> {
        std::iter::successors(before.yesterday().ok(), |day| day.yesterday().ok())
            .take(SEARCH_DAYS)
            .find(|day| self.is_working(*day))
    }

    /// The nth working day after a day, or before it where `n` is negative. The day itself is never counted, whether
    /// the office works on it or not; 0 leaves it as it is.
    ///
    /// None where the office does not work for three years, or at the end of the calendar.
    pub fn add_working_days(&self, date: Date, n: i32) -> Option<Date> {
        (0..n.unsigned_abs()).try_fold(date, |at, _| {
            if n > 0 { self.next_working_day(at) } else { self.previous_working_day(at) }
        })
    }

    fn holiday_reason(&self, date: Date) -> Option<Reason> {
        if self.list.covers(date.year()) {
            let name = self.list.get(date)?;
            // 「休日」 alone does not say whether it is a substitute; the law does.
            let computed = holiday(date).filter(|holiday| holiday.name_ja == name);
            let name_en = computed.map(|holiday| holiday.name_en).or_else(|| english_name(name));
            return Some(Reason::Holiday {
                name_ja: name.to_owned(),
                name_en: name_en.unwrap_or(name).to_owned(),
            });
        }
        let holiday = holiday(date)?;
        Some(Reason::Holiday { name_ja: holiday.name_ja.to_owned(), name_en: holiday.name_en.to_owned() })
    }

    fn own_reason(&self, date: Date) -> Option<Reason> {
        let closure = self.own_closures.iter().find(|closure| closure.holds(date))?;
        Some(Reason::Own { name: closure.name.clone() })
    }
}

fn is_year_end(date: Date) -> bool {
    matches!((date.month(), date.day()), (12, 29..) | (1, ..=3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn reason(office: &OfficeCalendar, day: Date) -> String {
        match office.day(day) {
            DayKind::Working => "working".to_owned(),
            DayKind::Closed(reason) => reason.name_ja().to_owned(),
        }
    }

    #[test]
    fn the_statutory_days() {
        let office = OfficeCalendar::statutory();
        for (day, expected) in [
            (date(2026, 12, 28), "working"),
            (date(2026, 12, 29), "年末年始"),
            (date(2027, 1, 1), "元日"),
            (date(2027, 1, 2), "年末年始"),
            (date(2027, 1, 4), "working"),
            (date(2026, 9, 19), "週休日"),
            (date(2026, 9, 22), "休日"),
        ] {
            assert_eq!(reason(&office, day), expected, "{day}");
        }
    }

    #[test]
    fn an_office_decides_for_itself() {
        let office = OfficeCalendar::statutory()
            .with_weekend([Weekday::Sunday, Weekday::Wednesday])
            .with_year_end(false)
            .with_own_closure(OwnClosure::yearly("慰霊の日", 6, 23).unwrap())
            .with_own_closure(OwnClosure::between("夏季休業", date(2026, 8, 10), date(2026, 8, 14)).unwrap())
            .with_own_closure(OwnClosure::yearly_between("冬季休業", (12, 31), (1, 2)).unwrap())
            .with_own_closure(OwnClosure::on("創立記念日", date(2026, 10, 1)))
            .with_own_working_day(date(2026, 8, 12));
        for (day, expected) in [
            (date(2026, 6, 23), "慰霊の日"),
            (date(2027, 6, 23), "慰霊の日"),
            (date(2026, 8, 10), "夏季休業"),
            (date(2026, 8, 11), "山の日"),
            (date(2026, 8, 12), "working"),
            (date(2026, 8, 14), "夏季休業"),
            (date(2026, 8, 15), "working"),
            (date(2026, 10, 1), "創立記念日"),
            (date(2027, 10, 1), "working"),
            (date(2026, 12, 29), "working"),
            (date(2026, 12, 30), "週休日"),
            (date(2026, 12, 31), "冬季休業"),
            (date(2027, 1, 2), "冬季休業"),
        ] {
            assert_eq!(reason(&office, day), expected, "{day}");
        }
    }

    #[test]
    fn closures_that_cannot_be_are_refused() {
        assert!(OwnClosure::yearly("x", 2, 29).is_ok());
        assert!(OwnClosure::yearly("x", 2, 30).is_err());
        assert!(OwnClosure::between("x", date(2026, 8, 2), date(2026, 8, 1)).is_err());
    }

    #[test]
    fn the_list_wins_in_the_years_it_covers() {
        let listed = BTreeMap::from([
            (date(2030, 1, 1), "元日".to_owned()),
            (date(2030, 6, 3), "新しい日".to_owned()),
            (date(2030, 5, 6), "休日".to_owned()),
        ]);
        let office = OfficeCalendar::statutory().with_list(HolidayList::new(listed));
        assert_eq!(reason(&office, date(2030, 6, 3)), "新しい日");
        assert_eq!(reason(&office, date(2030, 5, 3)), "working", "the list does not have it");
        assert_eq!(reason(&office, date(2031, 5, 3)), "憲法記念日");
        let DayKind::Closed(substitute) = office.day(date(2030, 5, 6)) else { panic!("closed") };
        assert_eq!(substitute.name_en(), "Substitute Holiday");
        assert_eq!([2027, 2028, 2030, 2031].map(|y| office.is_provisional(y)), [false, true, false, true]);
    }

    #[test]
    fn counting_working_days_around_a_closure() {
        let office = OfficeCalendar::statutory();
        let (first, last) = (date(2026, 12, 29), date(2027, 1, 3));
        assert_eq!(office.add_working_days(first, -1), Some(date(2026, 12, 28)));
        assert_eq!(office.add_working_days(first, -3), Some(date(2026, 12, 24)));
        assert_eq!(office.add_working_days(first, 0), Some(first));
        assert_eq!(office.add_working_days(last, 1), Some(date(2027, 1, 4)));
        assert_eq!(office.next_working_day(last), Some(date(2027, 1, 4)));
    }

    #[test]
    fn an_office_that_never_works_has_no_next_day() {
        let never = OfficeCalendar::statutory().with_weekend(Weekday::Monday.cycle_forward().take(7));
        assert_eq!(never.next_working_day(date(2026, 1, 1)), None);
        assert_eq!(never.add_working_days(date(2026, 1, 1), -1), None);
        assert_eq!(OfficeCalendar::statutory().next_working_day(Date::MAX), None);
    }

    proptest! {
        #[test]
        fn adding_and_taking_back_is_nothing(offset in 0_i64..60_000, n in -300_i32..=300) {
            use jiff::Span;
            let office = OfficeCalendar::statutory();
            let any = date(1950, 1, 1).checked_add(Span::new().try_days(offset).unwrap()).unwrap();
            let start = office.next_working_day(any).unwrap();
            let there = office.add_working_days(start, n).unwrap();
            prop_assert!(office.is_working(there));
            prop_assert_eq!(office.add_working_days(there, -n), Some(start));
            prop_assert_eq!(there.cmp(&start), n.cmp(&0));
        }
    }
}
