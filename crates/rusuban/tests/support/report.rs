//! Reports to project: an office in the middle of its preparations, a machine on its own, a house in order, and one
//! whose every name is an attack.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a fixture that is wrong must end the test")]

use std::collections::BTreeMap;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use rusuban::report::data::{
    self, ChainView, ClosureView, EvidenceView, FindingView, Machine, MeasureView, NextAction, Program,
    Report, RequirementView, SectionView, StatedView, SubjectView,
};
use rusuban_core::calendar::OfficeCalendar;
use rusuban_core::catalogue::{Catalogue, Due, DueFrom, Requirement};
use rusuban_core::model::closure::{Closure, ClosureOrigin, DEFAULT_ZONE, Phase};
use rusuban_core::model::evidence::EvidenceKind;
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{AcceptedBy, Finding, Level, Verdict};

/// Friday, 25 December 2026, 17:05:09 in Tokyo.
const NOW: &str = "2026-12-25T08:05:09Z";

/// What one requirement came to.
#[derive(Default)]
struct Outcome {
    verdict: Option<Verdict>,
    findings: Vec<FindingView>,
    evidence: Vec<u64>,
    subjects: Vec<SubjectView>,
    stated: Option<StatedView>,
    accepted: Option<AcceptedBy>,
}

/// An office of seven machines and three sections, four days before New Year: every verdict occurs.
pub fn office() -> Report {
    let machines = vec![
        machine("asset:soumu-sv01", "総務部ファイルサーバ", true),
        machine("asset:joho-fw01", "庁舎境界ファイアウォール", false),
        machine("asset:joho-vpn01", "VPN装置（リモートアクセス用）", false),
        machine("asset:kikaku-pc014", "企画課 共用端末14", false),
    ];
    let sections = vec![
        section("soumu", "総務部 総務課", Verdict::Unknown),
        section("joho", "総務部 情報政策課", Verdict::Failing),
        section("kikaku", "企画財政部 企画課", Verdict::Attested),
    ];
    assemble(Some("霞ヶ丘市役所"), machines, sections, office_outcome, evidence())
}

/// The first run with nothing configured: this machine alone, and next to nothing known.
pub fn lone_machine() -> Report {
    let machines = vec![machine("host:kikaku-pc014", "kikaku-pc014", true)];
    assemble(None, machines, Vec::new(), lone_outcome, evidence().into_iter().take(1).collect())
}

/// A house in order.
pub fn in_order() -> Report {
    let machines = vec![machine("asset:soumu-sv01", "総務部ファイルサーバ", true)];
    assemble(Some("霞ヶ丘市役所"), machines, Vec::new(), |_| verified(&[1]), evidence())
}

/// Markup, formulas, text that turns around, and names without end, wherever a name can stand.
pub fn hostile() -> Report {
    let mut report = named(HOSTILE);
    report.machines[1].name = "あ".repeat(10_000);
    for requirement in report.measures.iter_mut().flat_map(|m| &mut m.requirements) {
        if let Some(accepted) = &mut requirement.accepted {
            accepted.reason = "長".repeat(40_000);
        }
    }
    report
}

/// The office with `name` wherever a name or a message from outside can stand.
pub fn named(name: &str) -> Report {
    let mut report = office();
    report.organisation = Some(name.to_owned());
    report.closure.closure.name = both(name);
    for machine in &mut report.machines {
        name.clone_into(&mut machine.name);
    }
    for section in &mut report.sections {
        name.clone_into(&mut section.name);
    }
    for evidence in &mut report.evidence {
        (evidence.source, evidence.vantage, evidence.topic) = three(name);
    }
    for requirement in report.measures.iter_mut().flat_map(|m| &mut m.requirements) {
        for view in &mut requirement.findings {
            view.finding.message = both(name);
            view.finding.hint = both(&format!("`{name}`"));
            name.clone_into(&mut view.finding.item);
            view.key = view.finding.key();
        }
        if let Some(stated) = &mut requirement.stated {
            (stated.by, stated.words) = (name.to_owned(), name.to_owned());
        }
        if let Some(accepted) = &mut requirement.accepted {
            (accepted.owner, accepted.reason) = (name.to_owned(), name.to_owned());
        }
    }
    for action in &mut report.next {
        action.message = both(name);
    }
    report
}

/// Text that tries to be markup, a formula, and another text.
pub const HOSTILE: &str = "=HYPERLINK(\"http://evil.test/\")<script>alert('x')</script>\"'><img src=//evil.test/x>&amp;\u{202E}exe.fdp\u{0007}";

/// `many` findings of one kind under the first requirement.
pub fn with_findings(many: usize) -> Report {
    let mut report = office();
    let requirement = &mut report.measures[0].requirements[0];
    requirement.findings = (0..many).map(|n| pending_update(&format!("package-{n:05}"))).collect();
    requirement.verdict = Verdict::Failing;
    report
}

fn assemble(
    organisation: Option<&str>,
    machines: Vec<Machine>,
    sections: Vec<SectionView>,
    outcome: impl Fn(&str) -> Outcome,
    evidence: Vec<EvidenceView>,
) -> Report {
    let measures = measures(outcome, &evidence);
    let requirements = || measures.iter().flat_map(|m| &m.requirements);
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for requirement in requirements() {
        *counts.entry(requirement.verdict).or_default() += 1;
    }
    let mut phases = BTreeMap::new();
    for measure in &measures {
        let worst = phases.entry(measure.phase).or_insert(measure.verdict);
        *worst = measure.verdict.worse_of(*worst);
    }
    Report {
        format: data::FORMAT,
        generated_at: now(),
        program: Program { name: "rusuban", version: "0.1.0" },
        organisation: organisation.map(str::to_owned),
        closure: closure_view(),
        verdict: Verdict::worst(measures.iter().map(|m| m.verdict)),
        counts,
        phases,
        machines,
        sections,
        chain: ChainView {
            records: 14,
            head: hash(14),
            holds: true,
            faults: Vec::new(),
            key: Some(hash(99)),
        },
        next: next(&measures),
        measures,
        evidence,
    }
}

fn measures(outcome: impl Fn(&str) -> Outcome, evidence: &[EvidenceView]) -> Vec<MeasureView> {
    let catalogue = Catalogue::notice().unwrap();
    let measure = |measure: &rusuban_core::catalogue::Measure| {
        let requirements: Vec<_> =
            measure.requirements.iter().map(|r| view(r, outcome(r.id.as_str()), evidence)).collect();
        let worst = Verdict::worst(requirements.iter().map(|r| r.verdict));
        data::measure_view(measure, worst, requirements)
    };
    catalogue.measures.iter().map(measure).collect()
}

fn view(requirement: &Requirement, outcome: Outcome, evidence: &[EvidenceView]) -> RequirementView {
    let seen: Vec<_> = evidence.iter().filter(|e| outcome.evidence.contains(&e.seq)).collect();
    RequirementView {
        id: requirement.id.to_string(),
        title: requirement.title.clone(),
        verified_by: requirement.verified_by.clone(),
        verdict: outcome.verdict.unwrap_or(Verdict::Unknown),
        due: due(requirement.due),
        findings: outcome.findings,
        evidence: seen.iter().map(|e| e.id.clone()).collect(),
        newest: seen.iter().map(|e| e.observed_at).max(),
        subjects: outcome.subjects,
        stated: outcome.stated,
        accepted: outcome.accepted,
    }
}

fn next(measures: &[MeasureView]) -> Vec<NextAction> {
    let today = date(2026, 12, 25);
    let mut next: Vec<_> = measures
        .iter()
        .flat_map(|m| &m.requirements)
        .filter(|r| r.verdict >= Verdict::Unknown && !r.findings.is_empty())
        .map(|r| NextAction {
            requirement: r.id.clone(),
            level: r.findings[0].finding.level,
            message: r.findings[0].finding.message.clone(),
            hint: r.findings[0].finding.hint.clone(),
            findings: r.findings.len(),
            due: r.due,
            overdue: r.due.is_some_and(|due| due < today),
        })
        .collect();
    next.sort_by_key(|a| (!a.overdue, std::cmp::Reverse(a.level), a.due));
    next
}

fn office_outcome(requirement: &str) -> Outcome {
    match requirement {
        "before.monitoring.a" => failing(
            &[2],
            vec![finding(
                Level::Failing,
                "uncovered",
                "organisation",
                "2027-01-01",
                (
                    "1月1日の18時から翌8時までの14時間、監視担当者がいません",
                    "nobody is on watch from 18:00 on 1 January for 14 hours",
                ),
                (
                    "当番表に担当者を加えてから `rusuban check` を実行してください",
                    "add someone to the roster, then run `rusuban check`",
                ),
            )],
        ),
        "before.monitoring.b" | "before.contacts.c" | "after.logs.a" | "after.logs.b" => unknown("not-yet"),
        "before.monitoring.c" => Outcome {
            subjects: subjects(&[
                ("asset:soumu-sv01", Verdict::Verified),
                ("asset:joho-fw01", Verdict::Verified),
            ]),
            ..verified(&[3])
        },
        "before.procedure.a" => attested(
            "情報政策課長 田中 実",
            "対処手順書 第4版を令和8年12月21日に読み合わせし、休業中の連絡順を改めました。\n関係課にも配りました。",
        ),
        "before.devices.a" => Outcome {
            verdict: Some(Verdict::AcceptedRisk),
            accepted: Some(AcceptedBy {
                owner: "統括情報セキュリティ責任者 山本 花子".into(),
                reason:
                    "保守業者の作業が1月15日になるため。管理画面は庁内の管理用端末からだけ届くように制限済み"
                        .into(),
                until: "2027-01-16T00:00:00+09:00".parse().unwrap(),
            }),
            findings: vec![finding(
                Level::Accepted,
                "firmware-old",
                "asset:joho-vpn01",
                "",
                (
                    "ファームウェアが 7.2.9 で、公開されている最新の 7.4.1 より古いです",
                    "the firmware is 7.2.9, older than the newest known 7.4.1",
                ),
                ("7.4.1 への更新を計画してください", "plan the update to 7.4.1"),
            )],
            evidence: vec![4],
            ..Outcome::default()
        },
        "before.patches.a" => Outcome {
            subjects: many_subjects(),
            ..failing(&[5, 6], (1..=37).map(|n| pending_update(&format!("libsample{n}"))).collect())
        },
        "before.exposure.a" => exposure(),
        "before.backups.d" => stale(),
        "before.external-services.b" | "before.patch-schedule.a" => Outcome {
            verdict: Some(Verdict::NotApplicable),
            ..attested("情報政策課 係長 佐藤 一郎", "停止とした外部サービスも、先送りした更新もありません。")
        },
        id if id.starts_with("staff-before") || id.starts_with("before.contacts") => {
            attested("総務課長 鈴木 恵", "全員分を確認しました。")
        }
        id if id.starts_with("before.accounts") || id.starts_with("before.backups") => verified(&[7, 8]),
        _ => unknown("not-stated"),
    }
}

fn lone_outcome(requirement: &str) -> Outcome {
    match requirement {
        "before.patches.a" => failing(&[1], vec![pending_update("openssl")]),
        "before.monitoring.c" => verified(&[1]),
        _ => unknown("not-stated"),
    }
}

fn exposure() -> Outcome {
    let open = |port: u16, name: &str| {
        finding(
            Level::Failing,
            "port-open",
            "asset:soumu-sv01",
            &format!("{port}/tcp"),
            (
                &format!("{port}/tcp（{name}）が全インターフェースで待ち受けています"),
                &format!("{port}/tcp ({name}) listens on all interfaces"),
            ),
            (
                "不要なら止め、必要なら `rusuban.toml` の `[[exposure.allow]]` に理由と責任者を書いてください",
                "stop it, or name reason and owner under `[[exposure.allow]]` in `rusuban.toml`",
            ),
        )
    };
    let blind = finding(
        Level::Unknown,
        "wrong-vantage",
        "asset:joho-fw01",
        "",
        (
            "外部から見た公開範囲は、この機器からは確かめられません",
            "what is reachable from outside cannot be seen from this machine",
        ),
        ("庁外の回線から `rusuban check` を実行してください", "run `rusuban check` from a line outside"),
    );
    failing(&[9, 10], vec![open(445, "SMB"), open(3389, "RDP"), blind])
}

fn stale() -> Outcome {
    Outcome {
        findings: vec![
            finding(
                Level::Unknown,
                "stale",
                "asset:soumu-sv01",
                "restic:/srv/backup/soumu",
                (
                    "消去を試した記録が9日前のもので、古すぎます",
                    "the refused delete was tried 9 days ago, which is too old",
                ),
                ("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
            ),
            finding(
                Level::Note,
                "repository-encrypted",
                "asset:soumu-sv01",
                "",
                ("バックアップは暗号化されています", "the repository is encrypted"),
                (
                    "鍵の控えが別の場所にあることを確かめてください",
                    "see that a copy of the key lies elsewhere",
                ),
            ),
        ],
        evidence: vec![11],
        ..Outcome::default()
    }
}

fn verified(evidence: &[u64]) -> Outcome {
    Outcome { verdict: Some(Verdict::Verified), evidence: evidence.to_vec(), ..Outcome::default() }
}

fn failing(evidence: &[u64], findings: Vec<FindingView>) -> Outcome {
    Outcome { verdict: Some(Verdict::Failing), evidence: evidence.to_vec(), findings, ..Outcome::default() }
}

fn attested(by: &str, words: &str) -> Outcome {
    Outcome {
        verdict: Some(Verdict::Attested),
        evidence: vec![12],
        stated: Some(StatedView {
            by: by.into(),
            at: "2026-12-24T01:30:00Z".parse().unwrap(),
            words: words.into(),
        }),
        ..Outcome::default()
    }
}

fn unknown(code: &str) -> Outcome {
    let words = match code {
        "not-yet" => (
            ("訓練の記録がまだありません", "there is no record of the drill yet"),
            (
                "訓練を行い、結果を `rusuban attest` で申告してください",
                "hold the drill and state its result with `rusuban attest`",
            ),
        ),
        _ => (
            ("担当者による申告がありません", "the person in charge has not stated it"),
            ("`rusuban attest` で申告してください", "state it with `rusuban attest`"),
        ),
    };
    Outcome {
        findings: vec![finding(Level::Unknown, code, "organisation", "", words.0, words.1)],
        ..Outcome::default()
    }
}

fn pending_update(package: &str) -> FindingView {
    finding(
        Level::Failing,
        "security-update-pending",
        "asset:soumu-sv01",
        package,
        (
            &format!("{package} のセキュリティ更新 1.2.3-4+deb12u1 → 1.2.3-4+deb12u2 が未適用です"),
            &format!("the security update of {package} from 1.2.3-4+deb12u1 to 1.2.3-4+deb12u2 is pending"),
        ),
        (
            "`apt update && apt upgrade` で適用し、`rusuban check` で確かめてください",
            "apply it with `apt update && apt upgrade`, then run `rusuban check`",
        ),
    )
}

fn finding(
    level: Level,
    code: &str,
    subject: &str,
    item: &str,
    message: (&str, &str),
    hint: (&str, &str),
) -> FindingView {
    let finding = Finding {
        level,
        code: code.into(),
        subject: SubjectId::from(subject),
        item: item.into(),
        state: String::new(),
        message: Text::new(message.0, message.1),
        hint: Text::new(hint.0, hint.1),
    };
    FindingView { key: finding.key(), finding }
}

fn subjects(list: &[(&str, Verdict)]) -> Vec<SubjectView> {
    list.iter()
        .map(|(subject, verdict)| SubjectView { subject: (*subject).into(), verdict: *verdict })
        .collect()
}

fn many_subjects() -> Vec<SubjectView> {
    let mut list = subjects(&[
        ("asset:soumu-sv01", Verdict::Failing),
        ("asset:joho-fw01", Verdict::Unknown),
        ("asset:joho-vpn01", Verdict::Unknown),
    ]);
    list.extend(
        (15..=28)
            .map(|n| SubjectView { subject: format!("asset:kikaku-pc{n:03}"), verdict: Verdict::Verified }),
    );
    list
}

fn evidence() -> Vec<EvidenceView> {
    let topics = ["clock/1", "duty/1", "clock/1", "firmware/1", "packages/1", "packages/1", "accounts/1"];
    (1..=13)
        .map(|seq| EvidenceView {
            id: format!("019b53c0-7a1e-7{seq:03x}-8f00-{:012x}", seq * 7_919),
            seq,
            kind: match seq {
                12 => EvidenceKind::Attestation,
                13 => EvidenceKind::Import,
                _ => EvidenceKind::Observation,
            },
            topic: match seq {
                12 => "statement/1".into(),
                _ => topics[usize::try_from(seq).unwrap() % topics.len()].into(),
            },
            requirement: (seq == 12).then(|| "before.contacts.a".into()),
            subject: match seq {
                12 => "organisation".into(),
                4 => "asset:joho-vpn01".into(),
                10 => "asset:joho-fw01".into(),
                _ => "asset:soumu-sv01".into(),
            },
            source: if seq == 12 { "総務課長 鈴木 恵".into() } else { "apt 2.6.1".into() },
            vantage: if seq == 12 { "person".into() } else { "soumu-sv01".into() },
            observed_at: now() - (i64::try_from(seq).unwrap() * 37).minutes(),
            hash: hash(seq),
        })
        .collect()
}

fn closure_view() -> ClosureView {
    let closure = Closure {
        id: "2026-12-29".into(),
        name: Text::new("年末年始休業", "Year-end and New Year closure"),
        first_day: date(2026, 12, 29),
        last_day: date(2027, 1, 3),
        time_zone: DEFAULT_ZONE.into(),
        origin: ClosureOrigin::Calendar,
    };
    let (starts_at, ends_at) = closure.interval().unwrap();
    ClosureView { days: closure.days(), phase: Phase::Prepare, starts_at, ends_at, closure }
}

fn due(due: Due) -> Option<Date> {
    let calendar = OfficeCalendar::statutory();
    let end = match due.from {
        DueFrom::Start => date(2026, 12, 29),
        DueFrom::End => date(2027, 1, 4),
    };
    calendar.add_working_days(end, due.working_days)
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn machine(subject: &str, name: &str, this_machine: bool) -> Machine {
    Machine { subject: subject.into(), name: name.into(), this_machine }
}

fn section(id: &str, name: &str, verdict: Verdict) -> SectionView {
    SectionView { id: id.into(), name: name.into(), verdict }
}

fn hash(seed: u64) -> String {
    format!("{seed:08x}").repeat(8)
}

fn both(text: &str) -> Text {
    Text::new(text, text)
}

fn three(text: &str) -> (String, String, String) {
    (text.into(), text.into(), text.into())
}
