//! Limits that turn facts into verdicts. Every limit has a default that holds with nothing configured.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::closure::Closure;

/// All limits. Ages are in days or hours as named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// How long facts may be used.
    pub evidence: EvidencePolicy,
    /// Software updates.
    pub patches: PatchPolicy,
    /// Local accounts.
    pub accounts: AccountPolicy,
    /// What may be reachable.
    pub exposure: ExposurePolicy,
    /// Malware definitions.
    pub definitions: DefinitionPolicy,
    /// Clock synchronisation.
    pub clock: ClockPolicy,
    /// Firmware.
    pub firmware: FirmwarePolicy,
    /// Backup repositories and their limits.
    pub backups: BackupPolicy,
    /// The review of logs.
    pub logs: LogPolicy,
}

/// The review of logs (`after.logs`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPolicy {
    /// A case that nobody has decided on so many days after it was found fails.
    pub case_open_days: i64,
    /// A case that is being looked into so many days after that was decided fails, where no day was named.
    pub investigation_days: i64,
}

impl Default for LogPolicy {
    fn default() -> Self {
        Self { case_open_days: 3, investigation_days: 14 }
    }
}

/// How long facts may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidencePolicy {
    /// Facts older than this many hours are stale: Unknown.
    pub max_age_hours: i64,
}

impl Default for EvidencePolicy {
    fn default() -> Self {
        Self { max_age_hours: 72 }
    }
}

/// Software updates (`before.patches`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchPolicy {
    /// Package lists signed longer ago than this many hours are stale, even if their own end has not come.
    pub list_max_age_hours: i64,
}

impl Default for PatchPolicy {
    fn default() -> Self {
        Self { list_max_age_hours: 24 * 7 }
    }
}

/// Local accounts (`before.accounts`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPolicy {
    /// An account without a login for this many days is stale.
    pub stale_days: i64,
    /// Accounts that are expected and never log in by a person (break-glass, services with a shell), with their reason.
    pub expected: Vec<ExpectedAccount>,
}

impl Default for AccountPolicy {
    fn default() -> Self {
        Self { stale_days: 90, expected: Vec::new() }
    }
}

/// An account that may look unused and has a named reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedAccount {
    /// Login name.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is there.
    pub reason: String,
}

/// Transport protocol of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Transport {
    /// `tcp` or `udp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// A port that may be open, with owner, reason and end (`[[exposure.allow]]`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedPort {
    /// Port number.
    pub port: u16,
    /// TCP or UDP.
    pub transport: Transport,
    /// Protocol that may answer there, by the name that probes give it (such as `ssh`); any where empty.
    pub protocol: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why it is open.
    pub reason: String,
    /// Last day on which it may be open.
    pub until: Option<Date>,
}

/// What may be reachable (`before.exposure`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExposurePolicy {
    /// Ports that may be open.
    pub allow: Vec<AllowedPort>,
    /// TCP ports to connect to besides the notice's, the usual management ports and those that are listened on.
    pub extra_ports: Vec<u16>,
}

/// What the allow-list says of a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowance<'a> {
    /// Nothing.
    None,
    /// It may be open to the end of the closure, and now.
    Valid(&'a AllowedPort),
    /// It may be open now, until the day given, on which the closure still runs.
    EndsInClosure(&'a AllowedPort, Date),
    /// It was allowed until the day given, which is over.
    Expired(&'a AllowedPort, Date),
}

impl ExposurePolicy {
    /// What the allow-list says of a port; the entry that lasts longest counts.
    pub fn allowance(
        &self,
        transport: Transport,
        port: u16,
        closure: &Closure,
        at: Timestamp,
    ) -> Allowance<'_> {
        let entries = self.allow.iter().filter(|entry| entry.transport == transport && entry.port == port);
        // An entry without an end lasts longest.
        let Some(entry) = entries.max_by_key(|entry| (entry.until.is_none(), entry.until)) else {
            return Allowance::None;
        };
        let zone = TimeZone::get(&closure.time_zone).unwrap_or(TimeZone::UTC);
        let today = zone.to_datetime(at).date();
        match entry.until {
            Some(until) if until < today => Allowance::Expired(entry, until),
            Some(until) if until < closure.last_day => Allowance::EndsInClosure(entry, until),
            _ => Allowance::Valid(entry),
        }
    }
}

/// Malware definitions (`after.definitions`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionPolicy {
    /// Definitions built longer ago than this many hours are old.
    pub max_age_hours: i64,
}

impl Default for DefinitionPolicy {
    fn default() -> Self {
        Self { max_age_hours: 48 }
    }
}

/// Firmware (`before.devices.a`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmwarePolicy {
    /// Lists of firmware releases written longer ago than this many hours are stale.
    pub list_max_age_hours: i64,
    /// Firmware released longer ago than this many days is worth a note, even where nothing newer is known.
    pub note_after_days: i64,
}

impl Default for FirmwarePolicy {
    fn default() -> Self {
        Self { list_max_age_hours: 24 * 7, note_after_days: 365 * 3 }
    }
}

/// Clock synchronisation (`before.monitoring.c`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockPolicy {
    /// A clock further off than this many milliseconds fails.
    pub max_offset_ms: i64,
    /// A clock that was last compared with its source longer ago than this many hours runs free.
    pub max_silence_hours: i64,
}

impl Default for ClockPolicy {
    fn default() -> Self {
        Self { max_offset_ms: 1000, max_silence_hours: 24 }
    }
}

/// Backup repositories that the configuration names (`[[backup]]`), with their limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BackupPolicy {
    /// One entry a repository.
    pub expected: Vec<ExpectedBackup>,
}

/// What is expected of one backup repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedBackup {
    /// Name in the configuration.
    pub name: String,
    /// The newest snapshot may be this many hours old.
    pub max_age_hours: i64,
    /// The stored data must have been read back within this many days.
    pub read_data_max_age_days: i64,
}

/// A time as days before another, for messages. Whole days, rounded down.
pub fn days_between(earlier: Timestamp, later: Timestamp) -> i64 {
    later.duration_since(earlier).as_hours() / 24
}
