//! Days and instants as a report's readers see them: in the closure's zone, with 和暦 for readers of Japanese.
//!
//! Knows no clock: every instant is handed in.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusuban_core::calendar::{format_wareki, weekday_ja};
use rusuban_core::model::closure::Closure;
use rusuban_core::model::text::Lang;

/// Writes days and instants for one reader and one closure.
#[derive(Debug, Clone)]
pub struct Dates {
    zone: TimeZone,
    zone_name: String,
    lang: Lang,
}

impl Dates {
    /// Dates in the closure's zone; in UTC, and said so, where the zone is not known.
    pub fn of(closure: &Closure, lang: Lang) -> Self {
        Self::in_zone(&closure.time_zone, lang)
    }

    /// Dates in a zone by its IANA name; in UTC, and said so, where the zone is not known.
    pub fn in_zone(name: &str, lang: Lang) -> Self {
        match TimeZone::get(name) {
            Ok(zone) => Self { zone, zone_name: name.to_owned(), lang },
            Err(_) => Self { zone: TimeZone::UTC, zone_name: "UTC".to_owned(), lang },
        }
    }

    /// Whom they are written for.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The zone that instants are written in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// IANA name of the zone that instants are written in.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The civil day of an instant.
    pub fn day_of(&self, at: Timestamp) -> Date {
        at.to_zoned_datetime(self.zone.clone()).date()
    }

    /// The day in full: `令和8年12月29日(火)`, `Tue 29 Dec 2026`.
    pub fn day(&self, day: Date) -> String {
        match self.lang {
            Lang::Ja => format_wareki(day),
            Lang::En => day.strftime("%a %-d %b %Y").to_string(),
        }
    }

    /// The day without its year: `12月29日(火)`, `Tue 29 Dec`.
    pub fn short_day(&self, day: Date) -> String {
        match self.lang {
            Lang::Ja => format!("{}月{}日({})", day.month(), day.day(), weekday_ja(day.weekday())),
            Lang::En => day.strftime("%a %-d %b").to_string(),
        }
    }

    /// The instant to the minute: `令和8年12月25日(金) 17:05`, `Fri 25 Dec 2026 17:05`.
    pub fn minute(&self, at: Timestamp) -> String {
        let local = at.to_zoned_datetime(self.zone.clone());
        format!("{} {}", self.day(local.date()), local.strftime("%H:%M"))
    }

    /// The instant to the second, as it sorts: `2026-12-25 17:05:09`.
    pub fn second(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// The instant with its offset, as machines read it: `2026-12-25T17:05:09+09:00`.
    pub fn rfc3339(&self, at: Timestamp) -> String {
        at.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
    }

    /// A range in at most two short lines, for drawings: `12月29日(火)` and `〜1月3日(日)`. An end may be open.
    pub fn open_range(&self, first: Option<Date>, last: Option<Date>) -> [String; 2] {
        let [first, last] = [first, last].map(|day| day.map(|day| self.short_day(day)));
        match (self.lang, first, last) {
            (Lang::Ja, Some(first), Some(last)) => [first, format!("〜{last}")],
            (Lang::Ja, Some(first), None) => [format!("{first}〜"), String::new()],
            (Lang::Ja, None, Some(last)) => [format!("〜{last}"), String::new()],
            (Lang::En, Some(first), Some(last)) => [first, format!("– {last}")],
            (Lang::En, Some(first), None) => ["from".to_owned(), first],
            (Lang::En, None, Some(last)) => ["until".to_owned(), last],
            (_, None, None) => [String::new(), String::new()],
        }
    }

    /// From one day to another: `令和8年12月29日(火)〜令和9年1月3日(日)`.
    pub fn range(&self, first: Date, last: Date) -> String {
        match self.lang {
            Lang::Ja => format!("{}〜{}", self.day(first), self.day(last)),
            Lang::En => format!("{} – {}", self.day(first), self.day(last)),
        }
    }
}

/// The day before; the day itself at the edge of what can be represented.
pub fn day_before(day: Date) -> Date {
    day.checked_sub(1.day()).unwrap_or(day)
}

/// The day after; the day itself at the edge of what can be represented.
pub fn day_after(day: Date) -> Date {
    day.checked_add(1.day()).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use rusuban_core::model::closure::ClosureOrigin;
    use rusuban_core::model::text::Text;

    fn closure(zone: &str) -> Closure {
        Closure {
            id: "2026-12-29".into(),
            name: Text::new("年末年始休業", "New Year closure"),
            first_day: date(2026, 12, 29),
            last_day: date(2027, 1, 3),
            time_zone: zone.into(),
            origin: ClosureOrigin::Calendar,
        }
    }

    #[test]
    fn instants_are_read_in_the_closures_zone() {
        let at: Timestamp = "2026-12-28T15:30:00Z".parse().unwrap();
        let ja = Dates::of(&closure("Asia/Tokyo"), Lang::Ja);
        assert_eq!(ja.minute(at), "令和8年12月29日(火) 00:30");
        assert_eq!(ja.day_of(at), date(2026, 12, 29));
        let en = Dates::of(&closure("Asia/Tokyo"), Lang::En);
        assert_eq!(en.minute(at), "Tue 29 Dec 2026 00:30");
        assert_eq!(en.second(at), "2026-12-29 00:30:00");
    }

    #[test]
    fn a_zone_that_is_not_known_is_not_passed_off_as_local_time() {
        let dates = Dates::of(&closure("Asia/Edo"), Lang::Ja);
        assert_eq!(dates.zone_name(), "UTC");
    }

    #[test]
    fn a_range_over_new_year_names_both_years() {
        let dates = Dates::of(&closure("Asia/Tokyo"), Lang::Ja);
        assert_eq!(
            dates.range(date(2026, 12, 29), date(2027, 1, 3)),
            "令和8年12月29日(火)〜令和9年1月3日(日)"
        );
    }
}
