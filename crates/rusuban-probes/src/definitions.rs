//! Adapter of `rusuban_core::world::definitions`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::definitions::DefinitionFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct DefinitionProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<DefinitionFacts> for DefinitionProbe {
    async fn look(&self) -> Result<DefinitionFacts, Unknown> {
        Ok(DefinitionFacts {})
    }
}
