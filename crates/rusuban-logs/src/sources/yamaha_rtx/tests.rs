//! Tests of `yamaha_rtx`.
use super::super::netkit::tests::{check, never_panics, try_read};
use super::*;

#[test]
fn filters() {
    check(
        "2026/12/26 03:04:05: LAN2 Rejected at IN(2000) filter: TCP 203.0.113.9:40000 > 192.0.2.1:22",
        &[
            ("@timestamp", "2026-12-26T03:04:05.000000Z"),
            ("source.ip", "203.0.113.9"),
            ("source.port", "40000"),
            ("destination.ip", "192.0.2.1"),
            ("destination.port", "22"),
            ("event.action", "rejected"),
            ("rule.id", "2000"),
            ("network.direction", "inbound"),
            ("network.transport", "tcp"),
        ],
    );
    check(
        "<134>Dec 26 03:04:05 192.168.100.1 LAN1(port3) Rejected at IN(1) filter: 00:a0:de:00:00:01 > 00:a0:de:00:00:02 IP6",
        &[
            ("source.mac", "00:a0:de:00:00:01"),
            ("event.action", "rejected"),
            ("host.hostname", "192.168.100.1"),
        ],
    );
    check(
        "PP[01] Passed at OUT(200099) filter: ICMP 192.0.2.1 > 203.0.113.9 : echo request",
        &[("network.transport", "icmp"), ("event.action", "passed"), ("destination.ip", "203.0.113.9")],
    );
}

#[test]
fn sessions_of_the_dynamic_filter() {
    check(
        "[INSPECT] PP[01][out][101] TCP 2001:db8::1.50000 > 2001:db8::2.443 (2026/12/26 03:04:05)",
        &[
            ("source.ip", "2001:db8::1"),
            ("destination.port", "443"),
            ("rule.id", "101"),
            ("observer.egress.interface.name", "PP[01]"),
            ("event.start", "2026/12/26 03:04:05"),
        ],
    );
}

#[test]
fn logins() {
    check(
        "2026/12/26 03:04:05: Login succeeded for SSH: 192.168.100.20 taro",
        &[("user.name", "taro"), ("source.ip", "192.168.100.20"), ("event.outcome", "success")],
    );
    check(
        "Dec 26 03:04:05 192.168.100.1 Login failed for HTTP: 203.0.113.9 admin",
        &[("user.name", "admin"), ("source.ip", "203.0.113.9"), ("event.outcome", "failure")],
    );
    check(
        "2026/12/26 03:04:05: 'administrator' succeeded for Serial user",
        &[("event.action", "administrator-succeeded"), ("user.effective.name", "administrator")],
    );
    check(
        "2026/12/26 03:04:05: Configuration saved in \"CONFIG0\" by SSH(taro)",
        &[("user.name", "taro"), ("event.action", "configuration-saved")],
    );
}

#[test]
fn remote_access() {
    check(
        "2026/12/26 03:04:05: [L2TP] TUNNEL[1] connected from 203.0.113.9",
        &[("source.ip", "203.0.113.9"), ("event.action", "vpn-connected")],
    );
    check(
        "2026/12/26 03:04:05: PP[ANONYMOUS01] Call detected from user 'taro'",
        &[("user.name", "taro"), ("event.outcome", "null")],
    );
    check(
        "2026/12/26 03:04:06: PP[ANONYMOUS01] PPP/IPCP up  (Local: 192.168.100.1, Remote: 192.168.100.50)",
        &[("event.outcome", "success"), ("source.nat.ip", "192.168.100.50")],
    );
    check("2026/12/26 03:04:05: IP Tunnel[1] Up", &[("event.action", "tunnel-up")]);
}

#[test]
fn a_clock_that_was_not_set() {
    check(
        "1980/01/01 00:00:05: Power-on boot",
        &[("rusuban.time.basis", "clock-unset"), ("event.action", "power-on-boot")],
    );
}

#[test]
fn link_changes_behind_a_header() {
    check(
        "Dec 26 03:04:05 192.168.100.1 LAN2: link down",
        &[("event.action", "link-down"), ("message", "LAN2: link down")],
    );
}

#[test]
fn other_texts_are_declined() {
    assert_eq!(try_read("hello world", None), Err(Refusal::NotMine));
}

#[test]
fn survives_anything() {
    never_panics(
        &YamahaRtx,
        &[
            "2026/12/26 03:04:05: LAN2 Rejected at IN(2000) filter: TCP 203.0.113.9:40000 > 192.0.2.1:22",
            "[INSPECT] PP[01][out][101] TCP 2001:db8::1.50000 > 2001:db8::2.443 (2026/12/26 03:04:05)",
            "PP[ANONYMOUS01] PPP/IPCP up  (Local: 192.168.100.1, Remote: 192.168.100.50)",
            "[IKE] initiate ISAKMP phase to 203.0.113.9 (local address 192.0.2.1)",
            "Configuration saved in \"CONFIG0\" by SSH(taro)",
        ],
    );
}
