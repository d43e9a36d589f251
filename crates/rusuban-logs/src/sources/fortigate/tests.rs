//! Tests of `fortigate`.
use proptest::prelude::*;

use super::super::testing;
use super::*;
use crate::event::to_json;

fn read(text: &str) -> serde_json::Value {
    testing::read(text, |event| to_json(event, "-")).expect("read")
}

#[test]
fn a_vpn_login_says_who_from_where() {
    let v = read(
        r#"<189>date=2026-12-28 time=02:11:05 devname="fw-tokyo" devid="FGT60F0000000001" eventtime=1798391465123456789 tz="+0900" logid="0101039947" type="event" subtype="vpn" level="information" vd="root" logdesc="SSL VPN tunnel up" action="tunnel-up" tunneltype="ssl-tunnel" tunnelid=77 remip=203.0.113.9 tunnelip=10.212.134.200 user="CORP\naoki" group="VPN" dst_host="N/A" reason="tunnel established" msg="SSL tunnel established""#,
    );
    assert_eq!(v["user"]["name"], "naoki");
    assert_eq!(v["user"]["domain"], "CORP");
    assert_eq!(v["source"]["ip"], "203.0.113.9");
    assert_eq!(v["source"]["nat"]["ip"], "10.212.134.200");
    assert_eq!(v["event"]["outcome"], "success");
    assert_eq!(v["event"]["category"], serde_json::json!(["authentication", "session", "network"]));
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
}

#[test]
fn a_failed_vpn_login() {
    let v = read(
        r#"date=2026-12-28 time=02:11:05 devname="fw" devid="FGT1" logid="0101039426" type="event" subtype="vpn" level="alert" vd="root" eventtime=1798391465 logdesc="SSL VPN login fail" action="ssl-login-fail" tunneltype="ssl-web" tunnelid=0 remip=203.0.113.9 user="admin" group="N/A" reason="sslvpn_login_permission_denied" msg="SSL user failed to logged in""#,
    );
    assert_eq!(v["event"]["outcome"], "failure");
    assert_eq!(v["event"]["action"], "ssl-login-fail");
}

#[test]
fn an_administrator_from_cef() {
    let v = read(
        "<185>Dec 28 02:11:05 fw CEF:0|Fortinet|Fortigate|v7.4.1|32002|event:system login failed|7|deviceExternalId=FGT1 FTNTFGTlogid=0100032002 cat=event:system FTNTFGTsubtype=system FTNTFGTvd=root FTNTFGTeventtime=1798391465 FTNTFGTtz=+0900 duser=root sproc=https(203.0.113.9) src=203.0.113.9 dst=192.0.2.1 act=login outcome=failed reason=name_invalid msg=Administrator root login failed",
    );
    assert_eq!(v["source"]["ip"], "203.0.113.9");
    assert_eq!(v["user"]["name"], "root");
    assert_eq!(v["event"]["outcome"], "failure");
    assert_eq!(v["event"]["code"], "0100032002");
}

#[test]
fn a_new_administrator_has_the_fields_of_sigma() {
    let text = r#"date=2026-12-28 time=02:11:05 logid="0100044547" type="event" subtype="system" vd="root" logdesc="Object attribute configured" user="admin" ui="jsconsole(127.0.0.1)" action="Add" cfgtid=1 cfgpath="system.admin" cfgobj="helpdesk2" cfgattr="accprofile[super_admin]" msg="Add system.admin helpdesk2""#;
    testing::read(text, |event| {
        assert_eq!(event.native_text("cfgpath"), Some("system.admin"));
        assert_eq!(event.text(Field::UserTargetName), Some("helpdesk2"));
        assert_eq!((event.logsource.product, event.logsource.service), ("fortigate", "event"));
        assert_eq!(event.get(Field::EventType), Some(Value::List(firewall::ADMIN_CREATION)));
    })
    .unwrap();
}

#[test]
fn lists_with_commas_and_quotes_within_quotes() {
    let v = read(
        r#"date=2026-12-28,time=02:11:05,logid="1501054802",type="dns",subtype="dns-response",vd="v",eventtime=1798391465,user="taro",srcip=192.0.2.7,srcport=5353,dstip=192.0.2.53,dstport=53,proto=17,qname="a.example",ipaddr="192.0.2.1, 192.0.2.2",action="pass""#,
    );
    assert_eq!(v["destination"]["port"], 53);
    assert_eq!(v["dns"]["question"]["name"], "a.example");
    let v = read(
        r#"date=2026-12-28 time=02:11:05 tz="+0900" logid="0419016384" type="utm" subtype="ips" vd="root" srcip=192.0.2.7 dstip=192.0.2.8 action="dropped" attack="X" forwardedfor="a\"></script><b c=\"d\">" crlevel="high""#,
    );
    assert_eq!(v["event"]["type"], serde_json::json!(["denied"]));
    assert_eq!(v["@timestamp"].as_str().unwrap().get(..19), Some("2026-12-27T17:11:05"));
}

#[test]
fn lists_in_structured_data() {
    let v = read(
        r#"<189>1 2026-12-28T02:11:05+09:00 fw01 - - - [Fortinet@12356 devid="FGT1" logid="0101039424" type="event" subtype="vpn" vd="root" action="tunnel-up" tunneltype="ssl-web" remip=203.0.113.9 user="taro"]"#,
    );
    assert_eq!((&v["user"]["name"], &v["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
}

#[test]
fn long_sessions_count_what_is_new() {
    let v = read(
        r#"date=2026-12-28 time=02:11:05 logid="0000000020" type="traffic" subtype="forward" vd="root" eventtime=1798391465 srcip=192.0.2.7 srcport=50000 dstip=198.51.100.1 dstport=443 proto=6 action="accept" policyid=3 sentbyte=1000 rcvdbyte=2000 sentdelta=10 rcvddelta=20"#,
    );
    assert_eq!(v["source"]["bytes"], 10);
    assert_eq!(v["destination"]["bytes"], 20);
}

#[test]
fn others_are_left_alone() {
    for text in [
        "id=firewall sn=1 time=\"2026-12-28 02:11:05\" m=98",
        "log_type=\"Firewall\" log_subtype=\"Allowed\" log_id=1",
        "type=a",
    ] {
        assert!(!is_list(text), "{text}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in ".{0,200}", tail in "[a-z=\", |0-9\\\\]{0,80}") {
        for head in ["", "type=event subtype=vpn logid=1 ", "type=a,subtype=b,vd=c,", "CEF:0|Fortinet|a|b|c|d|e|"] {
            let _ = testing::parse(&Fortigate, &format!("{head}{text}{tail}"), |_| ());
        }
    }
}
