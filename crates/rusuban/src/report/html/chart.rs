//! The two drawings of the page as numbers and words: the three phases in a row, and the verdicts as a bar.
//!
//! Positions are in tenths of a percent, so that no float is needed and the drawing scales without its text shrinking.

use std::collections::BTreeMap;

use rusuban_core::model::closure::Phase;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Verdict;

use crate::report::data::Report;
use crate::report::dates::{self, Dates};

/// One phase on the time line.
pub(super) struct Stage {
    /// Short name of the phase.
    pub name: Text,
    /// Centre, in percent with one decimal.
    pub at: &'static str,
    /// Its days, in one line or two.
    pub days: [String; 2],
    /// The worst verdict, where the phase has measures.
    pub verdict: Option<Verdict>,
    /// Whether the report was made in it.
    pub current: bool,
}

/// The three phases in order.
pub(super) fn stages(report: &Report, dates: &Dates) -> Vec<Stage> {
    let closure = &report.closure.closure;
    let (first, last) = (closure.first_day, closure.last_day);
    let stage = |phase, name, at, days| Stage {
        name,
        at,
        days,
        verdict: report.phases.get(&phase).copied(),
        current: report.closure.phase == phase,
    };
    let before = dates.open_range(None, Some(dates::day_before(first)));
    let during = if first == last {
        [dates.short_day(first), String::new()]
    } else {
        dates.open_range(Some(first), Some(last))
    };
    let after = dates.open_range(Some(dates::day_after(last)), None);
    vec![
        stage(Phase::Prepare, Text::new("休暇前", "Before"), "16.7%", before),
        stage(Phase::Watch, Text::new("休暇中", "During"), "50%", during),
        stage(Phase::Reopen, Text::new("休暇明け", "After"), "83.3%", after),
    ]
}

/// One verdict's part of the bar.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Band {
    pub verdict: Verdict,
    pub count: usize,
    /// Left edge, in percent with one decimal.
    pub x: String,
    /// Width, in percent with one decimal.
    pub width: String,
    /// Centre, in percent with one decimal.
    pub middle: String,
    /// Whether the count fits inside.
    pub wide: bool,
}

/// The verdicts that occur, worst first, as parts of one bar.
pub(super) fn bands(counts: &BTreeMap<Verdict, usize>) -> Vec<Band> {
    let total: usize = counts.values().sum();
    let mut before = 0;
    let mut bands = Vec::new();
    for (&verdict, &count) in counts.iter().rev().filter(|(_, count)| **count > 0) {
        let edge = |n: usize| n * 1000 / total.max(1);
        let (left, right) = (edge(before), edge(before + count));
        bands.push(Band {
            verdict,
            count,
            x: percent(left),
            width: percent(right - left),
            middle: percent(usize::midpoint(left, right)),
            wide: right - left >= 60,
        });
        before += count;
    }
    bands
}

fn percent(per_mille: usize) -> String {
    format!("{}.{}%", per_mille / 10, per_mille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_filled_from_the_worst_to_the_best_without_a_gap() {
        let counts = BTreeMap::from([(Verdict::Verified, 1), (Verdict::Unknown, 1), (Verdict::Failing, 1)]);
        let edges: Vec<_> = bands(&counts).into_iter().map(|b| (b.verdict, b.x, b.width)).collect();
        assert_eq!(
            edges,
            [
                (Verdict::Failing, "0.0%".to_owned(), "33.3%".to_owned()),
                (Verdict::Unknown, "33.3%".to_owned(), "33.3%".to_owned()),
                (Verdict::Verified, "66.6%".to_owned(), "33.4%".to_owned()),
            ]
        );
    }

    #[test]
    fn nothing_gives_an_empty_bar() {
        assert_eq!(bands(&BTreeMap::new()), []);
        assert_eq!(bands(&BTreeMap::from([(Verdict::Failing, 0)])), []);
    }
}
