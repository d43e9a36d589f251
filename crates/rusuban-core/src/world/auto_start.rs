//! What may switch a machine on by itself.

use serde::{Deserialize, Serialize};

use super::Facts;

/// What may switch a machine on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoStartFacts {}

impl Facts for AutoStartFacts {
    const TOPIC: &'static str = "auto-start/1";
}
