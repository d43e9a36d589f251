//! Backup repositories that the configuration names: what lies in them, and whether the stored data could be read back.
//!
//! Listing a repository reads its index alone and would not see damaged data; that is why reading back stands apart.
//! No location and no password stands in these facts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::verdict::{Seen, Unknown};

/// Backup repositories that the configuration names (`[[backup]]`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BackupFacts {
    /// One entry a repository, in the order of the configuration. Empty where none is named.
    pub repositories: Vec<RepositoryFacts>,
    /// Important data sets of the register that name no repository of the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unassigned: Vec<String>,
}

impl Facts for BackupFacts {
    const TOPIC: &'static str = "backups/1";
}

/// A backup program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackupTool {
    /// restic.
    Restic,
    /// BorgBackup.
    Borg,
}

impl BackupTool {
    /// The name of the program.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restic => "restic",
            Self::Borg => "borg",
        }
    }
}

/// One repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryFacts {
    /// Its name in the configuration.
    pub name: String,
    /// The program that wrote it.
    pub tool: BackupTool,
    /// The repository's own identity, whatever it is called: SHA-256 in hex of the id that its program gave it. None
    /// where it was not told. Two repositories that take the same name one after the other differ in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The data sets that it is registered to hold, as the organisation calls them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub datasets: Vec<String>,
    /// Its snapshots (restic) or archives (Borg), or why they could not be listed.
    pub contents: Seen<Contents>,
    /// The newest read-back of the stored data that is known; none where nobody ever read it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_back: Option<ReadBack>,
    /// Why a read-back that was asked for in this look could not be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_blind: Option<Unknown>,
}

/// What a repository holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Contents {
    /// Number of snapshots.
    pub count: u64,
    /// The snapshots by what they back up, the series with the newest snapshot first.
    pub series: Vec<Series>,
}

/// Snapshots of the same source. Only within a series can one snapshot be compared with the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The machine that was backed up.
    pub host: String,
    /// What of it: the paths (restic), or the part of the archives' names before their date (Borg).
    pub label: String,
    /// Number of snapshots in the series.
    pub count: u64,
    /// The newest.
    pub newest: Snapshot,
    /// The one before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Snapshot>,
}

/// One snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Id (restic) or archive name (Borg).
    pub id: String,
    /// When it was made, by the clock of the machine that made it.
    pub time: Timestamp,
    /// Size of the files in it, in bytes, before deduplication and compression.
    pub size: Seen<u64>,
}

/// How much of the stored data was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// All of it.
    Full,
    /// A random part, in percent.
    Percent(u8),
}

/// A read-back: stored data was read and compared with its checksums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBack {
    /// The identity of the repository that was read ([`RepositoryFacts::identity`]); none where it was not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// When it ended.
    pub at: Timestamp,
    /// How much was read.
    pub extent: Extent,
    /// Whether everything that was read was undamaged.
    pub ok: bool,
    /// What the program said.
    pub detail: String,
}
