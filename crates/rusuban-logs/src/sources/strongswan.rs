//! IPsec on Linux and BSD: strongSwan's `charon` (also inside pfSense and OPNsense) and Libreswan's `pluto`.
//!
//! Built from the projects' documentation and the texts of their messages. `charon` writes `12[IKE] <name|3> text`; `pluto`
//! writes `"name"[1] 192.0.2.1 #2: text`.

use crate::event::{Event, Field};

use super::netkit::{self, after, between, has, word};
use super::{Context, Form, Line, Refusal, Source, SourceMeta};

/// strongSwan and Libreswan.
#[derive(Debug)]
pub struct Strongswan;

static META: SourceMeta = SourceMeta { id: "strongswan", product: "strongSwan", vendor: "strongSwan" };

impl Source for Strongswan {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(&self, line: &Line<'a>, _: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
        let app = line.envelope.app;
        if app == "pluto" {
            event.logsource.product = "ipsec";
            pluto(line.message, event);
            return Ok(());
        }
        let named = app.starts_with("charon") || app == "ipsec" || app == "ipsec_starter";
        let mut text = line.message;
        if !named {
            // The log file has a time and no host: the envelope takes `12[IKE]` for one.
            let host = line.envelope.host;
            if line.envelope.form == Form::Rfc3164 && thread(host).is_some() {
                let offset = (host.as_ptr() as usize).wrapping_sub(line.text.as_ptr() as usize);
                text = line.text.get(offset..).unwrap_or_default();
                event.unset(Field::HostHostname);
            }
        }
        let Some(rest) = thread(text) else {
            if !named {
                return Err(Refusal::NotMine);
            }
            basic(event);
            return Ok(());
        };
        basic(event);
        let rest = rest.trim_start();
        // `<name|3> `: the connection and its number.
        let body = match rest.strip_prefix('<').and_then(|r| r.split_once("> ")) {
            Some((name, body)) => {
                event.set_text(Field::RuleName, name.split('|').next().unwrap_or_default());
                body
            }
            None => rest,
        };
        charon(body, event);
        Ok(())
    }
}

/// What every line has.
fn basic(event: &mut Event<'_>) {
    event.logsource.product = "ipsec";
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
}

/// `12[IKE] `: what follows it.
fn thread(text: &str) -> Option<&str> {
    let (number, rest) = text.split_once('[')?;
    let (group, rest) = rest.split_once(']')?;
    let fits = !number.is_empty()
        && number.len() <= 3
        && number.bytes().all(|b| b.is_ascii_digit())
        && group.len() == 3
        && group.bytes().all(|b| b.is_ascii_uppercase());
    fits.then_some(rest)
}

/// A login and how it ended.
fn login<'a>(user: &'a str, success: bool, event: &mut Event<'a>) {
    event.category(netkit::VPN);
    event.kind(netkit::START);
    event.set(Field::EventAction, if success { "login-succeeded" } else { "login-failed" });
    event.outcome(success);
    set_identity(user, event);
}

/// An IKE identity: a name, `name@domain`, a distinguished name, or an address (then nobody is named).
fn set_identity<'a>(identity: &'a str, event: &mut Event<'a>) {
    let identity = identity.trim_matches('"');
    if let Some(name) = after(identity, "CN=") {
        event.set_text(Field::UserName, name.split([',', '/']).next().unwrap_or_default());
    } else if !netkit::is_ip(identity) && identity != "%any" {
        netkit::set_user(event, identity.trim_start_matches('@'));
    }
}

/// `between 192.0.2.1[local]...203.0.113.9[remote]`: the remote end is the source. True where its identity is a person's
/// (`name@domain`, a certificate's `CN=`, a bare name) and no gateway's (an address, a host's name).
fn ends<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let Some((local, remote)) = after(text, "between ").and_then(|t| t.split_once("...")) else {
        return false;
    };
    let (local, _) = local.split_once('[').unwrap_or((local, ""));
    let (address, identity) = remote.split_once('[').unwrap_or((remote, ""));
    netkit::set_destination(event, local);
    netkit::set_source(event, address);
    let identity = identity.rsplit_once(']').map_or(identity, |(i, _)| i);
    if identity.starts_with('@') || (identity.contains('.') && !identity.contains(['@', '='])) {
        return false;
    }
    set_identity(identity, event);
    event.get(Field::UserName).is_some()
}

/// `from 203.0.113.9[500] to 192.0.2.1[500]`.
fn packet<'a>(text: &'a str, event: &mut Event<'a>) {
    let part = |label: &str| {
        let (address, port) = word(after(text, label)?).split_once('[')?;
        Some((address, port.trim_end_matches(']')))
    };
    if let Some((address, port)) = part("from ") {
        netkit::set_source(event, address);
        netkit::set_number(event, Field::SourcePort, port);
    }
    if let Some((address, port)) = part(" to ") {
        netkit::set_destination(event, address);
        netkit::set_number(event, Field::DestinationPort, port);
    }
}

/// What `charon` says.
fn charon<'a>(text: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EventReason, text);
    if text.starts_with("IKE_SA ") && text.contains(" established between ") {
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "ike-sa-established");
        event.outcome(true);
        if ends(text, event) {
            event.category(netkit::VPN);
        }
    } else if text.starts_with("deleting IKE_SA ") {
        event.kind(netkit::CONNECTION_END);
        event.set(Field::EventAction, "ike-sa-deleted");
        if ends(text, event) {
            event.category(netkit::NETWORK_SESSION);
        }
    } else if text.starts_with("CHILD_SA ") && text.contains(" established") {
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "child-sa-established");
    } else if text.starts_with("closing CHILD_SA ") {
        event.kind(netkit::CONNECTION_END);
        event.set(Field::EventAction, "child-sa-closed");
        let mut counts = text.split('(').skip(1).filter_map(|p| p.split_once(" bytes)").map(|(n, _)| n));
        netkit::set_number(event, Field::SourceBytes, counts.next().unwrap_or_default());
        netkit::set_number(event, Field::DestinationBytes, counts.next().unwrap_or_default());
    } else if let Some(user) = between(text, "authentication of '", "'") {
        if text.ends_with("successful") {
            login(user, true, event);
        } else if text.contains("fail") {
            login(user, false, event);
        }
        if text.contains("(myself)") {
            basic(event);
            event.unset(Field::UserName);
            event.unset(Field::EventOutcome);
            event.set(Field::EventAction, "own-authentication");
        }
    } else if let Some(user) = between(text, "received EAP identity '", "'") {
        event.set(Field::EventAction, "eap-identity");
        set_identity(user, event);
    } else if let Some((address, user)) =
        after(text, "assigning virtual IP ").and_then(|t| t.split_once(" to peer "))
    {
        event.category(netkit::NETWORK_SESSION);
        event.set(Field::EventAction, "virtual-ip-assigned");
        netkit::set_ip(event, Field::SourceNatIp, address);
        set_identity(user.trim_matches(['\'', '"']), event);
    } else if text.contains("is initiating a") {
        event.kind(netkit::CONNECTION);
        event.set(Field::EventAction, "ike-initiated");
        netkit::set_source(event, word(text));
    } else if text.starts_with("received packet: ") || text.starts_with("sending packet: ") {
        event.set(Field::EventAction, "packet");
        packet(text, event);
    } else if text.contains("no peer config found") || text.contains("no IKE config found") {
        // Whoever knocks is told nothing: no login, but a connection that was refused.
        event.kind(netkit::CONNECTION_DENIED);
        event.set(Field::EventAction, "ike-refused");
        event.outcome(false);
    } else if failed(text) {
        login(
            between(text, "' - '", "'")
                .or_else(|| between(text, "for peer '", "'"))
                .or_else(|| between(text, "'", "'"))
                .unwrap_or_default(),
            false,
            event,
        );
    }
}

/// Texts of a refused peer.
fn failed(text: &str) -> bool {
    [
        "MAC mismatched",
        "no shared key found",
        "AUTHENTICATION_FAILED",
        "verification failed",
        "no peer config found",
        "no IKE config found",
        "authentication failed",
        "failed for peer",
        "constraint check failed",
        "no trusted",
        "AUTH_FAILED",
    ]
    .iter()
    .any(|f| text.contains(f))
}

/// What `pluto` says.
fn pluto<'a>(text: &'a str, event: &mut Event<'a>) {
    basic(event);
    event.set_text(Field::EventReason, text);
    if let Some((name, rest)) = text.strip_prefix('"').and_then(|t| t.split_once('"')) {
        event.set_text(Field::RuleName, name);
        let head = rest.split_once(':').map_or(rest, |(h, _)| h);
        if let Some(address) = head.split(' ').find(|w| netkit::is_ip(w)) {
            netkit::set_source(event, address);
        }
    } else if let Some(from) = after(text, "packet from ") {
        netkit::set_source(event, word(from));
    }
    if let Some((user, rest)) = after(text, "XAUTH: User ").and_then(|t| t.split_once(':')) {
        login(user.trim(), rest.contains("Successful"), event);
    } else if has(text, "ISAKMP SA established")
        || has(text, "IPsec SA established")
        || text.contains("IKE SA established")
        || text.contains("established IKE SA")
        || text.contains("established Child SA")
    {
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "sa-established");
        event.outcome(true);
    } else if text.contains("deleting state")
        || text.contains("deleting connection")
        || text.contains("received Delete SA")
    {
        event.kind(netkit::CONNECTION_END);
        event.set(Field::EventAction, "sa-deleted");
    } else if failed(text)
        || text.contains("INVALID_ID_INFORMATION")
        || text.contains("NO_PROPOSAL_CHOSEN")
        || has(text, "no connection has been authorized")
    {
        event.category(netkit::VPN);
        event.kind(netkit::START);
        event.set(Field::EventAction, "login-failed");
        event.outcome(false);
    }
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn a_login() {
        check(
            "Dec 26 03:04:05 gw charon[12]: 09[IKE] <ra|3> IKE_SA ra[3] established between 192.0.2.1[gw.example.jp]...203.0.113.9[taro@example.jp]",
            &[
                ("source.ip", "203.0.113.9"),
                ("destination.ip", "192.0.2.1"),
                ("user.name", "taro"),
                ("user.domain", "example.jp"),
                ("event.outcome", "success"),
                ("rule.name", "ra"),
            ],
        );
        check(
            "Dec 26 03:04:05 09[IKE] assigning virtual IP 10.0.0.5 to peer 'taro'",
            &[("user.name", "taro"), ("source.nat.ip", "10.0.0.5"), ("host.hostname", "null")],
        );
    }

    #[test]
    fn refused() {
        check(
            "Dec 26 03:04:05 gw charon: 09[IKE] XAuth authentication of 'taro' failed",
            &[("user.name", "taro"), ("event.outcome", "failure")],
        );
        check(
            "Dec 26 03:04:05 gw charon: 09[NET] received packet: from 203.0.113.9[500] to 192.0.2.1[500] (652 bytes)",
            &[("source.ip", "203.0.113.9"), ("source.port", "500"), ("destination.ip", "192.0.2.1")],
        );
    }

    #[test]
    fn libreswan() {
        check(
            "Dec 26 03:04:05 gw pluto[12]: \"l2tp\"[1] 203.0.113.9 #2: IPsec SA established transport mode {ESP}",
            &[("source.ip", "203.0.113.9"), ("event.outcome", "success")],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Strongswan,
            &[
                "Dec 26 03:04:05 gw charon[12]: 09[IKE] <ra|3> IKE_SA ra[3] established between 192.0.2.1[g]...203.0.113.9[taro@e]",
                "Dec 26 03:04:05 gw charon: 09[NET] received packet: from 203.0.113.9[500] to 192.0.2.1[500] (652 bytes)",
                "Dec 26 03:04:05 gw pluto[12]: \"l2tp\"[1] 203.0.113.9 #2: XAUTH: User taro: Authentication Failed",
            ],
        );
    }
}
