//! Hashes that mkpasswd and openssl make, and long lists of common passwords.

use std::path::PathBuf;
use std::time::Duration;

use rusuban_core::world::Port;
use rusuban_core::world::password_audit::{AuditOutcome, PasswordAuditFacts};
use rusuban_probes::password_audit::PasswordAuditProbe;

use crate::tree::{Tree, run};

const LONG: Duration = Duration::from_mins(10);

fn probe(tree: &Tree) -> PasswordAuditProbe {
    PasswordAuditProbe { host: tree.host(), budget: LONG, ..PasswordAuditProbe::default() }
}

fn mkpasswd(method: &str, rounds: &str, password: &str) -> String {
    let args =
        if rounds.is_empty() { vec!["-s", "-m", method] } else { vec!["-s", "-m", method, "-R", rounds] };
    run("mkpasswd", &args, password).trim().to_owned()
}

fn openssl(kind: &str, password: &str) -> String {
    run("openssl", &["passwd", kind, "-stdin"], password).trim().to_owned()
}

fn outcomes(facts: &PasswordAuditFacts) -> Vec<(&str, &str, &AuditOutcome)> {
    facts.accounts.iter().map(|a| (a.name.as_str(), a.scheme.as_str(), &a.outcome)).collect()
}

/// One account a kind, named by it, with a password of the list and one of none.
fn hashes(password: &str) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("bcrypt", "bcrypt", mkpasswd("bcrypt", "5", password)),
        ("bcrypt-a", "bcrypt", mkpasswd("bcrypt-a", "5", password)),
        ("md5", "md5crypt", openssl("-1", password)),
        ("md5-mk", "md5crypt", mkpasswd("md5crypt", "", password)),
        ("sha256", "sha256crypt", openssl("-5", password)),
        ("sha512", "sha512crypt", openssl("-6", password)),
        ("sha512-mk", "sha512crypt", mkpasswd("sha512crypt", "1000", password)),
        ("yescrypt", "yescrypt", mkpasswd("yescrypt", "1", password)),
    ]
}

#[tokio::test]
async fn hashes_of_every_kind_are_judged_by_the_list() {
    for (password, expected) in [("root123", true), ("Vq7-kirin zzz 8", false)] {
        let tree = Tree::new();
        let mut made = hashes(password);
        if expected {
            // At its usual cost this kind takes too long for the whole list.
            made.push(("yescrypt-d", "yescrypt", mkpasswd("yescrypt", "", password)));
        }
        for (name, _, hash) in &made {
            tree.account(name, hash);
        }
        let facts = probe(&tree).look().await.unwrap();
        assert_eq!((facts.accounts.len(), facts.locked), (made.len(), 1));
        for ((name, scheme, outcome), (wanted, kind, _)) in outcomes(&facts).into_iter().zip(&made) {
            assert_eq!((name, scheme), (*wanted, *kind));
            match outcome {
                AuditOutcome::Common => assert!(expected, "{name}"),
                AuditOutcome::NotInList { tried } => {
                    assert!(!expected && *tried >= facts.list.passwords, "{name}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn kinds_that_cannot_be_tried_are_told() {
    let tree = Tree::new();
    for method in ["bsdicrypt", "descrypt", "gost-yescrypt", "nt", "scrypt", "sunmd5"] {
        tree.account(method, &mkpasswd(method, "", "himitsu"));
    }
    let facts = probe(&tree).look().await.unwrap();
    for (name, scheme, outcome) in outcomes(&facts) {
        assert_eq!((name, outcome), (scheme, &AuditOutcome::Unsupported));
    }
    assert_eq!(facts.accounts.len(), 6);
}

#[tokio::test]
async fn names_are_tried_as_passwords() {
    let tree = Tree::new();
    tree.write("etc/hostname", "fs01.example.jp\n");
    for (name, password) in
        [("tanaka", "tanaka123"), ("suzuki", "ikuzus"), ("ito", "Fs01@123"), ("mori", "yakuba2Rusu1")]
    {
        tree.account(name, &mkpasswd("md5crypt", "", password));
    }
    tree.append("etc/passwd", "abe:x:1000:1000:Hanako Abe,,,:/home/abe:/bin/bash");
    tree.append("etc/shadow", &format!("abe:{}:20228::::::", mkpasswd("md5crypt", "", "hanako1")));
    let mut probe = probe(&tree);
    probe.words = vec!["yakuba2rusu".into()];
    let facts = probe.look().await.unwrap();
    let missed: Vec<&str> =
        outcomes(&facts).iter().filter(|(_, _, o)| **o != AuditOutcome::Common).map(|(n, _, _)| *n).collect();
    assert_eq!(missed, ["mori"], "only what nothing is derived from may be missed");
}

#[tokio::test]
async fn neither_hashes_nor_passwords_stand_in_the_facts() {
    let tree = Tree::new();
    let secrets = ["himitsu", "Vq7-kirin zzz 8", "qwertyuiop"];
    let mut hidden: Vec<String> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    for (place, secret) in secrets.iter().enumerate() {
        let hash = mkpasswd("sha512crypt", "1000", secret);
        tree.account(&format!("user{place}"), &hash);
        hidden.extend(hash.split('$').skip(3).map(str::to_owned));
    }
    tree.append("etc/passwd", &format!("open:{}:1009:1009::/:/bin/sh", mkpasswd("md5crypt", "", "himitsu")));
    let facts = probe(&tree).look().await.unwrap();
    let text = format!("{} {facts:?}", serde_json::to_string(&facts).unwrap());
    for secret in &hidden {
        assert!(!text.contains(secret), "{secret} stands in {text}");
    }
    assert!(!text.contains('$'), "{text}");
    let open = &facts.accounts[0];
    assert_eq!(
        (open.name.as_str(), open.readable_by_all, &open.outcome),
        ("open", true, &AuditOutcome::Common)
    );
    // Nor how many were tried until it was found: that would be its place in the list.
    assert_eq!(serde_json::to_value(&open.outcome).unwrap(), serde_json::json!("common"));
    let accounts = rusuban_probes::accounts::AccountProbe { host: tree.host() }.look().await.unwrap();
    let text = format!("{} {accounts:?}", serde_json::to_string(&accounts).unwrap());
    for secret in hidden.iter().filter(|secret| secret.len() > 8) {
        assert!(!text.contains(secret), "{secret} stands in {text}");
    }
}

#[tokio::test]
async fn a_budget_that_is_too_short_leaves_nobody_judged_strong() {
    let tree = Tree::new();
    let hash = mkpasswd("yescrypt", "", "Vq7-kirin zzz 8");
    for name in ["a", "b", "c"] {
        tree.account(name, &hash);
    }
    tree.account("guest", "");
    let mut probe = probe(&tree);
    probe.budget = Duration::from_millis(300);
    let facts = probe.look().await.unwrap();
    for (name, _, outcome) in outcomes(&facts) {
        match outcome {
            AuditOutcome::NotFinished { tried, of } => assert!(tried < of && *of > facts.list.passwords),
            AuditOutcome::Empty => assert_eq!(name, "guest"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(facts.budget_ms, 300);
}

fn corpus(name: &str) -> PathBuf {
    let root = std::env::var_os("RUSUBAN_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let path = root.join("passwords").join(name);
    assert!(path.is_file(), "{} is missing; set RUSUBAN_CORPUS to the folder that holds it", path.display());
    path
}

/// Lines of a list that are spread over all of it, and those that every list has.
fn sample(text: &str, places: &[usize]) -> Vec<String> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let mut sample: Vec<String> =
        places.iter().map(|place| lines[place * (lines.len() - 1) / 1000].to_owned()).collect();
    sample.extend(["123456", "password", "qwerty"].map(str::to_owned));
    sample
}

async fn every_line_is_found(name: &str, places: &[usize]) {
    let path = corpus(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let tree = Tree::new();
    let lines = sample(&text, places);
    for (place, line) in lines.iter().enumerate() {
        tree.account(&format!("u{place:03}"), &mkpasswd("sha512crypt", "1000", line));
    }
    let mut probe = probe(&tree);
    probe.list = Some(path);
    let facts = probe.look().await.unwrap();
    assert!(facts.list_unread.is_none() && facts.list.passwords >= text.lines().count() as u64 - 1);
    let missed: Vec<&str> = facts
        .accounts
        .iter()
        .zip(&lines)
        .filter(|(account, _)| account.outcome != AuditOutcome::Common)
        .map(|(_, line)| line.as_str())
        .collect();
    assert_eq!((missed, facts.accounts.len()), (vec![], lines.len()));
}

#[tokio::test]
async fn a_thousand_common_passwords_are_found() {
    let places: Vec<usize> = (0..=1000).step_by(100).collect();
    every_line_is_found("top-1000.txt", &places).await;
}

#[tokio::test]
async fn twenty_thousand_common_passwords_are_found() {
    every_line_is_found("common-passwords-20k.txt", &[0, 5, 60, 250, 1000]).await;
}
