//! Adapter of `rusuban_core::world::accounts`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::accounts::AccountFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct AccountProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<AccountFacts> for AccountProbe {
    async fn look(&self) -> Result<AccountFacts, Unknown> {
        Ok(AccountFacts {})
    }
}
