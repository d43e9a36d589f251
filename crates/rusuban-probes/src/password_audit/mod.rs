//! Adapter of `rusuban_core::world::password_audit`: tries common passwords on the machine's own hashes. Hashes and
//! candidates stay in memory, are cleared after use, and are neither told nor written.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use jiff::ZonedDateTime;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::accounts::PasswordState;
use rusuban_core::world::password_audit::{AuditOutcome, AuditedAccount, PasswordAuditFacts};
use zeroize::Zeroizing;

use crate::accounts::passwd::{self, Line};
use crate::accounts::shadow::{self, Entry};
use crate::accounts::{nss, sudo};
use crate::host::Host;

mod audit;
mod candidates;
mod md5crypt;
pub(crate) mod scheme;

use audit::{Job, Plan};
use candidates::{CommonList, Surroundings};
use scheme::Kind;

/// Looks at one machine.
#[derive(Debug, Clone)]
pub struct PasswordAuditProbe {
    /// Where to look.
    pub host: Host,
    /// How long trying may take in all.
    pub budget: Duration,
    /// On how many threads passwords are tried.
    pub threads: usize,
    /// A list of common passwords beside the built-in one: a file with one a line, UTF-8.
    pub list: Option<PathBuf>,
    /// The organisation's names and abbreviations, which passwords are often derived from.
    pub words: Vec<String>,
    /// What an earlier look found, which may have had more time.
    pub earlier: Option<PasswordAuditFacts>,
}

impl Default for PasswordAuditProbe {
    fn default() -> Self {
        Self {
            host: Host::default(),
            budget: Duration::from_secs(2),
            threads: 2,
            list: None,
            words: Vec::new(),
            earlier: None,
        }
    }
}

#[async_trait]
impl Port<PasswordAuditFacts> for PasswordAuditProbe {
    async fn look(&self) -> Result<PasswordAuditFacts, Unknown> {
        let (accounts, shadow) =
            tokio::try_join!(nss::list(&self.host, "passwd"), nss::list(&self.host, "shadow"))?;
        let lines = passwd::parse(&accounts.text).lines;
        let entries = shadow::parse(&shadow.text);
        let sees_root = |line: &Line| {
            line.uid == 0 && (line.password.as_str() != "x" || entries.contains_key(&line.name))
        };
        if !lines.iter().any(sees_root) {
            return Err(no_root());
        }
        let directories_unseen = unseen_directories(&self.host, &entries)?;
        let probe = self.clone();
        let audit = tokio::task::spawn_blocking(move || probe.audit(&lines, &entries));
        let mut facts = audit.await.map_err(|error| broken(&error.to_string()))?;
        facts.directories_unseen = directories_unseen;
        if let Some(earlier) = &self.earlier {
            facts.complete_from(earlier);
        }
        Ok(facts)
    }
}

impl PasswordAuditProbe {
    fn audit(&self, lines: &[Line], entries: &BTreeMap<String, Entry>) -> PasswordAuditFacts {
        let year = ZonedDateTime::now().year();
        let CommonList { passwords, facts: list, unread } = candidates::common(self.list.as_deref(), year);
        let around = Surroundings { host: sudo::host_name(&self.host), words: self.words.clone(), year };
        let mut accounts = Vec::new();
        let mut jobs = Vec::new();
        let mut locked = 0;
        for line in lines {
            let (field, readable_by_all) = password_field(line, entries);
            let begun = |scheme: &str, outcome| AuditedAccount {
                name: line.name.clone(),
                login_shell: passwd::is_login_shell(&line.shell),
                readable_by_all,
                scheme: scheme.to_owned(),
                changed: entries.get(&line.name).and_then(|entry| entry.age.changed),
                outcome,
                earlier: false,
            };
            match shadow::state(&field) {
                PasswordState::Locked => locked += 1,
                PasswordState::Empty => accounts.push((begun("", AuditOutcome::Empty), None)),
                PasswordState::Set => {
                    let own = candidates::derived(&line.name, &line.full_name, &around);
                    accounts.push((begun(scheme_name(&field), AuditOutcome::Unsupported), Some(jobs.len())));
                    jobs.push(Job { hash: field, own });
                }
            }
        }
        let plan =
            Plan { common: &passwords, lead: candidates::LEAD, budget: self.budget, threads: self.threads };
        let outcomes = audit::run(&jobs, &plan);
        let finished = accounts.into_iter().map(|(mut account, job)| {
            if let Some(outcome) = job.and_then(|job| outcomes.get(job)) {
                account.outcome = outcome.clone();
            }
            account
        });
        let mut accounts: Vec<AuditedAccount> = finished.collect();
        accounts.sort_by(|a, b| a.name.cmp(&b.name));
        PasswordAuditFacts {
            list,
            list_unread: unread,
            budget_ms: i64::try_from(self.budget.as_millis()).unwrap_or(i64::MAX).min(1 << 53),
            accounts,
            locked,
            directories_unseen: Vec::new(),
        }
    }
}

/// An account's password field, and whether it lies where everybody can read it.
fn password_field(line: &Line, entries: &BTreeMap<String, Entry>) -> (Zeroizing<String>, bool) {
    if line.password.as_str() != "x" {
        return (line.password.clone(), true);
    }
    let locked = || Zeroizing::new("!".to_owned());
    (entries.get(&line.name).map_or_else(locked, |entry| entry.field.clone()), false)
}

fn scheme_name(hash: &str) -> &'static str {
    match Kind::of(hash) {
        Kind::Tried(scheme) => scheme.name(),
        Kind::Untried(name) => name,
    }
}

/// Directories that give accounts and no hashes. One that gives hashes has some that are not in the machine's own file.
fn unseen_directories(host: &Host, entries: &BTreeMap<String, Entry>) -> Result<Vec<String>, Unknown> {
    let services = nss::directories(host, "passwd")?;
    let own = shadow::parse(&host.read_text("/etc/shadow")?.unwrap_or_default());
    let own: HashSet<&String> = own.keys().collect();
    let foreign =
        entries.iter().any(|(name, entry)| !own.contains(name) && entry.age.state == PasswordState::Set);
    Ok(if foreign { Vec::new() } else { services })
}

fn no_root() -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "shadow",
        Text::new(
            "パスワードの一覧に必ずあるはずの管理者（番号 0）がなく、正しく読めていません",
            "the list of passwords lacks the superuser (id 0), who is always there: it was not read rightly",
        ),
        Text::new(
            "root 権限（sudo）で実行し、`getent shadow` の出力を確かめてください",
            "run it as root (sudo), and look at the output of `getent shadow`",
        ),
    )
}

fn broken(why: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ToolFailed,
        "password-audit",
        Text::new(format!("内部エラー（{why}）"), format!("internal error ({why})")),
        Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
    )
}
