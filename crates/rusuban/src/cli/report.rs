//! `rusuban report`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rusuban_core::model::closure::Phase;
use rusuban_core::model::text::Lang;

use super::check::PhaseArg;
use super::screen::Screen;
use super::{CliError, Exit, write_file};
use crate::app::evaluate::Selection;
use crate::app::{AppError, ErrorKind, Session, check};
use crate::report::data::Report;
use crate::report::{html, xlsx};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// 形式（既定：--output の拡張子、なければ html） ‖ Format (default: by the name of --output, else html)
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// 書き出すファイル（- は標準出力） ‖ File to write (- for standard output)
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// 書き出して開く ‖ Open it afterwards
    #[arg(long)]
    open: bool,
    /// この段階の対策だけを示す ‖ Show the measures of this phase only
    #[arg(long, value_enum)]
    phase: Option<PhaseArg>,
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Html,
    Json,
    Xlsx,
}

impl Format {
    /// The format that a file's name asks for.
    fn by_name(path: Option<&Path>) -> Self {
        let extension = path.and_then(Path::extension).map(std::ffi::OsStr::to_ascii_lowercase);
        match extension.as_deref().and_then(std::ffi::OsStr::to_str) {
            Some("json") => Self::Json,
            Some("xlsx") => Self::Xlsx,
            _ => Self::Html,
        }
    }
}

pub async fn run(args: &Args, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let selection = Selection { phase: args.phase.map(Phase::from) };
    let report = check::report(session, args.closure.as_deref(), selection).await?;
    let format = args.format.unwrap_or_else(|| Format::by_name(args.output.as_deref()));
    let json = format == Format::Json || (screen.json && args.format.is_none() && args.output.is_none());
    let bytes = if json {
        let mut bytes = serde_json::to_vec_pretty(&report).map_err(std::io::Error::from)?;
        bytes.push(b'\n');
        bytes
    } else {
        match format {
            Format::Xlsx => xlsx::write(&report, screen.lang).map_err(|error| {
                let text = error.to_string();
                AppError::new(ErrorKind::Internal, format!("表計算ファイルを作れません（{text}）"), text)
            })?,
            Format::Html | Format::Json => render(&report, screen.lang)?.into_bytes(),
        }
    };
    let extension = if json {
        "json"
    } else if format == Format::Xlsx {
        "xlsx"
    } else {
        "html"
    };
    match &args.output {
        Some(path) if path == Path::new("-") => screen.bytes(&bytes)?,
        None if json => screen.bytes(&bytes)?,
        named => {
            let path = named.clone().unwrap_or_else(|| default_name(&report, extension));
            put(&path, &bytes, args.open, true, screen)?;
        }
    }
    Ok(report.outcome().into())
}

/// Writes the HTML report of a check, and opens it where that was asked for.
pub fn write_html(
    report: &Report,
    path: Option<&Path>,
    open: bool,
    screen: &mut Screen<'_>,
) -> Result<(), CliError> {
    let path = path.map_or_else(|| default_name(report, "html"), Path::to_owned);
    let text = render(report, screen.lang)?;
    put(&path, text.as_bytes(), open, false, screen)
}

fn render(report: &Report, lang: Lang) -> Result<String, AppError> {
    html::render(report, lang).map_err(|error| {
        AppError::new(ErrorKind::Internal, format!("報告書を作れません（{error}）"), error.to_string())
    })
}

fn default_name(report: &Report, extension: &str) -> PathBuf {
    PathBuf::from(format!("rusuban-report-{}.{extension}", report.closure.closure.id))
}

fn put(
    path: &Path,
    bytes: &[u8],
    open: bool,
    names_file: bool,
    screen: &mut Screen<'_>,
) -> Result<(), CliError> {
    write_file(path, bytes)?;
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if !screen.json {
        let line = format!("{}{}", screen.pick("報告書：", "Report: "), full.display());
        screen.line(&line)?;
    } else if names_file {
        screen.value(&serde_json::json!({ "path": full }))?;
    }
    if open && !open_in_browser(&full) && !screen.json {
        let line = screen.pick(
            "ブラウザを開けませんでした。上のファイルを開いてください",
            "no browser could be opened; open the file above",
        );
        let line = line.to_owned();
        screen.line(&line)?;
    }
    Ok(())
}

/// Hands the file to the desktop's own opener. Without a desktop nothing is started, and nothing as root: a browser does
/// not need its rights.
fn open_in_browser(path: &Path) -> bool {
    if crate::app::effective_user() == Some(0) {
        return false;
    }
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    if !(desktop || cfg!(target_os = "macos")) || !std::io::stdout().is_terminal() {
        return false;
    }
    std::process::Command::new(opener)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .is_ok()
}
