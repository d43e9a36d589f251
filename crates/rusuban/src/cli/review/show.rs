//! The review on the screen: what is asked for first, first.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusuban_core::model::text::Lang;
use rusuban_core::world::log_review::ListUsed;
use rusuban_logs::finding::Level;

use super::super::CliError;
use super::super::screen::{Screen, badge};
use crate::report::review::data::{CaseView, RecordView, ReviewReport};

/// How many cases are shown before the rest is counted.
const CASES: usize = 20;

/// How many of the smaller lists are shown.
const FEW: usize = 8;

/// Shows a review.
pub fn show(report: &ReviewReport, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let zone = TimeZone::get(&report.closure.time_zone).unwrap_or(TimeZone::UTC);
    show_head(report, &zone, screen)?;
    let heading = screen.pick("事案", "Cases").to_owned();
    screen.heading(&heading)?;
    if report.cases.is_empty() {
        let line = screen.pick("事案になる指摘はありません。", "No finding opened a case.").to_owned();
        screen.line(&line)?;
    }
    for case in report.cases.iter().take(CASES) {
        show_case(case, &zone, screen)?;
    }
    more(report.cases.len(), CASES, screen)?;
    show_suppressed(report, screen)?;
    show_coverage(report, screen)?;
    show_errors(report, screen)
}

fn show_head(report: &ReviewReport, zone: &TimeZone, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let (from, to) = (clock(report.closure.from, zone), clock(report.closure.to, zone));
    let events: u64 = report.coverage.files.iter().map(|f| f.events).sum();
    let unparsed: u64 = report.coverage.files.iter().map(|f| f.unparsed).sum();
    let files = report.coverage.files.len();
    let rules = report.rules.in_force;
    let zone = &report.closure.time_zone;
    let (head, read) = match screen.lang {
        Lang::Ja => (
            format!("ログの点検：{from} 〜 {to}（{zone}）"),
            format!(
                "{files}ファイル、{events}件を読み取り、{unparsed}件は読み取れませんでした。規則 {rules}件"
            ),
        ),
        Lang::En => (
            format!("Log review: {from} to {to} ({zone})"),
            format!(
                "{files} files, {events} events understood, {unparsed} records not understood; {rules} rules"
            ),
        ),
    };
    // The badge brings its own colours: wrapping would spell them out as foreign bytes.
    let line = format!("{} {head}", badge(report.verdict, screen.lang));
    screen.line(&line)?;
    screen.wrapped("", "  ", &read)?;
    show_counts(report, screen)?;
    if let Some(record) = &report.record {
        let note = screen.say(&record.note).to_owned();
        screen.wrapped("", "  ", &note)?;
        show_lists(record, screen)?;
    }
    Ok(())
}

/// How many cases there are, by what became of them, with those that earlier decisions explain: none is out of sight.
fn show_counts(report: &ReviewReport, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let counts = &report.counts;
    let states: Vec<String> =
        counts.states.iter().map(|(state, n)| format!("{} {n}", screen.say(&state.label()))).collect();
    let critical = |levels: &std::collections::BTreeMap<Level, usize>| {
        levels.get(&Level::Critical).copied().unwrap_or_default()
    };
    let suppressed: usize = counts.suppressed.values().sum();
    let (grave, explained) = (critical(&counts.levels), critical(&counts.suppressed));
    let all = report.cases.len();
    let list = states.join(screen.pick("、", ", "));
    let list = if list.is_empty() { String::new() } else { format!(": {list}") };
    let line = match screen.lang {
        Lang::Ja => format!(
            "事案 {all}件（うち重大 {grave}件）{list}。以前の判断で除外 {suppressed}件（うち重大 {explained}件）"
        ),
        Lang::En => format!(
            "{all} cases ({grave} critical){list}; {suppressed} explained by earlier decisions ({explained} critical)"
        ),
    };
    Ok(screen.wrapped("", "  ", &line)?)
}

/// Where the lists came from.
fn show_lists(record: &RecordView, screen: &mut Screen<'_>) -> Result<(), CliError> {
    if record.lists.is_empty() {
        return Ok(());
    }
    let name = |used: &ListUsed| {
        let from = match used.from.as_str() {
            "file" => screen.pick("ファイル", "file"),
            _ => screen.pick("台帳", "register"),
        };
        format!("{} {} ({from})", used.list, used.rows)
    };
    let all: Vec<String> = record.lists.iter().map(name).collect();
    let line = format!("{}: {}", screen.pick("一覧", "lists"), all.join(screen.pick("、", ", ")));
    Ok(screen.wrapped("", "  ", &line)?)
}

/// Cases that earlier decisions explain, with who said so and until when; and decisions that have ended.
fn show_suppressed(report: &ReviewReport, screen: &mut Screen<'_>) -> Result<(), CliError> {
    if report.suppressed.is_empty() && report.expired.is_empty() {
        return Ok(());
    }
    let heading = screen.pick("以前の判断", "Earlier decisions").to_owned();
    screen.heading(&heading)?;
    for suppressed in report.suppressed.iter().take(CASES) {
        let (case, by) = (&suppressed.case, &suppressed.by);
        let (level, title) = (case.level.label(), screen.say(&case.title).to_owned());
        let line = match screen.lang {
            Lang::Ja => format!(
                "[{}] {title}  {}：{}（{}、{} まで除外）",
                level.ja, case.id, by.reason, by.by, by.expires
            ),
            Lang::En => format!(
                "[{}] {title}  {}: {} ({}, suppressed until {})",
                level.en, case.id, by.reason, by.by, by.expires
            ),
        };
        screen.wrapped("△ ", "    ", &line)?;
    }
    more(report.suppressed.len(), CASES, screen)?;
    for old in report.expired.iter().take(FEW) {
        let line = match screen.lang {
            Lang::Ja => format!(
                "{}さんの判断「{}」は {} で期限が切れました（事案 {}）",
                old.by, old.reason, old.expires, old.case
            ),
            Lang::En => format!(
                "the decision of {} (“{}”, case {}) ended on {}",
                old.by, old.reason, old.case, old.expires
            ),
        };
        screen.wrapped("! ", "    ", &line)?;
    }
    more(report.expired.len(), FEW, screen)
}

fn show_case(case: &CaseView, zone: &TimeZone, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let level = case.level.label();
    let title = screen.say(&case.title).to_owned();
    let state = case.state.label();
    let head = format!("[{}] {title}  {}  {}", screen.say(&level), short(&case.id), screen.say(&state));
    screen.wrapped("", "    ", &head)?;
    let when = match (case.first, case.last) {
        (Some(first), Some(last)) => format!("{} – {}", clock(first, zone), clock(last, zone)),
        _ => screen.pick("時刻不明", "time unknown").to_owned(),
    };
    let list = |items: &[std::sync::Arc<str>]| {
        let shown: Vec<&str> = items.iter().take(4).map(|i| &**i).collect();
        let rest = items.len().saturating_sub(shown.len());
        if rest > 0 { format!("{} +{rest}", shown.join(", ")) } else { shown.join(", ") }
    };
    let labels = screen.pick("誰|どこから|どこで", "who|from|on").to_owned();
    let mut parts = vec![when];
    for (label, items) in labels.split('|').zip([&case.who, &case.from, &case.hosts]) {
        if !items.is_empty() {
            parts.push(format!("{label}: {}", list(items)));
        }
    }
    if !case.techniques.is_empty() {
        parts.push(case.techniques.join(" "));
    }
    screen.wrapped("    ", "    ", &parts.join("  "))?;
    for finding in case.timeline.iter().take(FEW) {
        let what = screen.say(&finding.what).to_owned();
        let at = finding.first.map(|t| clock(t, zone)).unwrap_or_default();
        screen.wrapped("    · ", "      ", &format!("{at} {what}"))?;
    }
    more(case.timeline.len(), FEW, screen)?;
    if let Some(last) = case.dispositions.last() {
        let until = last.until.map(|day| format!(" → {day}")).unwrap_or_default();
        let line = format!("{}: {} ({}){until}", screen.say(&last.decision.label()), last.reason, last.by);
        screen.wrapped("    = ", "      ", &line)?;
        return Ok(());
    }
    if let Some(step) = case.next.first() {
        let step = screen.say(step).to_owned();
        screen.wrapped("    → ", "      ", &step)?;
    }
    Ok(())
}

fn show_coverage(report: &ReviewReport, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let heading = screen.pick("読めなかったところ", "What was not seen").to_owned();
    screen.heading(&heading)?;
    if report.coverage.shortfalls.is_empty() {
        let line = screen.pick("ありません。", "Nothing.").to_owned();
        return Ok(screen.line(&line)?);
    }
    for shortfall in report.coverage.shortfalls.iter().take(FEW) {
        let message = screen.say(&shortfall.message).to_owned();
        screen.wrapped("? ", "  ", &message)?;
        let hint = screen.say(&shortfall.hint).to_owned();
        screen.wrapped("  → ", "    ", &hint)?;
    }
    more(report.coverage.shortfalls.len(), FEW, screen)
}

fn show_errors(report: &ReviewReport, screen: &mut Screen<'_>) -> Result<(), CliError> {
    if report.errors.is_empty() {
        return Ok(());
    }
    let heading = screen.pick("読めない・判定できないもの", "What could not be read or judged").to_owned();
    screen.heading(&heading)?;
    for error in report.errors.iter().take(FEW) {
        let message = screen.say(&error.message).to_owned();
        let line = error.line.map(|l| format!(":{l}")).unwrap_or_default();
        screen.wrapped("? ", "  ", &format!("{}{line}: {message}", error.file))?;
    }
    more(report.errors.len(), FEW, screen)
}

fn more(all: usize, shown: usize, screen: &mut Screen<'_>) -> Result<(), CliError> {
    if let Some(rest) = all.checked_sub(shown).filter(|rest| *rest > 0) {
        let line = match screen.lang {
            Lang::Ja => format!("    ほか{rest}件（--json または --output ですべて）"),
            Lang::En => format!("    {rest} more (all with --json or --output)"),
        };
        screen.line(&line)?;
    }
    Ok(())
}

/// The first characters of an id, enough to tell cases apart.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}
