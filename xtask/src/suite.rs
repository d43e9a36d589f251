//! `cargo xtask test`: everything that the tests need, all tests, and a last line that counts them.
//!
//! It must not know any single test.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

use crate::packages;
use crate::postgres::Postgres;
use crate::process::{Stream, cargo, run, succeeds, watch};
use crate::tally::Tally;

/// The version of cargo-nextest whose closing line is known to be read.
const NEXTEST: &str = "0.9.143";

/// How the tests are run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    install: bool,
    nextest: Vec<String>,
}

impl Options {
    /// Reads the words behind `cargo xtask test`.
    pub(crate) fn parse(words: &[&str]) -> anyhow::Result<Self> {
        let (own, nextest) = match words.iter().position(|word| *word == "--") {
            Some(at) => (words.get(..at).unwrap_or_default(), words.get(at + 1..).unwrap_or_default()),
            None => (words, [].as_slice()),
        };
        let mut options = Self { install: true, nextest: nextest.iter().map(ToString::to_string).collect() };
        for word in own {
            match *word {
                "--no-install" => options.install = false,
                other => bail!("unknown option `{other}`; arguments of nextest stand behind `--`"),
            }
        }
        Ok(options)
    }
}

/// Runs all tests; false where one failed. The last line that it prints counts them.
pub(crate) fn run_all(root: &Path, options: &Options) -> anyhow::Result<bool> {
    if options.install {
        packages::install()?;
        install_nextest(root)?;
    }
    install_browser_driver(root, options.install)?;
    let corpus = corpus(root);
    let postgres = Postgres::start().context("the tests need PostgreSQL")?;
    println!("xtask: PostgreSQL for the tests: {}", postgres.url());
    let environment = |command: &mut Command| {
        command.env("RUSUBAN_TEST_POSTGRES", postgres.url()).env("RUSUBAN_CORPUS", &corpus);
    };

    let (ran, mut tally) = unit_tests(root, options, environment)?;
    let (documented, of_docs) = doc_tests(root, environment)?;
    tally += of_docs;
    drop(postgres);
    println!("{tally}");
    Ok(ran && documented && tally.holds())
}

fn unit_tests(
    root: &Path,
    options: &Options,
    environment: impl Fn(&mut Command),
) -> anyhow::Result<(bool, Tally)> {
    let mut nextest = cargo(root);
    nextest.args(["nextest", "run", "--all-features", "--no-fail-fast"]);
    let names_packages = options.nextest.iter().any(|word| word == "-p" || word.starts_with("--package"));
    if !names_packages {
        nextest.arg("--workspace");
    }
    if std::io::stderr().is_terminal() {
        // It writes into a pipe here and would not colour by itself.
        nextest.args(["--color", "always"]);
    }
    nextest.args(&options.nextest);
    environment(&mut nextest);
    let mut tally = None;
    let ran = watch(&mut nextest, Stream::Err, |line| tally = Tally::of_nextest(line).or(tally))?;
    let tally = tally.context("the tests did not run; see above why")?;
    Ok((ran, tally))
}

fn doc_tests(root: &Path, environment: impl Fn(&mut Command)) -> anyhow::Result<(bool, Tally)> {
    let mut test = cargo(root);
    test.args(["test", "--doc", "--workspace", "--all-features", "--no-fail-fast"]);
    environment(&mut test);
    let mut tally = Tally::default();
    let ran = watch(&mut test, Stream::Out, |line| {
        if let Some(result) = Tally::of_libtest(line) {
            tally += result;
        }
    })?;
    Ok((ran, tally))
}

fn install_nextest(root: &Path) -> anyhow::Result<()> {
    if succeeds("cargo", &["nextest", "--version"]) {
        return Ok(());
    }
    let installed = run(cargo(root).args(["install", "cargo-nextest", "--locked", "--version", NEXTEST]))?;
    ensure!(installed, "cargo-nextest cannot be installed");
    Ok(())
}

/// Installs the packages of the browser tests, where there are such tests and the packages are not those of the lock file.
fn install_browser_driver(root: &Path, install: bool) -> anyhow::Result<()> {
    let dir = root.join("tests/browser");
    let lock = dir.join("package-lock.json");
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    let Ok(wanted) = changed(&lock) else { return Ok(()) };
    let is_current = changed(&dir.join("node_modules/.package-lock.json")).is_ok_and(|have| have >= wanted);
    if is_current {
        return Ok(());
    }
    ensure!(install, "{}: run `npm ci` there", dir.display());
    let installed = run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&dir))?;
    ensure!(installed, "`npm ci` failed in {}", dir.display());
    Ok(())
}

/// The directory of test data that is not part of the repository. Its absence is told, and the tests that need it fail.
fn corpus(root: &Path) -> PathBuf {
    let corpus =
        std::env::var_os("RUSUBAN_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    // Tests run in the directory of their crate.
    let corpus = std::path::absolute(&corpus).unwrap_or(corpus);
    if corpus.is_dir() {
        println!("xtask: corpus: {}", corpus.display());
    } else {
        println!("xtask: ***********************************************************************");
        println!("xtask: *** THE CORPUS IS MISSING: {} is no directory.", corpus.display());
        println!("xtask: *** Tests that need it will FAIL. Set RUSUBAN_CORPUS to its directory.");
        println!("xtask: ***********************************************************************");
    }
    corpus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_arguments_of_nextest_are_told_apart() {
        let parse = |words: &[&str]| Options::parse(words).unwrap();
        assert_eq!(parse(&[]), Options { install: true, nextest: vec![] });
        assert_eq!(
            parse(&["--no-install", "--", "--no-fail-fast", "--", "x"]),
            Options { install: false, nextest: vec!["--no-fail-fast".into(), "--".into(), "x".into()] }
        );
        assert!(Options::parse(&["--no-instal"]).is_err());
        assert!(Options::parse(&["config"]).is_err());
    }
}
