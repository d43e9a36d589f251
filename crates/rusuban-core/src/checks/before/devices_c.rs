//! `before.devices.c`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::auto_start::AutoStartFacts;

/// `before.devices.c`; see the guide beside this file.
pub struct DevicesC;

#[async_trait]
impl Check for DevicesC {
    const META: CheckMeta = meta!("before.devices.c", Observation, Machine, "devices_c");
    type Facts = AutoStartFacts;

    async fn observe(world: &World) -> Result<AutoStartFacts, Unknown> {
        world.auto_start.look().await
    }
}
