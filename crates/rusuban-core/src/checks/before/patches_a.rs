//! `before.patches.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::packages::PackageFacts;

/// `before.patches.a`; see the guide beside this file.
pub struct PatchesA;

#[async_trait]
impl Check for PatchesA {
    const META: CheckMeta = meta!("before.patches.a", Observation, Machine, "patches_a");
    type Facts = PackageFacts;

    async fn observe(world: &World) -> Result<PackageFacts, Unknown> {
        world.packages.look().await
    }
}
