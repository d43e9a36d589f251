//! `before.exposure.b`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::exposure::ExposureFacts;

/// `before.exposure.b`; see the guide beside this file.
pub struct ExposureB;

#[async_trait]
impl Check for ExposureB {
    const META: CheckMeta = meta!("before.exposure.b", Observation, Machine, "exposure_b");
    type Facts = ExposureFacts;

    async fn observe(world: &World) -> Result<ExposureFacts, Unknown> {
        world.exposure.look().await
    }
}
