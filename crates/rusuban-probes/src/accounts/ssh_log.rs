//! Logins that the SSH server itself logs: in `/var/log/auth.log` (Debian), `/var/log/secure` (RHEL), or the journal. They
//! show what the other records do not: file copies and commands without a terminal.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::accounts::LoginSource;

use super::logins::{Gathered, blind};
use crate::command::Program;
use crate::host::{Host, unreadable};

const LOG: &str = "auth-log";
const JOURNAL: &str = "journal";

/// Log files and their uncompressed predecessors.
const FILES: [&str; 4] = ["/var/log/auth.log", "/var/log/auth.log.1", "/var/log/secure", "/var/log/secure.1"];

/// Where the journal lies, kept over a restart or not.
const JOURNAL_FOLDERS: [&str; 2] = ["/var/log/journal", "/run/log/journal"];

/// The most that is read of one file, from its end, in bytes.
const MAX_READ: u64 = 64 * 1024 * 1024;

/// How long the journal may take; and how far back it is asked.
const LIMIT: Duration = Duration::from_secs(3);
const SINCE: &str = "--since=-400d";

/// How times without zone and year are read.
#[derive(Debug, Clone)]
pub struct Local {
    /// The machine's zone.
    pub zone: TimeZone,
    /// The time now.
    pub now: Timestamp,
}

/// Logins in the log files; none where there are no such files.
pub fn files(host: &Host, local: &Local) -> Option<LoginSource> {
    let mut gathered = Gathered::default();
    let mut any = false;
    for path in FILES {
        match File::open(host.path(path)) {
            Ok(file) => {
                any = true;
                if let Err(error) = read(file, local, &mut gathered) {
                    return Some(blind(LOG, true, unreadable(path, &error)));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Some(blind(LOG, true, unreadable(path, &error))),
        }
    }
    any.then(|| gathered.source(LOG, true))
}

fn read(mut file: File, local: &Local, gathered: &mut Gathered) -> std::io::Result<()> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(MAX_READ)))?;
    let mut reader = BufReader::with_capacity(1 << 16, std::io::Read::take(file, MAX_READ));
    let mut line = Vec::new();
    let mut first = true;
    while reader.read_until(b'\n', &mut line)? > 0 {
        // Only the oldest line tells since when the log speaks; the others matter where they are a login.
        if first || line.windows(9).any(|window| window == b"Accepted ") {
            first &= !keep(&String::from_utf8_lossy(&line), local, gathered);
        }
        line.clear();
    }
    Ok(())
}

/// Takes in one line; gives whether it has a time.
fn keep(line: &str, local: &Local, gathered: &mut Gathered) -> bool {
    let Some((at, rest)) = time(line, local) else { return false };
    gathered.existed(at);
    // After the time: host, then `sshd[123]:` or `sshd-session[123]:`, then the message.
    let mut parts = rest.trim_start().splitn(3, ' ');
    let (Some(_), Some(program), Some(message)) = (parts.next(), parts.next(), parts.next()) else {
        return true;
    };
    if program.starts_with("sshd[") || program.starts_with("sshd-session[") {
        login(message, at, gathered);
    }
    true
}

/// `Accepted publickey for tanaka from 192.0.2.7 port 50022 ssh2: …`. A stranger's text can stand in a message, but never
/// at its beginning.
fn login(message: &str, at: Timestamp, gathered: &mut Gathered) -> Option<()> {
    let rest = message.trim_start().strip_prefix("Accepted ")?;
    let (_method, rest) = rest.split_once(" for ")?;
    let (user, rest) = rest.split_once(" from ")?;
    let from = rest.split_whitespace().next()?;
    gathered.login(user, at, from);
    Some(())
}

/// The time at the beginning of a line, and what follows it: RFC 3339, or the traditional `Nov  4 10:00:00`.
fn time<'a>(line: &'a str, local: &Local) -> Option<(Timestamp, &'a str)> {
    let (first, rest) = line.split_once(' ')?;
    if let Ok(at) = first.parse() {
        return Some((at, rest));
    }
    let (stamp, rest) = (line.get(..15)?, line.get(15..)?);
    let this_year = local.now.to_zoned_datetime(local.zone.clone()).year();
    let later = local.now.checked_add(jiff::SignedDuration::from_hours(24)).ok()?;
    // Without a year it is the latest one that does not lie in the future; only leap years have a 29 February.
    (0..8).find_map(|back| {
        let words: Vec<&str> = stamp.split_whitespace().collect();
        let [month, day, clock] = words.as_slice() else { return None };
        let text = format!("{} {month} {day} {clock}", this_year.checked_sub(back)?);
        let time = DateTime::strptime("%Y %b %d %H:%M:%S", text).ok()?;
        let at = time.to_zoned_datetime(local.zone.clone()).ok()?.timestamp();
        (at <= later).then_some((at, rest))
    })
}

/// Logins in the journal; none where there is no journal, or the machine is not the running one.
pub async fn journal(host: &Host) -> Option<LoginSource> {
    if !host.is_live() || !JOURNAL_FOLDERS.iter().any(|folder| host.path(folder).is_dir()) {
        return None;
    }
    Some(match ask_journal(&[]).await {
        Ok(gathered) => gathered.source(JOURNAL, true),
        Err(why) => blind(JOURNAL, true, why),
    })
}

/// Asks the journal; `extra` says where it lies, if not in the usual place.
pub(super) async fn ask_journal(extra: &[&str]) -> Result<Gathered, Unknown> {
    let program =
        |args: &[&str]| Program::new("journalctl").args(extra.iter().chain(args).copied()).limit(LIMIT);
    let header = program(&["--no-pager", "--header"]);
    let logins = program(&[
        "--no-pager",
        "-q",
        SINCE,
        "-o",
        "json",
        "--output-fields=MESSAGE",
        "-t",
        "sshd",
        "-t",
        "sshd-session",
        "-g",
        "^Accepted ",
    ]);
    let (header, output) = tokio::join!(header.run(), logins.run());
    let (header, output) = (header?, output?);
    // It ends with 1 where nothing matches.
    if header.status != Some(0) || !matches!(output.status, Some(0 | 1)) {
        return Err(logins.failed(&output.complaint()));
    }
    let mut gathered = Gathered::default();
    for line in header.text().lines() {
        if let Some(at) = line.trim().strip_prefix("Head realtime timestamp:").and_then(head_time) {
            gathered.existed(at);
        }
    }
    for line in output.text().lines() {
        journal_line(line, &mut gathered);
    }
    Ok(gathered)
}

/// `Tue 2026-11-24 10:00:00 UTC (64b5…)`: microseconds in hexadecimal stand in the brackets.
fn head_time(text: &str) -> Option<Timestamp> {
    let (_, hex) = text.split_once('(')?;
    let micros = i64::from_str_radix(hex.split(')').next()?.trim(), 16).ok()?;
    Timestamp::from_microsecond(micros).ok().filter(|_| micros > 0)
}

fn journal_line(line: &str, gathered: &mut Gathered) -> Option<()> {
    let entry: serde_json::Value = serde_json::from_str(line).ok()?;
    let micros: i64 = entry.get("__REALTIME_TIMESTAMP")?.as_str()?.parse().ok()?;
    let at = Timestamp::from_microsecond(micros).ok()?;
    login(entry.get("MESSAGE")?.as_str()?, at, gathered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusuban_core::world::accounts::LoginRecords;

    fn tokyo() -> Local {
        Local { zone: TimeZone::get("Asia/Tokyo").unwrap(), now: "2027-01-04T00:00:00Z".parse().unwrap() }
    }

    fn read_file(text: &str) -> Option<LoginRecords> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("var/log")).unwrap();
        std::fs::write(dir.path().join("var/log/auth.log"), text).unwrap();
        files(&Host::at(dir.path()), &tokyo()).unwrap().records.known().cloned()
    }

    #[test]
    fn the_traditional_form_is_read_over_new_year() {
        let records = read_file(
            "Dec 31 23:59:59 fs01 CRON[1]: pam_unix(cron:session): session opened\n\
             Jan  4 08:00:00 fs01 sshd[2]: Accepted publickey for borg from 192.0.2.7 port 5 ssh2: ED25519 SHA256:x\n\
             Jan  4 08:00:01 fs01 sshd[3]: Failed password for invalid user Accepted password for root from 192.0.2.9 port 1\n",
        )
        .unwrap();
        assert_eq!(records.since.to_string(), "2026-12-31T14:59:59Z");
        assert_eq!(records.last.keys().collect::<Vec<_>>(), ["borg"]);
        assert_eq!(records.last["borg"].at.to_string(), "2027-01-03T23:00:00Z");
    }

    #[test]
    fn the_form_with_zone_is_read() {
        let records = read_file(
            "2026-12-28T09:00:00.123456+09:00 fs01 sshd-session[2]: Accepted keyboard-interactive/pam for 田中 from 2001:db8::1 port 5 ssh2\r\n\
             2026-12-29T09:00:00+09:00 fs01 evil[2]: Accepted password for root from 192.0.2.9 port 5 ssh2\n",
        )
        .unwrap();
        assert_eq!(records.last.len(), 1);
        assert_eq!(records.last["田中"].from, "2001:db8::1");
    }

    #[test]
    fn a_log_without_logins_proves_nothing() {
        assert_eq!(read_file("Dec 31 23:59:59 fs01 CRON[1]: x\n"), None);
        assert_eq!(read_file(""), None);
    }

    #[test]
    fn journal_lines_and_heads_are_read() {
        let mut gathered = Gathered::default();
        let line = r#"{"__REALTIME_TIMESTAMP":"1798675200000000","MESSAGE":"Accepted password for tanaka from 192.0.2.7 port 1 ssh2"}"#;
        journal_line(line, &mut gathered);
        journal_line(r#"{"__REALTIME_TIMESTAMP":"1","MESSAGE":[1,2]}"#, &mut gathered);
        gathered.existed(head_time(" Tue 2026-11-24 10:00:00 UTC (64b5a1e2f4000)").unwrap());
        let records = gathered.source("journal", true).records.known().unwrap().clone();
        assert_eq!(records.last["tanaka"].at.to_string(), "2026-12-31T00:00:00Z");
        assert!(records.since < records.newest);
    }

    /// A journal that systemd itself has written.
    #[tokio::test]
    async fn a_real_journal_is_asked() {
        let dir = tempfile::tempdir().unwrap();
        let entry = |seconds: i64, program: &str, message: &str| {
            format!(
                "__REALTIME_TIMESTAMP={seconds}000000\n__MONOTONIC_TIMESTAMP={seconds}\n_BOOT_ID=0123456789abcdef0123456789abcdef\n\
                     SYSLOG_IDENTIFIER={program}\nMESSAGE={message}\n\n"
            )
        };
        let now = Timestamp::now().as_second();
        let (before, lately) = (now - 20 * 86_400, now - 86_400);
        let text = [
            entry(before, "cron", "started"),
            entry(lately, "sshd", "Accepted publickey for 田中 from 192.0.2.7 port 5 ssh2: ED25519 SHA256:x"),
            entry(lately + 1, "sshd-session", "Accepted password for suzuki from 2001:db8::1 port 5 ssh2"),
            entry(lately + 2, "sshd", "Failed password for root from 192.0.2.9 port 5 ssh2"),
            entry(lately + 3, "evil", "Accepted password for root from 192.0.2.9 port 5 ssh2"),
        ]
        .concat();
        let (export, journal) = (dir.path().join("export"), dir.path().join("test.journal"));
        std::fs::write(&export, text).unwrap();
        let made = std::process::Command::new("/lib/systemd/systemd-journal-remote")
            .args(["-o", journal.to_str().unwrap(), export.to_str().unwrap()])
            .output()
            .expect("systemd-journal-remote does not start; run `cargo xtask test`, which installs it");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let file = format!("--file={}", journal.display());
        let records =
            ask_journal(&[&file]).await.unwrap().source(JOURNAL, true).records.known().unwrap().clone();
        assert_eq!(records.last.keys().collect::<Vec<_>>(), ["suzuki", "田中"]);
        assert_eq!((records.since.as_second(), records.newest.as_second()), (before, lately + 1));
        // One without a login shows nobody, and says so.
        std::fs::write(&export, entry(lately, "cron", "started")).unwrap();
        let empty = dir.path().join("empty.journal");
        std::process::Command::new("/lib/systemd/systemd-journal-remote")
            .args(["-o", empty.to_str().unwrap(), export.to_str().unwrap()])
            .output()
            .unwrap();
        let file = format!("--file={}", empty.display());
        assert!(ask_journal(&[&file]).await.unwrap().source(JOURNAL, true).records.known().is_none());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", lines in "[A-Za-z0-9:\\[\\]{}\" +田-]*") {
            for text in [&text, &lines] {
                keep(text, &tokyo(), &mut Gathered::default());
                journal_line(text, &mut Gathered::default());
                head_time(text);
            }
        }
    }
}
