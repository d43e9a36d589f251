//! Local password hashes against a list of common passwords. Holds no hash, no password, and nothing that tells which
//! password of the list it was: not even how many were tried before it.

use jiff::civil::Date;
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
    /// The day of the last change of the password, by the machine's own record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Date>,
    /// What came out.
    pub outcome: AuditOutcome,
    /// Whether the outcome is that of an earlier, longer look at the same password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
}

impl PasswordAuditFacts {
    /// Completes what time was too short for with the outcomes of an earlier look, where it was the same password (by the
    /// day of its change) and, for a password that is in no list, the same list.
    pub fn complete_from(&mut self, earlier: &Self) {
        let same_list = self.list.sha256 == earlier.list.sha256;
        for account in &mut self.accounts {
            let same = |other: &&AuditedAccount| {
                other.name == account.name
                    && other.scheme == account.scheme
                    && other.changed == account.changed
            };
            let unfinished = matches!(account.outcome, AuditOutcome::NotFinished { .. });
            let Some(before) =
                earlier.accounts.iter().find(same).filter(|_| unfinished && account.changed.is_some())
            else {
                continue;
            };
            let holds = match before.outcome {
                AuditOutcome::Common => true,
                AuditOutcome::NotInList { .. } => same_list,
                _ => false,
            };
            if holds {
                account.outcome = before.outcome.clone();
                account.earlier = true;
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn account(outcome: AuditOutcome) -> AuditedAccount {
        AuditedAccount {
            name: "tanaka".into(),
            login_shell: true,
            readable_by_all: false,
            scheme: "yescrypt".into(),
            changed: Some("2026-04-01".parse().unwrap()),
            outcome,
            earlier: false,
        }
    }

    fn facts(account: AuditedAccount) -> PasswordAuditFacts {
        PasswordAuditFacts {
            list: PasswordList { name: "built-in".into(), sha256: "a".into(), passwords: 2 },
            list_unread: None,
            budget_ms: 1,
            accounts: vec![account],
            locked: 0,
            directories_unseen: Vec::new(),
        }
    }

    #[test]
    fn a_weak_password_that_a_longer_look_found_is_not_forgotten_by_a_shorter_one() {
        let unfinished = AuditOutcome::NotFinished { tried: 1, of: 2 };
        let mut now = facts(account(unfinished.clone()));
        now.complete_from(&facts(account(AuditOutcome::Common)));
        assert_eq!((&now.accounts[0].outcome, now.accounts[0].earlier), (&AuditOutcome::Common, true));

        let mut changed = facts(account(unfinished.clone()));
        changed.accounts[0].changed = Some("2026-12-01".parse().unwrap());
        changed.complete_from(&facts(account(AuditOutcome::Common)));
        assert_eq!(changed.accounts[0].outcome, unfinished);

        let mut other_list = facts(account(unfinished.clone()));
        other_list.list.sha256 = "b".into();
        other_list.complete_from(&facts(account(AuditOutcome::NotInList { tried: 2 })));
        assert_eq!(other_list.accounts[0].outcome, unfinished);
    }
}
