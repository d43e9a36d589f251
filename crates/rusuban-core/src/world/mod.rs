//! The questions that may be asked outside, one file a question: the facts that answer it.
//!
//! Facts are plain and serialisable; they become evidence. How they are found out is the business of `rusuban-probes`.

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::verdict::Unknown;

pub mod accounts;
pub mod auto_start;
pub mod backups;
pub mod clock;
pub mod definitions;
pub mod disk_encryption;
pub mod documents;
pub mod exposure;
pub mod firmware;
pub mod log_review;
pub mod packages;
pub mod password_audit;
pub mod platform;

/// Facts of one topic. The topic's name carries the version of its shape; stored evidence is read by that name.
pub trait Facts: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Name and version of the shape, such as `packages/1`.
    const TOPIC: &'static str;
    /// Whether the facts grow stale: what was seen of a system that goes on does, what was read of a past that is over
    /// does not.
    const AGES: bool = true;
}

/// One question to the outside.
#[async_trait]
pub trait Port<F>: Send + Sync {
    /// Looks, and gives facts or the reason why there are none. Never waits without a limit.
    async fn look(&self) -> Result<F, Unknown>;
}

/// A port as the world holds it.
pub type Ask<F> = Box<dyn Port<F>>;

/// Everything that may be asked about one machine and the systems that its configuration names.
pub struct World {
    /// Pending software updates.
    pub packages: Ask<packages::PackageFacts>,
    /// Local accounts.
    pub accounts: Ask<accounts::AccountFacts>,
    /// Local password hashes against common passwords.
    pub password_audit: Ask<password_audit::PasswordAuditFacts>,
    /// Listening sockets and what answers on them.
    pub exposure: Ask<exposure::ExposureFacts>,
    /// What may switch the machine on.
    pub auto_start: Ask<auto_start::AutoStartFacts>,
    /// Firmware versions and pending firmware.
    pub firmware: Ask<firmware::FirmwareFacts>,
    /// Malware definitions.
    pub definitions: Ask<definitions::DefinitionFacts>,
    /// Backup repositories.
    pub backups: Ask<backups::BackupFacts>,
    /// Clock synchronisation.
    pub clock: Ask<clock::ClockFacts>,
    /// Disk encryption.
    pub disk_encryption: Ask<disk_encryption::DiskEncryptionFacts>,
    /// Registered documents.
    pub documents: Ask<documents::DocumentFacts>,
}
