//! F5 BIG-IP: access policies (APM), the traffic manager and its iRules, audit, Application Security Manager and Advanced
//! Firewall Manager in CEF or as pairs.
//!
//! Built from F5's "Log Messages Reference" and its logging profiles' formats.
//! - `apmd[123]: 01490500:5: /Common/vpn:Common:870db929: New session from client IP 203.0.113.9 …`, also with a syslog
//!   severity before it (`notice apmd[123]: …`)
//! - `CEF:0|F5|ASM|…`, also behind `ASM:`; `unit_hostname="…",ip_client="…",…`

use crate::event::{Event, Field};

use super::netkit::{self, after, between, endpoint, has, is_ip, word};
use super::pairs::Pairs;
use super::{Context, Line, Refusal, Source, SourceMeta, weblog};

mod security;

/// BIG-IP.
#[derive(Debug)]
pub struct F5Bigip;

static META: SourceMeta = SourceMeta { id: "f5_bigip", product: "BIG-IP", vendor: "F5" };

impl Source for F5Bigip {
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
        let known = security::cef(message, context, event)
            || security::pairs(message, context, event)
            || daemon(message, line, context, event);
        if !known {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "f5";
        Ok(())
    }
}

/// Severity words that BIG-IP's syslog puts between the host and the daemon.
const SEVERITIES: [&str; 10] =
    ["emerg ", "alert ", "crit ", "err ", "error ", "warning ", "notice ", "info ", "debug ", "warn "];

/// A daemon's line.
fn daemon<'a>(message: &'a str, line: &Line<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let mut text = message;
    if let Some(rest) = SEVERITIES.iter().find_map(|s| text.strip_prefix(s)) {
        event.set_text(Field::LogLevel, text.split(' ').next().unwrap_or_default());
        text = rest;
    }
    let (mut program, mut pid) = (line.envelope.app, line.envelope.pid);
    if program.is_empty()
        && !text.starts_with('/')
        && let Some((p, id, rest)) = netkit::tag(text)
        && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/()".contains(&b))
        && code(text).is_none()
    {
        (program, pid, text) = (p, id, rest);
    }
    let (number, text) = code(text).unwrap_or(("", text));
    let own = program == "apmd"
        || program == "mcpd"
        || program == "tmsh"
        || program == "bigd"
        || program == "tmrouted"
        || program.strip_prefix("tmm").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    let profiled = profile(text);
    let web = program == "logger" && (text.starts_with("[ssl_acc]") || text.starts_with("[ssl_req]"));
    let known = own || web || !number.is_empty() || (program.is_empty() && profiled.is_some());
    if !known {
        return false;
    }
    event.category(netkit::NETWORK);
    event.kind(netkit::INFO);
    event.set_text(Field::EventCode, number);
    event.set_text(Field::ProcessName, program);
    netkit::set_number(event, Field::ProcessPid, pid);
    let text = match profiled {
        Some((profile, session, rest)) => {
            event.set_text(Field::RuleName, profile);
            event.set_text(Field::SessionId, session);
            rest
        }
        None => text,
    };
    event.set(Field::Message, text);
    if web {
        management(text, context, event);
    } else if text.contains("AUDIT - ") {
        audit(text, event);
    } else if let Some(rest) = text.strip_prefix("Rule ") {
        rule(rest, event);
    } else if let Some(rest) = text.strip_prefix("[SECEV] ") {
        security::request_violations(rest, event);
    } else if text.contains(" ACL: ") && text.contains(" packet: ") {
        acl(text, event);
    } else if number.starts_with("0149") || profiled.is_some() {
        access_policy(text, event);
    } else {
        connection(text, event);
    }
    true
}

/// `01490500:5: `: the message's number.
fn code(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = text.split_at_checked(8)?;
    let rest = rest.strip_prefix(':')?;
    let (severity, rest) = rest.split_once(':')?;
    let fits = number.bytes().all(|b| b.is_ascii_hexdigit())
        && severity.len() == 1
        && severity.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| (number, rest.trim_start()))
}

/// `/Common/vpn:Common:870db929: text`: the access profile, its partition, the session.
fn profile(text: &str) -> Option<(&str, &str, &str)> {
    if !text.starts_with('/') {
        return None;
    }
    let (profile, rest) = text.split_once(':')?;
    let (partition, rest) = rest.split_once(':')?;
    let (session, rest) = rest.split_once(": ")?;
    let fits = !partition.contains(' ')
        && !profile.contains(' ')
        && (4..=32).contains(&session.len())
        && session.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then_some((profile, session, rest))
}

/// Messages of an access policy.
fn access_policy<'a>(text: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EventReason, text);
    // Most messages tell of a step that was done; none of them is a login by itself.
    event.outcome(true);
    if let Some(user) = between(text, "Username '", "'") {
        netkit::set_user(event, user);
        event.set(Field::EventAction, "username");
    } else if let Some(rest) = after(text, "New session from client IP ") {
        event.kind(netkit::CONNECTION_START);
        event.set(Field::EventAction, "new-session");
        netkit::set_source(event, word(rest));
        netkit::set_destination(event, after(rest, "at VIP ").map_or("", word));
    } else if has(text, "session deleted")
        || has(text, "session terminated")
        || has(text, "session timed out")
    {
        event.category(netkit::NETWORK_SESSION);
        event.kind(netkit::END);
        event.set(Field::EventAction, "session-deleted");
    } else if text.starts_with("Session statistics") {
        netkit::set_number(event, Field::SourceBytes, after(text, "bytes in: ").map_or("", word));
        netkit::set_number(event, Field::DestinationBytes, after(text, "bytes out: ").map_or("", word));
        event.set(Field::EventAction, "session-statistics");
    } else if let Some(address) =
        after(text, "Assigned PPP Dynamic IPv4: ").or_else(|| after(text, "Assigned PPP dynamic IPv4: "))
    {
        event.category(netkit::VPN);
        event.kind(netkit::START);
        event.set(Field::EventAction, "vpn-address-assigned");
        netkit::set_ip(event, Field::SourceNatIp, word(address));
    } else if has(text, "authenticat")
        && (text.contains(" with '") || text.contains('\''))
        && (has(text, "success") || has(text, "fail"))
    {
        let success = has(text, "success") && !has(text, "failed") && !has(text, "unsuccessful");
        event.category(netkit::VPN);
        event.kind(netkit::START);
        event.set(Field::EventAction, if success { "login-succeeded" } else { "login-failed" });
        event.outcome(success);
        netkit::set_user(
            event,
            between(text, "with '", "'").or_else(|| between(text, "'", "'")).unwrap_or_default(),
        );
    } else if let Some(rest) = after(text, "Following rule '") {
        event.set_text(Field::RuleName, rest.split('\'').next().unwrap_or_default());
        event.set(Field::EventAction, "following-rule");
        let end = between(text, "ending '", "'")
            .or_else(|| between(text, "terminalout '", "'"))
            .unwrap_or_default();
        if has(end, "deny") || has(end, "fail") {
            event.kind(netkit::DENIED);
            event.outcome(false);
        }
    } else if let Some(result) = after(text, "Access policy result: ") {
        event.set(Field::EventAction, "access-policy-result");
        if has(result, "deny") || has(result, "denied") {
            event.kind(netkit::DENIED);
            event.outcome(false);
        }
    } else if let Some(address) = after(text, "session.user.clientip is ") {
        netkit::set_source(event, word(address));
    } else if let Some(user) = after(text, "session.logon.last.username is ") {
        netkit::set_user(event, word(user));
    } else if let Some(agent) = after(text, "User-Agent header: ") {
        event.set_text(Field::UserAgentOriginal, agent);
    } else if ["fail", "error", "denied", "can not", "cannot", "unable to"].iter().any(|w| has(text, w)) {
        event.outcome(false);
    }
    if event.get(Field::SourceIp).is_none() {
        let from = after(text, "client IP ")
            .or_else(|| after(text, "Client IP: "))
            .or_else(|| after(text, "clientip "));
        if let Some(from) = from.map(word)
            && is_ip(from)
        {
            netkit::set_source(event, from);
        }
    }
}

/// `discard ACL: /VPN/ACL_DENY:0 packet: tcp 192.0.2.5:1 -> 203.0.113.9:443`.
fn acl<'a>(text: &'a str, event: &mut Event<'a>) {
    let (action, rest) = text.split_once(" ACL: ").unwrap_or(("", text));
    let action = action.rsplit(' ').next().unwrap_or_default();
    let (name, packet) = rest.split_once(" packet: ").unwrap_or((rest, ""));
    event.logsource.category = "firewall";
    event.set_text(Field::EventAction, action);
    event.kind(if action == "allow" || action == "continue" {
        netkit::CONNECTION_ALLOWED
    } else {
        netkit::CONNECTION_DENIED
    });
    event.set_text(Field::RuleName, name.rsplit_once(':').map_or(name, |(n, _)| n));
    let mut words = packet.split(' ');
    event.set_text(Field::NetworkTransport, words.next().unwrap_or_default());
    netkit::set_source(event, words.next().unwrap_or_default());
    netkit::set_destination(event, words.nth(1).unwrap_or_default());
}

/// `192.0.2.5:1 -> 203.0.113.9:443: Connection error: …`, and other texts of the traffic manager.
fn connection<'a>(text: &'a str, event: &mut Event<'a>) {
    event.set_text(Field::EventReason, text);
    let Some((from, rest)) = text.split_once(" -> ") else { return };
    let to = rest.split(' ').next().unwrap_or_default().trim_end_matches(':');
    let from = from.rsplit(' ').next().unwrap_or_default();
    if is_ip(endpoint(from).0) && is_ip(endpoint(to).0) {
        netkit::set_source(event, from);
        netkit::set_destination(event, to);
        if let Some((_, reason)) = rest.split_once("error: ") {
            event.kind(netkit::CONNECTION_ERROR);
            event.set(Field::EventAction, "connection-error");
            event.set_text(Field::EventReason, reason);
        }
    }
}

/// `/Common/Log_local <HTTP_RESPONSE>: text`: what an iRule wrote. The text is free; two forms that F5's examples use are read.
fn rule<'a>(text: &'a str, event: &mut Event<'a>) {
    let Some((name, rest)) = text.split_once(" <") else { return };
    let Some((trigger, said)) = rest.split_once(">: ") else { return };
    event.set_text(Field::RuleName, name);
    event.set(Field::EventAction, "irule");
    event.native.push(("irule_event", trigger.into()));
    event.set_text(Field::EventReason, said.strip_prefix("LOGS: ").unwrap_or(said));
    let first = said.split(' ').next().unwrap_or_default().trim_end_matches(':');
    if !is_ip(endpoint(first).0) {
        return;
    }
    // `client:port: HTTP: 200 response to from server:port URL: … in TLSv1.3`.
    if let Some(server) = after(said, " from ").map(word)
        && is_ip(endpoint(server).0)
        && said.contains(" response ")
    {
        netkit::set_source(event, server);
        netkit::set_destination(event, first);
        netkit::set_number(event, Field::HttpResponseStatusCode, after(said, "HTTP: ").map_or("", word));
    } else {
        netkit::set_source(event, first);
    }
    if let Some(url) = after(said, "URL: ") {
        let url = url.split(' ').next().unwrap_or_default();
        event.set_text(Field::UrlOriginal, url);
        event.set_text(Field::UrlDomain, url.split('/').next().unwrap_or_default());
    }
    if let Some(version) = after(said, " in TLSv") {
        event.set_text(Field::TlsVersion, word(version));
    }
}

/// `AUDIT - pid=1 user=root … cmd_data=…`, `AUDIT - user admin - RAW: httpd(pam_audit): user=admin(admin) … host=203.0.113.9 …`.
fn audit<'a>(text: &'a str, event: &mut Event<'a>) {
    let rest = after(text, "AUDIT - ").unwrap_or(text);
    event.set_text(Field::EventReason, rest);
    if text.contains("(pam_audit)") || text.contains("failed to login") {
        let user = between(text, "user=", "(")
            .or_else(|| after(text, "ser=").map(word))
            .or_else(|| after(rest, "user ").map(word));
        let failed = has(text, "failed to login") || has(text, "authentication fail");
        let ended = text.contains(" end=\"") && !failed;
        event.category(netkit::LOGIN);
        event.kind(if ended { netkit::END } else { netkit::START });
        event.outcome(!failed);
        event.set(
            Field::EventAction,
            if failed {
                "login-failed"
            } else if ended {
                "logout"
            } else {
                "login-succeeded"
            },
        );
        netkit::set_user(event, user.unwrap_or_default());
        netkit::set_source(event, after(text, "host=").map_or("", word));
        if text.contains("httpd(") {
            event.set(Field::NetworkProtocol, "http");
        }
        return;
    }
    event.category(netkit::PROCESS);
    event.set(Field::EventAction, "command");
    if let Some(command) = after(rest, "cmd_data=") {
        event.set_text(Field::ProcessCommandLine, command);
        let head = rest.split(" cmd_data=").next().unwrap_or_default();
        for (name, value) in Pairs::new(head) {
            match name {
                "pid" => netkit::set_number(event, Field::ProcessPid, value),
                "user" => netkit::set_user(event, value),
                "folder" => event.set_text(Field::ProcessWorkingDirectory, value),
                _ => {}
            }
        }
        if let Some(status) = between(head, "status=[", "]") {
            event.native.push(("status", status.into()));
        }
        let verb = command.split(' ').next().unwrap_or_default();
        if let Some((verb, name)) = command.split_once(" auth user ") {
            event.category(netkit::IAM);
            event.kind(match verb {
                "create" => netkit::USER_CREATION,
                "delete" => netkit::USER_DELETION,
                _ => netkit::USER_CHANGE,
            });
            event.set_text(Field::UserTargetName, name.split(' ').next().unwrap_or_default());
        } else if matches!(
            verb,
            "create" | "modify" | "delete" | "save" | "load" | "edit" | "restart" | "install" | "mv" | "cp"
        ) {
            event.category(netkit::CONFIGURATION);
            event.kind(netkit::CHANGE);
        }
    } else {
        // `client tmui, user admin - transaction #1-2 - object 0 - modify { … } [Status=Command OK]`
        event.category(netkit::CONFIGURATION);
        event.kind(netkit::CHANGE);
        netkit::set_user(event, after(rest, "user ").map_or("", word));
    }
}

/// `[ssl_acc] 203.0.113.9 - admin [26/Dec/2026:…] "/path" 200 2`, `[ssl_req][26/Dec/2026:…] 203.0.113.9 TLSv1.2 CIPHER "/path" 199`.
fn management<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    event.category(netkit::WEB);
    event.kind(netkit::ACCESS);
    if let Some(rest) = text.strip_prefix("[ssl_acc] ") {
        let (head, rest) = rest.split_once(" [").unwrap_or((rest, ""));
        let (stamp, rest) = rest.split_once("] ").unwrap_or((rest, ""));
        if let Some(time) = context.time.clf(stamp) {
            event.time = Some(time);
        }
        let mut words = head.split(' ');
        netkit::set_source(event, words.next().unwrap_or_default());
        netkit::set_user(event, words.nth(1).unwrap_or_default());
        let mut tail = rest.rsplitn(3, ' ');
        let (bytes, code, url) = (tail.next(), tail.next(), tail.next());
        netkit::set_number(event, Field::HttpResponseBytes, bytes.unwrap_or_default());
        weblog::status(code.unwrap_or_default(), event);
        weblog::request(url.unwrap_or_default().trim_matches('"'), event);
    } else if let Some((stamp, rest)) = text.strip_prefix("[ssl_req][").and_then(|t| t.split_once("] ")) {
        if let Some(time) = context.time.clf(stamp) {
            event.time = Some(time);
        }
        let mut words = rest.split(' ');
        netkit::set_source(event, words.next().unwrap_or_default());
        event.set_text(Field::TlsVersion, words.next().unwrap_or_default().trim_start_matches("TLSv"));
        event.set_text(Field::TlsCipher, words.next().unwrap_or_default());
        weblog::request(between(rest, "\"", "\"").unwrap_or_default(), event);
    }
}

#[cfg(test)]
mod tests;
