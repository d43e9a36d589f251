//! How each program of the office writes a line.

use super::{CLOSED_FROM, DAY, HOUR, MINUTE};

/// A moment in Japan as year, month, day, hour, minute, second.
fn civil(at: i64) -> (i64, i64, i64, i64, i64, i64) {
    let local = at + 9 * HOUR;
    let days = local.div_euclid(DAY);
    let clock = local.rem_euclid(DAY);
    // From days since 1970-01-01 to a date (Howard Hinnant's civil_from_days).
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day, clock / HOUR, clock % HOUR / MINUTE, clock % MINUTE)
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|m| MONTHS.get(m)).copied().unwrap_or("Jan")
}

/// `2026-12-26T03:04:05+09:00`.
pub fn iso(at: i64) -> String {
    let (y, mo, d, h, mi, s) = civil(at);
    format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}+09:00")
}

/// `Dec 26 03:04:05` (RFC 3164).
pub fn bsd(at: i64) -> String {
    let (_, mo, d, h, mi, s) = civil(at);
    format!("{} {d:2} {h:02}:{mi:02}:{s:02}", month_name(mo))
}

/// `26/Dec/2026:03:04:05 +0900`.
fn clf(at: i64) -> String {
    let (y, mo, d, h, mi, s) = civil(at);
    format!("{d:02}/{}/{y}:{h:02}:{mi:02}:{s:02} +0900", month_name(mo))
}

/// A line of FortiOS: the head that all have, then the rest.
pub fn fortigate(at: i64, rest: &str) -> String {
    let (y, mo, d, h, mi, s) = civil(at);
    format!(
        "date={y:04}-{mo:02}-{d:02} time={h:02}:{mi:02}:{s:02} devname=\"fw1\" devid=\"FG100FTK00000001\" \
         eventtime={at}000000000 tz=\"+0900\" {rest}"
    )
}

/// SSL-VPN tunnel up or down.
pub fn vpn(at: i64, up: bool, user: &str, from: &str, country: &str) -> String {
    let (id, action, what) = if up {
        ("0101039947", "tunnel-up", "SSL tunnel established")
    } else {
        ("0101039948", "tunnel-down", "SSL tunnel shutdown")
    };
    fortigate(
        at,
        &format!(
            "logid=\"{id}\" type=\"event\" subtype=\"vpn\" level=\"information\" vd=\"root\" logdesc=\"SSL VPN {action}\" \
             action=\"{action}\" tunneltype=\"ssl-tunnel\" tunnelid=1170 remip={from} srccountry=\"{country}\" \
             tunnelip=10.212.134.200 user=\"{user}\" group=\"vpn-users\" dst_host=\"N/A\" reason=\"N/A\" msg=\"{what}\""
        ),
    )
}

/// SSL-VPN login refused.
pub fn vpn_failure(at: i64, user: &str, from: &str, country: &str) -> String {
    fortigate(
        at,
        &format!(
            "logid=\"0101039426\" type=\"event\" subtype=\"vpn\" level=\"alert\" vd=\"root\" logdesc=\"SSL VPN login fail\" \
             action=\"ssl-login-fail\" tunneltype=\"ssl-web\" tunnelid=0 remip={from} srccountry=\"{country}\" user=\"{user}\" \
             group=\"N/A\" dst_host=\"N/A\" reason=\"sslvpn_login_permission_denied\" msg=\"SSL user failed to logged in\""
        ),
    )
}

/// Administrator login.
pub fn admin_login(at: i64, user: &str, from: &str) -> String {
    fortigate(
        at,
        &format!(
            "logid=\"0100032001\" type=\"event\" subtype=\"system\" level=\"information\" vd=\"root\" \
             logdesc=\"Admin login successful\" sn=\"1798210800\" user=\"{user}\" ui=\"https({from})\" method=\"https\" srcip={from} \
             dstip=203.0.113.2 action=\"login\" status=\"success\" reason=\"none\" profile=\"super_admin\" \
             msg=\"Administrator {user} logged in successfully from https({from})\""
        ),
    )
}

/// A connection that ended.
pub fn traffic(at: i64, from: &str, to: &str, port: i64, sent: i64, received: i64) -> String {
    fortigate(
        at,
        &format!(
            "logid=\"0000000013\" type=\"traffic\" subtype=\"forward\" level=\"notice\" vd=\"root\" srcip={from} srcport={} \
             srcintf=\"internal\" srcintfrole=\"lan\" dstip={to} dstport={port} dstintf=\"wan1\" dstintfrole=\"wan\" \
             srccountry=\"Reserved\" dstcountry=\"Japan\" sessionid={} proto=6 action=\"close\" policyid=1 policytype=\"policy\" \
             service=\"HTTPS\" trandisp=\"snat\" duration=120 sentbyte={sent} rcvdbyte={received} sentpkt=100 rcvdpkt=100",
            40_000 + at.rem_euclid(20_000),
            at.rem_euclid(1_000_000)
        ),
    )
}

/// A line that a syslog server wrote.
pub fn syslog(at: i64, host: &str, tag: &str, text: &str) -> String {
    format!("{} {host} {tag}: {text}", bsd(at))
}

/// sshd says yes or no.
pub fn ssh(at: i64, host: &str, accepted: bool, user: &str, from: &str) -> String {
    let pid = 1000 + at.rem_euclid(30_000);
    let port = 40_000 + at.rem_euclid(20_000);
    let verb = if accepted { "Accepted" } else { "Failed" };
    syslog(
        at,
        host,
        &format!("sshd[{pid}]"),
        &format!("{verb} password for {user} from {from} port {port} ssh2"),
    )
}

/// A line of YAMAHA's router behind a syslog header.
pub fn rtx(at: i64, text: &str) -> String {
    format!("{} rt1 {text}", bsd(at))
}

/// A request to the web server.
pub fn web(at: i64, from: &str, request: &str, status: i64, bytes: i64) -> String {
    format!(
        "{from} - - [{}] \"{request}\" {status} {bytes} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
        clf(at)
    )
}

/// A Windows event as NXLog writes it (times without a zone). `data` is what the event itself holds.
pub fn windows(at: i64, channel: &str, provider: &str, id: i64, data: &[(&str, &str)]) -> String {
    let (y, mo, d, h, mi, s) = civil(at);
    let data: Vec<String> = data.iter().map(|(name, value)| format!(",\"{name}\":\"{value}\"")).collect();
    let data = data.concat();
    format!(
        "{{\"EventTime\":\"{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}\",\"Hostname\":\"dc1.office.example\",\"EventType\":\"INFO\",\
         \"SeverityValue\":2,\"Severity\":\"INFO\",\"EventID\":{id},\"SourceName\":\"{provider}\",\"RecordNumber\":{},\
         \"ProcessID\":4,\"ThreadID\":8,\"Channel\":\"{channel}\"{data}}}",
        at - CLOSED_FROM + 100 * DAY
    )
}

/// A security event.
pub fn security(at: i64, id: i64, data: &[(&str, &str)]) -> String {
    windows(at, "Security", "Microsoft-Windows-Security-Auditing", id, data)
}

/// 4624: somebody logged on.
pub fn logon(at: i64, user: &str, kind: i64, from: &str) -> String {
    security(
        at,
        4624,
        &[
            ("SubjectUserSid", "S-1-0-0"),
            ("SubjectUserName", "-"),
            ("TargetUserSid", "S-1-5-21-1-2-3-1104"),
            ("TargetUserName", user),
            ("TargetDomainName", "OFFICE"),
            ("TargetLogonId", "0x3e7a1"),
            ("LogonType", &kind.to_string()),
            ("IpAddress", from),
            ("IpPort", "50123"),
            ("WorkstationName", "-"),
            ("ProcessName", "-"),
        ],
    )
}

/// 4625: somebody could not log on.
pub fn logon_failure(at: i64, user: &str, kind: i64, from: &str) -> String {
    security(
        at,
        4625,
        &[
            ("SubjectUserSid", "S-1-0-0"),
            ("SubjectUserName", "-"),
            ("TargetUserName", user),
            ("TargetDomainName", "OFFICE"),
            ("Status", "0xc000006d"),
            ("SubStatus", "0xc000006a"),
            ("LogonType", &kind.to_string()),
            ("IpAddress", from),
            ("IpPort", "50123"),
            ("WorkstationName", "-"),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closure_starts_at_midnight_in_japan() {
        assert_eq!(iso(CLOSED_FROM), "2026-12-26T00:00:00+09:00");
        assert_eq!(bsd(CLOSED_FROM + 6 * DAY), "Jan  1 00:00:00");
    }
}
