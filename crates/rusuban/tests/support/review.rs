//! A small made-up review of logs, by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rusuban::report::review::data::{
    CaseState, CaseView, ClosureView, CountsView, CoverageView, Decision, Disposition, ErrorView,
    EvidenceView, FileView, FindingView, HoursView, ReasonView, ReviewReport, RulesView, ShortfallView,
    SourceView, SuppressedView,
};
use rusuban_core::model::case::Pattern;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Verdict;
use rusuban_logs::cases::Suppression;
use rusuban_logs::finding::{Level, Origin};
use rusuban_logs::outcome::{EventPlace, RuleFindings};

/// A line that attacks its reader: markup, a change of direction, a control character, a formula.
pub const HOSTILE: &str = "=cmd|'/c calc'!A1 <script>alert(1)</script> \u{202E}exe.fdp\u{001B}[31m </code>";

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn line(text: &str, offset: u64) -> EvidenceView {
    EvidenceView {
        place: EventPlace { file: "vpn/fw01.log".into(), record: Some(offset / 100), offset },
        time: Some(at("2026-12-30T17:14:05.25Z")),
        line: text.to_owned(),
    }
}

pub fn finding(rule: &str, level: Level) -> FindingView {
    FindingView {
        rule_id: rule.to_owned(),
        what: Text::new(
            "休業中に 203.0.113.7 から sato がログインした",
            "sato logged in from 203.0.113.7 in the closure",
        ),
        level,
        who: "EXAMPLE\\sato".into(),
        from: "203.0.113.7".into(),
        host: "fw01".into(),
        source: "fortigate".into(),
        first: Some(at("2026-12-30T17:14:05.25Z")),
        last: Some(at("2026-12-30T18:00:00Z")),
        count: 3,
        evidence: vec![line("date=2026-12-31 time=02:14:05 action=\"tunnel-up\" user=\"sato\"", 1200)],
    }
}

/// One case of each kind: open and critical, decided to be an incident, without any time or name.
pub fn cases() -> Vec<CaseView> {
    let mut hostile = finding("closure.log-cleared", Level::Critical);
    hostile.what = Text::new("監査ログが消去された", "the audit log was cleared");
    hostile.who = "=HYPERLINK(\"http://evil.example\")\u{202E}".into();
    hostile.from = "2001:db8::7".into();
    hostile.host = "dc01.example.jp".into();
    hostile.evidence = vec![line(HOSTILE, 99_000)];
    let vpn = finding("closure.vpn-new-origin", Level::High);
    let timeline = vec![vpn, hostile];
    let open = CaseView {
        id: "c-1f2e3d4c".to_owned(),
        digest: "1".repeat(64),
        state: CaseState::Open,
        level: Level::Critical,
        title: Text::new("監査ログの消去", "Audit log cleared"),
        first: Some(at("2026-12-30T17:14:05.25Z")),
        last: Some(at("2026-12-30T18:00:00Z")),
        who: vec!["EXAMPLE\\sato".into(), "=HYPERLINK(\"http://evil.example\")\u{202E}".into()],
        from: vec!["2001:db8::7".into(), "203.0.113.7".into()],
        hosts: vec!["dc01.example.jp".into(), "fw01".into()],
        techniques: vec!["T1070.001".to_owned(), "T1133".to_owned()],
        why: vec![Text::new(
            "侵入者は痕跡を消すためにログを消します",
            "Intruders clear logs to hide what they did",
        )],
        next: vec![
            Text::new(
                "`wevtutil qe Security` で消去した人を確かめる",
                "find out who cleared it with `wevtutil qe Security`",
            ),
            Text::new("機器をネットワークから切り離す", "take the machine off the network"),
        ],
        evidence: timeline.iter().flat_map(|f| f.evidence.clone()).collect(),
        timeline,
        count: 6,
        dispositions: Vec::new(),
    };
    let mut incident = open.clone();
    "c-2a2a2a2a".clone_into(&mut incident.id);
    incident.state = CaseState::Incident;
    incident.level = Level::High;
    incident.title = Text::new("新しい接続元からの VPN 接続", "VPN login from a new place");
    incident.timeline.truncate(1);
    incident.who.truncate(1);
    incident.techniques = vec!["T1133".to_owned(), "not a technique".to_owned()];
    incident.from = vec!["203.0.113.7".into(), "10.0.0.5".into()];
    incident.hosts = vec!["fw01".into()];
    incident.dispositions = vec![
        decision("c-2a2a2a2a", Decision::Investigating, "本人に確認中"),
        decision("c-2a2a2a2a", Decision::Incident, "本人は接続していない <b>"),
    ];
    let mut bare = finding("sigma-without-a-time", Level::Medium);
    (bare.who, bare.from, bare.host) = ("".into(), "".into(), "".into());
    (bare.first, bare.last, bare.evidence) = (None, None, Vec::new());
    let bare = CaseView {
        id: "c-3b3b3b3b".to_owned(),
        digest: "3".repeat(64),
        state: CaseState::Benign,
        level: Level::Medium,
        title: Text::new("時刻のない指摘", "A finding without a time"),
        first: None,
        last: None,
        who: Vec::new(),
        from: Vec::new(),
        hosts: Vec::new(),
        techniques: Vec::new(),
        why: Vec::new(),
        next: Vec::new(),
        evidence: Vec::new(),
        timeline: vec![bare],
        count: 1,
        dispositions: vec![decision("c-3b3b3b3b", Decision::Benign, "試験のログ")],
    };
    vec![open, incident, bare]
}

fn decision(case: &str, decision: Decision, reason: &str) -> Disposition {
    Disposition {
        case: case.to_owned(),
        decision,
        reason: reason.to_owned(),
        by: "鈴木".to_owned(),
        at: at("2027-01-04T01:00:00Z"),
        digest: String::new(),
        until: (decision == Decision::Benign).then(|| jiff::civil::date(2028, 1, 4)),
        evidence: "e-1".to_owned(),
        compared: decision != Decision::Benign,
    }
}

pub fn suppression() -> Suppression {
    let pattern = Pattern {
        rule: "closure.login-off-duty".to_owned(),
        who: "backup".to_owned(),
        from: String::new(),
        host: String::new(),
        source: "windows".to_owned(),
        level: Level::High,
        what: "logged in".to_owned(),
    };
    Suppression {
        case: "c-0".to_owned(),
        closure: "2025-12-27".to_owned(),
        patterns: vec![pattern],
        reason: "夜間バックアップ".to_owned(),
        by: "佐藤".to_owned(),
        at: at("2026-01-05T01:00:00Z"),
        expires: jiff::civil::date(2027, 3, 31),
        evidence: "e-0".to_owned(),
    }
}

/// A case of last year's kind.
fn explained() -> CaseView {
    let mut case = cases().swap_remove(2);
    "c-4c4c4c4c".clone_into(&mut case.id);
    case.level = Level::High;
    case.timeline = vec![finding("closure.login-off-duty", Level::High)];
    (case.dispositions, case.state) = (Vec::new(), CaseState::Open);
    case
}

fn coverage() -> CoverageView {
    // The closure begins at 15:00 UTC, which is midnight in Tokyo.
    let hours: Vec<(Timestamp, u64)> = (0_i64..144)
        .filter(|hour| !(30..36).contains(hour))
        .map(|hour| {
            let start = at("2026-12-28T15:00:00Z").as_second() + hour * 3600;
            (Timestamp::from_second(start).unwrap(), u64::try_from(hour * hour + 1).unwrap())
        })
        .collect();
    CoverageView {
        shortfalls: vec![ShortfallView {
            code: "log-gap".to_owned(),
            item: "fortigate fw01".to_owned(),
            message: Text::new(
                "fortigate fw01 のログが休業中の 6 時間分ありません",
                "the log fortigate fw01 is missing in 6 hours of the closure",
            ),
            hint: Text::new("欠けた時間のログを探してください", "look for the logs of the missing hours"),
        }],
        sources: vec![
            SourceView {
                source: "fortigate".into(),
                host: "fw01".into(),
                events: 100_000,
                first: Some(at("2026-12-28T15:00:00Z")),
                last: Some(at("2027-01-03T14:59:59Z")),
                hours_heard: 138,
                hours_open: 144,
                gaps: vec![(at("2026-12-29T21:00:00Z"), at("2026-12-30T03:00:00Z"))],
                expected: Some("declared"),
            },
            SourceView {
                source: "windows".into(),
                host: "".into(),
                events: 1,
                first: Some(at("2026-12-31T15:00:00Z")),
                last: Some(at("2026-12-31T15:00:00Z")),
                hours_heard: 1,
                hours_open: 144,
                gaps: Vec::new(),
                expected: None,
            },
        ],
        files: vec![
            FileView {
                file: "vpn/fw01.log".to_owned(),
                bytes: 123_456_789,
                events: 100_000,
                unparsed: 2,
                reasons: vec![ReasonView {
                    reason: "no such format".to_owned(),
                    count: 2,
                    examples: vec![line(HOSTILE, 5)],
                }],
                sources: BTreeMap::from([("fortigate", 100_000)]),
                encodings: BTreeMap::from([("UTF-8", 100_000)]),
                times: BTreeMap::from([("stated", 90_000), ("zone-assumed", 10_000)]),
                first: Some(at("2026-12-28T15:00:00Z")),
                last: Some(at("2027-01-03T14:59:59Z")),
                not_read: None,
            },
            FileView {
                file: "broken<b>\u{202E}.zip".to_owned(),
                bytes: 0,
                events: 0,
                unparsed: 0,
                reasons: Vec::new(),
                sources: BTreeMap::new(),
                encodings: BTreeMap::new(),
                times: BTreeMap::new(),
                first: None,
                last: None,
                not_read: Some(Text::new("壊れています", "it is broken")),
            },
        ],
        hours: vec![
            HoursView { source: "fortigate".into(), host: "fw01".into(), hours },
            HoursView {
                source: "windows".into(),
                host: "".into(),
                hours: vec![(at("2026-12-31T15:00:00Z"), 1)],
            },
        ],
    }
}

/// The whole review.
pub fn review() -> ReviewReport {
    let rule = |id: &str, title: Text, level, techniques: &[&str], count| RuleFindings {
        rule_id: id.to_owned(),
        title,
        level,
        origin: Origin::Detector,
        techniques: techniques.iter().map(|&t| t.to_owned()).collect(),
        count,
        events: Vec::new(),
    };
    let mut quiet = finding("closure.failures-high-rate", Level::Low);
    quiet.who = Arc::from("-admin");
    quiet.what = Text::new("失敗が続いた", "many failures");
    ReviewReport {
        version: 1,
        program: "rusuban 0.1.0".to_owned(),
        made_at: at("2027-01-04T02:03:04.5Z"),
        closure: ClosureView {
            id: Some("2026-12-29".to_owned()),
            from: at("2026-12-28T15:00:00Z"),
            to: at("2027-01-03T15:00:00Z"),
            time_zone: "Asia/Tokyo".to_owned(),
            whole_logs: false,
        },
        verdict: Verdict::Failing,
        findings: vec![
            rule(
                "closure.log-cleared",
                Text::new("監査ログの消去", "Audit log cleared"),
                Level::Critical,
                &["T1070.001"],
                1,
            ),
            rule(
                "closure.vpn-new-origin",
                Text::new("新しい接続元", "New place"),
                Level::High,
                &["T1133"],
                3,
            ),
        ],
        cases: cases(),
        noise: vec![quiet],
        suppressed: vec![SuppressedView { case: explained(), by: suppression() }],
        expired: vec![Suppression { reason: "昨年の作業".to_owned(), ..suppression() }],
        coverage: coverage(),
        errors: vec![ErrorView {
            kind: "rule",
            file: "rules/own.yml".to_owned(),
            line: Some(7),
            message: Text::new("項目が分かりません", "unknown field"),
            hint: None,
        }],
        rules: RulesView { in_force: 412, not_in_force: 1 },
        counts: CountsView {
            states: BTreeMap::from([(CaseState::Open, 1), (CaseState::Incident, 1), (CaseState::Benign, 1)]),
            levels: BTreeMap::from([(Level::Critical, 1), (Level::High, 1), (Level::Medium, 1)]),
            suppressed: BTreeMap::from([(Level::High, 1)]),
        },
        record: None,
    }
}

/// A review that found nothing and missed nothing.
pub fn quiet() -> ReviewReport {
    let mut report = review();
    report.verdict = Verdict::Verified;
    report.findings.clear();
    report.cases.clear();
    report.noise.clear();
    report.suppressed.clear();
    report.counts = CountsView::default();
    report.expired.clear();
    report.errors.clear();
    report.coverage.shortfalls.clear();
    report.coverage.files.truncate(1);
    report
}
