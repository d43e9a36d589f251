//! Messages about connections, sessions, and files of sftp-server.

use crate::event::{Event, Field};
use crate::sources::unix::{
    ACCESS, AUTHENTICATION, CHANGE, CONFIGURATION, CREATION, DELETION, DENIED, END, FILE, INFO, LOGIN,
    NETWORK, PROCESS, PROTOCOL, SESSION, START, between, cut, cut_at, cut_last, mark, port, source, unquote,
    user, word,
};

use super::{failure, named_peer, peer, who_from};

/// Messages that start with C.
pub(super) fn connection<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some(rest) = m.strip_prefix("Connection from ") {
        let rest = peer(rest, event);
        if let Some(rest) = rest.trim_start().strip_prefix("on ") {
            let (address, rest) = word(rest);
            event.destination_address(address);
            if let Some(rest) = rest.strip_prefix("port ") {
                port(event, Field::DestinationPort, word(rest).0);
            }
        } else if let Some(why) = rest.strip_prefix(": ") {
            mark(event, NETWORK, DENIED, "connection_refused");
            return failure(event, why);
        }
        mark(event, NETWORK, START, "connection_opened");
        event.outcome(true);
        return sure || event.get(Field::SourceIp).is_some();
    }
    let closed = m.strip_prefix("Connection closed by ").map(|r| (r, "connection_closed"));
    if let Some((rest, action)) =
        closed.or_else(|| m.strip_prefix("Connection reset by ").map(|r| (r, "connection_reset")))
    {
        named_peer(rest, event);
        mark(event, NETWORK, END, action);
        event.outcome(true);
        return sure || event.get(Field::SourceAddress).is_some();
    }
    if let Some(rest) = m.strip_prefix("Closing connection to ") {
        peer(rest, event);
        mark(event, NETWORK, END, "connection_closed");
        event.outcome(true);
        return true;
    }
    if let Some(rest) = m.strip_prefix("Close session: ") {
        who_from(rest, event);
        mark(event, SESSION, END, "session_closed");
        event.outcome(true);
        return true;
    }
    if m.starts_with("Corrupted MAC on input") || m.starts_with("Corrupted check bytes on input") {
        mark(event, NETWORK, PROTOCOL, "corrupted_packet");
        return failure(event, m);
    }
    sure && m.starts_with("Could not ") && {
        mark(event, CONFIGURATION, INFO, "error");
        failure(event, m)
    }
}

/// Messages that start with D.
pub(super) fn disconnect<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some(rest) = m.strip_prefix("Did not receive identification string from ") {
        peer(rest, event);
        if let Some(ip) = event.get(Field::SourceIp) {
            event.native.push(("dropped_ip", ip));
        }
        mark(event, NETWORK, END, "no_identification");
        return failure(event, "Did not receive identification string");
    }
    if let Some(rest) = m.strip_prefix("Disconnected from ") {
        named_peer(rest, event);
        mark(event, NETWORK, END, "disconnected");
        event.outcome(true);
        return sure || event.get(Field::SourceAddress).is_some();
    }
    if let Some(rest) = m.strip_prefix("Disconnecting: ") {
        if let Some(name) = rest.strip_prefix("Too many authentication failures for ") {
            if !who_from(name, event) {
                user(event, name.strip_prefix("invalid user ").unwrap_or(name));
            }
            mark(event, LOGIN, DENIED, "authentication_attempts_exceeded");
            return failure(event, "Too many authentication failures");
        }
        mark(event, NETWORK, END, "disconnecting");
        if let Some(name) = between(rest, "Change of username or service not allowed: (", ",") {
            user(event, name);
        }
        failure(event, rest);
        return sure;
    }
    if let Some(rest) = m.strip_prefix("Disconnecting ") {
        let rest = named_peer(rest, event);
        let reason = rest.strip_prefix(": ").unwrap_or(rest);
        if reason.starts_with("Too many authentication failures") {
            mark(event, LOGIN, DENIED, "authentication_attempts_exceeded");
        } else {
            mark(event, NETWORK, END, "disconnecting");
        }
        return failure(event, reason);
    }
    false
}

/// Messages that start with R.
pub(super) fn received<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some(rest) = m.strip_prefix("Received disconnect from ") {
        let rest = peer(rest, event).trim_start_matches(':');
        // What is left is `11: text` or ` 11: text`.
        let rest = rest.trim_start();
        let (code, reason) = cut_at(rest, b':').unwrap_or(("", rest));
        event.native.push(("disconnect_code", code.into()));
        let reason = reason.trim();
        mark(event, NETWORK, END, "disconnected");
        event.set_text(Field::EventReason, reason);
        event.outcome(true);
        return sure || event.get(Field::SourceAddress).is_some();
    }
    if let Some(rest) = m.strip_prefix("Read error from remote host ") {
        let reason = peer(rest, event);
        mark(event, NETWORK, END, "read_error");
        return failure(event, reason.trim_start_matches([':', ' ']));
    }
    if let Some(rest) = m.strip_prefix("ROOT LOGIN REFUSED FROM ") {
        peer(rest, event);
        event.set(Field::UserName, "root");
        mark(event, LOGIN, DENIED, "ssh_login");
        return failure(event, "root login refused");
    }
    if m.starts_with("Root login accepted for forced command") {
        event.set(Field::UserName, "root");
        mark(event, AUTHENTICATION, INFO, "root_login_forced_command");
        return true;
    }
    if sure && (m.starts_with("Received signal ") || m.starts_with("Received SIGHUP")) {
        mark(event, PROCESS, if m.contains("terminating") { END } else { CHANGE }, "signal");
        return true;
    }
    false
}

/// Messages that start with T.
pub(super) fn timeout<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some(rest) = m.strip_prefix("Timeout before authentication for ") {
        match rest.strip_prefix("connection from ").and_then(|r| cut(r, " to ")) {
            Some((from, to)) => {
                source(event, from);
                event.destination_address(to.split([',', ' ']).next().unwrap_or_default());
            }
            None => {
                peer(rest, event);
            }
        }
        mark(event, NETWORK, END, "authentication_timeout");
        return failure(event, "Timeout before authentication");
    }
    if let Some(rest) = m.strip_prefix("Timeout, client not responding") {
        named_peer(rest.trim_start_matches([' ', '.']).trim_start_matches("from "), event);
        mark(event, NETWORK, END, "client_timeout");
        return failure(event, "client not responding");
    }
    if let Some(rest) = m.strip_prefix("Too many authentication failures for ") {
        who_from(rest, event);
        mark(event, LOGIN, DENIED, "authentication_attempts_exceeded");
        return failure(event, "Too many authentication failures");
    }
    sure && m.starts_with("Transferred: ") && {
        mark(event, NETWORK, END, "transferred");
        true
    }
}

/// `main: sshd: ssh-rsa algorithm is disabled`.
pub(super) fn configuration<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    mark(event, CONFIGURATION, INFO, "configuration");
    event.set(Field::EventReason, m);
    event.outcome(true);
    true
}

/// The rest.
#[allow(clippy::too_many_lines, reason = "one form of message after another, in their order")]
pub(super) fn others<'a>(m: &'a str, event: &mut Event<'a>, sure: bool) -> bool {
    if let Some(rest) = m.strip_prefix("reverse mapping checking getaddrinfo for ")
        && let Some((name, rest)) = cut_at(rest, b' ')
    {
        let address = cut(rest, " failed").map_or(rest, |(a, _)| a);
        source(event, unquote(address));
        event.native.push(("claimed", name.into()));
        mark(event, NETWORK, INFO, "reverse_mapping_failed");
        return failure(event, "POSSIBLE BREAK-IN ATTEMPT");
    }
    if let Some(rest) = m.strip_prefix("Bad protocol version identification ") {
        if let Some((_, address)) = cut_last(rest, " from ") {
            peer(address, event);
        }
        mark(event, NETWORK, PROTOCOL, "bad_protocol_version");
        return failure(event, "Bad protocol version");
    }
    if let Some(rest) = m.strip_prefix("banner exchange: Connection from ") {
        let rest = peer(rest, event);
        mark(event, NETWORK, PROTOCOL, "bad_banner");
        return failure(event, rest.trim_start_matches([':', ' ']));
    }
    if let Some(rest) = m.strip_prefix("ssh_dispatch_run_fatal: ") {
        if let Some(rest) = rest.strip_prefix("Connection from ") {
            let rest = named_peer(rest, event);
            failure(event, rest.trim_start_matches([':', ' ']));
        }
        mark(event, NETWORK, PROTOCOL, "protocol_error");
        return failure(event, rest);
    }
    if m.starts_with("kex_exchange_identification: ") || m.starts_with("ssh_exchange_identification: ") {
        mark(event, NETWORK, PROTOCOL, "no_identification");
        return failure(event, m);
    }
    if m.starts_with("Bad packet length ") || m.starts_with("kex_") || m.starts_with("packet_") {
        mark(event, NETWORK, PROTOCOL, "protocol_error");
        failure(event, m);
        return sure || m.starts_with("Bad packet");
    }
    if let Some(rest) = m.strip_prefix("Starting session: ") {
        if let Some((what, who)) = cut_last(rest, " for ") {
            event.native.push(("session", what.into()));
            who_from(who, event);
        }
        mark(event, SESSION, START, "session_started");
        event.outcome(true);
        return true;
    }
    if let Some(rest) = m.strip_prefix("subsystem request for ") {
        let (what, rest) = word(rest);
        event.native.push(("subsystem", what.into()));
        if let Some(name) = rest.strip_prefix("by user ") {
            user(event, name.split([' ', ',']).next().unwrap_or_default());
        }
        mark(event, SESSION, START, "subsystem_request");
        event.outcome(!m.contains("failed"));
        return true;
    }
    if let Some(rest) = m.strip_prefix("Server listening on ") {
        let (address, rest) = word(rest);
        event.destination_address(address);
        port(event, Field::DestinationPort, rest.trim_start_matches("port ").trim_end_matches('.'));
        mark(event, PROCESS, START, "server_listening");
        return sure || rest.starts_with("port ");
    }
    if let Some(rest) = m.strip_prefix("drop connection ") {
        if let Some(from) = between(rest, "from [", "]") {
            source(event, from);
        }
        if let Some(number) = cut(rest, "]:").map(|(_, r)| r) {
            port(event, Field::SourcePort, word(number).0);
        }
        mark(event, NETWORK, DENIED, "connection_dropped");
        return failure(event, cut_last(rest, "]:").map_or(rest, |(_, r)| word(r).1));
    }
    if let Some(rest) = m.strip_prefix("scanned from ") {
        peer(rest, event);
        mark(event, NETWORK, INFO, "scanned");
        return failure(event, m);
    }
    if let Some(rest) = m.strip_prefix("refused connect from ") {
        let address = between(rest, "(", ")").unwrap_or_else(|| word(rest).0);
        source(event, address);
        mark(event, NETWORK, DENIED, "connection_refused");
        event.outcome(false);
        return sure;
    }
    if let Some(rest) = m.strip_prefix("session opened for local user ") {
        if let Some((name, from)) = cut(rest, " from ") {
            user(event, name);
            source(event, unquote(from));
        }
        mark(event, SESSION, START, "sftp_session");
        event.outcome(true);
        return true;
    }
    if let Some(rest) = m.strip_prefix("Nasty PTR record ") {
        if let Some((_, address)) = cut_last(rest, " for ") {
            source(event, word(address).0.trim_end_matches(','));
        }
        mark(event, NETWORK, INFO, "reverse_mapping_failed");
        return failure(event, m);
    }
    if m.starts_with("Write failed: ") {
        mark(event, NETWORK, END, "write_failed");
        failure(event, m);
        return sure;
    }
    false
}

/// sftp-server's own messages.
pub(super) fn sftp<'a>(m: &'a str, event: &mut Event<'a>) {
    let name = |text: &'a str| between(text, "\"", "\"").unwrap_or_else(|| word(text).0);
    let (verb, rest) = word(m);
    let (kind, action) = match verb {
        "open" | "opendir" => (ACCESS, "sftp_open"),
        "close" | "closedir" => (END, "sftp_close"),
        "remove" | "rmdir" => (DELETION, "sftp_remove"),
        "rename" | "posix-rename" | "setstat" | "set" => (CHANGE, "sftp_change"),
        "mkdir" | "symlink" | "hardlink" => (CREATION, "sftp_create"),
        _ => {
            if !others(m, event, true) {
                if let Some(rest) = m.strip_prefix("session closed for local user ")
                    && let Some((name, from)) = cut(rest, " from ")
                {
                    user(event, name);
                    source(event, unquote(from));
                    mark(event, SESSION, END, "sftp_session_closed");
                } else {
                    mark(event, FILE, INFO, "message");
                }
            }
            return;
        }
    };
    event.set_text(Field::FilePath, name(rest));
    mark(event, FILE, kind, action);
    event.outcome(true);
}
