//! What the store says to a review: the closure, the lists out of the register, and what people decided before.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rusuban_core::model::case::{self, Decision, Dispositions, Given, Pattern};
use rusuban_core::model::closure::Closure;
use rusuban_core::model::register::{Asset, Person, Plan, Register};
use rusuban_core::world::log_review::ListUsed;
use rusuban_logs::cases::Suppression;
use rusuban_logs::context::lists::List;
use rusuban_logs::context::{self as logs, Account, CarriedOut, Duty, Host, Lists, Period};

use crate::app::{AppError, Session};
use crate::report::review::data::Disposition;

/// The closure that somebody names by its days, where the store or the calendar knows it.
///
/// # Errors
/// Where the store cannot be read.
pub async fn closure_of_days(
    session: &Session,
    first: Date,
    last: Date,
) -> Result<Option<Closure>, AppError> {
    let known = crate::app::closures::list(session, first).await?;
    let same = |c: &Closure| (c.first_day, c.last_day) == (first, last);
    if let Some(closure) = known.into_iter().find(same) {
        return Ok(Some(closure));
    }
    // The calendar's of long ago.
    Ok(session.closure(Some(&first.to_string())).await.ok().filter(same))
}

/// A closure as the time that is reviewed.
pub fn period(closure: &Closure) -> Option<Period> {
    let (from, to) = closure.interval().ok()?;
    Some(Period { from: nanos(from)?, to: nanos(to)? })
}

fn nanos(at: Timestamp) -> Option<i64> {
    i64::try_from(at.as_nanosecond()).ok()
}

/// Everything that people decided about cases, in any closure.
///
/// # Errors
/// Where the store cannot be read.
pub async fn decisions(session: &Session) -> Result<Dispositions, AppError> {
    Ok(Dispositions::read(&session.store.evidence_on(case::TOPIC).await?))
}

/// Decisions as a report shows them.
pub fn shown(decisions: &Dispositions) -> Vec<Disposition> {
    decisions.all().map(Disposition::from).collect()
}

/// What earlier closures' decisions explain in a closure that begins at `from`. Decisions of the closure itself stay with
/// their cases.
pub fn suppressions(decisions: &Dispositions, closure: Option<&str>, from: Timestamp) -> Vec<Suppression> {
    let mut newest: BTreeMap<(&str, &str), &Given> = BTreeMap::new();
    for given in decisions.all() {
        newest.insert((&given.disposition.case, &given.disposition.digest), given);
    }
    let all: Vec<&Given> = newest.into_values().collect();
    let remembered = all.iter().filter(|given| {
        let d = &given.disposition;
        d.decision == Decision::Benign
            && d.review.is_some()
            && d.closure_from < from
            && Some(given.closure.as_str()) != closure
            && !all.iter().any(|other| doubts(other, given))
    });
    remembered
        .filter_map(|given| {
            let d = &given.disposition;
            Some(Suppression {
                case: d.case.clone(),
                closure: given.closure.clone(),
                patterns: d.patterns.clone(),
                reason: d.reason.clone(),
                by: d.by.clone(),
                at: given.at,
                expires: d.until?,
                evidence: given.evidence.clone(),
            })
        })
        .collect()
}

/// Whether a later decision, that something of the same kind is no harmless thing, voids an earlier one.
fn doubts(other: &Given, given: &Given) -> bool {
    let same = |a: &Pattern, b: &Pattern| a.covers(b) || b.covers(a);
    other.at >= given.at
        && other.disposition.decision != Decision::Benign
        && given.disposition.patterns.iter().any(|p| other.disposition.patterns.iter().any(|q| same(p, q)))
}

/// The lists: those of the folder count alone, each for its kind; for the others the register stands in. Never a mixture of
/// both in one list.
pub fn lists(
    mut files: Lists,
    register: Option<&Register>,
    closure: Option<Period>,
    zone: &TimeZone,
) -> (Lists, Vec<ListUsed>) {
    let mut used: Vec<ListUsed> = files.given.iter().map(|list| used(*list, "file", &files)).collect();
    let Some(register) = register else { return (files, used) };
    let own = of_register(register, closure, zone);
    for list in own.given.clone() {
        if files.given.contains(&list) {
            continue;
        }
        used.push(self::used(list, "register", &own));
        files.given.push(list);
        match list {
            List::People => files.people.clone_from(&own.people),
            List::Roster => files.roster.clone_from(&own.roster),
            List::Hosts => files.hosts.clone_from(&own.hosts),
            List::CarriedOut => files.carried_out.clone_from(&own.carried_out),
            // The register has none of these.
            List::Approved | List::Services | List::Networks => {}
        }
    }
    files.given.sort();
    used.sort_by(|a, b| a.list.cmp(&b.list));
    (files, used)
}

fn used(list: List, from: &str, lists: &Lists) -> ListUsed {
    let rows = match list {
        List::People => lists.people.len(),
        List::Roster => lists.roster.len(),
        List::Approved => lists.approved.len(),
        List::Services => lists.services.len(),
        List::Hosts => lists.hosts.len(),
        List::CarriedOut => lists.carried_out.len(),
        List::Networks => lists.networks.len(),
    };
    ListUsed { list: list.file_name().to_owned(), from: from.to_owned(), rows: rows as u64 }
}

/// The register as lists. A list without rows is not given: nobody knows then.
fn of_register(register: &Register, closure: Option<Period>, zone: &TimeZone) -> Lists {
    let mut lists = Lists {
        people: register.people.values().map(|row| person(row, zone)).collect(),
        roster: roster(register, zone),
        hosts: register.assets.values().filter_map(|asset| host(asset, closure)).collect(),
        carried_out: register.assets.values().filter_map(|asset| carried_out(asset, closure)).collect(),
        ..Lists::default()
    };
    let given = [
        (List::People, lists.people.is_empty()),
        (List::Roster, lists.roster.is_empty()),
        (List::Hosts, lists.hosts.is_empty()),
        (List::CarriedOut, lists.carried_out.is_empty()),
    ];
    lists.given = given.into_iter().filter(|(_, empty)| !empty).map(|(list, _)| list).collect();
    lists
}

/// Turns of duty. The register has no table of them yet.
fn roster(_register: &Register, _zone: &TimeZone) -> Vec<Duty> {
    Vec::new()
}

/// Midnight at the start of a day.
fn start(day: Date, zone: &TimeZone) -> Option<i64> {
    nanos(day.to_zoned_datetime(zone.clone()).ok()?.timestamp())
}

/// Midnight after a day.
fn end(day: Date, zone: &TimeZone) -> Option<i64> {
    start(day.checked_add(1.day()).ok()?, zone)
}

/// A person; the mail address is the login name, in whatever domain.
fn person(row: &Person, zone: &TimeZone) -> logs::Person {
    let leave = row.leave_from.and_then(|from| {
        let to = row.leave_until.map_or(Some(i64::MAX), |day| end(day, zone));
        Some(Period { from: start(from, zone)?, to: to? })
    });
    logs::Person {
        id: row.id.to_string(),
        name: row.name.as_str().to_owned(),
        logins: row.mail.iter().map(|mail| Account::of(mail.as_str())).collect(),
        leave: leave.into_iter().collect(),
        left_on: row.left_on.and_then(|day| end(day, zone)),
    }
}

/// The names by which logs may know an asset, the one that people know first.
fn names(asset: &Asset) -> Vec<String> {
    let hostname = asset.hostname.as_ref().map(|name| name.as_str().to_owned());
    hostname.into_iter().chain([asset.id.to_string()]).collect()
}

/// A machine that a log may speak of: one with a name or an address in the network.
fn host(asset: &Asset, closure: Option<Period>) -> Option<Host> {
    if asset.hostname.is_none() && asset.addresses.is_empty() {
        return None;
    }
    Some(Host {
        names: names(asset),
        addresses: asset.addresses.iter().map(std::net::IpAddr::to_canonical).collect(),
        off: closure.filter(|_| asset.plan == Some(Plan::Off)),
        always_on: Vec::new(),
    })
}

/// A device that is carried out for the whole closure.
fn carried_out(asset: &Asset, closure: Option<Period>) -> Option<CarriedOut> {
    let period = closure.filter(|_| asset.plan == Some(Plan::CarriedOut))?;
    Some(CarriedOut {
        id: asset.id.to_string(),
        marks: names(asset),
        who: asset.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
        period,
        place: String::new(),
    })
}

#[cfg(test)]
mod tests;
