//! The drawing of the cases over the closure as numbers and words.
//!
//! Positions are in tenths of a percent of the drawing's width, so that no float is needed and the text does not shrink.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusuban_core::model::text::Lang;
use rusuban_logs::finding::Level;

use crate::report::dates::Dates;
use crate::report::review::data::{ClosureView, ReviewReport};

/// The most cases that are drawn.
const MOST: usize = 40;
/// The most days that are named.
const LABELS: i64 = 6;
/// The part of the width that times have: numbers and signs stand before it.
const AREA: (i64, i64) = (120, 985);
/// No bar is narrower.
const LEAST: i64 = 8;

/// One case.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bar {
    /// Its number in the report, from 1.
    pub number: usize,
    /// How grave it is.
    pub level: Level,
    /// Left edge and width in percent; None where the case has no time.
    pub span: Option<(String, String)>,
    /// Top edge in tenths of an em.
    pub row: usize,
}

impl Bar {
    /// A height below the row's top, in em.
    pub(super) fn down(&self, tenths: usize) -> String {
        ems(self.row + tenths)
    }
}

/// One day.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tick {
    /// Where it begins, in percent.
    pub at: String,
    /// What it is called.
    pub label: String,
}

/// The cases from the gravest on.
pub(super) fn bars(report: &ReviewReport) -> Vec<Bar> {
    let bar = |(at, case): (usize, &super::super::data::CaseView)| {
        let span = case.first.map(|first| {
            let left = place(&report.closure, first).min(AREA.1 - LEAST);
            let right = place(&report.closure, case.last.unwrap_or(first));
            (percent(left), percent((right - left).max(LEAST)))
        });
        Bar { number: at + 1, level: case.level, span, row: 24 + at * 20 }
    };
    report.cases.iter().take(MOST).enumerate().map(bar).collect()
}

/// The height of a drawing with so many rows, in em.
pub(super) fn height(rows: usize) -> String {
    ems(24 + rows * 20 + 4)
}

/// The days of the closure, in its own zone; where there are many, some of them.
pub(super) fn ticks(closure: &ClosureView, dates: &Dates) -> Vec<Tick> {
    let (from, to) = (closure.from, closure.to);
    let seconds = to.as_second().saturating_sub(from.as_second()).max(1);
    // As many days as there are labels, and one more day each time that they do not suffice.
    let step = (seconds - 1) / (86_400 * LABELS) + 1;
    let mut day = dates.day_of(from);
    let mut ticks = Vec::new();
    while let Ok(start) = start_of(day, dates) {
        if start >= to {
            break;
        }
        let label = match dates.lang() {
            Lang::Ja => format!("{}/{}", day.month(), day.day()),
            Lang::En => day.strftime("%-d %b").to_string(),
        };
        ticks.push(Tick { at: percent(place(closure, start)), label });
        match day.checked_add(step.days()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    ticks
}

/// The first instant of a day; not midnight where the clocks skip it.
fn start_of(day: Date, dates: &Dates) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_zoned_datetime(dates.zone().clone())?.timestamp())
}

/// Where an instant stands, in tenths of a percent; at the edge where it lies outside.
fn place(closure: &ClosureView, at: Timestamp) -> i64 {
    let length = closure.to.as_second().saturating_sub(closure.from.as_second()).max(1);
    let since = at.as_second().saturating_sub(closure.from.as_second()).clamp(0, length);
    AREA.0 + since * (AREA.1 - AREA.0) / length
}

fn percent(per_mille: i64) -> String {
    format!("{}.{}%", per_mille / 10, per_mille % 10)
}

fn ems(tenths: usize) -> String {
    format!("{}.{}em", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(from: &str, to: &str) -> ClosureView {
        ClosureView {
            id: None,
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            time_zone: "Asia/Tokyo".to_owned(),
            whole_logs: false,
        }
    }

    #[test]
    fn days_begin_in_the_closures_zone() {
        let closure = closure("2026-12-28T15:00:00Z", "2027-01-03T15:00:00Z");
        let ticks = ticks(&closure, &Dates::in_zone("Asia/Tokyo", Lang::Ja));
        assert_eq!(ticks.len(), 6, "{ticks:?}");
        assert_eq!(ticks[0], Tick { at: "12.0%".to_owned(), label: "12/29".to_owned() });
    }

    #[test]
    fn years_of_logs_have_few_labels() {
        let closure = closure("2001-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        assert!(ticks(&closure, &Dates::in_zone("Asia/Tokyo", Lang::En)).len() <= 7);
    }

    #[test]
    fn instants_outside_stand_at_the_edges() {
        let closure = closure("2026-12-28T15:00:00Z", "2027-01-03T15:00:00Z");
        assert_eq!(place(&closure, Timestamp::MIN), AREA.0);
        assert_eq!(place(&closure, Timestamp::MAX), AREA.1);
        let nothing = ClosureView { to: closure.from, ..closure };
        assert_eq!(place(&nothing, Timestamp::MAX), AREA.1);
    }
}
