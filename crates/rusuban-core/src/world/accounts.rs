//! Local accounts of a machine.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Local accounts of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {}

impl Facts for AccountFacts {
    const TOPIC: &'static str = "accounts/1";
}
