//! Adapter of `rusuban_core::world::disk_encryption`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::disk_encryption::DiskEncryptionFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct DiskEncryptionProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<DiskEncryptionFacts> for DiskEncryptionProbe {
    async fn look(&self) -> Result<DiskEncryptionFacts, Unknown> {
        Ok(DiskEncryptionFacts {})
    }
}
