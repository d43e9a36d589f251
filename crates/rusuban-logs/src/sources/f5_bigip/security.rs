//! BIG-IP's security modules: CEF, pairs, and the Application Security Manager's own line.

use crate::event::{Event, Field};

use super::super::netkit::{self, after};
use super::super::pairs::{Cef, Pairs, unescape};
use super::super::{Context, weblog};

/// CEF of ASM, AFM and others.
pub(super) fn cef<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let Some(at) = memchr::memmem::find(text.as_bytes(), b"CEF:").filter(|at| *at < 16) else { return false };
    if !text.contains("|F5|") {
        return false;
    }
    let Some(cef) = Cef::parse(text.get(at..).unwrap_or_default(), context.arena) else { return false };
    if cef.vendor != "F5" {
        return false;
    }
    let firewall = cef.product.contains("Firewall");
    event.category(if firewall { netkit::NETWORK } else { netkit::INTRUSION_WEB });
    event.kind(netkit::INFO);
    event.logsource.category = if firewall { "firewall" } else { "webserver" };
    event.set_text(Field::EventAction, cef.name);
    event.set_text(Field::EventCode, cef.class);
    event.set_text(Field::ObserverVersion, cef.version);
    netkit::set_number(event, Field::EventSeverity, cef.severity);
    event.outcome(true);
    for (name, value) in cef.extension {
        event.native.push((name, (*value).into()));
        if matches!(*value, "" | "N/A") {
            continue;
        }
        match *name {
            "dvchost" => event.set_text(Field::ObserverHostname, value),
            "dvc" => netkit::set_ip(event, Field::ObserverIp, value),
            "src" => netkit::set_source(event, value),
            "spt" => netkit::set_number(event, Field::SourcePort, value),
            "dst" => netkit::set_destination(event, value),
            "dpt" => netkit::set_number(event, Field::DestinationPort, value),
            "requestMethod" => event.set_text(Field::HttpRequestMethod, value),
            "request" => weblog::set_url(value, event),
            "requestClientApplication" => event.set_text(Field::UserAgentOriginal, value),
            "host" => event.set_text(Field::UrlDomain, value),
            "http_code" => netkit::set_number(event, Field::HttpResponseStatusCode, value),
            "app" => event.set_text(Field::NetworkProtocol, value),
            "suser" | "duser" => netkit::set_user(event, value),
            "suid" => event.set_text(Field::SourceUserId, value),
            "externalId" => event.set_text(Field::EventId, value),
            "rt" => {
                if let Some((time, _)) = context.time.bsd_prefix(value) {
                    event.time = Some(time);
                } else if let Some(time) = context.time.epoch_text(value) {
                    event.time = Some(time);
                }
            }
            _ => {}
        }
    }
    labelled(&cef, event);
    let verdict = cef.get("act").unwrap_or_default();
    if netkit::has(verdict, "block")
        || netkit::has(verdict, "drop")
        || netkit::has(verdict, "reject")
        || netkit::has(verdict, "deny")
    {
        event.kind(netkit::DENIED);
    }
    true
}

/// Custom fields.
fn labelled<'a>(cef: &Cef<'a>, event: &mut Event<'a>) {
    let texts = [
        ("policy_name", Field::RuleRuleset),
        ("attack_type", Field::RuleCategory),
        ("query_name", Field::DnsQuestionName),
        ("query_type", Field::DnsQuestionType),
        ("acl_rule_name", Field::RuleName),
    ];
    for (label, field) in texts {
        if let Some(value) = cef.labelled(label).filter(|v| *v != "N/A") {
            event.set_text(field, value);
        }
    }
    if let Some(code) = cef.labelled("response_code") {
        netkit::set_number(event, Field::HttpResponseStatusCode, code);
    }
    if let Some(source) = cef.labelled("source_address")
        && event.get(Field::SourceIp).is_none()
    {
        netkit::set_source(event, source);
    }
    if let Some(destination) = cef.labelled("destination_address")
        && event.get(Field::DestinationIp).is_none()
    {
        netkit::set_destination(event, destination);
    }
    if let Some(forwarded) = cef.labelled("x_forwarded_for_header_value") {
        netkit::set_ip(event, Field::NetworkForwardedIp, forwarded.split(',').next().unwrap_or_default());
    }
    if let Some(request) = cef.labelled("full_request") {
        headers(request, event);
    }
}

/// User agent and referrer out of a whole request.
fn headers<'a>(request: &'a str, event: &mut Event<'a>) {
    let header = |name: &str| {
        after(request, name).map_or("", |t| t.split(['\r', '\n']).next().unwrap_or_default().trim())
    };
    event.set_text(Field::UserAgentOriginal, header("\nUser-Agent: "));
    event.set_text(Field::HttpRequestReferrer, header("\nReferer: "));
}

/// Key-value pairs of the logging profiles of ASM and AFM.
pub(super) fn pairs<'a>(text: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) -> bool {
    let text = text.strip_prefix("ASM:").unwrap_or(text);
    let paired = text.split_once('=').is_some_and(|(name, rest)| {
        rest.starts_with('"') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    if !paired {
        return false;
    }
    let web = text.contains("ip_client=\"")
        && (text.contains("unit_hostname=\"") || text.contains("policy_name=\""));
    let firewall = text.contains("acl_policy_name=\"") || text.contains("device_vendor=\"F5\"");
    if !web && !firewall {
        return false;
    }
    event.category(if firewall { netkit::NETWORK } else { netkit::INTRUSION_WEB });
    event.kind(if firewall { netkit::CONNECTION_ALLOWED } else { netkit::ALLOWED });
    event.logsource.category = if firewall { "firewall" } else { "webserver" };
    for (name, value) in Pairs::new(text) {
        let value = unescape(value, context.arena);
        event.native.push((name, value.into()));
        if matches!(value, "" | "N/A") {
            continue;
        }
        match name {
            "unit_hostname" | "hostname" => event.set_text(Field::ObserverHostname, value),
            "management_ip_address" | "bigip_mgmt_ip" => netkit::set_ip(event, Field::ObserverIp, value),
            "ip_client" | "source_ip" | "src_ip" => netkit::set_source(event, value),
            "src_port" | "source_port" => netkit::set_number(event, Field::SourcePort, value),
            "dest_ip" => netkit::set_destination(event, value),
            "dest_port" => netkit::set_number(event, Field::DestinationPort, value),
            "method" => event.set_text(Field::HttpRequestMethod, value),
            "uri" => weblog::set_url(value, event),
            "query_string" => event.set_text(Field::UrlQuery, value),
            "username" => netkit::set_user(event, value),
            "response_code" => netkit::set_number(event, Field::HttpResponseStatusCode, value),
            "policy_name" | "acl_policy_name" => event.set_text(Field::RuleRuleset, value),
            "acl_rule_name" | "sig_names" => event.set_text(Field::RuleName, value),
            "violations" | "drop_reason" => event.set_text(Field::EventReason, value),
            "attack_type" => event.set_text(Field::RuleCategory, value),
            "support_id" => event.set_text(Field::EventId, value),
            "ip_protocol" => {
                event.set_text(Field::NetworkTransport, context.arena.alloc_str(&value.to_ascii_lowercase()));
            }
            "x_forwarded_for_header_value" => {
                netkit::set_ip(event, Field::NetworkForwardedIp, value.split(',').next().unwrap_or_default());
            }
            "date_time" => {
                let time = context.time.iso(value).or_else(|| context.time.bsd_prefix(value).map(|(t, _)| t));
                if time.is_some() {
                    event.time = time;
                }
            }
            "request" => headers(value, event),
            "request_status" | "action" => {
                event.set_text(Field::EventAction, value);
                if matches!(value, "blocked" | "Drop" | "Reject" | "Closed") {
                    event.kind(if firewall { netkit::CONNECTION_DENIED } else { netkit::DENIED });
                }
            }
            _ => {}
        }
    }
    true
}

/// `Request violations: … source ip: 203.0.113.9, … request: <GET https://…`.
pub(super) fn request_violations<'a>(text: &'a str, event: &mut Event<'a>) {
    event.category(netkit::INTRUSION_WEB);
    event.set(Field::EventKind, "alert");
    event.set(Field::EventAction, "request-violations");
    let value = |label: &str| {
        after(text, label).map_or("", |t| t.split([',', '.']).next().unwrap_or_default().trim())
    };
    let ip = |label: &str| after(text, label).map_or("", |t| t.split(',').next().unwrap_or_default().trim());
    let violations = after(text, "violations: ").unwrap_or(text);
    event.set_text(Field::EventReason, violations.split(". Support id").next().unwrap_or_default());
    event.set_text(Field::EventId, value("Support id: "));
    netkit::set_source(event, ip(" source ip: "));
    netkit::set_number(event, Field::SourcePort, value("source port: "));
    netkit::set_destination(event, ip("destination ip: "));
    netkit::set_number(event, Field::DestinationPort, value("destination port: "));
    netkit::set_ip(event, Field::NetworkForwardedIp, ip("xff ip: "));
    event.set_text(Field::RuleRuleset, value("HTTP classifier: "));
    if let Some(request) = after(text, "request: <") {
        let line = request.split(['\r', '\n', '>']).next().unwrap_or_default();
        weblog::request(line.split("\\r").next().unwrap_or_default(), event);
    }
}
