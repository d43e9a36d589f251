//! From PAN-OS's fields, in the names of all forms, to ECS.

use bumpalo::Bump;

use super::system;
use crate::event::{Event, Field, Value};
use crate::sources::firewall::{self as fw, copy, copy_ip, copy_number, copy_port, text};

pub(super) fn fill<'a>(event: &mut Event<'a>, kind: &str, arena: &'a Bump) {
    let subtype = text(event, &["subtype", "Subtype", "SubType"]).unwrap_or_default();
    common(event, arena);
    let action = text(event, &["action", "Action", "act"]);
    if let Some(action) = action {
        event.set(Field::EventAction, action);
    }
    let action = action.unwrap_or_default();
    match kind {
        "TRAFFIC" => {
            let denied = is_refusal(action) || matches!(subtype, "deny" | "drop");
            event.category(fw::NETWORK);
            event.outcome(true);
            event.kind(match (denied, subtype) {
                (true, _) => fw::CONNECTION_DENIED,
                (_, "start") => fw::CONNECTION_ALLOWED_START,
                (_, "end") => fw::CONNECTION_ALLOWED_END,
                _ => fw::CONNECTION_ALLOWED,
            });
            copy(event, Field::EventReason, &["session_end_reason", "SessionEndReason", "reason"]);
            fw::say_blocked(event, denied);
        }
        "THREAT" | "URL" | "WILDFIRE" | "DATA" => threat(event, subtype, action),
        "GLOBALPROTECT" => globalprotect(event),
        "SYSTEM" => system::fill(event, subtype),
        "CONFIG" | "AUDIT" => config(event),
        "AUTHENTICATION" | "AUTH" => authentication(event),
        "USERID" => {
            event.category(fw::AUTHENTICATION);
            event.kind(match subtype {
                "login" => fw::START,
                "logout" => fw::END,
                _ => fw::INFO,
            });
        }
        "CORRELATION" => {
            event.category(fw::INTRUSION);
            event.kind(fw::INFO);
            event.set(Field::EventKind, "alert");
            copy(event, Field::RuleName, &["objectname"]);
            copy(event, Field::EventReason, &["evidence"]);
        }
        _ => {
            event.category(fw::NETWORK);
            event.kind(if is_refusal(action) { fw::DENIED } else { fw::INFO });
            if !action.is_empty() {
                event.outcome(true);
            }
        }
    }
}

/// Actions that let nothing through.
fn is_refusal(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    ["deny", "drop", "block", "reset", "sinkhole"].iter().any(|w| action.starts_with(w))
        || action == "random-drop"
}

/// What all types share: addresses, users, rules, the device.
fn common<'a>(event: &mut Event<'a>, arena: &'a Bump) {
    event.set(Field::ObserverVendor, "Palo Alto Networks");
    event.set(Field::ObserverType, "firewall");
    copy(event, Field::ObserverSerialNumber, &["serial", "DeviceSN", "LogSourceID", "deviceExternalId"]);
    copy(event, Field::ObserverName, &["device_name", "DeviceName", "LogSourceName", "dvchost"]);
    if event.get(Field::HostHostname).is_none() {
        copy(event, Field::HostHostname, &["device_name", "DeviceName", "LogSourceName", "dvchost"]);
    }
    if let Some(a) =
        text(event, &["src", "SourceAddress", "ip", "UserIP", "ClientIP", "SourceIPv6Address", "SourceIP"])
    {
        fw::source(event, a);
    }
    if let Some(a) = text(event, &["dst", "DestinationAddress", "DNSResolverIP", "DestinationIPv6Address"]) {
        fw::destination(event, a);
    }
    copy_port(event, Field::SourcePort, &["sport", "SourcePort", "spt", "srcPort"]);
    copy_port(event, Field::DestinationPort, &["dport", "DestinationPort", "dpt", "dstPort"]);
    copy_ip(event, Field::SourceNatIp, &["natsrc", "NATSource", "sourceTranslatedAddress", "srcPostNAT"]);
    copy_ip(
        event,
        Field::DestinationNatIp,
        &["natdst", "NATDestination", "destinationTranslatedAddress", "dstPostNAT"],
    );
    copy_port(event, Field::SourceNatPort, &["natsport", "NATSourcePort", "sourceTranslatedPort"]);
    copy_port(
        event,
        Field::DestinationNatPort,
        &["natdport", "NATDestinationPort", "destinationTranslatedPort"],
    );
    // In Palo Alto's CEF, `in` is what the source sent.
    copy_number(event, Field::SourceBytes, &["bytes_sent", "BytesSent", "in", "srcBytes"]);
    copy_number(event, Field::DestinationBytes, &["bytes_received", "BytesReceived", "out", "dstBytes"]);
    copy_number(event, Field::NetworkBytes, &["bytes", "Bytes", "PanOSBytes", "totalBytes"]);
    copy_number(event, Field::SourcePackets, &["pkts_sent", "PacketsSent", "PanOSPacketsSent"]);
    copy_number(
        event,
        Field::DestinationPackets,
        &["pkts_received", "PacketsReceived", "PanOSPacketsReceived"],
    );
    copy(event, Field::RuleName, &["rule", "Rule", "RuleName"]);
    copy(event, Field::RuleUuid, &["rule_uuid", "RuleUUID", "PanOSRuleUUID"]);
    copy(event, Field::ObserverIngressZone, &["from", "FromZone", "SourceZone"]);
    copy(event, Field::ObserverEgressZone, &["to", "ToZone", "DestinationZone"]);
    copy(
        event,
        Field::ObserverIngressInterfaceName,
        &["inbound_if", "InboundInterface", "deviceInboundInterface"],
    );
    copy(
        event,
        Field::ObserverEgressInterfaceName,
        &["outbound_if", "OutboundInterface", "deviceOutboundInterface"],
    );
    copy(event, Field::NetworkApplication, &["app", "Application"]);
    copy(event, Field::SourceGeoName, &["srcloc", "SourceLocation", "PanOSSourceLocation"]);
    copy(event, Field::DestinationGeoName, &["dstloc", "DestinationLocation", "PanOSDestinationLocation"]);
    copy(
        event,
        Field::UserAgentOriginal,
        &["user_agent", "UserAgent", "PanOSUserAgentString", "requestClientApplication"],
    );
    copy(event, Field::HttpRequestMethod, &["http_method", "HTTPMethod", "PanOSHTTPMethod"]);
    if let Some(seconds) = text(event, &["elapsed", "SessionDuration", "TotalTimeElapsed"]) {
        fw::duration(event, seconds);
    } else if let Some(Value::UInt(n)) =
        event.native("SessionDuration").or_else(|| event.native("TotalTimeElapsed"))
    {
        event.set(Field::EventDuration, n.saturating_mul(1_000_000_000));
    }
    if let Some(proto) = text(event, &["proto", "Protocol"]) {
        fw::transport(event, proto, arena);
    }
    users(event);
}

/// Who: the source's user, and the destination's.
fn users(event: &mut Event<'_>) {
    let names = [
        "srcuser",
        "SourceUser",
        "suser",
        "suser0",
        "user",
        "normalize_user",
        "User",
        "NormalizeUser",
        "SourceUserName",
        "PanOSSourceUserName",
        "usrName",
    ];
    if let Some(user) = text(event, &names) {
        // A proxy's header stands in the place of a user who is not known.
        if let Some(forwarded) = user.strip_prefix("x-fwd-for:") {
            fw::ip(event, Field::NetworkForwardedIp, forwarded);
        } else {
            fw::user(event, user);
            event.set(Field::SourceUserName, fw::user_domain(user).0);
        }
    }
    if let Some(user) = text(event, &["dstuser", "DestinationUser", "duser", "duser0", "DestinationUserName"])
    {
        let (name, domain) = fw::user_domain(user);
        event.set_text(Field::DestinationUserName, name);
        event.set_text(Field::DestinationUserDomain, domain);
    }
}

/// Attacks, malware, files, URLs.
fn threat(event: &mut Event<'_>, subtype: &str, action: &str) {
    if let Some(threat) = text(event, &["threatid", "ThreatID", "PanOSThreatID", "ThreatName"]) {
        // `Name of the threat(34805)`
        let (name, id) = threat.rsplit_once('(').unwrap_or((threat, ""));
        event.set_text(Field::EventCode, id.trim_end_matches(')'));
        event.set_text(Field::ThreatSoftwareName, name.trim());
    }
    copy(
        event,
        Field::RuleCategory,
        &["thr_category", "ThreatCategory", "PanOSThreatCategory", "category", "URLCategory"],
    );
    copy(event, Field::LogLevel, &["severity", "VendorSeverity"]);
    copy(event, Field::FileHashSha256, &["filedigest", "FileHash", "PanOSFileHash"]);
    let target = text(event, &["misc", "URL", "request"]);
    let category: &'static [Value] = match subtype {
        "url" => {
            if let Some(target) = target {
                fw::url(event, target);
            }
            fw::WEB
        }
        "file" | "data" => fw::NETWORK,
        "virus" | "spyware" | "wildfire" | "wildfire-virus" | "ml-virus" => fw::MALWARE,
        _ => fw::INTRUSION,
    };
    if subtype != "url" {
        let file = text(event, &["FileName", "fname", "misc"]);
        if let Some(file) = file {
            event.set(Field::FileName, file);
        }
    }
    event.category(category);
    event.kind(if is_refusal(action) { fw::DENIED } else { fw::INFO });
    event.outcome(true);
    if !matches!(subtype, "url" | "file" | "data") {
        event.set(Field::EventKind, "alert");
    }
}

/// GlobalProtect: who, from which public address, which address inside, how it went.
fn globalprotect(event: &mut Event<'_>) {
    let id = text(event, &["eventid", "EventID", "EventIDValue", "PanOSEventID", "PanOSEventIDValue"])
        .unwrap_or_default();
    if !id.is_empty() {
        event.set(Field::EventCode, id);
        event.set(Field::EventAction, id);
    }
    // The client's own address is the public one; behind it stands the address that the gateway gave.
    let public =
        ["public_ip", "PublicIPv4", "PanOSPublicIPv4", "public_ipv6", "PublicIPv6", "PanOSPublicIPv6"];
    let private =
        ["private_ip", "PrivateIPv4", "PanOSPrivateIPv4", "private_ipv6", "PrivateIPv6", "PanOSPrivateIPv6"];
    copy_ip(event, Field::SourceIp, &public);
    copy_ip(event, Field::SourceAddress, &public);
    copy_ip(event, Field::SourceNatIp, &private);
    copy(event, Field::HostName, &["machinename", "EndpointDeviceName", "PanOSEndpointDeviceName", "shost"]);
    copy(event, Field::HostId, &["hostid", "HostID", "PanOSHostID"]);
    // A range of addresses stands there for private ones.
    if let Some(region) = text(event, &["srcregion", "SourceRegion", "PanOSSourceRegion"]) {
        event.set(Field::SourceGeoName, region);
        if region.len() == 2 {
            fw::country(event, Field::SourceGeoCountryIsoCode, Field::SourceGeoCountryName, region);
        }
    }
    copy(
        event,
        Field::UserAgentDeviceName,
        &["machinename", "EndpointDeviceName", "PanOSEndpointDeviceName", "shost"],
    );
    copy(event, Field::DeviceId, &["hostid", "HostID", "PanOSHostID"]);
    copy(
        event,
        Field::UserAgentVersion,
        &["client_ver", "GlobalProtectClientVersion", "PanOSGlobalProtectClientVersion"],
    );
    copy(event, Field::UserAgentOsName, &["client_os", "EndpointOSType", "PanOSEndpointOSType"]);
    copy(event, Field::HostOsFull, &["client_os_ver", "EndpointOSVersion", "PanOSEndpointOSVersion"]);
    copy(event, Field::NetworkName, &["portal", "Portal", "PanOSPortal", "gateway", "Gateway"]);
    copy(
        event,
        Field::EventReason,
        &["reason", "error", "ConnectionError", "PanOSConnectionError", "opaque", "Description"],
    );
    let status = text(event, &["status", "EventStatus", "PanOSEventStatus", "outcome"]).unwrap_or_default();
    if status.eq_ignore_ascii_case("success") {
        event.outcome(true);
    } else if !status.is_empty() {
        event.outcome(false);
    }
    let (category, kind): (&'static [Value], &'static [Value]) =
        if id.ends_with("-auth") || id.ends_with("-auth-cookie") {
            (fw::VPN_LOGIN, fw::START)
        } else if id.ends_with("-logout") {
            (fw::VPN_SESSION, fw::END)
        } else if matches!(
            id,
            "gateway-connected" | "gateway-register" | "gateway-setup-ssl" | "gateway-setup-ipsec"
        ) {
            (fw::VPN_SESSION, fw::START)
        } else {
            (fw::VPN_SESSION, fw::INFO)
        };
    event.category(category);
    event.kind(kind);
}

/// Changes of the configuration.
fn config(event: &mut Event<'_>) {
    copy(event, Field::EventAction, &["cmd", "Command", "EventName", "act", "PanOSEventName"]);
    if let Some(admin) = text(event, &["admin", "Administrator", "AdminUserName", "Admin", "suser", "duser"])
    {
        fw::user(event, admin);
    }
    if let Some(host) = text(event, &["host", "Host", "ConfigHost", "shost", "src"]) {
        fw::source(event, host);
    }
    let path = text(event, &["path", "ConfigurationPath", "PanOSConfigPath", "msg", "EventDescription"])
        .unwrap_or_default();
    let iam =
        path.contains("mgt-config users") || path.contains("local-user-database") || path.contains("/users/");
    if iam {
        event.category(fw::IAM);
        // `mgt-config users NAME`; what follows the name is a part of the account.
        let mut words = path.split_once("users ").map_or(path, |p| p.1).split_whitespace();
        event.set_text(Field::UserTargetName, words.next().unwrap_or_default());
        let whole = words.next().is_none();
        event.kind(match event.text(Field::EventAction).unwrap_or_default() {
            "add" | "set" | "clone" if whole => fw::ADMIN_CREATION,
            "delete" if whole => fw::ADMIN_DELETION,
            _ => fw::ADMIN_CHANGE,
        });
    } else {
        event.category(fw::CONFIGURATION);
        event.kind(fw::CHANGE);
    }
    let result =
        text(event, &["result", "Result", "EventResult", "outcome", "PanOSResult"]).unwrap_or_default();
    if !result.is_empty() {
        event.outcome(result.eq_ignore_ascii_case("succeeded") || result.eq_ignore_ascii_case("submitted"));
    }
    copy(event, Field::UserAgentOriginal, &["client", "Client", "ClientType"]);
    if !path.is_empty() {
        copy(event, Field::EventReason, &["path", "ConfigurationPath", "EventDescription"]);
    }
}

/// Captive portal and multi-factor authentication.
fn authentication(event: &mut Event<'_>) {
    event.category(fw::AUTHENTICATION);
    event.kind(fw::START);
    if event.get(Field::UserName).is_none()
        && let Some(user) = text(event, &["duser", "PanOSAuthenticatedUserName"])
    {
        fw::user(event, user);
    }
    copy(
        event,
        Field::EventReason,
        &["desc", "AuthenticationDescription", "PanOSAuthenticationDescription", "event", "msg"],
    );
    let verdict = text(event, &["event", "AuthEvent", "msg"]).unwrap_or_default().to_ascii_lowercase();
    if verdict.contains("success") {
        event.outcome(true);
    } else if ["fail", "invalid", "timeout", "denied", "reject", "unable"].iter().any(|w| verdict.contains(w))
    {
        event.outcome(false);
    }
}
