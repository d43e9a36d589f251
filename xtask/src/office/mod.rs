//! A made-up office over a closure of ten days, with what an intruder did, for whoever wants to see how a review does:
//! `cargo xtask office DIR [--seed N]`.
//!
//! It writes the logs of a small office (firewall with VPN, YAMAHA router, two Linux servers, a Windows domain controller,
//! web and mail), the lists that a review asks for (people, duty, hosts, …), and `truth.json`: what was planted, and what
//! looks like it and is none. Nothing in it is real; addresses are those for documentation (RFC 5737) and private ones.

mod context;
mod formats;
mod noise;
mod plants;
mod random;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use random::Random;

/// Seconds since the epoch of 2026-12-26T00:00:00+09:00, the closure's first moment.
pub const CLOSED_FROM: i64 = 1_798_210_800;
/// Days of the closure: 2026-12-26 to 2027-01-04.
pub const CLOSED_DAYS: i64 = 10;
/// Days before it that the logs cover.
pub const BASELINE_DAYS: i64 = 24;
/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Seconds of an hour.
pub const HOUR: i64 = 3600;
/// Seconds of a minute.
pub const MINUTE: i64 = 60;

/// A log file of the office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Log {
    /// FortiGate: traffic, VPN, administration.
    Firewall,
    /// YAMAHA RTX.
    Router,
    /// sshd, sudo and PAM of the server that the outside reaches.
    Srv1,
    /// The same of the inner server.
    Srv2,
    /// Windows security and system events of the domain controller.
    Dc1,
    /// NGINX.
    Web,
    /// Postfix.
    Mail,
}

impl Log {
    const ALL: [Self; 7] =
        [Self::Firewall, Self::Router, Self::Srv1, Self::Srv2, Self::Dc1, Self::Web, Self::Mail];

    /// Where it lies under `logs/`.
    fn path(self) -> &'static str {
        match self {
            Self::Firewall => "fw1/fortigate.log",
            Self::Router => "rt1/rtx.log",
            Self::Srv1 => "srv1/auth.log",
            Self::Srv2 => "srv2/auth.log",
            Self::Dc1 => "dc1/security.jsonl",
            Self::Web => "srv1/access.log",
            Self::Mail => "srv1/mail.log",
        }
    }
}

/// One line of the truth.
#[derive(Debug)]
pub struct Truth {
    /// Id of the detector that must speak (planted), or must not (near miss).
    pub detector: &'static str,
    /// Whether it is an intrusion.
    pub planted: bool,
    /// The account in question; empty where it is about a machine.
    pub who: String,
    /// The machine in question, or the log.
    pub host: String,
    /// When it starts, seconds since the epoch.
    pub at: i64,
    /// What it is, in English.
    pub what: &'static str,
}

/// The office being written.
#[derive(Debug)]
pub struct Office {
    random: Random,
    lines: BTreeMap<Log, Vec<(i64, String)>>,
    truth: Vec<Truth>,
}

impl Office {
    /// Writes a line at a moment (seconds since the epoch).
    fn line(&mut self, log: Log, at: i64, text: String) {
        self.lines.entry(log).or_default().push((at, text));
    }

    fn planted(&mut self, detector: &'static str, who: &str, host: &str, at: i64, what: &'static str) {
        self.truth.push(Truth { detector, planted: true, who: who.into(), host: host.into(), at, what });
    }

    fn near_miss(&mut self, detector: &'static str, who: &str, host: &str, at: i64, what: &'static str) {
        self.truth.push(Truth { detector, planted: false, who: who.into(), host: host.into(), at, what });
    }
}

/// A moment of the closure: day 0 is 2026-12-26 (Japan), negative days lie before it.
pub fn moment(day: i64, hour: i64, minute: i64) -> i64 {
    CLOSED_FROM + day * DAY + hour * HOUR + minute * MINUTE
}

/// Makes the office and writes it under `out`.
pub fn write(out: &Path, seed: u64) -> anyhow::Result<()> {
    let mut office = Office { random: Random::new(seed), lines: BTreeMap::new(), truth: Vec::new() };
    noise::fill(&mut office);
    plants::plant(&mut office);
    for log in Log::ALL {
        let mut lines = office.lines.remove(&log).unwrap_or_default();
        // A log's lines stand in the order in which they were written.
        lines.sort_by_key(|(at, _)| *at);
        write_log(out, log, &lines)?;
    }
    context::write(&out.join("context"))?;
    let truth: Vec<String> = office.truth.iter().map(Truth::json).collect();
    let text = format!("[\n  {}\n]\n", truth.join(",\n  "));
    std::fs::write(out.join("truth.json"), text).context("truth.json")
}

/// The weeks before the closure go into a rotated, compressed file.
fn write_log(out: &Path, log: Log, lines: &[(i64, String)]) -> anyhow::Result<()> {
    let path = out.join("logs").join(log.path());
    std::fs::create_dir_all(path.parent().context("a log lies in a folder")?)?;
    let split = lines.partition_point(|(at, _)| *at < CLOSED_FROM - DAY);
    let (old, new) = lines.split_at(split);
    let mut text = Vec::new();
    for (_, line) in new {
        writeln!(text, "{line}")?;
    }
    std::fs::write(&path, text)?;
    let packed = std::fs::File::create(format!("{}.1.gz", path.display()))?;
    let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    for (_, line) in old {
        writeln!(packed, "{line}")?;
    }
    packed.finish()?;
    Ok(())
}

impl Truth {
    fn json(&self) -> String {
        format!(
            r#"{{"detector": "{}", "planted": {}, "who": "{}", "host": "{}", "at": "{}", "what": "{}"}}"#,
            self.detector,
            self.planted,
            self.who,
            self.host,
            formats::iso(self.at),
            self.what
        )
    }
}
