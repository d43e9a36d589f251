//! Firmware of a machine: what there is, what is pending, and how fresh the list is that says so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Facts;
use super::platform::Platform;
use crate::model::verdict::Seen;

/// Firmware of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareFacts {
    /// What the machine is, with the version and the date of its firmware.
    pub platform: Platform,
    /// Microcode revision of the first processor, as the kernel shows it.
    pub microcode: Option<String>,
    /// Devices that the firmware service knows, with what is pending for each.
    pub devices: Seen<Vec<FirmwareDevice>>,
    /// Where the firmware service has its lists from.
    pub remotes: Seen<Vec<FirmwareRemote>>,
}

impl Facts for FirmwareFacts {
    const TOPIC: &'static str = "firmware/1";
}

/// One device that the firmware service (fwupd) knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareDevice {
    /// The service's id of it.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its maker.
    pub vendor: String,
    /// The part of the service that found it, such as `uefi_capsule`.
    pub plugin: String,
    /// Version that runs; empty where the device does not say.
    pub version: String,
    /// What can be done with it.
    pub state: DeviceState,
    /// The newest release that the lists hold for it, where that is newer than what runs.
    pub pending: Option<PendingFirmware>,
    /// An update that was written and waits for this.
    pub waits_for: Option<String>,
}

/// What the firmware service can do with a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceState {
    /// It is only listed; its firmware comes by other ways or never.
    ListedOnly,
    /// It could be updated, and no list speaks of it: whether something newer exists is not known.
    NotInLists,
    /// It is held back now (battery, lid, another update), so nothing is offered for it.
    HeldBack,
    /// It can be updated, and the lists speak of it.
    InLists,
}

/// A release that is newer than what runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingFirmware {
    /// Its version.
    pub version: String,
    /// How urgent its maker calls it (`low`, `medium`, `high`, `critical`); empty where unsaid.
    pub urgency: String,
    /// When it was released.
    pub released: Option<Timestamp>,
    /// Security issues that it closes, such as `CVE-2026-0001`.
    pub issues: Vec<String>,
}

/// One list of firmware releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FirmwareRemote {
    /// Id, such as `lvfs`.
    pub id: String,
    /// `download`, `local` or `directory`.
    pub kind: String,
    /// Whether it is used.
    pub enabled: bool,
    /// When the copy on this machine was last written; none where there is no copy.
    pub refreshed: Option<Timestamp>,
}
