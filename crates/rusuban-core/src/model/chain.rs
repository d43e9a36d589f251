//! The hash chain over all evidence, and its signed checkpoints: anyone can check it, without this program.
//!
//! The format is written down for strangers in `docs/evidence-chain.md`. Signing lives with whoever holds the key;
//! this module knows no keys.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::evidence::{Draft, Evidence, Record};

/// The hash that stands before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The version of the record format that this program writes.
pub const RECORD_VERSION: u32 = 1;

/// Integers beyond this lose digits in JSON readers that use doubles (RFC 7493, section 2.2).
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Why a record cannot be written so that every JSON reader sees the same thing.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// A number that is no integer within ±(2^53−1).
    #[error("evidence holds the number {0}, which not every JSON reader reads alike; write it as text")]
    Number(String),
    /// The serialiser refused.
    #[error("evidence cannot be written as canonical JSON: {0}")]
    Serialise(#[from] serde_json::Error),
}

/// Canonical JSON (RFC 8785) of a value, restricted to integers that every reader reads alike.
///
/// # Errors
/// Where a number is a fraction or too large.
pub fn canonical<T: Serialize>(value: &T) -> Result<String, NotCanonical> {
    let value = serde_json::to_value(value)?;
    refuse_unsafe_numbers(&value)?;
    Ok(serde_json_canonicalizer::to_string(&value)?)
}

fn refuse_unsafe_numbers(value: &Value) -> Result<(), NotCanonical> {
    match value {
        Value::Number(n) => {
            let fits = n.as_i64().is_some_and(|i| i.unsigned_abs() <= MAX_SAFE);
            if fits { Ok(()) } else { Err(NotCanonical::Number(n.to_string())) }
        }
        Value::Array(list) => list.iter().try_for_each(refuse_unsafe_numbers),
        Value::Object(map) => map.values().try_for_each(refuse_unsafe_numbers),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

/// SHA-256 of bytes, in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Where the chain ends: the place and hash of its last record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Place of the last record; 0 for an empty chain.
    pub seq: u64,
    /// Its hash; [`GENESIS`] for an empty chain.
    pub hash: String,
}

impl Head {
    /// The head of a chain without records.
    pub fn empty() -> Self {
        Self { seq: 0, hash: GENESIS.to_owned() }
    }
}

/// A record linked to the chain, with the exact text that was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// The record and its hash.
    pub evidence: Evidence,
    /// The canonical JSON that the hash covers.
    pub canonical: String,
}

/// Links drafts to the end of a chain, in order.
///
/// # Errors
/// Where a draft cannot be written canonically; nothing is linked then.
pub fn link(head: &Head, drafts: Vec<Draft>) -> Result<Vec<Linked>, NotCanonical> {
    let mut head = head.clone();
    let mut linked = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let record = Record { v: RECORD_VERSION, seq: head.seq + 1, prev: head.hash.clone(), draft };
        let text = canonical(&record)?;
        let hash = sha256_hex(text.as_bytes());
        head = Head { seq: record.seq, hash: hash.clone() };
        linked.push(Linked { evidence: Evidence { record, hash }, canonical: text });
    }
    Ok(linked)
}

/// A record as it stands in a store or an export, before it is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// Place, as stored beside the record.
    pub seq: u64,
    /// Canonical JSON, as stored.
    pub record: String,
    /// Hash, as stored.
    pub hash: String,
}

/// What is wrong with one record of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ChainFault {
    /// The text does not have the hash that stands beside it.
    #[error("record {seq}: its content was changed (its hash does not match)")]
    Altered {
        /// Place of the record.
        seq: u64,
    },
    /// The text is no record.
    #[error("record {seq}: its content cannot be read: {reason}")]
    Unreadable {
        /// Place of the record.
        seq: u64,
        /// The reader's words.
        reason: String,
    },
    /// A record is missing, doubled or out of place.
    #[error("record {seq}: record {expected} should stand here")]
    OutOfPlace {
        /// Place as stored.
        seq: u64,
        /// Place that should come next.
        expected: u64,
    },
    /// The record does not continue from the one before.
    #[error("record {seq}: it does not continue from the record before it")]
    Unlinked {
        /// Place of the record.
        seq: u64,
    },
    /// A copy of a field beside the record says something else than the record.
    #[error("record {seq}: the column `{column}` was changed")]
    ColumnAltered {
        /// Place of the record.
        seq: u64,
        /// Name of the column.
        column: String,
    },
    /// A checkpoint knows records that are no longer there, or another hash for one that is.
    #[error("checkpoint {seq}: {reason}")]
    Checkpoint {
        /// Place that the checkpoint speaks of.
        seq: u64,
        /// What does not fit.
        reason: CheckpointFault,
    },
}

/// What does not fit between a chain and what was signed, kept or exported of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum CheckpointFault {
    /// The signature is not one of its key over its content.
    #[error("its signature does not hold")]
    BadSignature,
    /// The records that it signed are not there.
    #[error("the records that it signed are missing: the end of the chain was cut off")]
    CutOff,
    /// Another record stands where it signed one.
    #[error("the record that it signed was replaced")]
    Replaced,
    /// The copy of its place beside it says something else.
    #[error("the place beside it was changed")]
    PlaceAltered,
    /// The end of the chain is not signed.
    #[error("no checkpoint stands at the end of the chain: checkpoints were removed, or records added")]
    NoneAtEnd,
    /// An export ends elsewhere than it says.
    #[error("the export should end elsewhere: records were cut off or added")]
    WrongEnd,
    /// An export has no last line.
    #[error("the last line of the export is missing")]
    EndMissing,
    /// A head that somebody kept is not in the chain.
    #[error("no record has the hash {0}: the chain was cut off or replaced")]
    HeadMissing(String),
    /// Another key than the one that somebody kept has signed.
    #[error("not signed by that key alone, but by {0}")]
    OtherKeys(String),
}

/// Follows a chain record by record, in order. Feed every record, then ask for the head.
#[derive(Debug)]
pub struct Verifier {
    head: Head,
}

impl Default for Verifier {
    fn default() -> Self {
        Self { head: Head::empty() }
    }
}

impl Verifier {
    /// Checks the next record and gives what is wrong with it, and the record itself where it can be read.
    pub fn next(&mut self, stored: &StoredRecord) -> (Vec<ChainFault>, Option<Record>) {
        let seq = stored.seq;
        let mut faults = Vec::new();
        if seq != self.head.seq + 1 {
            faults.push(ChainFault::OutOfPlace { seq, expected: self.head.seq + 1 });
        }
        let actual = sha256_hex(stored.record.as_bytes());
        if actual != stored.hash {
            faults.push(ChainFault::Altered { seq });
        }
        let record = match read_strictly(&stored.record) {
            Ok(record) => {
                if record.seq != seq {
                    faults.push(ChainFault::ColumnAltered { seq, column: "seq".to_owned() });
                }
                if record.prev != self.head.hash {
                    faults.push(ChainFault::Unlinked { seq });
                }
                Some(record)
            }
            Err(reason) => {
                faults.push(ChainFault::Unreadable { seq, reason });
                None
            }
        };
        // Going on from the stored hash names the changed record alone, not all that follow it.
        self.head = Head { seq, hash: stored.hash.clone() };
        (faults, record)
    }

    /// The end of what was checked so far.
    pub fn head(&self) -> &Head {
        &self.head
    }
}

/// A record out of its text, which must be in the one canonical form and of the version that this program knows: else
/// two readers could see different things in the same bytes.
fn read_strictly(text: &str) -> Result<Record, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let canonical = canonical(&value).map_err(|error| error.to_string())?;
    if canonical != text {
        return Err("it is not canonical JSON".to_owned());
    }
    let record: Record = serde_json::from_value(value).map_err(|error| error.to_string())?;
    if record.v != RECORD_VERSION {
        return Err(format!("its version {} is not known", record.v));
    }
    Ok(record)
}

/// What a checkpoint signs: that the chain had this head at this time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Version of the format: 1.
    pub v: u32,
    /// Place of the last record.
    pub seq: u64,
    /// Its hash.
    pub head: String,
    /// When it was signed.
    pub at: Timestamp,
    /// The signer's Ed25519 public key (RFC 8032), in hex.
    pub key: String,
}

impl Checkpoint {
    /// The bytes that the signature covers: a fixed line, then the canonical JSON.
    ///
    /// # Errors
    /// Never for values that this program makes; a place beyond 2^53 cannot be written.
    pub fn signed_bytes(&self) -> Result<Vec<u8>, NotCanonical> {
        Ok(format!("rusuban-checkpoint-v1\n{}", canonical(self)?).into_bytes())
    }
}

/// A checkpoint with its signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedCheckpoint {
    /// What is signed.
    pub checkpoint: Checkpoint,
    /// Ed25519 signature over [`Checkpoint::signed_bytes`], in hex.
    pub signature: String,
}
