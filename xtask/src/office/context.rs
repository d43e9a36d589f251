//! The lists that a review asks for, as an officer would write them.

use std::fmt::Write as _;
use std::path::Path;

use super::formats::iso;
use super::{CLOSED_DAYS, moment, noise};

/// Writes them all.
pub fn write(out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out)?;
    let mut roster = String::from("person,from,to,role\n");
    for day in 0..CLOSED_DAYS {
        let (who, _) = noise::on_duty(day);
        writeln!(roster, "{who},{},{},当番", iso(moment(day, 0, 0)), iso(moment(day + 1, 0, 0)))?;
    }
    std::fs::write(out.join("roster.csv"), roster)?;
    for (name, text) in FILES {
        std::fs::write(out.join(name), text)?;
    }
    Ok(())
}

const FILES: [(&str, &str); 0] = [];
