//! `before.accounts.d`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::password_audit::PasswordAuditFacts;

/// `before.accounts.d`; see the guide beside this file.
pub struct AccountsD;

#[async_trait]
impl Check for AccountsD {
    const META: CheckMeta = meta!("before.accounts.d", Both, Machine, "accounts_d");
    type Facts = PasswordAuditFacts;

    async fn observe(world: &World) -> Result<PasswordAuditFacts, Unknown> {
        world.password_audit.look().await
    }
}
