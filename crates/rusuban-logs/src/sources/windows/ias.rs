//! The log files of NPS and RRAS, Microsoft's RADIUS server and its VPN server ("Interpret NPS Database Format Log Files"):
//! database-compatible lines (ODBC), IAS lines, and DTS-compliant lines (XML), as they are chosen in the server's settings.

use bumpalo::Bump;

use super::prelude::*;
use super::text::{address, parse_number, set_account, set_source};
use crate::event::{EventTime, TimeReader, civil_seconds};
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

/// NPS log files.
#[derive(Debug)]
pub struct Ias;

static META: SourceMeta =
    SourceMeta { id: "windows-nps", product: "Network Policy Server", vendor: "Microsoft" };

/// The columns of a database-compatible line, in their order.
const COLUMNS: [&str; 66] = [
    "ComputerName",
    "ServiceName",
    "Record-Date",
    "Record-Time",
    "Packet-Type",
    "User-Name",
    "Fully-Qualified-Distinguished-Name",
    "Called-Station-ID",
    "Calling-Station-ID",
    "Callback-Number",
    "Framed-IP-Address",
    "NAS-Identifier",
    "NAS-IP-Address",
    "NAS-Port",
    "Client-Vendor",
    "Client-IP-Address",
    "Client-Friendly-Name",
    "Event-Timestamp",
    "Port-Limit",
    "NAS-Port-Type",
    "Connect-Info",
    "Framed-Protocol",
    "Service-Type",
    "Authentication-Type",
    "Policy-Name",
    "Reason-Code",
    "Class",
    "Session-Timeout",
    "Idle-Timeout",
    "Termination-Action",
    "EAP-Friendly-Name",
    "Acct-Status-Type",
    "Acct-Delay-Time",
    "Acct-Input-Octets",
    "Acct-Output-Octets",
    "Acct-Session-Id",
    "Acct-Authentic",
    "Acct-Session-Time",
    "Acct-Input-Packets",
    "Acct-Output-Packets",
    "Acct-Terminate-Cause",
    "Acct-Multi-Ssn-ID",
    "Acct-Link-Count",
    "Acct-Interim-Interval",
    "Tunnel-Type",
    "Tunnel-Medium-Type",
    "Tunnel-Client-Endpt",
    "Tunnel-Server-Endpt",
    "Acct-Tunnel-Conn",
    "Tunnel-Pvt-Group-ID",
    "Tunnel-Assignment-ID",
    "Tunnel-Preference",
    "MS-Acct-Auth-Type",
    "MS-Acct-EAP-Type",
    "MS-RAS-Version",
    "MS-RAS-Vendor",
    "MS-CHAP-Error",
    "MS-CHAP-Domain",
    "MS-MPPE-Encryption-Types",
    "MS-MPPE-Encryption-Policy",
    "Proxy-Policy-Name",
    "Provider-Type",
    "Provider-Name",
    "Remote-Server-Address",
    "MS-RAS-Client-Name",
    "MS-RAS-Client-Version",
];

/// Attribute numbers of IAS lines (RADIUS, and Microsoft's own from 4096 on), under the names of the columns.
const ATTRIBUTES: [(u64, &str); 22] = [
    (4, "NAS-IP-Address"),
    (5, "NAS-Port"),
    (8, "Framed-IP-Address"),
    (25, "Class"),
    (30, "Called-Station-ID"),
    (31, "Calling-Station-ID"),
    (32, "NAS-Identifier"),
    (40, "Acct-Status-Type"),
    (44, "Acct-Session-Id"),
    (46, "Acct-Session-Time"),
    (49, "Acct-Terminate-Cause"),
    (55, "Event-Timestamp"),
    (66, "Tunnel-Client-Endpt"),
    (4108, "Client-IP-Address"),
    (4127, "Authentication-Type"),
    (4128, "Client-Friendly-Name"),
    (4129, "SAM-Account-Name"),
    (4130, "Fully-Qualified-Distinguished-Name"),
    (4132, "EAP-Friendly-Name"),
    (4136, "Packet-Type"),
    (4142, "Reason-Code"),
    (4149, "Policy-Name"),
];

impl Source for Ias {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let text = line.message.trim();
        if text.starts_with("<Event><Timestamp ") {
            tracing_line(text, context.arena, event)?;
        } else {
            let fields = csv(text, context.arena).ok_or(Refusal::NotMine)?;
            match fields.as_slice() {
                [_, "RAS" | "IAS" | "NPS", date, clock, ..] if is_date(date) && is_clock(clock) => {
                    for (name, value) in COLUMNS.iter().zip(&fields) {
                        if !value.is_empty() {
                            event.native.push((name, Value::Str(value)));
                        }
                    }
                }
                [nas, user, date, clock, service @ ("RAS" | "IAS" | "NPS"), computer, rest @ ..]
                    if is_date(date) && is_clock(clock) =>
                {
                    for (name, value) in [
                        ("NAS-IP-Address", nas),
                        ("User-Name", user),
                        ("Record-Date", date),
                        ("Record-Time", clock),
                        ("ServiceName", service),
                        ("ComputerName", computer),
                    ] {
                        event.native.push((name, Value::Str(value)));
                    }
                    let (pairs, odd) = rest.as_chunks::<2>();
                    if !odd.is_empty() {
                        return Err(Refusal::Broken("an attribute without a value"));
                    }
                    for [number, value] in pairs {
                        let name = parse_number(number)
                            .and_then(|n| ATTRIBUTES.iter().find(|(id, _)| *id == n))
                            .map_or_else(
                                || &*context.arena.alloc_str(&format!("attribute-{number}")),
                                |(_, n)| n,
                            );
                        event.native.push((name, Value::Str(value)));
                    }
                }
                _ => return Err(Refusal::NotMine),
            }
        }
        event.logsource.product = "windows";
        event.time = stamp(event, context.time);
        if event.time.is_none() {
            return Err(Refusal::Broken("no time"));
        }
        meaning(event);
        Ok(())
    }
}

/// `<Event><Timestamp data_type="4">12/26/2026 03:04:05.678</Timestamp><User-Name data_type="1">…`
fn tracing_line<'a>(text: &'a str, arena: &'a Bump, event: &mut Event<'a>) -> Result<(), Refusal> {
    let mut rest = text.strip_prefix("<Event>").ok_or(Refusal::NotMine)?;
    while let Some(tag) = rest.strip_prefix('<').filter(|t| !t.starts_with('/')) {
        let (head, after) = tag.split_once('>').ok_or(Refusal::Broken("the XML is broken"))?;
        let name = head.split(' ').next().unwrap_or(head);
        let close: &str = arena.alloc_str(&format!("</{name}>"));
        let (value, after) = after.split_once(close).ok_or(Refusal::Broken("the XML is broken"))?;
        rest = after.trim_start();
        // The same attributes have somewhat other names here.
        let name = match name {
            "Computer-Name" => "ComputerName",
            "Event-Source" => "ServiceName",
            "Calling-Station-Id" => "Calling-Station-ID",
            "Called-Station-Id" => "Called-Station-ID",
            "NP-Policy-Name" => "Policy-Name",
            "Fully-Qualifed-User-Name" | "Fully-Qualified-User-Name" => "Fully-Qualified-Distinguished-Name",
            other => other,
        };
        event.native.push((name, Value::Str(value)));
    }
    if rest.starts_with("</Event>") { Ok(()) } else { Err(Refusal::Broken("the XML is broken")) }
}

/// Fields of a line with commas; quotes around texts, doubled inside. None where there are fewer than six.
fn csv<'a>(text: &'a str, arena: &'a Bump) -> Option<Vec<&'a str>> {
    let mut fields = Vec::with_capacity(66);
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('"') {
            let mut from = 0;
            let end = loop {
                let at = from + inner.get(from..)?.find('"')?;
                if inner.get(at + 1..)?.starts_with('"') {
                    from = at + 2;
                } else {
                    break at;
                }
            };
            let value = inner.get(..end)?;
            fields.push(if value.contains("\"\"") {
                arena.alloc_str(&value.replace("\"\"", "\""))
            } else {
                value
            });
            rest = inner.get(end + 1..)?;
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            fields.push(rest.get(..end)?);
            rest = rest.get(end..)?;
        }
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => break,
        }
        if fields.len() > 512 {
            return None;
        }
    }
    (rest.is_empty() && fields.len() >= 6).then_some(fields)
}

/// `12/26/2026`: the log's dates are always written month first.
fn date(text: &str) -> Option<(i64, u32, u32)> {
    let mut parts = text.splitn(3, '/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    Some((year.parse().ok().filter(|_| year.len() == 4)?, month.parse().ok()?, day.parse().ok()?))
}

fn is_date(text: &str) -> bool {
    date(text).is_some()
}

/// `03:04:05`, with or without a fraction.
fn clock(text: &str) -> Option<(u32, u32, u32)> {
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    let mut parts = text.splitn(3, ':').map(|p| p.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

fn is_clock(text: &str) -> bool {
    clock(text).is_some()
}

/// The record's own date and time, in the server's zone.
fn stamp(event: &Event<'_>, reader: &TimeReader) -> Option<EventTime> {
    let (day, time) = match (event.native_text("Record-Date"), event.native_text("Record-Time")) {
        (Some(day), Some(time)) => (day, time),
        _ => event.native_text("Timestamp")?.split_once(' ')?,
    };
    let (year, month, day) = date(day)?;
    let (hour, minute, second) = clock(time)?;
    reader.local(civil_seconds(year, month, day, hour, minute, second)?, 0, None)
}

fn meaning(event: &mut Event<'_>) {
    let packet = event.native_text("Packet-Type").and_then(parse_number);
    let status = event.native_text("Acct-Status-Type").and_then(parse_number);
    let (action, category, kind) = match (packet, status) {
        (Some(1), _) => ("Access-Request", NETWORK, INFO),
        (Some(2), _) => ("Access-Accept", AUTHENTICATION_NETWORK, START),
        (Some(3), _) => ("Access-Reject", AUTHENTICATION_NETWORK, DENIED),
        (Some(4), Some(1)) => ("Accounting-Start", NETWORK_SESSION, START),
        (Some(4), Some(2)) => ("Accounting-Stop", NETWORK_SESSION, END),
        (Some(4), _) => ("Accounting-Request", NETWORK, INFO),
        (Some(5), _) => ("Accounting-Response", NETWORK, INFO),
        (Some(11), _) => ("Access-Challenge", NETWORK, INFO),
        _ => ("RADIUS", NETWORK, INFO),
    };
    event.set(Field::EventAction, action);
    event.category(category);
    event.kind(kind);
    match packet {
        Some(2) => event.outcome(true),
        Some(3) => event.outcome(false),
        _ => {}
    }
    if packet == Some(3)
        && let Some(reason) = event.native_text("Reason-Code").and_then(parse_number)
    {
        event.set(Field::EventReason, reason_of(reason));
    }
    if let Some(name) = event.native_text("User-Name") {
        if name.contains('@') {
            event.set(Field::UserEmail, name);
        }
        set_account(event, Field::UserName, Field::UserDomain, name);
    }
    // `DOMAIN\user`; otherwise a path in the directory (`corp.example/Users/Taro`), which is no login name.
    let known =
        event.native_text("SAM-Account-Name").or(event.native_text("Fully-Qualified-Distinguished-Name"));
    if let Some(account) = known.filter(|a| a.contains('\\')) {
        set_account(event, Field::UserName, Field::UserDomain, account);
    }
    // Where the person is: the caller, not the access server in between.
    let caller = event.native_text("Calling-Station-ID").filter(|c| address(c).is_some());
    if let Some(caller) = caller.or(event.native_text("Tunnel-Client-Endpt")) {
        set_source(event, caller);
    } else if let Some(station) = event.native_text("Calling-Station-ID") {
        event.set_text(Field::SourceMac, station);
    }
    for (name, field) in [
        ("ComputerName", Field::HostName),
        ("Client-IP-Address", Field::ObserverIp),
        ("Client-Friendly-Name", Field::ObserverName),
        ("Framed-IP-Address", Field::SourceNatIp),
        ("Policy-Name", Field::RuleName),
        ("Acct-Session-Id", Field::SessionId),
        ("ServiceName", Field::ServiceName),
    ] {
        if let Some(text) = event.native_text(name) {
            event.set_text(field, text);
        }
    }
}

/// Reason codes of a rejection (NPS "Reason Codes").
fn reason_of(code: u64) -> &'static str {
    match code {
        0 => "success",
        1 => "internal error",
        2 => "access denied",
        7 => "domain does not exist",
        8 => "user does not exist",
        16 => "wrong user name or password",
        17 => "password change failed",
        18 => "authentication type not supported",
        19 => "no reversibly encrypted password",
        20 => "LAN Manager authentication not enabled",
        21 => "refused by an extension",
        22 => "EAP type not available",
        23 => "EAP failed",
        32 => "local users only",
        33 => "password must be changed",
        34 => "account disabled",
        35 => "account expired",
        36 => "account locked out",
        37 => "outside the allowed hours",
        38 => "account restriction",
        48 => "no policy matches",
        49 => "no connection request policy matches",
        64 => "dial-in locked out",
        65 => "dial-in denied for the user",
        66 => "authentication method not enabled",
        67 => "calling station not allowed",
        68 => "outside the allowed hours of the policy",
        69 => "telephone number not allowed",
        70 => "port type not allowed",
        _ => "refused",
    }
}
