//! The sheet that is handed in: one row a checkbox of the notice.

use jiff::civil::Date;
use rusuban_core::model::evidence::EvidenceKind;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::{Level, Verdict};

use super::Book;
use super::sheet::{Cell, Column, Sheet, lines};
use crate::report::data::{FindingView, MeasureView, RequirementView};
use crate::report::words;

/// Width of the remarks.
const REMARKS_WIDTH: u16 = 46;
/// As many lines of remarks as a row is sure to show.
const REMARKS_LINES: usize = 18;

pub(super) fn sheet(book: &Book<'_>) -> Sheet {
    let column = |ja, en, width| Column { title: book.say(ja, en), width };
    let mut titles = book.titles(book.say(
        "長期休暇期間に向けたセキュリティ対策 実施状況チェックリスト",
        "Checklist of security measures for the closure",
    ));
    titles.push(counts(book));
    Sheet {
        name: book.say("チェックリスト", "Checklist"),
        titles,
        columns: vec![
            column("№", "No.", 5),
            column("区分", "Part", 12),
            column("見出し", "Measure", 16),
            column("対策（通知の文言）", "The notice's words", 46),
            column("実施状況", "Status", 12),
            column("判定", "Verdict", 12),
            column("実施日", "Done on", 17),
            column("担当", "Who", 18),
            column("証跡", "Evidence", 10),
            column("備考", "Remarks", REMARKS_WIDTH),
        ],
        frozen: 3,
        rows: book.report.measures.iter().map(|measure| row(book, measure)).collect(),
        empty: book.say("対策はありません", "There are no measures"),
    }
}

/// How many requirements have which verdict, worst first.
fn counts(book: &Book<'_>) -> String {
    let count = |verdict: Verdict| book.report.counts.get(&verdict).copied().unwrap_or(0);
    let parts: Vec<_> =
        Verdict::ALL.into_iter().rev().map(|v| format!("{} {}", book.verdict(v), count(v))).collect();
    [book.say("要件の判定: ", "Requirements: "), &parts.join("  ")].concat()
}

fn row(book: &Book<'_>, measure: &MeasureView) -> Vec<Cell> {
    vec![
        Cell::Number(u64::from(measure.number)),
        Cell::Text(book.part(measure)),
        Cell::Text(book.text(&measure.title).to_owned()),
        Cell::Text(book.text(&measure.text).to_owned()),
        Cell::Strong(status(book, measure).to_owned()),
        Cell::Marked(measure.verdict, book.verdict(measure.verdict)),
        Cell::day(done_on(book, measure)),
        Cell::Text(people(book, measure)),
        Cell::Text(book.evidence(measure.requirements.iter().flat_map(|r| &r.evidence))),
        Cell::Text(remarks(book, measure)),
    ]
}

/// The words that such sheets use. What nobody has confirmed is never called done, nor is it called not done.
fn status(book: &Book<'_>, measure: &MeasureView) -> &'static str {
    let good = |r: &RequirementView| matches!(r.verdict, Verdict::Verified | Verdict::Attested);
    let partly = measure.requirements.iter().any(good);
    match (measure.verdict, partly) {
        (Verdict::NotApplicable, _) => book.say("対象外", "Not applicable"),
        (Verdict::Verified | Verdict::Attested, _) => book.say("実施済", "Done"),
        (Verdict::AcceptedRisk, _) => book.say("例外措置", "Accepted risk"),
        (Verdict::Unknown, true) => book.say("一部未確認", "Partly unknown"),
        (Verdict::Unknown, false) => book.say("未確認", "Unknown"),
        (Verdict::Failing, true) => book.say("一部未実施", "Partly done"),
        (Verdict::Failing, false) => book.say("未実施", "Not done"),
    }
}

/// The day of the newest evidence or statement, for a measure that is done.
fn done_on(book: &Book<'_>, measure: &MeasureView) -> Option<Date> {
    if !matches!(measure.verdict, Verdict::Verified | Verdict::Attested) {
        return None;
    }
    let moments = measure
        .requirements
        .iter()
        .flat_map(|r| [r.newest, r.stated.as_ref().map(|stated| stated.at)].into_iter().flatten());
    moments.max().map(|at| book.dates.day_of(at))
}

/// Who stated something or carries a risk; and the program itself, where it has looked.
fn people(book: &Book<'_>, measure: &MeasureView) -> String {
    let mut people: Vec<&str> = Vec::new();
    let mut add = |name| {
        if !people.contains(&name) {
            people.push(name);
        }
    };
    for requirement in &measure.requirements {
        if let Some(stated) = &requirement.stated {
            add(&stated.by);
        }
        if let Some(accepted) = &requirement.accepted {
            add(&accepted.owner);
        }
    }
    let kind = |id: &String| book.evidence.get(id.as_str()).map(|view| view.kind);
    let observed =
        |r: &RequirementView| r.evidence.iter().any(|id| kind(id) == Some(EvidenceKind::Observation));
    if measure.requirements.iter().any(observed) {
        add(book.say("自動点検", "automatic check"));
    }
    people.join("\n")
}

/// The worst that was found and what to do about it, as much as a row can show.
fn remarks(book: &Book<'_>, measure: &MeasureView) -> String {
    let mut remarks = String::new();
    let mut left = 0;
    for requirement in &measure.requirements {
        let open = || requirement.findings.iter().filter(|view| view.finding.level != Level::Note);
        let Some(worst) = open().next() else { continue };
        let remark = remark(book, requirement, worst, open().count());
        let longer = if remarks.is_empty() { remark } else { [remarks.as_str(), "\n", &remark].concat() };
        if lines(&longer, REMARKS_WIDTH) <= REMARKS_LINES {
            remarks = longer;
        } else {
            left += open().count();
        }
    }
    if left > 0 {
        remarks = [remarks, more(book, left)].join("\n");
    }
    remarks.trim_start().to_owned()
}

fn remark(book: &Book<'_>, requirement: &RequirementView, worst: &FindingView, count: usize) -> String {
    let letter = requirement.id.rsplit('.').next().unwrap_or_default();
    let finding = &worst.finding;
    let others = match (book.lang, count - 1) {
        (_, 0) => String::new(),
        (Lang::Ja, n) => format!("（ほか{n}件）"),
        (Lang::En, n) => format!(" (and {n} more)"),
    };
    format!(
        "[{letter}] {} {}{others}\n→ {}",
        words::level_symbol(finding.level),
        book.text(&finding.message),
        book.text(&finding.hint),
    )
}

fn more(book: &Book<'_>, count: usize) -> String {
    match book.lang {
        Lang::Ja => format!("ほか{count}件（「指摘一覧」を参照）"),
        Lang::En => format!("{count} more: see the sheet “Findings”"),
    }
}
