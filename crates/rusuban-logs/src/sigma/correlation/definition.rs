//! Correlation rules as they are written.

use std::sync::Arc;

use super::condition::Threshold;
use crate::sigma::{Level, Place, Problem, Reason, Words};

/// A rule that a correlation names, by its `id` or `name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// As it is written.
    pub text: String,
    /// Line of its file.
    pub line: u32,
}

/// A field name of the correlation that stands for other names in the events of its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name in `group-by` or in the condition's `field`.
    pub name: String,
    /// The real names, by rule.
    pub fields: Vec<(Reference, String)>,
}

/// `correlation.type`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// How many events.
    EventCount,
    /// How many different values.
    ValueCount,
    /// All rules, in any order.
    Temporal,
    /// All rules, in the order of the list.
    TemporalOrdered,
    /// Sum of a number.
    ValueSum,
    /// Mean of a number.
    ValueAvg,
    /// A percentile of a number (0–100), by nearest rank.
    ValuePercentile(f64),
    /// Median of a number.
    ValueMedian,
}

/// `correlation.condition`.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Bounds on a number.
    Threshold(Threshold),
    /// A boolean expression over the rules, and its line.
    Expression(String, u32),
}

/// A correlation rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// `title`.
    pub title: String,
    /// `id`; empty where there is none.
    pub id: String,
    /// `name`; empty where there is none.
    pub name: String,
    /// `type`.
    pub kind: Kind,
    /// `rules`, in their order.
    pub rules: Vec<Reference>,
    /// `group-by`; empty: all events are one group.
    pub group_by: Vec<String>,
    /// `timespan` in nanoseconds.
    pub span: i64,
    /// `condition`.
    pub condition: Condition,
    /// The condition's `field`, one or several.
    pub fields: Vec<String>,
    /// `aliases`.
    pub aliases: Vec<Alias>,
    /// Whether the rules give findings of their own as well.
    pub generate: bool,
    /// How bad a finding is.
    pub level: Option<Level>,
    /// `attack.t1110` and so on.
    pub tags: Vec<Box<str>>,
    /// What it finds, at length.
    pub description: Box<str>,
    /// Known false positives.
    pub falsepositives: Vec<Box<str>>,
    /// What it says in Japanese.
    pub words: Words,
    /// Where it stands: its file and the line of `correlation`.
    pub place: Place,
}

impl Correlation {
    /// Whether time relations between rules are asked for, not numbers.
    pub(super) fn is_temporal(&self) -> bool {
        matches!(self.kind, Kind::Temporal | Kind::TemporalOrdered)
    }

    /// A fault of this correlation.
    pub(super) fn problem(&self, line: u32, text: impl Into<Box<str>>) -> Problem {
        problem(&self.place.file, line, text)
    }
}

/// A fault of a correlation.
pub(super) fn problem(file: &Arc<str>, line: u32, text: impl Into<Box<str>>) -> Problem {
    Problem { place: Place { file: Arc::clone(file), line }, reason: Reason::Correlation(text.into()) }
}
