//! What the organisation knows of its closure: who is on duty, who is away, which machines are off or carried out. The
//! logs are held against it.
//!
//! [`lists`] reads it from CSV text. Nothing here knows a file system or a configuration.

mod account;
pub mod lists;
mod problem;
mod table;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use jiff::tz::TimeZone;

pub use account::{Account, matches_pattern};
pub use lists::Lists;
pub use problem::Problem;

use crate::activity::recognise::{is_private, within};
use crate::activity::{Activity, Interest, Nanos};

/// A stretch of time, from (included) to (not included).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first instant.
    pub from: Nanos,
    /// The first instant after it.
    pub to: Nanos,
}

impl Period {
    /// Whether an instant lies in it.
    pub fn holds(&self, at: Nanos) -> bool {
        self.from <= at && at < self.to
    }
}

/// Somebody of the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Staff number or the like.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// Login names, on whatever system.
    pub logins: Vec<Account>,
    /// When the person is on leave.
    pub leave: Vec<Period>,
    /// From when on the person has left the organisation.
    pub left_on: Option<Nanos>,
}

/// A turn of duty (当番).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// Id, login name or name of a person.
    pub who: String,
    /// When.
    pub period: Period,
    /// As what.
    pub role: String,
}

/// Work that was approved beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Id, login name or name of a person, or a vendor's login name.
    pub who: String,
    /// When.
    pub period: Period,
    /// Only on this host, where one is named.
    pub host: Option<String>,
    /// Why.
    pub reason: String,
}

/// An account that no person uses: a backup, a monitor, a scheduled job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Login name with `*` and `?`.
    pub pattern: String,
    /// The networks that it comes from, where that is known: elsewhere it is nobody's service.
    pub from: Vec<(IpAddr, u8)>,
    /// What it is for.
    pub purpose: String,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// Its names; the first is the one that people know.
    pub names: Vec<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// When it is to be off.
    pub off: Option<Period>,
    /// Ids of the log sources that must never be silent; `*` for any.
    pub always_on: Vec<String>,
}

/// A device that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedOut {
    /// Its id in the register.
    pub id: String,
    /// Names, device ids and user agents by which logs know it.
    pub marks: Vec<String>,
    /// Who carries it: id, login name or name of a person.
    pub who: String,
    /// When.
    pub period: Period,
    /// Where to.
    pub place: String,
}

/// What a network is to the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Belongs {
    /// It is the organisation's own.
    Own,
    /// A vendor's, from which machines are maintained.
    Vendor,
    /// Another's, and allowed to come in: a monitoring service, another office.
    Allowed,
}

/// A network that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// First address and bits.
    pub network: (IpAddr, u8),
    /// What it is.
    pub belongs: Belongs,
    /// Whose, and why.
    pub note: String,
}

/// The closure, with what is known of it.
#[derive(Debug, Clone)]
pub struct ClosureContext {
    /// The closure.
    pub closure: Period,
    /// The zone in which its days are counted.
    pub zone: TimeZone,
    /// From when on logs before the closure show what is usual; None where there are none.
    pub baseline_start: Option<Nanos>,
    /// What the organisation wrote down.
    pub lists: Lists,
    /// People by the user part of their login names.
    by_login: HashMap<String, Vec<usize>>,
    carried_by: Vec<Option<usize>>,
    on_duty: Vec<(Option<usize>, Account)>,
    approved: Vec<(Option<usize>, Account)>,
}

impl ClosureContext {
    /// Puts a closure and its lists together.
    pub fn new(closure: Period, zone: TimeZone, baseline_start: Option<Nanos>, lists: Lists) -> Self {
        let mut by_login: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, person) in lists.people.iter().enumerate() {
            for login in &person.logins {
                by_login.entry(login.user.clone()).or_default().push(at);
            }
        }
        let resolve = |who: &str| (lists.person_named(who), Account::of(who));
        Self {
            closure,
            zone,
            baseline_start,
            carried_by: lists.carried_out.iter().map(|c| lists.person_named(&c.who)).collect(),
            on_duty: lists.roster.iter().map(|d| resolve(&d.who)).collect(),
            approved: lists.approved.iter().map(|a| resolve(&a.who)).collect(),
            by_login,
            lists,
        }
    }

    /// Whether an instant lies in the closure. What has no usable time may lie in it, so it counts as in it.
    pub fn in_closure(&self, at: Option<Nanos>) -> bool {
        at.is_none_or(|at| self.closure.holds(at))
    }

    /// Whether an instant lies before the closure, in the baseline.
    pub fn in_baseline(&self, at: Option<Nanos>) -> bool {
        match (self.baseline_start, at) {
            (Some(start), Some(at)) => start <= at && at < self.closure.from,
            _ => false,
        }
    }

    /// The day of an instant in the closure's zone; days since 1970.
    pub fn day(&self, at: Option<Nanos>) -> i64 {
        at.map_or(i64::MIN, |at| self.local(at).div_euclid(crate::activity::DAY))
    }

    /// An instant as if it were UTC in the closure's zone.
    fn local(&self, at: Nanos) -> Nanos {
        let offset = timestamp(at).map_or(0, |t| i64::from(self.zone.to_offset(t).seconds()));
        at.saturating_add(offset * 1_000_000_000)
    }

    /// An instant as people read it: `2026-12-30 03:04`.
    pub fn clock(&self, at: Option<Nanos>) -> String {
        match at.and_then(timestamp) {
            Some(t) => t.to_zoned_datetime(self.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string(),
            None => "?".to_owned(),
        }
    }

    /// The person behind a login name. Where several people have the same one, none is certain.
    pub fn person(&self, who: &str) -> Option<&Person> {
        self.person_index(who).and_then(|at| self.lists.people.get(at))
    }

    fn person_index(&self, who: &str) -> Option<usize> {
        let account = Account::of(who);
        let mut found = None;
        for at in self.by_login.get(&account.user).into_iter().flatten() {
            let person = self.lists.people.get(*at)?;
            if person.logins.iter().any(|login| login.matches(&account)) {
                if found.is_some_and(|other| other != *at) {
                    return None;
                }
                found = Some(*at);
            }
        }
        found
    }

    /// Whether a written entry means this account.
    fn means(entry: &(Option<usize>, Account), who: &str, person: Option<usize>) -> bool {
        match (entry.0, person) {
            (Some(a), Some(b)) => a == b,
            (Some(_), None) => false,
            (None, _) => entry.1.matches(&Account::of(who)),
        }
    }

    /// Whether the account's owner is on duty at an instant.
    pub fn on_duty(&self, who: &str, at: Option<Nanos>) -> bool {
        let person = self.person_index(who);
        self.lists.roster.iter().zip(&self.on_duty).any(|(duty, entry)| {
            at.is_some_and(|at| duty.period.holds(at)) && Self::means(entry, who, person)
        })
    }

    /// The approval under which the account works on a host at an instant.
    pub fn approval(&self, who: &str, host: &str, at: Option<Nanos>) -> Option<&Approval> {
        let person = self.person_index(who);
        let found = self.lists.approved.iter().zip(&self.approved).find(|(approval, entry)| {
            at.is_some_and(|at| approval.period.holds(at))
                && approval.host.as_ref().is_none_or(|h| self.same_host(h, host))
                && Self::means(entry, who, person)
        });
        found.map(|(approval, _)| approval)
    }

    /// Whether anybody is on duty, or works on a host with approval, at an instant.
    pub fn anybody_works(&self, host: &str, at: Option<Nanos>) -> bool {
        let on = |period: Period| at.is_some_and(|at| period.holds(at));
        self.lists.roster.iter().any(|duty| on(duty.period))
            || self.lists.approved.iter().any(|approval| {
                on(approval.period) && approval.host.as_ref().is_none_or(|h| self.same_host(h, host))
            })
    }

    /// Whether somebody's activity is expected: on duty, approved, or a service where it belongs.
    pub fn is_expected(&self, activity: &Activity) -> bool {
        self.is_expected_at(activity, activity.first) && self.is_expected_at(activity, activity.last)
    }

    fn is_expected_at(&self, activity: &Activity, at: Option<Nanos>) -> bool {
        self.on_duty(&activity.who, at)
            || self.approval(&activity.who, &activity.host, at).is_some()
            || self.is_service(&activity.who, &activity.from)
    }

    /// Whether an account is a service that comes from where it belongs. What happened on the machine itself has no
    /// origin, and belongs.
    pub fn is_service(&self, who: &str, from: &str) -> bool {
        self.lists.services.iter().any(|service| {
            matches_pattern(&service.pattern, who)
                && (service.from.is_empty()
                    || from.is_empty()
                    || from
                        .parse::<IpAddr>()
                        .is_ok_and(|ip| service.from.iter().any(|n| within(ip, n.0, n.1))))
        })
    }

    /// Whether an address belongs to the organisation: a private one or one of its own networks.
    pub fn is_own(&self, ip: IpAddr) -> bool {
        is_private(ip) || self.belongs(ip) == Some(Belongs::Own)
    }

    /// What the network of an address is to the organisation.
    pub fn belongs(&self, ip: IpAddr) -> Option<Belongs> {
        let known = self.lists.networks.iter().filter(|n| within(ip, n.network.0, n.network.1));
        known.max_by_key(|n| n.network.1).map(|n| n.belongs)
    }

    /// Whether something came from outside: from a public address that is not known.
    pub fn is_outside(&self, from: &str) -> bool {
        from.parse::<IpAddr>()
            .is_ok_and(|ip| crate::activity::recognise::is_global(ip) && self.belongs(ip).is_none())
    }

    /// The declared host of a name or address.
    pub fn host(&self, text: &str) -> Option<&Host> {
        let ip = text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical());
        self.lists.hosts.iter().find(|host| match ip {
            Some(ip) => host.addresses.contains(&ip),
            None => host.names.iter().any(|name| account::same_host_name(name, text)),
        })
    }

    /// Whether two names or addresses are of one host.
    pub fn same_host(&self, a: &str, b: &str) -> bool {
        account::same_host_name(a, b)
            || match (self.host(a), self.host(b)) {
                (Some(a), Some(b)) => std::ptr::eq(a, b),
                _ => false,
            }
    }

    /// The carried-out device that a login was made with.
    pub fn carried_out(&self, activity: &Activity) -> Option<(&CarriedOut, Option<&Person>)> {
        if activity.device.is_empty() && activity.from.is_empty() {
            return None;
        }
        let known = |mark: &String| {
            account::same_host_name(mark, &activity.device) || account::same_host_name(mark, &activity.from)
        };
        let at = self.lists.carried_out.iter().position(|device| device.marks.iter().any(known))?;
        let person = self.carried_by.get(at).copied().flatten().and_then(|p| self.lists.people.get(p));
        self.lists.carried_out.get(at).map(|device| (device, person))
    }

    /// What the collector must listen for.
    pub fn interest(&self) -> Interest {
        let mut hosts: HashSet<Box<str>> = HashSet::new();
        for host in self.lists.hosts.iter().filter(|h| h.off.is_some()) {
            hosts.extend(host.names.iter().map(|name| name.to_lowercase().into()));
            hosts.extend(host.addresses.iter().map(|ip| ip.to_string().into()));
        }
        let own = self.lists.networks.iter().filter(|n| n.belongs == Belongs::Own);
        Interest { hosts, own_networks: own.map(|n| n.network).collect() }
    }
}

/// An instant as jiff's.
pub(crate) fn timestamp(at: Nanos) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_nanosecond(i128::from(at)).ok()
}

#[cfg(test)]
pub(crate) mod fixture;
