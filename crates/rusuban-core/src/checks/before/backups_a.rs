//! `before.backups.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::backups::BackupFacts;

/// `before.backups.a`; see the guide beside this file.
pub struct BackupsA;

#[async_trait]
impl Check for BackupsA {
    const META: CheckMeta = meta!("before.backups.a", Both, Organisation, "backups_a");
    type Facts = BackupFacts;

    async fn observe(world: &World) -> Result<BackupFacts, Unknown> {
        world.backups.look().await
    }
}
