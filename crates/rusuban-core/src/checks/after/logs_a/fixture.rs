//! A review of the logs of a closure, and decisions about its cases, for the tests of both judges.

use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;

use crate::catalogue::Catalogue;
use crate::checks::registry;
use crate::evaluation::{Evaluation, Input, evaluate};
use crate::model::case::{self, CaseLevel, Decision, Disposition, Pattern};
use crate::model::closure::{Closure, ClosureOrigin, DEFAULT_ZONE};
use crate::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
use crate::model::policy::Policy;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::Judgement;
use crate::world::Facts;
use crate::world::log_review::{
    Bounded, CaseSeen, Control, ListUsed, LogReviewFacts, ReviewFiles, ReviewRules, ReviewedFile, SourceHours,
};

/// A day after the closure's end.
pub(crate) const AFTER: &str = "2027-01-05T00:00:00Z";

/// One review as evidence.
#[derive(Clone)]
pub(crate) struct Review {
    pub(crate) facts: LogReviewFacts,
    pub(crate) at: Timestamp,
    pub(crate) vantage: String,
}

impl Review {
    /// Everything was read, and nothing was found.
    pub(crate) fn whole() -> Self {
        let source = SourceHours {
            name: "fortigate@fw1".into(),
            events: 1000,
            hours_heard: 144,
            hours_open: 144,
            expected: Some("baseline".into()),
            unseen: Bounded::default(),
        };
        let file = ReviewedFile { name: "fw1.log".into(), size: 9, sha256: "a".repeat(64), changed: false };
        let facts = LogReviewFacts {
            program: "rusuban 0.1.0".into(),
            from: "2026-12-28T15:00:00Z".parse().unwrap(),
            to: "2027-01-03T15:00:00Z".parse().unwrap(),
            rules: ReviewRules { in_force: 80, not_in_force: 0, own: true, sha256: "b".repeat(64) },
            control: Control::Found,
            files: ReviewFiles {
                logs: 1,
                bytes: 9,
                listed: Bounded::of([file], 9),
                sha256: "c".repeat(64),
                unread: Bounded::default(),
            },
            events: 1000,
            unparsed: 0,
            sources: Bounded::of([source], 9),
            missing: Bounded::default(),
            errors: Bounded::default(),
            lists: vec![ListUsed { list: "people.csv".into(), from: "register".into(), rows: 3 }],
            cases: Bounded::default(),
            answered: Bounded::default(),
            suppressed: Bounded::default(),
            expired: 0,
        };
        Self { facts, at: "2027-01-04T01:00:00Z".parse().unwrap(), vantage: "pc".into() }
    }

    /// With cases of these ids.
    pub(crate) fn with_cases(ids: &[&str]) -> Self {
        let mut review = Self::whole();
        review.facts.cases = Bounded::of(ids.iter().map(|id| case(id)), 99);
        review
    }

    pub(crate) fn at(mut self, at: &str) -> Self {
        self.at = at.parse().unwrap();
        self
    }

    pub(crate) fn evidence(&self) -> Evidence {
        let topic = LogReviewFacts::TOPIC;
        let body = json!({ "facts": self.facts });
        let mut evidence = evidence(topic, EvidenceKind::Observation, "rusuban", self.at, body);
        evidence.record.draft.vantage.clone_from(&self.vantage);
        evidence
    }
}

fn case(id: &str) -> CaseSeen {
    let pattern = Pattern {
        rule: "closure.login-off-duty".into(),
        who: id.into(),
        from: "203.0.113.7".into(),
        host: "fw1".into(),
        source: "fortigate".into(),
        level: CaseLevel::High,
        what: "logged in".into(),
    };
    CaseSeen {
        id: id.into(),
        digest: id.repeat(64),
        level: CaseLevel::High,
        title: Text::new("当番外のログイン", "login off duty"),
        first: None,
        last: None,
        patterns: Bounded::of([pattern], 9),
        findings: Bounded::of([id.to_owned()], 9),
        found_at: "2027-01-04T01:00:00Z".parse().unwrap(),
        earlier: None,
    }
}

/// A decision as evidence.
pub(crate) fn decided(id: &str, decision: Decision, until: Option<&str>, at: &str) -> Evidence {
    let disposition = Disposition {
        case: id.into(),
        digest: id.repeat(64),
        level: CaseLevel::High,
        title: Text::new("当番外のログイン", "login off duty"),
        closure_from: "2026-12-28T15:00:00Z".parse().unwrap(),
        decision,
        reason: "本人に確認した".into(),
        by: "山田".into(),
        until: until.map(|day| day.parse().unwrap()),
        patterns: Vec::new(),
        review: Some("e".into()),
        file: None,
    };
    let body = serde_json::to_value(disposition).unwrap();
    evidence(case::TOPIC, EvidenceKind::Attestation, "山田", at.parse().unwrap(), body)
}

fn evidence(topic: &str, kind: EvidenceKind, by: &str, at: Timestamp, body: serde_json::Value) -> Evidence {
    let requirement = (topic == case::TOPIC).then(|| case::REQUIREMENT.parse().unwrap());
    let draft = Draft {
        id: format!("{topic}-{at}"),
        closure: "2026-12-29".into(),
        kind,
        topic: topic.into(),
        requirement,
        subject: SubjectId::organisation(),
        source: Source { name: by.into(), version: String::new() },
        vantage: "pc".into(),
        observed_at: at,
        received_at: at,
        effective_at: None,
        body,
    };
    Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() }
}

/// The evaluation of evidence at an instant.
pub(crate) fn evaluated(evidence: &[Evidence], at: &str) -> Evaluation {
    let closure = Closure {
        id: "2026-12-29".into(),
        name: Text::new("年末年始休業", "New Year closure"),
        first_day: date(2026, 12, 29),
        last_day: date(2027, 1, 3),
        time_zone: DEFAULT_ZONE.into(),
        origin: ClosureOrigin::Calendar,
    };
    let mut evidence = evidence.to_vec();
    for (item, seq) in evidence.iter_mut().zip(1..) {
        item.record.seq = seq;
    }
    evaluate(&Input {
        catalogues: &[Catalogue::notice().unwrap()],
        checks: registry::ALL,
        evidence: &evidence,
        machines: &[],
        policy: &Policy::default(),
        closure: &closure,
        at: at.parse().unwrap(),
    })
}

/// What is to be said of a requirement at an instant.
pub(crate) fn judged(id: &str, evidence: &[Evidence], at: &str) -> Judgement {
    let evaluation = evaluated(evidence, at);
    let result = evaluation.requirement(&id.parse().unwrap()).unwrap();
    let judgement = Judgement { findings: result.findings.clone(), not_applicable: None };
    assert_eq!(judgement.verdict(), result.verdict);
    judgement
}

/// Findings as `level code item`, the gravest first.
pub(crate) fn lines(judgement: &Judgement) -> Vec<String> {
    crate::checks::machine_fixture::lines(judgement)
}
