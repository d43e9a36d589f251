//! Understands what Borg writes with `--json` and `--log-json`. Pure.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::series::{Listed, before_date};
use super::trouble::Trouble;
use crate::command::Output;

#[derive(Deserialize)]
struct Archives {
    archives: Vec<Archive>,
}

#[derive(Deserialize)]
struct Archive {
    name: String,
    #[serde(default)]
    hostname: String,
    time: Option<String>,
    start: Option<String>,
    stats: Option<Stats>,
}

#[derive(Deserialize)]
struct Stats {
    original_size: u64,
}

#[derive(Deserialize)]
struct OfRepository {
    repository: Repository,
}

#[derive(Deserialize)]
struct Repository {
    id: String,
}

/// Reads `list --json`: the id of the repository.
pub(super) fn repository_id(text: &str) -> Option<String> {
    serde_json::from_str::<OfRepository>(text.trim()).ok().map(|of| of.repository.id)
}

/// Reads `list --json`.
pub(super) fn archives(text: &str) -> Option<Vec<Listed>> {
    let archives: Archives = serde_json::from_str(text.trim()).ok()?;
    let listed = |archive: Archive| {
        let time = time(archive.time.as_deref().or(archive.start.as_deref())?)?;
        let label = before_date(&archive.name).to_owned();
        Some(Listed { host: archive.hostname, label, id: archive.name, time, size: None })
    };
    archives.archives.into_iter().map(listed).collect()
}

/// Reads `info --json` of one archive: the size in bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    let archives: Archives = serde_json::from_str(text.trim()).ok()?;
    match archives.archives.as_slice() {
        [archive] => archive.stats.as_ref().map(|stats| stats.original_size),
        _ => None,
    }
}

/// A time in the zone that Borg ran in, which is UTC here, or with an offset of its own.
fn time(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        civil.to_zoned_datetime(TimeZone::UTC).ok().map(|at| at.timestamp())
    })
}

/// What a check with reading back came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// Data was read and no error found; Borg's own words.
    Good(String),
    /// Errors were found; the first of them.
    Damaged(String),
    /// It was not made.
    Failed(Trouble),
}

/// One line of `--log-json`.
#[derive(Deserialize)]
struct Log {
    #[serde(default)]
    message: String,
    #[serde(default)]
    levelname: String,
    #[serde(default)]
    msgid: String,
}

/// Reads the log of `check --verify-data --info`. That data was really read has to be said in it.
pub(super) fn check(output: &Output) -> Check {
    let log = log(output);
    let verified = log.iter().find(|line| line.message.starts_with("Finished cryptographic data integrity"));
    match (output.status, verified) {
        (Some(0), Some(line)) if read_without_errors(&line.message) => Check::Good(line.message.clone()),
        (Some(0), _) => Check::Failed(Trouble::Unparsable("check")),
        (Some(1), _) if log.iter().any(|line| found_errors(&line.message)) => {
            let error = log.iter().find(|line| line.levelname == "ERROR");
            Check::Damaged(error.map(|line| line.message.clone()).unwrap_or_default())
        }
        _ => Check::Failed(trouble(output)),
    }
}

/// Whether at least one chunk was verified, and none had an error: `… verified 6 chunks with 0 integrity errors.`
fn read_without_errors(message: &str) -> bool {
    let mut numbers = message.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
    matches!((numbers.next(), numbers.next()), (Some(chunks), Some(0)) if chunks > 0)
}

fn found_errors(message: &str) -> bool {
    let message = message.trim_end_matches('.');
    // "no problems found" ends alike.
    (message.ends_with("errors found") || message.ends_with("problems found"))
        && !message.ends_with("no errors found")
        && !message.ends_with("no problems found")
}

/// Why Borg ended with an error. Message ids tell (borg help, "Internals: message ids").
pub(super) fn trouble(output: &Output) -> Trouble {
    let log = log(output);
    let error = log.iter().rev().find(|line| !line.msgid.is_empty() && line.levelname != "INFO");
    match error.map(|line| line.msgid.as_str()) {
        Some("PassphraseWrong" | "PasscommandFailure") => Trouble::WrongPassword,
        Some("NoPassphraseFailure") => Trouble::NoPassword,
        Some(
            "Repository.DoesNotExist"
            | "Repository.InvalidRepository"
            | "Repository.InvalidRepositoryConfig"
            | "Repository.ParentPathDoesNotExist",
        ) => Trouble::NotThere,
        Some("LockTimeout" | "LockError" | "LockErrorT" | "LockFailed") => Trouble::Locked,
        Some(
            "Cache.RepositoryAccessAborted"
            | "Cache.EncryptionMethodMismatch"
            | "Cache.RepositoryIDNotUnique"
            | "Cache.RepositoryReplay",
        ) => Trouble::Moved,
        _ => {
            let last =
                log.iter().rev().find(|line| line.levelname == "ERROR" || line.levelname == "CRITICAL");
            // What ssh says comes before as a warning, and is what helps.
            let remote = log.iter().find(|line| line.message.starts_with("Remote: "));
            let said: Vec<&str> = remote.into_iter().chain(last).map(|line| line.message.as_str()).collect();
            Trouble::Failed(if said.is_empty() { output.complaint() } else { said.join(" / ") })
        }
    }
}

/// The lines of the log that are JSON. Others (prompts, warnings of Python) stand between them.
fn log(output: &Output) -> Vec<Log> {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter_map(|line| serde_json::from_str(line.get(line.find('{')?..)?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ended(status: i32, lines: &[&str]) -> Output {
        Output { status: Some(status), stdout: vec![], stderr: lines.join("\n").into_bytes() }
    }

    fn line(level: &str, message: &str) -> String {
        serde_json::json!({"type": "log_message", "time": 1_795_521_163.149_534_5, "message": message, "levelname": level})
            .to_string()
    }

    fn error(id: &str) -> Output {
        let line =
            serde_json::json!({"type": "log_message", "levelname": "ERROR", "msgid": id, "message": "x"});
        ended(2, &[&line.to_string()])
    }

    #[test]
    fn archives_of_a_list() {
        let text = r#"{"archives": [
            {"archive": "files-2026-12-27", "hostname": "vm", "id": "0d", "name": "files-2026-12-27",
             "start": "2026-12-27T03:00:00.000000", "time": "2026-12-27T03:00:00.000000"},
            {"archive": "b", "name": "日次", "time": "2026-12-27T12:00:00.000000+09:00"}],
            "encryption": {"mode": "repokey-blake2"}, "repository": {"id": "ed", "location": "/x"}}"#;
        let listed = archives(text).unwrap();
        assert_eq!((listed[0].host.as_str(), listed[0].label.as_str()), ("vm", "files"));
        assert_eq!(repository_id(text).as_deref(), Some("ed"));
        assert_eq!(repository_id("{\"archives\": []}"), None);
        assert_eq!(listed[0].time.to_string(), "2026-12-27T03:00:00Z");
        assert_eq!((listed[1].id.as_str(), listed[1].time), ("日次", listed[0].time));
        assert_eq!(archives("{\"archives\": []}"), Some(vec![]));
        for broken in [
            "",
            "{}",
            "[]",
            "{\"archives\": [{\"name\": \"x\"}]}",
            "{\"archives\": [{\"name\": \"x\", \"time\": \"?\"}]}",
        ] {
            assert_eq!(archives(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_size() {
        let text = r#"{"archives": [{"name": "x", "duration": 0.004, "stats": {"compressed_size": 1, "nfiles": 2, "original_size": 300006}}]}"#;
        assert_eq!(size(text), Some(300_006));
        assert_eq!(size(r#"{"archives": []}"#), None);
    }

    #[test]
    fn a_check_counts_only_where_data_was_read() {
        let said = |chunks: u64, errors: u64| {
            format!(
                "Finished cryptographic data integrity verification, verified {chunks} chunks with {errors} integrity errors."
            )
        };
        let whole = line("INFO", "Archive consistency check complete, no problems found.");
        let check = |status, said: &str| check(&ended(status, &[&line("INFO", said), &whole]));
        assert_eq!(check(0, &said(6, 0)), Check::Good(said(6, 0)));
        assert_eq!(check(0, &said(0, 0)), Check::Failed(Trouble::Unparsable("check")));
        assert_eq!(check(0, "Starting repository check"), Check::Failed(Trouble::Unparsable("check")));
        assert!(matches!(check(1, "a warning of another kind"), Check::Failed(Trouble::Failed(_))));
    }

    #[test]
    fn a_check_that_finds_damage() {
        let damaged = check(&ended(
            1,
            &[
                &line("INFO", "Starting repository check"),
                &line("ERROR", "Data integrity error: Segment entry checksum mismatch [segment 2, offset 8]"),
                &line("ERROR", "Finished full repository check, errors found."),
            ],
        ));
        let first = "Data integrity error: Segment entry checksum mismatch [segment 2, offset 8]";
        assert_eq!(damaged, Check::Damaged(first.into()));
        assert!(found_errors("Archive consistency check complete, problems found."));
        assert!(!found_errors("Finished full repository check, no problems found."));
    }

    #[test]
    fn troubles_are_told_apart() {
        assert_eq!(trouble(&error("PassphraseWrong")), Trouble::WrongPassword);
        assert_eq!(trouble(&error("NoPassphraseFailure")), Trouble::NoPassword);
        assert_eq!(trouble(&error("Repository.DoesNotExist")), Trouble::NotThere);
        assert_eq!(trouble(&error("LockTimeout")), Trouble::Locked);
        assert_eq!(trouble(&error("Cache.RepositoryAccessAborted")), Trouble::Moved);
        let ssh = line("WARNING", "Remote: ssh: connect to host h port 22: Connection refused");
        let closed = line("ERROR", "Connection closed by remote host. Is borg working on the server?");
        let Trouble::Failed(said) = trouble(&ended(2, &["Enter passphrase: ", &ssh, &closed])) else {
            panic!()
        };
        assert!(
            said.starts_with("Remote: ssh: connect to host h port 22") && said.contains("Is borg working")
        );
        assert_eq!(trouble(&ended(2, &["plain words"])), Trouble::Failed("plain words".into()));
    }

    proptest! {
        #[test]
        fn any_output_is_read(text in any::<String>(), status in any::<Option<i32>>()) {
            archives(&text);
            size(&text);
            repository_id(&text);
            check(&Output { status, stdout: vec![], stderr: text.into() });
        }
    }
}
