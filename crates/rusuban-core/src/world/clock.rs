//! Clock synchronisation of a machine.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Facts;
use super::platform::Platform;
use crate::model::verdict::Seen;

/// Clock synchronisation of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFacts {
    /// What the machine is; a host may set the clock of its guests.
    pub platform: Platform,
    /// Clock source of the kernel, such as `tsc` or `kvm-clock`.
    pub clocksource: Option<String>,
    /// Names of running programs that set clocks, as the kernel shows them.
    pub programs: Seen<Vec<String>>,
    /// What each time service says; one that does not run is not listed.
    pub services: Vec<TimeService>,
}

impl Facts for ClockFacts {
    const TOPIC: &'static str = "clock/1";
}

/// Which time service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// chronyd, asked by `chronyc`.
    Chrony,
    /// systemd-timesyncd, asked by `timedatectl`.
    Timesyncd,
    /// ntpd (NTPsec or the reference implementation), asked by `ntpq`.
    Ntpd,
}

impl ServiceKind {
    /// The name that people know.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chrony => "chronyd",
            Self::Timesyncd => "systemd-timesyncd",
            Self::Ntpd => "ntpd",
        }
    }
}

/// One time service and what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeService {
    /// Which one.
    pub kind: ServiceKind,
    /// What it says of the clock.
    pub state: Seen<ClockState>,
}

/// What a time service says of the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockState {
    /// What the clock follows.
    pub follows: Follows,
    /// Microseconds to add to the machine's clock to reach the time of its source: positive where the clock is
    /// behind (the sign of RFC 5905). None where the service does not say.
    pub offset_us: Option<i64>,
    /// How far the source's own time may be off, in microseconds: half the root delay plus the root dispersion.
    pub error_bound_us: Option<i64>,
    /// Distance from a reference clock; 16 where there is none.
    pub stratum: Option<i64>,
    /// When the clock was last compared with its source.
    pub compared_at: Option<Timestamp>,
    /// Whether the source itself follows nothing but its own clock, where the service tells.
    pub source_free_running: Option<bool>,
}

/// What a clock follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Follows {
    /// Nothing: not synchronised.
    Nothing,
    /// Its own undisciplined clock, passed off as a source (`local` in chrony, 127.127.1.x in ntpd).
    Itself,
    /// A source, by name, address or reference clock.
    Source(String),
}
