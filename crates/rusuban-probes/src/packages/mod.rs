//! Adapter of `rusuban_core::world::packages`: asks the machine's package manager what is pending, and looks at what
//! its answer rests on. Judges nothing.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::packages::PackageFacts;

use crate::command::Program;
use crate::host::Host;

mod apt;
mod apt_newest;
mod apt_policy;
mod apt_uris;
mod dnf;
mod dnf_output;
mod dpkg_list;
pub mod import;
mod os_release;
mod release_file;
mod repomd;
mod restart;
mod softwareupdate;
mod windows_update;
mod winget;
mod xml_elements;
mod zypper;
mod zypper_output;

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct PackageProbe {
    /// Where to look.
    pub host: Host,
    /// Whether to leave alone the repositories that could tell whether the machine's lists of them are the newest.
    pub offline: bool,
}

#[async_trait]
impl Port<PackageFacts> for PackageProbe {
    async fn look(&self) -> Result<PackageFacts, Unknown> {
        let now = Timestamp::now();
        if self.host.path("/var/lib/dpkg/status").exists() {
            return apt::look(&self.host, self.newest_from(now)).await;
        }
        // SUSE may have dnf installed beside its own zypper.
        if Program::new("zypper").find().is_some() && self.host.path("/etc/zypp").exists() {
            return zypper::look(&self.host).await;
        }
        let rpm = ["/etc/yum.repos.d", "/etc/dnf"].iter().any(|path| self.host.path(path).exists());
        if Program::new("dnf").find().is_some() && rpm {
            return dnf::look(&self.host).await;
        }
        Err(no_manager())
    }
}

impl PackageProbe {
    /// The time to ask repositories at; none where they are not to be asked. Only those of the running machine are.
    fn newest_from(&self, now: Timestamp) -> Option<Timestamp> {
        (!self.offline && self.host.is_live()).then_some(now)
    }
}

fn no_manager() -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        "packages",
        Text::new(
            "この端末のパッケージ管理（apt、dnf、zypper 以外）は読み取れません",
            "this machine has a package manager other than apt, dnf and zypper, which cannot be read",
        ),
        Text::new(
            "未適用の更新を手で確認し、申告してください",
            "look for pending updates by hand and state the result",
        ),
    )
}

/// Other package systems with software on the machine.
fn other_managers(host: &Host) -> Vec<String> {
    let snaps = restart::names(host, "/var/lib/snapd/snaps")
        .iter()
        .any(|name| Path::new(name).extension() == Some("snap".as_ref()));
    let flatpaks = !restart::names(host, "/var/lib/flatpak/app").is_empty();
    [("snap", snaps), ("flatpak", flatpaks)]
        .into_iter()
        .filter(|(_, any)| *any)
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// The reason for not knowing where an answer cannot be understood.
fn not_understood(tool: &str, why: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        tool,
        Text::new(
            format!("{tool} の出力を読み取れません（{why}）"),
            format!("the output of {tool} cannot be understood ({why})"),
        ),
        Text::new(format!("{tool} を手で実行して確認してください"), format!("run {tool} by hand and look")),
    )
}
