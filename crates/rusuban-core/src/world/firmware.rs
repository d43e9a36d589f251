//! Firmware versions of a machine and what is newer.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Firmware versions of a machine and what is newer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareFacts {}

impl Facts for FirmwareFacts {
    const TOPIC: &'static str = "firmware/1";
}
