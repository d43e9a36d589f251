//! `before.devices.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::firmware::FirmwareFacts;

/// `before.devices.a`; see the guide beside this file.
pub struct DevicesA;

#[async_trait]
impl Check for DevicesA {
    const META: CheckMeta = meta!("before.devices.a", Observation, Machine, "devices_a");
    type Facts = FirmwareFacts;

    async fn observe(world: &World) -> Result<FirmwareFacts, Unknown> {
        world.firmware.look().await
    }
}
