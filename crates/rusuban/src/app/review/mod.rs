//! The log review (`after.logs`).

pub mod files;
