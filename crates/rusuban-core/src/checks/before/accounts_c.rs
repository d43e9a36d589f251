//! `before.accounts.c`: accounts that are open and should not be: never used, long unused, past their end, shared.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::checks::{Check, CheckMeta, Context, Dated, meta, nobody_looked};
use crate::model::policy::ExpectedAccount;
use crate::model::subject::SubjectId;
use crate::model::verdict::{Findings, Judgement, Seen, Unknown};
use crate::world::World;
use crate::world::accounts::{Access, Account, AccountFacts, LoginRecords, PasswordAge, PasswordState};

mod usage;
mod wording;

use usage::Usage;
use wording::Wording;

/// `before.accounts.c`; see the guide beside this file.
pub struct AccountsC;

#[async_trait]
impl Check for AccountsC {
    const META: CheckMeta = meta!("before.accounts.c", Observation, Machine, "accounts_c");
    type Facts = AccountFacts;

    async fn observe(world: &World) -> Result<AccountFacts, Unknown> {
        world.accounts.look().await
    }

    fn judge(facts: &[Dated<'_, AccountFacts>], context: &Context<'_>) -> Judgement {
        let Some(dated) = facts.first() else { return nobody_looked(&SubjectId::organisation()) };
        let mut judge = Judge {
            facts: &dated.facts,
            context,
            say: Wording { findings: Findings::about(dated.subject()), zone: zone(context) },
        };
        judge.shared();
        judge.blind();
        judge.each();
        judge.say.findings.judgement()
    }
}

fn zone(context: &Context<'_>) -> TimeZone {
    TimeZone::get(&context.closure.time_zone).unwrap_or(TimeZone::UTC)
}

struct Judge<'a> {
    facts: &'a AccountFacts,
    context: &'a Context<'a>,
    say: Wording,
}

impl<'a> Judge<'a> {
    fn expected(&self, name: &str) -> Option<&'a ExpectedAccount> {
        self.context.policy.accounts.expected.iter().find(|expected| expected.name == name)
    }

    /// Several accounts with one user id are one account with several doors.
    fn shared(&mut self) {
        let mut by_id: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
        for account in &self.facts.accounts {
            by_id.entry(account.uid).or_default().push(&account.name);
        }
        for (uid, mut names) in by_id.into_iter().filter(|(_, names)| names.len() > 1) {
            if uid == 0 {
                // The one that belongs there is `root`; where it has another name, the first.
                let own = names.iter().position(|name| *name == "root").unwrap_or(0);
                names.remove(own);
            }
            names.retain(|name| self.expected(name).is_none());
            if uid == 0 {
                for name in names {
                    self.say.shared_superuser(name);
                }
            } else if names.len() > 1 {
                self.say.shared_id(uid, &names);
            }
        }
    }

    /// What could not be seen.
    fn blind(&mut self) {
        if let Seen::Unknown(why) = &self.facts.shadow {
            self.say.findings.unseen(why);
        }
        if let Some(why) = self.facts.directories_unseen() {
            self.say.findings.unseen(&why);
        }
        match &self.facts.ssh_keys_elsewhere {
            Seen::Unknown(why) => self.say.findings.unseen(why),
            Seen::Known(settings) => {
                // Whoever has a password or a key of their own is looked at anyway.
                let closed = self.with_access(Access::None);
                let closed: Vec<&Account> =
                    closed.into_iter().filter(|a| a.login_shell && a.uid != 0).collect();
                for setting in settings.iter().filter(|_| !closed.is_empty()) {
                    self.say.keys_elsewhere(setting, &closed);
                }
            }
        }
        let uncounted = self.with_access(Access::Unseen);
        let why = uncounted.iter().find_map(|account| match &account.ssh_keys {
            Some(Seen::Unknown(why)) => Some(why),
            _ => None,
        });
        if let Some(why) = why {
            self.say.keys_uncounted(why, &uncounted);
        }
    }

    fn with_access(&self, access: Access) -> Vec<&'a Account> {
        self.facts.accounts.iter().filter(|account| self.facts.access(account) == access).collect()
    }

    /// Every account that somebody can log in to.
    fn each(&mut self) {
        let (mut uncovered, mut uncovered_ssh) = (Vec::new(), Vec::new());
        for account in self.with_access(Access::Possible) {
            if account.uid == 0 {
                // Never to log in as root is as it should be.
                if let Some(login) = self.facts.last_login(account) {
                    self.say.superuser(account, login);
                }
                continue;
            }
            if let Some(expected) = self.expected(&account.name) {
                self.say.expected(expected);
                continue;
            }
            if self.ended(account) {
                continue;
            }
            match usage::usage(self.facts, account, self.context) {
                Usage::Recent => {}
                Usage::Stale(login) => self.say.stale(account, login, self.context.at),
                Usage::Never(records) => self.never(account, records),
                Usage::Uncovered => uncovered.push(account),
                Usage::UncoveredSsh => uncovered_ssh.push(account),
                Usage::WrongClock(login) => self.say.wrong_clock(account, login),
            }
        }
        if !uncovered.is_empty() {
            for source in &self.facts.logins {
                if let Seen::Unknown(why) = &source.records {
                    self.say.findings.unseen(why);
                }
            }
            let gap = usage::gap(self.facts, self.context);
            self.say.uncovered(&uncovered, &gap, self.context.policy.accounts.stale_days);
        }
        if !uncovered_ssh.is_empty() {
            self.say.uncovered_ssh(&uncovered_ssh);
        }
    }

    /// Tells what has ended or will; gives whether the account itself has.
    fn ended(&mut self, account: &Account) -> bool {
        let Some(age) = self.facts.age(account) else { return false };
        // The shadow file counts days of UTC.
        let today = self.context.at.to_zoned_datetime(TimeZone::UTC).date();
        let password_end = password_end(age);
        let inactive = age.inactive_days.zip(password_end).and_then(|(days, end)| add_days(end, days));
        let end = [age.expires, inactive].into_iter().flatten().min();
        match end {
            Some(end) if end <= today => {
                self.say.expired(&account.name, end);
                return true;
            }
            Some(end) if self.in_closure(end) => self.say.ends_meanwhile(&account.name, end),
            _ => {}
        }
        match password_end {
            Some(end) if end <= today => self.say.password_expired(&account.name, end),
            Some(end) if self.in_closure(end) => self.say.password_ends_meanwhile(&account.name, end),
            _ => {}
        }
        false
    }

    fn in_closure(&self, day: Date) -> bool {
        let Ok((start, end)) = self.context.closure.interval() else { return false };
        let begin = day.to_zoned_datetime(TimeZone::UTC).map(|at| at.timestamp());
        begin.is_ok_and(|begin| start <= begin && begin < end)
    }

    /// An account that was made lately may well not have been used yet.
    fn never(&mut self, account: &Account, records: &LoginRecords) {
        let age = self.facts.age(account);
        let limit = usage::limit(self.context).to_zoned_datetime(TimeZone::UTC).date();
        match age.and_then(|age| age.changed).filter(|day| *day >= limit) {
            Some(day) => self.say.not_used_yet(account, day),
            None => self.say.never_used(account, records, age.is_some_and(|age| age.change_forced)),
        }
    }
}

/// First day on which the password is expired; none where it does not expire.
fn password_end(age: &PasswordAge) -> Option<Date> {
    let days = age.max_days.filter(|_| age.state == PasswordState::Set)?;
    add_days(age.changed?, days.checked_add(1)?)
}

fn add_days(day: Date, days: i64) -> Option<Date> {
    day.checked_add(i32::try_from(days).ok()?.days()).ok()
}

#[cfg(test)]
mod tests;
