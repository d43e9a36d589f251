//! The command line: one file a command. Parses, calls a use case, shows the result. Judges nothing.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use rusuban_core::model::text::{Lang, Text};

use crate::app::{AppError, ErrorKind, Options, Session};
use crate::report::words::visible;
use crate::whole_file;

mod accept;
mod attest;
mod case;
mod check;
mod closure;
mod config;
mod evidence;
mod exit;
mod explain;
mod inventory;
mod language;
mod progress;
mod report;
mod review;
mod screen;
mod shell;
mod verify_chain;

use exit::Exit;
use screen::Screen;

/// 留守番：長期休業の前・中・後の22の対策を、実際のシステムで確かめる ‖ rusuban: verifies the 22 measures before, during and after a long closure on real systems
#[derive(Debug, Parser)]
#[command(name = "rusuban", version, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "終了コード: 0 すべて確認済（申告・例外措置を含む） 1 不適合あり 2 未確認あり 64 使い方の誤り \
65 入力ファイルの誤り 70 内部エラー 74 保存先のエラー 78 設定の誤り ‖ \
Exit codes: 0 all verified (or attested, or accepted)  1 something fails  2 something is unknown  64 usage  \
65 input file  70 internal  74 store  78 configuration";

#[derive(Debug, clap::Args)]
struct Global {
    /// 設定ファイル（既定：/etc/rusuban/rusuban.toml または ~/.config/rusuban/rusuban.toml） ‖ Configuration file (default: /etc/rusuban/rusuban.toml or ~/.config/rusuban/rusuban.toml)
    #[arg(long, global = true, env = "RUSUBAN_CONFIG", hide_env_values = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// データの置き場所 ‖ Data directory
    #[arg(long, global = true, env = "RUSUBAN_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// 表示の言語（ja または en） ‖ Language of the output (ja or en)
    #[arg(long, global = true, value_name = "LANG", value_parser = ["ja", "en"])]
    lang: Option<String>,
    /// 機械が読む JSON で出力する ‖ Print JSON for machines
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// この機器を確かめ、証跡を残し、22の対策を判定する ‖ Look at this machine, keep the evidence, judge the 22 measures
    Check(check::Args),
    /// 対策の要件について申告する ‖ State that a requirement holds (or does not, or does not apply)
    Attest(attest::Args),
    /// 期限を定めてリスクを受け入れる（例外措置） ‖ Accept the risk of what was found, until a day
    Accept(accept::Args),
    /// 申告を取り消す ‖ Withdraw a statement
    Withdraw(attest::WithdrawArgs),
    /// 集めた証跡から報告書を作る ‖ Write the report from the evidence that is there
    Report(report::Args),
    /// 休業期間のログを調べ、事案にまとめる（after.logs） ‖ Review the logs of a closure and make cases of what is suspicious (after.logs)
    Review(review::Args),
    /// ログの点検の事案に判断を付ける（after.logs.b） ‖ Decide on the cases of the log review (after.logs.b)
    #[command(subcommand)]
    Case(case::Command),
    /// 休業期間を調べる・定める ‖ Find and define closures
    #[command(subcommand)]
    Closure(closure::Command),
    /// 対策や要件の手引きを読む ‖ Read the guide of a measure or requirement
    Explain(explain::Args),
    /// 台帳（課室・職員・機器など）の取り込みと書き出し ‖ Import and export the register (sections, people, assets, …)
    #[command(subcommand)]
    Inventory(inventory::Command),
    /// 証跡の一覧・表示・書き出し・取り込み ‖ List, show, export and import evidence
    #[command(subcommand)]
    Evidence(evidence::Command),
    /// 証跡の連鎖が改ざんされていないか確かめる ‖ Check that no evidence was changed
    VerifyChain(verify_chain::Args),
    /// 設定ファイルの確認とひな形 ‖ Check the configuration, print an example
    #[command(subcommand)]
    Config(config::Command),
    /// シェルの補完スクリプトを出力する ‖ Print a completion script for a shell
    Completions(shell::CompletionArgs),
    /// マニュアルページを出力する ‖ Print the manual page
    Man(shell::ManArgs),
}

/// Runs the program with its arguments, the first being its name.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let lang = language::choose(&args, |name| std::env::var(name).ok());
    let command = language::translate(Cli::command(), lang);
    let cli = match command.try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return show_usage(&error),
    };
    let mut out = anstream::AutoStream::auto(io::stdout());
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let mut screen = Screen::new(&mut out, lang, cli.global.json, width);
    let result = dispatch(&cli, &mut screen).and_then(|exit| {
        screen.out().flush()?;
        Ok(exit)
    });
    match result {
        Ok(exit) => exit.into(),
        Err(error) => show_error(&error, lang, cli.global.json),
    }
}

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Output(#[from] io::Error),
}

fn dispatch(cli: &Cli, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    match &cli.command {
        // These need neither a store nor a configuration.
        Command::Explain(args) => explain::run(args, screen),
        Command::Completions(args) => shell::completions(args, Cli::command(), screen),
        Command::Man(args) => shell::man(args, Cli::command(), screen),
        Command::Review(args) => review::run(args, &options(cli), screen),
        Command::Config(command) => config::run(command, options(cli).config.as_deref(), screen),
        Command::VerifyChain(args) if args.file.is_some() => verify_chain::run_file(args, screen),
        command => {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            runtime.block_on(with_session(command, options(cli), screen))
        }
    }
}

async fn with_session(
    command: &Command,
    options: Options,
    screen: &mut Screen<'_>,
) -> Result<Exit, CliError> {
    let session = Session::open(&options).await?;
    let result = match command {
        Command::Check(args) => check::run(args, &session, screen).await,
        Command::Attest(args) => attest::run(args, &session, screen).await,
        Command::Accept(args) => accept::run(args, &session, screen).await,
        Command::Withdraw(args) => attest::withdraw(args, &session, screen).await,
        Command::Report(args) => report::run(args, &session, screen).await,
        Command::Case(command) => case::run(command, &session, screen).await,
        Command::Closure(command) => closure::run(command, &session, screen).await,
        Command::Inventory(command) => inventory::run(command, &session, screen).await,
        Command::Evidence(command) => evidence::run(command, &session, screen).await,
        Command::VerifyChain(args) => verify_chain::run(args, &session, screen).await,
        Command::Explain(_)
        | Command::Completions(_)
        | Command::Man(_)
        | Command::Config(_)
        | Command::Review(_) => Ok(Exit::Internal),
    };
    session.store.close().await;
    result
}

/// The configuration file: the named one, or the first usual place that has one. Never the working directory: a file
/// that somebody left there must not decide which programs run.
fn options(cli: &Cli) -> Options {
    let home = std::env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")));
    let usual = home.map(|dir| dir.join("rusuban/rusuban.toml"));
    let places = usual.into_iter().chain([PathBuf::from("/etc/rusuban/rusuban.toml")]);
    let config = cli.global.config.clone().or_else(|| places.into_iter().find(|path| path.is_file()));
    Options { config, data_dir: cli.global.data_dir.clone() }
}

fn show_usage(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind as Kind;
    let asked_for = matches!(error.kind(), Kind::DisplayHelp | Kind::DisplayVersion);
    // There is nowhere left to complain where even this cannot be written.
    let _ = error.print();
    if asked_for { Exit::Good.into() } else { Exit::Usage.into() }
}

fn show_error(error: &CliError, lang: Lang, json: bool) -> ExitCode {
    let (exit, message, hint) = match error {
        // Whoever reads the output has closed it (`rusuban report | head`): no fault, nothing to say.
        CliError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return Exit::Good.into(),
        CliError::Output(error) => (Exit::Store, error.to_string(), None),
        CliError::App(error) => {
            let shown = |text: &Text| visible(text.get(lang)).into_owned();
            (error.kind.into(), shown(&error.message), error.hint.as_ref().map(shown))
        }
    };
    let mut err = anstream::AutoStream::auto(io::stderr());
    let (prefix, hint_prefix) = match lang {
        Lang::Ja => ("エラー", "ヒント"),
        Lang::En => ("error", "hint"),
    };
    let written = if json {
        let value =
            serde_json::json!({ "error": { "message": message, "hint": hint, "exit_code": exit.code() } });
        writeln!(err, "{value}")
    } else {
        let style = anstyle::Style::new().fg_color(Some(anstyle::AnsiColor::Red.into())).bold();
        writeln!(err, "{style}{prefix}:{style:#} {message}")
            .and_then(|()| hint.map_or(Ok(()), |hint| writeln!(err, "{hint_prefix}: {hint}")))
    };
    // There is nowhere left to complain where even this cannot be written.
    let _ = written;
    exit.into()
}

/// Reads a day as people write it, for an option.
fn parse_day(text: &str, option: &str) -> Result<jiff::civil::Date, AppError> {
    rusuban_core::calendar::parse_date(text).map_err(|error| {
        AppError::new(
            ErrorKind::Usage,
            format!("{option} の日付が正しくありません：{}", error.message_ja()),
            format!("{option}: {error}"),
        )
        .hint(
            "例：2026-12-29、2026/12/29、令和8年12月29日",
            "examples: 2026-12-29, 2026/12/29, 令和8年12月29日",
        )
    })
}

/// Writes a file whole, or tells what to do instead.
fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), AppError> {
    whole_file::replace(path, bytes).map_err(|error| {
        AppError::new(
            ErrorKind::Store,
            format!("{} に書けません（{error}）", path.display()),
            format!("{} cannot be written ({error})", path.display()),
        )
        .hint(
            "--output で書き込める場所を指定してください",
            "name a place that can be written to with --output",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helps(command: &clap::Command, found: &mut Vec<(String, String)>) {
        let name = command.get_name().to_owned();
        for text in command.get_about().into_iter().chain(command.get_after_help()) {
            found.push((name.clone(), text.to_string()));
        }
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            found.push((format!("{name} {}", argument.get_id()), help));
        }
        command.get_subcommands().for_each(|sub| helps(sub, found));
    }

    #[test]
    fn every_help_text_has_both_languages() {
        let mut found = Vec::new();
        helps(&Cli::command(), &mut found);
        for (place, text) in found {
            let halves = text.split(" ‖ ").count();
            assert_eq!(halves, 2, "{place}: {text}");
        }
    }

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
        language::translate(Cli::command(), Lang::Ja).debug_assert();
    }
}
