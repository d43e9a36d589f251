//! What the parts of this module share: allowed values of ECS lists, and what an event id means.

pub(super) use crate::event::{Event, Field, Value};

/// A list for `event.category` or `event.type`.
pub(super) type List = &'static [Value<'static>];

macro_rules! lists {
    ($($name:ident = $($word:literal),+;)*) => {
        $(pub(super) const $name: List = &[$(Value::Str($word)),+];)*
    };
}
lists! {
    AUTHENTICATION = "authentication";
    AUTHENTICATION_SESSION = "authentication", "session";
    AUTHENTICATION_NETWORK = "authentication", "network";
    SESSION = "session";
    IAM = "iam";
    CONFIGURATION = "configuration";
    PROCESS = "process";
    FILE = "file";
    REGISTRY = "registry";
    NETWORK = "network";
    NETWORK_SESSION = "network", "session";
    MALWARE = "malware";
    DRIVER = "driver";
    LIBRARY = "library";
    HOST = "host";
    DATABASE_IAM = "iam", "configuration";
    START = "start";
    END = "end";
    INFO = "info";
    DENIED = "denied";
    ALLOWED = "allowed";
    CHANGE = "change";
    CREATION = "creation";
    DELETION = "deletion";
    ACCESS = "access";
    ERROR = "error";
    ADMIN = "admin";
    USER_CREATION = "user", "creation";
    USER_DELETION = "user", "deletion";
    USER_CHANGE = "user", "change";
    GROUP_CREATION = "group", "creation";
    GROUP_DELETION = "group", "deletion";
    GROUP_CHANGE = "group", "change";
}

/// What an event id means: `event.action`, `event.category`, `event.type`.
pub(super) type Meaning = (&'static str, List, List);

pub(super) fn mean(event: &mut Event<'_>, (action, category, kind): Meaning) {
    event.set(Field::EventAction, action);
    event.category(category);
    event.kind(kind);
}
