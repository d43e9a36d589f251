//! Backup repositories that the configuration names.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Backup repositories that the configuration names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFacts {}

impl Facts for BackupFacts {
    const TOPIC: &'static str = "backups/1";
}
