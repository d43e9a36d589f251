//! The findings of a review as CSV: one row a finding, whatever became of it.
//!
//! For Excel: UTF-8 with its mark, lines that end with CRLF, and no text that a spreadsheet would run as a formula.

use jiff::Timestamp;
use rusuban_core::model::text::Lang;

use super::data::{CaseView, Disposition, FindingView, ReviewReport, SuppressedView};
use crate::report::dates::Dates;
use crate::report::words;

/// Why the CSV cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the CSV cannot be written: {0}")]
pub struct CsvError(#[from] ::csv::Error);

/// What became of a finding.
enum Fate<'a> {
    Case(&'a CaseView),
    Noise,
    Suppressed(&'a SuppressedView),
}

/// Writes the findings for a reader of `lang`.
///
/// # Errors
/// Where the CSV writer fails.
pub fn write(report: &ReviewReport, lang: Lang) -> Result<Vec<u8>, CsvError> {
    let dates = Dates::in_zone(&report.closure.time_zone, lang);
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        // What is quoted stays one cell where a spreadsheet takes semicolons or tabs for separators.
        .quote_style(::csv::QuoteStyle::NonNumeric)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    writer.write_record(header(&dates, lang))?;
    for case in &report.cases {
        for finding in &case.timeline {
            writer.write_record(row(&Fate::Case(case), finding, &dates, lang))?;
        }
    }
    for finding in &report.noise {
        writer.write_record(row(&Fate::Noise, finding, &dates, lang))?;
    }
    for suppressed in &report.suppressed {
        for finding in &suppressed.case.timeline {
            writer.write_record(row(&Fate::Suppressed(suppressed), finding, &dates, lang))?;
        }
    }
    writer.into_inner().map_err(|error| CsvError(error.into_error().into()))
}

fn header(dates: &Dates, lang: Lang) -> [String; 21] {
    let say = |ja, en| words::say(lang, ja, en).to_owned();
    let zone = dates.zone_name();
    let timed = |ja: &'static str, en: &'static str| format!("{} ({zone})", words::say(lang, ja, en));
    [
        say("扱い", "kind"),
        say("事案ID", "case id"),
        say("レベル", "level"),
        say("規則", "rule"),
        say("アカウント", "who"),
        say("接続元", "from"),
        say("機器", "host"),
        say("ログの種類", "source"),
        timed("最初の時刻", "first"),
        timed("最後の時刻", "last"),
        say("最初の時刻（RFC 3339）", "first (RFC 3339)"),
        say("最後の時刻（RFC 3339）", "last (RFC 3339)"),
        say("件数", "count"),
        say("内容", "what"),
        say("ファイル", "file"),
        say("位置（バイト）", "offset"),
        say("レコード番号", "record"),
        say("除外の理由", "suppressed because"),
        say("除外した人", "suppressed by"),
        say("除外の期限", "suppressed until"),
        say("最新の判断", "latest decision"),
    ]
}

fn row(fate: &Fate<'_>, finding: &FindingView, dates: &Dates, lang: Lang) -> [String; 21] {
    let say = |ja, en| words::say(lang, ja, en).to_owned();
    let line = finding.evidence.first();
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    let second = |at: Option<Timestamp>| at.map(|at| dates.second(at)).unwrap_or_default();
    let exact = |at: Option<Timestamp>| at.map(|at| dates.rfc3339(at)).unwrap_or_default();
    let (kind, id, decision) = match fate {
        Fate::Case(case) => {
            (say("事案", "case"), case.id.as_str(), case.dispositions.last().map(|d| decided(d, lang)))
        }
        Fate::Noise => (say("参考", "noise"), "", None),
        Fate::Suppressed(suppressed) => (say("除外", "suppressed"), suppressed.case.id.as_str(), None),
    };
    let suppression = match fate {
        Fate::Suppressed(suppressed) => Some(&suppressed.by),
        Fate::Case(_) | Fate::Noise => None,
    };
    [
        kind,
        cell(id),
        finding.level.label().get(lang).to_owned(),
        cell(&finding.rule_id),
        cell(&finding.who),
        cell(&finding.from),
        cell(&finding.host),
        cell(&finding.source),
        second(finding.first),
        second(finding.last),
        exact(finding.first),
        exact(finding.last),
        finding.count.to_string(),
        cell(finding.what.get(lang)),
        line.map(|line| cell(&line.place.file)).unwrap_or_default(),
        number(line.map(|line| line.place.offset)),
        number(line.and_then(|line| line.place.record)),
        suppression.map(|by| cell(&by.reason)).unwrap_or_default(),
        suppression.map(|by| cell(&by.by)).unwrap_or_default(),
        suppression.map(|by| by.expires.to_string()).unwrap_or_default(),
        cell(&decision.unwrap_or_default()),
    ]
}

/// A decision with who, why and until when.
fn decided(decision: &Disposition, lang: Lang) -> String {
    let word = decision.decision.label();
    let until = decision.until.map(|day| format!(" → {day}")).unwrap_or_default();
    format!("{}: {} ({}){until}", word.get(lang), decision.reason, decision.by)
}

/// A text from outside as a cell: nothing hidden in it, and nothing that a spreadsheet would run.
fn cell(text: &str) -> String {
    let text = words::visible(text);
    if begins_like_a_formula(&text) { ["'", &text].concat() } else { text.into_owned() }
}

/// What spreadsheets may run: the signs of formulas, also in the full-width forms that Japanese versions take, and
/// blanks before them, which some leave out.
fn begins_like_a_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n'])
        || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_marked() {
        for text in ["=1+1", "+81", "-1", "@SUM(A1)", "＝1", " =1", "\t=1", "\n=1", "\u{3000}=1"] {
            assert!(cell(text).starts_with('\''), "{text:?}");
        }
        assert_eq!(cell("\r=1"), "[U+000D]=1", "a control character is shown, and so heads no formula");
        assert_eq!(cell("sato@example.jp"), "sato@example.jp");
    }

    proptest! {
        #[test]
        fn no_cell_is_a_formula(text in "\\PC{0,20}|[=+@ \t\r\n-]{0,3}[a-z]{0,3}") {
            prop_assert!(!begins_like_a_formula(&cell(&text)));
        }
    }
}
