//! Malware definitions, in three ages: on disk, loaded by the daemon, and at work right now.
//!
//! Each of the three has been seen to be fresh while another was not: an updater that writes where the daemon does not
//! read, a daemon that was never told to load, a daemon that loads and finds nothing.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::verdict::Seen;

/// The malware tools of one machine. At least one of them is there; a machine without any gives no facts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DefinitionFacts {
    /// ClamAV, where it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clamav: Option<ClamavFacts>,
    /// Microsoft Defender, where it is installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defender: Option<Seen<DefenderFacts>>,
}

impl Facts for DefinitionFacts {
    const TOPIC: &'static str = "definitions/1";
}

/// ClamAV on one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClamavFacts {
    /// The directory that the daemon reads definitions from.
    pub directory: String,
    /// The directory that the updater writes to, where it is another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updater_directory: Option<String>,
    /// Whether `freshclam` is installed.
    pub updater_installed: bool,
    /// Whether `clamscan` is installed.
    pub scanner_installed: bool,
    /// The official databases on disk, by file name.
    pub files: Vec<DatabaseFile>,
    /// The daemon, or why nobody could talk to it.
    pub daemon: Seen<DaemonFacts>,
}

/// One database file of ClamAV.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseFile {
    /// `main`, `daily` or `bytecode`.
    pub database: String,
    /// File name, such as `daily.cld`.
    pub file: String,
    /// What its header says.
    pub header: Seen<DatabaseHeader>,
}

/// The header of a database file (the first 512 bytes of a `.cvd` or `.cld`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseHeader {
    /// When the definitions were built.
    pub built_at: Timestamp,
    /// Version of the database.
    pub version: u64,
    /// Number of signatures.
    pub signatures: u64,
}

/// What the daemon answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonFacts {
    /// Where it answered: `unix:` and a path, or `tcp:` and an address.
    pub address: String,
    /// Its answer to `VERSION`.
    pub version: Seen<DaemonVersion>,
    /// Whether it finds what it must find.
    pub control: Seen<Control>,
}

/// The daemon's answer to `VERSION`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonVersion {
    /// Version of the engine.
    pub engine: String,
    /// The daily definitions that are loaded; none where the daemon names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loaded: Option<Loaded>,
}

/// Definitions that the daemon has loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loaded {
    /// Version of the daily database.
    pub version: u64,
    /// When it was built, in the daemon's own zone; the answer does not tell which zone that is.
    pub built_local: DateTime,
}

/// The positive and the negative control: a stream that must be found, and one that must not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// The name that the EICAR test string was found under; none where it passed as clean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eicar: Option<String>,
    /// Whether a harmless stream passed as clean. A daemon that finds something in everything finds nothing.
    pub harmless_passed: bool,
}

/// Which Defender it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DefenderProduct {
    /// Microsoft Defender Antivirus on Windows.
    Windows,
    /// Microsoft Defender for Endpoint on Linux or macOS.
    Mdatp,
}

/// What Microsoft Defender says about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefenderFacts {
    /// Which one.
    pub product: DefenderProduct,
    /// Version of the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_version: Option<String>,
    /// Version of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_version: Option<String>,
    /// Version of the definitions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definitions_version: Option<String>,
    /// When the definitions were last updated; known to be none where they never were.
    pub updated_at: Seen<Option<Timestamp>>,
    /// The latest instant at which the status can have been made, from the age of the definitions that it states
    /// itself. A file that was put aside for weeks gives itself away here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_by: Option<Timestamp>,
    /// Whether it runs and is healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Whether real-time protection is on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub real_time: Option<bool>,
    /// Whether it stands back for another product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passive: Option<bool>,
    /// Whether it calls its own definitions out of date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says_outdated: Option<bool>,
}
