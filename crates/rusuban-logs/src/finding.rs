//! Findings (指摘): what a detector or a Sigma rule has to say, whoever said it.

use std::collections::HashMap;
use std::sync::Arc;

pub use rusuban_core::model::case::CaseLevel as Level;
use rusuban_core::model::case::Pattern;
use rusuban_core::model::text::Text;
use serde::{Deserialize, Serialize};

use crate::activity::{Activity, Evidence, Name, Nanos};

/// Who made a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A detector of this program.
    Detector,
    /// A Sigma rule.
    Sigma,
}

/// The rule behind a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleInfo {
    /// Stable id: `closure.login-off-duty`, or the rule's own.
    pub id: String,
    /// What it looks for.
    pub title: Text,
    /// How much it weighs.
    pub level: Level,
    /// ATT&CK techniques (`T1078`), sorted.
    pub techniques: Vec<String>,
    /// Who made it.
    pub origin: Origin,
    /// Why it matters.
    pub why: Text,
    /// What to do next, one step each.
    pub next: Vec<Text>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Arc<RuleInfo>,
    /// How much this one weighs; a detector may lower or raise its rule's level.
    pub level: Level,
    /// The account; empty where none is known.
    pub who: Name,
    /// The address or name that it came from; empty where none is known.
    pub from: Name,
    /// The machine; empty where none is known.
    pub host: Name,
    /// Id of the log source.
    pub source: Name,
    /// First time; None where the log has none.
    pub first: Option<Nanos>,
    /// Last time.
    pub last: Option<Nanos>,
    /// How many events it stands for.
    pub count: u64,
    /// What was found, in words.
    pub what: Text,
    /// Some of the lines, in their order.
    pub evidence: Vec<Evidence>,
}

/// The most lines that a finding carries.
pub const LINES: usize = 12;

impl Finding {
    /// A finding about one activity.
    pub fn about(rule: &Arc<RuleInfo>, activity: &Activity, what: Text) -> Self {
        Self {
            rule: rule.clone(),
            level: rule.level,
            who: activity.who.clone(),
            from: activity.from.clone(),
            host: activity.host.clone(),
            source: activity.source.clone(),
            first: activity.first,
            last: activity.last,
            count: activity.count,
            what,
            evidence: activity.evidence.to_vec(),
        }
    }

    /// What it is about, without when it was: what a person's decision about it may be remembered for.
    pub fn pattern(&self) -> Pattern {
        Pattern {
            rule: self.rule.id.clone(),
            who: bounded(&self.who),
            from: bounded(&self.from),
            host: bounded(&self.host),
            source: bounded(&self.source),
            level: self.level,
            what: bounded(&without_numbers(&self.what.en)),
        }
    }

    /// With more lines; the first, the last and those between that fit are kept.
    #[must_use]
    pub fn with_lines<'e>(mut self, lines: impl IntoIterator<Item = &'e Evidence>) -> Self {
        self.evidence.extend(lines.into_iter().cloned());
        self.evidence.sort();
        self.evidence.dedup_by_key(|e| e.place);
        if self.evidence.len() > LINES {
            let last = self.evidence.pop();
            self.evidence.truncate(LINES - 1);
            self.evidence.extend(last);
        }
        self
    }

    /// With another level.
    #[must_use]
    pub fn at(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// With the times and the number of all activities that it stands for.
    #[must_use]
    pub fn spanning<'a>(mut self, activities: impl IntoIterator<Item = &'a Activity>) -> Self {
        for activity in activities {
            self.first = match (self.first, activity.first) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            self.last = self.last.max(activity.last);
            self.count += activity.count;
        }
        self
    }
}

/// Bytes of a name that a pattern keeps.
const NAME: usize = 300;

/// A name of bounded length. What is cut away stays in by its digest: two long names that differ are never one.
fn bounded(text: &str) -> String {
    if text.len() <= NAME {
        return text.to_owned();
    }
    let end = (0..=NAME).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…sha256:{}", text.get(..end).unwrap_or_default(), crate::cases::sha256(text))
}

/// Words without the numbers that stand alone in them: how often something happened says nothing of what it is. Digits of
/// names, addresses and times stay.
fn without_numbers(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_matches(['(', ')', ',', '.', ';', ':']);
        let is_number = !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit());
        if is_number { word.replacen(bare, "#", 1) } else { word.to_owned() }
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Something that a detector could not see: the review's result is Unknown (未確認) there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Blind {
    /// The rule that was blind.
    pub rule: String,
    /// What could not be seen.
    pub message: Text,
    /// What to do about it.
    pub hint: Text,
}

/// Rule, account, source, host, level, day and words: what is equal here is told once.
type Sameness = (String, Name, Name, Name, Level, i64, Text);

/// Collects findings.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// What was found.
    pub list: Vec<Finding>,
    /// What could not be seen.
    pub blind: Vec<Blind>,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.list.push(finding);
    }

    /// Says that a rule could not see.
    pub fn unseen(&mut self, rule: &RuleInfo, message: Text, hint: Text) {
        self.blind.push(Blind { rule: rule.id.clone(), message, hint });
    }

    /// Joins findings that say the same of the same on one day, and sorts all by time.
    pub fn settle(&mut self, day: impl Fn(Option<Nanos>) -> i64) {
        let mut joined: Vec<Finding> = Vec::with_capacity(self.list.len());
        let mut places: HashMap<Sameness, usize> = HashMap::new();
        self.list.sort_by(compare);
        for finding in self.list.drain(..) {
            let key = (
                finding.rule.id.clone(),
                finding.who.clone(),
                finding.from.clone(),
                finding.host.clone(),
                finding.level,
                day(finding.first),
                finding.what.clone(),
            );
            let known = places.get(&key).and_then(|at| joined.get_mut(*at));
            if let Some(known) = known {
                known.count += finding.count;
                known.last = known.last.max(finding.last);
                let former = std::mem::take(&mut known.evidence);
                *known = Finding { evidence: former, ..known.clone() }.with_lines(&finding.evidence);
            } else {
                places.insert(key, joined.len());
                joined.push(finding);
            }
        }
        self.list = joined;
        self.blind.sort();
        self.blind.dedup();
    }
}

/// By time, then by rule, then by whom it is about.
pub(crate) fn compare(a: &Finding, b: &Finding) -> std::cmp::Ordering {
    (a.first, a.last, &a.rule.id)
        .cmp(&(b.first, b.last, &b.rule.id))
        .then_with(|| (&a.who, &a.from, &a.host, &a.what).cmp(&(&b.who, &b.from, &b.host, &b.what)))
        .then_with(|| a.evidence.cmp(&b.evidence))
}

#[cfg(test)]
mod tests {
    use super::{bounded, without_numbers};

    #[test]
    fn only_numbers_that_stand_alone_are_left_out() {
        let text = "203.0.113.7 failed 21 times as svc1 (3 gaps; at 03:04), 5.";
        assert_eq!(without_numbers(text), "203.0.113.7 failed # times as svc1 (# gaps; at 03:04), #.");
        assert_eq!(without_numbers("７ 時間 \u{3000}9"), "７ 時間 \u{3000}9");
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = ("あ".repeat(400) + "1", "あ".repeat(400) + "2");
        assert!(bounded(&a) != bounded(&b) && bounded(&a).len() < 400);
    }

    proptest::proptest! {
        #[test]
        fn any_text_does(text in "(?s).{0,400}") {
            let _ = bounded(&without_numbers(&text));
        }
    }
}
