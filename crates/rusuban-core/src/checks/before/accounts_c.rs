//! `before.accounts.c`

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, meta};
use crate::model::verdict::Unknown;
use crate::world::World;
use crate::world::accounts::AccountFacts;

/// `before.accounts.c`; see the guide beside this file.
pub struct AccountsC;

#[async_trait]
impl Check for AccountsC {
    const META: CheckMeta = meta!("before.accounts.c", Observation, Machine, "accounts_c");
    type Facts = AccountFacts;

    async fn observe(world: &World) -> Result<AccountFacts, Unknown> {
        world.accounts.look().await
    }
}
