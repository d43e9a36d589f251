//! The review of logs as people and machines see it.

pub mod data;
