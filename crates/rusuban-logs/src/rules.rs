//! The program's own Sigma rules, for the logs that no public collection covers.

/// Names and texts of the rule files.
pub const OWN: &[(&str, &str)] = &[];
