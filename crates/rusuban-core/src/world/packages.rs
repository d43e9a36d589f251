//! Pending software updates of a machine.

use serde::{Deserialize, Serialize};

use super::Facts;

/// Pending software updates of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {}

impl Facts for PackageFacts {
    const TOPIC: &'static str = "packages/1";
}
