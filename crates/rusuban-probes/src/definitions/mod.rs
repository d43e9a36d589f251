//! Adapter of `rusuban_core::world::definitions`: ClamAV by its files and its daemon, Defender by its own status.
//!
//! Every age is looked at by itself; which of them is good enough is not judged here.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::definitions::{ClamavFacts, DefenderFacts, DefinitionFacts};

use crate::command::Program;
use crate::host::Host;

mod clamd;
mod config;
mod cvd;
mod defender;
pub mod import;

/// Where distributions put the daemon's configuration (Debian; Fedora and RHEL; FreeBSD and builds from source).
const CLAMD_CONF: &[&str] =
    &["/etc/clamav/clamd.conf", "/etc/clamd.d/scan.conf", "/etc/clamd.conf", "/usr/local/etc/clamd.conf"];

/// Where distributions put the updater's configuration.
const FRESHCLAM_CONF: &[&str] =
    &["/etc/clamav/freshclam.conf", "/etc/freshclam.conf", "/usr/local/etc/freshclam.conf"];

/// Where definitions lie when no configuration says so.
const DATABASE_DIRECTORY: &str = "/var/lib/clamav";

/// The official databases of ClamAV.
const DATABASES: [&str; 3] = ["main", "daily", "bytecode"];

/// Folders that programs lie in.
const PROGRAM_FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];

/// Looks at the malware tools of one machine.
#[derive(Debug, Clone)]
pub struct DefinitionProbe {
    /// Where to look.
    pub host: Host,
    /// How long one answer of the daemon may take.
    pub limit: Duration,
}

impl Default for DefinitionProbe {
    fn default() -> Self {
        Self { host: Host::default(), limit: Duration::from_secs(15) }
    }
}

#[async_trait]
impl Port<DefinitionFacts> for DefinitionProbe {
    async fn look(&self) -> Result<DefinitionFacts, Unknown> {
        let clamav = self.clamav().await;
        let defender = self.defender().await;
        if clamav.is_none() && defender.is_none() {
            return Err(no_tool());
        }
        Ok(DefinitionFacts { clamav, defender })
    }
}

impl DefinitionProbe {
    async fn clamav(&self) -> Option<ClamavFacts> {
        let (daemon_installed, scanner_installed) = (self.installed("clamd"), self.installed("clamscan"));
        if !daemon_installed && !scanner_installed {
            return None;
        }
        let daemon_conf = self.config(CLAMD_CONF);
        let directory = directory(&daemon_conf).unwrap_or(DATABASE_DIRECTORY.to_owned());
        let updater_directory =
            directory_of(&self.config(FRESHCLAM_CONF)).filter(|other| other != &directory);
        let daemon = if daemon_installed {
            match daemon_conf {
                Ok(Some(conf)) => clamd::ask(&self.host, &conf, self.limit).await,
                Ok(None) => Err(no_config()),
                Err(why) => Err(why),
            }
        } else {
            Err(no_daemon())
        };
        Some(ClamavFacts {
            files: DATABASES
                .iter()
                .flat_map(|database| cvd::files(&self.host, &directory, database))
                .collect(),
            directory,
            updater_directory,
            updater_installed: self.installed("freshclam"),
            scanner_installed,
            daemon: daemon.into(),
        })
    }

    fn installed(&self, program: &str) -> bool {
        PROGRAM_FOLDERS.iter().any(|folder| self.host.path(&format!("{folder}/{program}")).is_file())
    }

    /// The first of several configurations that exists.
    fn config(&self, paths: &[&str]) -> Result<Option<config::Config>, Unknown> {
        for path in paths {
            if let Some(text) = self.host.read_text(path)? {
                return Ok(Some(config::parse(&text)));
            }
        }
        Ok(None)
    }

    async fn defender(&self) -> Option<Seen<DefenderFacts>> {
        if !self.host.is_live() {
            return None;
        }
        let program = Program::new("mdatp").args(["health", "--output", "json"]);
        program.find()?;
        let seen = match program.run().await {
            Err(why) => Err(why),
            // An unhealthy Defender may well end with an error and still tell what ails it.
            Ok(output) => defender::parse(import::Format::MdatpHealth, &output.stdout).map_err(|error| {
                if output.status == Some(0) { error.unknown() } else { program.failed(&output.complaint()) }
            }),
        };
        Some(seen.into())
    }
}

fn directory(conf: &Result<Option<config::Config>, Unknown>) -> Option<String> {
    conf.as_ref().ok()?.as_ref()?.last("DatabaseDirectory").map(trimmed)
}

fn directory_of(conf: &Result<Option<config::Config>, Unknown>) -> Option<String> {
    match conf {
        Ok(Some(conf)) => Some(conf.last("DatabaseDirectory").map_or(DATABASE_DIRECTORY.to_owned(), trimmed)),
        _ => None,
    }
}

/// A directory's path without a slash at its end, so that two spellings of one are equal.
fn trimmed(path: &str) -> String {
    Path::new(path).components().collect::<std::path::PathBuf>().to_string_lossy().into_owned()
}

fn no_tool() -> Unknown {
    Unknown::new(
        UnknownCode::ToolMissing,
        "",
        Text::new(
            "この機器に ClamAV も Microsoft Defender も見つかりません",
            "neither ClamAV nor Microsoft Defender was found on this machine",
        ),
        Text::new(
            "`sudo apt install clamav-daemon` などで導入するか、他の製品の状態を担当者が申告してください",
            "install one (`sudo apt install clamav-daemon`), or let the person in charge state it for another product",
        ),
    )
}

fn no_daemon() -> Unknown {
    Unknown::new(
        UnknownCode::ToolMissing,
        "clamd",
        Text::new(
            "clamd がないため、検知が働くことを確かめられません",
            "clamd is not installed, so that detection works cannot be shown",
        ),
        Text::new(
            "`sudo apt install clamav-daemon` で導入するか、担当者が申告してください",
            "install it with `sudo apt install clamav-daemon`, or let the person in charge state it",
        ),
    )
}

fn no_config() -> Unknown {
    Unknown::new(
        UnknownCode::NotConfigured,
        "clamd.conf",
        Text::new("clamd の設定（clamd.conf）が見つかりません", "the configuration of clamd was not found"),
        Text::new(
            "`sudo dpkg-reconfigure clamav-daemon` で作ってください",
            "make one with `sudo dpkg-reconfigure clamav-daemon`",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, DefinitionProbe) {
        let (root, host) = crate::host::fixture::tree(files);
        let probe = DefinitionProbe { host, limit: Duration::from_secs(5) };
        (root, probe)
    }

    #[tokio::test]
    async fn a_machine_without_any_tool_gives_no_facts() {
        // What a removed package leaves behind protects nobody.
        let (_root, probe) = machine(&[("etc/clamav/clamd.conf", "LocalSocket /run/clamd.ctl\n")]);
        assert_eq!(probe.look().await.unwrap_err().code, UnknownCode::ToolMissing);
    }

    #[tokio::test]
    async fn a_scanner_without_a_daemon_leaves_only_the_daemon_unseen() {
        let (_root, probe) = machine(&[("usr/bin/clamscan", "")]);
        let facts = probe.look().await.unwrap().clamav.unwrap();
        assert_eq!((facts.directory.as_str(), facts.scanner_installed), ("/var/lib/clamav", true));
        assert!(facts.files.is_empty());
        let Seen::Unknown(why) = facts.daemon else { panic!("{:?}", facts.daemon) };
        assert_eq!((why.code, why.item.as_str()), (UnknownCode::ToolMissing, "clamd"));
    }

    #[tokio::test]
    async fn a_daemon_that_is_down_is_told_with_its_address() {
        let (_root, probe) = machine(&[
            ("usr/sbin/clamd", ""),
            ("etc/clamd.d/scan.conf", "LocalSocket /run/clamd.scan/clamd.sock\nDatabaseDirectory /srv/db/\n"),
            ("etc/freshclam.conf", "DatabaseDirectory /srv/db\n"),
        ]);
        let facts = probe.look().await.unwrap().clamav.unwrap();
        assert_eq!((facts.directory.as_str(), facts.updater_directory), ("/srv/db", None));
        let Seen::Unknown(why) = facts.daemon else { panic!("{:?}", facts.daemon) };
        assert_eq!(why.code, UnknownCode::ToolFailed);
        assert!(why.message.en.contains("unix:/run/clamd.scan/clamd.sock"), "{why}");
    }

    #[tokio::test]
    async fn an_updater_that_writes_elsewhere_is_seen() {
        let (_root, probe) = machine(&[
            ("usr/sbin/clamd", ""),
            ("usr/bin/freshclam", ""),
            ("etc/clamav/clamd.conf", "DatabaseDirectory /srv/clamav\n"),
            ("etc/clamav/freshclam.conf", "DatabaseMirror database.clamav.net\n"),
        ]);
        let facts = probe.look().await.unwrap().clamav.unwrap();
        assert_eq!(facts.updater_directory.as_deref(), Some("/var/lib/clamav"));
        assert!(facts.updater_installed);
        // Neither socket is configured: nothing to talk to.
        let Seen::Unknown(why) = facts.daemon else { panic!("{:?}", facts.daemon) };
        assert_eq!(why.code, UnknownCode::NotConfigured);
    }
}
