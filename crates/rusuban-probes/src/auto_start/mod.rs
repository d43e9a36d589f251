//! Adapter of `rusuban_core::world::auto_start`.
//!
//! Looks at each means by itself, so that one blind spot hides no other. What the firmware or a host starts by itself
//! is not among them: no file of the machine tells.

use std::time::Duration;

use async_trait::async_trait;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::auto_start::{AutoStartFacts, FirmwareSetting, Interface, RealTimeClock, WakeOnLan};

use crate::command::Program;
use crate::host::Host;
use crate::{platform, sysfs};

pub mod acpi;
pub mod ethtool;
pub mod timers;
pub mod units;

/// Looks at one machine.
#[derive(Debug, Clone)]
pub struct AutoStartProbe {
    /// Where to look.
    pub host: Host,
    /// ethtool(8). Must speak of the same machine as `host`.
    pub ethtool: Program,
    /// systemctl(1), likewise.
    pub systemctl: Program,
    /// ipmitool(1), likewise.
    pub ipmitool: Program,
}

impl Default for AutoStartProbe {
    fn default() -> Self {
        Self {
            host: Host::default(),
            ethtool: Program::new("ethtool").limit(Duration::from_secs(10)),
            systemctl: Program::new("systemctl").limit(Duration::from_secs(20)),
            ipmitool: Program::new("ipmitool").limit(Duration::from_secs(30)),
        }
    }
}

#[async_trait]
impl Port<AutoStartFacts> for AutoStartProbe {
    async fn look(&self) -> Result<AutoStartFacts, Unknown> {
        Ok(AutoStartFacts {
            platform: platform::look(&self.host),
            interfaces: self.interfaces().await.into(),
            clocks: clocks(&self.host).into(),
            timers: timers::look(&self.host, &self.systemctl).await.into(),
            acpi: acpi(&self.host).into(),
            firmware_settings: firmware_settings(&self.host).into(),
            power_restore: self.power_restore().await.into(),
        })
    }
}

impl AutoStartProbe {
    async fn interfaces(&self) -> Result<Vec<Interface>, Unknown> {
        let names = sysfs::names(&self.host, "/sys/class/net")?.unwrap_or_default();
        // Every Linux has a loopback interface; without it the list is not the machine's.
        if !names.iter().any(|name| name == "lo") {
            return Err(no_loopback());
        }
        let mut interfaces = Vec::new();
        for name in names {
            let folder = format!("/sys/class/net/{name}");
            if !sysfs::exists(&self.host, &folder) || self.host.path(&folder).is_file() {
                continue;
            }
            let has_device = sysfs::exists(&self.host, &format!("{folder}/device"));
            let wake_on_lan = if has_device {
                self.wake_on_lan(&name).await
            } else {
                Seen::Known(WakeOnLan::NotApplicable)
            };
            interfaces.push(Interface { wakeup: wakeup(&self.host, &folder)?, name, wake_on_lan });
        }
        Ok(interfaces)
    }

    async fn wake_on_lan(&self, name: &str) -> Seen<WakeOnLan> {
        match self.ethtool.clone().args([name]).run().await {
            Ok(output) => {
                let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
                ethtool::parse(name, &output.text(), &complaint).into()
            }
            Err(why) => Seen::Unknown(why),
        }
    }

    /// What the management controller does when power returns.
    async fn power_restore(&self) -> Result<Option<String>, Unknown> {
        let controller = ["/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0"];
        if !controller.iter().any(|path| sysfs::exists(&self.host, path)) {
            return Ok(None);
        }
        let output = self.ipmitool.clone().args(["chassis", "status"]).run().await?;
        let text = output.text();
        let policy = text.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            (key.trim() == "Power Restore Policy").then(|| value.trim().to_owned())
        });
        policy.map(Some).ok_or_else(|| self.ipmitool.failed(&output.complaint()))
    }
}

/// Whether the kernel lets the device behind an interface wake the machine.
fn wakeup(host: &Host, folder: &str) -> Result<Option<bool>, Unknown> {
    // The switch of a USB adapter is on the USB device, one above its interface.
    for place in ["device/power/wakeup", "device/../power/wakeup"] {
        if let Some(value) = sysfs::value(host, &format!("{folder}/{place}"))? {
            return Ok(Some(value == "enabled"));
        }
    }
    Ok(None)
}

fn clocks(host: &Host) -> Result<Vec<RealTimeClock>, Unknown> {
    let names = sysfs::names(host, "/sys/class/rtc")?.unwrap_or_default();
    let adjtime = host.read_text("/etc/adjtime")?.unwrap_or_default();
    let local_time = adjtime.lines().nth(2).is_some_and(|line| line.trim() == "LOCAL");
    let mut clocks = Vec::new();
    for name in names {
        let path = format!("/sys/class/rtc/{name}/wakealarm");
        // An alarm that is not set reads as an empty line.
        let alarm = match sysfs::value(host, &path)? {
            Some(text) => Some(text.parse().map_err(|_| not_a_time(&path, &text))?),
            None => None,
        };
        clocks.push(RealTimeClock { can_wake: sysfs::exists(host, &path), name, alarm, local_time });
    }
    Ok(clocks)
}

fn acpi(host: &Host) -> Result<Option<Vec<String>>, Unknown> {
    host.read_text("/proc/acpi/wakeup")?.map(|text| acpi::enabled(&text)).transpose()
}

/// Settings about power-on that the maker's driver shows (Dell, HP, Lenovo).
fn firmware_settings(host: &Host) -> Result<Vec<FirmwareSetting>, Unknown> {
    let root = "/sys/class/firmware-attributes";
    let mut settings = Vec::new();
    for driver in sysfs::names(host, root)?.unwrap_or_default() {
        let folder = format!("{root}/{driver}/attributes");
        for name in sysfs::names(host, &folder)?.unwrap_or_default() {
            if !is_about_power_on(&name) {
                continue;
            }
            if let Some(value) = sysfs::value(host, &format!("{folder}/{name}/current_value"))? {
                settings.push(FirmwareSetting { name, value });
            }
        }
    }
    settings.sort();
    Ok(settings)
}

fn is_about_power_on(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["wake", "autoon", "autopoweron", "acpwr", "powerloss", "poweron", "wol", "alarm"];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    !plain.contains("password") && WORDS.iter().any(|word| plain.contains(word))
}

fn no_loopback() -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "/sys/class/net",
        Text::new(
            "ネットワークインタフェースの一覧にループバックすらないため、信用できません",
            "the list of network interfaces lacks even the loopback, so it cannot be trusted",
        ),
        Text::new("`ip link` で確かめてください", "look with `ip link`"),
    )
}

fn not_a_time(path: &str, text: &str) -> Unknown {
    let shown: String = text.chars().take(40).collect();
    Unknown::new(
        UnknownCode::Unparsable,
        path,
        Text::new(
            format!("{path} の値「{shown}」を読めません"),
            format!("{path} says “{shown}”, which is no time"),
        ),
        Text::new("ファイルを確認してください", "look at the file"),
    )
}
