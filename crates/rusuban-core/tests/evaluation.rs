//! How evidence, statements and time give verdicts: the contradiction rule, acceptances that end, reviews that a change
//! voids. With checks of the test's own, so that no real check's rules stand in the way.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::civil::date;
use rusuban_core::catalogue::Catalogue;
use rusuban_core::checks::{AnyCheck, Check, CheckMeta, Context, Dated, Erased, Needs, Scope};
use rusuban_core::evaluation::{Evaluation, Input, evaluate};
use rusuban_core::model::chain::{Head, link};
use rusuban_core::model::closure::{Closure, ClosureOrigin};
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Source};
use rusuban_core::model::policy::Policy;
use rusuban_core::model::statement::{self, Statement};
use rusuban_core::model::subject::{Subject, SubjectId};
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Findings, Judgement, Level, Verdict};
use rusuban_core::world::Facts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const CATALOGUE: &str = r#"
id = "test"
version = "1"
title = { ja = "試験", en = "Test" }
source = { ja = "試験", en = "Test" }
[[measure]]
id = "before.lamp"
number = 1
role = "officer"
phase = "prepare"
section = { ja = "節", en = "section" }
title = { ja = "灯", en = "Lamp" }
text = { ja = "灯を消すこと。", en = "Put out the lamp." }
[[measure.requirement]]
id = "before.lamp.a"
title = { ja = "消えている", en = "It is out" }
verified_by = { ja = "見る", en = "look" }
failing_when = { ja = "点いている", en = "on" }
due = { from = "start", working_days = -1 }
[[measure.requirement]]
id = "before.lamp.b"
title = { ja = "確認した", en = "Reviewed" }
verified_by = { ja = "見る", en = "look" }
failing_when = { ja = "していない", en = "not" }
due = { from = "start", working_days = -1 }
[[measure.requirement]]
id = "before.lamp.c"
title = { ja = "電池が新しい", en = "Its battery is new" }
verified_by = { ja = "見る", en = "look" }
failing_when = { ja = "古い", en = "old" }
due = { from = "start", working_days = -1 }
[[measure]]
id = "after.lamp"
number = 2
role = "officer"
phase = "reopen"
section = { ja = "節", en = "section" }
title = { ja = "灯", en = "Lamp" }
text = { ja = "灯を点けること。", en = "Light the lamp." }
[[measure.requirement]]
id = "after.lamp.a"
title = { ja = "点いている", en = "It is lit" }
verified_by = { ja = "申告", en = "statement" }
failing_when = { ja = "ない", en = "none" }
due = { from = "end", working_days = 0 }
"#;

#[derive(Serialize, Deserialize)]
struct Lamp {
    lit: bool,
}

impl Facts for Lamp {
    const TOPIC: &'static str = "lamp/1";
}

fn judge_lamp(facts: &[Dated<'_, Lamp>]) -> Judgement {
    let newest = &facts[0];
    let mut findings = Findings::about(newest.subject());
    if newest.facts.lit {
        findings.failing("lit", "", Text::new("点いている", "it is lit"), Text::new("消す", "put it out"));
    }
    findings.judgement()
}

struct Out;

#[async_trait]
impl Check for Out {
    const META: CheckMeta = CheckMeta {
        id: "before.lamp.a",
        needs: Needs::Observation,
        scope: Scope::Machine,
        guide_ja: "",
        guide_en: "",
    };
    type Facts = Lamp;
    fn judge(facts: &[Dated<'_, Lamp>], _context: &Context<'_>) -> Judgement {
        judge_lamp(facts)
    }
}

struct Reviewed;

#[async_trait]
impl Check for Reviewed {
    const META: CheckMeta = CheckMeta {
        id: "before.lamp.b",
        needs: Needs::Both,
        scope: Scope::Machine,
        guide_ja: "",
        guide_en: "",
    };
    type Facts = Lamp;
    fn judge(facts: &[Dated<'_, Lamp>], _context: &Context<'_>) -> Judgement {
        Findings::about(facts[0].subject()).judgement()
    }
    fn review_basis(facts: &[Dated<'_, Lamp>]) -> Option<String> {
        Some(facts[0].facts.lit.to_string())
    }
}

/// A lamp that is out needs no battery.
struct Battery;

#[async_trait]
impl Check for Battery {
    const META: CheckMeta = CheckMeta {
        id: "before.lamp.c",
        needs: Needs::Observation,
        scope: Scope::Machine,
        guide_ja: "",
        guide_en: "",
    };
    type Facts = Lamp;
    fn judge(facts: &[Dated<'_, Lamp>], _context: &Context<'_>) -> Judgement {
        let judgement = judge_lamp(facts);
        if judgement.verdict() == Verdict::Verified {
            return Judgement::not_applicable(Text::new("灯が消えている", "the lamp is out"));
        }
        judgement
    }
}

static CHECKS: &[&dyn AnyCheck] =
    &[&Erased::<Out>::new(), &Erased::<Reviewed>::new(), &Erased::<Battery>::new()];

const NOW: &str = "2026-12-20T00:00:00Z";

struct House {
    drafts: Vec<Draft>,
    machines: Vec<Subject>,
    now: Timestamp,
}

impl House {
    fn new() -> Self {
        let machine = Subject { id: SubjectId::host("a"), name: "a".into(), section: Some("soumu".into()) };
        Self { drafts: Vec::new(), machines: vec![machine], now: NOW.parse().unwrap() }
    }

    fn add(
        &mut self,
        kind: EvidenceKind,
        topic: &str,
        requirement: Option<&str>,
        subject: SubjectId,
        body: Value,
    ) -> String {
        let id = format!("e{}", self.drafts.len() + 1);
        self.drafts.push(Draft {
            id: id.clone(),
            closure: "c".into(),
            kind,
            topic: topic.into(),
            requirement: requirement.map(|r| r.parse().unwrap()),
            subject,
            source: Source { name: format!("{kind:?}"), version: String::new() },
            vantage: "a".into(),
            observed_at: self.now,
            received_at: self.now,
            effective_at: None,
            body,
        });
        id
    }

    fn sees(&mut self, kind: EvidenceKind, lit: bool) {
        self.add(kind, "lamp/1", None, SubjectId::host("a"), json!({ "facts": { "lit": lit } }));
    }

    fn blind(&mut self) {
        let why = json!({ "unknown": { "code": "no-permission", "message": { "ja": "権限なし", "en": "no rights" }, "hint": { "ja": "sudo", "en": "sudo" } } });
        self.add(EvidenceKind::Observation, "lamp/1", None, SubjectId::host("a"), why);
    }

    fn states(&mut self, requirement: &str, statement: &Statement) -> String {
        let body = serde_json::to_value(statement).unwrap();
        self.add(
            EvidenceKind::Attestation,
            statement::TOPIC,
            Some(requirement),
            SubjectId::organisation(),
            body,
        )
    }

    fn at(&self, at: &str) -> Evaluation {
        let linked = link(&Head::empty(), self.drafts.clone()).unwrap();
        let evidence: Vec<Evidence> = linked.into_iter().map(|l| l.evidence).collect();
        let closure = Closure {
            id: "c".into(),
            name: Text::new("年末年始", "New Year"),
            first_day: date(2026, 12, 29),
            last_day: date(2027, 1, 3),
            time_zone: "Asia/Tokyo".into(),
            origin: ClosureOrigin::Manual,
        };
        evaluate(&Input {
            catalogues: &[Catalogue::parse(CATALOGUE).unwrap()],
            checks: CHECKS,
            evidence: &evidence,
            machines: &self.machines,
            policy: &Policy::default(),
            closure: &closure,
            at: at.parse().unwrap(),
        })
    }

    fn verdict(&self, requirement: &str) -> Verdict {
        verdict(&self.at(NOW), requirement)
    }
}

fn verdict(evaluation: &Evaluation, requirement: &str) -> Verdict {
    evaluation.requirement(&requirement.parse().unwrap()).unwrap().verdict
}

fn codes(evaluation: &Evaluation, requirement: &str) -> Vec<(Level, String)> {
    let result = evaluation.requirement(&requirement.parse().unwrap()).unwrap();
    result.findings.iter().map(|f| (f.level, f.code.clone())).collect()
}

fn holds(basis: &[(&str, &str)]) -> Statement {
    Statement::Holds {
        by: "山田".into(),
        statement: "確認した".into(),
        files: Vec::new(),
        basis: basis.iter().map(|(s, b)| (SubjectId::from(*s), (*b).to_owned())).collect(),
        subjects: Vec::new(),
    }
}

fn accepts(until: &str, findings: &[&str]) -> Statement {
    Statement::AcceptsRisk {
        owner: "佐藤".into(),
        approved_by: None,
        reason: "休業明けに交換".into(),
        until: until.parse().unwrap(),
        findings: findings.iter().map(|f| (*f).to_owned()).collect(),
    }
}

#[test]
fn nothing_is_verified_without_evidence() {
    let evaluation = House::new().at(NOW);
    assert_eq!(evaluation.verdict, Verdict::Unknown);
    assert_eq!(codes(&evaluation, "before.lamp.a"), [(Level::Unknown, "not-looked".to_owned())]);
    for requirement in evaluation.requirements() {
        assert!(requirement.verdict != Verdict::Verified || !requirement.evidence.is_empty());
    }
}

#[test]
fn a_machine_that_nobody_looked_at_is_named_and_unknown() {
    let mut house = House::new();
    house.machines.push(Subject { id: SubjectId::asset("A-2"), name: "b".into(), section: None });
    house.sees(EvidenceKind::Observation, false);
    let evaluation = house.at(NOW);
    assert_eq!(verdict(&evaluation, "before.lamp.a"), Verdict::Unknown);
    let result = evaluation.requirement(&"before.lamp.a".parse().unwrap()).unwrap();
    assert!(result.findings.iter().any(|f| f.subject.as_str() == "asset:A-2" && f.code == "not-looked"));
}

#[test]
fn a_statement_never_overrides_what_was_observed() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, true);
    house.states("before.lamp.a", &holds(&[]));
    let evaluation = house.at(NOW);
    assert_eq!(verdict(&evaluation, "before.lamp.a"), Verdict::Failing);
    let codes = codes(&evaluation, "before.lamp.a");
    assert!(codes.contains(&(Level::Note, "contradicts-statement".to_owned())), "{codes:?}");
}

#[test]
fn the_stronger_kind_of_evidence_stands() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, true);
    house.sees(EvidenceKind::Import, false);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Failing);
}

#[test]
fn a_statement_closes_a_blind_spot_but_is_no_verification() {
    let mut house = House::new();
    house.blind();
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Unknown);
    house.states("before.lamp.a", &holds(&[]));
    let evaluation = house.at(NOW);
    assert_eq!(verdict(&evaluation, "before.lamp.a"), Verdict::Attested);
    assert_eq!(codes(&evaluation, "before.lamp.a"), [(Level::Note, "no-permission".to_owned())]);
}

#[test]
fn a_later_blind_look_takes_the_earlier_sight_away() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, false);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Verified);
    house.blind();
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Unknown);
}

#[test]
fn evidence_from_the_future_is_unknown_and_gives_way_to_a_later_look() {
    let mut house = House::new();
    house.now = "2027-06-01T00:00:00Z".parse().unwrap();
    house.sees(EvidenceKind::Observation, false);
    assert_eq!(codes(&house.at(NOW), "before.lamp.a"), [(Level::Unknown, "from-future".to_owned())]);
    house.now = NOW.parse().unwrap();
    house.sees(EvidenceKind::Observation, true);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Failing);
}

#[test]
fn a_statement_speaks_for_no_machine_that_came_later() {
    let mut house = House::new();
    house.blind();
    let Statement::Holds { by, statement, files, basis, .. } = holds(&[]) else { return };
    let subjects = vec![SubjectId::host("a")];
    house.states("before.lamp.a", &Statement::Holds { by, statement, files, basis, subjects });
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Attested);
    house.machines.push(Subject { id: SubjectId::asset("A-2"), name: "b".into(), section: None });
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Unknown);
}

#[test]
fn a_review_of_what_nobody_had_seen_is_no_review() {
    let mut house = House::new();
    house.states("before.lamp.b", &holds(&[]));
    house.sees(EvidenceKind::Observation, false);
    let evaluation = house.at(NOW);
    assert_eq!(codes(&evaluation, "before.lamp.b"), [(Level::Unknown, "not-reviewed".to_owned())]);
}

#[test]
fn facts_grow_stale() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, false);
    assert_eq!(verdict(&house.at("2026-12-22T23:59:59Z"), "before.lamp.a"), Verdict::Verified);
    let later = house.at("2026-12-23T02:00:00Z");
    assert_eq!(codes(&later, "before.lamp.a"), [(Level::Unknown, "stale".to_owned())]);
}

#[test]
fn an_acceptance_ends_by_itself_and_covers_only_what_it_names() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, true);
    house.states("before.lamp.a", &accepts("2026-12-21T00:00:00Z", &["other@host:a"]));
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Failing);
    house.states("before.lamp.a", &accepts("2026-12-21T00:00:00Z", &["lit@host:a"]));
    assert_eq!(house.verdict("before.lamp.a"), Verdict::AcceptedRisk);
    assert_eq!(verdict(&house.at("2026-12-20T23:59:59Z"), "before.lamp.a"), Verdict::AcceptedRisk);
    assert_eq!(verdict(&house.at("2026-12-21T00:00:00Z"), "before.lamp.a"), Verdict::Failing);
}

#[test]
fn both_facts_and_a_statement_are_needed_where_the_check_says_so() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, false);
    assert_eq!(house.verdict("before.lamp.b"), Verdict::Unknown);
    house.states("before.lamp.b", &holds(&[("host:a", "false")]));
    assert_eq!(house.verdict("before.lamp.b"), Verdict::Attested);
}

#[test]
fn a_person_may_say_that_it_fails_where_facts_alone_do_not_show_it_all() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, false);
    let fails =
        Statement::Fails { by: "山田".into(), statement: "三人が未確認".into(), files: Vec::new() };
    house.states("before.lamp.b", &fails);
    assert_eq!(house.verdict("before.lamp.b"), Verdict::Failing);
    house.states("before.lamp.a", &fails);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Verified);
}

#[test]
fn a_review_is_void_when_what_was_reviewed_has_changed() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, false);
    house.states("before.lamp.b", &holds(&[("host:a", "false")]));
    house.sees(EvidenceKind::Observation, true);
    let evaluation = house.at(NOW);
    assert_eq!(verdict(&evaluation, "before.lamp.b"), Verdict::Failing);
    assert_eq!(codes(&evaluation, "before.lamp.b"), [(Level::Failing, "changed-since-review".to_owned())]);
}

#[test]
fn a_withdrawn_statement_no_longer_counts() {
    let mut house = House::new();
    house.blind();
    let id = house.states("before.lamp.a", &holds(&[]));
    let withdraws = Statement::Withdraws { by: "山田".into(), reason: "誤り".into(), evidence: id };
    house.states("before.lamp.a", &withdraws);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Unknown);
}

#[test]
fn what_is_to_be_done_after_the_closure_cannot_be_stated_before_its_end() {
    let mut house = House::new();
    house.states("after.lamp.a", &holds(&[]));
    let after = house.at("2027-01-04T00:00:00Z");
    assert_eq!(codes(&after, "after.lamp.a"), [(Level::Unknown, "not-yet".to_owned())]);
    house.now = "2027-01-04T00:00:00Z".parse().unwrap();
    house.states("after.lamp.a", &holds(&[]));
    assert_eq!(verdict(&house.at("2027-01-04T01:00:00Z"), "after.lamp.a"), Verdict::Attested);
}

#[test]
fn a_statement_that_it_does_not_apply_needs_no_contradiction() {
    let mut house = House::new();
    let absent =
        Statement::NotApplicable { by: "山田".into(), reason: "灯がない".into(), subjects: Vec::new() };
    house.states("before.lamp.a", &absent);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::NotApplicable);
    house.sees(EvidenceKind::Observation, true);
    assert_eq!(house.verdict("before.lamp.a"), Verdict::Failing);
}

#[test]
fn facts_that_show_that_it_does_not_apply_say_why() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, false);
    let evaluation = house.at(NOW);
    assert_eq!(verdict(&evaluation, "before.lamp.c"), Verdict::NotApplicable);
    let findings = &evaluation.requirement(&"before.lamp.c".parse().unwrap()).unwrap().findings;
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0].level, findings[0].code.as_str()), (Level::Note, "not-applicable"));
    assert_eq!(findings[0].message, Text::new("灯が消えている", "the lamp is out"));

    let fails =
        Statement::Fails { by: "山田".into(), statement: "電池が切れた".into(), files: Vec::new() };
    house.states("before.lamp.c", &fails);
    assert_eq!(house.verdict("before.lamp.c"), Verdict::Failing);
    let codes = codes(&house.at(NOW), "before.lamp.c");
    assert!(codes.contains(&(Level::Note, "not-applicable".into())), "{codes:?}");
}

#[test]
fn sections_take_the_worst_of_their_subjects() {
    let mut house = House::new();
    house.sees(EvidenceKind::Observation, true);
    let evaluation = house.at(NOW);
    assert_eq!(evaluation.sections().get("soumu"), Some(&Verdict::Failing));
    let lamp = ("soumu".to_owned(), "before.lamp".parse().unwrap());
    assert_eq!(evaluation.grid().get(&lamp), Some(&Verdict::Failing));
}
