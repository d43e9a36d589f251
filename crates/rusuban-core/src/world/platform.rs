//! What kind of machine it is: physical or not, and what its firmware says of it. Shared by several topics.
//!
//! Source: the kernel's `/proc/cpuinfo` and SMBIOS as it shows it under `/sys/class/dmi/id` (DMTF DSP0134). Serial
//! numbers are not part of it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::verdict::Seen;

/// What the machine is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Physical, virtual, or a container.
    pub machine: Seen<Machine>,
    /// What the firmware's table says; none where the kernel shows no such table.
    pub dmi: Seen<Option<Dmi>>,
}

/// On what the operating system runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Machine {
    /// On hardware.
    Physical,
    /// Under a hypervisor, named where it says its name.
    Virtual {
        /// Its name; empty where it has none to show.
        by: String,
    },
    /// In a container, which shares the kernel of its host.
    Container {
        /// What runs it; empty where it does not say.
        by: String,
    },
}

/// The fields of SMBIOS that topics need.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dmi {
    /// Manufacturer of the machine.
    pub sys_vendor: Option<String>,
    /// Model.
    pub product_name: Option<String>,
    /// Manufacturer of the firmware.
    pub bios_vendor: Option<String>,
    /// Version of the firmware.
    pub bios_version: Option<String>,
    /// Release date of the firmware, as the maker states it.
    pub bios_date: Option<Date>,
    /// Enclosure type (DSP0134, table 17).
    pub chassis_type: Option<i64>,
}

impl Platform {
    /// Whether something outside this operating system owns firmware, power and clock; none where that was not seen.
    pub fn is_guest(&self) -> Option<bool> {
        self.machine.known().map(|machine| !matches!(machine, Machine::Physical))
    }

    /// Whether it is a container.
    pub fn is_container(&self) -> bool {
        matches!(self.machine.known(), Some(Machine::Container { .. }))
    }

    /// What the firmware's table says, where it was seen.
    pub fn dmi(&self) -> Option<&Dmi> {
        self.dmi.known().and_then(Option::as_ref)
    }
}
