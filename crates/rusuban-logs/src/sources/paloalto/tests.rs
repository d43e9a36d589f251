//! Tests of `paloalto`.
use proptest::prelude::*;

use super::super::testing;
use super::*;
use crate::event::to_json;

fn read(text: &str) -> serde_json::Value {
    testing::read(text, |event| to_json(event, "-")).expect("read")
}

#[test]
fn a_globalprotect_login_says_who_from_where() {
    let v = read(
        r#"<14>Dec 28 02:11:06 fw01 1,2026/12/28 02:11:06,0123,GLOBALPROTECT,0,2562,2026/12/28 02:11:05,vsys1,gateway-auth,login,SAML,,corp.example\taro,JP,PC-01,203.0.113.9,0.0.0.0,10.0.0.9,0.0.0.0,host-id,SN1,6.1.0,Windows,"Microsoft Windows 11 Pro , 64-bit",1,,,"",success,,0,user-logon,0,GW1,77,0x8000000000000000,2026-12-28T02:11:05.134+09:00"#,
    );
    assert_eq!(v["user"]["name"], "taro");
    assert_eq!(v["source"]["ip"], "203.0.113.9");
    assert_eq!(v["source"]["nat"]["ip"], "10.0.0.9");
    assert_eq!(v["event"]["outcome"], "success");
    assert_eq!(v["event"]["category"], serde_json::json!(["authentication", "session", "network"]));
    assert_eq!(v["host"]["os"]["full"], "Microsoft Windows 11 Pro , 64-bit");
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..23), Some("2026-12-27T17:11:05.134"));
}

#[test]
fn globalprotect_of_old_in_the_system_log() {
    let v = read(
        r#"1,2026/12/28 02:11:06,0123,SYSTEM,globalprotect,0,2026/12/28 02:11:05,,globalprotectgateway-auth-fail,GW,0,0,general,informational,"GlobalProtect gateway user authentication failed. Login from: 203.0.113.9, Source region: JP, User name: taro, Client OS version: Windows 10, Reason: Authentication failed: Invalid username or password, Auth type: profile.",7,0x0,0,0,0,0,,fw1"#,
    );
    assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
    assert_eq!(v["event"]["outcome"], "failure");
}

#[test]
fn connections_count_bytes_each_way() {
    let v = read(
        "1,2026/12/28 02:11:06,0123,TRAFFIC,end,2305,2026/12/28 02:11:05,192.0.2.7,198.51.100.1,203.0.113.1,198.51.100.1,Out,corp\\taro,,ssl,vsys1,trust,untrust,ethernet1/1,ethernet1/2,Log,2026/12/28 02:11:05,1,1,51000,443,40000,443,0x0,tcp,allow,2346,1974,372,9,2026/12/28 02:10:55,10,any,0,1,0x0,JP,US,0,6,3,tcp-fin,0,0,0,0,,fw1,from-policy",
    );
    assert_eq!((&v["source"]["bytes"], &v["destination"]["bytes"]), (&1974.into(), &372.into()));
    assert_eq!(v["source"]["nat"]["port"], 40000);
    assert_eq!(v["event"]["action"], "allow");
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
}

#[test]
fn an_administrator_logs_in_and_changes_something() {
    let v = read(
        r#"1,2026/12/28 02:11:06,0123,SYSTEM,general,0,2026/12/28 02:11:05,,general,,0,0,general,informational,"User admin logged in via Web from 192.0.2.8 using https",7,0x0,0,0,0,0,,fw1"#,
    );
    assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"admin".into(), &"192.0.2.8".into()));
    assert_eq!(v["event"]["type"], serde_json::json!(["start"]));
    let v = read(
        r#"1,2026/12/28 02:11:06,0123,SYSTEM,general,0,2026/12/28 02:11:05,,general,,0,0,general,informational,"User admin failed to log in via Web from 192.0.2.8 : invalid password",7,0x0,0,0,0,0,,fw1"#,
    );
    assert_eq!((&v["user"]["name"], &v["event"]["outcome"]), (&"admin".into(), &"failure".into()));
    let v = read(
        "1,2026/12/28 02:11:06,0123,CONFIG,0,0,2026/12/28 02:11:05,192.0.2.8,,set,admin,Web,Succeeded, mgt-config users helpdesk2,7,0x0,0,0,0,0,,fw1",
    );
    assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"admin".into(), &"192.0.2.8".into()));
    assert_eq!(v["event"]["category"], serde_json::json!(["iam", "configuration"]));
    assert_eq!(v["user"]["target"]["name"], "helpdesk2");
    assert_eq!(v["event"]["outcome"], "success");
}

#[test]
fn documents_and_cef() {
    let v = read(
        r#"{"TimeReceived":"2026-12-27T17:11:09.000000Z","DeviceSN":"1","LogType":"TRAFFIC","Subtype":"end","TimeGenerated":"2026-12-27T17:11:05.000000Z","SourceAddress":"192.0.2.7","DestinationAddress":"198.51.100.1","SourceUser":"taro@corp.example","SourcePort":51000,"DestinationPort":443,"Action":"allow","BytesSent":74,"BytesReceived":10}"#,
    );
    assert_eq!(
        (&v["user"]["name"], &v["source"]["port"], &v["source"]["bytes"]),
        (&"taro".into(), &51000.into(), &74.into())
    );
    let v = read(
        "CEF:0|Palo Alto Networks|LF|2.0|TRAFFIC|end|3|dtz=UTC rt=Dec 27 2026 17:11:05 src=192.0.2.7 dst=198.51.100.1 cs1=Out cs1Label=Rule suser=corp\\\\taro spt=51000 dpt=443 act=deny out=5651 in=6852 proto=tcp",
    );
    assert_eq!((&v["user"]["name"], &v["rule"]["name"]), (&"taro".into(), &"Out".into()));
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
    assert_eq!(v["event"]["type"], serde_json::json!(["connection", "denied"]));
}

#[test]
fn columns_in_quotes() {
    let arena = Bump::new();
    assert_eq!(column(r#""a ""b"", c",d"#, &arena), (r#"a "b", c"#, Some("d")));
    assert_eq!(column(r#"\"a,b\",d"#, &arena), ("a,b", Some("d")));
    assert_eq!(column("a", &arena), ("a", None));
}

#[test]
fn a_threat_has_its_id() {
    let text = r#"1,2026/12/28 02:11:06,0123,THREAT,vulnerability,2049,2026/12/28 02:11:05,198.51.100.1,192.0.2.7,0.0.0.0,0.0.0.0,In,,,web-browsing,vsys1,a,b,c,d,Log,2026/12/28 02:11:05,1,2,12345,80,0,0,0x2000,tcp,reset-both,"x.pdf",PDF Exploit(34805),any,critical,client-to-server,1,0x0"#;
    testing::read(text, |event| {
        assert_eq!(event.text(Field::EventCode), Some("34805"));
        assert_eq!(event.get(Field::EventType), Some(Value::List(fw::DENIED)));
    })
    .unwrap();
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,200}", tail in "[a-z=\", |0-9\\\\:/']{0,120}") {
        for kind in ["TRAFFIC", "THREAT", "SYSTEM", "CONFIG", "AUTH", "GLOBALPROTECT", "USERID", "HIPMATCH", "DNS"] {
            let _ = testing::parse(&Paloalto, &format!("1,x,y,{kind},{tail},{text},{tail}"), |_| ());
        }
        let _ = testing::parse(&Paloalto, &text, |_| ());
        let _ = testing::parse(&Paloalto, &format!("CEF:0|Palo Alto Networks|a|b|SYSTEM|d|e|{tail} msg={text}"), |_| ());
    }
}
