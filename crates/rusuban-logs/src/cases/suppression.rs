//! Suppressions: cases that a named person has decided to be harmless, remembered for later closures until a day. They are
//! shown, never hidden, and fit nothing that the person did not see.

use jiff::Timestamp;
use jiff::civil::Date;
use rusuban_core::model::case::Pattern;
use serde::Serialize;

use super::Case;

/// One decision that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Suppression {
    /// The case that was decided on.
    pub case: String,
    /// Id of its closure.
    pub closure: String,
    /// What the case consisted of. Nothing in them is a wildcard.
    pub patterns: Vec<Pattern>,
    /// Why it is harmless.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The last day on which it applies.
    pub expires: Date,
    /// Id of the evidence that holds the decision.
    pub evidence: String,
}

/// A case that an earlier decision explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The case.
    pub case: Case,
    /// By what.
    pub by: Suppression,
}

impl Suppression {
    /// Whether it explains the whole of a case with these patterns. Without a reason or a person it explains none.
    pub(super) fn covers(&self, patterns: &[Pattern]) -> bool {
        let whole = [&self.reason, &self.by].iter().all(|text| !text.trim().is_empty());
        whole
            && !patterns.is_empty()
            && patterns.iter().all(|pattern| self.patterns.iter().any(|seen| seen.covers(pattern)))
    }
}
