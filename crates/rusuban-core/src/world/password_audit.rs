//! Local password hashes against a list of common passwords. Holds no hash, no password, and nothing that tells which
//! password of the list it was: not even how many were tried before it.

use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::verdict::Unknown;

/// Local password hashes against a list of common passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordAuditFacts {
    /// What was tried.
    pub list: PasswordList,
    /// Why the configured list could not be read; the built-in one alone was tried then.
    pub list_unread: Option<Unknown>,
    /// How long trying was allowed to take, in milliseconds.
    pub budget_ms: i64,
    /// The accounts whose password is not locked, by name.
    pub accounts: Vec<AuditedAccount>,
    /// How many accounts are locked, so that no password opens them.
    pub locked: u64,
    /// Directories whose accounts the machine knows and whose hashes it does not have.
    pub directories_unseen: Vec<String>,
}

impl Facts for PasswordAuditFacts {
    const TOPIC: &'static str = "password-audit/1";
}

/// A list of common passwords.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordList {
    /// `built-in`, or the configured file.
    pub name: String,
    /// SHA-256 of the list's bytes, in hex.
    pub sha256: String,
    /// How many different passwords are tried on every account; each account has some of its own besides (its name
    /// and the like).
    pub passwords: u64,
}

/// What was found out about one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedAccount {
    /// Login name.
    pub name: String,
    /// Whether the shell lets anybody work.
    pub login_shell: bool,
    /// Whether the hash lies where everybody on the machine can read it (in `/etc/passwd`).
    pub readable_by_all: bool,
    /// How the hash was made; empty for no password at all. One of `yescrypt`, `sha512crypt`, `sha256crypt`, `bcrypt`,
    /// `md5crypt`, and those that are not tried: `gost-yescrypt`, `scrypt`, `sha1crypt`, `sunmd5`, `bsdicrypt`,
    /// `descrypt`, `nt`, `unknown`.
    pub scheme: String,
    /// What came out.
    pub outcome: AuditOutcome,
}

/// What came out of trying passwords on one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditOutcome {
    /// There is no password.
    Empty,
    /// It is one of those tried.
    Common,
    /// It is none of those tried.
    NotInList {
        /// How many were tried.
        tried: u64,
    },
    /// Time was up.
    NotFinished {
        /// How many were tried.
        tried: u64,
        /// How many there are.
        of: u64,
    },
    /// This program cannot try passwords on such a hash.
    Unsupported,
    /// The known password of a known hash was not recognised: trying would have shown nothing.
    ControlFailed,
}
