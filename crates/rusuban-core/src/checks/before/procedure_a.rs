//! `before.procedure.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::documents::DocumentFacts;

/// `before.procedure.a`; see the guide beside this file.
pub struct ProcedureA;

#[async_trait]
impl Check for ProcedureA {
    const META: CheckMeta = meta!("before.procedure.a", Both, Organisation, "procedure_a");
    type Facts = DocumentFacts;

    async fn observe(world: &World) -> Result<DocumentFacts, Unknown> {
        world.documents.look().await
    }
}
