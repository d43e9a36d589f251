//! The configuration: how to reach systems, and limits. Valid or refused as a whole, with every problem at once.
//!
//! It names where secrets are found and never holds one. It must not know who uses it, nor look whether the files that
//! it names exist: that is seen, and said, where they are needed.

mod mapping;
mod problem;
mod raw;
mod syntax;
mod valid;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rusuban_core::calendar::{HolidayList, InvalidOwnClosure, OfficeCalendar, OwnClosure};
use rusuban_core::model::policy::Policy;
use rusuban_core::model::text::Text;

pub use problem::{LoadError, Problem};
pub use rusuban_core::world::backups::BackupTool;
use rusuban_logs::sources::mapping::FieldMapping;

/// Every option with its default and what it is for, as `rusuban config example` writes it.
pub const EXAMPLE: &str = include_str!("../../../../docs/rusuban.example.toml");

/// Bytes after which a file is no configuration.
const LARGEST: u64 = 1024 * 1024;

/// Reads a configuration. `file_name` is how problems name it; relative paths in it count from its directory.
///
/// # Errors
/// Every problem at once, in the order of the file.
pub fn parse(file_name: &str, text: &str) -> Result<Config, Vec<Problem>> {
    let base = Path::new(file_name).parent().unwrap_or(Path::new(""));
    raw::read(file_name, base, text, valid::config)
}

/// Reads a configuration file.
///
/// # Errors
/// Where it cannot be read, or has problems: then all of them.
pub fn load(path: &Path) -> Result<Config, LoadError> {
    let bytes = read_bounded(path)?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes).map_err(|error| LoadError::Invalid(vec![not_utf8(&name, &error)]))?;
    let base = path.parent().unwrap_or(Path::new(""));
    raw::read(&name, base, &text, valid::config).map_err(LoadError::Invalid)
}

fn read_bounded(path: &Path) -> Result<Vec<u8>, LoadError> {
    let unreadable = |source| LoadError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= LARGEST) {
        Ok(bytes)
    } else {
        Err(LoadError::TooLarge { path: path.to_owned(), limit: LARGEST })
    }
}

fn not_utf8(file: &str, error: &std::string::FromUtf8Error) -> Problem {
    let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let before = String::from_utf8_lossy(before);
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    Problem {
        file: file.to_owned(),
        line: before.matches('\n').count() + 1,
        column: last_line.chars().count() + 1,
        field: String::new(),
        message: Text::new(
            "UTF-8 ではない文字があります（Shift_JIS や UTF-16 で保存されている可能性があります）",
            "this is not UTF-8 (it may have been saved as Shift_JIS or UTF-16)",
        ),
        hint: Text::new(
            "エディタで文字コードに UTF-8 を選んで保存し直してください",
            "save the file again as UTF-8",
        ),
    }
}

/// A configuration that holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The organisation.
    pub organisation: Organisation,
    /// Where things are kept.
    pub store: StoreConfig,
    /// Closed days and closures.
    pub calendar: CalendarConfig,
    /// This machine.
    pub machine: MachineConfig,
    /// Limits of the verdicts.
    pub policy: Policy,
    /// Backup repositories.
    pub backups: Vec<BackupRepository>,
    /// Registered documents.
    pub documents: Vec<Document>,
    /// List of common passwords for the hash audit, one a line; the built-in list where none is named.
    pub password_list: Option<PathBuf>,
    /// Fields of logs whose format no reader knows.
    pub log_mapping: FieldMapping,
    /// Further catalogues beside the notice's own.
    pub catalogues: Vec<PathBuf>,
}

/// The organisation (`[organisation]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Organisation {
    /// Its name, for reports.
    pub name: Option<String>,
    /// Which words it uses for roles.
    pub vocabulary: Vocabulary,
}

/// Presets of the words for roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Vocabulary {
    /// 企業.
    #[default]
    Company,
    /// 府省 (政府統一基準).
    Ministry,
    /// 自治体.
    Municipality,
}

/// Where things are kept (`[store]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoreConfig {
    /// Data directory; a default of the system where none is named.
    pub data_dir: Option<PathBuf>,
    /// Environment variable or file that holds the PostgreSQL URL.
    pub database_url: Option<SecretRef>,
}

/// Where a secret is found. The configuration itself never holds one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In an environment variable.
    Env(String),
    /// In a file, whose first line it is.
    File(PathBuf),
}

/// Closed days and closures (`[calendar]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarConfig {
    /// IANA zone of all civil dates.
    pub time_zone: String,
    /// From how many closed days in a row on a closure counts as long.
    pub minimum_days: u32,
    /// Whether 12/29 to 1/3 is closed.
    pub year_end: bool,
    /// The Cabinet Office's list (CSV), which wins over the computed holidays.
    pub holidays_file: Option<PathBuf>,
    /// Further closed days.
    pub closed: Vec<ClosedDays>,
    /// Days that are worked although they would be closed.
    pub working: Vec<Date>,
}

impl Default for CalendarConfig {
    fn default() -> Self {
        Self {
            time_zone: "Asia/Tokyo".to_owned(),
            minimum_days: 4,
            year_end: true,
            holidays_file: None,
            closed: Vec::new(),
            working: Vec::new(),
        }
    }
}

impl CalendarConfig {
    /// The office's calendar, with the days of `published` before the computed holidays.
    ///
    /// # Errors
    /// Never for a calendar that was read from a file: closed days that no calendar has are a [`Problem`].
    pub fn office(&self, published: HolidayList) -> Result<OfficeCalendar, InvalidOwnClosure> {
        let mut office = OfficeCalendar::statutory().with_year_end(self.year_end).with_list(published);
        for closed in &self.closed {
            let name = closed.name.as_str();
            office = office.with_own_closure(match closed.days {
                ClosedDaysKind::Range(first, last) => OwnClosure::between(name, first, last)?,
                ClosedDaysKind::Yearly { month, day } => OwnClosure::yearly(name, month, day)?,
                ClosedDaysKind::YearlyRange { first, last } => OwnClosure::yearly_between(name, first, last)?,
            });
        }
        Ok(self.working.iter().fold(office, |office, day| office.with_own_working_day(*day)))
    }
}

/// Closed days of the organisation's own (`[[calendar.closed]]`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedDays {
    /// Which days.
    pub days: ClosedDaysKind,
    /// What they are called.
    pub name: String,
}

/// Which days are closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClosedDaysKind {
    /// From one day to another, both included.
    Range(Date, Date),
    /// Each year on a month and day, such as 6-23.
    Yearly {
        /// Month, 1 to 12.
        month: i8,
        /// Day, 1 to 31.
        day: i8,
    },
    /// Each year from one month and day to another, both included; across New Year where the first is the later one.
    YearlyRange {
        /// Month and day of the first day.
        first: (i8, i8),
        /// Month and day of the last day.
        last: (i8, i8),
    },
}

/// This machine (`[machine]`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MachineConfig {
    /// Its id in the register; found by host name where none is named.
    pub asset: Option<String>,
}

/// A backup repository (`[[backup]]`). Its limits stand in the policy under the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupRepository {
    /// Name, unique in the configuration.
    pub name: String,
    /// The program that reads it.
    pub tool: BackupTool,
    /// Where it lies, as the program writes it.
    pub location: String,
    /// Its password.
    pub password: Option<SecretRef>,
    /// Further variables of the program's environment, such as keys of an object store.
    pub env: Vec<(String, SecretRef)>,
}

/// A registered document (`[[document]]`), such as the incident procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What people call it.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

impl SecretRef {
    /// Reads the secret. The message of the error names the place, never the secret.
    ///
    /// # Errors
    /// Where the variable is not set or the file cannot be read.
    pub fn resolve(&self) -> Result<String, String> {
        match self {
            Self::Env(name) => std::env::var(name).map_err(|error| format!("{name}: {error}")),
            Self::File(path) => std::fs::read_to_string(path)
                .map(|text| text.lines().next().unwrap_or_default().to_owned())
                .map_err(|error| format!("{}: {error}", path.display())),
        }
    }
}
