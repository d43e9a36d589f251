//! Adapter of `rusuban_core::world::auto_start`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::auto_start::AutoStartFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct AutoStartProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<AutoStartFacts> for AutoStartProbe {
    async fn look(&self) -> Result<AutoStartFacts, Unknown> {
        Ok(AutoStartFacts {})
    }
}
