//! What became of the cases of a review, as data: decisions, states, counts, and whether the review was kept.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
pub use rusuban_core::model::case::Decision;
use rusuban_core::model::case::Given;
use rusuban_core::model::text::Text;
use rusuban_core::world::log_review::ListUsed;
use rusuban_logs::finding::Level;
use serde::Serialize;

/// What a person decided about a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Disposition {
    /// The case.
    pub case: String,
    /// What the case consisted of, as a digest: a decision is shown for this content alone.
    pub digest: String,
    /// What it is.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Benign: the last day on which it is remembered for later closures. Being looked into: the last day for that.
    pub until: Option<Date>,
    /// Id of the evidence.
    pub evidence: String,
    /// Whether it was compared with a recorded review.
    pub compared: bool,
}

impl From<&Given> for Disposition {
    fn from(given: &Given) -> Self {
        let body = &given.disposition;
        Self {
            case: body.case.clone(),
            digest: body.digest.clone(),
            decision: body.decision,
            reason: body.reason.clone(),
            by: body.by.clone(),
            at: given.at,
            until: body.until,
            evidence: given.evidence.clone(),
            compared: body.review.is_some(),
        }
    }
}

/// What became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseState {
    /// Nobody has decided.
    Open,
    /// It is being looked into, and its last day is over.
    Late,
    /// It is being looked into.
    Investigating,
    /// It is an information security incident.
    Incident,
    /// It is explained, and harmless.
    Benign,
}

impl CaseState {
    /// What the newest decision makes of a case on a day; looking into it takes at most `days` where it names none.
    pub fn of(newest: Option<&Disposition>, today: Date, zone: &TimeZone, days: i64) -> Self {
        let Some(newest) = newest else { return Self::Open };
        let begun = newest.at.to_zoned_datetime(zone.clone()).date();
        let last = || newest.until.unwrap_or_else(|| begun.checked_add(days.days()).unwrap_or(Date::MAX));
        match newest.decision {
            Decision::Benign => Self::Benign,
            Decision::Incident => Self::Incident,
            Decision::Investigating if today > last() => Self::Late,
            Decision::Investigating => Self::Investigating,
        }
    }
}

/// How many cases there are, by what became of them and by level. Suppressed ones are counted, not left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CountsView {
    /// By what became of them.
    pub states: BTreeMap<CaseState, usize>,
    /// Cases by level.
    pub levels: BTreeMap<Level, usize>,
    /// Cases that earlier decisions explain, by level.
    pub suppressed: BTreeMap<Level, usize>,
}

/// Whether the review was kept as evidence.
#[derive(Debug, Clone, Serialize)]
pub struct RecordView {
    /// Id of the evidence; None where it was not kept.
    pub evidence: Option<String>,
    /// What was done, or why nothing was.
    pub note: Text,
    /// The lists that were used, and where they came from.
    pub lists: Vec<ListUsed>,
}
