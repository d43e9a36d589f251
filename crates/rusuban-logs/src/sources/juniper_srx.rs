//! Juniper SRX and other devices with Junos: flows, screens, IDP, content security, VPN, logins and commands.
//!
//! Built from Juniper's "System Log Explorer". Forms that are read:
//! - structured data (RFC 5424, `[junos@2636.1.1.1.2.40 name="value"…]`), also behind a second header that a collector kept
//! - plain text: `RT_FLOW_SESSION_CLOSE: session closed TCP FIN: 192.0.2.1/1->198.51.100.2/443 …`, with or without the daemon's
//!   name before it (`mgd[123]: UI_AUTH_EVENT: …`)
//!
//! `event.action` is the message's tag as Juniper writes it.

use crate::event::{Event, Field, Value};

use super::netkit::{self, after, between, word};
use super::pairs::{Pairs, unescape};
use super::{Context, Line, Refusal, Source, SourceMeta};

mod plain;

/// Junos.
#[derive(Debug)]
pub struct JuniperSrx;

static META: SourceMeta = SourceMeta { id: "juniper_srx", product: "SRX", vendor: "Juniper" };

/// The parts of a message.
struct Parts<'a> {
    daemon: &'a str,
    pid: &'a str,
    tag: &'a str,
    structured: &'a str,
    text: &'a str,
}

impl Source for JuniperSrx {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let Some(parts) = parts(line, context, event) else {
            return if daemon_line(line, event) { Ok(()) } else { Err(Refusal::NotMine) };
        };
        event.logsource.product = "junos";
        event.set(Field::EventAction, parts.tag);
        event.set_text(Field::EventProvider, parts.daemon);
        if let Ok(pid) = parts.pid.parse::<u64>() {
            event.set(Field::ProcessPid, pid);
        }
        event.set(Field::ObserverType, "firewall");
        event.category(netkit::NETWORK);
        event.kind(netkit::INFO);
        structured(parts.structured, context, event);
        plain::fill(parts.tag, parts.text, event);
        meaning(parts.tag, event);
        Ok(())
    }
}

/// Tags of Junos start with one of these.
const TAGS: &[&str] = &[
    "RT_",
    "UI_",
    "L2ALD_",
    "L2CPD_",
    "FLOW_",
    "KMD_",
    "SSHD_",
    "LOGIN_",
    "IKE_",
    "IDP_",
    "WEBFILTER_",
    "AV_",
    "ANTISPAM_",
    "ANTI_SPAM_",
    "CONTENT_FILTERING_",
    "APPTRACK_",
    "AAMW_",
    "SECINTEL_",
    "LICENSE_",
    "SNMPD_",
    "RPD_",
    "CHASSISD_",
    "DCD_",
    "PFE_",
    "JSRPD_",
    "NSD_",
    "DYNVPN_",
    "PKID_",
    "UTMD_",
    "WEB_",
    "JTASK_",
    "FWAUTH_",
    "LACP_",
    "LACPD_",
    "LLDPD_",
    "BFDD_",
    "EVENTD_",
    "DH_SVC_",
    "DHCPD_",
    "JUNOSROUTER_",
    "AUTHD_",
    "ALARMD_",
    "CFMD_",
    "COSD_",
    "FIPS_",
    "FPCLOGIN_",
    "MIB2D_",
    "SPD_",
    "VRRPD_",
    "RMOPD_",
    "TFTPD_",
    "APPID_",
    "JSC_",
    "LSYSD_",
    "IFINFO_",
    "BOOTPD_",
    "SDX_",
    "PPPD_",
];

/// True for a tag such as `RT_FLOW_SESSION_CLOSE`.
fn is_tag(text: &str) -> bool {
    text.contains('_')
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        && TAGS.iter().any(|t| text.starts_with(t))
}

/// Finds tag, structured data and text.
fn parts<'a>(line: &Line<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> Option<Parts<'a>> {
    let e = &line.envelope;
    if is_tag(e.msgid) {
        return Some(Parts {
            daemon: e.app,
            pid: e.pid,
            tag: e.msgid,
            structured: e.structured,
            text: line.message,
        });
    }
    let message = line.message.trim_start();
    // `2026-12-26T03:04:05.123Z host RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@…]` behind another header.
    if message.starts_with(|c: char| c.is_ascii_digit())
        && let Some((time, rest)) = context.time.iso_prefix(message.strip_prefix("1 ").unwrap_or(message))
    {
        let mut words = rest.trim_start().splitn(5, ' ');
        let (host, app, pid, tag) = (words.next()?, words.next()?, words.next()?, words.next()?);
        if !is_tag(tag) {
            return None;
        }
        event.time = Some(time);
        event.set_text(Field::HostHostname, host);
        return Some(with_tag(tag, app, pid, words.next().unwrap_or_default()));
    }
    // `RT_FLOW_SESSION_CLOSE: …`, `RT_FLOW_SESSION_CLOSE [junos@…]`.
    let (first, rest) = message.split_at_checked(message.find([':', ' ']).unwrap_or(message.len()))?;
    if is_tag(first) && (rest.is_empty() || rest.starts_with(':') || rest.starts_with(" [")) {
        return Some(with_tag(first, e.app, e.pid, rest.trim_start_matches(':').trim_start()));
    }
    // The envelope takes the tag for a program where no daemon stands before it.
    if is_tag(e.app) {
        return Some(with_tag(e.app, "", "", message));
    }
    let (daemon, pid, rest) = netkit::tag(message)?;
    let (tag, rest) = rest.split_once(':')?;
    let upper =
        tag.contains('_') && tag.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    (is_tag(tag) || (upper && DAEMONS.contains(&daemon)))
        .then(|| with_tag(tag, daemon, pid, rest.trim_start()))
}

/// Divides what follows a tag into structured data and text.
fn with_tag<'a>(tag: &'a str, daemon: &'a str, pid: &'a str, rest: &'a str) -> Parts<'a> {
    let is_structured = rest.starts_with('[') && rest.contains("=\"");
    let (structured, text) = match rest.rfind("\"]").filter(|_| is_structured) {
        Some(end) => rest.split_at_checked(end + 2).unwrap_or((rest, "")),
        None if is_structured => (rest, ""),
        None => ("", rest),
    };
    Parts { daemon, pid, tag, structured, text: text.trim() }
}

/// The structured data.
fn structured<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let body = text.strip_prefix('[').unwrap_or(text);
    let body = body.strip_suffix(']').unwrap_or(body);
    for (name, value) in Pairs::new(body) {
        let value = unescape(value, context.arena);
        event.native.push((name, value.into()));
        if matches!(value, "" | "N/A" | "UNKNOWN" | "None" | "NA" | "NA NA" | "(null)" | "unknown-user") {
            continue;
        }
        match name {
            "source-address" | "src-ip" | "source-ip" | "client-address" | "remote-host" => {
                netkit::set_source(event, value);
            }
            "source-port" | "src-port" => netkit::set_number(event, Field::SourcePort, value),
            "destination-address" | "dst-ip" | "destination-ip" => netkit::set_destination(event, value),
            "destination-port" | "dst-port" => netkit::set_number(event, Field::DestinationPort, value),
            "nat-source-address" => netkit::set_ip(event, Field::SourceNatIp, value),
            "nat-source-port" => netkit::set_number(event, Field::SourceNatPort, value),
            "nat-destination-address" => netkit::set_ip(event, Field::DestinationNatIp, value),
            "nat-destination-port" => netkit::set_number(event, Field::DestinationNatPort, value),
            "protocol-id" => set_protocol(value, event),
            "protocol-name" => {
                event.set_text(Field::NetworkTransport, context.arena.alloc_str(&value.to_ascii_lowercase()));
            }
            "policy-name" | "rule-name" if event.get(Field::RuleName).is_none() => {
                event.set_text(Field::RuleName, value);
            }
            "source-zone-name" | "source-zone" => event.set_text(Field::ObserverIngressZone, value),
            "destination-zone-name" | "destination-zone" => event.set_text(Field::ObserverEgressZone, value),
            "packet-incoming-interface" | "interface-name" | "source-interface-name" => {
                event.set_text(Field::ObserverIngressInterfaceName, value);
            }
            "destination-interface-name" => event.set_text(Field::ObserverEgressInterfaceName, value),
            "session-id" | "session-id-32" => event.set_text(Field::SessionId, value),
            "packets-from-client" => netkit::set_number(event, Field::SourcePackets, value),
            "bytes-from-client" | "outbound-bytes" => netkit::set_number(event, Field::SourceBytes, value),
            "packets-from-server" => netkit::set_number(event, Field::DestinationPackets, value),
            "bytes-from-server" | "inbound-bytes" => {
                netkit::set_number(event, Field::DestinationBytes, value);
            }
            "elapsed-time" => plain::seconds(value, event),
            "service-name" => event.set_text(Field::ServiceName, value),
            "application" => event.set_text(Field::NetworkApplication, value),
            "username" | "user" | "user-name" | "login-name" | "argument1"
                if event.get(Field::UserName).is_none() && name != "argument1" =>
            {
                netkit::set_user(event, value);
            }
            "class-name" => event.set_text(Field::UserRoles, value),
            "reason" | "error-message" => event.set_text(Field::EventReason, value),
            "attack-name" => event.set_text(Field::RuleName, value),
            "action" => {
                event.native.push(("verdict", value.into()));
            }
            "threat-severity" => event.set_text(Field::RuleCategory, value),
            "command" => event.set_text(Field::ProcessCommandLine, value.trim_end()),
            "url" | "obj" => super::weblog::set_url(value, event),
            "hostname" | "host" => event.set_text(Field::UrlDomain, value),
            "filename" | "file-name" => event.set_text(Field::FileName, value),
            "name" => event.set_text(Field::ThreatSoftwareName, value),
            "ssh-connection" => plain::ssh_connection(value, event),
            _ => {}
        }
    }
}

/// An IP protocol's number, and its name where it is a usual one.
fn set_protocol<'a>(number: &'a str, event: &mut Event<'a>) {
    let number = number.split('(').next().unwrap_or_default();
    event.set_text(Field::NetworkIanaNumber, number);
    let name = match number {
        "1" => "icmp",
        "6" => "tcp",
        "17" => "udp",
        "47" => "gre",
        "50" => "esp",
        "58" => "ipv6-icmp",
        _ => "",
    };
    event.set_text(Field::NetworkTransport, name);
}

/// Category, type and outcome of a tag.
fn meaning(tag: &str, event: &mut Event<'_>) {
    let login = |event: &mut Event<'_>, success: bool| {
        event.category(netkit::LOGIN);
        event.kind(netkit::START);
        event.outcome(success);
    };
    if tag.starts_with("SSHD_") {
        event.set(Field::NetworkProtocol, "ssh");
    } else if tag.starts_with("WEB_AUTH") {
        event.set(Field::NetworkProtocol, "http");
    }
    match tag {
        "RT_FLOW_SESSION_CREATE" | "RT_FLOW_SESSION_CREATE_LS" | "APPTRACK_SESSION_CREATE" => {
            flow(event, netkit::CONNECTION_START);
            event.outcome(true);
        }
        "RT_FLOW_SESSION_CLOSE" | "RT_FLOW_SESSION_CLOSE_LS" | "APPTRACK_SESSION_CLOSE" => {
            flow(event, netkit::CONNECTION_END);
            event.outcome(true);
        }
        "RT_FLOW_SESSION_DENY" | "RT_FLOW_SESSION_DENY_LS" => {
            flow(event, netkit::CONNECTION_DENIED);
            event.outcome(false);
        }
        "UI_AUTH_EVENT" => {
            event.category(netkit::AUTHENTICATION);
            event.kind(netkit::START);
            event.outcome(true);
        }
        "UI_LOGIN_EVENT"
        | "LOGIN_INFORMATION"
        | "LOGIN_ROOT"
        | "WEB_AUTH_SUCCESS"
        | "FWAUTH_FTP_USER_AUTH_ACCEPTED"
        | "FWAUTH_HTTP_USER_AUTH_ACCEPTED"
        | "FWAUTH_TELNET_USER_AUTH_ACCEPTED"
        | "FWAUTH_WEBAUTH_SUCCESS" => login(event, true),
        "LOGIN_FAILED"
        | "LOGIN_PAM_AUTHENTICATION_ERROR"
        | "LOGIN_PAM_ERROR"
        | "LOGIN_PAM_USER_UNKNOWN"
        | "LOGIN_PAM_MAX_RETRIES"
        | "LOGIN_REFUSED"
        | "SSHD_LOGIN_FAILED"
        | "SSHD_LOGIN_ATTEMPTS_THRESHOLD"
        | "LOGIN_ATTEMPTS_THRESHOLD"
        | "WEB_AUTH_FAIL"
        | "WEB_AUTH_TIME_EXCEEDED"
        | "UI_LOGIN_FAILED"
        | "LOGIN_PASSWORD_EXPIRED"
        | "LOGIN_MALFORMED_USER"
        | "SSHD_LOGIN_FAILED_LIMIT" => login(event, false),
        "UI_LOGOUT_EVENT" | "LOGIN_ABORTED" | "LOGIN_TIMED_OUT" => {
            event.category(netkit::LOGIN);
            event.kind(netkit::END);
        }
        "UI_CMDLINE_READ_LINE" => {
            event.category(netkit::PROCESS);
            event.kind(netkit::ACCESS);
            event.outcome(true);
        }
        "UI_CHILD_START" => {
            event.category(netkit::PROCESS);
            event.kind(netkit::START);
            event.outcome(true);
        }
        "UI_JUNOSCRIPT_CMD" | "UI_NETCONF_CMD" | "UI_CHILD_STATUS" | "UI_CHILD_EXITED" => {
            event.category(netkit::PROCESS);
        }
        "KMD_VPN_UP_ALARM_USER"
        | "IKE_VPN_UP_ALARM_USER"
        | "KMD_PM_SA_ESTABLISHED"
        | "DYNVPN_IPSEC_AUTH_OK" => {
            // With a user it is a login; without one, a tunnel between sites.
            let login = event.get(Field::UserName).is_some();
            event.category(if login { netkit::VPN } else { netkit::NETWORK });
            event.kind(netkit::CONNECTION_START);
            event.outcome(true);
        }
        "KMD_VPN_DOWN_ALARM_USER" | "IKE_VPN_DOWN_ALARM_USER" => {
            let login = event.get(Field::UserName).is_some();
            event.category(if login { netkit::NETWORK_SESSION } else { netkit::NETWORK });
            event.kind(netkit::CONNECTION_END);
        }
        _ => by_prefix(tag, event),
    }
}

/// A flow of the firewall.
fn flow(event: &mut Event<'_>, kind: &'static [Value<'static>]) {
    event.logsource.category = "firewall";
    // A flow is nobody's session: no login, no logout.
    event.category(netkit::NETWORK);
    event.kind(kind);
}

/// Tags by their family.
fn by_prefix(tag: &str, event: &mut Event<'_>) {
    let verdict = event.native_text("verdict").or_else(|| event.native_text("action")).unwrap_or_default();
    let blocked = tag.contains("BLOCKED")
        || tag.contains("DENY")
        || tag.contains("DROP")
        || netkit::has(verdict, "drop") && !netkit::has(verdict, "without")
        || netkit::has(verdict, "block")
        || netkit::has(verdict, "close");
    let alert = |event: &mut Event<'_>, category: &'static [Value<'static>]| {
        event.category(category);
        event.kind(if blocked { netkit::DENIED } else { netkit::ALLOWED });
        event.set(Field::EventKind, "alert");
        event.outcome(true);
    };
    if tag.starts_with("RT_SCREEN_") || tag.starts_with("IDP_ATTACK") || tag.starts_with("IDP_APPDDOS") {
        alert(event, netkit::INTRUSION);
    } else if tag.starts_with("AV_VIRUS")
        || tag.starts_with("AAMW_MALWARE")
        || tag.starts_with("AAMW_HOST_INFECTED")
        || tag.starts_with("AAMW_ACTION")
        || tag.starts_with("SECINTEL_ACTION")
    {
        alert(event, netkit::MALWARE);
    } else if tag.starts_with("WEBFILTER_URL")
        || tag.starts_with("CONTENT_FILTERING_BLOCKED")
        || tag.starts_with("ANTISPAM_SPAM")
    {
        event.category(netkit::NETWORK_WEB);
        event.kind(if blocked { netkit::DENIED } else { netkit::ALLOWED });
    } else if tag.starts_with("UI_COMMIT")
        || tag.starts_with("UI_CFG_")
        || tag.starts_with("UI_LOAD_EVENT")
        || tag.starts_with("UI_DBASE_")
        || tag == "UI_FACTORY_OPERATION"
        || tag == "UI_INITIALSETUP_OPERATION"
    {
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::CHANGE);
        plain::account(event);
    } else if tag == "UI_REBOOT_EVENT" || tag == "UI_RESTART_EVENT" || tag.starts_with("SYSTEM_") {
        event.category(netkit::HOST);
    } else if tag.starts_with("FWAUTH_")
        || tag.starts_with("DYNVPN_")
        || tag.starts_with("WEB_AUTH")
        || tag.starts_with("REMOTE_ACCESS_")
    {
        event.category(netkit::VPN);
        event.kind(netkit::START);
        if tag.contains("FAIL") || tag.contains("REJECT") || tag.contains("ERR") {
            event.outcome(false);
        } else if tag.contains("ACCEPTED") || tag.contains("SUCCESS") || tag.ends_with("_OK") {
            event.outcome(true);
        }
    }
}

/// Daemons that only Junos has.
const DAEMONS: &[&str] = &[
    "keyadmin",
    "rshd",
    "mgd",
    "l2ald",
    "kmd",
    "jsrpd",
    "chassisd",
    "eventd",
    "fwauthd",
    "idpd",
    "utmd",
    "nsd",
    "pkid",
    "iked",
    "rpd",
    "l2cpd",
    "mib2d",
    "srxpfe",
    "aamwd",
    "httpd-gk",
    "xntpd",
    "alarmd",
    "dfwd",
    "license-check",
    "lacpd",
    "bfdd",
    "ppmd",
    "cosd",
    "rmopd",
    "craftd",
    "dcd",
    "appidd",
    "jdhcpd",
];

/// Lines of Junos's daemons that have no tag: `keyadmin`, `rshd`, `cron` by its path.
fn daemon_line<'a>(line: &Line<'a>, event: &mut Event<'a>) -> bool {
    let e = &line.envelope;
    let (daemon, pid, text) = if e.app.is_empty() {
        match netkit::tag(line.message) {
            Some(found) => found,
            None => return false,
        }
    } else {
        (e.app, e.pid, line.message)
    };
    let provider = match daemon {
        "/usr/sbin/cron" => "cron",
        daemon if DAEMONS.contains(&daemon) => daemon,
        _ => return false,
    };
    event.logsource.product = "junos";
    event.set(Field::EventProvider, provider);
    event.set(Field::ObserverType, "firewall");
    event.set(Field::Message, text);
    event.unset(Field::LogSyslogAppname);
    if let Ok(pid) = pid.parse::<u64>() {
        event.set(Field::ProcessPid, pid);
    }
    event.kind(netkit::INFO);
    event.category(netkit::PROCESS);
    match provider {
        "cron" => {
            // `(root) CMD (   sh /var/etc/x.sh)`
            let (user, rest) = text.strip_prefix('(').and_then(|t| t.split_once(')')).unwrap_or(("", text));
            event.set_text(Field::ProcessUserName, user);
            event.set_text(Field::EventAction, word(rest));
            if word(rest) == "CMD" {
                let command = rest.split_once('(').map_or("", |(_, c)| c);
                event.set_text(Field::ProcessCommandLine, command.trim().trim_end_matches(')'));
            }
        }
        "rshd" => {
            // `root@192.0.2.1 as root: cmd='…'`
            let (who, rest) = text.split_once(" as ").unwrap_or((text, ""));
            let (user, from) = who.split_once('@').unwrap_or((who, ""));
            event.set_text(Field::UserName, user);
            netkit::set_source(event, from);
            event.set_text(Field::ProcessUserName, word(rest));
            event.set_text(
                Field::ProcessCommandLine,
                after(rest, "cmd='").unwrap_or_default().trim_end_matches('\''),
            );
        }
        _ => {
            event.category(netkit::NETWORK);
            if let Some((function, _)) = text.split_once(": ")
                && function.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
            {
                event.set_text(Field::EventAction, function);
            }
            event.set_text(Field::UserName, between(text, "user '", "'").unwrap_or_default());
        }
    }
    true
}

#[cfg(test)]
mod tests;
