//! Tests of `windows`.
use bumpalo::Bump;
use proptest::prelude::*;

use super::prelude::*;
use crate::event::{TimeReader, Zone, to_json};
use crate::sources::{Context, Dispatcher, Refusal, SOURCES};

/// Reads one line as the review does; the event as JSON, or why not.
fn read(text: &str) -> Result<serde_json::Value, Refusal> {
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let context = Context::new(&arena, &time);
    let mut event = Event::new(SOURCES[SOURCES.len() - 1].meta());
    Dispatcher::default().read(text, None, &context, &mut event)?;
    Ok(to_json(&event, "-"))
}

/// The value at a dotted name.
fn get(json: &serde_json::Value, name: &str) -> String {
    let found = name.split('.').try_fold(json, |at, part| at.get(part));
    let found = found.or_else(|| json.get(name)).cloned().unwrap_or_default();
    match found {
        serde_json::Value::String(s) => s,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// An event of Windows as XML.
fn xml(provider: &str, channel: &str, id: u32, data: &[(&str, &str)]) -> String {
    let data: String =
        data.iter()
            .map(|(n, v)| {
                if n.is_empty() {
                    format!("<Data>{v}</Data>")
                } else {
                    format!("<Data Name='{n}'>{v}</Data>")
                }
            })
            .collect();
    format!(
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{provider}'/>\
         <EventID>{id}</EventID><Level>0</Level><Keywords>0x8000000000000000</Keywords>\
         <TimeCreated SystemTime='2026-12-26T03:04:05.1234567Z'/><EventRecordID>77</EventRecordID>\
         <Execution ProcessID='4' ThreadID='8'/><Channel>{channel}</Channel><Computer>dc01.corp.example</Computer>\
         <Security/></System><EventData>{data}</EventData></Event>"
    )
}

fn security(id: u32, data: &[(&str, &str)]) -> serde_json::Value {
    read(&xml("Microsoft-Windows-Security-Auditing", "Security", id, data)).unwrap()
}

#[test]
fn a_remote_desktop_login_says_who_where_from_and_how() {
    let event = security(
        4624,
        &[
            ("SubjectUserName", "DC01$"),
            ("SubjectUserSid", "S-1-5-18"),
            ("TargetUserName", "taro"),
            ("TargetDomainName", "CORP"),
            ("TargetUserSid", "S-1-5-21-1-2-3-1104"),
            ("LogonType", "10"),
            ("IpAddress", "::ffff:203.0.113.9"),
            ("IpPort", "51234"),
            ("WorkstationName", "PC9"),
        ],
    );
    for (name, value) in [
        ("@timestamp", "2026-12-26T03:04:05.123456Z"),
        ("user.name", "taro"),
        ("user.domain", "CORP"),
        ("user.id", "S-1-5-21-1-2-3-1104"),
        ("source.ip", "203.0.113.9"),
        ("source.port", "51234"),
        ("source.domain", "PC9"),
        ("event.action", "authentication_remote_interactive"),
        ("event.outcome", "success"),
        ("event.code", "4624"),
        ("winlog.logon.type", "RemoteInteractive"),
        ("host.name", "dc01.corp.example"),
        ("host.hostname", "dc01"),
    ] {
        assert_eq!(get(&event, name), value, "{name} in {event}");
    }
}

#[test]
fn a_failed_login_says_why() {
    let event = security(
        4625,
        &[
            ("TargetUserName", "taro"),
            ("TargetUserSid", "S-1-0-0"),
            ("Status", "0xc000006d"),
            ("SubStatus", "0xc0000064"),
            ("LogonType", "3"),
            ("IpAddress", "-"),
        ],
    );
    assert_eq!(get(&event, "event.outcome"), "failure");
    assert_eq!(get(&event, "event.reason"), "user name does not exist");
    assert_eq!(get(&event, "event.action"), "authentication_network");
    assert_eq!(get(&event, "user.id"), "");
    assert_eq!(get(&event, "source.ip"), "");
    let event = security(4771, &[("TargetUserName", "taro"), ("Status", "0x18"), ("IpAddress", "::1")]);
    assert_eq!(get(&event, "event.outcome"), "failure");
    assert_eq!(get(&event, "event.reason"), "wrong password");
    assert_eq!(get(&event, "source.ip"), "::1");
}

#[test]
fn a_new_member_of_a_group() {
    let event = security(
        4728,
        &[
            ("MemberName", r"CN=Taro\, Sato,OU=Users,DC=corp,DC=example"),
            ("MemberSid", "S-1-5-21-1-2-3-1104"),
            ("TargetUserName", "Domain Admins"),
            ("TargetDomainName", "CORP"),
            ("TargetSid", "S-1-5-21-1-2-3-512"),
            ("SubjectUserName", "admin"),
        ],
    );
    for (name, value) in [
        ("event.action", "added-member-to-group"),
        ("group.name", "Domain Admins"),
        ("group.id", "S-1-5-21-1-2-3-512"),
        ("user.name", "admin"),
        ("user.target.name", r"Taro\, Sato"),
        ("user.target.id", "S-1-5-21-1-2-3-1104"),
    ] {
        assert_eq!(get(&event, name), value, "{name} in {event}");
    }
}

#[test]
fn processes_services_tasks() {
    let event = security(
        4688,
        &[
            ("SubjectUserName", "taro"),
            ("NewProcessId", "0x1a4"),
            ("NewProcessName", r"C:\Windows\System32\vssadmin.exe"),
            ("ProcessId", "0x10"),
            ("CommandLine", "vssadmin delete shadows /all /quiet"),
            ("TargetUserName", "-"),
        ],
    );
    assert_eq!(get(&event, "process.command_line"), "vssadmin delete shadows /all /quiet");
    assert_eq!(get(&event, "process.name"), "vssadmin.exe");
    assert_eq!(get(&event, "process.pid"), "420");
    assert_eq!(get(&event, "process.parent.pid"), "16");
    let scm = &[("ServiceName", "svc1"), ("ImagePath", r"C:\x.exe"), ("AccountName", "LocalSystem")];
    let event = read(&xml("Service Control Manager", "System", 7045, scm)).unwrap();
    assert_eq!(get(&event, "event.action"), "service-installed");
    assert_eq!(get(&event, "service.name"), "svc1");
    assert_eq!(get(&event, "file.path"), r"C:\x.exe");
    let content = "&lt;Exec&gt;&lt;Command&gt;cmd.exe&lt;/Command&gt;&lt;Arguments&gt;/c x&lt;/Arguments&gt;&lt;/Exec&gt;";
    let event =
        security(4698, &[("TaskName", r"\Job"), ("TaskContent", content), ("SubjectUserName", "taro")]);
    assert_eq!(get(&event, "winlog.event_data.TaskName"), r"\Job");
    assert_eq!(get(&event, "process.command_line"), "cmd.exe /c x");
}

#[test]
fn logs_cleared_and_defender_stopped() {
    let text = "<Event><System><Provider Name='Microsoft-Windows-Eventlog'/><EventID>1102</EventID>\
        <TimeCreated SystemTime='2026-12-26T03:04:05Z'/><Channel>Security</Channel><Computer>pc</Computer></System>\
        <UserData><LogFileCleared xmlns='http://x'><SubjectUserName>taro</SubjectUserName></LogFileCleared></UserData></Event>";
    let event = read(text).unwrap();
    assert_eq!(get(&event, "event.action"), "audit-log-cleared");
    assert_eq!(get(&event, "user.name"), "taro");
    let channel = "Microsoft-Windows-Windows Defender/Operational";
    let event = read(&xml("Microsoft-Windows-Windows Defender", channel, 5001, &[])).unwrap();
    assert_eq!(get(&event, "event.action"), "real-time-protection-disabled");
    let data = &[("New Value", r"HKLM\SOFTWARE\X = 0x0"), ("Feature Name", "%%886")];
    let text = xml("Microsoft-Windows-Windows Defender", channel, 5007, data);
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 0);
    let mut event = Event::new(SOURCES[0].meta());
    let context = Context::new(&arena, &time);
    Dispatcher::default().read(&text, None, &context, &mut event).unwrap();
    assert_eq!(event.native_text("NewValue"), Some(r"HKLM\SOFTWARE\X = 0x0"));
    assert_eq!(event.native_text("Feature_Name"), Some("%%886"));
}

#[test]
fn remote_sessions() {
    let channel = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational";
    let text = format!(
        "<Event><System><Provider Name='Microsoft-Windows-TerminalServices-LocalSessionManager'/><EventID>21</EventID>\
         <TimeCreated SystemTime='2026-12-26T03:04:05Z'/><Channel>{channel}</Channel><Computer>pc</Computer></System>\
         <UserData><EventXML xmlns='Event_NS'><User>CORP\\taro</User><SessionID>3</SessionID>\
         <Address>198.51.100.7</Address></EventXML></UserData></Event>"
    );
    let event = read(&text).unwrap();
    assert_eq!(get(&event, "user.name"), "taro");
    assert_eq!(get(&event, "source.ip"), "198.51.100.7");
    assert_eq!(get(&event, "session.id"), "3");
    let local = read(&text.replace("198.51.100.7", "LOCAL")).unwrap();
    assert_eq!(get(&local, "source.ip"), "");
    assert_eq!(get(&local, "source.address"), "");
    let data = &[("", "{1}"), ("", r"CORP\taro"), ("", "203.0.113.5"), ("", "wrong password")];
    let event = read(&xml("RemoteAccess", "System", 20271, data)).unwrap();
    assert_eq!(get(&event, "event.outcome"), "failure");
    assert_eq!(get(&event, "source.ip"), "203.0.113.5");
    assert_eq!(get(&event, "user.name"), "taro");
}

#[test]
fn a_message_for_people_stands_in_for_data() {
    let text = r#"{"EventTime":"2026-12-26 03:04:05","Hostname":"pc","EventID":21,"SourceName":"Microsoft-Windows-TerminalServices-LocalSessionManager","Channel":"Microsoft-Windows-TerminalServices-LocalSessionManager/Operational","AccountName":"SYSTEM","AccountType":"User","Message":"Remote Desktop Services: Session logon succeeded:\r\n\r\nUser: CORP\\taro\r\nSession ID: 3\r\nSource Network Address: 198.51.100.7"}"#;
    let event = read(text).unwrap();
    assert_eq!(get(&event, "user.name"), "taro");
    assert_eq!(get(&event, "user.domain"), "CORP");
    assert_eq!(get(&event, "source.ip"), "198.51.100.7");
    // Objects of other products that number their events are not taken.
    let other = r#"{"EventID":7,"Source":"app","Computer":"pc"}"#;
    assert!(!read(other).is_ok_and(|e| get(&e, "event.module") == "windows"));
}

#[test]
fn the_same_event_in_json_forms() {
    let nxlog = r#"{"EventTime":"2026-12-26 03:04:05","Hostname":"pc","EventType":"AUDIT_FAILURE","EventID":"4625","SourceName":"Microsoft-Windows-Security-Auditing","Channel":"Security","TargetUserName":"taro","LogonType":"3","IpAddress":"203.0.113.9","RecordNumber":9}"#;
    let beat = r#"{"@timestamp":"2026-12-26T03:04:05Z","winlog":{"channel":"Security","event_id":"4625","provider_name":"Microsoft-Windows-Security-Auditing","computer_name":"pc","record_id":"9","event_data":{"TargetUserName":"taro","LogonType":"3","IpAddress":"203.0.113.9"}}}"#;
    let tree = r##"{"Event":{"System":{"Provider":{"#attributes":{"Name":"Microsoft-Windows-Security-Auditing"}},"EventID":4625,"TimeCreated":{"#attributes":{"SystemTime":"2026-12-26T03:04:05Z"}},"Channel":"Security","Computer":"pc","EventRecordID":9},"EventData":{"TargetUserName":"taro","LogonType":3,"IpAddress":"203.0.113.9"}}}"##;
    let wazuh = r#"{"win":{"system":{"providerName":"Microsoft-Windows-Security-Auditing","eventID":"4625","systemTime":"2026-12-26T03:04:05Z","channel":"Security","computer":"pc","eventRecordID":"9"},"eventdata":{"targetUserName":"taro","logonType":"3","ipAddress":"203.0.113.9"}}}"#;
    let flat = r#"{"TimeGenerated":"2026-12-26T03:04:05Z","Computer":"pc","Channel":"Security","EventID":4625,"EventSourceName":"Microsoft-Windows-Security-Auditing","TargetUserName":"taro","LogonType":3,"IpAddress":"203.0.113.9"}"#;
    for text in [nxlog, beat, tree, wazuh, flat] {
        let event = read(text).unwrap();
        for (name, value) in [
            ("@timestamp", "2026-12-26T03:04:05.000000Z"),
            ("user.name", "taro"),
            ("source.ip", "203.0.113.9"),
            ("event.action", "authentication_network"),
            ("event.outcome", "failure"),
            ("event.code", "4625"),
            ("host.name", "pc"),
        ] {
            assert_eq!(get(&event, name), value, "{name} of {text}: {event}");
        }
    }
}

#[test]
fn xml_of_several_events_is_split_and_never_read_in_part() {
    let one = xml("P", "C", 1, &[("A", "&lt;x&gt; &#12354;")]);
    let two = format!("<?xml version='1.0'?><Events>{one}\n{one}</Events>");
    assert_eq!(super::xml::split(&two).count(), 2);
    assert!(super::xml::split(&two).all(|e| read(e).is_ok()));
    assert!(matches!(read(&format!("{one}{one}")), Err(Refusal::Broken(_))));
    assert!(matches!(read(one.trim_end_matches("</Event>")), Err(Refusal::Broken(_))));
}

#[test]
fn nps_lines_of_three_forms() {
    let odbc = "\"NPS1\",\"IAS\",12/26/2026,03:04:05,3,\"CORP\\taro\",\"CORP\\taro\",\"192.0.2.1\",\"203.0.113.9\",,,\"GW\",\"192.0.2.2\",7,,\"192.0.2.2\",\"gw\",,,5,,,,,,16,";
    let ias = "192.0.2.2,CORP\\taro,12/26/2026,03:04:05,IAS,NPS1,31,203.0.113.9,4136,3,4142,16";
    let dts = "<Event><Timestamp data_type=\"4\">12/26/2026 03:04:05.250</Timestamp><Computer-Name data_type=\"1\">NPS1</Computer-Name><Event-Source data_type=\"1\">IAS</Event-Source><User-Name data_type=\"1\">CORP\\taro</User-Name><Calling-Station-Id data_type=\"1\">203.0.113.9</Calling-Station-Id><Packet-Type data_type=\"0\">3</Packet-Type><Reason-Code data_type=\"0\">16</Reason-Code></Event>";
    for text in [odbc, ias, dts] {
        let event = read(text).unwrap();
        for (name, value) in [
            ("@timestamp", "2026-12-26T03:04:05.000000Z"),
            ("user.name", "taro"),
            ("source.ip", "203.0.113.9"),
            ("event.action", "Access-Reject"),
            ("event.outcome", "failure"),
            ("event.reason", "wrong user name or password"),
            ("host.name", "NPS1"),
        ] {
            assert_eq!(get(&event, name), value, "{name} of {text}: {event}");
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        let _ = read(&text);
        let _ = read(&format!("<Event><System>{text}</System></Event>"));
        let _ = read(&format!("<Event><Timestamp {text}"));
        let _ = read(&format!("\"A\",\"IAS\",12/26/2026,03:04:05,{text}"));
        let _ = read(&format!("2026-12-26 03:04:05, Info {text}"));
        let _ = super::xml::split(&text).count();
    }

    #[test]
    fn no_value_makes_the_meaning_panic(id in 0_u32..9000, name in "(IpAddress|CommandLine|Hashes|MemberName|UtcTime|Path|Address|Param3|payload|connection|url)", value in "\\PC{0,60}") {
        for channel in ["Security", "System", "Windows PowerShell", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Windows Defender/Operational", "AD FS/Admin", "OpenSSH/Operational"] {
            let escaped = value.replace('&', "&amp;").replace('<', "&lt;");
            let _ = read(&xml("P", channel, id, &[(&name, &escaped), ("", &escaped)]));
        }
    }
}
