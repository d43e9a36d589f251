//! Facts, judged by the real checks.

use jiff::Timestamp;
use rusuban_core::checks::{Context, registry};
use rusuban_core::model::closure::{Closure, ClosureOrigin, DEFAULT_ZONE};
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Outcome, Record, Source};
use rusuban_core::model::policy::{AllowedPort, Policy, Transport};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Finding, Level};
use rusuban_core::world::exposure::ExposureFacts;

/// What one requirement's check says of facts, with ports allowed.
pub fn judge(requirement: &str, facts: &ExposureFacts, allow: &[AllowedPort]) -> Vec<Finding> {
    let at: Timestamp = "2026-12-20T00:00:00Z".parse().unwrap();
    let evidence = Evidence {
        record: Record {
            v: 1,
            seq: 1,
            prev: "0".repeat(64),
            draft: Draft {
                id: "019b0000-0000-7000-8000-000000000000".into(),
                closure: "2026-12-29".into(),
                kind: EvidenceKind::Observation,
                topic: "exposure/1".into(),
                requirement: None,
                subject: SubjectId::host("house"),
                source: Source { name: "exposure".into(), version: String::new() },
                vantage: "house".into(),
                observed_at: at,
                received_at: at,
                effective_at: None,
                body: serde_json::to_value(Outcome::Facts(serde_json::to_value(facts).unwrap())).unwrap(),
            },
        },
        hash: "0".repeat(64),
    };
    let closure = Closure {
        id: "2026-12-29".into(),
        name: Text::new("年末年始休業", "New Year closure"),
        first_day: "2026-12-29".parse().unwrap(),
        last_day: "2027-01-03".parse().unwrap(),
        time_zone: DEFAULT_ZONE.into(),
        origin: ClosureOrigin::Calendar,
    };
    let mut policy = Policy::default();
    policy.exposure.allow = allow.to_vec();
    let check = registry::find(requirement).unwrap();
    let context = Context::new(&closure, &policy, at);
    check.judge(&SubjectId::host("house"), &[&evidence], &context).judgement.findings
}

/// Codes and items of the faults.
pub fn failing(findings: &[Finding]) -> Vec<String> {
    of_level(findings, Level::Failing)
}

/// Codes and items of what could not be seen.
pub fn unknown(findings: &[Finding]) -> Vec<String> {
    of_level(findings, Level::Unknown)
}

fn of_level(findings: &[Finding], level: Level) -> Vec<String> {
    findings
        .iter()
        .filter(|f| f.level == level)
        .map(|f| format!("{} {}", f.code, f.item).trim_end().to_owned())
        .collect()
}

/// The one finding of a code about an item.
pub fn finding<'f>(findings: &'f [Finding], code: &str, item: &str) -> &'f Finding {
    findings
        .iter()
        .find(|f| f.code == code && f.item == item)
        .unwrap_or_else(|| panic!("no {code} about {item}: {findings:#?}"))
}

/// A permission without an end.
pub fn allowed(transport: Transport, port: u16, protocol: Option<&str>) -> AllowedPort {
    AllowedPort {
        port,
        transport,
        protocol: protocol.map(str::to_owned),
        owner: "情報システム課".into(),
        reason: "庁内の共有".into(),
        until: None,
    }
}
