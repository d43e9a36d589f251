//! `rusuban inventory`.

use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

use rusuban_core::model::register::Problem;
use rusuban_core::model::text::Lang;
use serde_json::{Value, json};

use super::screen::Screen;
use super::{CliError, Exit};
use crate::app::Session;
use crate::app::register::{self, FileKind, ImportError, Preview};
use crate::inventory::CsvEncoding;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 台帳を取り込む。変わるところを示し、確かめてから、すべて取り込むか何もしない ‖ Import the register: shows what would change, asks, and imports all of it or nothing
    Import(ImportArgs),
    /// 台帳を書き出す ‖ Export the register
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// XLSX、CSV、または CSV の入ったフォルダ ‖ XLSX, CSV, or a folder of CSV files
    path: PathBuf,
    /// 尋ねずに取り込む ‖ Import without asking
    #[arg(long, short)]
    yes: bool,
    /// 示すだけで取り込まない ‖ Only show what would change
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// ファイルにない行を台帳から消す ‖ Remove rows that the file does not hold
    #[arg(long)]
    prune: bool,
}

#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// 書き出す先（.xlsx、または CSV を入れるフォルダ） ‖ Where to (.xlsx, or a folder for CSV files)
    path: PathBuf,
    /// CSV で書き出す ‖ Write CSV
    #[arg(long)]
    csv: bool,
    /// CSV を Shift_JIS で書く ‖ Write the CSV in Shift_JIS
    #[arg(long, requires = "csv")]
    shift_jis: bool,
}

pub async fn run(command: &Command, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Import(args) => import(args, session, screen).await,
        Command::Export(args) => export(args, session, screen).await,
    }
}

async fn export(args: &ExportArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let kind = match (args.csv, args.shift_jis) {
        (false, _) => FileKind::Xlsx,
        (true, false) => FileKind::Csv(CsvEncoding::Utf8),
        (true, true) => FileKind::Csv(CsvEncoding::ShiftJis),
    };
    register::export(session, &args.path, kind).await?;
    if screen.json {
        screen.value(&json!({ "path": args.path }))?;
    } else {
        let line = format!("{}{}", screen.pick("書き出しました：", "written: "), args.path.display());
        screen.line(&line)?;
    }
    Ok(Exit::Good)
}

async fn import(args: &ImportArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let preview = match register::preview(session, &args.path, args.prune).await {
        Ok(preview) => preview,
        Err(ImportError::App(error)) => return Err(error.into()),
        Err(ImportError::Problems(problems)) => return refuse(&problems, screen),
    };
    let nothing = preview.changes.is_empty(args.prune);
    if !screen.json {
        show(&preview, args.prune, screen)?;
    }
    let wanted = !args.dry_run && !nothing && (args.yes || (!screen.json && ask(screen)?));
    if wanted {
        register::import(session, &args.path, &preview).await?;
    }
    if screen.json {
        let cautions: Vec<Value> = preview.cautions.iter().map(|p| json!(p)).collect();
        screen.value(&json!({ "imported": wanted, "changes": preview.changes, "cautions": cautions }))?;
        return Ok(Exit::Good);
    }
    let line = match (nothing, wanted) {
        (true, _) => screen.pick("変わるところはありません", "nothing changes"),
        (false, true) => screen.pick("取り込みました", "imported"),
        (false, false) => {
            screen.pick("取り込んでいません（取り込むには --yes）", "not imported (to import, add --yes)")
        }
    };
    let line = line.to_owned();
    screen.line(&line)?;
    Ok(Exit::Good)
}

/// Names every problem. Nothing was imported.
fn refuse(problems: &[Problem], screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    if screen.json {
        let problems: Vec<Value> = problems.iter().map(|p| json!(p)).collect();
        screen.value(&json!({ "imported": false, "problems": problems }))?;
        return Ok(Exit::Input);
    }
    for problem in problems {
        let sign = if problem.is_fault() { "✗ " } else { "! " };
        let line = problem.line(screen.lang);
        screen.wrapped(sign, "  ", &line)?;
    }
    let line = match screen.lang {
        Lang::Ja => format!("{}件の問題があります。何も取り込んでいません", problems.len()),
        Lang::En => format!("{} problems; nothing was imported", problems.len()),
    };
    screen.line(&line)?;
    Ok(Exit::Input)
}

fn show(preview: &Preview, prune: bool, screen: &mut Screen<'_>) -> Result<(), CliError> {
    for caution in &preview.cautions {
        let line = caution.line(screen.lang);
        screen.wrapped("! ", "  ", &line)?;
    }
    for table in &preview.changes.tables {
        let label = table.table.label();
        let heading = match screen.lang {
            Lang::Ja => format!(
                "{}：追加 {}、変更 {}、変更なし {}、ファイルにない行 {}",
                label.ja,
                table.added.len(),
                table.changed.len(),
                table.unchanged,
                table.absent.len()
            ),
            Lang::En => format!(
                "{}: {} added, {} changed, {} unchanged, {} not in the file",
                label.en,
                table.added.len(),
                table.changed.len(),
                table.unchanged,
                table.absent.len()
            ),
        };
        screen.heading(&heading)?;
        for row in &table.added {
            screen.wrapped("  + ", "    ", &format!("{} {}", row.id, row.name))?;
        }
        for row in &table.changed {
            screen.wrapped("  ~ ", "    ", &format!("{} {}", row.id, row.name))?;
            for field in &row.fields {
                let header = field.header.get(screen.lang);
                let text = format!("{header}：「{}」→「{}」", field.old, field.new);
                screen.wrapped("      ", "        ", &text)?;
            }
        }
        let fate =
            if prune { screen.pick("消す", "removed") } else { screen.pick("残す", "kept") }.to_owned();
        for row in &table.absent {
            screen.wrapped("  - ", "    ", &format!("{} {}（{fate}）", row.id, row.name))?;
        }
    }
    Ok(())
}

/// Asks whether to import. Without a person at the terminal the answer is no.
fn ask(screen: &mut Screen<'_>) -> Result<bool, CliError> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    let question = screen.pick("取り込みますか？ [y/N] ", "Import? [y/N] ").to_owned();
    write!(screen.out(), "{question}")?;
    screen.out().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes" | "はい"))
}
