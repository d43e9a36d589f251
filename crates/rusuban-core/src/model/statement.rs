//! What people state: attestations, exceptions with an end, and that something does not apply.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::subject::SubjectId;

/// The topic of evidence whose body is a [`Statement`].
pub const TOPIC: &str = "statement/1";

/// A file that a person names as proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Where it lay when it was registered.
    pub path: String,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What a named person states about a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "says", rename_all = "snake_case")]
pub enum Statement {
    /// It holds.
    Holds {
        /// Who states it.
        by: String,
        /// In which words.
        statement: String,
        /// Files that show it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attachment>,
        /// Digests of what was reviewed (a list of accounts, a document), by subject; a change voids the statement.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        basis: BTreeMap<SubjectId, String>,
        /// The subjects that there were, where the statement is about all of them; it speaks for no later one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subjects: Vec<SubjectId>,
    },
    /// It does not hold.
    Fails {
        /// Who states it.
        by: String,
        /// In which words.
        statement: String,
        /// Files that show it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        files: Vec<Attachment>,
    },
    /// It does not apply.
    NotApplicable {
        /// Who states it.
        by: String,
        /// Why.
        reason: String,
        /// The subjects that there were, where the statement is about all of them; it speaks for no later one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        subjects: Vec<SubjectId>,
    },
    /// A named person carries the risk (例外措置).
    AcceptsRisk {
        /// Who carries it.
        owner: String,
        /// Who allowed it; never the owner.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_by: Option<String>,
        /// Why.
        reason: String,
        /// When it ends by itself.
        until: Timestamp,
        /// Keys of the findings that it covers. What is found later is not covered.
        findings: Vec<String>,
    },
    /// An earlier statement no longer counts.
    Withdraws {
        /// Who withdraws it.
        by: String,
        /// Why.
        reason: String,
        /// Id of the evidence that no longer counts.
        evidence: String,
    },
}

impl Statement {
    /// Whether a statement about all subjects speaks for one of them.
    pub fn speaks_for(&self, subject: &SubjectId) -> bool {
        match self {
            Self::Holds { subjects, .. } | Self::NotApplicable { subjects, .. } => {
                subjects.is_empty() || subjects.contains(subject)
            }
            Self::Fails { .. } | Self::AcceptsRisk { .. } | Self::Withdraws { .. } => true,
        }
    }
}
