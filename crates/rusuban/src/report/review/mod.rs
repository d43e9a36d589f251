//! The review of logs as people and machines see it.

pub mod csv;
pub mod data;
pub mod decisions;
pub mod html;
pub mod stix;
mod words;
