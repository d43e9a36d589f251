//! `after.definitions.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::definitions::DefinitionFacts;

/// `after.definitions.a`; see the guide beside this file.
pub struct DefinitionsA;

#[async_trait]
impl Check for DefinitionsA {
    const META: CheckMeta = meta!("after.definitions.a", Observation, Machine, "definitions_a");
    type Facts = DefinitionFacts;

    async fn observe(world: &World) -> Result<DefinitionFacts, Unknown> {
        world.definitions.look().await
    }
}
