//! The columns of PAN-OS logs, in their order ("Syslog Field Descriptions", PAN-OS 8 to 11). Columns that a version does not
//! have yet are missing at the end; the names are those by which the documents call the variables.

/// What every log begins with.
const HEAD: [&str; 7] = ["", "receive_time", "serial", "type", "subtype", "", "time_generated"];

/// Connections (TRAFFIC, THREAT, TUNNEL, GTP, SCTP): the part that they share.
const FLOW: [&str; 24] = [
    "src",
    "dst",
    "natsrc",
    "natdst",
    "rule",
    "srcuser",
    "dstuser",
    "app",
    "vsys",
    "from",
    "to",
    "inbound_if",
    "outbound_if",
    "logset",
    "",
    "sessionid",
    "repeatcnt",
    "sport",
    "dport",
    "natsport",
    "natdport",
    "flags",
    "proto",
    "action",
];

const TRAFFIC: [&str; 30] = [
    "bytes",
    "bytes_sent",
    "bytes_received",
    "packets",
    "start",
    "elapsed",
    "category",
    "",
    "seqno",
    "actionflags",
    "srcloc",
    "dstloc",
    "",
    "pkts_sent",
    "pkts_received",
    "session_end_reason",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
    "action_source",
    "src_uuid",
    "dst_uuid",
    "tunnelid",
    "monitortag",
    "parent_session_id",
    "parent_start_time",
    "tunnel",
];

const THREAT: [&str; 42] = [
    "misc",
    "threatid",
    "category",
    "severity",
    "direction",
    "seqno",
    "actionflags",
    "srcloc",
    "dstloc",
    "",
    "contenttype",
    "pcap_id",
    "filedigest",
    "cloud",
    "url_idx",
    "user_agent",
    "filetype",
    "xff",
    "referer",
    "sender",
    "subject",
    "recipient",
    "reportid",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
    "",
    "src_uuid",
    "dst_uuid",
    "http_method",
    "tunnel_id",
    "monitortag",
    "parent_session_id",
    "parent_start_time",
    "tunnel",
    "thr_category",
    "contentver",
    "",
    "assoc_id",
];

const TUNNEL: [&str; 3] = ["severity", "seqno", "actionflags"];

const SYSTEM: [&str; 16] = [
    "vsys",
    "eventid",
    "object",
    "",
    "",
    "module",
    "severity",
    "opaque",
    "seqno",
    "actionflags",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
];

const CONFIG: [&str; 17] = [
    "host",
    "vsys",
    "cmd",
    "admin",
    "client",
    "result",
    "path",
    "before_change_detail",
    "after_change_detail",
    "seqno",
    "actionflags",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
];

const CONFIG_SHORT: [&str; 15] = [
    "host",
    "vsys",
    "cmd",
    "admin",
    "client",
    "result",
    "path",
    "seqno",
    "actionflags",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
];

const AUTHENTICATION: [&str; 26] = [
    "vsys",
    "ip",
    "user",
    "normalize_user",
    "object",
    "authpolicy",
    "repeatcnt",
    "authid",
    "vendor",
    "logset",
    "serverprofile",
    "desc",
    "clienttype",
    "event",
    "factorno",
    "seqno",
    "actionflags",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
    "vsys_id",
    "authproto",
    "rule_uuid",
];

const GLOBALPROTECT: [&str; 42] = [
    "vsys",
    "eventid",
    "stage",
    "auth_method",
    "tunnel_type",
    "srcuser",
    "srcregion",
    "machinename",
    "public_ip",
    "public_ipv6",
    "private_ip",
    "private_ipv6",
    "hostid",
    "serialnumber",
    "client_ver",
    "client_os",
    "client_os_ver",
    "repeatcnt",
    "reason",
    "error",
    "opaque",
    "status",
    "location",
    "login_duration",
    "connect_method",
    "error_code",
    "portal",
    "seqno",
    "actionflags",
    "high_res_timestamp",
    "selection_type",
    "response_time",
    "priority",
    "attempted_gateways",
    "gateway",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
    "vsys_id",
];

const USERID: [&str; 19] = [
    "vsys",
    "ip",
    "user",
    "datasourcename",
    "eventid",
    "repeatcnt",
    "timeout",
    "beginport",
    "endport",
    "datasource",
    "datasourcetype",
    "seqno",
    "actionflags",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
];

const HIPMATCH: [&str; 18] = [
    "srcuser",
    "vsys",
    "machinename",
    "os",
    "src",
    "matchname",
    "repeatcnt",
    "matchtype",
    "",
    "",
    "seqno",
    "actionflags",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
];

const CORRELATION: [&str; 15] = [
    "src",
    "srcuser",
    "vsys",
    "category",
    "severity",
    "dg_hier_level_1",
    "dg_hier_level_2",
    "dg_hier_level_3",
    "dg_hier_level_4",
    "vsys_name",
    "device_name",
    "vsys_id",
    "objectname",
    "object_id",
    "evidence",
];

const IPTAG: [&str; 6] = ["vsys", "ip", "tag_name", "eventid", "repeatcnt", "timeout"];

/// True for a log type that PAN-OS writes.
pub(super) fn is_type(kind: &str) -> bool {
    matches!(
        kind,
        "TRAFFIC"
            | "THREAT"
            | "SYSTEM"
            | "CONFIG"
            | "AUTHENTICATION"
            | "AUTH"
            | "GLOBALPROTECT"
            | "USERID"
            | "HIPMATCH"
            | "HIP-MATCH"
            | "DECRYPTION"
            | "CORRELATION"
            | "TUNNEL"
            | "START"
            | "GTP"
            | "SCTP"
            | "IPTAG"
            | "URL"
            | "WILDFIRE"
            | "DATA"
            | "AUDIT"
            | "DNS"
    )
}

/// The name of the column at `at` in a log of a type. `short` is for a CONFIG log without the details of the change.
pub(super) fn name(kind: &str, at: usize, short: bool) -> &'static str {
    if let Some(name) = HEAD.get(at) {
        return name;
    }
    let at = at - HEAD.len();
    let (first, second): (&[&'static str], &[&'static str]) = match kind {
        "TRAFFIC" => (&FLOW, &TRAFFIC),
        "THREAT" | "URL" | "WILDFIRE" | "DATA" => (&FLOW, &THREAT),
        "TUNNEL" | "START" | "GTP" | "SCTP" | "DECRYPTION" => (&FLOW, &TUNNEL),
        "SYSTEM" => (&SYSTEM, &[]),
        "CONFIG" if short => (&CONFIG_SHORT, &[]),
        "CONFIG" => (&CONFIG, &[]),
        "AUTHENTICATION" | "AUTH" => (&AUTHENTICATION, &[]),
        "GLOBALPROTECT" => (&GLOBALPROTECT, &[]),
        "USERID" => (&USERID, &[]),
        "HIPMATCH" | "HIP-MATCH" => (&HIPMATCH, &[]),
        "CORRELATION" => (&CORRELATION, &[]),
        "IPTAG" => (&IPTAG, &[]),
        _ => (&[], &[]),
    };
    first.get(at).or_else(|| second.get(at.checked_sub(first.len())?)).copied().unwrap_or_default()
}
