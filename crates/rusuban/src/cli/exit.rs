//! The one table of exit codes. They are documented in the README and in `rusuban --help`.

use std::process::ExitCode;

use rusuban_core::model::verdict::Verdict;

use crate::app::ErrorKind;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for is verified, attested, accepted or does not apply.
    Good,
    /// Something fails.
    Failing,
    /// Nothing fails, but something is unknown.
    Unknown,
    /// The command was used wrongly (`EX_USAGE` of sysexits.h).
    Usage,
    /// A file that was handed in cannot be used (`EX_DATAERR`).
    Input,
    /// A fault of this program (`EX_SOFTWARE`).
    Internal,
    /// The store or a file cannot be read or written (`EX_IOERR`).
    Store,
    /// The configuration does not hold (`EX_CONFIG`).
    Config,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Failing => 1,
            Self::Unknown => 2,
            Self::Usage => 64,
            Self::Input => 65,
            Self::Internal => 70,
            Self::Store => 74,
            Self::Config => 78,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Failing => Self::Failing,
            Verdict::Unknown => Self::Unknown,
            Verdict::NotApplicable | Verdict::Verified | Verdict::Attested | Verdict::AcceptedRisk => {
                Self::Good
            }
        }
    }
}

impl From<ErrorKind> for Exit {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Usage => Self::Usage,
            ErrorKind::Input => Self::Input,
            ErrorKind::Config => Self::Config,
            ErrorKind::Store => Self::Store,
            ErrorKind::Internal => Self::Internal,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
