//! `rusuban config`.

use std::path::Path;

use rusuban_core::model::text::Lang;
use serde_json::{Value, json};

use super::screen::Screen;
use super::{CliError, Exit};
use crate::config::{EXAMPLE, LoadError, Problem, load};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 設定ファイルの誤りをすべて示す ‖ Show every problem of the configuration
    Check,
    /// すべての項目を書いたひな形を出力する ‖ Print an example with every option
    Example,
}

pub fn run(command: &Command, path: Option<&Path>, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    match (command, path) {
        (Command::Example, _) => {
            screen.bytes(EXAMPLE.as_bytes())?;
            Ok(Exit::Good)
        }
        (Command::Check, None) => {
            let text = screen.pick(
                "設定ファイルはありません。既定の設定で動きます（ひな形：`rusuban config example`）",
                "there is no configuration; the defaults apply (example: `rusuban config example`)",
            );
            let text = text.to_owned();
            if screen.json {
                screen.value(&json!({ "file": null, "valid": true, "problems": [] }))?;
            } else {
                screen.wrapped("", "  ", &text)?;
            }
            Ok(Exit::Good)
        }
        (Command::Check, Some(path)) => check(path, screen),
    }
}

fn check(path: &Path, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let result = load(path);
    let exit = if result.is_ok() { Exit::Good } else { Exit::Config };
    if screen.json {
        let problems: Vec<Value> = match &result {
            Err(LoadError::Invalid(problems)) => problems.iter().map(value).collect(),
            Err(error) => {
                vec![json!({ "message": { "ja": error.render(Lang::Ja), "en": error.render(Lang::En) } })]
            }
            Ok(_) => Vec::new(),
        };
        screen.value(&json!({ "file": path, "valid": result.is_ok(), "problems": problems }))?;
        return Ok(exit);
    }
    let line = match &result {
        Ok(_) => format!("✓ {}", path.display()),
        Err(error) => error.render(screen.lang),
    };
    screen.line(&line)?;
    Ok(exit)
}

fn value(problem: &Problem) -> Value {
    json!({
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "field": problem.field,
        "message": problem.message,
        "hint": problem.hint,
    })
}
