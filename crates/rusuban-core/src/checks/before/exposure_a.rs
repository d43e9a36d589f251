//! `before.exposure.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::exposure::ExposureFacts;

/// `before.exposure.a`; see the guide beside this file.
pub struct ExposureA;

#[async_trait]
impl Check for ExposureA {
    const META: CheckMeta = meta!("before.exposure.a", Observation, Machine, "exposure_a");
    type Facts = ExposureFacts;

    async fn observe(world: &World) -> Result<ExposureFacts, Unknown> {
        world.exposure.look().await
    }
}
