//! One row a requirement: what each checkbox is split into, and who stands for it.

use rusuban_core::model::verdict::Level;

use super::Book;
use super::sheet::{Cell, Column, Sheet};
use crate::report::data::{MeasureView, RequirementView};

pub(super) fn sheet(book: &Book<'_>) -> Sheet {
    let column = |ja, en, width| Column { title: book.say(ja, en), width };
    let rows = book.report.measures.iter().flat_map(|m| m.requirements.iter().map(move |r| row(book, m, r)));
    Sheet {
        name: book.say("要件別", "Requirements"),
        titles: book.titles(book.say("要件別の判定", "Verdicts by requirement")),
        columns: vec![
            column("№", "No.", 5),
            column("要件ID", "Id", 19),
            column("対策", "Measure", 13),
            column("要件", "Requirement", 26),
            column("確かめ方", "Verified by", 29),
            column("判定", "Verdict", 11),
            column("期日", "Due", 16),
            column("期限超過", "Overdue", 8),
            column("不適合", "Failing", 7),
            column("未確認", "Unknown", 7),
            column("申告", "Stated", 27),
            column("例外措置", "Accepted risk", 27),
            column("証跡", "Evidence", 10),
            column("最新の証跡", "Newest evidence", 12),
        ],
        frozen: 2,
        rows: rows.collect(),
        empty: book.say("要件はありません", "There are no requirements"),
    }
}

fn row(book: &Book<'_>, measure: &MeasureView, requirement: &RequirementView) -> Vec<Cell> {
    let count = |level| {
        let found = requirement.findings.iter().filter(|view| view.finding.level == level).count();
        Cell::Number(u64::try_from(found).unwrap_or(u64::MAX))
    };
    vec![
        Cell::Number(u64::from(measure.number)),
        Cell::Text(requirement.id.clone()),
        Cell::Text(book.text(&measure.title).to_owned()),
        Cell::Text(book.text(&requirement.title).to_owned()),
        Cell::Text(book.text(&requirement.verified_by).to_owned()),
        Cell::Marked(requirement.verdict, book.verdict(requirement.verdict)),
        Cell::day(requirement.due),
        overdue(book, requirement),
        count(Level::Failing),
        count(Level::Unknown),
        Cell::Text(stated(book, requirement)),
        Cell::Text(accepted(book, requirement)),
        Cell::Text(book.evidence(&requirement.evidence)),
        requirement.newest.map_or(Cell::Empty, |at| Cell::Text(book.dates.second(at))),
    ]
}

fn overdue(book: &Book<'_>, requirement: &RequirementView) -> Cell {
    if requirement.overdue(book.dates.day_of(book.report.generated_at)) {
        Cell::Strong(book.say("超過", "overdue").to_owned())
    } else {
        Cell::Empty
    }
}

fn stated(book: &Book<'_>, requirement: &RequirementView) -> String {
    requirement.stated.as_ref().map_or_else(String::new, |stated| {
        format!("{} {}\n{}", stated.by, book.dates.minute(stated.at), stated.words)
    })
}

fn accepted(book: &Book<'_>, requirement: &RequirementView) -> String {
    requirement.accepted.as_ref().map_or_else(String::new, |accepted| {
        format!(
            "{}: {}\n{}: {}\n{}: {}",
            book.say("責任者", "Owner"),
            accepted.owner,
            book.say("期限", "Until"),
            book.dates.minute(accepted.until),
            book.say("理由", "Reason"),
            accepted.reason,
        )
    })
}
