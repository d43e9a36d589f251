//! `rusuban evidence`.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Lang;
use serde_json::Value;

use super::screen::{Screen, padded};
use super::{CliError, Exit, write_file};
use crate::app::import::{self, Format, Import};
use crate::app::{AppError, ErrorKind, Session, chain};
use crate::report::data::EvidenceView;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 証跡の一覧 ‖ List the evidence of a closure
    List(ListArgs),
    /// 証跡の中身を示す ‖ Show one piece of evidence whole
    Show(ShowArgs),
    /// 連鎖の全体を書き出す（データベースなしで検証できる） ‖ Write the whole chain, to be checked without the database
    Export(ExportArgs),
    /// ほかの機器で作ったファイルを証跡として取り込む ‖ Take a file from another machine as evidence
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// 取り込むファイル ‖ The file
    file: PathBuf,
    /// ファイルの種類 ‖ What kind of file it is
    #[arg(long, value_name = "FORMAT", value_parser = Format::ALL.map(|(name, _)| name))]
    format: String,
    /// どの機器のものか（例：asset:PC-001、host:pc001） ‖ Which machine it speaks of (such as asset:PC-001, host:pc001)
    #[arg(long, value_name = "SUBJECT")]
    subject: String,
    /// 作成した日時（例：2026-12-28T17:00+09:00）。ファイル自身が日時を持たないときに必要 ‖ When it was made (such as 2026-12-28T17:00+09:00), where the file itself does not say
    #[arg(long, value_name = "TIME")]
    made: Option<String>,
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct ShowArgs {
    /// 証跡のIDまたは番号 ‖ Id or place of the evidence
    id: String,
}

#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// 書き出すファイル（既定は標準出力） ‖ File to write (default: standard output)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub async fn run(command: &Command, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    match command {
        Command::List(args) => list(args, session, screen).await,
        Command::Show(args) => show(args, session, screen).await,
        Command::Export(args) => export(args, session, screen).await,
        Command::Import(args) => take(args, session, screen).await,
    }
}

async fn list(args: &ListArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let closure = session.closure(args.closure.as_deref()).await?;
    let evidence = session.store.evidence_of(&closure.id).await.map_err(AppError::from)?;
    let views: Vec<EvidenceView> = evidence.iter().map(EvidenceView::from).collect();
    if screen.json {
        screen.value(&views)?;
        return Ok(Exit::Good);
    }
    for view in &views {
        let at = minute(view.observed_at, session);
        let about = view.requirement.as_ref().map_or_else(
            || view.subject.clone(),
            |requirement| format!("{requirement} {} ({})", view.subject, view.source),
        );
        let first = format!("{:>6} {at} {} ", view.seq, padded(&view.topic, 20));
        screen.wrapped(&first, "         ", &about)?;
        let line = format!("       {}", view.id);
        screen.line(&line)?;
    }
    Ok(Exit::Good)
}

async fn show(args: &ShowArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let row = chain::find(session, &args.id).await?;
    let record: Value = serde_json::from_str(&row.stored.record).map_err(|error| {
        AppError::new(ErrorKind::Store, format!("証跡を読めません（{error}）"), error.to_string())
    })?;
    screen.value(&serde_json::json!({ "record": record, "hash": row.stored.hash }))?;
    Ok(Exit::Good)
}

async fn export(args: &ExportArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let mut bytes = Vec::new();
    let head = chain::export(session, &mut bytes).await?;
    match args.output.as_deref() {
        None => screen.bytes(&bytes)?,
        Some(path) if path == Path::new("-") => screen.bytes(&bytes)?,
        Some(path) => {
            write_file(path, &bytes)?;
            if screen.json {
                screen.value(&head)?;
            } else {
                let line = format!("{} {} {}", path.display(), head.seq, head.hash);
                screen.line(&line)?;
            }
        }
    }
    Ok(Exit::Good)
}

async fn take(args: &ImportArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let usage = |ja: String, en: String| AppError::new(ErrorKind::Usage, ja, en);
    let format = Format::named(&args.format).ok_or_else(|| {
        usage(format!("種類 {} はありません", args.format), format!("no format {}", args.format))
    })?;
    if !["host:", "asset:"]
        .iter()
        .any(|kind| args.subject.strip_prefix(kind).is_some_and(|name| !name.is_empty()))
    {
        return Err(usage(
            format!("--subject {} は機器ではありません", args.subject),
            format!("--subject {} is no machine", args.subject),
        )
        .hint("例：asset:PC-001、host:pc001", "examples: asset:PC-001, host:pc001")
        .into());
    }
    let made_at = args.made.as_deref().map(str::parse::<Timestamp>).transpose().map_err(|error| {
        usage(format!("--made の日時が正しくありません（{error}）"), format!("--made: {error}"))
            .hint("例：2026-12-28T17:00+09:00", "example: 2026-12-28T17:00+09:00")
    })?;
    let import = Import {
        format,
        name: args.format.clone(),
        path: args.file.clone(),
        subject: machine_subject(&args.subject),
        made_at,
        closure: args.closure.clone(),
    };
    let imported = import::import(session, &import).await?;
    if screen.json {
        screen.value(&imported)?;
        return Ok(Exit::Good);
    }
    let made = minute(imported.made_at, session);
    let text = match screen.lang {
        Lang::Ja => format!("取り込みました：{}（{}、{made} 時点）", imported.evidence, imported.subject),
        Lang::En => format!("taken: {} ({}, as of {made})", imported.evidence, imported.subject),
    };
    screen.wrapped("", "  ", &text)?;
    Ok(Exit::Good)
}

/// A machine as a subject: host names know no capitals.
fn machine_subject(text: &str) -> SubjectId {
    text.strip_prefix("host:")
        .map_or_else(|| SubjectId::from(text), |host| SubjectId::host(&host.to_lowercase()))
}

/// A time as people read it: to the minute, in the organisation's zone.
fn minute(at: Timestamp, session: &Session) -> String {
    at.to_zoned_datetime(session.zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}
