//! Adapter of `rusuban_core::world::clock`: asks the time service that runs what its clock follows.
//!
//! Which services run is read from the process table and not from their tools: a tool that reaches no daemon says the
//! same whether there is none or whether it may not speak to it.

use std::time::Duration;

use async_trait::async_trait;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::clock::{ClockFacts, ClockState, ServiceKind, TimeService};

use crate::command::Program;
use crate::host::Host;
use crate::{platform, sysfs};

pub mod chrony;
pub mod ntpq;
pub mod number;
pub mod timesyncd;

/// Programs that set clocks, as the kernel names them (at most 15 letters).
const PROGRAMS: [&str; 9] = [
    "chronyd",
    "ntpd",
    "systemd-timesyn",
    "ntp-daemon",
    "ptp4l",
    "phc2sys",
    "VBoxService",
    "vmtoolsd",
    "prltoolsd",
];

/// Looks at one machine.
#[derive(Debug, Clone)]
pub struct ClockProbe {
    /// Where to look.
    pub host: Host,
    /// chronyc(1). Must speak of the same machine as `host`.
    pub chronyc: Program,
    /// timedatectl(1), likewise.
    pub timedatectl: Program,
    /// ntpq(1), likewise.
    pub ntpq: Program,
}

impl Default for ClockProbe {
    fn default() -> Self {
        Self {
            host: Host::default(),
            chronyc: Program::new("chronyc").limit(Duration::from_secs(15)),
            timedatectl: Program::new("timedatectl").limit(Duration::from_secs(15)),
            ntpq: Program::new("ntpq").limit(Duration::from_secs(30)),
        }
    }
}

#[async_trait]
impl Port<ClockFacts> for ClockProbe {
    async fn look(&self) -> Result<ClockFacts, Unknown> {
        let programs = programs(&self.host);
        let mut services = Vec::new();
        for kind in [ServiceKind::Chrony, ServiceKind::Timesyncd, ServiceKind::Ntpd] {
            let runs = programs.as_ref().ok().map(|names| names.iter().any(|name| name == process_of(kind)));
            services.extend(self.service(kind, runs).await);
        }
        let source = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
        Ok(ClockFacts {
            platform: platform::look(&self.host),
            clocksource: sysfs::value(&self.host, source).ok().flatten(),
            programs: programs.into(),
            services,
        })
    }
}

/// The daemon of a service, as the kernel names it.
fn process_of(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Chrony => "chronyd",
        ServiceKind::Timesyncd => "systemd-timesyn",
        ServiceKind::Ntpd => "ntpd",
    }
}

impl ClockProbe {
    /// One service; none where it does not run. `runs` is none where the process table could not be read.
    async fn service(&self, kind: ServiceKind, runs: Option<bool>) -> Option<TimeService> {
        if runs == Some(false) {
            return None;
        }
        let answer = match kind {
            ServiceKind::Chrony => self.ask_chrony().await,
            ServiceKind::Timesyncd => self.ask_timesyncd().await,
            ServiceKind::Ntpd => self.ask_ntpd().await,
        };
        let state = match (answer, runs) {
            (Ok(Some(state)), _) => Seen::Known(state),
            (Ok(None), Some(_)) => Seen::Unknown(mute(kind)),
            (Err(why), Some(_)) => Seen::Unknown(why),
            // Nobody knows whether it runs: its tool, missing or mute, says nothing either.
            (Ok(None) | Err(_), None) => return None,
        };
        Some(TimeService { kind, state })
    }

    async fn ask_chrony(&self) -> Result<Option<ClockState>, Unknown> {
        let output = self.chronyc.clone().args(["-c", "tracking"]).run().await?;
        if output.status != Some(0) {
            return Ok(None);
        }
        chrony::tracking(&output.text()).map(Some)
    }

    async fn ask_timesyncd(&self) -> Result<Option<ClockState>, Unknown> {
        let shown = self.timedatectl.clone().args(["show-timesync", "--all"]).run().await?;
        if shown.status != Some(0) {
            return Ok(None);
        }
        // Only the table for people has the offset.
        let table = self.timedatectl.clone().args(["timesync-status"]).run().await?;
        timesyncd::state(&shown.text(), &table.text()).map(Some)
    }

    async fn ask_ntpd(&self) -> Result<Option<ClockState>, Unknown> {
        // The status is 0 even where nobody answers.
        let output = self.ntpq.clone().args(["-n", "-c", "rv"]).run().await?;
        let text = output.text();
        if !ntpq::is_answer(&text) {
            return Ok(None);
        }
        ntpq::variables(&text).map(Some)
    }
}

/// Names of running programs that set clocks.
fn programs(host: &Host) -> Result<Vec<String>, Unknown> {
    // The first process is there on every machine, and hidden from those who may see only their own.
    if sysfs::value(host, "/proc/1/comm")?.is_none() {
        return Err(hidden());
    }
    let mut found = Vec::new();
    for entry in sysfs::names(host, "/proc")?.unwrap_or_default() {
        if !entry.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        // A process may end while the table is read.
        if let Ok(Some(name)) = sysfs::value(host, &format!("/proc/{entry}/comm"))
            && PROGRAMS.contains(&name.as_str())
        {
            found.push(name);
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn hidden() -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "/proc",
        Text::new(
            "ほかの利用者のプロセスが見えないため、時刻同期のサービスが動いているか分かりません",
            "processes of others are hidden, so whether a time service runs cannot be seen",
        ),
        Text::new("root 権限（sudo）で実行してください", "run it as root (sudo)"),
    )
}

fn mute(kind: ServiceKind) -> Unknown {
    let name = kind.as_str();
    Unknown::new(
        UnknownCode::ToolFailed,
        name,
        Text::new(
            format!("{name} は動いていますが、問い合わせに答えません"),
            format!("{name} runs but does not answer"),
        ),
        Text::new(
            "root 権限（sudo）で実行するか、サービスの状態を確かめてください",
            "run it as root (sudo), or look at the service",
        ),
    )
}

/// An answer of a time service that cannot be read.
fn unreadable(kind: ServiceKind, what: &str) -> Unknown {
    let name = kind.as_str();
    Unknown::new(
        UnknownCode::Unparsable,
        name,
        Text::new(
            format!("{name} の答えの {what} を読めません"),
            format!("the {what} that {name} gives cannot be read"),
        ),
        Text::new("時刻同期の状態を手で確かめてください", "look at the time service by hand"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_by_the_names_that_the_kernel_gives() {
        let folder = tempfile::tempdir().unwrap();
        for (pid, name) in
            [("1", "init"), ("7", "chronyd"), ("8", "chronyd"), ("9", "bash"), ("acpi", "ntpd")]
        {
            std::fs::create_dir_all(folder.path().join("proc").join(pid)).unwrap();
            std::fs::write(folder.path().join("proc").join(pid).join("comm"), format!("{name}\n")).unwrap();
        }
        assert_eq!(programs(&Host::at(folder.path())), Ok(vec!["chronyd".to_owned()]));
    }

    #[test]
    fn a_process_table_without_the_first_process_is_no_answer() {
        let folder = tempfile::tempdir().unwrap();
        let why = programs(&Host::at(folder.path())).unwrap_err();
        assert_eq!(why.code, UnknownCode::ControlFailed);
    }
}
