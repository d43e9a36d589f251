//! Whether an account is in use, by what the records of logins cover. That somebody did not log in is concluded only from
//! a record which shows that it was recording all the while.

use jiff::{SignedDuration, Timestamp};

use crate::checks::Context;
use crate::model::verdict::Seen;
use crate::world::accounts::{Account, AccountFacts, EARLIEST_BELIEVED, Login, LoginRecords, LoginSource};

/// What the records say of an account's use.
pub(super) enum Usage<'a> {
    /// Somebody logged in lately.
    Recent,
    /// Nobody did lately; this was the last time.
    Stale(&'a Login),
    /// Nobody ever did, as far as this record reaches back.
    Never(&'a LoginRecords),
    /// No record covers the time.
    Uncovered,
    /// Only records that miss SSH logins without a terminal cover the time, and the account has SSH keys.
    UncoveredSsh,
    /// The last login lies in the future, or before all that is believed: the clock was wrong, then or now.
    WrongClock(&'a Login),
}

/// Why no record covers the time.
pub(super) enum Gap {
    /// The newest login of anybody is older than the time asked for: recording may have stopped.
    Silent(Timestamp),
    /// The records begin after the time asked for.
    Short(Timestamp),
    /// There are none.
    Absent,
}

/// An account without a login after this time is unused.
pub(super) fn limit(context: &Context<'_>) -> Timestamp {
    let days = context.policy.accounts.stale_days.clamp(0, 36_500);
    context.at.checked_sub(SignedDuration::from_hours(days * 24)).unwrap_or(Timestamp::MIN)
}

/// What the records say of an account's use.
pub(super) fn usage<'a>(facts: &'a AccountFacts, account: &Account, context: &Context<'_>) -> Usage<'a> {
    let limit = limit(context);
    let last = facts.last_login(account);
    if let Some(login) = last {
        if is_future(login.at, context) || login.at.as_second() < EARLIEST_BELIEVED {
            return Usage::WrongClock(login);
        }
        if login.at >= limit {
            return Usage::Recent;
        }
    }
    let covering: Vec<(&LoginSource, &LoginRecords)> = facts
        .logins
        .iter()
        .filter_map(|source| Some((source, source.records.known()?)))
        .filter(|(_, records)| covers(records, limit) && !is_future(records.newest, context))
        .collect();
    let Some((_, longest)) = covering.iter().min_by_key(|(_, records)| records.since) else {
        return Usage::Uncovered;
    };
    let has_keys = account.ssh_keys.as_ref().and_then(Seen::known).is_some_and(|keys| *keys > 0);
    if has_keys && !covering.iter().any(|(source, _)| source.sees_all_ssh) {
        return Usage::UncoveredSsh;
    }
    last.map_or(Usage::Never(longest), Usage::Stale)
}

/// Whether a time lies further ahead than clocks and zones differ.
fn is_future(at: Timestamp, context: &Context<'_>) -> bool {
    at.duration_since(context.at) > SignedDuration::from_hours(24)
}

/// Whether a record was recording all the while: it reaches back far enough, and has seen somebody since.
fn covers(records: &LoginRecords, limit: Timestamp) -> bool {
    records.since <= limit && records.newest >= limit
}

/// Why no record covers the time.
pub(super) fn gap(facts: &AccountFacts, context: &Context<'_>) -> Gap {
    let known = || facts.logins.iter().filter_map(|source| source.records.known());
    let newest = known().map(|records| records.newest).max();
    let since = known().map(|records| records.since).min();
    match (newest, since) {
        (Some(newest), _) if newest < limit(context) => Gap::Silent(newest),
        (Some(_), Some(since)) => Gap::Short(since),
        _ => Gap::Absent,
    }
}
