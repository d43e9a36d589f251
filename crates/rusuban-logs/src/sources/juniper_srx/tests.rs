//! Tests of `juniper_srx`.
use super::super::netkit::tests::{check, never_panics};
use super::*;

#[test]
fn structured_flows() {
    check(
        "<14>1 2026-12-26T03:04:05.123+09:00 srx01 RT_FLOW - RT_FLOW_SESSION_CLOSE [junos@2636.1.1.1.2.40 reason=\"TCP FIN\" source-address=\"192.0.2.1\" source-port=\"50000\" destination-address=\"203.0.113.9\" destination-port=\"443\" nat-source-address=\"198.51.100.1\" protocol-id=\"6\" policy-name=\"out\" bytes-from-client=\"100\" bytes-from-server=\"2000\" elapsed-time=\"2\" username=\"N/A\"]",
        &[
            ("@timestamp", "2026-12-25T18:04:05.123000Z"),
            ("event.action", "RT_FLOW_SESSION_CLOSE"),
            ("source.ip", "192.0.2.1"),
            ("source.port", "50000"),
            ("destination.port", "443"),
            ("source.nat.ip", "198.51.100.1"),
            ("source.bytes", "100"),
            ("destination.bytes", "2000"),
            ("event.duration", "2000000000"),
            ("user.name", "null"),
        ],
    );
}

#[test]
fn a_header_inside_a_header() {
    check(
        "Dec 26 03:04:05 192.0.2.250 junos-ids: 2026-12-26T03:04:05.724Z srx01 RT_IDS - RT_SCREEN_IP [junos@2636.1.1.1.2.40 attack-name=\"IP spoofing!\" source-address=\"203.0.113.9\" destination-address=\"192.0.2.1\" action=\"drop\"]",
        &[
            ("event.action", "RT_SCREEN_IP"),
            ("source.ip", "203.0.113.9"),
            ("host.hostname", "srx01"),
            ("rule.name", "IP spoofing!"),
        ],
    );
}

#[test]
fn plain_flows() {
    check(
        "RT_FLOW_SESSION_CLOSE: session closed TCP RST: 192.0.2.1/50000->203.0.113.9/25 0x0 junos-smtp 198.51.100.1/50001->203.0.113.9/25 0x0 N/A N/A source rule r1 6 out trust untrust 4711 6(500) 7(600) 3 UNKNOWN UNKNOWN taro(role) ge-0/0/1.0",
        &[
            ("event.reason", "TCP RST"),
            ("source.port", "50000"),
            ("source.nat.port", "50001"),
            ("rule.name", "out"),
            ("observer.egress.zone", "untrust"),
            ("source.bytes", "500"),
            ("destination.bytes", "600"),
            ("user.name", "taro"),
            ("network.transport", "tcp"),
        ],
    );
    check(
        "Dec 26 03:04:05 srx01 RT_FLOW: RT_FLOW_SESSION_DENY: session denied 203.0.113.9/50000->192.0.2.1/22 0x0 junos-ssh 6(0) deny-all untrust trust UNKNOWN UNKNOWN N/A(N/A) ge-0/0/0.0 UNKNOWN",
        &[("event.outcome", "failure"), ("rule.name", "deny-all"), ("destination.port", "22")],
    );
}

#[test]
fn logins_and_commands() {
    check(
        "Dec 26 03:04:05 srx01 mgd[12]: UI_LOGIN_EVENT: User 'taro' login, class 'super-user' [1234], ssh-connection '203.0.113.9 50000 192.0.2.1 22', client-mode 'cli'",
        &[
            ("user.name", "taro"),
            ("source.ip", "203.0.113.9"),
            ("event.outcome", "success"),
            ("user.roles", "super-user"),
        ],
    );
    check(
        "Dec 26 03:04:05 srx01 sshd[12]: SSHD_LOGIN_FAILED: Login failed for user 'root' from host '203.0.113.9'",
        &[("user.name", "root"), ("source.ip", "203.0.113.9"), ("event.outcome", "failure")],
    );
    check(
        "mgd[12]: UI_COMMIT: User 'taro' requested 'commit' operation (comment: none)",
        &[("user.name", "taro"), ("event.category.0", "configuration")],
    );
    check(
        "kmd[12]: KMD_VPN_UP_ALARM_USER: VPN ra from 203.0.113.9 is up. Local-ip: 192.0.2.1, gateway name: g, vpn name: ra, XAUTH username: taro, VR id: 0",
        &[("user.name", "taro"), ("source.ip", "203.0.113.9"), ("event.outcome", "success")],
    );
}

#[test]
fn survives_anything() {
    never_panics(
        &JuniperSrx,
        &[
            "RT_FLOW_SESSION_CLOSE: session closed TCP RST: 192.0.2.1/50000->203.0.113.9/25 0x0 junos-smtp 198.51.100.1/1->203.0.113.9/25 0x0 N/A N/A source rule r1 6 out trust untrust 4711 6(500) 7(600) 3 U U taro(role) ge",
            "mgd[12]: UI_LOGIN_EVENT: User 'taro' login, class 'super-user' [1234], ssh-connection '203.0.113.9 5 192.0.2.1 22'",
            "1 2026-12-26T03:04:05.724Z srx01 RT_IDS - RT_SCREEN_IP [junos@2636 attack-name=\"IP\" source-address=\"203.0.113.9\"]",
            "rshd[1]: root@192.0.2.1 as root: cmd='x'",
            "/usr/sbin/cron[1]: (root) CMD ( sh x)",
        ],
    );
}
