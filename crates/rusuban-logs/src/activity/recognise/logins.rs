//! Logins, failures and logouts from ECS fields.

use crate::activity::{How, Kind};
use crate::event::Event;

use super::glance::{Categories, Glance, Types};
use super::{Found, cow, holds};

pub(super) fn found<'a>(event: &Event<'a>, glance: &Glance<'_, 'a>) -> Option<Found<'a>> {
    let authentication = glance.categories.has(Categories::AUTHENTICATION);
    if !authentication && !glance.categories.has(Categories::SESSION) {
        return None;
    }
    let how = how(event, glance);
    // An end before the outcome: a session that ended with an error ended all the same.
    if glance.types.has(Types::END) && !glance.types.has(Types::START) {
        let found = Found::by(Kind::Logout(how), glance);
        // Connections end all the time; a session has an owner.
        return (!found.who.is_empty()).then_some(found);
    }
    if !authentication || glance.types.has(Types::DELETION) {
        return None;
    }
    let kind = if glance.failed() || glance.types.has(Types::DENIED) {
        Kind::Failure(how)
    } else if glance.succeeded() && !glance.types.has(Types::CHANGE) {
        Kind::Login(how)
    } else {
        return None;
    };
    let mut found = Found::by(kind, glance);
    // Nobody from nowhere: only a device's own console is worth a word.
    if found.who.is_empty() && found.from.is_empty() && how != How::Management {
        return None;
    }
    if how == How::Elevation {
        found.object = cow(glance.effective_name());
    }
    Some(found)
}

/// Services that are reached over the web only.
const CLOUDS: &[&str] = &[
    "aws_cloudtrail",
    "azure_activity",
    "entra_id",
    "entra_csv",
    "gcp_audit",
    "github_audit",
    "google_workspace",
    "jumpcloud",
    "keycloak",
    "microsoft365",
    "okta",
];

/// Words of logins to a device itself, in lower case.
const ADMINISTRATION: &[&str] = &[
    "admin",
    "console",
    "serial",
    "webui",
    "webconfigurator",
    "https",
    "http",
    "telnet",
    "vty",
    "netconf",
    "cli",
    "mgd",
    "gui",
    "privilege",
];

/// A firewall or router says that somebody logged in, and not over its network: to itself, or a user of its VPN whom it
/// checks.
fn of_device(line: &str, protocol: &str) -> How {
    if ["vpn", "globalprotect", "anyconnect", "l2tp", "pptp"].iter().any(|word| holds(line, word)) {
        return How::Vpn;
    }
    if protocol.eq_ignore_ascii_case("ssh") || holds(line, "ssh") {
        return How::Ssh;
    }
    if ADMINISTRATION.iter().any(|word| holds(line, word)) { How::Management } else { How::Other }
}

/// How somebody came, by the program, the protocol and the kind of device that say so.
fn how(event: &Event<'_>, glance: &Glance<'_, '_>) -> How {
    let program = glance.program();
    let program = program.rsplit('/').next().unwrap_or_default();
    match program {
        "sshd" | "sshd-session" | "dropbear" => return How::Ssh,
        "sudo" | "su" | "doas" | "pkexec" => return How::Elevation,
        "CRON" | "cron" | "crond" | "systemd" | "atd" => return How::Service,
        "login" | "gdm-password" | "gdm" | "lightdm" | "sddm" | "systemd-logind" => return How::Console,
        "xrdp" | "xrdp-sesman" => return How::Rdp,
        "openvpn" | "charon" | "pluto" | "ocserv" => return How::Vpn,
        _ => {}
    }
    let protocol = Glance::str(glance.network_protocol());
    let device = ["firewall", "router", "switch", "wireless", "network"];
    if !glance.categories.has(Categories::NETWORK)
        && (device.iter().any(|kind| Glance::is_text(glance.observer_type(), kind))
            || event.source.id == "pfsense")
    {
        return of_device(event.original, protocol);
    }
    if protocol.eq_ignore_ascii_case("ssh") {
        return How::Ssh;
    }
    if protocol.eq_ignore_ascii_case("rdp") || protocol.eq_ignore_ascii_case("vnc") {
        return How::Rdp;
    }
    if Glance::is_text(glance.observer_type(), "vpn")
        || holds(protocol, "vpn")
        || holds(Glance::str(glance.action()), "vpn")
        || holds(Glance::str(glance.action()), "tunnel")
        || (glance.categories.has(Categories::NETWORK) && !glance.categories.has(Categories::WEB))
    {
        return How::Vpn;
    }
    if glance.categories.has(Categories::WEB)
        || CLOUDS.contains(&event.source.id)
        || glance.cloud_provider().is_some()
        || glance.user_agent().is_some()
        || matches!(protocol, "http" | "https")
    {
        return How::Web;
    }
    if holds(event.original, "via ssh") || holds(event.original, "ssh2") {
        return How::Ssh;
    }
    How::Other
}
