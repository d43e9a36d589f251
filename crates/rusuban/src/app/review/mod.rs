//! The log review (`after.logs`): reads logs on one thread, understands and judges them on all cores.

pub mod files;
pub mod parse;
pub mod rules;
pub mod run;

use std::path::PathBuf;

/// How many blocks may be on their way from the reading thread to the workers, for each worker.
const ON_THE_WAY: usize = 4;

/// How many workers: one for each core.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// What every kind of review reads.
#[derive(Debug, Clone)]
pub struct Input {
    /// Files, folders, archives; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The zone of times that name none.
    pub zone: jiff::tz::TimeZone,
    /// Stands for the time of files that have none, and finds years. Seconds since the epoch.
    pub reference: i64,
}
