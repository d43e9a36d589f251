//! A review of the logs of a closure (`rusuban review`): what was read, what was not, and which cases came of it.
//!
//! The facts hold no line of any log: lines may hold secrets, and stay where they are. Lists are bounded; what did not
//! fit is counted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::case::{CaseLevel, Pattern};
use crate::model::text::Text;

/// One review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogReviewFacts {
    /// The program and its version.
    pub program: String,
    /// The first instant of what was reviewed.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The rules.
    pub rules: ReviewRules,
    /// Whether the engine found what was planted for it in the same run.
    pub control: Control,
    /// The files.
    pub files: ReviewFiles,
    /// Records that were understood.
    pub events: u64,
    /// Records that were not.
    pub unparsed: u64,
    /// What each log source of each host gave.
    pub sources: Bounded<SourceHours>,
    /// What is missing.
    pub missing: Bounded<Missing>,
    /// What could not be read or judged: rules, files, detectors.
    pub errors: Bounded<ReviewError>,
    /// The lists (people, duty, hosts and so on) that the logs were held against, and where each came from.
    pub lists: Vec<ListUsed>,
    /// The cases, the gravest first: those of this review, and those of earlier reviews of the closure that this one does
    /// not answer.
    pub cases: Bounded<CaseSeen>,
    /// Ids of cases of earlier reviews that this one no longer gives, although it read the same logs: other lists or
    /// rules, or the case has grown.
    pub answered: Bounded<String>,
    /// Cases that an earlier closure's decision explains.
    pub suppressed: Bounded<SuppressedCase>,
    /// Decisions of earlier closures that have expired and no longer apply.
    pub expired: u64,
}

impl Facts for LogReviewFacts {
    const TOPIC: &'static str = "log-review/1";
    // What the logs of a closure held does not change by waiting.
    const AGES: bool = false;
}

/// A list that is kept up to some length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounded<T> {
    /// What was kept.
    pub list: Vec<T>,
    /// How many more there were.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde asks for")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl<T> Default for Bounded<T> {
    fn default() -> Self {
        Self { list: Vec::new(), left_out: 0 }
    }
}

impl<T> Bounded<T> {
    /// Keeps the first so many.
    pub fn of(items: impl IntoIterator<Item = T>, most: usize) -> Self {
        let mut items = items.into_iter();
        let list: Vec<T> = items.by_ref().take(most).collect();
        Self { list, left_out: items.count() as u64 }
    }

    /// How many there were in all.
    pub fn total(&self) -> u64 {
        self.list.len() as u64 + self.left_out
    }
}

/// The rules of a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRules {
    /// Rules and correlations in force.
    pub in_force: u64,
    /// Rules that are not in force.
    pub not_in_force: u64,
    /// Whether the program's own rules and detectors spoke.
    pub own: bool,
    /// SHA-256 over the rules' texts, in hex.
    pub sha256: String,
}

/// What became of the planted events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// All were found.
    Found,
    /// These rules and detectors did not find theirs: the review was blind.
    NotFound(Vec<String>),
    /// The program's own rules and detectors were turned off, so that nothing could be planted for them.
    Off,
}

/// The files of a review.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReviewFiles {
    /// How many logs were opened, those in archives included.
    pub logs: u64,
    /// Bytes read, unpacked.
    pub bytes: u64,
    /// The files on disk, as they were named or found.
    pub listed: Bounded<ReviewedFile>,
    /// SHA-256 over all hashes, sizes and names, in hex: also of those that were left out.
    pub sha256: String,
    /// What was not read, or only in part.
    pub unread: Bounded<Unread>,
}

/// A file on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedFile {
    /// Its name as the user gave it.
    pub name: String,
    /// Its size in bytes when the review began.
    pub size: u64,
    /// SHA-256 (FIPS 180-4) of so many bytes, in hex; empty where it could not be made.
    pub sha256: String,
    /// Whether it was written to meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
}

/// A file that was not read, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: Text,
}

/// What one source of one host gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceHours {
    /// Id of the source, and the host where the log says: `fortigate@fw1`.
    pub name: String,
    /// Events in the closure.
    pub events: u64,
    /// Hours of the closure with events.
    pub hours_heard: u64,
    /// Hours of the closure in which it could have been heard.
    pub hours_open: u64,
    /// Why it should be heard in every hour: `declared`, `baseline`; None where nothing says that it should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// Hours without an event, as stretches.
    pub unseen: Bounded<Stretch>,
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// The first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
}

/// Something that is missing in the logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Its kind, such as `log-gap`.
    pub code: String,
    /// What of it.
    pub item: String,
    /// What is missing.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// What could not be read or judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewError {
    /// `rule`, `file`, `blind`.
    pub kind: String,
    /// The file, rule or detector.
    pub item: String,
    /// What is wrong.
    pub message: Text,
}

/// A list that the logs were held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUsed {
    /// Its usual file name, such as `people.csv`.
    pub list: String,
    /// `file`, `register`.
    pub from: String,
    /// How many rows.
    pub rows: u64,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSeen {
    /// Its id: the same happenings give the same.
    pub id: String,
    /// SHA-256 of what it consists of, in hex.
    pub digest: String,
    /// The gravest level of its findings.
    pub level: CaseLevel,
    /// What it is called.
    pub title: Text,
    /// First time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<Timestamp>,
    /// Last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Its findings without when they were.
    pub patterns: Bounded<Pattern>,
    /// Each finding of it by a digest, to tell whether a later review saw the same.
    pub findings: Bounded<String>,
    /// When a review first showed it.
    pub found_at: Timestamp,
    /// Set where an earlier review saw it and this one does not answer it: the evidence of that review.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
}

/// A case that an earlier closure's decision explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressedCase {
    /// Its id.
    pub id: String,
    /// The gravest level of its findings.
    pub level: CaseLevel,
    /// What it is called.
    pub title: Text,
    /// Each finding of it by a digest.
    pub findings: Bounded<String>,
    /// Who decided.
    pub by: String,
    /// Why.
    pub reason: String,
    /// The last day on which the decision applies.
    pub until: jiff::civil::Date,
    /// Id of the evidence that holds the decision.
    pub evidence: String,
}
