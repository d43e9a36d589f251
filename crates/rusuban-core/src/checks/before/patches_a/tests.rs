//! Facts to verdicts: what is verified, what fails, and above all what is not known.

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;

use super::PatchesA;
use crate::checks::{Check, Context, Dated};
use crate::model::closure::{Closure, ClosureOrigin};
use crate::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source as Origin};
use crate::model::policy::Policy;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Judgement, Seen, Unknown, UnknownCode, Verdict};
use crate::world::packages::{
    Asked, Kernel, Lists, Manager, OutdatedProgram, PackageFacts, Programs, Release, Restart, Source, System,
    Update, UpdateKind,
};

const NOW: &str = "2026-11-24T12:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn evidence(kind: EvidenceKind, observed_at: &str) -> Evidence {
    let draft = Draft {
        id: "e".to_owned(),
        closure: "2026-12-29".to_owned(),
        kind,
        topic: "packages/1".to_owned(),
        requirement: None,
        subject: SubjectId::host("here"),
        source: Origin { name: "rusuban".to_owned(), version: "0".to_owned() },
        vantage: "here".to_owned(),
        observed_at: time(observed_at),
        received_at: time(NOW),
        effective_at: None,
        body: json!({}),
    };
    Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() }
}

fn judge_at(facts: &[PackageFacts], at: &str) -> Judgement {
    let closure = Closure {
        id: "2026-12-29".to_owned(),
        name: Text::new("年末年始休業", "New Year"),
        first_day: date(2026, 12, 29),
        last_day: date(2027, 1, 3),
        time_zone: "Asia/Tokyo".to_owned(),
        origin: ClosureOrigin::Calendar,
    };
    let policy = Policy::default();
    let evidence = evidence(EvidenceKind::Observation, "2026-11-24T11:00:00Z");
    let dated: Vec<_> =
        facts.iter().map(|facts| Dated { evidence: &evidence, facts: facts.clone() }).collect();
    PatchesA::judge(&dated, &Context::new(&closure, &policy, time(at)))
}

fn judge(facts: PackageFacts) -> Judgement {
    judge_at(&[facts], NOW)
}

/// Level, code and item of each finding.
fn said(judgement: &Judgement) -> Vec<String> {
    judgement
        .findings
        .iter()
        .map(|f| format!("{:?} {} {}", f.level, f.code, f.item).trim_end().to_owned())
        .collect()
}

fn source(id: &str, security: bool, release: Release) -> Source {
    let host = "deb.debian.org".to_owned();
    Source { id: id.to_owned(), host, security, release: Seen::Known(release), missing: Vec::new() }
}

fn release(suite: &str, made_at: &str, valid_until: Option<&str>) -> Release {
    Release {
        origin: "Debian".to_owned(),
        suite: suite.to_owned(),
        codename: suite.to_owned(),
        made_at: Some(time(made_at)),
        valid_until: valid_until.map(time),
        ..Release::default()
    }
}

/// A Debian machine with nothing pending and lists of today.
fn healthy() -> PackageFacts {
    let security = release("bookworm-security", "2026-11-23T20:00:00Z", Some("2026-11-30T20:00:00Z"));
    let base = release("bookworm", "2026-07-11T10:16:37Z", None);
    let lists =
        vec![source("debian bookworm-security", true, security), source("debian bookworm", false, base)];
    let system = System { codename: "bookworm".to_owned(), ..System::default() };
    PackageFacts {
        installed: Some(812),
        restart: Some(Seen::Known(Restart {
            kernel: Some(Kernel { running: "6.1.0-40-amd64".to_owned(), local: true, ..Kernel::default() }),
            programs: Some(Programs { seen: 90, ..Programs::default() }),
            ..Restart::default()
        })),
        ..PackageFacts::new(Manager::Apt, system, Seen::Known(Lists::Copies(lists)))
    }
}

fn update(name: &str, kind: UpdateKind) -> Update {
    Update {
        name: name.to_owned(),
        installed: "1.0".to_owned(),
        candidate: "1.1".to_owned(),
        kind,
        sources: Vec::new(),
        advisories: Vec::new(),
    }
}

fn sources(facts: &mut PackageFacts) -> &mut Vec<Source> {
    match &mut facts.lists {
        Seen::Known(Lists::Copies(sources)) => sources,
        other => panic!("{other:?}"),
    }
}

fn first_release(facts: &mut PackageFacts) -> &mut Release {
    match &mut sources(facts)[0].release {
        Seen::Known(release) => release,
        other @ Seen::Unknown(_) => panic!("{other:?}"),
    }
}

#[test]
fn nothing_pending_and_fresh_lists_are_verified() {
    let judgement = judge(healthy());
    assert_eq!(said(&judgement), Vec::<String>::new());
    assert_eq!(judgement.verdict(), Verdict::Verified);
}

#[test]
fn each_pending_security_update_fails() {
    let mut facts = healthy();
    facts.pending = vec![update("openssl", UpdateKind::Security), update("curl", UpdateKind::Security)];
    facts.held = vec!["curl".to_owned()];
    let judgement = judge(facts);
    assert_eq!(
        said(&judgement),
        ["Failing security-update-pending openssl", "Failing security-update-pending curl"]
    );
    insta::assert_snapshot!(judgement.findings[0].message.ja, @"openssl のセキュリティ更新が未適用です (1.0 → 1.1)");
    insta::assert_snapshot!(judgement.findings[1].hint.en, @"see why it is on hold, then run `sudo apt-mark unhold curl` and update it");
}

#[test]
fn a_pending_security_update_fails_however_old_the_lists() {
    let mut facts = healthy();
    facts.pending = vec![update("openssl", UpdateKind::Security)];
    let judgement = judge_at(&[facts], "2027-06-01T00:00:00Z");
    assert_eq!(judgement.verdict(), Verdict::Failing);
    assert!(said(&judgement).contains(&"Unknown list-stale debian bookworm-security".to_owned()));
}

#[test]
fn very_many_are_told_one_by_one_up_to_a_limit() {
    let mut facts = healthy();
    facts.pending = (0..305).map(|n| update(&format!("p{n}"), UpdateKind::Security)).collect();
    let judgement = judge(facts);
    assert_eq!(judgement.findings.len(), 301);
    assert!(judgement.findings[300].message.en.starts_with("5 more"), "{:?}", judgement.findings[300]);
}

#[test]
fn a_withheld_security_update_fails() {
    let mut facts = healthy();
    facts.withheld = vec![update("openssl", UpdateKind::Security)];
    assert_eq!(said(&judge(facts)), ["Failing security-update-withheld openssl"]);
}

#[test]
fn other_updates_are_a_note_and_unclassified_ones_unknown() {
    let mut facts = healthy();
    facts.pending = (0..12).map(|n| update(&format!("p{n}"), UpdateKind::Other)).collect();
    let judgement = judge(facts.clone());
    assert_eq!(said(&judgement), ["Note other-updates-pending apt"]);
    assert_eq!(judgement.verdict(), Verdict::Verified);
    insta::assert_snapshot!(judgement.findings[0].message.en, @"12 updates other than security updates are pending (p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, …)");

    facts.pending = vec![update("chrome", UpdateKind::Unclassified)];
    let judgement = judge(facts);
    assert_eq!(said(&judgement), ["Unknown unclassified-updates-pending apt"]);
    assert_eq!(judgement.verdict(), Verdict::Unknown);
}

#[test]
fn old_expired_future_and_undated_lists_are_told_apart() {
    let code = |change: fn(&mut Release)| -> Vec<String> {
        let mut facts = healthy();
        change(first_release(&mut facts));
        said(&judge(facts)).into_iter().filter(|line| line.ends_with("-security")).collect()
    };
    assert_eq!(
        code(|release| release.valid_until = Some(time("2026-11-24T11:59:59Z"))),
        ["Unknown list-stale debian bookworm-security"]
    );
    assert_eq!(
        code(|release| {
            release.made_at = Some(time("2026-11-01T00:00:00Z"));
            release.valid_until = None;
        }),
        ["Unknown list-stale debian bookworm-security"]
    );
    assert_eq!(
        code(|release| release.made_at = Some(time("2026-12-24T00:00:00Z"))),
        ["Unknown list-from-future debian bookworm-security"]
    );
    assert_eq!(code(|release| release.made_at = None), ["Unknown list-undated debian bookworm-security"]);
    assert_eq!(
        code(|release| release.newer = Some(time("2026-11-24T00:00:00Z"))),
        ["Unknown list-stale debian bookworm-security"]
    );
}

#[test]
fn freshness_is_that_of_the_time_of_the_judgement() {
    assert_eq!(judge_at(&[healthy()], "2026-11-30T00:00:00Z").verdict(), Verdict::Verified);
    assert_eq!(judge_at(&[healthy()], "2026-11-30T21:00:00Z").verdict(), Verdict::Unknown);
}

#[test]
fn a_list_that_changes_rarely_is_as_fresh_as_its_neighbour() {
    let mut facts = healthy();
    sources(&mut facts)[1].host = "mirror.example".to_owned();
    assert_eq!(said(&judge(facts.clone())), ["Unknown list-age-unknown debian bookworm"]);
    // The repository itself was asked and had no newer one.
    if let Seen::Known(release) = &mut sources(&mut facts)[1].release {
        release.checked_at = Some(time("2026-11-24T11:00:00Z"));
    }
    assert_eq!(judge(facts).verdict(), Verdict::Verified);
}

#[test]
fn without_a_security_source_nothing_pending_says_nothing() {
    let mut facts = healthy();
    sources(&mut facts).remove(0);
    let judgement = judge(facts);
    assert!(
        said(&judgement).contains(&"Unknown no-security-source apt".to_owned()),
        "{:?}",
        said(&judgement)
    );
    let mut facts = healthy();
    facts.system.codename = "trixie".to_owned();
    assert_eq!(said(&judge(facts)), ["Unknown security-source-of-other-release apt"]);
}

#[test]
fn missing_and_unreadable_lists_are_unknown() {
    let mut facts = healthy();
    sources(&mut facts)[0].missing = vec!["main/binary-amd64/Packages".to_owned()];
    assert_eq!(said(&judge(facts)), ["Unknown list-missing debian bookworm-security"]);

    let why = Unknown::new(
        UnknownCode::NoPermission,
        "x",
        Text::new("読めません", "unreadable"),
        Text::new("", ""),
    );
    let mut facts = healthy();
    sources(&mut facts)[1].release = Seen::Unknown(why.clone());
    assert_eq!(said(&judge(facts)), ["Unknown no-permission x"]);
    let mut facts = healthy();
    facts.lists = Seen::Unknown(why);
    assert_eq!(said(&judge(facts)), ["Unknown no-permission x"]);
}

#[test]
fn a_manager_that_knows_of_no_package_has_seen_nothing() {
    for installed in [None, Some(0)] {
        let mut facts = healthy();
        facts.installed = installed;
        assert_eq!(said(&judge(facts)), ["Unknown control-failed apt"]);
    }
}

#[test]
fn what_nobody_speaks_for_is_unknown() {
    let mut facts = healthy();
    facts.unsourced =
        ["kubectl", "linux-image-6.1.0-30-amd64", "linux-image-custom"].map(str::to_owned).to_vec();
    facts.incomplete = vec!["sudo".to_owned()];
    facts.other_managers = vec!["snap".to_owned()];
    facts.remarks = vec!["1 package has an unknown version".to_owned()];
    assert_eq!(
        said(&judge(facts)),
        [
            "Unknown package-without-source kubectl",
            "Unknown package-without-source linux-image-custom",
            "Unknown package-incomplete sudo",
            "Unknown other-manager-not-read snap",
            "Unknown tool-remark 1 package has an unknown version",
        ]
    );
}

fn restarted(restart: Restart) -> Vec<String> {
    let mut facts = healthy();
    facts.restart = Some(Seen::Known(restart));
    said(&judge(facts))
}

#[test]
fn code_from_before_the_update_fails() {
    let kernel = Kernel {
        running: "6.1.0-35-amd64".to_owned(),
        local: true,
        newer: vec!["6.1.0-40-amd64".to_owned()],
        ..Kernel::default()
    };
    assert_eq!(
        restarted(Restart { asked: true, kernel: Some(kernel.clone()), ..Restart::default() }),
        ["Failing reboot-pending"]
    );
    assert_eq!(
        restarted(Restart { kernel: Some(kernel.clone()), ..Restart::default() }),
        ["Failing reboot-pending kernel"]
    );
    let in_container = Kernel { container: true, ..kernel.clone() };
    assert_eq!(
        restarted(Restart { kernel: Some(in_container), ..Restart::default() }),
        ["Note kernel-of-host"]
    );
    let elsewhere = Kernel { local: false, ..kernel };
    assert_eq!(
        restarted(Restart { kernel: Some(elsewhere), ..Restart::default() }),
        ["Unknown kernel-not-packaged"]
    );
    let sshd =
        OutdatedProgram { name: "sshd".to_owned(), file: "/usr/lib/libssl.so.3".to_owned(), processes: 2 };
    let programs = Programs { seen: 9, unreadable: 4, outdated: vec![sshd] };
    assert_eq!(
        restarted(Restart { programs: Some(programs), ..Restart::default() }),
        ["Failing old-code-running sshd", "Unknown no-permission processes"]
    );
    assert_eq!(
        restarted(Restart { programs: Some(Programs::default()), ..Restart::default() }),
        ["Unknown control-failed processes"]
    );
}

fn windows() -> PackageFacts {
    PackageFacts {
        manager: Manager::WindowsUpdate,
        lists: Seen::Known(Lists::Asked(Asked {
            at: time("2026-11-24T09:00:00Z"),
            service: "Windows Update".to_owned(),
            online: true,
        })),
        restart: Some(Seen::Known(Restart::default())),
        ..healthy()
    }
}

#[test]
fn a_service_that_was_asked_lately_is_relied_on() {
    assert_eq!(judge(windows()).verdict(), Verdict::Verified);
    assert_eq!(said(&judge_at(&[windows()], "2026-12-24T09:00:00Z")), ["Unknown list-stale Windows Update"]);
    assert_eq!(
        said(&judge_at(&[windows()], "2026-10-24T09:00:00Z")),
        ["Unknown list-from-future Windows Update"]
    );
    let mut facts = windows();
    facts.lists = Seen::Known(Lists::Asked(Asked {
        at: time("2026-11-24T09:00:00Z"),
        service: "WSUS".to_owned(),
        online: false,
    }));
    assert_eq!(said(&judge(facts)), ["Unknown approved-updates-only WSUS", "Unknown service-not-asked WSUS"]);
}

fn winget() -> PackageFacts {
    PackageFacts { manager: Manager::Winget, lists: Seen::Known(Lists::Undated), restart: None, ..healthy() }
}

#[test]
fn a_list_of_applications_alone_does_not_verify_the_system() {
    assert_eq!(
        said(&judge(winget())),
        ["Note list-undated winget", "Unknown restart-not-seen", "Unknown system-updates-not-seen"]
    );
    let both = judge_at(&[windows(), winget()], NOW);
    assert_eq!(said(&both), ["Note list-undated winget"]);
    assert_eq!(both.verdict(), Verdict::Verified);
}

#[test]
fn an_undated_list_from_the_future_has_no_known_age() {
    let said = said(&judge_at(&[windows(), winget()], "2026-11-20T00:00:00Z"));
    assert!(said.contains(&"Unknown list-from-future winget".to_owned()), "{said:?}");
}

#[test]
fn applications_without_a_source_are_told_together() {
    let mut facts = winget();
    facts.unsourced = vec!["Copilot".to_owned(), "Printer Tool".to_owned()];
    let both = judge_at(&[windows(), facts], NOW);
    assert_eq!(said(&both), ["Unknown package-without-source", "Note list-undated winget"]);
}

#[test]
fn an_undated_list_ages_from_when_it_was_made() {
    let late = judge_at(&[windows(), winget()], "2026-12-10T12:00:00Z");
    assert_eq!(said(&late), ["Unknown list-stale Windows Update", "Unknown list-stale winget"]);
}

#[test]
fn of_one_manager_the_first_word_counts() {
    let mut weaker = healthy();
    weaker.pending = vec![update("openssl", UpdateKind::Security)];
    assert_eq!(judge_at(&[healthy(), weaker], NOW).verdict(), Verdict::Verified);
}

#[test]
fn facts_survive_the_store() {
    let text = serde_json::to_string(&healthy()).unwrap();
    assert_eq!(serde_json::from_str::<PackageFacts>(&text).unwrap(), healthy());
}
