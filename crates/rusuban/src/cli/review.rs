//! `rusuban review`.

use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::screen::Screen;
use super::{CliError, Exit};
use rusuban_logs::activity::Interest;
use rusuban_logs::event::Zone;

use crate::app::review::parse::{Parsed, parse};
use crate::app::review::{Input, rules, run};
use crate::app::{AppError, ErrorKind};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// 調べるログ：ファイル、フォルダー、gz・xz・zst・zip・tar、標準入力は - ‖ Logs to review: files, folders, gz, xz, zst, zip, tar; - is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// 判定せず、読み取った結果を1件1行のJSON（ECSの項目名）で出力する ‖ Judge nothing: print each event as one line of JSON in ECS names
    #[arg(long)]
    parse: bool,
    /// 休業期間：IDまたは 2026-12-26..2027-01-04 の形（既定：ログ全体を対象にする） ‖ The closure: its id, or 2026-12-26..2027-01-04 (default: the whole of the logs)
    #[arg(long, value_name = "ID|FROM..TO")]
    closure: Option<String>,
    /// Sigma規則のフォルダー（繰り返し可） ‖ Folder of Sigma rules (may be repeated)
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,
    /// 留守番が備える規則と検知を使わない ‖ Use none of the program's own rules and detectors
    #[arg(long)]
    no_own_rules: bool,
    /// Sigmaの処理パイプライン（項目名の読み替え。繰り返し可） ‖ Sigma processing pipeline (field mappings; may be repeated)
    #[arg(long, value_name = "FILE")]
    pipeline: Vec<PathBuf>,
    /// 職員・当番・機器などの一覧（CSV）のフォルダー ‖ Folder of the lists (CSV): people, duty, hosts and so on
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// 時間帯の書かれていない時刻の時間帯（例：Asia/Tokyo。既定：休業期間の時間帯、なければこの機器の時間帯） ‖ Zone of times that name none (such as Asia/Tokyo; default: the closure's, or this machine's)
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

/// Runs a review that needs no store.
pub fn run(args: &Args, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    if args.parse {
        return run_parse(args, screen);
    }
    let zone = zone(args.zone.as_deref())?;
    let input =
        Input { paths: args.paths.clone(), zone: zone.clone(), reference: Timestamp::now().as_second() };
    let start = std::time::Instant::now();
    let (rules, _unreadable) = rules::load(&args.rules, !args.no_own_rules, &args.pipeline, Zone(zone))?;
    eprintln_debug(&format!(
        "rules {:?} problems {} in force {}",
        start.elapsed(),
        rules.problems.len(),
        rules.engine.stats().in_force
    ));
    let read = run::read(&input, &rules, &Interest::default(), &|_| {});
    eprintln_debug(&format!("read {:?}", start.elapsed()));
    let hits = read.partial.hits.finish();
    let outcome = read
        .partial
        .matches
        .as_ref()
        .map(|m| rusuban_logs::sigma::correlation::evaluate(&rules.plan, m))
        .unwrap_or_default();
    let others = rusuban_logs::outcome::correlation_findings(&rules, &outcome);
    let findings = rusuban_logs::outcome::by_rule(&rules, &hits, &others, &read.names);
    screen.value(&json!({ "findings": findings, "cases": [], "errors": rules.problems.iter().map(|p| p.to_string()).collect::<Vec<_>>() }))?;
    eprintln_debug(&format!("done {:?}", start.elapsed()));
    Ok(Exit::Good)
}

fn eprintln_debug(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// The zone by its name, or this machine's.
fn zone(name: Option<&str>) -> Result<TimeZone, AppError> {
    match name {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|error| {
            AppError::new(
                ErrorKind::Usage,
                format!("--zone の時間帯 {name} がありません（{error}）"),
                format!("--zone: there is no time zone {name} ({error})"),
            )
            .hint("例：Asia/Tokyo、UTC", "examples: Asia/Tokyo, UTC")
        }),
    }
}

fn run_parse(args: &Args, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let zone = zone(args.zone.as_deref())?;
    let input = Input { paths: args.paths.clone(), zone, reference: Timestamp::now().as_second() };
    let lang = screen.lang;
    let mut failed = false;
    let mut unparsed = 0_u64;
    let mut fault = None;
    let out = screen.out();
    let mut errors = anstream::AutoStream::auto(std::io::stderr());
    parse(&input, &mut |parsed| {
        let written = match parsed {
            Parsed::Event(value) => writeln!(out, "{value}"),
            Parsed::Unparsed { name, offset, reason, text } => {
                unparsed += 1;
                let value = json!({
                    "error": { "message": reason, "type": "unparsed" },
                    "event": { "original": text },
                    "log": { "file": { "path": name }, "offset": offset },
                });
                writeln!(out, "{value}")
            }
            Parsed::Failed { name, reason } => {
                failed = true;
                writeln!(errors, "{name}: {}", reason.get(lang))
            }
        };
        fault = written.err();
        fault.is_none()
    });
    if let Some(error) = fault {
        return Err(error.into());
    }
    out.flush()?;
    if unparsed > 0 {
        let text = match lang {
            rusuban_core::model::text::Lang::Ja => {
                format!("{unparsed}件は読み取れませんでした（error.type が unparsed の行）")
            }
            rusuban_core::model::text::Lang::En => {
                format!("{unparsed} records were not understood (lines with error.type unparsed)")
            }
        };
        writeln!(errors, "{text}")?;
    }
    Ok(if failed || unparsed > 0 { Exit::Unknown } else { Exit::Good })
}
