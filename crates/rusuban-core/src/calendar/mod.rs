//! Which days Japan and an office do not work: the holidays of the law, an office's own days, closures, and 和暦.
//!
//! Pure arithmetic on civil dates. It must not know today's date, a time zone, a file or a network: whoever calls it
//! brings dates and texts.

mod equinox;
mod holidays;
mod list;
mod office;
mod run;
mod typed_date;
mod wareki;

pub use holidays::{
    COMPUTED_YEARS, Holiday, HolidayKind, PUBLISHED_UNTIL, holiday, holidays_in_year, is_provisional,
};
pub use list::{
    Difference, DifferenceKind, HolidayList, InvalidHolidayList, ListFault, ListField, ListProblem, compare,
};
pub use office::{DayKind, InvalidOwnClosure, OfficeCalendar, OwnClosure, Reason};
pub use run::{Run, RunKind};
pub use typed_date::{InvalidDate, parse_date};
pub use wareki::{Era, Wareki, format_wareki, weekday_ja};

use jiff::civil::Date;

/// Every day from `first` to `last`, both included.
fn days(first: Date, last: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(move |day| *day <= last)
}

/// Every day of a year; none where the year cannot be represented.
fn days_of_year(year: i16) -> impl Iterator<Item = Date> {
    let ends = Date::new(year, 1, 1).ok().zip(Date::new(year, 12, 31).ok());
    ends.into_iter().flat_map(|(first, last)| days(first, last))
}
