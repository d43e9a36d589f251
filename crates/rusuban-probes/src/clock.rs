//! Adapter of `rusuban_core::world::clock`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::clock::ClockFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct ClockProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<ClockFacts> for ClockProbe {
    async fn look(&self) -> Result<ClockFacts, Unknown> {
        Ok(ClockFacts {})
    }
}
