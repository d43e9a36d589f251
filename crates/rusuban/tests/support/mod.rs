//! What several tests need.

pub mod report;
