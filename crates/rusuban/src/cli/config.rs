//! `rusuban config`.

use std::path::Path;

use super::screen::Screen;
use super::{CliError, Exit};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 設定ファイルの誤りをすべて示す ‖ Show every problem of the configuration
    Check,
}

pub fn run(_command: &Command, _path: Option<&Path>, _screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    Ok(Exit::Good)
}
