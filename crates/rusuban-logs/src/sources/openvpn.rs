//! OpenVPN, server side: its log file (`Sat Dec 26 03:04:05 2026 us=123456 …`, `2026-12-26 03:04:05 …`), its lines in syslog, and
//! those of `openvpn-auth-ldap`.
//!
//! Built from OpenVPN's manual and the texts of its messages. A line may start with the peer: `name/192.0.2.1:5`,
//! `192.0.2.1:5`. The line that tells that a client was let in is the one that gives it its address (`primary virtual IP`);
//! `Peer Connection Initiated` comes before a deferred check of the password has ended, and says nothing about it.

use crate::event::{Event, Field};

use super::netkit::{self, after, between, endpoint, is_ip, word};
use super::{Context, Form, Line, Refusal, Source, SourceMeta, apache};

/// OpenVPN.
#[derive(Debug)]
pub struct Openvpn;

static META: SourceMeta = SourceMeta { id: "openvpn", product: "OpenVPN", vendor: "OpenVPN" };

impl Source for Openvpn {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let app = line.envelope.app;
        let named = app.starts_with("openvpn") || app.starts_with("ovpn-");
        let mut timed = false;
        let text = if named {
            line.message
        } else if let Some((time, text)) = file_time(line.text, context) {
            // The envelope takes the peer for a host.
            event.time = Some(time);
            timed = true;
            for field in [Field::HostHostname, Field::LogSyslogAppname, Field::ProcessPid] {
                event.unset(field);
            }
            text
        } else if line.envelope.form == Form::Bare {
            line.message
        } else {
            return Err(Refusal::NotMine);
        };
        let text = text.trim();
        let (user, peer, body) = peer_of(text);
        // A time, a peer and a text: OpenVPN, unless the text is a request to some server.
        let with_peer = timed && !peer.is_empty() && !word(body).bytes().all(|b| b.is_ascii_uppercase());
        if !named && !is_own(body) && !with_peer {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "openvpn";
        event.category(netkit::NETWORK);
        event.kind(netkit::INFO);
        event.set(Field::Message, text);
        event.set_text(Field::EventReason, body);
        if !peer.is_empty() {
            set_peer(peer, event);
        }
        if user != "UNDEF" && !user.is_empty() {
            event.set_text(Field::UserName, user);
        }
        message(body, !peer.is_empty(), context, event);
        Ok(())
    }
}

/// The time at the start of a line of the log file, and what follows (without `us=123456`).
fn file_time<'a>(text: &'a str, context: &Context<'_, '_>) -> Option<(crate::event::EventTime, &'a str)> {
    let (mut time, rest) = if text.starts_with(|c: char| c.is_ascii_digit()) {
        context.time.iso_prefix(text).filter(|_| text.as_bytes().get(10) == Some(&b' '))?
    } else {
        // `Sat Dec 26 03:04:05 2026 `: 24 characters.
        let (stamp, rest) = text.split_at_checked(24)?;
        (apache::asctime(stamp.get(4..)?, context)?, rest)
    };
    let rest = rest.strip_prefix(' ')?;
    if let Some((micros, after)) = rest.strip_prefix("us=").and_then(|r| r.split_once(' ')) {
        if let Ok(micros) = micros.parse::<i64>()
            && (0..1_000_000).contains(&micros)
        {
            time.nanos += micros * 1000;
        }
        return Some((time, after));
    }
    Some((time, rest))
}

/// `name/192.0.2.1:5 text`: name, peer, text. Names may hold blanks.
fn peer_of(text: &str) -> (&str, &str, &str) {
    let mut from = 0;
    for part in text.split(' ').take(6) {
        let end = from + part.len();
        let address = part.rsplit_once('/').map_or(part, |(_, a)| a);
        let bare =
            address.strip_prefix("udp4:").or_else(|| address.strip_prefix("tcp4-server:")).unwrap_or(address);
        let (ip, port) = endpoint(bare);
        if port.is_some() && is_ip(ip) && (from == 0 || part.contains('/')) {
            let start = end - address.len();
            let name = text.get(..start).unwrap_or_default().trim_end_matches('/');
            return (name, bare, text.get(end..).unwrap_or_default().trim_start());
        }
        from = end + 1;
    }
    ("", "", text)
}

/// Sets both `source.*` and `client.*`: the peer is the client.
fn set_peer<'a>(peer: &'a str, event: &mut Event<'a>) {
    let peer = peer.strip_prefix("[AF_INET]").or_else(|| peer.strip_prefix("[AF_INET6]")).unwrap_or(peer);
    let (ip, port) = endpoint(peer);
    if !is_ip(ip) {
        return;
    }
    netkit::set_source(event, peer);
    event.set(Field::ClientIp, ip);
    event.set(Field::ClientAddress, ip);
    if let Some(port) = port {
        event.set(Field::ClientPort, port);
    }
}

/// How OpenVPN's messages start.
const STARTS: &[&str] = &[
    "MULTI",
    "TLS: ",
    "TLS Error",
    "TLS Auth Error",
    "TLS_ERROR",
    "VERIFY ",
    "peer info: ",
    "Control Channel",
    "Data Channel",
    "Incoming Data Channel",
    "Outgoing Data Channel",
    "Incoming Control Channel",
    "Outgoing Control Channel",
    "TUN/TAP ",
    "net_",
    "UDPv4 ",
    "UDPv6 ",
    "UDP link ",
    "TCPv4",
    "TCPv6",
    "TCP/UDP: ",
    "Socket Buffers: ",
    "IFCONFIG POOL",
    "ifconfig_pool_",
    "succeeded -> ifconfig_pool",
    "Diffie-Hellman initialized",
    "ROUTE_GATEWAY ",
    "Initialization Sequence Completed",
    "OpenVPN ",
    "library versions: ",
    "SIGTERM",
    "SIGUSR1",
    "SIGHUP",
    "SIGINT",
    "AUTH: ",
    "AUTH-PAM: ",
    "PLUGIN_",
    "PUSH: ",
    "SENT CONTROL [",
    "MANAGEMENT: ",
    "Connection reset, restarting",
    "Inactivity timeout (",
    "LDAP bind failed: ",
    "LDAP search failed",
    "Incorrect password supplied for LDAP",
    "LDAP user \"",
    "ldap_bind",
    "Unable to bind as",
    "do_ifconfig",
    "tun/tap",
    "UID set to",
    "GID set to",
    "Authenticate/Decrypt packet error",
    "Bad compression",
    "Fatal TLS error",
    "Delayed exit in",
    "Expected Remote Options",
    "Local Options String",
    "CRL: ",
    "OPTIONS IMPORT: ",
    "Re-using SSL/TLS context",
    "LZO compression",
    "Could not determine IPv4/IPv6 protocol",
    "Note: Kernel support for ovpn",
    "Note: '--",
    "Note: Treating option",
    "Note: --",
    "DCO version: ",
    "WARNING: --",
    "WARNING: file '",
    "WARNING: normally if you use",
    "WARNING: this ",
    "WARNING: '",
    "WARNING: No server certificate",
    "NOTE: --",
    "NOTE: the current --",
    "NOTE: your local LAN",
    "NOTE: unable to redirect",
    "DEPRECATED OPTION: ",
    "Validating certificate",
    "++ Certificate has",
    "read UDPv",
    "write UDPv",
    "read TCPv",
    "event_wait : ",
    "Restart pause, ",
    "Exiting due to fatal error",
    "Options error: ",
    "Preserving previous TUN/TAP",
    "Using peer cipher",
    "Timers: ping ",
    "Protocol options: ",
    "Linux ip ",
    "Linux can't",
    "/sbin/ip ",
    "/sbin/ifconfig ",
    "/sbin/route ",
    "/usr/sbin/ip ",
    "Cannot open TUN/TAP",
    "Cannot load ",
    "Session is not ",
    "RADIUS-PLUGIN",
    "Closing TUN/TAP",
    "Listening for incoming TCP connection",
    "TCP connection established with ",
    "WE_INIT",
    "WE_CTL",
    "Attempting to establish TCP connection",
    "Server poll timeout",
    "RESOLVE: ",
    "Could not execute external program",
    "Killed",
];

/// True for a text that starts as OpenVPN's messages do. Only asked where no program is named.
fn is_own(text: &str) -> bool {
    STARTS.iter().any(|s| text.starts_with(s))
        || text.contains("] Peer Connection Initiated with ")
        || (text.starts_with("user '")
            && (text.ends_with("' authenticated") || text.contains("' could not authenticate")))
        || (text.starts_with('[') && text.contains("] Inactivity timeout ("))
}

/// What the message says.
fn message<'a>(text: &'a str, peer: bool, context: &Context<'a, '_>, event: &mut Event<'a>) {
    if let Some((name, with)) = text.split_once("] Peer Connection Initiated with ") {
        event.category(netkit::VPN);
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "peer-connection-initiated");
        event.set_text(Field::UserName, name.trim_start_matches('['));
        event.set_text(Field::ClientDomain, name.trim_start_matches('['));
        set_peer(word(with), event);
    } else if text.starts_with("MULTI") {
        multi(text, event);
    } else if let Some(user) = between(text, "authentication succeeded for username '", "'") {
        login(user, true, event);
    } else if let Some(user) = text.strip_prefix("user '").and_then(|t| t.split_once('\'')) {
        // pfSense's own scripts.
        let (user, what) = user;
        if what.starts_with(" authenticated") {
            login(user, true, event);
        } else if what.contains("could not authenticate") {
            login(user, false, event);
        }
    } else if text.contains("PLUGIN_AUTH_USER_PASS_VERIFY")
        && (text.contains("failed") || text.ends_with("status=1"))
    {
        login("", false, event);
    } else if text.contains("AUTH_FAILED") {
        login(
            between(text, "SENT CONTROL [", "]").filter(|u| *u != "UNDEF").unwrap_or_default(),
            false,
            event,
        );
    } else if text.starts_with("TLS Auth Error") {
        login(between(text, "username '", "'").unwrap_or_default(), false, event);
    } else if text.starts_with("VERIFY ERROR")
        || text.starts_with("VERIFY X509NAME ERROR")
        || text.starts_with("VERIFY SCRIPT ERROR")
    {
        let name = after(text, "CN=").map_or("", |n| n.split([',', '/']).next().unwrap_or_default());
        login(name, false, event);
        event.set(Field::EventAction, "certificate-refused");
    } else if text.starts_with("TLS Error")
        || text.starts_with("Fatal TLS error")
        || text.starts_with("Authenticate/Decrypt")
    {
        event.kind(netkit::CONNECTION_ERROR);
        event.set(Field::EventAction, "tls-error");
        event.outcome(false);
        if let Some(from) = after(text, "from [AF_INET").and_then(|t| t.split_once(']')) {
            set_peer(word(from.1), event);
        }
    } else if ldap(text, context, event) {
    } else if text.starts_with("SIG")
        || text.contains("Inactivity timeout (")
        || text.starts_with("Connection reset, restarting")
    {
        if peer || text.starts_with('[') {
            event.category(netkit::NETWORK_SESSION);
            event.kind(netkit::CONNECTION_END);
            event.set(Field::EventAction, "disconnected");
            if let Some((name, _)) = text.strip_prefix('[').and_then(|t| t.split_once(']'))
                && name != "UNDEF"
            {
                event.set_text(Field::UserName, name);
            }
        } else {
            event.category(netkit::PROCESS);
            event.kind(netkit::END);
            event.set(Field::EventAction, "stopped");
        }
    } else if text.starts_with("Initialization Sequence Completed") {
        event.category(netkit::PROCESS);
        event.kind(netkit::START);
        event.set(Field::EventAction, "started");
    } else if let Some(from) =
        after(text, "TLS: Initial packet from ").or_else(|| after(text, "TCP connection established with "))
    {
        event.kind(netkit::CONNECTION);
        event.set(Field::EventAction, "initial-packet");
        set_peer(from.split(", ").next().unwrap_or_default(), event);
    } else if let Some(info) = text.strip_prefix("peer info: ") {
        event.native.push(("peer_info", info.into()));
    } else if let Some(command) = text.strip_prefix("MANAGEMENT: CMD '") {
        event.category(netkit::CONFIGURATION);
        event.set(Field::EventAction, "management-command");
        event.set_text(Field::ProcessCommandLine, command.trim_end_matches('\''));
    } else if let Some(from) = after(text, "MANAGEMENT: Client connected from ") {
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "management-connected");
        set_peer(word(from), event);
    } else if let Some(cipher) = between(text, "Data Channel: Cipher '", "'") {
        event.set_text(Field::TlsCipher, cipher);
    } else if let Some(channel) = text.strip_prefix("Control Channel: ") {
        let version = channel.split(',').next().unwrap_or_default();
        event.set_text(Field::TlsVersion, version.trim_start_matches("TLSv"));
        event.set_text(
            Field::TlsCipher,
            between(channel, "cipher ", ",").and_then(|c| c.rsplit(' ').next()).unwrap_or_default(),
        );
    }
}

/// `openvpn-auth-ldap`; false where the text is none of its own.
fn ldap<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    if let Some(dn) = between(text, "Incorrect password supplied for LDAP DN \"", "\"") {
        login(name_of(dn), false, event);
        event.set_text(Field::UserDomain, domain_of(dn, context));
    } else if let Some(user) = between(text, "LDAP user \"", "\"") {
        login(user, !text.contains("not found"), event);
    } else if text.starts_with("LDAP bind failed")
        || text.starts_with("ldap_bind")
        || text.starts_with("Unable to bind as")
    {
        login("", false, event);
    } else {
        return false;
    }
    true
}

/// `MULTI: primary virtual IP for NAME/PEER: ADDRESS`, `MULTI: Learn: ADDRESS -> NAME/PEER`, `MULTI_sva: pool returned IPv4=…`.
fn multi<'a>(text: &'a str, event: &mut Event<'a>) {
    if let Some((peer, address)) = after(text, "primary virtual IP for ").and_then(|t| t.rsplit_once(": ")) {
        let (user, peer, _) = peer_of(peer);
        login(user, true, event);
        event.set(Field::EventAction, "virtual-ip-assigned");
        event.set_text(Field::ClientDomain, user);
        set_peer(peer, event);
        set_virtual(address, event);
    } else if let Some((address, peer)) = after(text, "Learn: ").and_then(|t| t.split_once(" -> ")) {
        let (user, peer, _) = peer_of(peer);
        event.set_text(Field::UserName, user);
        event.set(Field::EventAction, "learn");
        set_peer(peer, event);
        set_virtual(address, event);
    } else if let Some(address) = between(text, "pool returned IPv4=", ",") {
        event.category(netkit::NETWORK_SESSION);
        event.set(Field::EventAction, "pool-returned");
        set_virtual(address, event);
    } else if text.contains("new connection by client '") {
        // Two sessions under one name, and no `duplicate-cn`.
        event.category(netkit::NETWORK_SESSION);
        event.set(Field::EventAction, "replaced-by-new-connection");
        event.set_text(Field::UserName, between(text, "by client '", "'").unwrap_or_default());
    }
}

/// The address inside the tunnel.
fn set_virtual<'a>(address: &'a str, event: &mut Event<'a>) {
    netkit::set_ip(event, Field::SourceNatIp, address.trim());
    netkit::set_ip(event, Field::ClientNatIp, address.trim());
}

/// A login and how it ended.
fn login<'a>(user: &'a str, success: bool, event: &mut Event<'a>) {
    event.category(netkit::VPN);
    event.kind(netkit::START);
    event.set(Field::EventAction, if success { "login-succeeded" } else { "login-failed" });
    event.outcome(success);
    event.set_text(Field::UserName, user);
}

/// The first `CN=` of a distinguished name.
fn name_of(dn: &str) -> &str {
    let name =
        dn.split(',').map(str::trim).find_map(|p| p.strip_prefix("CN=").or_else(|| p.strip_prefix("cn=")));
    name.or_else(|| dn.split_once('=').map(|(_, v)| v.split(',').next().unwrap_or_default()))
        .unwrap_or_default()
}

/// The `DC=` parts of a distinguished name, joined with dots.
fn domain_of<'a>(dn: &'a str, context: &Context<'a, '_>) -> &'a str {
    let parts: Vec<&str> = dn
        .split(',')
        .map(str::trim)
        .filter_map(|p| p.strip_prefix("DC=").or_else(|| p.strip_prefix("dc=")))
        .collect();
    context.arena.alloc_str(&parts.join("."))
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn a_login_in_a_file() {
        check(
            "Sat Dec 26 03:04:05 2026 us=340080 taro/203.0.113.9:50000 MULTI: primary virtual IP for taro/203.0.113.9:50000: 10.8.0.6",
            &[
                ("@timestamp", "2026-12-26T03:04:05.340080Z"),
                ("user.name", "taro"),
                ("source.ip", "203.0.113.9"),
                ("source.port", "50000"),
                ("source.nat.ip", "10.8.0.6"),
                ("event.outcome", "success"),
            ],
        );
        check(
            "2026-12-26 03:04:05 203.0.113.9:50000 [taro] Peer Connection Initiated with [AF_INET]203.0.113.9:50000",
            &[("user.name", "taro"), ("event.outcome", "null"), ("host.hostname", "null")],
        );
    }

    #[test]
    fn refused_logins() {
        check(
            "2026-12-26 03:04:05 203.0.113.9:50000 SENT CONTROL [taro]: 'AUTH_FAILED' (status=1)",
            &[("user.name", "taro"), ("event.outcome", "failure"), ("source.ip", "203.0.113.9")],
        );
        check(
            "Dec 26 03:04:05 gw openvpn[12]: 203.0.113.9:50000 TLS Auth Error: Auth Username/Password verification failed for peer",
            &[("event.outcome", "failure"), ("source.ip", "203.0.113.9")],
        );
        check(
            "Dec 26 03:04:05 gw openvpn: Incorrect password supplied for LDAP DN \"CN=Yamada Taro,OU=a,DC=example,DC=jp\".",
            &[("user.name", "Yamada Taro"), ("user.domain", "example.jp"), ("event.outcome", "failure")],
        );
        check(
            "<36>Dec 26 03:04:05 openvpn[1]: user 'bob' could not authenticate.",
            &[("event.outcome", "failure")],
        );
    }

    #[test]
    fn ends() {
        check(
            "2026-12-26 03:04:05 yamada taro/203.0.113.9:50000 SIGTERM[soft,remote-exit] received, client-instance exiting",
            &[("user.name", "yamada taro"), ("event.action", "disconnected")],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Openvpn,
            &[
                "Sat Dec 26 03:04:05 2026 us=340080 taro/203.0.113.9:50000 MULTI: primary virtual IP for taro/203.0.113.9:50000: 10.8.0.6",
                "2026-12-26 03:04:05 203.0.113.9:50000 SENT CONTROL [taro]: 'AUTH_FAILED' (status=1)",
                "Incorrect password supplied for LDAP DN \"CN=Yamada Taro,OU=a,DC=example,DC=jp\".",
            ],
        );
    }
}
