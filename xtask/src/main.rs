//! Chores of the project: `cargo xtask test | tidy | codegen [--check] | bench`.
//!
//! It must not know the product's code: it sees only files, manifests and programs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a chore speaks to the person who runs it")]

mod codegen;
mod office;
mod packages;
mod postgres;
mod process;
mod suite;
mod tally;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;

const USAGE: &str = "\
usage: cargo xtask <chore>

  test [--no-install] [-- <arguments of cargo nextest run>]
                      install what the tests need, run them all, end with a line that counts them
  tidy                what the compiler does not see: module docs, dead links, directions between crates
  codegen [--check]   write the generated documents, or fail where they are stale
  bench               run the benchmarks
  office DIR [--seed N]
                      write the logs of a made-up office over a closure, with what an intruder did in truth.json";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match chore(&words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does one chore; false where it found something wrong and has said so.
fn chore(words: &[&str]) -> anyhow::Result<bool> {
    let root = root()?;
    match words {
        ["test", options @ ..] => suite::run_all(&root, &suite::Options::parse(options)?),
        ["tidy"] => tidy::run(&root),
        ["codegen"] => codegen::write(&root),
        ["codegen", "--check"] => codegen::check(&root),
        ["office", out] => office::write(Path::new(out), 1).map(|()| true),
        ["office", out, "--seed", seed] => office::write(Path::new(out), seed.parse()?).map(|()| true),
        ["bench", arguments @ ..] => process::run(process::cargo(&root).arg("bench").args(arguments)),
        _ => anyhow::bail!("{USAGE}"),
    }
}

/// The workspace's directory.
fn root() -> anyhow::Result<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.map(Path::to_path_buf).context("xtask lies in the workspace")
}
