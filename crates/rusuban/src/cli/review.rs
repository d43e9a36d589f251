//! `rusuban review`.

use std::io::{IsTerminal as _, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::screen::Screen;
use super::{CliError, Exit};
use indicatif::{ProgressBar, ProgressStyle};
use rusuban_core::model::text::{Lang, Text};

use crate::app::review::parse::{Parsed, parse};
use crate::app::review::prepare::{Wish, prepare};
use crate::app::review::{Input, context};
use crate::app::{AppError, ErrorKind, Options, Session};
use crate::config::Config;
use crate::report::review::data::ReviewReport;
use crate::report::review::{csv, html, stix};
use crate::report::words::visible;

mod show;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
pub struct Args {
    /// 調べるログ：ファイル、フォルダー、gz・xz・zst・zip・tar、標準入力は - ‖ Logs to review: files, folders, gz, xz, zst, zip, tar; - is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// 判定せず、読み取った結果を1件1行のJSON（ECSの項目名）で出力する ‖ Judge nothing: print each event as one line of JSON in ECS names
    #[arg(long)]
    parse: bool,
    /// 休業期間：ID、または最初の日..最後の日（例：2026-12-26..2027-01-04。既定：ログ全体を対象にする） ‖ The closure: its id, or first day..last day, such as 2026-12-26..2027-01-04 (default: the whole of the logs)
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
    /// 職員・当番・機器などの一覧（CSV）のフォルダー。あるものは台帳の代わりになる ‖ Folder of the lists (CSV): people, duty, hosts and so on; each stands in for the register
    #[arg(long, value_name = "DIR")]
    lists: Option<PathBuf>,
    /// 結果（JSON）を書き出す ‖ Write the result as JSON
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// 報告書（HTML）を書き出す ‖ Write the report as HTML
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// 指摘の一覧（CSV）を書き出す ‖ Write the findings as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// 事案を STIX 2.1 で書き出す ‖ Write the cases as a STIX 2.1 bundle
    #[arg(long, value_name = "FILE")]
    stix: Option<PathBuf>,
    /// 時間帯の書かれていない時刻の時間帯（例：Asia/Tokyo。既定：休業期間の時間帯、なければこの機器の時間帯） ‖ Zone of times that name none (such as Asia/Tokyo; default: the closure's, or this machine's)
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
    /// 点検の結果を証跡に残さない ‖ Do not keep the review as evidence
    #[arg(long)]
    no_record: bool,
    /// 保存先（台帳、以前の判断）を使わない ‖ Use nothing of the store (register, earlier decisions)
    #[arg(long)]
    no_store: bool,
}

/// Runs a review.
pub fn run(args: &Args, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    if args.parse {
        return run_parse(args, options, screen);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(with_store(args, options, screen))
}

async fn with_store(args: &Args, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let session =
        if args.no_store { None } else { Session::open_existing(options).await.map_err(or_without)? };
    let config = match &session {
        Some(session) => session.config.clone(),
        None => crate::app::load_config(options)?,
    };
    let wish = wish(args, config, Timestamp::now());
    let prepared = prepare(&wish, session.as_ref()).await?;
    let watched = !screen.json && std::io::stderr().is_terminal();
    let bar = if watched { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bytes} {bytes_per_sec} {msg}") {
        bar.set_style(style);
    }
    bar.set_message(screen.pick("ログを読んでいます", "reading logs").to_owned());
    let report = prepared.carry_out(session.as_ref(), &|bytes| bar.inc(bytes)).await?;
    bar.finish_and_clear();
    if let Some(session) = session {
        session.store.close().await;
    }
    write_files(args, &report, screen.lang)?;
    if screen.json {
        screen.value(&report)?;
    } else {
        show::show(&report, screen)?;
    }
    Ok(report.verdict.into())
}

/// A store that cannot be used must not keep anybody from looking at logs.
fn or_without(mut error: AppError) -> AppError {
    if error.kind == ErrorKind::Store {
        let hint = error.hint.take().unwrap_or_else(|| Text::new("", ""));
        error.hint = Some(Text::new(
            format!("{}（保存先なしで点検するには --no-store）", hint.ja),
            format!("{} (--no-store reviews without the store)", hint.en),
        ));
    }
    error
}

fn wish(args: &Args, config: Config, now: Timestamp) -> Wish {
    Wish {
        paths: args.paths.clone(),
        closure: args.closure.clone(),
        rules: args.rules.clone(),
        own: !args.no_own_rules,
        pipelines: args.pipeline.clone(),
        lists: args.lists.clone(),
        zone: args.zone.clone(),
        record: !args.no_record,
        config,
        now,
    }
}

/// Writes the files that were asked for.
fn write_files(args: &Args, report: &ReviewReport, lang: Lang) -> Result<(), CliError> {
    let fault = |error: &dyn std::error::Error| {
        let text = error.to_string();
        CliError::App(AppError::new(ErrorKind::Internal, text.clone(), text))
    };
    if let Some(path) = &args.output {
        super::write_file(path, &serde_json::to_vec(report).map_err(|e| fault(&e))?)?;
    }
    if let Some(path) = &args.html {
        super::write_file(path, html::render(report, lang).map_err(|e| fault(&e))?.as_bytes())?;
    }
    if let Some(path) = &args.csv {
        super::write_file(path, &csv::write(report, lang).map_err(|e| fault(&e))?)?;
    }
    if let Some(path) = &args.stix {
        super::write_file(path, &stix::write(report, lang).map_err(|e| fault(&e))?)?;
    }
    Ok(())
}

fn run_parse(args: &Args, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let zone = context::zone(args.zone.as_deref())?;
    let input = Input {
        paths: args.paths.clone(),
        zone,
        reference: Timestamp::now().as_second(),
        closure_end: None,
        mapping: crate::app::load_config(options)?.log_mapping,
    };
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
                // A name inside an archive is a stranger's text.
                writeln!(errors, "{}: {}", visible(name), visible(reason.get(lang)))
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
            Lang::Ja => {
                format!("{unparsed}件は読み取れませんでした（error.type が unparsed の行）")
            }
            Lang::En => {
                format!("{unparsed} records were not understood (lines with error.type unparsed)")
            }
        };
        writeln!(errors, "{text}")?;
    }
    Ok(if failed || unparsed > 0 { Exit::Unknown } else { Exit::Good })
}
