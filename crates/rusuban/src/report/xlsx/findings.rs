//! One row a finding, with the key that a risk acceptance names.

use rusuban_core::model::verdict::{Level, Verdict};

use super::Book;
use super::sheet::{Cell, Column, Sheet};
use crate::report::data::{FindingView, MeasureView, RequirementView};
use crate::report::words;

pub(super) fn sheet(book: &Book<'_>) -> Sheet {
    let column = |ja, en, width| Column { title: book.say(ja, en), width };
    let mut rows = Vec::new();
    for measure in &book.report.measures {
        for requirement in &measure.requirements {
            rows.extend(requirement.findings.iter().map(|view| row(book, measure, requirement, view)));
        }
    }
    Sheet {
        name: book.say("指摘一覧", "Findings"),
        titles: book.titles(book.say("指摘一覧", "Findings")),
        columns: vec![
            column("№", "No.", 5),
            column("要件ID", "Requirement", 22),
            column("対策", "Measure", 14),
            column("区分", "Level", 12),
            column("対象", "Subject", 22),
            column("内容", "Finding", 44),
            column("次にやること", "What to do next", 44),
            column("期日", "Due", 17),
            column("指摘の識別子", "Key of the finding", 40),
        ],
        frozen: 2,
        rows,
        empty: book.say("指摘はありません", "There are no findings"),
    }
}

fn row(
    book: &Book<'_>,
    measure: &MeasureView,
    requirement: &RequirementView,
    view: &FindingView,
) -> Vec<Cell> {
    let finding = &view.finding;
    vec![
        Cell::Number(u64::from(measure.number)),
        Cell::Text(requirement.id.clone()),
        Cell::Text(book.text(&measure.title).to_owned()),
        level(book, finding.level),
        Cell::Text(book.subject(finding.subject.as_str()).to_owned()),
        Cell::Text(book.text(&finding.message).to_owned()),
        Cell::Text(book.text(&finding.hint).to_owned()),
        Cell::day(requirement.due),
        Cell::Text(view.key.clone()),
    ]
}

fn level(book: &Book<'_>, level: Level) -> Cell {
    let word = [words::level_symbol(level), " ", book.text(&words::level(level))].concat();
    match level {
        Level::Failing => Cell::Marked(Verdict::Failing, word),
        Level::Unknown => Cell::Marked(Verdict::Unknown, word),
        Level::Accepted => Cell::Marked(Verdict::AcceptedRisk, word),
        Level::Note => Cell::Text(word),
    }
}
