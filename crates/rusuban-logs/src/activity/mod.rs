//! Activity: what people and machines did, as the detectors need it. Owned, typed, compact; only what matters.
//!
//! A [`Collector`] reads the events of one block and gives a [`Partial`]; partials merge in any order to the same
//! result. [`Partial::finish`] turns the whole into [`Activities`], sorted by time, file and position.
//!
//! Millions of equal failures fold into one activity a minute; logins into one an hour. Lines are kept as
//! [`Evidence`]: the first, the last and a few between, with the total count.
//!
//! Nothing here knows the closure, people or rules.

mod collector;
mod evidence;
pub mod hits;
mod names;
mod partial;
pub mod recognise;

use std::sync::Arc;

pub use collector::{Collector, Interest};
pub use evidence::{Evidence, FileId, Place};
pub use partial::{Activities, Partial};

/// A text that many activities share.
pub type Name = Arc<str>;

/// An instant: nanoseconds since 1970-01-01T00:00:00Z.
pub type Nanos = i64;

/// Nanoseconds of a minute.
pub const MINUTE: Nanos = 60_000_000_000;
/// Nanoseconds of an hour.
pub const HOUR: Nanos = 60 * MINUTE;
/// Nanoseconds of a day.
pub const DAY: Nanos = 24 * HOUR;

/// How somebody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Secure shell.
    Ssh,
    /// Remote desktop, and other remote screens (VNC).
    Rdp,
    /// A virtual private network.
    Vpn,
    /// A web page: identity provider, cloud service, administration page.
    Web,
    /// At the machine itself.
    Console,
    /// The administration page or console of a firewall, router or the like.
    Management,
    /// Over the network, without a screen (Windows logon type 3: file shares, WinRM).
    Network,
    /// A service or a scheduled job of the machine itself.
    Service,
    /// Already logged in, and taking other rights (`sudo`, `su`, `runas`).
    Elevation,
    /// The log does not say.
    Other,
}

impl How {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Rdp => "rdp",
            Self::Vpn => "vpn",
            Self::Web => "web",
            Self::Console => "console",
            Self::Management => "management",
            Self::Network => "network",
            Self::Service => "service",
            Self::Elevation => "elevation",
            Self::Other => "other",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Somebody logged in.
    Login(How),
    /// Somebody tried to, and was refused.
    Failure(How),
    /// Somebody logged out, or the session ended.
    Logout(How),
    /// An account was made. [`Activity::object`] is the account.
    AccountCreated,
    /// A disabled or locked account was enabled. `object` is the account.
    AccountEnabled,
    /// A password was set by another than its owner. `object` is the account.
    PasswordReset,
    /// An account became a member of a privileged group. `object` is the account, `detail` the group.
    PrivilegeGranted,
    /// A service was installed. `object` is its name, `detail` what it runs.
    ServiceInstalled,
    /// A scheduled task or cron job was made. `object` is its name, `detail` what it runs.
    TaskCreated,
    /// A log was cleared. `object` is the log.
    LogCleared,
    /// Auditing or logging was turned off. `object` is what was turned off.
    AuditingStopped,
    /// A program that protects was stopped or turned off. `object` is the program.
    SecurityToolStopped,
    /// A program that protects started (again). `object` is the program.
    SecurityToolStarted,
    /// Backups or shadow copies were deleted, or recovery was turned off. `object` is the program.
    BackupDestroyed,
    /// A clock was set. `detail` says how.
    ClockStep,
    /// A machine started.
    BootStarted,
}

impl Kind {
    /// The word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login(_) => "login",
            Self::Failure(_) => "login-failure",
            Self::Logout(_) => "logout",
            Self::AccountCreated => "account-created",
            Self::AccountEnabled => "account-enabled",
            Self::PasswordReset => "password-reset",
            Self::PrivilegeGranted => "privilege-granted",
            Self::ServiceInstalled => "service-installed",
            Self::TaskCreated => "task-created",
            Self::LogCleared => "log-cleared",
            Self::AuditingStopped => "auditing-stopped",
            Self::SecurityToolStopped => "security-tool-stopped",
            Self::SecurityToolStarted => "security-tool-started",
            Self::BackupDestroyed => "backup-destroyed",
            Self::ClockStep => "clock-step",
            Self::BootStarted => "boot-started",
        }
    }

    /// How long equal activities fold into one.
    pub fn fold(self) -> Nanos {
        match self {
            Self::Failure(_) => MINUTE,
            _ => HOUR,
        }
    }
}

/// One activity, folded: the same by the same from the same on the same machine within [`Kind::fold`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// What happened.
    pub kind: Kind,
    /// The account that did it, as the log writes it (`DOMAIN\user`, `user@realm`); empty where the log does not say.
    pub who: Name,
    /// Address or name that it came from; empty where there is none.
    pub from: Name,
    /// Country of `from`, as the log says it: ISO code, else its name; empty where there is none.
    pub country: Name,
    /// Network of `from`, as the log says it: the operator's name; empty where there is none.
    pub network: Name,
    /// The machine (or service) on which it happened; empty where the log does not say.
    pub host: Name,
    /// Device or user agent with which it was done; empty where there is none.
    pub device: Name,
    /// What it was done to; see [`Kind`].
    pub object: Name,
    /// More; see [`Kind`].
    pub detail: Name,
    /// Id of the log source.
    pub source: Name,
    /// The first time; None where the log has none, or its clock was not set.
    pub first: Option<Nanos>,
    /// The last time.
    pub last: Option<Nanos>,
    /// How often.
    pub count: u64,
    /// Lines of it: first, last, a few between.
    pub evidence: Arc<[Evidence]>,
}

/// Bytes that left the organisation, by host and hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transfer {
    /// The machine that sent: address or name.
    pub host: Name,
    /// Start of the hour.
    pub hour: Nanos,
    /// Bytes sent in that hour.
    pub bytes: u64,
    /// Where the largest single transfer went.
    pub largest_to: Name,
    /// Bytes of the largest single transfer.
    pub largest: u64,
    /// The line of the largest single transfer.
    pub evidence: Evidence,
}

/// A host of the [`Interest`] that was heard of, by hour: it wrote a log, or something came from its address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostSpoke {
    /// The name or address as it was declared.
    pub host: Name,
    /// Start of the hour; None where the log has no time.
    pub hour: Option<Nanos>,
    /// First time in that hour.
    pub first: Option<Nanos>,
    /// Last time in that hour.
    pub last: Option<Nanos>,
    /// How many events.
    pub count: u64,
    /// The first event.
    pub evidence: Evidence,
}

/// What a log source of a host gave in an hour: what coverage is judged by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    /// Id of the log source.
    pub source: Name,
    /// The host that wrote; empty where the log does not say.
    pub host: Name,
    /// Start of the hour; None for events without a usable time.
    pub hour: Option<Nanos>,
    /// First event of that hour.
    pub first: Option<Nanos>,
    /// Last event of that hour.
    pub last: Option<Nanos>,
    /// The minutes of the hour in which there were events, one bit a minute.
    pub minutes: u64,
    /// How many events.
    pub count: u64,
    /// How many of them have a time for which a zone was assumed.
    pub zone_assumed: u64,
    /// How many of them have a time whose year was inferred.
    pub year_inferred: u64,
    /// How often the time ran back by more than a minute from one event to the next of the same file.
    pub backwards: u64,
    /// How often it ran on by more than a minute: a file that is written newest first never does.
    pub forwards: u64,
    /// The farthest that it ran back.
    pub farthest_back: Nanos,
    /// The event at which it ran back farthest, else the first.
    pub evidence: Evidence,
}

/// Lines of one file that nobody could read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// The file.
    pub file: FileId,
    /// Why: the source's reason, or that no source took the line.
    pub reason: Name,
    /// How many lines.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<Evidence>,
}

#[cfg(test)]
mod tests;
