//! Verdicts (判定) and the findings behind them. Unknown is never good.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::subject::SubjectId;
use super::text::Text;

/// What is to be said of a requirement, a measure, a phase, a section or a closure.
///
/// The order of the variants is from best to worst; [`Verdict::worse_of`] relies on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It does not apply, and a named person (or a fact) says why.
    NotApplicable,
    /// Facts from the real system show that it holds.
    Verified,
    /// A named person states that it holds, and nothing stronger contradicts.
    Attested,
    /// It does not hold; a named person carries the risk until a date.
    AcceptedRisk,
    /// Nobody has looked, or the look could not have seen the fault.
    Unknown,
    /// Facts or a named person show that it does not hold.
    Failing,
}

impl Verdict {
    /// The worse of two verdicts.
    #[must_use]
    pub fn worse_of(self, other: Self) -> Self {
        self.max(other)
    }

    /// The worst of many; of nothing at all it is [`Verdict::Unknown`], for nobody has looked.
    pub fn worst(verdicts: impl IntoIterator<Item = Self>) -> Self {
        verdicts.into_iter().max().unwrap_or(Self::Unknown)
    }

    /// The word in JSON, the store and URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotApplicable => "not_applicable",
            Self::Verified => "verified",
            Self::Attested => "attested",
            Self::AcceptedRisk => "accepted_risk",
            Self::Unknown => "unknown",
            Self::Failing => "failing",
        }
    }

    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::NotApplicable => Text::new("対象外", "Not applicable"),
            Self::Verified => Text::new("確認済", "Verified"),
            Self::Attested => Text::new("申告済", "Attested"),
            Self::AcceptedRisk => Text::new("例外措置", "Accepted risk"),
            Self::Unknown => Text::new("未確認", "Unknown"),
            Self::Failing => Text::new("不適合", "Failing"),
        }
    }

    /// All six, best first.
    pub const ALL: [Self; 6] = [
        Self::NotApplicable,
        Self::Verified,
        Self::Attested,
        Self::AcceptedRisk,
        Self::Unknown,
        Self::Failing,
    ];
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Worth reading; changes no verdict.
    Note,
    /// A fault that an accepted risk covers.
    Accepted,
    /// Something that could not be seen.
    Unknown,
    /// A fault.
    Failing,
}

/// One thing that a check has to say about a subject.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    /// How much it weighs.
    pub level: Level,
    /// Stable code of the kind of finding, such as `security-update-pending`.
    pub code: String,
    /// What the finding is about.
    pub subject: SubjectId,
    /// Tells findings of one code and subject apart (a package, a port, an account). Empty where there is only one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// What the fault consists of (the version that is missing, the protocol that answers), where a person who accepts
    /// it does not accept another fault of the same item.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub state: String,
    /// What was seen, or what could not be seen.
    pub message: Text,
    /// What to do next.
    pub hint: Text,
}

impl Finding {
    /// Names this finding among all others of a requirement; risk acceptances refer to it.
    pub fn key(&self) -> String {
        let part =
            |sign: &str, text: &str| if text.is_empty() { String::new() } else { format!("{sign}{text}") };
        format!("{}@{}{}{}", self.code, self.subject, part("#", &self.item), part("~", &self.state))
    }
}

/// What a check concludes for one subject. The verdict follows from the findings, so the two can never disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Everything there is to say, faults and blind spots alike.
    pub findings: Vec<Finding>,
    /// Set where the facts themselves show that the requirement does not apply to the subject, and why. The evaluation
    /// shows it as a note.
    pub not_applicable: Option<Text>,
}

impl Judgement {
    /// The verdict that the findings give: Failing before Unknown before Verified.
    pub fn verdict(&self) -> Verdict {
        let worst = self.findings.iter().map(|f| f.level).max();
        match worst {
            Some(Level::Failing) => Verdict::Failing,
            Some(Level::Unknown) => Verdict::Unknown,
            Some(Level::Accepted) => Verdict::AcceptedRisk,
            Some(Level::Note) | None if self.not_applicable.is_some() => Verdict::NotApplicable,
            Some(Level::Note) | None => Verdict::Verified,
        }
    }

    /// A judgement that the requirement does not apply, with the reason.
    pub fn not_applicable(reason: Text) -> Self {
        Self { findings: Vec::new(), not_applicable: Some(reason) }
    }
}

/// Collects the findings of one judgement about one subject.
#[derive(Debug)]
pub struct Findings {
    subject: SubjectId,
    list: Vec<Finding>,
}

impl Findings {
    /// Starts with nothing found about `subject`.
    pub fn about(subject: &SubjectId) -> Self {
        Self { subject: subject.clone(), list: Vec::new() }
    }

    fn push(&mut self, level: Level, code: &str, item: &str, message: Text, hint: Text) {
        self.list.push(Finding {
            level,
            code: code.to_owned(),
            subject: self.subject.clone(),
            item: item.to_owned(),
            state: String::new(),
            message,
            hint,
        });
    }

    /// Says what the last finding consists of; see [`Finding::state`].
    pub fn in_state(&mut self, state: &str) {
        if let Some(last) = self.list.last_mut() {
            state.clone_into(&mut last.state);
        }
    }

    /// A fault.
    pub fn failing(&mut self, code: &str, item: &str, message: Text, hint: Text) {
        self.push(Level::Failing, code, item, message, hint);
    }

    /// Something that could not be seen.
    pub fn unknown(&mut self, code: &str, item: &str, message: Text, hint: Text) {
        self.push(Level::Unknown, code, item, message, hint);
    }

    /// Adds a reason why a look failed.
    pub fn unseen(&mut self, why: &Unknown) {
        self.push(Level::Unknown, why.code.as_str(), &why.item, why.message.clone(), why.hint.clone());
    }

    /// Worth reading, no fault.
    pub fn note(&mut self, code: &str, item: &str, message: Text, hint: Text) {
        self.push(Level::Note, code, item, message, hint);
    }

    /// The judgement that these findings give.
    pub fn judgement(self) -> Judgement {
        Judgement { findings: self.list, not_applicable: None }
    }
}

/// The kinds of not knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownCode {
    /// The rights to look are missing.
    NoPermission,
    /// The tool that could tell is not installed.
    ToolMissing,
    /// The tool answered with an error.
    ToolFailed,
    /// No answer in the time allowed.
    TimedOut,
    /// The answer could not be understood.
    Unparsable,
    /// The data that the answer rests on is too old.
    Stale,
    /// The data bears a time that has not come yet: a clock was wrong, then or now.
    FromFuture,
    /// The positive control was not found: the look could not have seen a fault.
    ControlFailed,
    /// It cannot be seen from where the look was made.
    WrongVantage,
    /// Nobody has looked.
    NotLooked,
    /// Nobody has stated it.
    NotStated,
    /// It can only be known later, such as after the closure.
    NotYet,
    /// The configuration does not name what to look at.
    NotConfigured,
    /// This kind of system cannot be looked at by this program.
    NotSupported,
}

impl UnknownCode {
    /// The code as it stands in findings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoPermission => "no-permission",
            Self::ToolMissing => "tool-missing",
            Self::ToolFailed => "tool-failed",
            Self::TimedOut => "timed-out",
            Self::Unparsable => "unparsable",
            Self::Stale => "stale",
            Self::FromFuture => "from-future",
            Self::ControlFailed => "control-failed",
            Self::WrongVantage => "wrong-vantage",
            Self::NotLooked => "not-looked",
            Self::NotStated => "not-stated",
            Self::NotYet => "not-yet",
            Self::NotConfigured => "not-configured",
            Self::NotSupported => "not-supported",
        }
    }
}

/// Why something could not be seen: a result in its own right, stored and shown like any other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {}", .code.as_str(), .message.en)]
pub struct Unknown {
    /// What kind of not knowing.
    pub code: UnknownCode,
    /// What could not be seen (a file, a tool, a host); tells several of one kind apart.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub item: String,
    /// What happened.
    pub message: Text,
    /// What to do so that it can be seen.
    pub hint: Text,
}

impl Unknown {
    /// Builds a reason for not knowing.
    pub fn new(code: UnknownCode, item: impl Into<String>, message: Text, hint: Text) -> Self {
        Self { code, item: item.into(), message, hint }
    }
}

/// One part of an answer: seen, or not seen for a reason. Keeps one blind spot from hiding what else was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen<T> {
    /// What was seen.
    Known(T),
    /// Why nothing was seen.
    Unknown(Unknown),
}

impl<T> Seen<T> {
    /// What was seen, if anything.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T> From<Result<T, Unknown>> for Seen<T> {
    fn from(result: Result<T, Unknown>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(why) => Self::Unknown(why),
        }
    }
}

/// A risk that a named person carries instead of the measure (例外措置).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedBy {
    /// Who carries the risk.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When the acceptance ends by itself.
    pub until: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_nothing_is_unknown() {
        assert_eq!(Verdict::worst([]), Verdict::Unknown);
    }

    #[test]
    fn unknown_is_never_better_than_anything_but_failing() {
        for verdict in Verdict::ALL {
            let expected = if verdict == Verdict::Failing { Verdict::Failing } else { Verdict::Unknown };
            assert_eq!(verdict.worse_of(Verdict::Unknown), expected);
        }
    }
}
