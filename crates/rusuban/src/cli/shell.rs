//! `rusuban completions` and `rusuban man`.

use clap_complete::Shell;
use rusuban_core::model::text::Lang;

use super::language::translate;
use super::screen::Screen;
use super::{CliError, Exit};

#[derive(Debug, clap::Args)]
pub struct CompletionArgs {
    /// シェル ‖ The shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// 下位コマンド（省略すると全体） ‖ A command (without it: the whole program)
    command: Option<String>,
}

pub fn completions(
    args: &CompletionArgs,
    command: clap::Command,
    screen: &mut Screen<'_>,
) -> Result<Exit, CliError> {
    let mut command = translate(command, screen.lang);
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut command, "rusuban", &mut bytes);
    screen.bytes(&bytes)?;
    Ok(Exit::Good)
}

pub fn man(args: &ManArgs, command: clap::Command, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let lang: Lang = screen.lang;
    let whole = translate(command, lang);
    let chosen = match &args.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(sub) => sub.clone(),
            None => return Ok(Exit::Usage),
        },
    };
    let mut bytes = Vec::new();
    clap_mangen::Man::new(chosen).render(&mut bytes)?;
    screen.bytes(&bytes)?;
    Ok(Exit::Good)
}
