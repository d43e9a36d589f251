//! Tests of `cisco_asa`.
use proptest::prelude::*;

use super::super::testing;
use super::*;
use crate::event::to_json;

fn read(text: &str) -> serde_json::Value {
    testing::read(text, |event| to_json(event, "-")).expect("read")
}

#[test]
fn a_vpn_session_begins_and_ends() {
    let v = read(
        "<166>Dec 28 2026 02:11:05 asa01 : %ASA-6-113039: Group <GP_Staff> User <taro@example.jp> IP <203.0.113.9> AnyConnect parent session started.",
    );
    assert_eq!(v["user"]["name"], "taro");
    assert_eq!(v["source"]["ip"], "203.0.113.9");
    assert_eq!(v["event"]["action"], "client-vpn-connected");
    assert_eq!(v["event"]["outcome"], "success");
    assert_eq!(v["host"]["hostname"], "asa01");
    let v = read(
        "Dec 28 2026 02:11:05: %ASA-4-113019: Group = GP_Staff, Username = taro, IP = 203.0.113.9, Session disconnected. Session Type: SSL, Duration: 6h:33m:18s, Bytes xmt: 9000, Bytes rcv: 700, Reason: Idle Timeout",
    );
    assert_eq!((&v["source"]["bytes"], &v["destination"]["bytes"]), (&700.into(), &9000.into()));
    assert_eq!(v["event"]["reason"], "Idle Timeout");
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
}

#[test]
fn rejected_and_accepted_by_aaa() {
    let v = read(
        "%ASA-6-113005: AAA user authentication Rejected : reason = AAA failure : server = 192.0.2.5 : user = taro : user IP = 203.0.113.9",
    );
    assert_eq!(v["event"]["outcome"], "failure");
    assert_eq!(v["user"]["name"], "taro");
    assert_eq!(v["source"]["ip"], "203.0.113.9");
    assert_eq!(v["destination"]["ip"], "192.0.2.5");
    let v = read(
        "%ASA-6-113015: AAA user authentication Rejected : reason = Invalid password : local database : user = ***** : user IP = 203.0.113.9",
    );
    assert!(v["user"]["name"].is_null());
    let v =
        read("%ASA-6-605004: Login denied from 203.0.113.9/32597 to outside:192.0.2.1/ssh for user \"root\"");
    assert_eq!((&v["user"]["name"], &v["destination"]["port"]), (&"root".into(), &22.into()));
    let v = read("%ASA-6-611101: User authentication succeeded: IP address: 192.0.2.8, Uname: admin");
    assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"admin".into(), &"192.0.2.8".into()));
}

#[test]
fn the_far_end_of_an_outbound_connection_is_its_destination() {
    let v = read(
        "%ASA-6-302013: Built outbound TCP connection 9 for outside:198.51.100.1/443 (198.51.100.1/443) to inside:192.0.2.7/51000 (203.0.113.1/51000)",
    );
    assert_eq!(v["source"]["ip"], "192.0.2.7");
    assert_eq!(v["destination"]["port"], 443);
    assert_eq!(v["network"]["transport"], "tcp");
    assert_eq!(v["source"]["nat"]["ip"], "203.0.113.1");
    assert!(v["destination"]["nat"].is_null());
    let v = read(
        r"%ASA-6-302015: Built inbound UDP connection 9 for outside:203.0.113.9/5000 (203.0.113.9/5000)(LOCAL\taro) to inside:192.0.2.7/53 (192.0.2.7/53) (taro)",
    );
    assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
}

#[test]
fn access_lists_and_commands() {
    let v = read(
        r"%ASA-4-106100: access-list OUT denied tcp inside/192.0.2.7(51000) -> outside/198.51.100.1(445) hit-cnt 1 first hit [0x0, 0x0]",
    );
    assert_eq!(v["destination"]["port"], 445);
    assert_eq!(v["rule"]["name"], "OUT");
    assert_eq!(v["event"]["outcome"], "failure");
    let v =
        read("%ASA-5-111010: User 'admin', running 'CLI' from IP 192.0.2.8, executed 'no logging enable'");
    assert_eq!(v["process"]["command_line"], "no logging enable");
    assert_eq!(v["source"]["ip"], "192.0.2.8");
}

#[test]
fn zones_in_headers() {
    let v = read(
        "Sep 25 15:47:07 fw : Sep 25 15:47:07 EDT: %ASA-auth-6-113004: AAA user authentication Successful : server =  192.0.2.5 : user = taro",
    );
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-09-25T19:47:07"));
    assert_eq!(v["host"]["hostname"], "fw");
}

#[test]
fn security_events_of_ftd() {
    let v = read(
        "%FTD-1-430003: DeviceUUID: x, FirstPacketSecond: 2026-12-27T17:11:05Z, AccessControlRuleAction: Block, SrcIP: 192.0.2.7, DstIP: 198.51.100.1, SrcPort: 51000, DstPort: 443, Protocol: tcp, Prefilter Policy: P L3, User: Not Found, UserAgent: Mozilla/5.0 (KHTML, like Gecko) Chrome/60, InitiatorBytes: 565, ResponderBytes: 484",
    );
    assert_eq!(v["user_agent"]["original"], "Mozilla/5.0 (KHTML, like Gecko) Chrome/60");
    assert_eq!(v["source"]["bytes"], 565);
    assert_eq!(v["event"]["outcome"], "failure");
    assert!(v["user"].is_null());
}

#[test]
fn others_are_left_alone() {
    for text in ["%SYS-5-CONFIG_I: Configured", "100%ASA- x", "%ASA-9-1: x", "Group meeting"] {
        assert!(tagged(text).is_none() && !is_untagged(text), "{text}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,120}", tail in "[a-z=<>:/,. |0-9()'\"]{0,80}", number in 100_000u32..800_000) {
        let _ = testing::parse(&CiscoAsa, &text, |_| ());
        for n in [number, 106_100, 302_013, 302_020, 430_003, 113_019, 111_010, 750_006] {
            let _ = testing::parse(&CiscoAsa, &format!("%ASA-6-{n}: {tail} for {text} to {tail} -> {text}"), |_| ());
        }
    }
}
