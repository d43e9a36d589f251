//! Clock synchronisation of a machine.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Clock synchronisation of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFacts {}

impl Facts for ClockFacts {
    const TOPIC: &'static str = "clock/1";
}
