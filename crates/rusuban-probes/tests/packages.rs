//! The package probe against real package managers: the one of this machine, and others on self-made repositories.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::process::Command;

use rusuban_core::model::verdict::Seen;
use rusuban_core::world::Port;
use rusuban_core::world::packages::{Lists, Manager, PackageFacts};
use rusuban_probes::packages::PackageProbe;

/// What apt itself lists: name (with a foreign architecture) to candidate and installed version.
fn apt_list() -> BTreeMap<String, (String, String)> {
    let output =
        Command::new("apt").env("LC_ALL", "C.UTF-8").args(["list", "--upgradable"]).output().unwrap();
    let native = Command::new("dpkg").arg("--print-architecture").output().unwrap();
    let native = String::from_utf8(native.stdout).unwrap().trim().to_owned();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .filter(|line| line.contains("[upgradable from:"))
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = words[0].split('/').next().unwrap();
            let name = if words[2] == native || words[2] == "all" {
                name.to_owned()
            } else {
                format!("{name}:{}", words[2])
            };
            (name, (words[1].to_owned(), words[5].trim_end_matches(']').to_owned()))
        })
        .collect()
}

fn pending(facts: &PackageFacts) -> BTreeMap<String, (String, String)> {
    facts
        .pending
        .iter()
        .map(|update| (update.name.clone(), (update.candidate.clone(), update.installed.clone())))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machine_has_just_the_updates_that_apt_lists() {
    // Somebody may install packages meanwhile; what apt says before and after must then be the same once.
    for _ in 0..5 {
        let before = apt_list();
        let facts = PackageProbe { offline: true, ..PackageProbe::default() }.look().await.unwrap();
        if before != apt_list() {
            continue;
        }
        assert_eq!(pending(&facts), before);
        assert_eq!(facts.manager, Manager::Apt);
        assert!(facts.installed.unwrap() > 100);
        let Seen::Known(Lists::Copies(sources)) = &facts.lists else { panic!("{:?}", facts.lists) };
        assert!(sources.iter().all(|source| source.release.known().is_some()), "{sources:?}");
        println!("{}", serde_json::to_string_pretty(&facts).unwrap());
        return;
    }
    panic!("packages were installed or removed all the time");
}
