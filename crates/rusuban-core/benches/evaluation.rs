//! From evidence records to a closure's verdict: choosing the newest of each source, reading facts, judging, joining
//! with statements, and the worst of all of it. The time must grow in line with the number of records.

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that cannot go on should stop")]

use async_trait::async_trait;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use jiff::civil::date;
use rusuban_core::catalogue::Catalogue;
use rusuban_core::checks::{AnyCheck, Check, CheckMeta, Context, Dated, Erased, Needs, Scope};
use rusuban_core::evaluation::{Input, evaluate};
use rusuban_core::model::chain::GENESIS;
use rusuban_core::model::closure::{Closure, ClosureOrigin};
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
use rusuban_core::model::policy::Policy;
use rusuban_core::model::subject::{Subject, SubjectId};
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Findings, Judgement, Verdict};
use rusuban_core::world::Facts;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Facts as small as a probe's can be: the benchmark is about the way from evidence to verdicts, not about one parser.
#[derive(Serialize, Deserialize)]
struct Small {
    count: u32,
    version: String,
}

impl Facts for Small {
    const TOPIC: &'static str = "small/1";
}

struct NoneOpen;

#[async_trait]
impl Check for NoneOpen {
    const META: CheckMeta = CheckMeta {
        id: "before.patches.a",
        needs: Needs::Observation,
        scope: Scope::Machine,
        guide_ja: "",
        guide_en: "",
    };
    type Facts = Small;
    fn judge(facts: &[Dated<'_, Small>], _context: &Context<'_>) -> Judgement {
        let newest = facts.first().unwrap();
        let mut findings = Findings::about(newest.subject());
        if newest.facts.count > 0 {
            let count = newest.facts.count;
            let message = Text::new(format!("未適用 {count}件"), format!("{count} pending"));
            findings.failing("pending", &newest.facts.version, message, Text::new("適用する", "install"));
        }
        findings.judgement()
    }
}

static CHECKS: &[&dyn AnyCheck] = &[&Erased::<NoneOpen>::new()];

/// `records` pieces of evidence about half as many machines: each was looked at twice. One in a hundred fails.
fn evidence(records: u64) -> Vec<Evidence> {
    let at: Timestamp = "2026-12-20T00:00:00Z".parse().unwrap();
    let record = |seq: u64| Record {
        v: 1,
        seq,
        prev: GENESIS.to_owned(),
        draft: Draft {
            id: format!("id-{seq}"),
            closure: "c".into(),
            kind: EvidenceKind::Observation,
            topic: Small::TOPIC.into(),
            requirement: None,
            subject: SubjectId::asset(&format!("PC-{:06}", seq / 2)),
            source: Source { name: "rusuban".into(), version: "0.1.0".into() },
            vantage: "inside".into(),
            observed_at: at,
            received_at: at,
            effective_at: None,
            body: json!({ "facts": { "count": u32::from(seq.is_multiple_of(100)), "version": "1.2.3" } }),
        },
    };
    (1..=records).map(|seq| Evidence { record: record(seq), hash: String::new() }).collect()
}

fn closure() -> Closure {
    Closure {
        id: "c".into(),
        name: Text::new("年末年始", "New Year"),
        first_day: date(2026, 12, 29),
        last_day: date(2027, 1, 3),
        time_zone: "Asia/Tokyo".into(),
        origin: ClosureOrigin::Calendar,
    }
}

fn bench(criterion: &mut Criterion) {
    let catalogues = [Catalogue::notice().unwrap()];
    let (closure, policy) = (closure(), Policy::default());
    let mut group = criterion.benchmark_group("evidence_to_verdict");
    for records in [1_000, 10_000, 100_000] {
        let evidence = evidence(records);
        let machines: Vec<Subject> = (0..=records / 2)
            .map(|n| Subject {
                id: SubjectId::asset(&format!("PC-{n:06}")),
                name: format!("PC-{n:06}"),
                section: None,
            })
            .collect();
        group.throughput(Throughput::Elements(records));
        group.sample_size(20);
        group.bench_with_input(BenchmarkId::from_parameter(records), &evidence, |bencher, evidence| {
            bencher.iter(|| {
                let evaluation = evaluate(&Input {
                    catalogues: &catalogues,
                    checks: CHECKS,
                    evidence,
                    machines: &machines,
                    policy: &policy,
                    closure: &closure,
                    at: "2026-12-20T01:00:00Z".parse().unwrap(),
                });
                assert_eq!(evaluation.verdict, Verdict::Failing);
            });
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
