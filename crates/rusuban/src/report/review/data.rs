//! The review as data: the JSON that machines read, and what every other form is made from.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Verdict;
use rusuban_logs::activity::Evidence;
use rusuban_logs::cases::{Case, Suppression};
use rusuban_logs::coverage::{Expected, SourceCoverage};
use rusuban_logs::event::TimeBasis;
use rusuban_logs::finding::{Finding, Level};
use rusuban_logs::outcome::{EventPlace, Names, Review, RuleFindings};
use serde::Serialize;

pub use super::decisions::{CaseState, CountsView, Decision, Disposition, RecordView};

/// The whole review.
#[derive(Debug, Clone, Serialize)]
pub struct ReviewReport {
    /// The version of this shape: 1.
    pub version: u32,
    /// The program's version.
    pub program: String,
    /// When the review was made.
    pub made_at: Timestamp,
    /// The closure.
    pub closure: ClosureView,
    /// What comes of it: Failing where a case is open, Unknown where one is being looked into or something was not seen.
    pub verdict: Verdict,
    /// What rules and detectors found, by rule, the gravest first.
    pub findings: Vec<RuleFindings>,
    /// The cases (事案), the gravest first.
    pub cases: Vec<CaseView>,
    /// Findings that opened no case.
    pub noise: Vec<FindingView>,
    /// How many cases, by what became of them and by level.
    pub counts: CountsView,
    /// Cases that decisions of earlier closures explain.
    pub suppressed: Vec<SuppressedView>,
    /// Decisions of earlier closures that would explain a case, and have ended.
    pub expired: Vec<Suppression>,
    /// What was read.
    pub coverage: CoverageView,
    /// What could not be read or judged.
    pub errors: Vec<ErrorView>,
    /// The rules.
    pub rules: RulesView,
    /// Whether it was kept; None where nobody asked for that.
    pub record: Option<RecordView>,
}

/// The closure that was reviewed.
#[derive(Debug, Clone, Serialize)]
pub struct ClosureView {
    /// Its id, where it is a known one.
    pub id: Option<String>,
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// The zone of its days.
    pub time_zone: String,
    /// True where the user named none: then the whole of the logs was looked at.
    pub whole_logs: bool,
}

/// One case.
#[derive(Debug, Clone, Serialize)]
pub struct CaseView {
    /// Stable id.
    pub id: String,
    /// SHA-256 of what it consists of, in hex.
    pub digest: String,
    /// The gravest level of its findings.
    pub level: Level,
    /// What it is called.
    pub title: Text,
    /// First time.
    pub first: Option<Timestamp>,
    /// Last time.
    pub last: Option<Timestamp>,
    /// Accounts.
    pub who: Vec<Arc<str>>,
    /// Where they came from.
    pub from: Vec<Arc<str>>,
    /// Machines.
    pub hosts: Vec<Arc<str>>,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// Why it is a case.
    pub why: Vec<Text>,
    /// What to do next.
    pub next: Vec<Text>,
    /// What happened, in the order of time.
    pub timeline: Vec<FindingView>,
    /// Lines.
    pub evidence: Vec<EvidenceView>,
    /// How many events it stands for.
    pub count: u64,
    /// What people decided about it, newest last.
    pub dispositions: Vec<Disposition>,
    /// What became of it.
    pub state: CaseState,
}

/// One finding.
#[derive(Debug, Clone, Serialize)]
pub struct FindingView {
    /// The rule.
    pub rule_id: String,
    /// What was found, in words.
    pub what: Text,
    /// How much it weighs.
    pub level: Level,
    /// The account; empty where none is known.
    pub who: Arc<str>,
    /// Where it came from; empty where none is known.
    pub from: Arc<str>,
    /// The machine; empty where none is known.
    pub host: Arc<str>,
    /// Id of the log source.
    pub source: Arc<str>,
    /// First time.
    pub first: Option<Timestamp>,
    /// Last time.
    pub last: Option<Timestamp>,
    /// How many events.
    pub count: u64,
    /// Some of the lines.
    pub evidence: Vec<EvidenceView>,
}

/// One line.
#[derive(Debug, Clone, Serialize)]
pub struct EvidenceView {
    /// Where it stands.
    #[serde(flatten)]
    pub place: EventPlace,
    /// When it was.
    pub time: Option<Timestamp>,
    /// The line, or its start.
    pub line: String,
}

/// A case that a person's decision of an earlier closure explains.
#[derive(Debug, Clone, Serialize)]
pub struct SuppressedView {
    /// The case.
    pub case: CaseView,
    /// By whom, why, until when.
    pub by: Suppression,
}

/// What was read.
#[derive(Debug, Clone, Serialize)]
pub struct CoverageView {
    /// What is missing; empty only where the whole closure was seen.
    pub shortfalls: Vec<ShortfallView>,
    /// By source and host.
    pub sources: Vec<SourceView>,
    /// By file.
    pub files: Vec<FileView>,
    /// Events by source, host and hour (start of the hour, number of events).
    pub hours: Vec<HoursView>,
}

/// Something that is missing.
#[derive(Debug, Clone, Serialize)]
pub struct ShortfallView {
    /// Its kind.
    pub code: String,
    /// What of it.
    pub item: String,
    /// What is missing.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// What one source of one host gave.
#[derive(Debug, Clone, Serialize)]
pub struct SourceView {
    /// Id of the source.
    pub source: Arc<str>,
    /// The host; empty where the log does not say.
    pub host: Arc<str>,
    /// Events in the closure.
    pub events: u64,
    /// First event in the closure.
    pub first: Option<Timestamp>,
    /// Last event in the closure.
    pub last: Option<Timestamp>,
    /// Hours of the closure with events.
    pub hours_heard: usize,
    /// Hours of the closure in which it could have been heard.
    pub hours_open: usize,
    /// Silent stretches.
    pub gaps: Vec<(Timestamp, Timestamp)>,
    /// Whether it should be heard in every hour: `declared`, `baseline`.
    pub expected: Option<&'static str>,
}

/// What one file gave.
#[derive(Debug, Clone, Serialize)]
pub struct FileView {
    /// Its name as the user gave it.
    pub file: String,
    /// Bytes read (unpacked).
    pub bytes: u64,
    /// Records that became events.
    pub events: u64,
    /// Records that did not.
    pub unparsed: u64,
    /// Why, with their numbers and examples.
    pub reasons: Vec<ReasonView>,
    /// Events by source.
    pub sources: BTreeMap<&'static str, u64>,
    /// Events by the encoding of their text.
    pub encodings: BTreeMap<&'static str, u64>,
    /// Events by what their time rests on: `stated`, `zone-assumed`, `year-inferred`, `clock-unset`, `none`.
    pub times: BTreeMap<&'static str, u64>,
    /// First and last time.
    pub first: Option<Timestamp>,
    /// Last time.
    pub last: Option<Timestamp>,
    /// Why it, or a part of it, was not read.
    pub not_read: Option<Text>,
}

/// Why records were not understood.
#[derive(Debug, Clone, Serialize)]
pub struct ReasonView {
    /// Why, in English.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<EvidenceView>,
}

/// Starts of hours, and the events in each.
type ByHour = Vec<(Timestamp, u64)>;

/// Events of one source and host by hour.
#[derive(Debug, Clone, Serialize)]
pub struct HoursView {
    /// Id of the source.
    pub source: Arc<str>,
    /// The host; empty where the log does not say.
    pub host: Arc<str>,
    /// Start of each hour with events, and their number.
    pub hours: ByHour,
}

/// What could not be read or judged.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorView {
    /// `rule`, `file`, `blind`.
    pub kind: &'static str,
    /// The file or rule.
    pub file: String,
    /// Line of a rule file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Text>,
}

/// The rules.
#[derive(Debug, Clone, Serialize)]
pub struct RulesView {
    /// Rules and correlations in force.
    pub in_force: usize,
    /// Rules that are not in force (see the errors).
    pub not_in_force: usize,
}

/// What the report is made of besides the review.
#[derive(Debug)]
pub struct Frame {
    /// The closure.
    pub closure: ClosureView,
    /// When the review was made.
    pub made_at: Timestamp,
    /// Errors that the review does not know: rule files and logs that could not be opened.
    pub errors: Vec<ErrorView>,
    /// What people decided.
    pub dispositions: Vec<Disposition>,
    /// The day of the review.
    pub today: Date,
    /// How many days looking into a case may take, where no day was named.
    pub investigation_days: i64,
}

/// Makes the report of a review.
pub fn report(review: &Review, frame: Frame) -> ReviewReport {
    let names = &review.names;
    let case = |case: &Case| case_view(case, names, &frame);
    let cases: Vec<CaseView> = review.cases.cases.iter().map(case).collect();
    let suppressed: Vec<SuppressedView> = review
        .cases
        .suppressed
        .iter()
        .map(|suppressed| SuppressedView { case: case(&suppressed.case), by: suppressed.by.clone() })
        .collect();
    let counts = counts(&cases, &suppressed);
    let mut errors: Vec<ErrorView> = review
        .problems
        .iter()
        .map(|problem| {
            let reason = problem.reason.to_string();
            ErrorView {
                kind: "rule",
                file: problem.place.file.to_string(),
                line: Some(problem.place.line),
                message: Text::new(reason.clone(), reason),
                hint: None,
            }
        })
        .collect();
    errors.extend(frame.errors);
    errors.extend(review.blind.iter().map(|blind| ErrorView {
        kind: "blind",
        file: blind.rule.clone(),
        line: None,
        message: blind.message.clone(),
        hint: Some(blind.hint.clone()),
    }));
    let coverage = coverage_view(review);
    let are = |state| counts.states.contains_key(&state);
    let verdict = if are(CaseState::Open) || are(CaseState::Late) {
        Verdict::Failing
    } else if are(CaseState::Investigating)
        || !coverage.shortfalls.is_empty()
        || !errors.is_empty()
        || frame.closure.whole_logs
    {
        Verdict::Unknown
    } else {
        Verdict::Verified
    };
    ReviewReport {
        version: 1,
        program: format!("rusuban {}", env!("CARGO_PKG_VERSION")),
        made_at: frame.made_at,
        closure: frame.closure,
        verdict,
        findings: review.by_rule.clone(),
        cases,
        noise: review.cases.noise.iter().map(|f| finding_view(f, names)).collect(),
        counts,
        suppressed,
        expired: review.cases.expired.clone(),
        coverage,
        errors,
        rules: RulesView { in_force: review.rules_in_force, not_in_force: review.problems.len() },
        record: None,
    }
}

fn counts(cases: &[CaseView], suppressed: &[SuppressedView]) -> CountsView {
    let mut counts = CountsView::default();
    for case in cases {
        *counts.states.entry(case.state).or_default() += 1;
        *counts.levels.entry(case.level).or_default() += 1;
    }
    for one in suppressed {
        *counts.suppressed.entry(one.case.level).or_default() += 1;
    }
    counts
}

fn case_view(case: &Case, names: &Names, frame: &Frame) -> CaseView {
    let same = |d: &&Disposition| d.case == case.id && d.digest == case.digest;
    let mut dispositions: Vec<Disposition> = frame.dispositions.iter().filter(same).cloned().collect();
    dispositions.sort_by_key(|d| d.at);
    let zone = TimeZone::get(&frame.closure.time_zone).unwrap_or(TimeZone::UTC);
    CaseView {
        id: case.id.clone(),
        digest: case.digest.clone(),
        state: CaseState::of(dispositions.last(), frame.today, &zone, frame.investigation_days),
        level: case.level,
        title: case.title.clone(),
        first: time(case.first),
        last: time(case.last),
        who: case.who.clone(),
        from: case.from.clone(),
        hosts: case.hosts.clone(),
        techniques: case.techniques.clone(),
        why: case.why.clone(),
        next: case.next.clone(),
        timeline: case.timeline.iter().map(|f| finding_view(f, names)).collect(),
        evidence: case.evidence.iter().map(|e| evidence_view(e, names)).collect(),
        count: case.count,
        dispositions,
    }
}

fn finding_view(finding: &Finding, names: &Names) -> FindingView {
    FindingView {
        rule_id: finding.rule.id.clone(),
        what: finding.what.clone(),
        level: finding.level,
        who: finding.who.clone(),
        from: finding.from.clone(),
        host: finding.host.clone(),
        source: finding.source.clone(),
        first: time(finding.first),
        last: time(finding.last),
        count: finding.count,
        evidence: finding.evidence.iter().map(|e| evidence_view(e, names)).collect(),
    }
}

fn evidence_view(evidence: &Evidence, names: &Names) -> EvidenceView {
    let position = evidence.place.position;
    EvidenceView {
        place: EventPlace {
            file: names.get(&evidence.place.file).cloned().unwrap_or_else(|| "?".into()),
            record: position.record,
            offset: position.offset,
        },
        time: time(evidence.place.time),
        line: evidence.excerpt.clone(),
    }
}

fn coverage_view(review: &Review) -> CoverageView {
    let names = &review.names;
    let coverage = &review.coverage;
    let mut hours: BTreeMap<(&Arc<str>, &Arc<str>), ByHour> = BTreeMap::new();
    for heard in &review.heard {
        let Some(hour) = time(heard.hour) else { continue };
        hours.entry((&heard.source, &heard.host)).or_default().push((hour, heard.count));
    }
    CoverageView {
        shortfalls: coverage
            .shortfalls
            .iter()
            .map(|s| ShortfallView {
                code: s.code.to_owned(),
                item: s.item.clone(),
                message: s.message.clone(),
                hint: s.hint.clone(),
            })
            .collect(),
        sources: coverage.sources.iter().map(source_view).collect(),
        files: coverage
            .files
            .iter()
            .map(|file| {
                let tally = review.tallies.get(&file.file.id).cloned().unwrap_or_default();
                let span = tally.span;
                FileView {
                    file: file.file.name.clone(),
                    bytes: tally.bytes,
                    events: tally.events,
                    unparsed: tally.unparsed,
                    reasons: file
                        .reasons
                        .iter()
                        .map(|(reason, count)| ReasonView {
                            reason: reason.to_string(),
                            count: *count,
                            examples: file.examples.iter().map(|e| evidence_view(e, names)).collect(),
                        })
                        .collect(),
                    sources: tally.sources,
                    encodings: tally.encodings.into_iter().map(|(e, n)| (e.name(), n)).collect(),
                    times: tally.times.into_iter().map(|(basis, n)| (basis_name(basis), n)).collect(),
                    first: span.and_then(|s| time(Some(s.0))),
                    last: span.and_then(|s| time(Some(s.1))),
                    not_read: file.file.not_read.clone(),
                }
            })
            .collect(),
        hours: hours
            .into_iter()
            .map(|((source, host), hours)| HoursView { source: source.clone(), host: host.clone(), hours })
            .collect(),
    }
}

fn source_view(source: &SourceCoverage) -> SourceView {
    SourceView {
        source: source.source.clone(),
        host: source.host.clone(),
        events: source.events,
        first: time(source.first),
        last: time(source.last),
        hours_heard: source.hours_heard,
        hours_open: source.hours_open,
        gaps: source
            .gaps
            .iter()
            .filter_map(|gap| Some((time(Some(gap.from))?, time(Some(gap.to))?)))
            .collect(),
        expected: source.expected.map(|e| match e {
            Expected::Declared => "declared",
            Expected::Baseline => "baseline",
        }),
    }
}

fn basis_name(basis: Option<TimeBasis>) -> &'static str {
    match basis {
        None => "none",
        Some(TimeBasis::Stated) => "stated",
        Some(TimeBasis::ZoneAssumed) => "zone-assumed",
        Some(TimeBasis::YearInferred) => "year-inferred",
        Some(TimeBasis::ClockUnset) => "clock-unset",
    }
}

/// Nanoseconds since the epoch as a timestamp.
fn time(nanos: Option<i64>) -> Option<Timestamp> {
    nanos.and_then(|n| Timestamp::from_nanosecond(i128::from(n)).ok())
}
