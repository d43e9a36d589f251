//! Local password hashes against a list of common passwords.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Local password hashes against a list of common passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordAuditFacts {}

impl Facts for PasswordAuditFacts {
    const TOPIC: &'static str = "password-audit/1";
}
