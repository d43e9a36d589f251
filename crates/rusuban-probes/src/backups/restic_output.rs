//! Understands what restic writes (0.14 and later). Pure.

use jiff::Timestamp;
use serde::Deserialize;

use super::series::Listed;
use super::trouble::Trouble;
use crate::command::Output;

#[derive(Deserialize)]
struct Snapshot {
    time: Timestamp,
    #[serde(default)]
    hostname: String,
    #[serde(default)]
    paths: Vec<String>,
    id: String,
    /// Since restic 0.17.
    summary: Option<Summary>,
}

#[derive(Deserialize)]
struct Summary {
    total_bytes_processed: Option<u64>,
}

#[derive(Deserialize)]
struct Stats {
    total_size: u64,
}

#[derive(Deserialize)]
struct Config {
    id: String,
}

/// Reads `cat config`: the id of the repository.
pub(super) fn repository_id(text: &str) -> Option<String> {
    serde_json::from_str::<Config>(text.trim()).ok().map(|config| config.id)
}

/// Reads `snapshots --json`.
pub(super) fn snapshots(text: &str) -> Option<Vec<Listed>> {
    let snapshots: Option<Vec<Snapshot>> = serde_json::from_str(text.trim()).ok()?;
    let listed = |mut snapshot: Snapshot| {
        snapshot.paths.sort();
        Listed {
            host: snapshot.hostname,
            label: snapshot.paths.join(", "),
            id: snapshot.id,
            time: snapshot.time,
            size: snapshot.summary.and_then(|summary| summary.total_bytes_processed),
        }
    };
    Some(snapshots.unwrap_or_default().into_iter().map(listed).collect())
}

/// Reads `stats --json`: the size in bytes.
pub(super) fn size(text: &str) -> Option<u64> {
    serde_json::from_str::<Stats>(text.trim()).ok().map(|stats| stats.total_size)
}

/// What a check with reading back came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Check {
    /// Data was read and no error found; restic's own words.
    Good(String),
    /// Errors were found; the first of them.
    Damaged(String),
    /// It was not made.
    Failed(Trouble),
}

/// Reads the output of `check --read-data` or `--read-data-subset`. That data was really read has to be said in it:
/// the same command without reading ends just as well.
pub(super) fn check(output: &Output) -> Check {
    let (said, complaints) = (output.text(), String::from_utf8_lossy(&output.stderr).into_owned());
    let read = said.lines().any(|line| line.starts_with("read ") && line.contains(" data"));
    let good = said.lines().chain(complaints.lines()).find(|line| line.contains("no errors were found"));
    match (output.status, good) {
        (Some(0), Some(good)) if read => Check::Good(good.trim().to_owned()),
        (Some(0), _) => Check::Failed(Trouble::Unparsable("check")),
        _ if complaints.contains("repository contains errors") => {
            // Tries to read a file again come before the error that they end in.
            let error = complaints.lines().find(|line| !line.trim().is_empty() && !line.contains("retrying"));
            Check::Damaged(error.unwrap_or_default().trim().to_owned())
        }
        _ => Check::Failed(trouble(output)),
    }
}

/// Why restic ended with an error. Exit statuses tell since 0.17, words before.
pub(super) fn trouble(output: &Output) -> Trouble {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    match output.status {
        Some(10) => Trouble::NotThere,
        Some(11) => Trouble::Locked,
        Some(12) => Trouble::WrongPassword,
        _ if says(&["wrong password", "no key found"]) => Trouble::WrongPassword,
        _ if says(&["an empty password is not a password", "Resolving password failed"]) => {
            Trouble::NoPassword
        }
        _ if says(&["repository is already locked"]) => Trouble::Locked,
        _ if says(&["unable to open config file"])
            && says(&["no such file", "does not exist", "404 Not Found"]) =>
        {
            Trouble::NotThere
        }
        _ => {
            // Later lines only repeat where the repository should be.
            let fatal = text.lines().find_map(|line| line.trim().strip_prefix("Fatal: "));
            Trouble::Failed(fatal.map_or_else(|| output.complaint(), str::to_owned))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ended(status: i32, stdout: &str, stderr: &str) -> Output {
        Output { status: Some(status), stdout: stdout.into(), stderr: stderr.into() }
    }

    #[test]
    fn snapshots_of_0_14_and_of_0_17() {
        let text = r#"[{"time":"2026-12-27T02:00:00.123456789+09:00","tree":"3e","paths":["/srv/b","/srv/a"],
            "hostname":"files","username":"root","id":"9690","short_id":"96"},
            {"time":"2026-12-26T17:00:00Z","paths":["/etc"],"hostname":"files","id":"a52d","program_version":
            "restic 0.17.3","summary":{"files_new":2,"total_bytes_processed":300006,"total_files_processed":2}}]"#;
        let listed = snapshots(text).unwrap();
        assert_eq!((listed[0].label.as_str(), listed[0].size), ("/srv/a, /srv/b", None));
        assert_eq!(listed[0].time.to_string(), "2026-12-26T17:00:00.123456789Z");
        assert_eq!((listed[1].label.as_str(), listed[1].size), ("/etc", Some(300_006)));
        assert_eq!(snapshots("[]\n"), Some(vec![]));
        assert_eq!(snapshots("null\n"), Some(vec![]));
        for broken in ["", "[{\"time\":\"2026-", "{}", "[{}]"] {
            assert_eq!(snapshots(broken), None, "{broken}");
        }
    }

    #[test]
    fn the_id_of_a_repository() {
        let text =
            "{\n  \"version\": 2,\n  \"id\": \"5956a3\",\n  \"chunker_polynomial\": \"25b468838dcb75\"\n}\n";
        assert_eq!(repository_id(text).as_deref(), Some("5956a3"));
        assert_eq!((repository_id("{}"), repository_id("")), (None, None));
    }

    #[test]
    fn a_size() {
        assert_eq!(
            size("{\"total_size\":300006,\"total_file_count\":3,\"snapshots_count\":1}\n"),
            Some(300_006)
        );
        assert_eq!(size("{}"), None);
    }

    #[test]
    fn a_check_counts_only_where_data_was_read() {
        let good = "load indexes\n\nread all data\n[0:00] 100.00%  2 / 2 packs\n\nno errors were found\n";
        assert_eq!(check(&ended(0, good, "")), Check::Good("no errors were found".into()));
        let part = good.replace("read all data", "read 10.0% of data packs");
        assert_eq!(check(&ended(0, &part, "")), Check::Good("no errors were found".into()));
        let structure = good.replace("read all data", "check snapshots, trees and blobs");
        assert_eq!(check(&ended(0, &structure, "")), Check::Failed(Trouble::Unparsable("check")));
    }

    #[test]
    fn a_check_that_finds_damage() {
        let stderr = "Load(<data/13>, 300215, 0) returned error, retrying after 552ms: no such file\n\
                      Pack ID does not match, want 13f2, got 706f\nFatal: repository contains errors\n";
        let damaged = check(&ended(1, "read all data\n", stderr));
        assert_eq!(damaged, Check::Damaged("Pack ID does not match, want 13f2, got 706f".into()));
        let killed = Output { status: None, stdout: vec![], stderr: vec![] };
        assert!(matches!(check(&killed), Check::Failed(Trouble::Failed(_))));
    }

    #[test]
    fn troubles_are_told_apart() {
        let of = |status, stderr| trouble(&ended(status, "", stderr));
        assert_eq!(of(1, "Fatal: wrong password or no key found\n"), Trouble::WrongPassword);
        let none = "Fatal: unable to open config file: stat /x/config: no such file or directory\n\
                    Is there a repository at the following location?\n/x\n";
        assert_eq!(of(1, none), Trouble::NotThere);
        assert_eq!(of(1, "Fatal: an empty password is not a password\n"), Trouble::NoPassword);
        let locked =
            "unable to create lock in backend: repository is already locked by PID 356 on vm by root\n";
        assert_eq!(of(1, locked), Trouble::Locked);
        assert_eq!(
            [of(10, ""), of(11, ""), of(12, "")],
            [Trouble::NotThere, Trouble::Locked, Trouble::WrongPassword]
        );
        assert_eq!(of(1, "Fatal: 403 Forbidden\n"), Trouble::Failed("403 Forbidden".into()));
        let refused = "Fatal: unable to open config file: Head \"http://h/config\": dial tcp: connect: connection refused\n\
                       Is there a repository at the following location?\nrest:http://h/\n";
        assert!(matches!(of(1, refused), Trouble::Failed(said) if said.ends_with("connection refused")));
    }

    proptest! {
        #[test]
        fn any_output_is_read(text in any::<String>(), status in any::<Option<i32>>()) {
            snapshots(&text);
            size(&text);
            repository_id(&text);
            check(&Output { status, stdout: text.clone().into(), stderr: text.into() });
        }
    }
}
