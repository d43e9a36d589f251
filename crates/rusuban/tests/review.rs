//! `rusuban review` as a person and as a machine use it: the real program on good, broken and hostile files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on should stop"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const LINE: &str =
    "2026-12-27T03:04:05+09:00 srv1 sshd[12]: Accepted password for taro from 198.51.100.7 port 50022 ssh2\n";

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rusuban"))
        .arg("review")
        .args(args)
        .env("HOME", dir)
        .env("RUSUBAN_LANG", "en")
        .env_remove("RUSUBAN_CONFIG")
        .current_dir(dir)
        .output()
        .unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The report of a review of `logs` in a folder.
fn review(logs: &[(&str, &[u8])], args: &[&str]) -> (Output, Value) {
    let dir = tempfile::tempdir().unwrap();
    let folder = folder(dir.path(), logs);
    let mut all = vec!["--json"];
    all.extend(args);
    let folder = folder.display().to_string();
    all.push(&folder);
    let output = run(dir.path(), &all);
    let value = report(&output);
    (output, value)
}

fn folder(dir: &Path, logs: &[(&str, &[u8])]) -> PathBuf {
    let folder = dir.join("logs");
    std::fs::create_dir(&folder).unwrap();
    for (name, bytes) in logs {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

fn files(report: &Value) -> Vec<(String, u64, u64)> {
    let files = report["coverage"]["files"].as_array().unwrap();
    let number = |f: &Value, name: &str| f[name].as_u64().unwrap();
    let name = |f: &Value| f["file"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    files.iter().map(|f| (name(f), number(f, "events"), number(f, "unparsed"))).collect()
}

#[test]
fn a_line_as_it_was_understood() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), &[("a.log", LINE.as_bytes())]);
    let output = run(dir.path(), &["--parse", "logs/a.log"]);
    assert_eq!(output.status.code(), Some(0));
    let event: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(event["@timestamp"], "2026-12-26T18:04:05.000000Z");
    assert_eq!(event["user"]["name"], "taro");
    assert_eq!(event["source"]["ip"], "198.51.100.7");
    assert_eq!(event["event"]["outcome"], "success");
    assert_eq!(event["event"]["original"], LINE.trim_end());
    assert_eq!(event["log"]["file"]["path"], "logs/a.log");
    assert_eq!(event["log"]["offset"], 0);
}

#[test]
fn standard_input_and_lines_that_nobody_knows() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_rusuban"))
        .args(["review", "--parse", "-"])
        .env("HOME", dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{LINE}what is this\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1]["error"]["type"], "unparsed");
    assert_eq!(lines[1]["event"]["original"], "what is this");
}

#[test]
fn a_person_reads_no_control_characters() {
    let dir = tempfile::tempdir().unwrap();
    let logs = folder(dir.path(), &[("a.log", LINE.as_bytes())]);
    std::fs::write(logs.join("\u{1b}[31mred"), [7; 4096]).unwrap();
    let output = run(dir.path(), &["logs"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains('\u{1b}'), "{text}");
    assert!(text.lines().next().unwrap().contains("Log review:"), "{text}");
    // The program's own colours are no foreign bytes to be spelled out.
    assert!(!text.lines().next().unwrap().contains("U+001B"), "{text}");
    let output = run(dir.path(), &["--parse", "logs"]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!error.contains('\u{1b}') && error.contains("U+001B"), "{error}");
}

#[test]
fn hostile_files_are_named_and_the_rest_is_read() {
    let mut long = b"<14>Dec 27 03:04:05 h a: ".to_vec();
    long.extend(std::iter::repeat_n(b'x', 8 << 20));
    long.extend_from_slice(format!("\n{LINE}").as_bytes());
    let mut nul = LINE.as_bytes().to_vec();
    nul.extend_from_slice(&[0; 20]);
    nul.extend_from_slice(format!("\n{LINE}").as_bytes());
    let mut cut = b"ElfFile\0".to_vec();
    cut.extend_from_slice(&[0xff; 5000]);
    let (output, report) = review(
        &[
            ("1-good.log", LINE.as_bytes()),
            ("2-long.log", &long),
            ("3-nul.log", &nul),
            ("4-cut.evtx", &cut),
            ("5-empty.log", b""),
            ("6-binary", &[7; 4096]),
            ("7-good.log", LINE.as_bytes()),
        ],
        &["--no-own-rules"],
    );
    assert_eq!(output.status.code(), Some(2));
    let files = files(&report);
    let of = |name: &str| files.iter().find(|f| f.0 == name).unwrap_or_else(|| panic!("{name}: {files:?}"));
    assert_eq!(of("1-good.log"), &("1-good.log".to_owned(), 1, 0));
    assert_eq!(of("2-long.log"), &("2-long.log".to_owned(), 1, 1));
    assert_eq!(of("3-nul.log").1, 2);
    assert!(of("4-cut.evtx").2 > 0);
    assert_eq!(of("7-good.log").1, 1);
    let errors = report["errors"].to_string();
    assert!(errors.contains("5-empty.log") && errors.contains("6-binary"), "{errors}");
}

#[test]
fn a_rule_that_is_wrong_is_named_with_its_line_and_the_others_work() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), &[("a.log", LINE.as_bytes())]);
    let rules = dir.path().join("rules");
    std::fs::create_dir(&rules).unwrap();
    let rule = |id: &str, detection: &str| {
        format!(
            "title: T\nid: {id}\nlogsource:\n  product: linux\ndetection:\n{detection}  condition: sel\nlevel: high\n"
        )
    };
    let good = rule("5f0d1c4e-0000-4000-8000-000000000001", "  sel:\n    user.name: taro\n");
    let wrong = rule("5f0d1c4e-0000-4000-8000-000000000002", "  sel:\n    user.name|nonsense: taro\n");
    std::fs::write(rules.join("good.yml"), good).unwrap();
    std::fs::write(rules.join("wrong.yml"), wrong).unwrap();
    let output = run(dir.path(), &["--json", "--rules", "rules", "--no-own-rules", "logs"]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(report["findings"][0]["rule_id"], "5f0d1c4e-0000-4000-8000-000000000001");
    assert_eq!(report["findings"][0]["count"], 1);
    assert_eq!(report["findings"][0]["events"][0]["offset"], 0);
    let error = &report["errors"][0];
    assert!(error["file"].as_str().unwrap().ends_with("wrong.yml"));
    assert_eq!(error["line"], 7, "{error}");
    assert_eq!(report["cases"].as_array().unwrap().len(), 1);
}

#[test]
fn lists_that_are_wrong_are_named_whole_and_nothing_is_reviewed() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), &[("a.log", LINE.as_bytes())]);
    let lists = dir.path().join("lists");
    std::fs::create_dir(&lists).unwrap();
    std::fs::write(
        lists.join("roster.csv"),
        "当番,開始,終了\ntaro,いつか,2026-12-28\n,2026-12-27,2026-12-28\n",
    )
    .unwrap();
    let output = run(dir.path(), &["--closure", "2026-12-26..2027-01-04", "--lists", "lists", "logs"]);
    assert_eq!(output.status.code(), Some(65));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("roster.csv:2") && error.contains("roster.csv:3"), "{error}");
}

#[test]
fn the_result_does_not_depend_on_how_the_work_was_shared() {
    let line = |n: u32| {
        let (minute, second, from) = (n / 60 % 60, n % 60, n % 250);
        format!(
            "Dec 27 03:{minute:02}:{second:02} srv1 sshd[1]: Failed password for root from 198.51.100.{from} port 22 ssh2"
        )
    };
    let many: Vec<String> = (0..10_000).map(line).collect();
    let many = many.join("\n");
    let logs: Vec<(String, Vec<u8>)> =
        (0..6).map(|n| (format!("{n}.log"), many.clone().into_bytes())).collect();
    let logs: Vec<(&str, &[u8])> = logs.iter().map(|(n, b)| (n.as_str(), b.as_slice())).collect();
    let once = |_| {
        let (_, mut report) = review(&logs, &["--closure", "2026-12-26..2027-01-04"]);
        report["made_at"] = Value::Null;
        let text = report.to_string();
        // The folder's own name differs.
        let at = text.find("/logs/").unwrap();
        let start = text[..at].rfind('"').unwrap() + 1;
        text.replace(&text[start..at], "")
    };
    let texts: Vec<String> = (0..3).map(once).collect();
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_review_makes_no_store_and_says_what_it_did_without() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), &[("a.log", LINE.as_bytes())]);
    let output = run(dir.path(), &["--closure", "2026-12-26..2027-01-04", "logs"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("there is no store"), "{text}");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "only the logs are there");
    let output = run(dir.path(), &["--closure", "2026-12-26", "logs"]);
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no store that knows ids"));
}

/// Runs the program itself in a house that has a store.
fn rusuban(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rusuban"))
        .args(args)
        .env("HOME", dir)
        .env("RUSUBAN_LANG", "en")
        .env("RUSUBAN_DATA_DIR", dir.join("data"))
        .env_remove("RUSUBAN_CONFIG")
        .env_remove("XDG_DATA_HOME")
        .current_dir(dir)
        .output()
        .unwrap()
}

#[test]
fn from_a_review_to_a_decision_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path(), &[("a.log", LINE.as_bytes())]);
    let rusuban = |args: &[&str]| rusuban(dir.path(), args);
    let days = ["--first", "2026-12-26", "--last", "2027-01-04"];
    let added = rusuban(&[&["closure", "add", "--name", "x"], &days[..]].concat());
    assert_eq!(added.status.code(), Some(0), "{}", String::from_utf8_lossy(&added.stderr));

    let review =
        ["review", "--closure", "2026-12-26", "--output", "review.json", "--csv", "review.csv", "logs"];
    let text = String::from_utf8(rusuban(&review).stdout).unwrap();
    assert!(text.contains("kept as evidence: ") && text.contains("Not judged yet"), "{text}");
    let listed = rusuban(&["case", "list", "--closure", "2026-12-26", "--json"]);
    assert_eq!(listed.status.code(), Some(1));
    let listed = report(&listed);
    let id = listed["cases"][0]["id"].as_str().unwrap().to_owned();

    let decide = ["case", "decide", "review.json", &id, "--benign", "--reason", "確認した", "--by", "山田"];
    let tried = rusuban(&[&decide[..], &["--dry-run"]].concat());
    assert!(String::from_utf8_lossy(&tried.stdout).contains("nothing was recorded"));
    assert_eq!(rusuban(&["case", "list", "--closure", "2026-12-26"]).status.code(), Some(1));
    let decided = report(&rusuban(&[&decide[..], &["--json"]].concat()));
    assert_eq!((&decided["compared"], decided["recorded"].is_string()), (&Value::Bool(true), true));
    let listed = rusuban(&["case", "list", "--closure", "2026-12-26"]);
    assert_eq!(listed.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&listed.stdout).contains("remembered for later closures until"));

    let text = String::from_utf8(rusuban(&review).stdout).unwrap();
    assert!(text.contains("Benign: 確認した (山田)"), "{text}");
    assert!(std::fs::read_to_string(dir.path().join("review.csv")).unwrap().contains("確認した"));
    let chain = rusuban(&["verify-chain", "--json"]);
    assert_eq!(chain.status.code(), Some(0));

    let records = report(&chain)["records"].clone();
    let quiet = rusuban(&["review", "--no-record", "--closure", "2026-12-26..2027-01-04", "logs"]);
    let text = String::from_utf8(quiet.stdout).unwrap();
    assert!(text.contains("--no-record") && text.contains("Benign"), "{text}");
    let text = String::from_utf8(rusuban(&["review", "--no-store", "logs"]).stdout).unwrap();
    assert!(text.contains("there is no store") && text.contains("Not judged yet"), "{text}");
    assert_eq!(report(&rusuban(&["verify-chain", "--json"]))["records"], records);

    let wrong = rusuban(&[
        "case",
        "decide",
        "nothing",
        "--benign",
        "--by",
        "x",
        "--reason",
        "y",
        "--closure",
        "2026-12-26",
    ]);
    assert_eq!(wrong.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains(&id));
}

#[test]
fn fields_of_an_unknown_format_are_read_as_configured() {
    let dir = tempfile::tempdir().unwrap();
    let line = r#"{"kind":"door","who":"taro","at":{"ip":"203.0.113.9","time":"30.12.2026 15:00:00"}}"#;
    folder(dir.path(), &[("door.json", format!("{line}\n").as_bytes())]);
    let config = "[[log_mapping]]\nsource = \"Door\"\ntime = \"at.time\"\ntime_format = \"%d.%m.%Y %H:%M:%S\"\n\
        [log_mapping.when]\nkind = \"door\"\n[log_mapping.fields]\nwho = \"user.name\"\n\"at.ip\" = \"source.ip\"\n";
    std::fs::write(dir.path().join("rusuban.toml"), config).unwrap();
    let output = run(dir.path(), &["--config", "rusuban.toml", "--parse", "--zone", "UTC", "logs"]);
    let event: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&event["user"]["name"], &event["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
    assert_eq!(
        (&event["event"]["provider"], &event["@timestamp"]),
        (&"Door".into(), &"2026-12-30T15:00:00.000000Z".into())
    );
    std::fs::write(dir.path().join("rusuban.toml"), config.replace("user.name", "user.nmae")).unwrap();
    let output = run(dir.path(), &["--config", "rusuban.toml", "logs"]);
    assert_eq!(output.status.code(), Some(78));
    assert!(String::from_utf8_lossy(&output.stderr).contains("rusuban.toml:8"));
}
