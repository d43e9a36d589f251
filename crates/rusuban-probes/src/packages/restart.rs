//! Looks whether code from before an update still runs: a pending restart, an older kernel, programs whose files have
//! been replaced on disk. Knows nothing of package managers.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::packages::{Kernel, KernelBuild, OutdatedProgram, Programs, Restart};

use crate::host::Host;
use crate::printable::printable;

/// Looks at one machine. `version_of` gives the version of an installed package.
///
/// # Errors
/// There is no running system to look at, or it cannot be read.
pub fn look(host: &Host, version_of: impl Fn(&str) -> Option<String>) -> Result<Restart, Unknown> {
    let Some(running) = host.read_text("/proc/sys/kernel/osrelease")? else { return Err(nothing_runs()) };
    let (asked, packages) = asked(host)?;
    Ok(Restart {
        asked,
        packages,
        kernel: Some(kernel(host, running.trim(), version_of)?),
        programs: Some(programs(host)),
    })
}

fn nothing_runs() -> Unknown {
    Unknown::new(
        UnknownCode::WrongVantage,
        "/proc",
        Text::new("動作中のシステムを見られません", "there is no running system to look at"),
        Text::new("その端末の上で実行してください", "run it on the machine itself"),
    )
}

/// Whether the system asks for a restart: Debian and Ubuntu by the first file, SUSE by the last.
fn asked(host: &Host) -> Result<(bool, Vec<String>), Unknown> {
    let mut asked = false;
    for path in ["/run/reboot-required", "/var/run/reboot-required", "/run/reboot-needed"] {
        asked |= host.path(path).exists();
    }
    let mut packages: Vec<String> = host
        .read_text("/run/reboot-required.pkgs")?
        .unwrap_or_default()
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect();
    packages.sort();
    packages.dedup();
    Ok((asked, packages))
}

fn kernel(
    host: &Host,
    running: &str,
    version_of: impl Fn(&str) -> Option<String>,
) -> Result<Kernel, Unknown> {
    let installed = installed_kernels(host);
    let mut newer: Vec<String> = installed
        .iter()
        .filter(|one| flavour(one) == flavour(running) && compare_releases(one, running) == Ordering::Greater)
        .cloned()
        .collect();
    newer.sort_by(|a, b| compare_releases(b, a));
    let container = ["/run/systemd/container", "/.dockerenv", "/run/.containerenv"]
        .iter()
        .any(|path| host.path(path).exists());
    let words = [host.read_text("/proc/version_signature")?, host.read_text("/proc/version")?];
    let words = words.into_iter().flatten().next().unwrap_or_default();
    let build = version_of(&format!("linux-image-{running}")).and_then(|version| build(&words, version));
    Ok(Kernel { running: running.to_owned(), local: !installed.is_empty(), newer, build, container })
}

/// Releases of the kernels that lie on the machine, by the names of their files.
fn installed_kernels(host: &Host) -> Vec<String> {
    let mut releases: Vec<String> = names(host, "/boot")
        .iter()
        .filter_map(|name| name.strip_prefix("vmlinuz-").map(str::to_owned))
        .collect();
    for name in names(host, "/lib/modules") {
        if host.path(&format!("/lib/modules/{name}/vmlinuz")).exists() {
            releases.push(name);
        }
    }
    releases.retain(|name| name.starts_with(|c: char| c.is_ascii_digit()));
    releases.sort();
    releases.dedup();
    releases
}

/// Names in a directory; none where it is not there or cannot be read.
pub fn names(host: &Host, path: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(host.path(path)) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Whether the running kernel names the version of the package, where it names one at all: Debian in `/proc/version`
/// (`… #1 SMP PREEMPT_DYNAMIC Debian 6.1.137-1 (2025-05-07)`), Ubuntu in `/proc/version_signature`
/// (`Ubuntu 6.8.0-45.45-generic 6.8.12`).
fn build(words: &str, installed: String) -> Option<KernelBuild> {
    // What stands before the number sign is about the compiler.
    let own = words.split_once('#').map_or(words, |(_, own)| own);
    let mut words = own.split_whitespace().skip_while(|word| !matches!(*word, "Debian" | "Ubuntu"));
    let named = words.nth(1)?;
    let running = named == installed || named.starts_with(&format!("{installed}-"));
    Some(KernelBuild { installed, running })
}

/// The words in a release, by which kernels of one kind are known: `6.1.0-35-cloud-amd64` has `cloud` and `amd`.
fn flavour(release: &str) -> Vec<&str> {
    release.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty()).collect()
}

/// Compares releases part by part: numbers by their value; a number counts as newer than a word, as in rpm.
fn compare_releases(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| -> Vec<(bool, u64, String)> {
        let mut parts: Vec<(bool, u64, String)> = Vec::new();
        for run in runs(text) {
            match run.parse() {
                Ok(number) => parts.push((true, number, String::new())),
                Err(_) => parts.push((false, 0, run)),
            }
        }
        parts
    };
    parts(a).cmp(&parts(b))
}

/// Runs of digits and runs of letters; all else only divides them.
fn runs(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut last = None;
    for c in text.chars() {
        let kind = (c.is_ascii_digit(), c.is_ascii_alphabetic());
        if kind == (false, false) {
            last = None;
            continue;
        }
        match runs.last_mut().filter(|_| last == Some(kind)) {
            Some(run) => run.push(c),
            None => runs.push(c.to_string()),
        }
        last = Some(kind);
    }
    runs
}

/// Looks through all processes for files that they run and that are no longer on disk.
fn programs(host: &Host) -> Programs {
    let mut programs = Programs::default();
    let mut outdated: BTreeMap<(String, String), u64> = BTreeMap::new();
    for pid in names(host, "/proc").iter().filter(|name| name.bytes().all(|b| b.is_ascii_digit())) {
        match host.read_text(&format!("/proc/{pid}/maps")) {
            Ok(Some(maps)) => {
                programs.seen += 1;
                if let Some(file) = replaced_file(&maps) {
                    let name =
                        host.read_text(&format!("/proc/{pid}/comm")).ok().flatten().unwrap_or_default();
                    *outdated.entry((printable(name.trim()), printable(file))).or_default() += 1;
                }
            }
            // One that has ended meanwhile is none.
            _ => programs.unreadable += u64::from(host.path(&format!("/proc/{pid}")).exists()),
        }
    }
    programs.outdated = by_name(outdated);
    programs
}

fn by_name(found: BTreeMap<(String, String), u64>) -> Vec<OutdatedProgram> {
    let mut programs: Vec<OutdatedProgram> = Vec::new();
    for ((name, file), processes) in found {
        match programs.last_mut().filter(|last| last.name == name) {
            Some(last) => last.processes += processes,
            None => programs.push(OutdatedProgram { name, file, processes }),
        }
    }
    programs
}

/// The first file in `/proc/PID/maps` that is run, belongs to the system and has been replaced or removed. See
/// proc_pid_maps(5).
fn replaced_file(maps: &str) -> Option<&str> {
    maps.lines().find_map(|line| {
        let file = line.strip_suffix(" (deleted)")?;
        let mut words = file.split_whitespace();
        let runs = words.nth(1).is_some_and(|rights| rights.contains('x'));
        let at = file.find('/')?;
        let path = file.get(at..)?;
        let system =
            ["/usr/", "/lib", "/bin/", "/sbin/", "/opt/"].iter().any(|start| path.starts_with(start));
        (runs && system).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fixture::tree;
    use proptest::prelude::*;

    #[test]
    fn a_debian_machine_that_waits_for_its_restart_is_seen() {
        let (_dir, host) = tree(&[
            ("/proc/sys/kernel/osrelease", "6.1.0-35-amd64\n"),
            (
                "/proc/version",
                "Linux version 6.1.0-35-amd64 (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0) #1 SMP PREEMPT_DYNAMIC Debian 6.1.137-1 (2025-05-07)\n",
            ),
            ("/boot/vmlinuz-6.1.0-35-amd64", ""),
            ("/boot/vmlinuz-6.1.0-9-amd64", ""),
            ("/boot/vmlinuz-6.1.0-40-amd64", ""),
            ("/boot/vmlinuz-6.1.0-41-cloud-amd64", ""),
            ("/run/reboot-required", "*** System restart required ***\n"),
            ("/run/reboot-required.pkgs", "linux-base\nlibc6\nlibc6\n"),
            (
                "/proc/12/maps",
                "7f00-7f01 r-xp 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n",
            ),
            ("/proc/12/comm", "sshd\n"),
            (
                "/proc/13/maps",
                "7f00-7f01 r--p 00000000 08:01 12 /usr/lib/locale/x (deleted)\n7f00-7f01 rw-s 0 00:01 9 /memfd:x (deleted)\n",
            ),
            ("/proc/13/comm", "quiet\n"),
        ]);
        let restart =
            look(&host, |name| (name == "linux-image-6.1.0-35-amd64").then(|| "6.1.140-1".to_owned()))
                .unwrap();
        insta::assert_json_snapshot!(restart, @r#"
        {
          "asked": true,
          "packages": [
            "libc6",
            "linux-base"
          ],
          "kernel": {
            "running": "6.1.0-35-amd64",
            "local": true,
            "newer": [
              "6.1.0-40-amd64"
            ],
            "build": {
              "installed": "6.1.140-1",
              "running": false
            },
            "container": false
          },
          "programs": {
            "seen": 2,
            "unreadable": 0,
            "outdated": [
              {
                "name": "sshd",
                "file": "/usr/lib/x86_64-linux-gnu/libssl.so.3",
                "processes": 1
              }
            ]
          }
        }
        "#);
    }

    #[test]
    fn the_running_build_is_told_from_the_installed_one() {
        let ubuntu = "Ubuntu 6.8.0-45.45-generic 6.8.12\n";
        assert!(build(ubuntu, "6.8.0-45.45".to_owned()).unwrap().running);
        assert!(!build(ubuntu, "6.8.0-45.46".to_owned()).unwrap().running);
        assert_eq!(build("Linux version 6.18.44-fc (gcc) #1 SMP", "1".to_owned()), None);
    }

    #[test]
    fn releases_are_compared_by_their_numbers() {
        for (older, newer) in [
            ("6.1.0-9-amd64", "6.1.0-35-amd64"),
            ("5.14.0-427.el9.x86_64", "5.14.0-427.13.1.el9_4.x86_64"),
            ("6.5.6-300.fc39.x86_64", "6.6.2-201.fc39.x86_64"),
            ("5.14.21-150500.55.7-default", "5.14.21-150500.55.68-default"),
        ] {
            assert_eq!(compare_releases(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(flavour(older), flavour(newer), "{older} {newer}");
        }
    }

    #[test]
    fn a_tree_in_which_nothing_runs_is_no_machine_at_rest() {
        let (_dir, host) = tree(&[]);
        assert_eq!(look(&host, |_| None).unwrap_err().code, UnknownCode::WrongVantage);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", other in ".{0,200}") {
            let _ = (replaced_file(&text), compare_releases(&text, &other), flavour(&text), build(&text, other));
        }
    }
}
