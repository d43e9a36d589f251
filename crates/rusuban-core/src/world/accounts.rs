//! Local accounts of a machine, and those of its directories that it lists: who can log in, with which rights, and when
//! somebody last did. Holds no password, no hash and no key.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::text::Text;
use crate::model::verdict::{Seen, Unknown, UnknownCode};

/// Groups whose members can take over the machine, each by a way of its own: `sudo`, `wheel` and `admin` by the rules that
/// distributions give them; `docker`, `lxd`, `incus-admin` and `libvirt` by starting a system that holds the disks of this one;
/// `disk` by writing to the disks; `kmem` by writing to memory; `shadow` by reading the password hashes; `staff` by
/// replacing programs in `/usr/local`. `adm` reads logs and is not among them.
pub const PRIVILEGED_GROUPS: [&str; 11] =
    ["admin", "disk", "docker", "incus-admin", "kmem", "libvirt", "lxd", "shadow", "staff", "sudo", "wheel"];

/// The earliest time of a login that is believed, 2010-01-01 in seconds of Unix time: machines without a battery for their
/// clock begin at 1970 or 1980 until they are told the time, and so do their records.
pub const EARLIEST_BELIEVED: i64 = 1_262_304_000;

/// Local accounts of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// All accounts, by user id and name. Always holds the one with user id 0: without it nothing was seen.
    pub accounts: Vec<Account>,
    /// Accounts that come from elsewhere than the machine's own files.
    pub directories: Directories,
    /// Password states and ages by account name. An account that is missing here has no password that could match.
    pub shadow: Seen<BTreeMap<String, PasswordAge>>,
    /// Groups by name.
    pub groups: Seen<BTreeMap<String, Group>>,
    /// Whom sudo and doas let act as others.
    pub sudo: SudoFacts,
    /// Settings of the SSH server that let people in by keys which lie in no file of theirs, such as
    /// `TrustedUserCAKeys /etc/ssh/ca.pub`.
    pub ssh_keys_elsewhere: Seen<Vec<String>>,
    /// What each record of logins says.
    pub logins: Vec<LoginSource>,
}

impl Facts for AccountFacts {
    const TOPIC: &'static str = "accounts/1";
}

/// One account (passwd(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Id of the primary group.
    pub gid: u32,
    /// Home directory.
    pub home: String,
    /// Shell as written; an empty one means `/bin/sh`.
    pub shell: String,
    /// Whether the shell lets anybody work: not `nologin`, `false`, `sync` and the like. Being listed in `/etc/shells`
    /// does not matter, for the SSH server does not ask.
    pub login_shell: bool,
    /// Whether the user id lies between `UID_MIN` and `UID_MAX` of login.defs(5): a person, not a service.
    pub person: bool,
    /// Password state where the account list itself holds the password, readable by everybody; none where it refers
    /// to the shadow file.
    pub own_password: Option<PasswordState>,
    /// Number of SSH keys that open the account; none where the shell lets nobody in, so that nobody looked.
    pub ssh_keys: Option<Seen<u64>>,
}

/// Accounts from elsewhere than the machine's own files (nsswitch.conf(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directories {
    /// Services that are asked for accounts, such as `sss` or `winbind`.
    pub services: Vec<String>,
    /// How many accounts of theirs were listed. Most directories list none unless told to.
    pub listed: Seen<u64>,
}

/// What a password field lets happen (shadow(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordState {
    /// Empty: no password is asked for.
    Empty,
    /// Locked with `!` or `*`, or anything else that no password can match.
    Locked,
    /// A hash that a password can match.
    Set,
}

/// Password state and ages of an account (shadow(5)). Days are days of UTC, as the file counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordAge {
    /// What the password field lets happen.
    pub state: PasswordState,
    /// Day of the last change.
    pub changed: Option<Date>,
    /// Whether the password must be changed at the next login (the day of the last change is 0).
    pub change_forced: bool,
    /// The password must be changed after this many days; none for never.
    pub max_days: Option<i64>,
    /// The account ends this many days after the password ran out; none for never.
    pub inactive_days: Option<i64>,
    /// First day on which the account is expired.
    pub expires: Option<Date>,
}

/// One group (group(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Group id.
    pub gid: u32,
    /// Login names of the members that the group itself names.
    pub members: Vec<String>,
}

/// Whom sudo and doas let act as others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SudoFacts {
    /// The rules, in the order of the files.
    pub rules: Vec<SudoRule>,
    /// Aliases of commands, hosts and target users as written: what the rules grant depends on them.
    pub definitions: Vec<String>,
    /// Rules that could not be seen: unreadable files, lines that make no sense, rules in a directory.
    pub blind: Vec<Unknown>,
}

/// One rule of sudoers(5) or doas.conf(5) for one user or group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SudoRule {
    /// Whom it speaks of.
    pub who: SudoWho,
    /// The rest of the rule as written: hosts, target users, commands.
    pub grants: String,
    /// The file that holds it.
    pub file: String,
}

/// Whom a rule speaks of. Excluded users (`!name`) are not subtracted: a review sees rather too many than too few.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SudoWho {
    /// A user by name.
    User(String),
    /// A user by id.
    Uid(u32),
    /// A group by name.
    Group(String),
    /// A group by id.
    Gid(u32),
    /// Everybody.
    Everyone,
    /// A netgroup or a group of another system, whose members are not to be seen here.
    Other(String),
}

/// One record of logins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginSource {
    /// Which one: `lastlog`, `lastlog2`, `wtmp`, `wtmpdb`, `ssh-log`.
    pub name: String,
    /// Whether it sees SSH logins without a terminal (file copies, commands). `lastlog` and `wtmp` do not.
    pub sees_all_ssh: bool,
    /// What it says. A record that shows nobody at all has seen nothing and proves nothing: it is Unknown.
    pub records: Seen<LoginRecords>,
}

/// What a record of logins says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginRecords {
    /// The oldest time that it shows: it was recording then, and says nothing of earlier days.
    pub since: Timestamp,
    /// The newest login of anybody: it was still recording then.
    pub newest: Timestamp,
    /// The last login of each account that has one, by name.
    pub last: BTreeMap<String, Login>,
}

/// One login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// When.
    pub at: Timestamp,
    /// From which host or address; empty for the console.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub from: String,
}

/// Whether somebody can log in to an account directly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// With a password or an SSH key.
    Possible,
    /// Neither shell nor password nor key.
    None,
    /// The password's state or the keys could not be seen.
    Unseen,
}

impl AccountFacts {
    /// What the password field of an account lets happen.
    ///
    /// # Errors
    /// The reason why the shadow file could not be seen.
    pub fn password(&self, account: &Account) -> Result<PasswordState, &Unknown> {
        if let Some(state) = account.own_password {
            return Ok(state);
        }
        match &self.shadow {
            Seen::Known(shadow) => {
                Ok(shadow.get(&account.name).map_or(PasswordState::Locked, |age| age.state))
            }
            Seen::Unknown(why) => Err(why),
        }
    }

    /// The ages of an account's password, where they are known.
    pub fn age(&self, account: &Account) -> Option<&PasswordAge> {
        self.shadow.known().and_then(|shadow| shadow.get(&account.name))
    }

    /// Whether somebody can log in to an account directly.
    pub fn access(&self, account: &Account) -> Access {
        if !account.login_shell {
            return Access::None;
        }
        let keys = account.ssh_keys.as_ref().and_then(Seen::known);
        match self.password(account) {
            Ok(PasswordState::Empty | PasswordState::Set) => Access::Possible,
            _ if keys.is_some_and(|count| *count > 0) => Access::Possible,
            Ok(PasswordState::Locked) if keys.is_some() => Access::None,
            _ => Access::Unseen,
        }
    }

    /// Names of the groups that an account belongs to, by their own lists and as its primary one.
    pub fn groups_of(&self, account: &Account) -> Vec<&str> {
        let groups = self.groups.known().into_iter().flatten();
        groups
            .filter(|(_, group)| group.gid == account.gid || group.members.contains(&account.name))
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// Why accounts of directories are missing, where they are.
    pub fn directories_unseen(&self) -> Option<Unknown> {
        let services = &self.directories.services;
        if services.is_empty() {
            return None;
        }
        let names = services.join(", ");
        let reason = match &self.directories.listed {
            Seen::Known(0) => None,
            Seen::Known(_) => return None,
            Seen::Unknown(why) => Some(&why.message),
        };
        let because = |text: Option<&String>| text.map_or_else(String::new, |text| format!("：{text}"));
        Some(Unknown::new(
            UnknownCode::WrongVantage,
            format!("directory {names}"),
            Text::new(
                format!(
                    "ディレクトリ（{names}）のアカウントは一覧に出ず、見ていません{}",
                    because(reason.map(|text| &text.ja))
                ),
                format!(
                    "the accounts of the directory ({names}) are not listed and were not seen{}",
                    because(reason.map(|text| &text.en)).replace('：', ": ")
                ),
            ),
            Text::new(
                "ディレクトリ側でアカウントを点検し、担当者が申告してください",
                "look at the accounts in the directory itself, and let the person in charge state it",
            ),
        ))
    }

    /// The newest login of an account in any record.
    pub fn last_login(&self, account: &Account) -> Option<&Login> {
        let records = self.logins.iter().filter_map(|source| source.records.known());
        records.filter_map(|records| records.last.get(&account.name)).max_by_key(|login| login.at)
    }
}

#[cfg(test)]
pub(crate) mod fixture {
    //! A small Debian server: root without a password, services, and two people.

    use super::*;
    use crate::checks::{Check, Context, Dated};
    use crate::model::closure::{Closure, ClosureOrigin};
    use crate::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
    use crate::model::policy::Policy;
    use crate::model::subject::SubjectId;
    use crate::model::verdict::Judgement;

    /// What a check says of facts on 2026-12-20, before a closure from 2026-12-29 to 2027-01-03.
    pub(crate) fn judged<C: Check>(facts: &C::Facts, policy: &Policy) -> Judgement
    where
        C::Facts: Clone,
    {
        let at: Timestamp = "2026-12-20T03:00:00Z".parse().unwrap();
        let draft = Draft {
            id: "0198".into(),
            closure: "2026-12-29".into(),
            kind: EvidenceKind::Observation,
            topic: C::Facts::TOPIC.into(),
            requirement: None,
            subject: SubjectId::host("fs01"),
            source: Source { name: "rusuban".into(), version: String::new() },
            vantage: "fs01".into(),
            observed_at: at,
            received_at: at,
            effective_at: None,
            body: serde_json::Value::Null,
        };
        let evidence =
            Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() };
        let closure = Closure {
            id: "2026-12-29".into(),
            name: Text::new("年末年始休業", "New Year closure"),
            first_day: "2026-12-29".parse().unwrap(),
            last_day: "2027-01-03".parse().unwrap(),
            time_zone: "Asia/Tokyo".into(),
            origin: ClosureOrigin::Calendar,
        };
        let context = Context::new(&closure, policy, at);
        C::judge(&[Dated { evidence: &evidence, facts: facts.clone() }], &context)
    }

    pub(crate) fn unknown(code: UnknownCode, item: &str) -> Unknown {
        Unknown::new(code, item, Text::new("見えません", "not seen"), Text::new("見てください", "look"))
    }

    pub(crate) fn account(name: &str, uid: u32, shell: &str) -> Account {
        let login_shell = !shell.ends_with("nologin") && !shell.ends_with("sync");
        Account {
            name: name.into(),
            uid,
            gid: uid,
            home: format!("/home/{name}"),
            shell: shell.into(),
            login_shell,
            person: (1000..=60_000).contains(&uid),
            own_password: None,
            ssh_keys: login_shell.then_some(Seen::Known(0)),
        }
    }

    pub(crate) fn age(state: PasswordState) -> PasswordAge {
        PasswordAge {
            state,
            changed: Some("2025-01-10".parse().unwrap()),
            change_forced: false,
            max_days: Some(99_999),
            inactive_days: None,
            expires: None,
        }
    }

    pub(crate) fn login(at: &str) -> Login {
        Login { at: at.parse().unwrap(), from: "192.0.2.7".into() }
    }

    /// A server on which everything was seen. It is looked at on 2026-12-20.
    pub(crate) fn server() -> AccountFacts {
        let lastlog = LoginRecords {
            since: "2025-01-05T00:00:00Z".parse().unwrap(),
            newest: "2026-12-18T01:00:00Z".parse().unwrap(),
            last: BTreeMap::from([
                ("tanaka".into(), login("2026-12-18T01:00:00Z")),
                ("suzuki".into(), login("2026-12-01T01:00:00Z")),
            ]),
        };
        AccountFacts {
            accounts: vec![
                account("root", 0, "/bin/bash"),
                account("sync", 4, "/bin/sync"),
                account("www-data", 33, "/usr/sbin/nologin"),
                account("postgres", 101, "/bin/bash"),
                account("tanaka", 1000, "/bin/bash"),
                account("suzuki", 1001, "/bin/bash"),
            ],
            directories: Directories { services: Vec::new(), listed: Seen::Known(0) },
            shadow: Seen::Known(BTreeMap::from([
                ("root".into(), age(PasswordState::Locked)),
                ("sync".into(), age(PasswordState::Locked)),
                ("www-data".into(), age(PasswordState::Locked)),
                ("postgres".into(), age(PasswordState::Locked)),
                ("tanaka".into(), age(PasswordState::Set)),
                ("suzuki".into(), age(PasswordState::Set)),
            ])),
            groups: Seen::Known(BTreeMap::from([
                ("root".into(), Group { gid: 0, members: Vec::new() }),
                ("sudo".into(), Group { gid: 27, members: vec!["tanaka".into()] }),
                ("users".into(), Group { gid: 100, members: vec!["tanaka".into(), "suzuki".into()] }),
            ])),
            sudo: SudoFacts {
                rules: vec![
                    SudoRule {
                        who: SudoWho::User("root".into()),
                        grants: "ALL=(ALL:ALL) ALL".into(),
                        file: "/etc/sudoers".into(),
                    },
                    SudoRule {
                        who: SudoWho::Group("sudo".into()),
                        grants: "ALL=(ALL:ALL) ALL".into(),
                        file: "/etc/sudoers".into(),
                    },
                ],
                definitions: Vec::new(),
                blind: Vec::new(),
            },
            ssh_keys_elsewhere: Seen::Known(Vec::new()),
            logins: vec![LoginSource {
                name: "lastlog".into(),
                sees_all_ssh: false,
                records: Seen::Known(lastlog),
            }],
        }
    }
}
