//! What the store promises when things go wrong: killed at any instant, a full disk, a place that may not be written.
//! Each with the real program.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on should stop"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn rusuban(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rusuban"));
    command.env("HOME", data).env_remove("RUSUBAN_CONFIG").args(["--lang", "en", "--data-dir"]).arg(data);
    command
}

fn run(data: &Path, args: &[&str]) -> Output {
    rusuban(data).args(args).output().unwrap()
}

const ATTEST: [&str; 6] = ["attest", "before.contacts.a", "--by", "山田", "--statement", "checked"];

/// A shell that attests without end and prints each id after it was acknowledged; in a group of its own, so that one
/// kill takes the program wherever it is.
fn attest_without_end(data: &Path) -> std::process::Child {
    use std::os::unix::process::CommandExt;
    let script = r#"while :; do "$0" "$@" || exit 9; done"#;
    Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_rusuban"), "--json", "--data-dir"])
        .arg(data)
        .args(ATTEST)
        .env("HOME", data)
        .env_remove("RUSUBAN_CONFIG")
        .stdout(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

#[test]
fn killed_at_any_instant_no_acknowledged_write_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert!(run(&data, &ATTEST).status.success());
    let mut acknowledged = Vec::new();
    for round in 0..12_u64 {
        let mut child = attest_without_end(&data);
        let stdout = child.stdout.take().unwrap();
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            let ids =
                lines.filter_map(|line| line.trim().strip_prefix(r#""evidence": ""#).map(str::to_owned));
            ids.map(|rest| rest.trim_end_matches("\",").to_owned()).collect::<Vec<_>>()
        });
        // Another instant each round; the spread covers opening, writing, signing and closing.
        std::thread::sleep(Duration::from_millis(150 + round * 37));
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-KILL", "--", &group]).status().unwrap().success());
        child.wait().unwrap();
        acknowledged.extend(reader.join().unwrap());

        let verified = run(&data, &["verify-chain"]);
        assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    }
    assert!(acknowledged.len() > 12, "only {} writes were acknowledged", acknowledged.len());
    let listed = run(&data, &["evidence", "list", "--json"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    for id in &acknowledged {
        assert!(listed.contains(id.as_str()), "{id} was acknowledged and is gone");
    }
}

#[test]
fn a_changed_byte_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for _ in 0..3 {
        assert!(run(dir.path(), &ATTEST).status.success());
    }
    let sql = "update evidence set record = replace(record, 'checked', 'checkeD') where seq = 2";
    let changed = Command::new("sqlite3").arg(dir.path().join("rusuban.db")).arg(sql).status();
    assert!(changed.expect("sqlite3 is missing: run `cargo xtask test`, which installs it").success());
    let verified = run(dir.path(), &["verify-chain"]);
    assert_eq!(verified.status.code(), Some(1));
    let text = String::from_utf8(verified.stdout).unwrap();
    assert!(text.contains("record 2: its content was changed"), "{text}");
}

#[test]
fn a_full_disk_is_named_and_loses_nothing() {
    // A disk of its own: a small file system in memory, in a mount namespace that ends with the command.
    let dir = tempfile::tempdir().unwrap();
    let script = r#"
        mount -t tmpfs -o size=300k tmpfs "$1" || exit 99
        data="$1/data"; program="$2"; acknowledged=0
        while :; do
            "$program" --lang en --data-dir "$data" attest before.contacts.a --by 山田 --statement checked >/dev/null 2>"$1.err"
            code=$?
            [ $code -eq 0 ] || break
            acknowledged=$((acknowledged + 1))
            [ $acknowledged -lt 500 ] || exit 98
        done
        cat "$1.err"
        echo "code=$code acknowledged=$acknowledged"
        mount -o remount,size=8m tmpfs "$1"
        "$program" --lang en --data-dir "$data" verify-chain || exit 97
        "$program" --lang en --data-dir "$data" evidence list | wc -l
    "#;
    let mut command = Command::new("unshare");
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    command.args(if root { &["-m"][..] } else { &["-Urm"][..] });
    let output = command
        .args(["sh", "-c", script, "sh"])
        .arg(dir.path())
        .arg(env!("CARGO_BIN_EXE_rusuban"))
        .env("HOME", dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let _ = std::fs::remove_file(format!("{}.err", dir.path().display()));
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("the disk is full; nothing was written"), "{text}");
    assert!(text.contains("code=74"), "{text}");
    let acknowledged: usize =
        text.split("acknowledged=").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
    let kept: usize = text.lines().last().unwrap().trim().parse().unwrap();
    // A write whose acknowledgement could not be signed may be there as well: more is no loss.
    assert!(kept >= acknowledged && acknowledged > 0, "{text}");
}

#[test]
fn a_place_that_may_not_be_written_is_named() {
    let output = run(Path::new("/proc/rusuban"), &ATTEST);
    assert_eq!(output.status.code(), Some(74));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("/proc/rusuban") && text.contains("--data-dir"), "{text}");
}
