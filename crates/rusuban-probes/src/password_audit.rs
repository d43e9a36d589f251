//! Adapter of `rusuban_core::world::password_audit`.

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::password_audit::PasswordAuditFacts;

use crate::host::Host;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct PasswordAuditProbe {
    /// Where to look.
    pub host: Host,
}

#[async_trait]
impl Port<PasswordAuditFacts> for PasswordAuditProbe {
    async fn look(&self) -> Result<PasswordAuditFacts, Unknown> {
        Ok(PasswordAuditFacts {})
    }
}
