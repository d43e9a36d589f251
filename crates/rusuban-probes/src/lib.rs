//! Adapters that answer the questions of `rusuban_core::world` on real systems.
//!
//! Only this crate opens a socket outward or runs another program; each call has a limit of time and of size. Adapters
//! give facts or the reason why there are none. They judge nothing.

pub mod accounts;
pub mod auto_start;
pub mod backups;
pub mod clock;
pub mod command;
pub mod definitions;
pub mod disk_encryption;
pub mod documents;
mod encoding;
pub mod exposure;
pub mod firmware;
pub mod host;
pub mod packages;
pub mod password_audit;
pub mod plain_file;
pub mod platform;
pub mod printable;
pub mod sysfs;
