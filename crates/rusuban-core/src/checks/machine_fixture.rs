//! What the tests of the judges of one machine share: a closure, a time, and facts wrapped as evidence.

use jiff::Timestamp;
use jiff::civil::date;

use super::{AnyCheck, Check, Context, Dated, registry};
use crate::catalogue::Catalogue;
use crate::evaluation::{Input, evaluate};
use crate::model::closure::{Closure, ClosureOrigin, DEFAULT_ZONE};
use crate::model::evidence::{Draft, Evidence, EvidenceKind, Outcome, Record, Source};
use crate::model::id::RequirementId;
use crate::model::policy::Policy;
use crate::model::statement::{self, Statement};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Judgement, Seen, Unknown, UnknownCode, Verdict};
use crate::world::Facts;
use crate::world::platform::{Dmi, Machine, Platform};

/// When the facts were seen and judged.
pub fn now() -> Timestamp {
    "2026-12-25T00:00:00Z".parse().unwrap()
}

/// Judges facts as observed just now on this machine, under the usual policy.
pub fn judge<C: Check>(facts: C::Facts) -> Judgement {
    let closure = closure();
    let policy = Policy::default();
    let context = Context::new(&closure, &policy, now());
    let evidence = evidence(C::Facts::TOPIC);
    C::judge(&[Dated { evidence: &evidence, facts }], &context)
}

/// The verdict on no facts at all.
pub fn of_nothing<C: Check>() -> Verdict {
    let closure = closure();
    let policy = Policy::default();
    C::judge(&[], &Context::new(&closure, &policy, now())).verdict()
}

/// The verdict of a check without its type on no evidence at all.
pub fn of_no_evidence(check: &dyn AnyCheck) -> Verdict {
    let closure = closure();
    let policy = Policy::default();
    let context = Context::new(&closure, &policy, now());
    check.judge(&SubjectId::host("pc"), &[], &context).judgement.verdict()
}

fn closure() -> Closure {
    Closure {
        id: "2026-12-29".into(),
        name: Text::new("年末年始休業", "New Year closure"),
        first_day: date(2026, 12, 29),
        last_day: date(2027, 1, 3),
        time_zone: DEFAULT_ZONE.into(),
        origin: ClosureOrigin::Calendar,
    }
}

/// The digest that a review of the facts is bound to.
pub fn basis<C: Check>(facts: C::Facts) -> Option<String> {
    let evidence = evidence(C::Facts::TOPIC);
    C::review_basis(&[Dated { evidence: &evidence, facts }])
}

/// Findings as `level code item`, in their order.
pub fn lines(judgement: &Judgement) -> Vec<String> {
    let line = |level: String, code: &str, item: &str| format!("{level} {code} {item}").trim().to_owned();
    judgement.findings.iter().map(|f| line(format!("{:?}", f.level), &f.code, &f.item)).collect()
}

/// A part that was not seen.
pub fn unseen<T>(item: &str) -> Seen<T> {
    let text = Text::new("見えません", "not seen");
    Seen::Unknown(Unknown::new(UnknownCode::NoPermission, item, text.clone(), text))
}

/// Hardware with an enclosure of this type.
pub fn physical(chassis_type: i64) -> Platform {
    let dmi = Dmi { chassis_type: Some(chassis_type), ..Dmi::default() };
    Platform { machine: Seen::Known(Machine::Physical), dmi: Seen::Known(Some(dmi)) }
}

/// A virtual machine.
pub fn guest() -> Platform {
    Platform { machine: Seen::Known(Machine::Virtual { by: "KVM".into() }), dmi: Seen::Known(None) }
}

/// The verdict on one requirement once a person stated that it holds, bound to `basis`.
pub fn stated<C: Check>(facts: C::Facts, basis: Option<String>) -> Verdict {
    let id: RequirementId = C::META.id.parse().unwrap();
    let mut seen = evidence(C::Facts::TOPIC);
    seen.record.draft.body =
        serde_json::to_value(Outcome::Facts(serde_json::to_value(facts).unwrap())).unwrap();
    let mut statement = evidence(statement::TOPIC);
    statement.record.draft.requirement = Some(id.clone());
    let basis = basis.into_iter().map(|basis| (seen.record.draft.subject.clone(), basis)).collect();
    let holds = Statement::Holds {
        by: "山田".into(),
        statement: "検討済み".into(),
        files: Vec::new(),
        basis,
        subjects: Vec::new(),
    };
    statement.record.draft.body = serde_json::to_value(holds).unwrap();
    let evaluation = evaluate(&Input {
        catalogues: &[Catalogue::notice().unwrap()],
        checks: registry::ALL,
        evidence: &[seen, statement],
        machines: &[],
        policy: &Policy::default(),
        closure: &closure(),
        at: now(),
    });
    evaluation.requirement(&id).unwrap().verdict
}

fn evidence(topic: &str) -> Evidence {
    let draft = Draft {
        id: "e".into(),
        closure: "2026-12-29".into(),
        kind: EvidenceKind::Observation,
        topic: topic.into(),
        requirement: None,
        subject: SubjectId::host("pc"),
        source: Source { name: "rusuban".into(), version: String::new() },
        vantage: "pc".into(),
        observed_at: now(),
        received_at: now(),
        effective_at: None,
        body: serde_json::Value::Null,
    };
    Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() }
}
