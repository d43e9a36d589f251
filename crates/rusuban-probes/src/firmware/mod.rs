//! Adapter of `rusuban_core::world::firmware`: asks fwupd for devices, updates and the lists that it goes by.
//!
//! Nothing is fetched here: fwupd's own timer refreshes its lists, and their age is part of the facts.

use std::time::Duration;

use async_trait::async_trait;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::Port;
use rusuban_core::world::firmware::{FirmwareDevice, FirmwareFacts};

use crate::command::Program;
use crate::host::Host;
use crate::platform;

pub mod fwupd;

/// Looks at one machine.
#[derive(Debug, Clone)]
pub struct FirmwareProbe {
    /// Where to look.
    pub host: Host,
    /// fwupdmgr(1). Must speak of the same machine as `host`.
    pub fwupdmgr: Program,
}

impl Default for FirmwareProbe {
    fn default() -> Self {
        // The daemon starts on demand and looks at every bus first.
        Self { host: Host::default(), fwupdmgr: Program::new("fwupdmgr").limit(Duration::from_mins(1)) }
    }
}

#[async_trait]
impl Port<FirmwareFacts> for FirmwareProbe {
    async fn look(&self) -> Result<FirmwareFacts, Unknown> {
        let remotes = match self.ask("get-remotes").await {
            Ok(json) => fwupd::remotes(&json),
            Err(why) => Err(why),
        };
        Ok(FirmwareFacts {
            platform: platform::look(&self.host),
            microcode: microcode(&self.host),
            devices: self.devices().await.into(),
            remotes: remotes.into(),
        })
    }
}

impl FirmwareProbe {
    /// Devices with what is pending. Both questions must be answered: devices alone say nothing of updates.
    async fn devices(&self) -> Result<Vec<FirmwareDevice>, Unknown> {
        let mut devices = fwupd::devices(&self.ask("get-devices").await?)?;
        let updates = fwupd::updates(&self.ask("get-updates").await?)?;
        fwupd::join(&mut devices, &updates)?;
        Ok(devices)
    }

    /// One question. The status tells little: fwupdmgr ends with 2 where there is nothing to do; its JSON tells why.
    async fn ask(&self, question: &str) -> Result<String, Unknown> {
        let output = self.fwupdmgr.clone().args([question, "--json"]).run().await?;
        let text = output.text();
        if text.trim().is_empty() {
            return Err(self.fwupdmgr.failed(&output.complaint()));
        }
        Ok(text)
    }
}

/// Microcode revision of the first processor.
fn microcode(host: &Host) -> Option<String> {
    let text = host.read_text("/proc/cpuinfo").ok()??;
    let line = text.lines().find(|line| line.starts_with("microcode"))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
