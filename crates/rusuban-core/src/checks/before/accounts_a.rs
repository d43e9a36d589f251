//! `before.accounts.a`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::accounts::AccountFacts;

/// `before.accounts.a`; see the guide beside this file.
pub struct AccountsA;

#[async_trait]
impl Check for AccountsA {
    const META: CheckMeta = meta!("before.accounts.a", Both, Machine, "accounts_a");
    type Facts = AccountFacts;

    async fn observe(world: &World) -> Result<AccountFacts, Unknown> {
        world.accounts.look().await
    }
}
