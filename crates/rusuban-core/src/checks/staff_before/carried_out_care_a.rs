//! `staff-before.carried-out-care.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::disk_encryption::DiskEncryptionFacts;

/// `staff-before.carried-out-care.a`; see the guide beside this file.
pub struct CarriedOutCareA;

#[async_trait]
impl Check for CarriedOutCareA {
    const META: CheckMeta = meta!("staff-before.carried-out-care.a", Both, Machine, "carried_out_care_a");
    type Facts = DiskEncryptionFacts;

    async fn observe(world: &World) -> Result<DiskEncryptionFacts, Unknown> {
        world.disk_encryption.look().await
    }
}
