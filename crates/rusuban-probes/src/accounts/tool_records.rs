//! Login records that lie in databases and are read through their own programs: `lastlog2` (util-linux 2.40 and later) and
//! `wtmpdb`. Debian 13 keeps its records there alone.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::strtime;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::accounts::LoginSource;

use super::logins::{Gathered, blind};
use crate::command::Program;
use crate::host::Host;

/// How long a program may read its database.
const LIMIT: Duration = Duration::from_secs(3);

/// What is fixed about one such record.
struct Record {
    name: &'static str,
    databases: &'static [&'static str],
    args: &'static [&'static str],
    parse: fn(&str, &mut Gathered),
    /// Whether the database is as old as its file: nothing is ever taken out.
    keeps_all: bool,
}

const RECORDS: [Record; 2] = [
    Record {
        name: "lastlog2",
        databases: &["/var/lib/lastlog/lastlog2.db"],
        args: &[],
        parse: parse_lastlog2,
        keeps_all: true,
    },
    Record {
        name: "wtmpdb",
        databases: &["/var/lib/wtmpdb/wtmp.db", "/var/log/wtmp.db"],
        args: &["last", "-w", "--time-format", "iso"],
        parse: parse_wtmpdb,
        keeps_all: false,
    },
];

/// The records whose database exists.
pub async fn sources(host: &Host) -> Vec<LoginSource> {
    let mut found = Vec::new();
    for record in &RECORDS {
        let Some(database) = record.databases.iter().map(|path| host.path(path)).find(|path| path.exists())
        else {
            continue;
        };
        let mut gathered = Gathered::default();
        if record.keeps_all
            && let Ok(made) = database.metadata().and_then(|meta| meta.created())
            && let Ok(made) = Timestamp::try_from(made)
        {
            gathered.existed(made);
        }
        found.push(match output(host, record).await {
            Ok(text) => {
                (record.parse)(&text, &mut gathered);
                gathered.source(record.name, true)
            }
            Err(why) => blind(record.name, true, why),
        });
    }
    found
}

async fn output(host: &Host, record: &Record) -> Result<String, Unknown> {
    if !host.is_live() {
        return Err(Unknown::new(
            UnknownCode::NotSupported,
            record.name,
            Text::new(
                format!("稼働中の機器でないと {} の記録は読めません", record.name),
                format!("the record of {} is read on the running machine alone", record.name),
            ),
            Text::new("その機器の上で実行してください", "run it on the machine itself"),
        ));
    }
    let program = Program::new(record.name).args(record.args.iter().copied()).limit(LIMIT);
    let output = program.run().await?;
    if output.status != Some(0) {
        return Err(program.failed(&output.complaint()));
    }
    Ok(output.text())
}

/// Lines such as `tanaka  pts/0  192.0.2.7  Tue Nov 24 10:00:00 +0000 2026`; those who never logged in have no date.
fn parse_lastlog2(text: &str, gathered: &mut Gathered) {
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((before, date)) = words.len().checked_sub(6).map(|at| words.split_at(at)) else { continue };
        let Ok(at) =
            strtime::parse("%a %b %d %H:%M:%S %z %Y", date.join(" ")).and_then(|time| time.to_timestamp())
        else {
            continue;
        };
        match before {
            [name] | [name, _] => gathered.login(name, at, ""),
            [name, _, from, ..] => gathered.login(name, at, from),
            [] => {}
        }
    }
}

/// Lines such as `tanaka   pts/0        192.0.2.7        2026-11-24T10:00:00+0000 - still logged in`.
fn parse_wtmpdb(text: &str, gathered: &mut Gathered) {
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let time = words.iter().enumerate().skip(1).find_map(|(place, word)| {
            let at = strtime::parse("%Y-%m-%dT%H:%M:%S%z", word).and_then(|time| time.to_timestamp()).ok()?;
            Some((place, at))
        });
        let Some((place, at)) = time else { continue };
        match words.get(..place).unwrap_or_default() {
            // Both boots and shutdowns stand on the line `system boot`; the last line says where the record begins.
            ["reboot" | "soft-reboot" | "s-reboot" | "shutdown", ..] | [_, "begins", ..] => {
                gathered.existed(at);
            }
            [name, _, from] => gathered.login(name, at, from),
            [name, ..] => gathered.login(name, at, ""),
            [] => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rusuban_core::world::accounts::LoginRecords;

    fn read(parse: fn(&str, &mut Gathered), text: &str) -> LoginRecords {
        let mut gathered = Gathered::default();
        parse(text, &mut gathered);
        gathered.source("x", true).records.known().unwrap().clone()
    }

    /// Printed by the format that lastlog2.c of util-linux 2.40 has: `%-16s %-8.8s %-42s %s`.
    #[test]
    fn lastlog2_is_read() {
        let line = |user: &str, tty: &str, host: &str, date: &str| {
            format!("{user:<16} {tty:<8} {host:<42} {date}\n")
        };
        let text = [
            line("Username", "Port", "From", "Latest"),
            line("root", "tty1", "", "Sun Nov  1 09:00:00 +0900 2026"),
            line("tanaka", "pts/0", "2001:db8::7", "Tue Nov 24 10:00:00 +0000 2026"),
            line("batch", "", "", "Mon Nov 23 10:00:00 +0000 2026"),
            line("a-very-long-account-name", "", "", "**Never logged in**"),
        ]
        .concat();
        let records = read(parse_lastlog2, &text);
        assert_eq!(records.last.keys().collect::<Vec<_>>(), ["batch", "root", "tanaka"]);
        assert_eq!(records.last["root"].at.to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(records.last["tanaka"].from, "2001:db8::7");
    }

    /// Printed by the format that wtmpdb.c of 0.13 has: `%-8s %-12.12s %-16s %-25s - %-25s %s`.
    #[test]
    fn wtmpdb_is_read() {
        let text = "tanaka   pts/0        192.0.2.7        2026-11-24T10:00:00+0000 - still logged in\n\
            suzuki   tty1                          2026-11-20T10:00:00+0000 - 2026-11-20T11:00:00+0000  (01:00)\n\
            tanaka   pts/0        192.0.2.8        2026-11-01T10:00:00+0900 - crash\n\
            reboot   system boot  6.12.0-amd64     2026-10-01T00:00:00+0000 - still running\n\
            \n/var/lib/wtmpdb/wtmp.db begins 2026-10-01T00:00:00+0000\n";
        let records = read(parse_wtmpdb, text);
        assert_eq!(records.last.keys().collect::<Vec<_>>(), ["suzuki", "tanaka"]);
        assert_eq!(records.last["tanaka"].from, "192.0.2.7");
        assert_eq!(records.since.to_string(), "2026-10-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", lines in "[a-z0-9T:+ \\n-]*") {
            for text in [&text, &lines] {
                parse_lastlog2(text, &mut Gathered::default());
                parse_wtmpdb(text, &mut Gathered::default());
            }
        }
    }
}
