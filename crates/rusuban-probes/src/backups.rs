//! Adapter of `rusuban_core::world::backups`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::backups::BackupFacts;

/// Looks at backup repositories.
#[derive(Debug, Clone, Default)]
pub struct BackupProbe {}

#[async_trait]
impl Port<BackupFacts> for BackupProbe {
    async fn look(&self) -> Result<BackupFacts, Unknown> {
        Ok(BackupFacts::default())
    }
}
