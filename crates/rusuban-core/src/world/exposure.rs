//! Listening sockets of a machine and what answers on its own addresses.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Listening sockets of a machine and what answers on its own addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureFacts {}

impl Facts for ExposureFacts {
    const TOPIC: &'static str = "exposure/1";
}
