//! Adapter of `rusuban_core::world::packages`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::packages::PackageFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct PackageProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<PackageFacts> for PackageProbe {
    async fn look(&self) -> Result<PackageFacts, Unknown> {
        Ok(PackageFacts {})
    }
}
