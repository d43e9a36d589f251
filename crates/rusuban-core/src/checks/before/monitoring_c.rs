//! `before.monitoring.c`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::clock::ClockFacts;

/// `before.monitoring.c`; see the guide beside this file.
pub struct MonitoringC;

#[async_trait]
impl Check for MonitoringC {
    const META: CheckMeta = meta!("before.monitoring.c", Both, Machine, "monitoring_c");
    type Facts = ClockFacts;

    async fn observe(world: &World) -> Result<ClockFacts, Unknown> {
        world.clock.look().await
    }
}
