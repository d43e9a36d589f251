//! Disk encryption of a machine.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Disk encryption of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskEncryptionFacts {}

impl Facts for DiskEncryptionFacts {
    const TOPIC: &'static str = "disk-encryption/1";
}
