//! pfSense and OPNsense: the packet filter's log, logins to the web pages and their changes, `sshguard`, DHCP and DNS.
//!
//! Built from Netgate's and OPNsense's documentation. VPN daemons (`openvpn`, `charon`) come out as their own sources.

use crate::event::{Event, Field};

use super::netkit::{self, after, between, word};
use super::{Context, Line, Refusal, Source, SourceMeta, openbsd_pf};

/// pfSense.
#[derive(Debug)]
pub struct Pfsense;

static META: SourceMeta = SourceMeta { id: "pfsense", product: "pfSense", vendor: "Netgate" };

impl Source for Pfsense {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let message = line.message.trim();
        let known = match line.envelope.app {
            "filterlog" => {
                event.logsource.product = "pfsense";
                return match openbsd_pf::filterlog(message, context.arena, event) {
                    Err(Refusal::NotMine) => Err(Refusal::Broken("filterlog wrote no known columns")),
                    done => done,
                };
            }
            "php-fpm" | "php" | "audit" | "opnsense" | "configd.py" | "check_reload_status" => {
                web_pages(message, event)
            }
            "sshguard" => guard(message, event),
            "dhcpd" => dhcp(message, event),
            "unbound" => dns(message, event),
            _ => false,
        };
        if !known {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "pfsense";
        event.set_text(Field::ProcessName, line.envelope.app);
        Ok(())
    }
}

/// `/index.php: Successful login for user 'admin' from: 192.0.2.5 (Local Database)` and the like.
fn web_pages<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    let page = text.split_once(": ").map_or("", |(p, _)| p);
    let user = between(text, "user '", "'")
        .or_else(|| between(text, "user: '", "'"))
        .or_else(|| between(text, " for '", "'"))
        .or_else(|| after(text, "user ").map(word))
        .unwrap_or_default();
    let (action, start, success) = if netkit::has(text, "successful login for user")
        || text.contains("logged in successfully")
        || text.contains("authenticated successfully for")
    {
        ("logged-in", true, Some(true))
    } else if netkit::has(text, "authentication error for")
        || netkit::has(text, "login failed")
        || netkit::has(text, "could not login")
    {
        ("login-failed", true, Some(false))
    } else if netkit::has(text, "logged out for user") || netkit::has(text, "session timed out for user") {
        ("logged-out", false, Some(true))
    } else if let Some(change) = after(text, "Configuration Change: ") {
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::CHANGE);
        event.set(Field::EventAction, "configuration-changed");
        // `admin@192.0.2.5 (Local Database): Saved system settings.`
        let who = change.split_once([' ', ':']).map_or(change, |(w, _)| w);
        let (name, from) = who.rsplit_once('@').unwrap_or((who, ""));
        event.set_text(Field::UserName, name);
        netkit::set_source(event, from);
        event.set_text(Field::EventReason, change.split_once(": ").map_or("", |(_, c)| c));
        return true;
    } else if page.starts_with('/') && page.contains(".php") {
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::INFO);
        return true;
    } else {
        return false;
    };
    event.category(netkit::LOGIN);
    event.kind(if start { netkit::START } else { netkit::END });
    event.set(Field::EventAction, action);
    event.set_text(Field::UserName, user);
    if let Some(success) = success {
        event.outcome(success);
    }
    if let Some(from) = after(text, "from: ").or_else(|| after(text, "from ")) {
        netkit::set_source(event, word(from));
    }
    event.set_text(Field::UrlPath, page);
    event.set(Field::NetworkProtocol, "http");
    true
}

/// `Attack from "203.0.113.9" on service SSH with danger 10.`, `Blocking "203.0.113.9/32" for 120 secs …`.
fn guard<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    event.category(netkit::INTRUSION);
    event.kind(netkit::INFO);
    if let Some(from) = between(text, "Attack from \"", "\"") {
        event.set(Field::EventAction, "attack");
        netkit::set_source(event, from);
    } else if let Some(from) = between(text, "Blocking \"", "\"") {
        event.set(Field::EventAction, "blocking");
        event.kind(netkit::DENIED);
        netkit::set_source(event, from.split('/').next().unwrap_or_default());
    }
    true
}

/// ISC dhcpd: `DHCPACK on 192.0.2.5 to 00:a0:de:00:00:01 (pc01) via em0`.
fn dhcp<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    let first = word(text);
    if first.starts_with("DHCP") {
        event.set(Field::EventAction, first);
        let address = after(text, " on ").or_else(|| after(text, " for ")).map_or("", word);
        netkit::set_ip(event, Field::ClientIp, address);
        let mac = after(text, " to ").or_else(|| after(text, " from ")).map_or("", word);
        if mac.len() == 17 {
            event.set(Field::ClientMac, mac);
        }
        if let Some(name) = between(text, " (", ")") {
            event.set_text(Field::ClientDomain, name);
        }
    }
    true
}

/// unbound: `[123:0] info: 192.0.2.5 www.example.jp. A IN`.
fn dns<'a>(text: &'a str, event: &mut Event<'a>) -> bool {
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    if let Some(query) = after(text, "info: ") {
        let mut words = query.split(' ');
        let (from, name, kind) = (words.next(), words.next(), words.next());
        if let (Some(from), Some(name), Some(kind)) = (from, name, kind)
            && netkit::is_ip(from)
            && kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        {
            event.set(Field::EventAction, "dns-query");
            event.logsource.category = "dns";
            event.source_address(from);
            event.set_text(Field::DnsQuestionName, name.trim_end_matches('.'));
            event.set_text(Field::DnsQuestionType, kind);
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::netkit::tests::{check, never_panics};
    use super::*;

    #[test]
    fn packets_behind_a_header() {
        check(
            "<134>Dec 26 03:04:05 fw filterlog[72237]: 5,,,1000000103,em0,match,block,in,4,0x0,,243,1,0,none,17,udp,44,203.0.113.9,192.0.2.1,50000,53,24",
            &[("event.module", "pfsense"), ("source.ip", "203.0.113.9"), ("destination.port", "53")],
        );
    }

    #[test]
    fn logins_and_changes() {
        check(
            "<134>Dec 26 03:04:05 php-fpm[99]: /index.php: Successful login for user 'admin' from: 203.0.113.9 (Local Database)",
            &[("user.name", "admin"), ("source.ip", "203.0.113.9"), ("event.outcome", "success")],
        );
        check(
            "<134>Dec 26 03:04:05 php-fpm[99]: /index.php: webConfigurator authentication error for user 'root' from: 203.0.113.9",
            &[("user.name", "root"), ("event.outcome", "failure")],
        );
        check(
            "Dec 26 03:04:05 fw php-fpm[99]: /system.php: Configuration Change: admin@203.0.113.9 (Local Database): Saved settings",
            &[
                ("user.name", "admin"),
                ("source.ip", "203.0.113.9"),
                ("event.action", "configuration-changed"),
            ],
        );
    }

    #[test]
    fn survives_anything() {
        never_panics(
            &Pfsense,
            &[
                "<134>Dec 26 03:04:05 fw php-fpm[99]: /system.php: Configuration Change: admin@203.0.113.9 (L): x",
                "Dec 26 03:04:05 fw dhcpd: DHCPACK on 192.0.2.5 to 00:a0:de:00:00:01 (pc01) via em0",
                "Dec 26 03:04:05 fw unbound[1]: [1:0] info: 192.0.2.5 www.example.jp. A IN",
            ],
        );
    }
}
