//! One row a piece of evidence, and the end of the chain that it stands in.

use super::Book;
use super::sheet::{Cell, Column, Sheet};
use crate::report::data::EvidenceView;
use crate::report::words;

pub(super) fn sheet(book: &Book<'_>) -> Sheet {
    let column = |ja, en, width| Column { title: book.say(ja, en), width };
    let chain = &book.report.chain;
    let mut titles = book.titles(book.say("証跡一覧", "Evidence"));
    titles.push(format!(
        "{}: {} {}: {}",
        book.say("記録の数", "Records"),
        chain.records,
        book.say("末尾のハッシュ値", "hash of the last"),
        chain.head,
    ));
    if let Some(key) = &chain.key {
        titles.push(format!("{}: {key}", book.say("署名の公開鍵 (Ed25519)", "Public key (Ed25519)")));
    }
    titles
        .push(book.say("検証の方法: rusuban verify-chain", "How to verify: rusuban verify-chain").to_owned());
    Sheet {
        name: book.say("証跡一覧", "Evidence"),
        titles,
        columns: vec![
            column("番号", "No.", 6),
            column("種類", "Kind", 12),
            column("内容", "Topic", 18),
            column("対象", "Subject", 24),
            column("出所", "Source", 22),
            column("観測点", "Vantage", 18),
            column("観測日時", "Observed", 20),
            column("証跡ID", "Id", 38),
            column("ハッシュ値", "Hash", 36),
        ],
        frozen: 1,
        rows: book.report.evidence.iter().map(|view| row(book, view)).collect(),
        empty: book.say("証跡はありません", "There is no evidence"),
    }
}

fn row(book: &Book<'_>, view: &EvidenceView) -> Vec<Cell> {
    vec![
        Cell::Number(view.seq),
        Cell::Text(book.text(&words::evidence_kind(view.kind)).to_owned()),
        Cell::Text(view.topic.clone()),
        Cell::Text(book.subject(&view.subject).to_owned()),
        Cell::Text(view.source.clone()),
        Cell::Text(view.vantage.clone()),
        Cell::Text(book.dates.second(view.observed_at)),
        Cell::Text(view.id.clone()),
        Cell::Text(view.hash.clone()),
    ]
}
