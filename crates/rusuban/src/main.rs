//! The command line's front door.

use std::process::ExitCode;

fn main() -> ExitCode {
    rusuban::cli::run(std::env::args_os().collect())
}
