//! Running programs, with what they print passed through.
//!
//! It must not know which programs a chore needs, nor why.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context;

/// The cargo that runs this.
pub(crate) fn cargo(root: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // What `cargo run` sets for xtask itself is not meant for the crates that are tested.
    for (name, _) in std::env::vars_os() {
        let is_of_xtask = name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_"));
        if is_of_xtask || name == "CARGO_MANIFEST_DIR" {
            command.env_remove(name);
        }
    }
    command.current_dir(root);
    command
}

/// Runs a program; whether it succeeded.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<bool> {
    println!("+ {}", shown(command));
    let status = command.status().with_context(|| format!("cannot run `{}`", shown(command)))?;
    Ok(status.success())
}

/// Whether a program succeeds, with nothing shown.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a program prints, where it succeeds.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| format!("cannot run `{}`", shown(command)))?;
    anyhow::ensure!(
        output.status.success(),
        "`{}` failed: {}",
        shown(command),
        String::from_utf8_lossy(&output.stderr).trim()
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Which of a program's two streams is read.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Runs a program and gives each line of one stream to `see`, after it was passed through.
pub(crate) fn watch(
    command: &mut Command,
    stream: Stream,
    mut see: impl FnMut(&str),
) -> anyhow::Result<bool> {
    println!("+ {}", shown(command));
    match stream {
        Stream::Out => command.stdout(Stdio::piped()),
        Stream::Err => command.stderr(Stdio::piped()),
    };
    let mut child = command.spawn().with_context(|| format!("cannot run `{}`", shown(command)))?;
    let (source, mut sink): (Option<Box<dyn Read>>, Box<dyn Write>) = match stream {
        Stream::Out => {
            (child.stdout.take().map(|s| Box::new(s) as Box<dyn Read>), Box::new(std::io::stdout()))
        }
        Stream::Err => {
            (child.stderr.take().map(|s| Box::new(s) as Box<dyn Read>), Box::new(std::io::stderr()))
        }
    };
    let mut reader = BufReader::new(source.context("the stream is piped")?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        sink.write_all(&line)?;
        see(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(child.wait()?.success())
}

/// A command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
