//! Registered documents and their content hashes.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Registered documents and their content hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFacts {}

impl Facts for DocumentFacts {
    const TOPIC: &'static str = "documents/1";
}
