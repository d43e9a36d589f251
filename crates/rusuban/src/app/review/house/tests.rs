//! Tests of what the store says to a review.
use super::*;
use rusuban_core::model::case::{CaseLevel, Disposition as Body};
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
use rusuban_core::model::register::StoredRow;
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use serde_json::{Value, json};

fn register(rows: &[(&str, Value)]) -> Register {
    let rows = rows.iter().map(|(table, row)| StoredRow {
        table: (*table).into(),
        id: row["id"].as_str().unwrap().into(),
        json: row.to_string(),
    });
    Register::from_stored(rows).unwrap()
}

fn office() -> Register {
    register(&[
        (
            "people",
            json!({"id": "P1", "name": "山田 太郎", "mail": "yamada@example.jp", "leave_from": "2026-12-29", "leave_until": "2026-12-30"}),
        ),
        ("people", json!({"id": "P2", "name": "佐藤", "leave_from": "2026-12-29", "left_on": "2026-11-30"})),
        (
            "assets",
            json!({"id": "A1", "name": "ファイルサーバ", "kind": "server", "hostname": "fs1", "addresses": ["10.0.0.5"], "plan": "off"}),
        ),
        (
            "assets",
            json!({"id": "A2", "name": "ノート", "kind": "computer", "hostname": "note7", "owner": "P1", "plan": "carried_out"}),
        ),
        ("assets", json!({"id": "A3", "name": "USBメモリ", "kind": "media"})),
    ])
}

fn closure() -> Period {
    Period { from: 1_798_210_800_000_000_000, to: 1_799_074_800_000_000_000 }
}

#[test]
fn the_register_stands_in_for_lists() {
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let (lists, used) = lists(Lists::default(), Some(&office()), Some(closure()), &zone);
    let used: Vec<(&str, &str, u64)> =
        used.iter().map(|u| (u.list.as_str(), u.from.as_str(), u.rows)).collect();
    assert_eq!(
        used,
        [("carried-out.csv", "register", 1), ("hosts.csv", "register", 2), ("people.csv", "register", 2)]
    );
    let yamada = &lists.people[0];
    assert_eq!(yamada.logins, [Account::of("yamada@example.jp")]);
    let hours = (yamada.leave[0].to - yamada.leave[0].from) / 3_600_000_000_000;
    assert_eq!(hours, 48, "both days of the leave");
    assert_eq!(lists.people[1].leave[0].to, i64::MAX, "no end is known");
    assert!(lists.people[1].left_on.is_some());
    assert_eq!(lists.hosts[0].off, Some(closure()));
    assert_eq!((lists.hosts[1].off, lists.carried_out[0].who.as_str()), (None, "P1"));
}

#[test]
fn a_file_counts_alone_for_its_list_and_nothing_is_mixed() {
    let zone = TimeZone::UTC;
    let mut files = Lists::default();
    files.read(List::People, "people.csv", "id,name\n9,鈴木\n", &zone).unwrap();
    let (lists, used) = lists(files, Some(&office()), Some(closure()), &zone);
    assert_eq!(lists.people.len(), 1);
    assert_eq!((used[2].list.as_str(), used[2].from.as_str()), ("people.csv", "file"));
    assert_eq!(lists.hosts.len(), 2);
}

#[test]
fn without_a_register_there_are_only_the_files() {
    let (lists, used) = lists(Lists::default(), None, None, &TimeZone::UTC);
    assert!(lists.given.is_empty() && used.is_empty());
    let (lists, _) = super::lists(Lists::default(), Some(&office()), None, &TimeZone::UTC);
    assert!(lists.carried_out.is_empty() && lists.hosts[0].off.is_none(), "nobody says when");
}

fn pattern(who: &str) -> Pattern {
    Pattern {
        rule: "closure.login-off-duty".into(),
        who: who.into(),
        from: "203.0.113.7".into(),
        host: "fw1".into(),
        source: "fortigate".into(),
        level: CaseLevel::High,
        what: "logged in".into(),
    }
}

fn given(case: &str, closure: &str, decision: Decision, who: &str, at: &str) -> Evidence {
    let body = Body {
        case: case.into(),
        digest: case.repeat(4),
        level: CaseLevel::High,
        title: Text::new("題", "title"),
        closure_from: format!("{closure}T00:00:00Z").parse().unwrap(),
        decision,
        reason: "毎年の作業".into(),
        by: "山田".into(),
        until: Some("2027-12-31".parse().unwrap()),
        patterns: vec![pattern(who)],
        review: Some("e".into()),
        file: None,
    };
    let at: Timestamp = format!("{at}T00:00:00Z").parse().unwrap();
    let draft = Draft {
        id: format!("{case}-{at}"),
        closure: closure.into(),
        kind: EvidenceKind::Attestation,
        topic: case::TOPIC.into(),
        requirement: None,
        subject: SubjectId::organisation(),
        source: Source { name: "山田".into(), version: String::new() },
        vantage: "person".into(),
        observed_at: at,
        received_at: at,
        effective_at: None,
        body: serde_json::to_value(body).unwrap(),
    };
    Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() }
}

fn remembered(evidence: &[Evidence], closure: &str) -> Vec<String> {
    let decisions = Dispositions::read(evidence);
    let from = format!("{closure}T00:00:00Z").parse().unwrap();
    suppressions(&decisions, Some(closure), from).into_iter().map(|s| s.case).collect()
}

#[test]
fn only_earlier_closures_decisions_are_remembered() {
    let old = given("a", "2025-12-27", Decision::Benign, "x", "2026-01-05");
    let one = std::slice::from_ref(&old);
    assert_eq!(remembered(one, "2026-12-26"), ["a"]);
    assert!(remembered(one, "2025-12-27").is_empty(), "its own cases stay with their decision");
    assert!(remembered(one, "2025-05-01").is_empty(), "a look back does not know what came later");
}

#[test]
fn a_later_decision_that_it_is_not_harmless_voids_an_earlier_one() {
    let old = given("a", "2025-12-27", Decision::Benign, "x", "2026-01-05");
    let again = given("a", "2025-12-27", Decision::Investigating, "x", "2026-01-06");
    assert!(remembered(&[old.clone(), again], "2026-12-26").is_empty());
    let same_kind = given("b", "2026-12-26", Decision::Incident, "x", "2027-01-05");
    assert!(remembered(&[old.clone(), same_kind], "2026-12-26").is_empty());
    let other_kind = given("b", "2026-12-26", Decision::Incident, "y", "2027-01-05");
    assert_eq!(remembered(&[old, other_kind], "2026-12-26"), ["a"]);
}

#[test]
fn what_was_not_compared_or_has_no_end_is_not_remembered() {
    let mut old = given("a", "2025-12-27", Decision::Benign, "x", "2026-01-05");
    old.record.draft.body["review"] = Value::Null;
    assert!(remembered(std::slice::from_ref(&old), "2026-12-26").is_empty());
    let mut open = given("a", "2025-12-27", Decision::Benign, "x", "2026-01-05");
    open.record.draft.body["until"] = Value::Null;
    assert!(remembered(&[open], "2026-12-26").is_empty());
}
