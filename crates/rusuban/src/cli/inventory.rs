//! `rusuban inventory`.

use super::screen::Screen;
use super::{CliError, Exit};
use crate::app::Session;

#[derive(Debug, clap::Subcommand)]
pub enum Command {}

pub async fn run(_command: &Command, _session: &Session, _screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    Ok(Exit::Good)
}
