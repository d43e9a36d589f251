//! Lines of the shadow file (shadow(5)): password states and ages. Pure.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use rusuban_core::world::accounts::{PasswordAge, PasswordState};
use zeroize::Zeroizing;

use crate::password_audit::scheme::is_descrypt;

/// Ages and the password field of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What is kept as a fact.
    pub age: PasswordAge,
    /// The password field as written. Never leaves this crate.
    pub field: Zeroizing<String>,
}

/// Reads a shadow file; of two lines with one name the first counts.
pub fn parse(text: &str) -> BTreeMap<String, Entry> {
    let mut entries = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        let (Some(name), Some(field)) = (fields.next(), fields.next()) else { continue };
        if name.is_empty() || name.starts_with(['+', '-', '#']) {
            continue;
        }
        let numbers: Vec<Option<i64>> = fields.map(number).collect();
        let number = |place: usize| numbers.get(place).copied().flatten();
        let changed = number(0);
        let age = PasswordAge {
            state: state(field),
            changed: changed.filter(|days| *days > 0).and_then(day),
            change_forced: changed == Some(0),
            max_days: number(2),
            inactive_days: number(4),
            expires: number(5).and_then(day),
        };
        entries.entry(name.to_owned()).or_insert(Entry { age, field: Zeroizing::new(field.to_owned()) });
    }
    entries
}

/// A number field; empty and negative ones mean "not set".
fn number(text: &str) -> Option<i64> {
    text.trim().parse().ok().filter(|number| *number >= 0)
}

/// A day counted from 1970-01-01.
fn day(days: i64) -> Option<Date> {
    date(1970, 1, 1).checked_add(i32::try_from(days).ok()?.days()).ok()
}

/// What a password field lets happen. A field that has no hash's shape can be matched by no password.
pub fn state(field: &str) -> PasswordState {
    if field.is_empty() {
        PasswordState::Empty
    } else if field.starts_with(['$', '_']) || is_descrypt(field) {
        PasswordState::Set
    } else {
        PasswordState::Locked
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn states_are_told_apart() {
        for field in ["*", "!", "!!", "!*", "!$6$salt$hash", "x", "NP", "*LK*"] {
            assert_eq!(state(field), PasswordState::Locked, "{field}");
        }
        for field in ["$6$salt$hash", "$y$j9T$a$b", "_J9..lXCJIVh11Lihf5g", "T6aE2aAh7s0pI"] {
            assert_eq!(state(field), PasswordState::Set, "{field}");
        }
        assert_eq!(state(""), PasswordState::Empty);
    }

    #[test]
    fn ages_are_read_as_days_of_utc() {
        let text = "tanaka:$6$s$h:20454:0:90:7:14:20819:\nnew:!:0::::::\nroot:*:20228:0:99999:7:::\n";
        let entries = parse(text);
        let age = &entries["tanaka"].age;
        assert_eq!(age.changed, Some(date(2026, 1, 1)));
        assert_eq!((age.max_days, age.inactive_days), (Some(90), Some(14)));
        assert_eq!(age.expires, Some(date(2027, 1, 1)));
        assert_eq!(entries["root"].age.expires, None);
        let new = &entries["new"].age;
        assert!(new.change_forced && new.changed.is_none() && new.max_days.is_none());
    }

    #[test]
    fn nonsense_is_read_as_not_set() {
        let entries = parse("a:$6$s$h:99999999999999999999:x:-1:: :9223372036854775807\nb\n:$6$:1\nc:\n");
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["a", "c"]);
        let age = &entries["a"].age;
        assert_eq!((age.changed, age.max_days, age.expires), (None, None, None));
        assert_eq!(entries["c"].age.state, PasswordState::Empty);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", numbers in proptest::collection::vec(any::<i64>(), 0..9)) {
            parse(&text);
            let fields: Vec<String> = numbers.iter().map(i64::to_string).collect();
            parse(&format!("a:$6$:{}", fields.join(":")));
        }
    }
}
