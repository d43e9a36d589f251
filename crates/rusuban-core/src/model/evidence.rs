//! Evidence (証跡): what was seen or stated, by whom, from where, and when. It is only ever added to.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::RequirementId;
use super::subject::SubjectId;
use super::verdict::Unknown;

/// The kinds of evidence, weakest first. A weaker kind never overrides a stronger one that contradicts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// A named person states something.
    Attestation,
    /// A file of another tool, with its hash.
    Import,
    /// An enrolled endpoint says something about itself.
    Report,
    /// A probe saw something, from a vantage.
    Observation,
}

/// What made the evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source {
    /// A probe's or tool's name, or a person's.
    pub name: String,
    /// Its version; empty for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
}

/// What an observation gave: facts, or the reason why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The facts, in the shape that the topic defines.
    Facts(Value),
    /// Why nothing was seen.
    Unknown(Unknown),
}

/// Evidence before it has a place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// UUIDv7, given by whoever collects the evidence.
    pub id: String,
    /// Id of the closure that it was collected for.
    pub closure: String,
    /// Which of the four kinds.
    pub kind: EvidenceKind,
    /// What the body is about and which shape it has, such as `packages/1` or `statement/1`.
    pub topic: String,
    /// The requirement that a statement is about; observations are about a topic instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requirement: Option<RequirementId>,
    /// What it speaks of.
    pub subject: SubjectId,
    /// Who or what made it.
    pub source: Source,
    /// From where it was seen: a host's name for probes, `person` for statements.
    pub vantage: String,
    /// When it was seen, or stated to have been so.
    pub observed_at: Timestamp,
    /// When this program received it.
    pub received_at: Timestamp,
    /// From when it counts, where that differs from when it was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<Timestamp>,
    /// The content: an [`Outcome`] for observations, reports and imports, a statement for attestations.
    pub body: Value,
}

/// One link of the chain. Its canonical JSON (RFC 8785) is what the hash covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Version of the record's format: 1.
    pub v: u32,
    /// Place in the chain, from 1 without gaps.
    pub seq: u64,
    /// Hash of the record before, in hex; 64 zeros for the first.
    pub prev: String,
    /// What the record says.
    #[serde(flatten)]
    pub draft: Draft,
}

/// A record with its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The record.
    pub record: Record,
    /// SHA-256 of the record's canonical JSON, in hex.
    pub hash: String,
}

impl Evidence {
    /// The id that findings and reports refer to.
    pub fn id(&self) -> &str {
        &self.record.draft.id
    }
}
