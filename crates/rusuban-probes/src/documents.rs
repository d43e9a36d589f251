//! Adapter of `rusuban_core::world::documents`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::documents::DocumentFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct DocumentProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<DocumentFacts> for DocumentProbe {
    async fn look(&self) -> Result<DocumentFacts, Unknown> {
        Ok(DocumentFacts {})
    }
}
