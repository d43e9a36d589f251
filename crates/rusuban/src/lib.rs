//! The product: use cases, the command line, the store, the configuration and the reports.

pub mod app;
pub mod cli;
pub mod config;
pub mod inventory;
pub mod report;
pub mod store;
mod whole_file;
