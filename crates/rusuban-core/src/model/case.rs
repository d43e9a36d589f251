//! Cases (事案) of the log review as evidence knows them: how grave one is, what it is about, and what people decided.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::evidence::Evidence;
use super::id::RequirementId;
use super::statement::Attachment;
use super::text::Text;

/// The topic of evidence whose body is a [`Disposition`].
pub const TOPIC: &str = "case-disposition/1";

/// The requirement that decisions about cases count for.
pub const REQUIREMENT: &str = "after.logs.b";

/// How much a finding or case weighs, in Sigma's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CaseLevel {
    /// Worth keeping.
    Informational,
    /// Noise unless something joins it.
    Low,
    /// Somebody should look.
    Medium,
    /// Somebody must look today.
    High,
    /// Somebody must look now.
    Critical,
}

impl CaseLevel {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Informational => Text::new("参考", "Informational"),
            Self::Low => Text::new("低", "Low"),
            Self::Medium => Text::new("中", "Medium"),
            Self::High => Text::new("高", "High"),
            Self::Critical => Text::new("重大", "Critical"),
        }
    }

    /// Levels that open no case (事案) alone.
    pub fn is_noise(self) -> bool {
        self <= Self::Low
    }
}

/// What one finding of a case is about, without when it was: what a decision may be remembered for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Id of the rule or detector.
    pub rule: String,
    /// The account; empty where none is known.
    pub who: String,
    /// The address or name that it came from; empty where none is known.
    pub from: String,
    /// The machine; empty where none is known.
    pub host: String,
    /// Id of the log source.
    pub source: String,
    /// How much the finding weighed.
    pub level: CaseLevel,
    /// What was found, in English, without its numbers.
    pub what: String,
}

impl Pattern {
    /// Whether another finding is no more than this one: the same in every respect, and weighing no more.
    pub fn covers(&self, other: &Self) -> bool {
        other.level <= self.level
            && (&self.rule, &self.who, &self.from, &self.host, &self.source, &self.what)
                == (&other.rule, &other.who, &other.from, &other.host, &other.source, &other.what)
    }
}

/// Decisions about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Explained, and harmless.
    Benign,
    /// Being looked into.
    Investigating,
    /// An information security incident (情報セキュリティインシデント).
    Incident,
}

impl Decision {
    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Benign => Text::new("問題なし", "Benign"),
            Self::Investigating => Text::new("調査中", "Being looked into"),
            Self::Incident => Text::new("情報セキュリティインシデント", "Information security incident"),
        }
    }
}

/// What a named person decided about a case (処置判断): the body of evidence with the topic [`TOPIC`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disposition {
    /// Id of the case.
    pub case: String,
    /// SHA-256 of what the case consists of, in hex; a decision counts for this content alone.
    pub digest: String,
    /// How grave the case was.
    pub level: CaseLevel,
    /// What it was called.
    pub title: Text,
    /// The first instant of its closure.
    pub closure_from: Timestamp,
    /// What it is.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: String,
    /// The last day: of remembering it, where it is benign; of looking into it, where that is not finished. None where it
    /// is not to be remembered, or has no end of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// What was decided on, as the store recorded it. Empty where the store had not recorded the case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<Pattern>,
    /// Id of the evidence in which the case is recorded. None where what was decided on could not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// The file that the person had before them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<Attachment>,
}

/// A decision with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// What was decided.
    pub disposition: Disposition,
    /// When.
    pub at: Timestamp,
    /// Id of the evidence.
    pub evidence: String,
    /// Id of the closure.
    pub closure: String,
}

/// Every decision about cases, in the order in which they were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dispositions {
    by_case: BTreeMap<String, Vec<Given>>,
    /// Ids of evidence that should hold a decision and cannot be read.
    pub unreadable: Vec<String>,
}

/// No decision at all.
pub static NONE: Dispositions = Dispositions { by_case: BTreeMap::new(), unreadable: Vec::new() };

impl Dispositions {
    /// Reads the decisions out of evidence, which stands in the order of the chain.
    pub fn read(evidence: &[Evidence]) -> Self {
        let mut read = Self::default();
        for item in evidence.iter().filter(|e| is_disposition(e)) {
            let draft = &item.record.draft;
            match Disposition::deserialize(&draft.body) {
                Ok(disposition) => {
                    let given = Given {
                        at: draft.observed_at,
                        evidence: item.id().to_owned(),
                        closure: draft.closure.clone(),
                        disposition,
                    };
                    read.by_case.entry(given.disposition.case.clone()).or_default().push(given);
                }
                Err(_) => read.unreadable.push(item.id().to_owned()),
            }
        }
        read
    }

    /// What was decided about a case with this content, newest last.
    pub fn about<'d>(&'d self, case: &str, digest: &'d str) -> impl DoubleEndedIterator<Item = &'d Given> {
        let all = self.by_case.get(case).into_iter().flatten();
        all.filter(move |given| given.disposition.digest == digest)
    }

    /// All decisions, by case.
    pub fn all(&self) -> impl Iterator<Item = &Given> {
        self.by_case.values().flatten()
    }
}

/// Whether evidence holds a decision about a case.
pub fn is_disposition(evidence: &Evidence) -> bool {
    let draft = &evidence.record.draft;
    draft.topic == TOPIC
        && draft.requirement.as_ref().is_none_or(|id: &RequirementId| id.as_str() == REQUIREMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(change: fn(&mut Pattern)) -> Pattern {
        let mut pattern = Pattern {
            rule: "closure.login-off-duty".into(),
            who: "yamada".into(),
            from: "203.0.113.7".into(),
            host: "fw1".into(),
            source: "fortigate".into(),
            level: CaseLevel::High,
            what: "yamada logged in".into(),
        };
        change(&mut pattern);
        pattern
    }

    #[test]
    fn a_pattern_is_never_broader_than_what_was_seen() {
        let seen = pattern(|_| {});
        assert!(seen.covers(&pattern(|_| {})));
        assert!(seen.covers(&pattern(|p| p.level = CaseLevel::Medium)));
        let others: [fn(&mut Pattern); 7] = [
            |p| p.rule = "closure.login-on-leave".into(),
            |p| p.who = "sato".into(),
            |p| p.from = String::new(),
            |p| p.host = "fw2".into(),
            |p| p.source = "sshd".into(),
            |p| p.what = "yamada logged in from another country".into(),
            |p| p.level = CaseLevel::Critical,
        ];
        for change in others {
            assert!(!seen.covers(&pattern(change)), "{:?}", pattern(change));
        }
        // What the log does not say is no wildcard, and neither is a star that somebody is called.
        assert!(!pattern(|p| p.who = String::new()).covers(&seen));
        assert!(!pattern(|p| p.who = "*".into()).covers(&seen));
    }
}
