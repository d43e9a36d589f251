//! SigmaHQ's rules for clouds and identity providers find what they are written for in lines of those services' forms: the
//! sources give fields and `logsource` under the names that the rules use.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use bumpalo::Bump;
use rusuban_logs::event::{Event, TimeReader, Zone};
use rusuban_logs::sigma::{Engine, Options, load_all};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES};

mod support;

use support::{corpus, files};

/// A made-up line, and the id of the rule that must find it.
const LINES: [(&str, &str); 25] = [
    // Account lockout
    (
        r#"{"time":"2026-12-30T15:00:00Z","category":"SignInLogs","resultType":"50053","properties":{"status":{"errorCode":50053},"userPrincipalName":"a@b.c"}}"#,
        "2b7d6fc0-71ac-4cf7-8ed1-b5788ee5257a",
    ),
    // Sign-in with user name and password alone, by an application
    (
        r#"{"createdDateTime":"2026-12-30T15:00:00Z","appId":"x","status":{"errorCode":0},"authenticationProtocol":"ropc","userPrincipalName":"a@b.c"}"#,
        "55695bc0-c8cf-461f-a379-2535f563c854",
    ),
    // Successful sign-in, one factor
    (
        r#"{"createdDateTime":"2026-12-30T15:00:00Z","appId":"x","status":{"errorCode":0},"authenticationRequirement":"singleFactorAuthentication","userPrincipalName":"a@b.c"}"#,
        "28eea407-28d7-4e42-b0be-575d5ba60b2c",
    ),
    // Risky sign-in, unknown device
    (
        r#"{"createdDateTime":"2026-12-30T15:00:00Z","appId":"x","status":{"errorCode":0},"authenticationRequirement":"singleFactorAuthentication","riskState":"atRisk","deviceDetail":{"trustType":""},"userPrincipalName":"a@b.c"}"#,
        "572b12d4-9062-11ed-a1eb-0242ac120002",
    ),
    // Added to an administrator's role
    (
        r#"{"category":"RoleManagement","result":"success","activityDisplayName":"Add member to role","activityDateTime":"2026-12-30T15:00:00Z","targetResources":[{"type":"User","modifiedProperties":[{"displayName":"Role.DisplayName","newValue":"\"Global Administrator\""}]}]}"#,
        "ebbeb024-5b1d-4e16-9c0c-917f86c708a7",
    ),
    // Second factor taken away
    (
        r#"{"category":"UserManagement","result":"success","activityDisplayName":"Disable Strong Authentication","activityDateTime":"2026-12-30T15:00:00Z","targetResources":[]}"#,
        "7ea78478-a4f9-42a6-9dcd-f861816122bf",
    ),
    // Change of an authentication method
    (
        r#"{"category":"UserManagement","result":"success","activityDisplayName":"User registered security info","loggedByService":"Authentication Methods","activityDateTime":"2026-12-30T15:00:00Z","targetResources":[]}"#,
        "4d78a000-ab52-4564-88a5-7ab5242b20c7",
    ),
    // New policy of conditional access
    (
        r#"{"time":"2026-12-30T15:00:00Z","category":"AuditLogs","operationName":"Add conditional access policy","properties":{"category":"Policy","result":"success","activityDisplayName":"Add conditional access policy"}}"#,
        "0922467f-db53-4348-b7bf-dee8d0d348c6",
    ),
    // Impossible travel, as Entra says and as Defender for Cloud Apps says
    (
        r#"{"id":"1","riskEventType":"impossibleTravel","riskLevel":"high","detectedDateTime":"2026-12-30T15:00:00Z","userPrincipalName":"a@b.c"}"#,
        "b2572bf9-e20a-4594-b528-40bde666525a",
    ),
    (
        r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"MCAS_ALERT","OrganizationId":"o","RecordType":98,"UserType":0,"Workload":"MCAS","AlertDisplayName":"Impossible travel activity"}"#,
        "d7eab125-5f94-43df-8710-795b80fa1189",
    ),
    // Mailbox rules
    (
        r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"Set-Mailbox","OrganizationId":"o","RecordType":1,"UserType":0,"Workload":"Exchange","Parameters":[{"Name":"ForwardingSmtpAddress","Value":"smtp:x@example.net"}]}"#,
        "c726e007-2cd0-4a55-abfb-79730fbedee5",
    ),
    (
        r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"New-InboxRule","OrganizationId":"o","RecordType":1,"UserType":0,"Workload":"Exchange","Parameters":[{"Name":"DeleteMessage","Value":"True"},{"Name":"MarkAsRead","Value":"True"}]}"#,
        "d3577be1-42c9-44a7-b56e-2e8de97349d3",
    ),
    // Second factor taken away, federated domains
    (
        r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"Disable Strong Authentication.","OrganizationId":"o","RecordType":8,"UserType":0,"Workload":"AzureActiveDirectory"}"#,
        "60de9b57-dc4d-48b9-a6a0-b39e0469f876",
    ),
    (
        r#"{"CreationTime":"2026-12-30T15:00:00","Operation":"Add-FederatedDomain","OrganizationId":"o","RecordType":1,"UserType":0,"Workload":"Exchange","ResultStatus":"True"}"#,
        "42127bdd-9133-474f-a6f1-97b6c08a4339",
    ),
    // Google
    (
        r#"{"id":{"time":"2026-12-30T15:00:00.000Z","applicationName":"user_accounts"},"actor":{"email":"a@b.c"},"events":[{"type":"email_forwarding_change","name":"email_forwarding_out_of_domain"}]}"#,
        "2a0bb2dd-eb5f-4517-8cb9-404f8ba764a5",
    ),
    (
        r#"{"id":{"time":"2026-12-30T15:00:00.000Z","applicationName":"login"},"actor":{"email":"a@b.c"},"events":[{"type":"account_warning","name":"suspicious_login"}]}"#,
        "38360161-76c4-4283-842e-efcf997dafc8",
    ),
    (
        r#"{"id":{"time":"2026-12-30T15:00:00.000Z","applicationName":"admin"},"actor":{"email":"a@b.c"},"events":[{"type":"USER_SETTINGS","name":"GRANT_ADMIN_PRIVILEGE"}]}"#,
        "2d1b83e4-17c6-4896-a37b-29140b40a788",
    ),
    (
        r#"{"id":{"time":"2026-12-30T15:00:00.000Z","applicationName":"admin"},"actor":{"email":"a@b.c"},"events":[{"type":"SECURITY_SETTINGS","name":"ENFORCE_STRONG_AUTHENTICATION","parameters":[{"name":"NEW_VALUE","value":"false"}]}]}"#,
        "780601d1-6376-4f2a-884e-b8d45599f78c",
    ),
    // Okta
    (
        r#"{"published":"2026-12-30T15:00:00.000Z","uuid":"u","eventType":"user.mfa.factor.reset_all","actor":{"alternateId":"a@b.c"}}"#,
        "50e068d7-1e6b-4054-87e5-0a592c40c7e0",
    ),
    (
        r#"{"published":"2026-12-30T15:00:00.000Z","uuid":"u","eventType":"user.account.privilege.grant","actor":{"alternateId":"a@b.c"}}"#,
        "413d4a81-6c98-4479-9863-014785fd579c",
    ),
    // AWS
    (
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser"},"eventTime":"2026-12-30T15:00:00Z","eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","responseElements":{"ConsoleLogin":"Success"},"additionalEventData":{"MFAUsed":"No"}}"#,
        "77caf516-34e5-4df9-b4db-20744fea0a60",
    ),
    (
        r#"{"eventVersion":"1.08","userIdentity":{"type":"IAMUser"},"eventTime":"2026-12-30T15:00:00Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketVersioning","requestParameters":{"VersioningConfiguration":{"Status":"Suspended"}}}"#,
        "a136ac98-b2bc-4189-a14d-f0d0388e57a7",
    ),
    // Duo, GitHub
    (
        r#"{"access_device":{"ip":"203.0.113.9"},"event_type":"authentication","reason":"bypass_user","isotimestamp":"2026-12-30T15:00:00+00:00","result":"success","txid":"t"}"#,
        "6f7e1c10-2dc9-4312-adb6-9574ff09a5c8",
    ),
    (
        r#"{"@timestamp":1798642800000,"_document_id":"d","action":"org.add_member","actor":"taro","org":"example"}"#,
        "3908d64a-3c06-4091-b503-b3a94424533b",
    ),
    // The shell of ESXi
    (
        "2026-12-30T15:00:00Z shell[2100]: [root]: esxcli vm process kill --type=force --world-id=7",
        "2992ac4d-31e9-4325-99f2-b18a73221bb2",
    ),
];

/// The rules: names and texts.
fn rules() -> Vec<(String, String)> {
    let folders = [
        "rules/cloud",
        "rules/identity",
        "rules/application/github",
        "rules/linux/process_creation",
        "rules-threat-hunting/cloud",
    ];
    let sigma = corpus("sigma");
    let paths = folders.iter().flat_map(|folder| files(&sigma.join(folder), ".yml"));
    paths.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn rules_find_what_they_are_written_for() {
    let rules = load_all(&rules()).into_rules();
    let (engine, _) = Engine::compile(&rules, &Options::default());
    let mut scratch = engine.scratch();
    let time = TimeReader::new(Zone::default(), 1_798_934_400);
    let mut missed = Vec::new();
    for (line, id) in LINES {
        let arena = Bump::new();
        let mut event = Event::new(SOURCES[0].meta());
        Dispatcher::default().read(line, None, &Context::new(&arena, &time), &mut event).unwrap();
        let found = engine.matches(&event, &mut scratch);
        if !found.iter().any(|n| &*rules[*n as usize].id == id) {
            missed.push(format!("{id} in {line}: {:?} {:?}", event.logsource, event.native));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
