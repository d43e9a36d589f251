//! Sources of identity providers, cloud services, VMware and Veeam: they never panic on foreign bytes, the order of lines
//! does not matter, and real lines of other people are understood as far as they were when this was written.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use bumpalo::Bump;
use proptest::prelude::*;
use rusuban_logs::event::{Event, TimeReader, Zone, to_json};
use rusuban_logs::sources::{Context, Dispatcher, Refusal, SOURCES};

mod support;

use support::corpus;

/// One line of each format, made up in the form that its maker documents.
const SEEDS: [(&str, &str); 18] = [
    (
        "entra_id",
        r#"{"time":"2026-12-30T15:00:00Z","category":"SignInLogs","operationName":"Sign-in activity","resultType":"50126","callerIpAddress":"203.0.113.9","properties":{"userPrincipalName":"taro@example.co.jp","status":{"errorCode":50126,"additionalDetails":"MFA denied"},"location":{"countryOrRegion":"LV"},"deviceDetail":{"trustType":""},"networkLocationDetails":[{"networkType":"x"}]}}"#,
    ),
    (
        "entra_id",
        r#"{"category":"UserManagement","result":"success","activityDisplayName":"Add user","activityDateTime":"12/30/2026 3:00:00 PM","initiatedBy":{"user":{"userPrincipalName":"a@b.c"}},"targetResources":[{"type":"User","userPrincipalName":"t@b.c","modifiedProperties":[{"displayName":"Role.DisplayName","newValue":"\"[x]\""}]}]}"#,
    ),
    (
        "azure_activity",
        r#"{"time":"2026-12-30T15:00:00Z","resourceId":"/S","operationName":"MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE","resultType":"Success","callerIpAddress":"203.0.113.9"}"#,
    ),
    (
        "microsoft365",
        r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"New-InboxRule","RecordType":1,"ResultStatus":"True","UserType":0,"Workload":"Exchange","ClientIP":"[2001:db8::5]:4321","UserId":"taro@example.co.jp","Parameters":[{"Name":"ForwardTo","Value":"x@example.net"}]}"#,
    ),
    (
        "google_workspace",
        r#"{"id":{"time":"2026-12-30T15:00:00.000Z","applicationName":"drive"},"actor":{"email":"taro@example.co.jp"},"ipAddress":"203.0.113.9","events":[{"type":"access","name":"download","parameters":[{"name":"doc_title","value":"a"},{"name":"x","multiValue":["b"]}]}]}"#,
    ),
    (
        "gcp_audit",
        r#"{"protoPayload":{"serviceName":"iam.googleapis.com","methodName":"SetIamPolicy","authenticationInfo":{"principalEmail":"a@b.c"}},"timestamp":"2026-12-30T15:00:00.5Z"}"#,
    ),
    (
        "okta",
        r#"{"published":"2026-12-30T15:00:00.000Z","uuid":"u","eventType":"user.session.start","actor":{"alternateId":"taro@example.co.jp\\"},"client":{"ipAddress":"203.0.113.9"},"outcome":{"result":"FAILURE"},"target":[{"type":"User","alternateId":"b"}]}"#,
    ),
    (
        "aws_cloudtrail",
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"taro"},"eventTime":"2026-12-30T15:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","sourceIPAddress":"203.0.113.9","responseElements":{"ConsoleLogin":"Failure"}}"#,
    ),
    (
        "keycloak",
        r#"2026-12-31 00:00:00,123 WARN  [org.keycloak.events] (executor-thread-8) type="LOGIN_ERROR", userId="null", ipAddress="203.0.113.9", error="e", username="taro""#,
    ),
    (
        "duo",
        r#"{"access_device":{"ip":"203.0.113.9"},"event_type":"authentication","factor":"duo_push","isotimestamp":"2026-12-30T15:00:00.5+00:00","result":"fraud","txid":"t","user":{"name":"taro"}}"#,
    ),
    (
        "jumpcloud",
        r#"{"initiated_by":{"username":"taro"},"event_type":"sso_auth","service":"sso","sso_token_success":false,"organization":"o","client_ip":"203.0.113.9","timestamp":"2026-12-30T15:00:00Z"}"#,
    ),
    (
        "github_audit",
        r#"{"@timestamp":1798642800000,"_document_id":"d","action":"org.add_member","actor":"taro","org":"example"}"#,
    ),
    (
        "vmware_esxi",
        "<166>2026-12-30T15:00:00.5Z esx01 Hostd: info hostd[211] [Originator@6876 sub=Vimsvc.ha-eventmgr opID=x user=root:A] Event 9 : Cannot login root@203.0.113.9",
    ),
    (
        "vmware_esxi",
        "2026-12-30T15:00:00.1Z: [GenericCorrelator] 308us: [vob.user.ssh.session.opened] SSH session was opened for 'root@203.0.113.9'.",
    ),
    (
        "vmware_vcenter",
        r"Event [7] [1-1] [2026-12-30T15:00:00.629Z] [vim.event.UserLoginSessionEvent] [info] [OFFICE\taro] [] [7] [User OFFICE\taro@203.0.113.9 logged in as Mozilla/5.0]",
    ),
    (
        "vmware_vcenter",
        "2026-12-30T15:00:00.126Z info envoy[11] [Originator@6876 sub=Default] 2026-12-30T14:59:59.070Z POST /sdk HTTP/1.1 200 via_upstream - 1 2 1 0 0 203.0.113.9:54080 192.0.2.5:443",
    ),
    (
        "veeam",
        r#"<14>1 2026-12-30T15:00:00+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=23090 JobName="Files" ChangesXML="<c><o id="1" /></c>" UserName="OFFICE\taro" Description="Backup job 'Files' has been deleted."]"#,
    ),
    (
        "json_lines",
        r#"{"time":1798642800,"userName":"taro","clientIp":"203.0.113.9","action":"user_login","result":"failed","日時":"x"}"#,
    ),
];

fn read(dispatcher: &mut Dispatcher, text: &str) -> Result<(String, String), Refusal> {
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let mut event = Event::new(SOURCES[0].meta());
    dispatcher.read(text, None, &Context::new(&arena, &time), &mut event)?;
    Ok((event.source.id.to_owned(), to_json(&event, "-").to_string()))
}

#[test]
fn each_line_finds_its_source_whatever_stood_before_it() {
    for (_, before) in SEEDS {
        let mut dispatcher = Dispatcher::default();
        for (id, text) in SEEDS {
            read(&mut dispatcher, before).unwrap();
            let (got, event) = read(&mut dispatcher, text).unwrap();
            assert_eq!(got, id, "{text} after {before}");
            assert_eq!(event, read(&mut Dispatcher::default(), text).unwrap().1);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        let _ = read(&mut Dispatcher::default(), &text);
    }

    #[test]
    fn damaged_lines_are_read_or_refused(
        seed in 0..SEEDS.len(),
        cuts in proptest::collection::vec((any::<prop::sample::Index>(), "\\PC{0,3}", 0..12_usize), 1..4),
    ) {
        let mut text: Vec<char> = SEEDS[seed].1.chars().collect();
        for (at, put, gone) in cuts {
            let at = at.index(text.len() + 1);
            let end = (at + gone).min(text.len());
            text.splice(at..end, put.chars());
        }
        let text: String = text.into_iter().collect();
        let _ = read(&mut Dispatcher::default(), &text);
    }
}

#[test]
fn lines_of_other_people_are_understood() {
    // Folder, and the source that must take every line of it.
    for (folder, id) in [
        ("idp/azure-ad", "entra_id"),
        ("idp/microsoft-entraid", "entra_id"),
        ("idp/o365", "microsoft365"),
        ("idp/google-report", "google_workspace"),
        ("idp/okta-system", "okta"),
        ("idp/duo", "duo"),
        ("idp/jumpcloud", "jumpcloud"),
        ("idp/keycloak", "keycloak"),
        ("infra-logs/vmware-vcenter", "vmware_vcenter"),
        ("infra-logs/veeam-backup", "veeam"),
    ] {
        let mut seen = 0;
        for entry in std::fs::read_dir(corpus(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let case: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let message = case["input"]["message"].as_str().unwrap();
            let (got, event) = read(&mut Dispatcher::default(), message.trim_end()).unwrap();
            assert_eq!(got, id, "{}", path.display());
            let event: serde_json::Value = serde_json::from_str(&event).unwrap();
            for (part, name) in [("source", "ip"), ("event", "outcome")] {
                let expected = &case["expected"][part][name];
                if !expected.is_null() {
                    assert_eq!(&event[part][name], expected, "{part}.{name} of {}", path.display());
                }
            }
            seen += 1;
        }
        assert!(seen > 0, "no case in {folder}");
    }
}
