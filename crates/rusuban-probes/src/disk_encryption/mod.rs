//! Adapter of `rusuban_core::world::disk_encryption`: block devices, mounts and swap of a Linux machine.
//!
//! `lsblk` shows what lies on what; the kernel's own list of mounts says whether it left one out. Files of other
//! systems' tools come in through [`import`].

use std::time::Duration;

use async_trait::async_trait;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::disk_encryption::{DiskEncryptionFacts, Encryption, SwapArea, Volume};

use crate::command::Program;
use crate::host::Host;
use crate::printable::printable;
use crate::{platform, sysfs};

pub mod bitlocker;
pub mod filevault;
pub mod import;
pub mod lsblk;
pub mod mounts;

use lsblk::Devices;

/// Looks at one machine.
#[derive(Debug, Clone)]
pub struct DiskEncryptionProbe {
    /// Where to look.
    pub host: Host,
    /// lsblk(8). Must speak of the same machine as `host`.
    pub lsblk: Program,
}

impl Default for DiskEncryptionProbe {
    fn default() -> Self {
        Self { host: Host::default(), lsblk: Program::new("lsblk").limit(Duration::from_secs(20)) }
    }
}

#[async_trait]
impl Port<DiskEncryptionFacts> for DiskEncryptionProbe {
    async fn look(&self) -> Result<DiskEncryptionFacts, Unknown> {
        let devices = self.devices().await;
        let (volumes, swap) = match &devices {
            Ok(devices) => (volumes(&self.host, devices), swap(&self.host, devices)),
            Err(why) => (Err(why.clone()), Err(why.clone())),
        };
        let volumes = volumes.map(|volumes| volumes.into_iter().map(fit_for_facts).collect());
        Ok(DiskEncryptionFacts {
            platform: Some(platform::look(&self.host)),
            battery: Some(battery(&self.host).into()),
            volumes: volumes.into(),
            swap: Some(Seen::from(swap)),
        })
    }
}

impl DiskEncryptionProbe {
    async fn devices(&self) -> Result<Devices, Unknown> {
        // Before util-linux 2.37 there is only the column for one mount point.
        for mounts in ["MOUNTPOINTS", "MOUNTPOINT"] {
            let columns = format!("NAME,KNAME,TYPE,{mounts},FSTYPE,UUID,TRAN,RM");
            let output = self.lsblk.clone().args(["--json", "--output", &columns]).run().await?;
            if output.status == Some(0) {
                return lsblk::parse(&output.stdout);
            }
            if !output.complaint().contains("unknown column") {
                return Err(self.lsblk.failed(&output.complaint()));
            }
        }
        Err(self.lsblk.failed("unknown column"))
    }
}

/// A volume with what users may name as they like, such as where a stick is mounted, made printable.
fn fit_for_facts(volume: Volume) -> Volume {
    Volume {
        name: printable(&volume.name),
        mounts: volume.mounts.iter().map(|place| printable(place)).collect(),
        filesystem: volume.filesystem.as_deref().map(printable),
        ..volume
    }
}

/// Volumes of real disks: those that lsblk shows, and mounts that it does not.
fn volumes(host: &Host, devices: &Devices) -> Result<Vec<Volume>, Unknown> {
    let mut volumes = devices.volumes();
    let text = host.read_text("/proc/mounts")?.unwrap_or_default();
    let mounts: Vec<mounts::Mount> =
        mounts::parse(&text).into_iter().filter(mounts::Mount::is_on_disk).collect();
    for mount in mounts {
        let device = devices.at(&mount.source).map(|(name, _)| name);
        let is_shown = volumes
            .iter()
            .any(|volume| volume.mounts.contains(&mount.place) || Some(volume.name.as_str()) == device);
        // The kernel knows the file system of a mount even where lsblk has no device database.
        for volume in volumes.iter_mut().filter(|volume| volume.mounts.contains(&mount.place)) {
            volume.filesystem.get_or_insert_with(|| mount.filesystem.clone());
        }
        if is_shown || mount.source.starts_with("/dev/loop") {
            continue;
        }
        volumes.push(Volume {
            name: mount.source,
            mounts: vec![mount.place],
            filesystem: Some(mount.filesystem),
            external: false,
            encryption: Encryption::NotSeen("lsblk does not show it".to_owned()),
        });
    }
    if volumes.is_empty() {
        return Err(no_volume());
    }
    Ok(volumes)
}

/// Swap areas: those that lsblk shows, and swap files.
fn swap(host: &Host, devices: &Devices) -> Result<Vec<SwapArea>, Unknown> {
    let mut areas = devices.swap();
    let text = host.read_text("/proc/swaps")?.unwrap_or_default();
    for active in mounts::swaps(&text) {
        let device = devices.at(&active.name);
        if device.as_ref().is_some_and(|(name, _)| areas.iter().any(|area| area.name == *name)) {
            continue;
        }
        let zram = active.name.strip_prefix("/dev/").filter(|name| name.starts_with("zram"));
        let encryption = match (active.is_file, zram, device) {
            (true, ..) => devices.holding(&active.name),
            (false, Some(zram), _) => Some(compressed(host, zram)?),
            (false, None, device) => device.map(|(_, encryption)| encryption),
        };
        let encryption =
            encryption.unwrap_or_else(|| Encryption::NotSeen("lsblk does not show it".to_owned()));
        areas.push(SwapArea { name: active.name, encryption });
    }
    Ok(areas)
}

/// Compressed memory reaches a disk only where a device is set behind it.
fn compressed(host: &Host, device: &str) -> Result<Encryption, Unknown> {
    let behind = sysfs::value(host, &format!("/sys/block/{device}/backing_dev"))?;
    Ok(match behind.as_deref() {
        None | Some("none") => Encryption::On("memory".to_owned()),
        Some(other) => Encryption::NotSeen(format!("written back to {other}")),
    })
}

/// Whether the machine has a battery of its own; those of mice and phones say that they are of a device.
fn battery(host: &Host) -> Result<bool, Unknown> {
    let root = "/sys/class/power_supply";
    for name in sysfs::names(host, root)?.unwrap_or_default() {
        let is_battery = sysfs::value(host, &format!("{root}/{name}/type"))?.as_deref() == Some("Battery");
        let scope = sysfs::value(host, &format!("{root}/{name}/scope"))?;
        if is_battery && scope.as_deref() != Some("Device") {
            return Ok(true);
        }
    }
    Ok(false)
}

fn no_volume() -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "lsblk",
        Text::new(
            "ディスクが1つも見つからないため、暗号化の有無は分かりません",
            "not a single disk was found, so nothing is known of encryption",
        ),
        Text::new("`lsblk` と `findmnt` で確かめてください", "look with `lsblk` and `findmnt`"),
    )
}
