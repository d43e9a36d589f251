//! How much each source of each machine said in each hour of the closure: one small table each, a row a day.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::report::dates::Dates;
use crate::report::review::data::{HoursView, ReviewReport, SourceView};

/// The most tables.
const TABLES: usize = 40;
/// The most days of a table.
const DAYS: usize = 31;

/// One source of one machine.
#[derive(Debug)]
pub(super) struct Heat<'a> {
    /// The source and its machine.
    pub view: &'a HoursView,
    /// Its days.
    pub days: Vec<(Date, Vec<Cell>)>,
    /// Days that are not shown.
    pub more: usize,
    /// Hours with events, and hours of the days that are shown.
    pub heard: (usize, usize),
}

/// One hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// Before the closure or after it, or an hour that the day does not have.
    Outside,
    /// No event.
    Silent,
    /// So many events, and how strongly coloured: 1 to 4.
    Heard(u64, u32),
}

/// The tables, those of expected sources first.
pub(super) fn heats<'a>(report: &'a ReviewReport, dates: &Dates, sources: &[&SourceView]) -> Vec<Heat<'a>> {
    let (days, more) = hours_of(report, dates);
    let order: HashMap<(&str, &str), usize> =
        (0..).zip(sources).map(|(at, s)| ((&*s.source, &*s.host), at)).collect();
    let mut views: Vec<&HoursView> = report.coverage.hours.iter().collect();
    views.sort_by_key(|v| order.get(&(&*v.source, &*v.host)).copied().unwrap_or(usize::MAX));
    views.into_iter().take(TABLES).map(|view| heat(view, &days, more)).collect()
}

/// The days of the closure with their hours (at most 24, by the clock), and how many days are left out.
type Days = BTreeMap<Date, BTreeMap<i8, Vec<Timestamp>>>;

fn hours_of(report: &ReviewReport, dates: &Dates) -> (Days, usize) {
    let closure = &report.closure;
    let mut days = Days::new();
    let mut hour = closure.from.as_second().div_euclid(3600) * 3600;
    let end = closure.to.as_second();
    while hour < end {
        let Ok(start) = Timestamp::from_second(hour) else { break };
        // The first hour may begin before the closure does.
        let local = start.max(closure.from).to_zoned_datetime(dates.zone().clone());
        if days.len() >= DAYS && !days.contains_key(&local.date()) {
            break;
        }
        days.entry(local.date()).or_default().entry(local.hour()).or_default().push(start);
        hour += 3600;
    }
    let rest = (end - hour).max(0).unsigned_abs().div_ceil(86_400);
    (days, usize::try_from(rest).unwrap_or(usize::MAX))
}

fn heat<'a>(view: &'a HoursView, days: &Days, more: usize) -> Heat<'a> {
    let counts: HashMap<Timestamp, u64> = view.hours.iter().copied().collect();
    let of = |hours: &[Timestamp]| -> u64 { hours.iter().filter_map(|h| counts.get(h)).sum() };
    let most = days.values().flat_map(BTreeMap::values).map(|hours| of(hours)).max().unwrap_or(0);
    let cell = |hours: Option<&Vec<Timestamp>>| match hours.map(|hours| of(hours)) {
        None => Cell::Outside,
        Some(0) => Cell::Silent,
        Some(count) => Cell::Heard(count, shade(count, most)),
    };
    let days: Vec<(Date, Vec<Cell>)> = days
        .iter()
        .map(|(date, hours)| (*date, (0..24).map(|hour| cell(hours.get(&hour))).collect()))
        .collect();
    let all = || days.iter().flat_map(|(_, cells)| cells);
    let heard = all().filter(|cell| matches!(cell, Cell::Heard(..))).count();
    let open = all().filter(|cell| **cell != Cell::Outside).count();
    Heat { view, heard: (heard, open), more, days }
}

/// How strongly a number is coloured beside the greatest: 1 to 4, by its magnitude.
fn shade(count: u64, most: u64) -> u32 {
    let magnitude = |n: u64| n.max(1).ilog2();
    1 + magnitude(count) * 4 / (magnitude(most) + 1)
}

/// A number in at most four characters, as a table of hours has place for.
pub(super) fn short(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{}k", count / 1_000),
        1_000_000..1_000_000_000 => format!("{}M", count / 1_000_000),
        _ => format!("{}G", count / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_is_strongest_and_one_is_palest() {
        assert_eq!(shade(1, 1_000_000), 1);
        assert_eq!(shade(1_000_000, 1_000_000), 4);
        assert_eq!(shade(1, 1), 1);
        assert!((1..=4).contains(&shade(u64::MAX, u64::MAX)));
    }

    #[test]
    fn numbers_fit_into_their_cells() {
        for count in [0, 999, 1_000, 999_999, 1_000_000, 999_999_999] {
            assert!(short(count).len() <= 4, "{count}");
        }
    }
}
