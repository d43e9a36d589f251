//! Tests of `f5_bigip`.
use super::super::netkit::tests::{check, never_panics};
use super::*;

#[test]
fn access_policies() {
    check(
        "Dec 26 03:04:05 bigip.example.jp notice tmm1[123]: 01490500:5: /Common/vpn:Common:870db929: New session from client IP 203.0.113.9 (ST=/CC=/C=) at VIP 192.0.2.1 Listener /Common/vpn (Reputation=Unknown)",
        &[
            ("source.ip", "203.0.113.9"),
            ("destination.ip", "192.0.2.1"),
            ("event.code", "01490500"),
            ("session.id", "870db929"),
            ("host.hostname", "bigip.example.jp"),
        ],
    );
    check(
        "<141>Dec 26 03:04:05 bigip apmd[123]: 01490107:5: /Common/vpn:Common:870db929: AD module: authentication with 'taro' failed: Preauthentication failed",
        &[("user.name", "taro"), ("event.outcome", "failure"), ("event.action", "login-failed")],
    );
    check(
        "/Common/vpn:Common:870db929: AD agent: Auth (logon attempt:0): authenticate with 'taro' successful",
        &[("user.name", "taro"), ("event.outcome", "success"), ("event.action", "login-succeeded")],
    );
}

#[test]
fn administrators() {
    check(
        "Dec 26 03:04:05 bigip notice httpd[12]: 01070417:5: AUDIT - user admin - RAW: httpd(pam_audit): User=admin tty=(unknown) host=203.0.113.9 failed to login after 1 attempts (start=\"x\" end=\"y\").",
        &[("user.name", "admin"), ("source.ip", "203.0.113.9"), ("event.outcome", "failure")],
    );
    check(
        "Dec 26 03:04:05 bigip notice tmsh[12]: 01420002:5: AUDIT - pid=12 user=root folder=/Common module=(tmos)# status=[Command OK] cmd_data=create auth user x",
        &[
            ("user.name", "root"),
            ("process.command_line", "create auth user x"),
            ("event.category.0", "iam"),
            ("user.target.name", "x"),
        ],
    );
}

#[test]
fn security_modules() {
    check(
        "ASM:CEF:0|F5|ASM|15.1|200021069|Automated client access|5|dvchost=b.example.jp dvc=192.0.2.1 act=blocked src=203.0.113.9 spt=50000 dst=192.0.2.2 dpt=80 requestMethod=GET rt=Dec 26 2026 03:04:05 request=/ cs1=/Common/p cs1Label=policy_name",
        &[
            ("@timestamp", "2026-12-26T03:04:05.000000Z"),
            ("source.ip", "203.0.113.9"),
            ("event.type.0", "denied"),
            ("rule.ruleset", "/Common/p"),
        ],
    );
    check(
        "ASM:unit_hostname=\"b.example.jp\",management_ip_address=\"192.0.2.1\",policy_name=\"/Common/p\",violations=\"Attack signature detected\",request_status=\"blocked\",response_code=\"0\",ip_client=\"203.0.113.9\",method=\"GET\",date_time=\"2026-12-26 03:04:05\",src_port=\"50000\",dest_port=\"80\",dest_ip=\"192.0.2.2\",uri=\"/a\",request=\"GET /a HTTP/1.0\\r\\nUser-Agent: x\\r\\n\"",
        &[
            ("source.ip", "203.0.113.9"),
            ("event.action", "blocked"),
            ("url.path", "/a"),
            ("user_agent.original", "x"),
        ],
    );
}

#[test]
fn survives_anything() {
    never_panics(
        &F5Bigip,
        &[
            "Dec 26 03:04:05 b notice apmd[123]: 01490107:5: /Common/vpn:Common:870db929: AD module: authentication with 'taro' failed",
            "01580002:5: /VPN/p:Common:870db929: discard ACL: /VPN/ACL_DENY:0 packet: tcp 192.0.2.5:1 -> 203.0.113.9:443",
            "tmm[1]: Rule /Common/Log_local <HTTP_RESPONSE>: 203.0.113.9:5: HTTP: 200 response to from 192.0.2.2:443 URL: a/b in TLSv1.3",
            "logger[1]: [ssl_acc] 203.0.113.9 - admin [26/Dec/2026:03:04:05 +0900] \"/a\" 200 2",
            "logger[1]: [ssl_req][26/Dec/2026:03:04:05 +0900] 203.0.113.9 TLSv1.2 X \"/a\" 2",
            "perl[1]: 01310039:3: [SECEV] Request violations: x. Support id: 1, source ip: 1.2.3.4, source port: 5, request: <GET / HTTP/1.0",
        ],
    );
}
