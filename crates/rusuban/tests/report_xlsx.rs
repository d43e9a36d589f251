//! The workbook, read back by another program's reader.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests end where something is missing"
)]

mod support;

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
use rusuban::report::data::Report;
use rusuban::report::xlsx::write;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::Verdict;
use support::report;

fn open(report: &Report, lang: Lang) -> Xlsx<Cursor<Vec<u8>>> {
    open_workbook_from_rs(Cursor::new(write(report, lang).unwrap())).unwrap()
}

fn sheet(report: &Report, lang: Lang, name: &str) -> Range<Data> {
    open(report, lang).worksheet_range(name).unwrap()
}

/// The rows below the heading that begins with `first`.
fn table(range: &Range<Data>, first: &str) -> Vec<Vec<Data>> {
    let mut rows = range.rows().skip_while(|row| row[0] != Data::String(first.to_owned()));
    assert!(rows.next().is_some(), "no heading begins with {first}");
    rows.map(<[Data]>::to_vec).collect()
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn the_checklist_has_one_row_a_checkbox() {
    let report = report::office();
    let range = sheet(&report, Lang::Ja, "チェックリスト");
    let rows = table(&range, "№");
    assert_eq!(rows.len(), 22);
    for (row, measure) in rows.iter().zip(&report.measures) {
        assert_eq!(text(&row[0]), measure.number.to_string());
        assert_eq!(text(&row[2]), measure.title.ja);
        assert_eq!(text(&row[3]), measure.text.ja);
        assert!(text(&row[5]).ends_with(&measure.verdict.label().ja));
    }
    let head: Vec<String> = range.rows().take(6).map(|row| text(&row[0])).collect();
    assert!(head[1].contains("霞ヶ丘市役所") && head[2].contains("令和8年12月29日(火)"), "{head:?}");
}

#[test]
fn only_what_is_shown_or_stated_counts_as_done() {
    let report = report::office();
    let rows = table(&sheet(&report, Lang::Ja, "チェックリスト"), "№");
    for (row, measure) in rows.iter().zip(&report.measures) {
        let good = matches!(measure.verdict, Verdict::Verified | Verdict::Attested);
        assert_eq!(text(&row[4]) == "実施済", good, "{}", measure.id);
        assert_eq!(row[6] != Data::Empty, good, "{}: the day of doing", measure.id);
    }
    let status: Vec<_> = rows.iter().map(|row| text(&row[4])).collect();
    for word in ["未実施", "一部未実施", "未確認", "一部未確認", "実施済", "対象外"] {
        assert!(status.iter().any(|s| s == word), "{word} in {status:?}");
    }
}

#[test]
fn the_day_of_doing_is_a_real_day() {
    let rows = table(&sheet(&report::office(), Lang::Ja, "チェックリスト"), "№");
    let Data::DateTime(day) = &rows[1][6] else { panic!("{:?}", rows[1][6]) };
    let (year, month, day, ..) = day.to_ymd_hms_milli();
    assert_eq!((year, month, day), (2026, 12, 25));
    assert_eq!(text(&rows[1][7]), "情報政策課長 田中 実");
}

#[test]
fn requirements_findings_and_evidence_are_complete() {
    let report = report::office();
    let requirements = table(&sheet(&report, Lang::Ja, "要件別"), "№");
    assert_eq!(requirements.len(), 41);
    assert_eq!(text(&requirements[0][7]), "超過");
    let findings = table(&sheet(&report, Lang::Ja, "指摘一覧"), "№");
    let keys: Vec<_> = findings.iter().map(|row| text(&row[8])).collect();
    let expected: Vec<_> = report
        .measures
        .iter()
        .flat_map(|m| &m.requirements)
        .flat_map(|r| r.findings.iter().map(|f| f.key.clone()))
        .collect();
    assert_eq!(keys, expected);
    let evidence = table(&sheet(&report, Lang::Ja, "証跡一覧"), "番号");
    assert_eq!(evidence.len(), report.evidence.len());
    assert_eq!(text(&evidence[4][7]), report.evidence[4].id);
    assert_eq!(text(&evidence[4][8]), report.evidence[4].hash);
}

#[test]
fn remarks_stay_short_and_say_where_the_rest_is() {
    let rows = table(&sheet(&report::office(), Lang::Ja, "チェックリスト"), "№");
    let remarks = text(&rows[7][9]);
    assert!(remarks.starts_with("[a] × libsample1 のセキュリティ更新"), "{remarks}");
    assert!(remarks.contains("（ほか36件）") && remarks.contains("→ `apt update"), "{remarks}");
}

#[test]
fn text_that_looks_like_a_formula_stays_text() {
    let report = report::named("=1+1");
    let mut book = open(&report, Lang::Ja);
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.is_empty(), "{name}");
    }
    let source = table(&sheet(&report, Lang::Ja, "証跡一覧"), "番号");
    assert_eq!(source[0][4], Data::String("=1+1".to_owned()));
}

#[test]
fn hostile_text_is_readable_and_within_the_cells_limit() {
    let report = report::hostile();
    let mut book = open(&report, Lang::Ja);
    for name in book.sheet_names() {
        for (row, column, cell) in book.worksheet_range(&name).unwrap().used_cells() {
            let text = text(cell);
            assert!(text.encode_utf16().count() <= 32_767, "{name} {row}:{column}");
            assert!(!text.contains(['\u{202E}', '\u{0007}']), "{name} {row}:{column}");
        }
    }
    let rows = table(&book.worksheet_range("要件別").unwrap(), "№");
    let cut = rows.iter().map(|row| text(&row[11])).find(|t| t.contains("長長")).unwrap();
    assert!(cut.ends_with("【セルの上限のため以下省略】"));
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(write(&report::office(), Lang::Ja).unwrap(), write(&report::office(), Lang::Ja).unwrap());
}

#[test]
fn english_is_english_throughout() {
    let mut book = open(&report::named("name"), Lang::En);
    assert_eq!(book.sheet_names(), ["Checklist", "Requirements", "Findings", "Evidence"]);
    for name in book.sheet_names() {
        for (row, column, cell) in book.worksheet_range(&name).unwrap().used_cells() {
            let japanese = |c: char| matches!(c, '\u{3040}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}');
            assert!(!text(cell).contains(japanese), "{name} {row}:{column}: {cell}");
        }
    }
}

#[test]
fn a_sheet_without_rows_says_so() {
    let range = sheet(&report::in_order(), Lang::Ja, "指摘一覧");
    assert_eq!(text(&table(&range, "№")[0][0]), "指摘はありません");
}

#[test]
fn many_findings_are_all_written() {
    let rows = table(&sheet(&report::with_findings(2_000), Lang::Ja, "指摘一覧"), "№");
    assert!(rows.len() >= 2_000);
}
