//! Adapter of `rusuban_core::world::firmware`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::firmware::FirmwareFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct FirmwareProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<FirmwareFacts> for FirmwareProbe {
    async fn look(&self) -> Result<FirmwareFacts, Unknown> {
        Ok(FirmwareFacts {})
    }
}
