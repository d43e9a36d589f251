//! Disk encryption of a machine, and whether the machine is one that people carry.

use serde::{Deserialize, Serialize};

use super::Facts;
use super::platform::Platform;
use crate::model::verdict::Seen;

/// Disk encryption of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskEncryptionFacts {
    /// What the machine is, with its enclosure; none where the file that was read does not tell.
    pub platform: Option<Platform>,
    /// Whether it has a battery of its own; none where nobody looked.
    pub battery: Option<Seen<bool>>,
    /// Volumes of real disks.
    pub volumes: Seen<Vec<Volume>>,
    /// Swap areas; none where the operating system is another.
    pub swap: Option<Seen<Vec<SwapArea>>>,
}

impl Facts for DiskEncryptionFacts {
    const TOPIC: &'static str = "disk-encryption/1";
}

/// One volume of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// Device or drive letter.
    pub name: String,
    /// Where it is mounted; empty where it is not.
    pub mounts: Vec<String>,
    /// File system, where it is known.
    pub filesystem: Option<String>,
    /// Whether it hangs on a bus for things that are plugged in and taken along (USB).
    pub external: bool,
    /// Whether its content is encrypted on the disk.
    pub encryption: Encryption,
}

/// Whether the content of a volume is encrypted on the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// It is, by this means.
    On(String),
    /// It is not.
    Off,
    /// It is encrypted, and the key lies open on the disk (protection suspended).
    Suspended,
    /// It is being encrypted or decrypted; this many thousandths are encrypted where that is said.
    Partly(Option<i64>),
    /// It could not be told.
    NotSeen(String),
}

/// One swap area.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwapArea {
    /// Device or file.
    pub name: String,
    /// Whether its content is encrypted on the disk; memory-backed areas never reach one.
    pub encryption: Encryption,
}
