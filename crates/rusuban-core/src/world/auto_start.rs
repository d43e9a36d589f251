//! What may switch a machine on by itself.
//!
//! Only what the operating system can see: the power-on settings inside the firmware (or, for a guest, the host's
//! automatic start) lie outside, and the judge says so.

use serde::{Deserialize, Serialize};

use super::Facts;
use super::platform::Platform;
use crate::model::verdict::Seen;

/// What may switch a machine on by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoStartFacts {
    /// What the machine is.
    pub platform: Platform,
    /// Every network interface, virtual ones too.
    pub interfaces: Seen<Vec<Interface>>,
    /// Real-time clocks; empty where the kernel has none.
    pub clocks: Seen<Vec<RealTimeClock>>,
    /// systemd timers that wake the machine.
    pub timers: Seen<WakeTimers>,
    /// ACPI devices that may wake the machine from sleep; none where the kernel has no such list.
    pub acpi: Seen<Option<Vec<String>>>,
    /// Firmware settings about power-on that the maker's driver shows; empty where there is no such driver.
    pub firmware_settings: Seen<Vec<FirmwareSetting>>,
    /// What the management controller does when power returns; none where there is no controller.
    pub power_restore: Seen<Option<String>>,
}

impl Facts for AutoStartFacts {
    const TOPIC: &'static str = "auto-start/1";
}

/// One network interface.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Name, such as `eth0`.
    pub name: String,
    /// What its driver says of wake-on-LAN.
    pub wake_on_lan: Seen<WakeOnLan>,
    /// Whether the kernel lets the device wake the machine (`device/power/wakeup`); none where it cannot.
    pub wakeup: Option<bool>,
}

/// What a driver says of wake-on-LAN (ethtool(8)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WakeOnLan {
    /// The interface has no device behind it (loopback, bridge, tunnel).
    NotApplicable,
    /// The driver has no wake-on-LAN.
    NotSupported,
    /// The driver has it.
    Supported {
        /// Letters of the modes it can do, such as `pumbg`.
        modes: String,
        /// Letters of the modes that are on; `d` where it is off.
        enabled: String,
    },
}

impl WakeOnLan {
    /// The modes that are on, if any.
    pub fn on(&self) -> Option<&str> {
        match self {
            Self::Supported { enabled, .. } if !enabled.contains('d') && !enabled.is_empty() => Some(enabled),
            _ => None,
        }
    }
}

/// One real-time clock (rtc(4), `/sys/class/rtc`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealTimeClock {
    /// Name, such as `rtc0`.
    pub name: String,
    /// When it will switch the machine on, in seconds of its own clock since 1970; none where no alarm is set.
    pub alarm: Option<i64>,
    /// Whether it can switch the machine on at all.
    pub can_wake: bool,
    /// Whether it keeps local time instead of UTC (third line of adjtime(5)).
    pub local_time: bool,
}

/// systemd timers, as far as they wake the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WakeTimers {
    /// How many timer units were read.
    pub units_read: i64,
    /// What the running service manager says of its timers.
    pub manager: Seen<Manager>,
    /// Those with `WakeSystem=` on, from unit files and from the service manager.
    pub wake: Vec<WakeTimer>,
}

/// The service manager as it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manager {
    /// systemd does not run here.
    NotRunning,
    /// systemd runs and was asked.
    Running {
        /// How many timers it has loaded.
        timers: i64,
    },
}

/// A systemd timer that wakes the machine (systemd.timer(5), `WakeSystem=`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WakeTimer {
    /// Name of the unit.
    pub unit: String,
    /// Where the unit file lies; empty where only the service manager knows of it.
    pub path: String,
    /// Whether another unit wants it, so that it starts by itself.
    pub enabled: bool,
    /// Whether it is active now; none where no service manager was asked.
    pub active: Option<bool>,
    /// Its schedule as written, such as `OnCalendar=*-*-* 07:30:00`.
    pub schedule: Vec<String>,
}

/// A setting of the firmware that a driver of its maker shows (`/sys/class/firmware-attributes`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FirmwareSetting {
    /// Name of the setting.
    pub name: String,
    /// Its value.
    pub value: String,
}
