//! Adapter of `rusuban_core::world::exposure`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::exposure::ExposureFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct ExposureProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<ExposureFacts> for ExposureProbe {
    async fn look(&self) -> Result<ExposureFacts, Unknown> {
        Ok(ExposureFacts {})
    }
}
