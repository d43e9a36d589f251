//! Tests of `activity`.
use proptest::prelude::*;

use super::*;
use crate::event::{Event, EventTime, Field, Position, TimeBasis, Value};
use crate::sources::SourceMeta;

static TEST: SourceMeta = SourceMeta { id: "test", product: "Test", vendor: "" };

const AUTHENTICATION: &[Value<'static>] = &[Value::Str("authentication")];
const START: &[Value<'static>] = &[Value::Str("start")];

/// An event at a second of 2026-12-30, written by `web1`.
fn event(second: i64, original: &str) -> Event<'_> {
    let mut event = Event::new(&TEST);
    event.time = EventTime::new(1_798_556_400 + second, 0, TimeBasis::Stated);
    event.original = original;
    event.position = Position { offset: u64::try_from(second).unwrap() * 100, record: None };
    event.set(Field::HostHostname, "web1");
    event
}

fn ssh<'a>(second: i64, who: &'a str, from: &'a str, success: bool) -> Event<'a> {
    let mut event = event(second, "a line of sshd");
    event.set(Field::LogSyslogAppname, "sshd");
    event.category(AUTHENTICATION);
    event.kind(START);
    event.outcome(success);
    event.set(Field::UserName, who);
    event.source_address(from);
    event
}

fn windows<'a>(channel: &'a str, id: u64, data: &[(&'a str, &'a str)]) -> Event<'a> {
    let mut event = event(0, "");
    event.logsource.product = "windows";
    event.native.push(("Channel", Value::Str(channel)));
    event.native.push(("EventID", Value::UInt(id)));
    event.native.push(("Computer", Value::Str("dc1.example.jp")));
    event.native.extend(data.iter().map(|(name, value)| (*name, Value::Str(value))));
    event
}

fn collect(events: &[Event<'_>], interest: &Interest) -> Activities {
    let mut collector = Collector::new(FileId(0), interest);
    for event in events {
        collector.take(event);
    }
    collector.finish().finish()
}

fn one(event: Event<'_>) -> Option<Activity> {
    let mut all = collect(&[event], &Interest::default()).all;
    assert!(all.len() <= 1);
    all.pop()
}

#[test]
fn logins_and_failures_of_sshd() {
    let login = one(ssh(0, "yamada", "203.0.113.5", true)).unwrap();
    assert_eq!(login.kind, Kind::Login(How::Ssh));
    assert_eq!(
        (&*login.who, &*login.from, &*login.host, &*login.source),
        ("yamada", "203.0.113.5", "web1", "test")
    );
    assert_eq!(login.evidence[0].excerpt, "a line of sshd");
    assert_eq!(one(ssh(0, "root", "203.0.113.5", false)).unwrap().kind, Kind::Failure(How::Ssh));
}

#[test]
fn failures_of_a_minute_fold() {
    let events: Vec<_> = (0..120).map(|n| ssh(n, "root", "203.0.113.5", false)).collect();
    let all = collect(&events, &Interest::default()).all;
    assert_eq!(all.iter().map(|a| a.count).collect::<Vec<_>>(), [60, 60]);
    assert!(all[0].evidence.len() <= 4);
    assert_eq!(all[0].last.unwrap() - all[0].first.unwrap(), 59_000_000_000);
}

#[test]
fn an_event_that_says_nothing_is_counted_only() {
    let mut plain = event(0, "hello");
    plain.set(Field::Message, "hello");
    let activities = collect(&[plain], &Interest::default());
    assert!(activities.all.is_empty());
    assert_eq!(activities.heard[0].count, 1);
}

#[test]
fn windows_logons() {
    let logon = |id, kind, user| {
        windows(
            "Security",
            id,
            &[
                ("TargetUserName", user),
                ("TargetDomainName", "CORP"),
                ("LogonType", kind),
                ("IpAddress", "203.0.113.5"),
            ],
        )
    };
    let rdp = one(logon(4624, "10", "yamada")).unwrap();
    assert_eq!(rdp.kind, Kind::Login(How::Rdp));
    assert_eq!((&*rdp.who, &*rdp.from), ("CORP\\yamada", "203.0.113.5"));
    assert_eq!(one(logon(4625, "3", "yamada")).unwrap().kind, Kind::Failure(How::Network));
    assert_eq!(one(logon(4634, "3", "yamada")).unwrap().kind, Kind::Logout(How::Network));
    assert!(one(logon(4624, "3", "SRV1$")).is_none(), "a machine's own account");
    assert!(one(logon(4624, "5", "svc-backup")).is_none(), "a service starts");
}

#[test]
fn windows_changes() {
    let cases = [
        ("Security", 4720, Kind::AccountCreated),
        ("Security", 4722, Kind::AccountEnabled),
        ("Security", 4697, Kind::ServiceInstalled),
        ("Security", 4698, Kind::TaskCreated),
        ("Security", 1102, Kind::LogCleared),
        ("System", 7045, Kind::ServiceInstalled),
        ("System", 104, Kind::LogCleared),
        ("System", 12, Kind::BootStarted),
        ("Microsoft-Windows-Windows Defender/Operational", 5001, Kind::SecurityToolStopped),
    ];
    for (channel, id, kind) in cases {
        let found = one(windows(channel, id, &[("ServiceName", "x"), ("TaskName", "\\x")]));
        assert_eq!(found.map(|a| a.kind), Some(kind), "{channel} {id}");
    }
    let member = |group, sid| {
        let data = [
            ("TargetUserName", group),
            ("TargetSid", sid),
            ("MemberName", "CN=山田 太郎,OU=x"),
            ("SubjectUserName", "a"),
        ];
        one(windows("Security", 4732, &data))
    };
    let granted = member("Administrators", "S-1-5-32-544").unwrap();
    assert_eq!((granted.kind, &*granted.object, &*granted.who), (Kind::PrivilegeGranted, "山田 太郎", "a"));
    assert!(member("管理グループ", "S-1-5-32-544").is_some(), "known by its identifier");
    assert!(member("Users", "S-1-5-32-545").is_none());
    let policy = |changes| one(windows("Security", 4719, &[("AuditPolicyChanges", changes)])).map(|a| a.kind);
    assert_eq!(policy("%%8448, %%8450"), Some(Kind::AuditingStopped));
    assert_eq!(policy("%%8449"), None);
}

#[test]
fn windows_fields_in_other_spellings() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let (channel, user) = (utf16("Security"), utf16("山田"));
    let mut event = event(0, "");
    event.native.push(("Event.System.Channel", Value::Utf16(&channel)));
    event.native.push(("Event.System.EventID", Value::UInt(4720)));
    event.native.push(("Event.EventData.TargetUserName", Value::Utf16(&user)));
    event.logsource.product = "windows";
    let created = one(event).unwrap();
    assert_eq!((created.kind, &*created.object), (Kind::AccountCreated, "山田"));
    assert!(created.evidence[0].excerpt.contains("TargetUserName=山田"));
}

#[test]
fn commands_of_processes() {
    let data = [("CommandLine", "vssadmin.exe delete shadows /all"), ("SubjectUserName", "yamada")];
    let found = one(windows("Security", 4688, &data)).unwrap();
    assert_eq!((found.kind, &*found.who), (Kind::BackupDestroyed, "yamada"));
    let mut sudo = event(0, "sudo: yamada : TTY=pts/0 ; COMMAND=/usr/bin/systemctl stop auditd");
    sudo.set(Field::LogSyslogAppname, "sudo");
    sudo.set(Field::UserName, "yamada");
    let found = one(sudo).unwrap();
    assert_eq!((found.kind, &*found.object), (Kind::SecurityToolStopped, "auditd"));
}

#[test]
fn account_changes_in_ecs() {
    const IAM: &[Value<'static>] = &[Value::Str("iam")];
    const GROUP: &[Value<'static>] = &[Value::Str("group"), Value::Str("change")];
    const USER: &[Value<'static>] = &[Value::Str("user"), Value::Str("creation")];
    let mut added = event(0, "x");
    added.category(IAM);
    added.kind(GROUP);
    added.set(Field::UserName, "takahashi");
    added.set(Field::GroupName, "sudo");
    let found = one(added.clone()).unwrap();
    assert_eq!((found.kind, &*found.object, &*found.detail), (Kind::PrivilegeGranted, "takahashi", "sudo"));
    added.set(Field::GroupName, "audio");
    assert!(one(added).is_none());
    let mut made = event(0, "x");
    made.category(IAM);
    made.kind(USER);
    made.set(Field::UserName, "root");
    made.set(Field::UserTargetName, "new");
    let found = one(made).unwrap();
    assert_eq!((found.kind, &*found.who, &*found.object), (Kind::AccountCreated, "root", "new"));
}

#[test]
fn what_leaves_is_weighed() {
    let mut flow = event(0, "flow");
    flow.source_address("10.0.0.30");
    flow.destination_address("203.0.113.9");
    flow.set(Field::SourceBytes, 5_000_u64);
    let mut inside = flow.clone();
    inside.destination_address("10.0.0.31");
    let activities = collect(&[flow.clone(), flow, inside], &Interest::default());
    assert_eq!(activities.transfers.len(), 1);
    assert_eq!((activities.transfers[0].bytes, activities.transfers[0].largest), (10_000, 5_000));
}

#[test]
fn declared_hosts_are_heard() {
    let hosts = ["fs1".into(), "10.0.0.5".into()].into_iter().collect();
    let interest = Interest { hosts, ..Interest::default() };
    let mut own = event(0, "x");
    own.set(Field::HostHostname, "FS1.example.jp");
    let mut traffic = event(1, "y");
    traffic.source_address("10.0.0.5");
    let mut towards = event(2, "z");
    towards.destination_address("10.0.0.5");
    let spoke = collect(&[own, traffic, towards], &interest).spoke;
    assert_eq!(spoke.iter().map(|s| (&*s.host, s.count)).collect::<Vec<_>>(), [("10.0.0.5", 1), ("fs1", 1)]);
}

#[test]
fn times_that_run_back_are_counted() {
    let events = [event(600, "a"), event(1200, "b"), event(300, "c")];
    let heard = collect(&events, &Interest::default()).heard;
    assert_eq!((heard[0].backwards, heard[0].forwards, heard[0].farthest_back), (1, 1, 900 * 1_000_000_000));
    assert_eq!(heard[0].evidence.excerpt, "c");
}

/// Many events, cut into blocks in any way and merged in any order, give the same.
#[test]
fn merging_does_not_depend_on_the_order() {
    let names = ["root", "yamada", "admin"];
    let events: Vec<_> = (0_i64..300)
        .zip(names.iter().cycle())
        .map(|(n, name)| ssh(n * 37 % 5000, name, "203.0.113.5", n % 7 == 0))
        .collect();
    let interest = Interest::default();
    let parts = || {
        events.chunks(41).enumerate().map(|(at, chunk)| {
            let mut collector = Collector::new(FileId(u32::try_from(at).unwrap()), &interest);
            for event in chunk {
                collector.take(event);
            }
            collector.finish()
        })
    };
    let forwards = parts().reduce(Partial::merge).unwrap().finish();
    let backwards = parts().rev_vec().into_iter().reduce(Partial::merge).unwrap().finish();
    let mut pairs = parts().rev_vec();
    let tail = pairs.split_off(3).into_iter().reduce(Partial::merge).unwrap();
    let head = pairs.into_iter().reduce(|a, b| b.merge(a)).unwrap();
    let nested = tail.merge(head).finish();
    assert_eq!(forwards, backwards);
    assert_eq!(forwards, nested);
}

/// A flood of failures of ever new names from ever new origins is cut down to the same, however it is merged; nothing is lost
/// from the count, and what is kept is counted right.
#[test]
fn a_flood_is_bounded_in_any_order() {
    let names: Vec<String> = (0..150).map(|n| format!("user{n}")).collect();
    let origins: Vec<String> = (0..90).map(|n| format!("203.0.113.{n}")).collect();
    let events: Vec<_> = (0_i64..900)
        .zip(names.iter().cycle().zip(origins.iter().cycle()))
        .map(|(n, (name, from))| ssh(n * 37 % 5000, name, from, n % 50 == 0))
        .collect();
    let interest = Interest::default();
    let parts = |most: usize| {
        events.chunks(41).enumerate().map(move |(at, chunk)| {
            let mut collector = Collector::new(FileId(u32::try_from(at).unwrap()), &interest);
            for event in chunk {
                collector.take(event);
            }
            let mut partial = collector.finish();
            partial.most.failures = most;
            partial.most.lines = most / 4;
            partial
        })
    };
    let whole = parts.clone()(10_000).reduce(Partial::merge).unwrap().finish();
    let forwards = parts.clone()(100).reduce(Partial::merge).unwrap().finish();
    let backwards = parts.clone()(100).rev_vec().into_iter().reduce(Partial::merge).unwrap().finish();
    let mut pairs = parts(100).rev_vec();
    let tail = pairs.split_off(9).into_iter().reduce(Partial::merge).unwrap();
    let nested = tail.merge(pairs.into_iter().reduce(|a, b| b.merge(a)).unwrap()).finish();
    assert_eq!(forwards, backwards);
    assert_eq!(forwards, nested);
    let is_failure = |a: &&Activity| matches!(a.kind, Kind::Failure(_));
    let count = |all: &[Activity]| all.iter().filter(is_failure).map(|a| a.count).sum::<u64>();
    assert_eq!(forwards.all.iter().filter(is_failure).count(), 100);
    assert_eq!(count(&forwards.all) + forwards.beyond, count(&whole.all));
    assert_eq!(whole.beyond, 0);
    let same = |a: &Activity, b: &Activity| {
        (&a.who, &a.from, a.first, a.count) == (&b.who, &b.from, b.first, b.count)
    };
    assert!(forwards.all.iter().all(|kept| whole.all.iter().any(|a| same(kept, a))));
    let logins = |all: &[Activity]| all.iter().filter(|a| !is_failure(a)).cloned().collect::<Vec<_>>();
    assert_eq!(logins(&forwards.all), logins(&whole.all));
}

trait RevVec: Iterator + Sized {
    fn rev_vec(self) -> Vec<Self::Item> {
        let mut all: Vec<_> = self.collect();
        all.reverse();
        all
    }
}
impl<I: Iterator> RevVec for I {}

proptest! {
    #[test]
    fn never_panics(
        values in prop::collection::vec(("(?s).{0,40}", 0..Field::ALL.len()), 0..12),
        natives in prop::collection::vec(("(Channel|EventID|TargetUserName|CommandLine|TaskContent|.{0,8})", "(?s).{0,60}"), 0..8),
        id in 0_u64..8000,
        nanos in any::<i64>(),
    ) {
        let mut event = Event::new(&TEST);
        event.time = Some(EventTime { nanos, basis: TimeBasis::Stated });
        event.native.push(("EventID", Value::UInt(id)));
        event.native.push(("Channel", Value::Str("Security")));
        for (value, at) in &values {
            event.set(Field::ALL[*at], value.as_str());
        }
        for (name, value) in &natives {
            event.native.push((name, Value::Str(value)));
        }
        let activities = collect(&[event], &Interest::default());
        let _ = crate::detectors::detect(&activities, &crate::context::fixture::office(true));
    }
}

#[test]
fn what_a_domain_controller_refused() {
    let told = |id, data: &[(&'static str, &'static str)]| one(windows("Security", id, data));
    let taro =
        [("TargetUserName", "taro"), ("TargetDomainName", "EXAMPLE"), ("IpAddress", "::ffff:10.0.0.9")];
    let with = |status| [&taro[..], &[("Status", status)]].concat();
    // The account is not known, is disabled, expired; a wrong password; a forged ticket.
    for (id, status) in [
        (4768, "0x6"),
        (4768, "0x12"),
        (4768, "0x17"),
        (4769, "0x1f"),
        (4769, "0x12"),
        (4771, "0x18"),
        (4771, "24"),
    ] {
        let failure = told(id, &with(status)).unwrap();
        assert_eq!(failure.kind, Kind::Failure(How::Network), "{id} {status}");
        assert_eq!((&*failure.who, &*failure.from, &*failure.host), ("EXAMPLE\\taro", "10.0.0.9", "web1"));
    }
    let ntlm = [("TargetUserName", "taro"), ("Workstation", "PC9"), ("Status", "0xc000006a")];
    let failure = told(4776, &ntlm).unwrap();
    assert_eq!((&*failure.who, &*failure.from), ("taro", "PC9"));
    // A ticket was given, a password is asked for, a ticket ran out, a machine, a trust that is broken.
    for (id, status) in [
        (4768, "0x0"),
        (4769, "0x0"),
        (4771, "0x19"),
        (4769, "0x20"),
        (4769, "0x1b"),
        (4776, "0x0"),
        (4776, "0xc000018d"),
    ] {
        assert_eq!(told(id, &with(status)), None, "{id} {status}");
    }
    assert_eq!(told(4771, &[("TargetUserName", "PC9$"), ("Status", "0x18")]), None);
}
