//! Suppressions: findings that a named person has judged, with the reason and an end. They are shown, never hidden.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::context::matches_pattern;
use crate::finding::Finding;

/// One suppression. An empty pattern fits everything; `*` and `?` stand for text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// Id of the rule; never empty.
    pub rule: String,
    /// The account.
    #[serde(default)]
    pub who: String,
    /// The address or name that it came from.
    #[serde(default)]
    pub from: String,
    /// The host.
    #[serde(default)]
    pub host: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// The last day on which it applies.
    pub expires: Date,
}

/// A finding that was suppressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub finding: Finding,
    /// By what.
    pub by: Suppression,
}

impl Suppression {
    /// Whether it means this finding. Without a rule, a reason or a person it means none.
    pub fn covers(&self, finding: &Finding) -> bool {
        let fits = |pattern: &str, text: &str| pattern.is_empty() || matches_pattern(pattern, text);
        let whole = [&self.rule, &self.reason, &self.by].iter().all(|text| !text.trim().is_empty());
        whole
            && self.rule == finding.rule.id
            && fits(&self.who, &finding.who)
            && fits(&self.from, &finding.from)
            && fits(&self.host, &finding.host)
    }
}
