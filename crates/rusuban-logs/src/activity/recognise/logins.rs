//! Logins, failures and logouts from ECS fields.

use crate::activity::{How, Kind};
use crate::event::Event;

use super::glance::{Categories, Glance, Types};
use super::{Found, cow, holds};

pub(super) fn found<'a>(event: &Event<'a>, glance: &Glance<'a>) -> Option<Found<'a>> {
    let authentication = glance.categories.has(Categories::AUTHENTICATION);
    if !authentication && !glance.categories.has(Categories::SESSION) {
        return None;
    }
    let how = how(event, glance);
    // An end before the outcome: a session that ended with an error ended all the same.
    if glance.types.has(Types::END) && !glance.types.has(Types::START) {
        return Some(Found::by(Kind::Logout(how), glance));
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
    if how == How::Elevation {
        found.object = cow(glance.effective_name);
    }
    Some(found)
}

/// How somebody came, by the program, the protocol and the kind of device that say so.
fn how(event: &Event<'_>, glance: &Glance<'_>) -> How {
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
    let protocol = Glance::str(glance.network_protocol);
    if protocol.eq_ignore_ascii_case("ssh") {
        return How::Ssh;
    }
    if protocol.eq_ignore_ascii_case("rdp") || protocol.eq_ignore_ascii_case("vnc") {
        return How::Rdp;
    }
    if Glance::is_text(glance.observer_type, "vpn")
        || holds(protocol, "vpn")
        || holds(Glance::str(glance.action), "vpn")
        || holds(Glance::str(glance.action), "tunnel")
        || (glance.categories.has(Categories::NETWORK) && !glance.categories.has(Categories::WEB))
    {
        return How::Vpn;
    }
    if glance.categories.has(Categories::WEB)
        || glance.cloud_provider.is_some()
        || glance.user_agent.is_some()
        || matches!(protocol, "http" | "https")
    {
        return How::Web;
    }
    if holds(event.original, "via ssh") || holds(event.original, "ssh2") {
        return How::Ssh;
    }
    How::Other
}
