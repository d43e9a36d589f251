//! What an event says that somebody did. From ECS fields whatever the source, and from Windows' own fields, so that it
//! does not depend on wording; commands by what they do.

mod accounts;
mod commands;
mod glance;
mod logins;
mod networks;
mod services;
mod windows;

use std::borrow::Cow;

pub use accounts::is_privileged_group;
pub use glance::Glance;
pub use networks::{is_global, is_private, within};

use crate::event::{Event, Value};

use super::Kind;

/// What was found in an event. Texts are empty where the event does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'a> {
    pub(super) kind: Kind,
    pub(super) who: Cow<'a, str>,
    pub(super) from: Cow<'a, str>,
    pub(super) country: Cow<'a, str>,
    pub(super) network: Cow<'a, str>,
    pub(super) host: Cow<'a, str>,
    pub(super) device: Cow<'a, str>,
    pub(super) object: Cow<'a, str>,
    pub(super) detail: Cow<'a, str>,
}

impl<'a> Found<'a> {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            who: Cow::default(),
            from: Cow::default(),
            country: Cow::default(),
            network: Cow::default(),
            host: Cow::default(),
            device: Cow::default(),
            object: Cow::default(),
            detail: Cow::default(),
        }
    }

    /// With who did it, from where, as the ECS fields say it.
    fn by(kind: Kind, glance: &Glance<'_, 'a>) -> Self {
        let mut found = Self::new(kind);
        found.who = glance.who();
        found.from = glance.from();
        found.country = glance.country();
        found.network = glance.network();
        found.device = glance.device();
        found
    }
}

/// What an event says, if it matters.
pub fn found<'a>(event: &Event<'a>, glance: &Glance<'_, 'a>) -> Option<Found<'a>> {
    if let Some(id) = windows::event_id(event, glance)
        && let Some(found) = windows::found(event, glance, id)
    {
        return found;
    }
    logins::found(event, glance)
        .or_else(|| accounts::found(glance))
        .or_else(|| commands::found(event, glance))
        .or_else(|| services::found(event, glance))
}

/// The text of a value, borrowed where it can be.
pub(super) fn text<'t>(value: Option<Value<'t>>, scratch: &'t mut String) -> &'t str {
    match value {
        None => "",
        Some(Value::Str(text)) => text,
        Some(other) => {
            scratch.clear();
            other.write_to(scratch);
            scratch
        }
    }
}

/// The same, owned where it must be.
fn cow(value: Option<Value<'_>>) -> Cow<'_, str> {
    match value {
        None => Cow::Borrowed(""),
        Some(Value::Str(text)) => Cow::Borrowed(text),
        Some(other) => Cow::Owned(other.to_text()),
    }
}

/// Whether `text` holds `needle` (which is in lower case), whatever the case of ASCII letters.
fn holds(text: &str, needle: &str) -> bool {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(first) = needle.first() else { return true };
    let Some(last_start) = text.len().checked_sub(needle.len()) else { return false };
    memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text)
        .take_while(|at| *at <= last_start)
        .any(|at| text.get(at..at + needle.len()).is_some_and(|part| part.eq_ignore_ascii_case(needle)))
}
