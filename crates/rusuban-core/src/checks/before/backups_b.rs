//! `before.backups.b`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::backups::BackupFacts;

/// `before.backups.b`; see the guide beside this file.
pub struct BackupsB;

#[async_trait]
impl Check for BackupsB {
    const META: CheckMeta = meta!("before.backups.b", Observation, Organisation, "backups_b");
    type Facts = BackupFacts;

    async fn observe(world: &World) -> Result<BackupFacts, Unknown> {
        world.backups.look().await
    }
}
