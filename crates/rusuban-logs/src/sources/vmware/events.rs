//! The texts of vSphere events, as ESXi (`Event 123 : …`) and vCenter (`Event [123] … [text]`) both write them.

use crate::event::{Event, Field, Value};
use crate::sources::cloud;

type Words = &'static [Value<'static>];

const ADMIN_CHANGE: Words = &[Value::Str("admin"), Value::Str("change")];

/// Reads the text of an event. False where nothing but the text is known.
pub fn read<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    event.set_text(Field::EventReason, text);
    sign_in(text, event)
        || ssh(text, event)
        || account(text, event)
        || host(text, event)
        || machine(text, event)
}

/// Who signed in to the API or the web client, or could not.
fn sign_in<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = text.strip_prefix("User ")
        && let Some((who, agent)) = rest.split_once(" logged in as ")
    {
        at(who, event);
        event.set_text(Field::UserAgentOriginal, agent.trim_end_matches(']'));
        action(event, "UserLoginSessionEvent");
        start(event, true);
        return true;
    }
    if let Some(rest) = text.strip_prefix("User ")
        && let Some((who, rest)) = rest.split_once(" logged out")
    {
        at(who, event);
        let agent = rest.rsplit_once("user agent: ").map_or("", |(_, a)| a.trim_end_matches([']', ')']));
        event.set_text(Field::UserAgentOriginal, agent);
        action(event, "UserLogoutSessionEvent");
        event.category(&[Value::Str("authentication"), Value::Str("session")]);
        event.kind(&[Value::Str("end")]);
        event.outcome(true);
        return true;
    }
    if let Some(rest) = text.strip_prefix("Cannot login ") {
        let who = rest.strip_prefix("user ").unwrap_or(rest);
        at(who.split([' ', ',']).next().unwrap_or(who).trim_end_matches([':', '.']), event);
        action(event, "BadUsernameSessionEvent");
        start(event, false);
        return true;
    }
    for (words, success) in [("Successful login ", true), ("Failed login ", false)] {
        let Some(rest) = text.strip_prefix(words) else { continue };
        let (who, rest) = rest.split_once(" from ").unwrap_or((rest, ""));
        cloud::account(event, who, false);
        if let Some(address) = rest.split(' ').next() {
            event.source_address(address);
        }
        action(event, if success { "LoginSuccess" } else { "LoginFailure" });
        start(event, success);
        return true;
    }
    if let Some((_, rest)) = text.split_once("Accepted password for user ") {
        let (who, rest) = rest.split_once(" from ").unwrap_or((rest, ""));
        cloud::account(event, who, false);
        if let Some(address) = rest.split(' ').next() {
            event.source_address(address);
        }
        start(event, true);
        return true;
    }
    if let Some((_, rest)) = text.split_once("Rejected password for user ") {
        let (who, rest) = rest.split_once(" from ").unwrap_or((rest, ""));
        cloud::account(event, who, false);
        if let Some(address) = rest.split(' ').next() {
            event.source_address(address);
        }
        start(event, false);
        return true;
    }
    if text.contains(" has been locked for ") && text.contains("failed login attempts") {
        let who = text.split('\'').nth(1).unwrap_or_default();
        event.set_text(Field::UserName, who);
        action(event, "account-locked");
        event.category(&[Value::Str("iam"), Value::Str("authentication")]);
        event.kind(&[Value::Str("user"), Value::Str("change")]);
        return true;
    }
    if text.starts_with("Connected to ") {
        event.category(&[Value::Str("network")]);
        event.kind(&[Value::Str("connection"), Value::Str("start")]);
        event.outcome(true);
        return true;
    }
    false
}

/// `SSH session was opened for 'root@192.0.2.1'.`, and the services that let people in.
fn ssh<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = text.strip_prefix("SSH session was ") {
        if let Some(who) = rest.split('\'').nth(1) {
            at(who, event);
        }
        let opened = rest.starts_with("opened");
        event.set(Field::NetworkProtocol, "ssh");
        action(event, if opened { "ssh-session-opened" } else { "ssh-session-closed" });
        event.category(&[Value::Str("session"), Value::Str("authentication")]);
        event.kind(if opened { &[Value::Str("start")] } else { &[Value::Str("end")] });
        event.outcome(true);
        return true;
    }
    let on = cloud::has(text, "enabled");
    if (on || cloud::has(text, "disabled"))
        && ["SSH ", "ESXi Shell", "ESXi command line", "lockdown", "TSM", "Administrator access"]
            .iter()
            .any(|w| cloud::has(text, w))
    {
        action(event, if on { "access-enabled" } else { "access-disabled" });
        event.category(&[Value::Str("configuration")]);
        event.kind(&[Value::Str("change")]);
        return true;
    }
    false
}

/// Accounts, roles and permissions.
fn account<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let has = |w: &str| text.contains(w);
    let kind: Option<(&'static str, Words)> = if text.starts_with("Account ") && has("created") {
        Some(("AccountCreatedEvent", &[Value::Str("user"), Value::Str("creation")]))
    } else if text.starts_with("Account ") && (has("removed") || has("deleted")) {
        Some(("AccountRemovedEvent", &[Value::Str("user"), Value::Str("deletion")]))
    } else if text.starts_with("Account ") && has("updated") || has("assword was changed for account") {
        Some(("AccountUpdatedEvent", &[Value::Str("user"), Value::Str("change")]))
    } else if text.starts_with("Permission ") && has("removed") {
        Some(("PermissionRemovedEvent", &[Value::Str("admin"), Value::Str("deletion")]))
    } else if text.starts_with("Permission ") {
        Some(("PermissionUpdatedEvent", ADMIN_CHANGE))
    } else if text.starts_with("New role ") || text.starts_with("Role ") || text.starts_with("Modified role")
    {
        Some(("RoleUpdatedEvent", &[Value::Str("change")]))
    } else {
        None
    };
    let Some((name, kind)) = kind else { return false };
    action(event, name);
    event.category(&[Value::Str("iam")]);
    event.kind(kind);
    if let Some(rest) = text.strip_prefix("Account ") {
        event.set_text(Field::UserTargetName, rest.split(' ').next().unwrap_or_default());
    } else if let Some((_, rest)) = text.split_once(" for account ") {
        event.set_text(Field::UserTargetName, rest.split(' ').next().unwrap_or_default());
    } else if let Some((_, rest)) = text.split_once(" for ")
        && text.starts_with("Permission")
    {
        event.set_text(Field::UserTargetName, rest.split(' ').next().unwrap_or_default());
    }
    // `…, role is Administrator, propagation is Enabled`
    if let Some((_, rest)) = text.split_once(", role is ") {
        event.set_text(Field::UserRoles, rest.split(',').next().unwrap_or_default());
    }
    true
}

/// The host's own settings.
fn host<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    if text.starts_with("Firewall configuration has changed") {
        action(event, "firewall-changed");
    } else if cloud::has(text, "syslog") && cloud::has(text, "change") {
        action(event, "logging-changed");
    } else {
        return false;
    }
    event.category(&[Value::Str("configuration")]);
    event.kind(&[Value::Str("change")]);
    true
}

/// What happened to virtual machines and datastores.
fn machine<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let has = |w: &str| text.contains(w);
    let (name, kind): (&'static str, Words) = if text.starts_with("Removed ") && has(" from ") {
        ("VmRemovedEvent", &[Value::Str("deletion")])
    } else if has(" is powered off") || has(" powered off on ") {
        ("VmPoweredOffEvent", &[Value::Str("end")])
    } else if has(" is powered on") || has(" powered on on ") {
        ("VmPoweredOnEvent", &[Value::Str("start")])
    } else if text.starts_with("Created virtual machine") || text.starts_with("Creating ") {
        ("VmCreatedEvent", &[Value::Str("creation")])
    } else if text.starts_with("Reconfigured ") {
        ("VmReconfiguredEvent", &[Value::Str("change")])
    } else if text.starts_with("Registered ") {
        ("VmRegisteredEvent", &[Value::Str("creation")])
    } else if text.starts_with("Removed datastore") || text.starts_with("Datastore ") && has("removed") {
        ("DatastoreRemovedOnHostEvent", &[Value::Str("deletion")])
    } else {
        return false;
    };
    action(event, name);
    event.category(&[Value::Str("configuration"), Value::Str("host")]);
    event.kind(kind);
    true
}

/// vCenter has stated the class of the event already; ESXi has not.
fn action(event: &mut Event<'_>, name: &'static str) {
    if event.get(Field::EventAction).is_none() || event.text(Field::EventAction) == Some("EventEx") {
        event.set(Field::EventAction, name);
    }
}

fn start(event: &mut Event<'_>, success: bool) {
    event.category(&[Value::Str("authentication"), Value::Str("session")]);
    event.kind(&[Value::Str("start")]);
    event.outcome(success);
}

/// `root@192.0.2.1`, `DOMAIN\taro@192.0.2.1`, `taro@example.local@192.0.2.1`.
fn at<'a>(who: &'a str, event: &mut Event<'a>) {
    match who.rsplit_once('@') {
        Some((user, address)) if address.parse::<std::net::IpAddr>().is_ok() => {
            cloud::account(event, user, false);
            event.source_address(address);
        }
        _ => cloud::account(event, who, false),
    }
}
