//! Pending software updates of a machine: what the package managers say, and how much their word is worth.
//!
//! Times are UTC. Whether a list is too old, or an update a fault, is not for the facts to say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::verdict::Seen;

/// What one package manager says about one machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageFacts {
    /// Whose word it is.
    pub manager: Manager,
    /// The operating system.
    pub system: System,
    /// How many packages it knows to be installed. The positive control: one that knows of none has seen nothing.
    pub installed: Option<u64>,
    /// Updates that it would install now.
    pub pending: Vec<Update>,
    /// Security updates that its lists hold and that its settings (a pin, a hidden update) keep it from offering.
    pub withheld: Vec<Update>,
    /// Packages that a person has put on hold.
    pub held: Vec<String>,
    /// Installed packages that no configured source offers in any version: nobody tells when they need an update.
    pub unsourced: Vec<String>,
    /// Packages that are unpacked and not wholly installed.
    pub incomplete: Vec<String>,
    /// What the word rests on.
    pub lists: Seen<Lists>,
    /// Whether code from before an update still runs. None where the tool does not speak of it.
    pub restart: Option<Seen<Restart>>,
    /// Other package systems with software on the machine, which this one knows nothing of (`snap`, `flatpak`).
    pub other_managers: Vec<String>,
    /// What the tool said besides, in its own words, and what may mean that it did not see everything.
    pub remarks: Vec<String>,
}

impl PackageFacts {
    /// Facts that say nothing yet but whose word they are and what it rests on.
    pub fn new(manager: Manager, system: System, lists: Seen<Lists>) -> Self {
        Self {
            manager,
            system,
            installed: None,
            pending: Vec::new(),
            withheld: Vec::new(),
            held: Vec::new(),
            unsourced: Vec::new(),
            incomplete: Vec::new(),
            lists,
            restart: None,
            other_managers: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// When the answer was given, by its own word: what an import counts from. None where it bears no time.
    pub fn asked_at(&self) -> Option<Timestamp> {
        match &self.lists {
            Seen::Known(Lists::Asked(asked)) => Some(asked.at),
            _ => None,
        }
    }
}

impl Facts for PackageFacts {
    const TOPIC: &'static str = "packages/1";
}

/// A package manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Manager {
    /// apt with dpkg (Debian, Ubuntu).
    Apt,
    /// dnf with rpm (Fedora, RHEL and what is built from it).
    Dnf,
    /// zypper with rpm (SUSE).
    Zypper,
    /// The Windows Update agent.
    WindowsUpdate,
    /// winget (applications on Windows).
    Winget,
    /// softwareupdate (macOS).
    SoftwareUpdate,
}

impl Manager {
    /// The name that its users know it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apt => "apt",
            Self::Dnf => "dnf",
            Self::Zypper => "zypper",
            Self::WindowsUpdate => "Windows Update",
            Self::Winget => "winget",
            Self::SoftwareUpdate => "softwareupdate",
        }
    }

    /// Whether it brings the updates of the operating system itself, and not only those of applications.
    pub fn covers_system(self) -> bool {
        self != Self::Winget
    }
}

/// An operating system, in the words of os-release(5) or of the tool. Empty where it does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct System {
    /// `ID`, such as `debian`.
    pub id: String,
    /// `VERSION_ID`, such as `12`.
    pub version: String,
    /// Codename of the release whose packages it uses, such as `bookworm`: `UBUNTU_CODENAME` or `DEBIAN_CODENAME`
    /// where a derived system names its base, `VERSION_CODENAME` otherwise.
    pub codename: String,
    /// `PRETTY_NAME`.
    pub name: String,
}

/// What kind of update it is, as far as its source tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateKind {
    /// Its source says that it is a security update.
    Security,
    /// Its source publishes security updates under their own mark, and this bears none.
    Other,
    /// Its source does not tell security updates from others.
    Unclassified,
}

/// One update.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Update {
    /// Name of the package (with the architecture where it is a foreign one), or title of the update.
    pub name: String,
    /// Version that is installed; empty where the tool does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub installed: String,
    /// Version that the update brings; empty where the tool does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub candidate: String,
    /// What kind it is.
    pub kind: UpdateKind,
    /// Where it comes from: suites, repositories, categories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What names the reason: advisories, articles of a knowledge base.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<String>,
}

/// What the word of a package manager rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lists {
    /// Copies of repositories' lists on the machine.
    Copies(Vec<Source>),
    /// A service that was asked.
    Asked(Asked),
    /// Nothing that bears a date.
    Undated,
}

/// A service that was asked for updates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When it answered.
    pub at: Timestamp,
    /// Which one, such as `Windows Update` or `WSUS`.
    pub service: String,
    /// Whether it was asked itself. Otherwise the answer is what an earlier search had left on the machine.
    pub online: bool,
}

/// A repository that the machine is set up to get updates from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its address without credentials, and its suite or name.
    pub id: String,
    /// The machine that it is fetched from; empty for a local one.
    pub host: String,
    /// Whether it says of updates that they are security updates (a security suite, update information).
    pub security: bool,
    /// What its list says of itself, or why that could not be read.
    pub release: Seen<Release>,
    /// Package indexes that it offers, that are asked for and that are not there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// What a repository's list says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Release {
    /// Who publishes it (`Origin`).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// Its `Label`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Its `Suite`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suite: String,
    /// Its `Codename`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub codename: String,
    /// When the publisher made it. Says little about a list that changes rarely.
    pub made_at: Option<Timestamp>,
    /// When it ends by the publisher's word.
    pub valid_until: Option<Timestamp>,
    /// When it was last known that the publisher had no newer one.
    pub checked_at: Option<Timestamp>,
    /// When the publisher made the newer one, where it is known that there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newer: Option<Timestamp>,
}

/// Whether code from before an update still runs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Restart {
    /// Whether the system asks for a restart.
    pub asked: bool,
    /// Packages that it names as the reason.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<String>,
    /// The kernel. None where the tool does not speak of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Kernel>,
    /// Running programs. None where the tool does not speak of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programs: Option<Programs>,
}

/// The running kernel against those that are installed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kernel {
    /// Release of the running one (`uname -r`).
    pub running: String,
    /// Whether the machine boots kernels that lie on it. Otherwise its kernel comes from elsewhere.
    pub local: bool,
    /// Releases of the same flavour that are installed and newer, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub newer: Vec<String>,
    /// Version of the package that brought the running release, and whether the running one was built from it.
    /// None where the running one does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<KernelBuild>,
    /// Whether the look was made inside a container, whose kernel is the host's.
    pub container: bool,
}

/// The package behind the running kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelBuild {
    /// Version of the installed package.
    pub installed: String,
    /// Whether the running kernel names that version.
    pub running: bool,
}

/// Running programs, looked through for code that has been replaced on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Programs {
    /// How many processes were looked at. The positive control: the looking program itself is one.
    pub seen: u64,
    /// How many were there and could not be looked at.
    pub unreadable: u64,
    /// Those that run replaced code, by name.
    pub outdated: Vec<OutdatedProgram>,
}

/// A program that still runs code which has been replaced on disk.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OutdatedProgram {
    /// Its name.
    pub name: String,
    /// One of the files that it still runs.
    pub file: String,
    /// How many processes of that name.
    pub processes: u64,
}
