//! Gathers what a record of logins shows, and refuses one that shows nobody. Knows no formats.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::accounts::{EARLIEST_BELIEVED, Login, LoginRecords, LoginSource};

use crate::printable::printable;

/// What a record of logins shows so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gathered {
    since: Option<Timestamp>,
    newest: Option<Timestamp>,
    last: BTreeMap<String, Login>,
}

impl Gathered {
    /// The record shows something of this time, whatever it is: it existed then.
    pub fn existed(&mut self, at: Timestamp) {
        if !is_believed(at) {
            return;
        }
        self.since = Some(self.since.map_or(at, |since| since.min(at)));
    }

    /// The record shows a login.
    pub fn login(&mut self, name: &str, at: Timestamp, from: &str) {
        self.existed(at);
        if is_believed(at) {
            self.newest = Some(self.newest.map_or(at, |newest| newest.max(at)));
        }
        // A host's name is what its owner makes it.
        let login = || Login { at, from: printable(from) };
        match self.last.get_mut(name) {
            Some(known) if known.at >= at => {}
            Some(known) => *known = login(),
            None => {
                self.last.insert(printable(name), login());
            }
        }
    }

    /// The record as a source. One that shows nobody cannot show that somebody never logged in.
    pub fn source(self, name: &str, sees_all_ssh: bool) -> LoginSource {
        let records = match (self.since, self.newest) {
            (Some(since), Some(newest)) => Seen::Known(LoginRecords { since, newest, last: self.last }),
            _ => Seen::Unknown(nobody(name)),
        };
        LoginSource { name: name.to_owned(), sees_all_ssh, records }
    }
}

/// Whether the clock that gave a time had been set.
fn is_believed(at: Timestamp) -> bool {
    at.as_second() >= EARLIEST_BELIEVED
}

/// A source that could not be read.
pub fn blind(name: &str, sees_all_ssh: bool, why: Unknown) -> LoginSource {
    LoginSource { name: name.to_owned(), sees_all_ssh, records: Seen::Unknown(why) }
}

fn nobody(name: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        name,
        Text::new(
            format!("ログインの記録 {name} に、ログインが一件もありません。記録が働いているとは言えません"),
            format!(
                "the login record {name} shows no login of anybody, so that it may not be recording at all"
            ),
        ),
        Text::new(
            "`last` と `lastlog` でログインが記録されているか確かめてください",
            "see with `last` and `lastlog` whether logins are recorded",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_host_steers_no_terminal() {
        let mut gathered = Gathered::default();
        gathered.login("tanaka", "2026-12-01T00:00:00Z".parse().unwrap(), "\u{1b}[2J\u{202e}evil");
        let source = gathered.source("x", true);
        assert_eq!(source.records.known().unwrap().last["tanaka"].from, "\u{fffd}[2J\u{fffd}evil");
    }

    #[test]
    fn the_newest_login_of_each_account_is_kept() {
        let at = |second| Timestamp::from_second(EARLIEST_BELIEVED + second).unwrap();
        let mut gathered = Gathered::default();
        gathered.existed(at(50));
        gathered.login("a", at(200), "x");
        gathered.login("a", at(100), "y");
        gathered.login("b", at(150), "");
        let source = gathered.source("wtmp", false);
        let records = source.records.known().unwrap();
        assert_eq!((records.since, records.newest), (at(50), at(200)));
        assert_eq!(records.last["a"], Login { at: at(200), from: "x".into() });
    }

    #[test]
    fn times_of_a_clock_that_was_not_set_tell_nothing_of_the_record() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut gathered = Gathered::default();
        gathered.existed(at(1));
        gathered.login("pi", at(2), "");
        gathered.login("a", at(EARLIEST_BELIEVED + 5), "");
        let records = gathered.source("wtmp", false).records.known().unwrap().clone();
        assert_eq!((records.since, records.newest), (at(EARLIEST_BELIEVED + 5), at(EARLIEST_BELIEVED + 5)));
        assert_eq!(records.last["pi"].at, at(2));
    }

    #[test]
    fn a_record_of_nobody_proves_nothing() {
        let mut gathered = Gathered::default();
        gathered.existed(Timestamp::from_second(EARLIEST_BELIEVED).unwrap());
        let Seen::Unknown(why) = gathered.source("wtmp", false).records else { panic!() };
        assert_eq!(why.code, UnknownCode::ControlFailed);
    }
}
