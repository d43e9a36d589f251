//! Malware definitions of a machine.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Malware definitions of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionFacts {}

impl Facts for DefinitionFacts {
    const TOPIC: &'static str = "definitions/1";
}
