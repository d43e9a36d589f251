//! The package probe against real package managers: apt of this machine, and apt, dnf and zypper on trees and
//! repositories that the tests make. Nothing is fetched from anywhere.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::packages::{Lists, Manager, PackageFacts, Source, Update, UpdateKind};
use rusuban_probes::host::Host;
use rusuban_probes::packages::PackageProbe;
use tempfile::TempDir;

/// Runs a program that the test needs, and fails with how to get it where it is not installed.
fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .env("LC_ALL", "C.UTF-8")
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}; run `cargo xtask test`, which installs it"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

async fn look(root: &Path) -> PackageFacts {
    PackageProbe { host: Host::at(root), offline: true }.look().await.unwrap()
}

fn sources(facts: &PackageFacts) -> &[Source] {
    match &facts.lists {
        Seen::Known(Lists::Copies(sources)) => sources,
        other => panic!("{other:?}"),
    }
}

/// Name, new version and kind of each update, by name.
fn kinds(updates: &[Update]) -> Vec<(&str, &str, UpdateKind)> {
    let mut kinds: Vec<_> =
        updates.iter().map(|one| (one.name.as_str(), one.candidate.as_str(), one.kind)).collect();
    kinds.sort_unstable();
    kinds
}

/// What apt itself lists: name (with a foreign architecture) to candidate and installed version.
fn apt_list(options: &[&str]) -> BTreeMap<String, (String, String)> {
    let native = run("dpkg", &["--print-architecture"]).trim().to_owned();
    let text = run("apt", &[options, &["list", "--upgradable"]].concat());
    let lines = text.lines().filter(|line| line.contains("[upgradable from:"));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let plain = words[0].split('/').next().unwrap();
            let foreign = words[2] != native && words[2] != "all";
            let name = if foreign { format!("{plain}:{}", words[2]) } else { plain.to_owned() };
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
        let before = apt_list(&[]);
        let facts = PackageProbe { offline: true, ..PackageProbe::default() }.look().await.unwrap();
        if before != apt_list(&[]) {
            continue;
        }
        assert_eq!(pending(&facts), before);
        assert_eq!(facts.manager, Manager::Apt);
        assert!(facts.installed.unwrap() > 50, "{:?}", facts.installed);
        assert!(!sources(&facts).is_empty());
        assert!(matches!(facts.restart, Some(Seen::Known(_))), "{:?}", facts.restart);
        return;
    }
    panic!("packages were installed or removed all the time");
}

/// A Debian machine whose lists lie in a tree, with repositories that do not exist.
struct Debian {
    root: TempDir,
    arch: String,
}

impl Debian {
    const SECURITY: &str = "http://security.example.invalid/debian-security";
    const BASE: &str = "http://deb.example.invalid/debian";

    fn new() -> Self {
        let arch = run("dpkg", &["--print-architecture"]).trim().to_owned();
        let debian = Self { root: tempfile::tempdir().unwrap(), arch };
        for path in [
            "etc/apt/apt.conf.d/x",
            "etc/apt/preferences.d/x",
            "var/lib/apt/lists/partial/x",
            "var/cache/apt/archives/partial/x",
        ] {
            write(debian.root.path(), path, "");
        }
        debian.write("etc/os-release", "ID=debian\nVERSION_CODENAME=bookworm\n");
        debian.write(
            "etc/apt/sources.list",
            &format!("deb {} bookworm main\ndeb {} bookworm-security main\n", Self::BASE, Self::SECURITY),
        );
        debian
    }

    fn write(&self, path: &str, text: &str) {
        write(self.root.path(), path, text);
    }

    /// Installed packages: name, version, state.
    fn installed(&self, packages: &[(&str, &str, &str)]) {
        let stanzas: Vec<String> = packages
            .iter()
            .map(|(name, version, state)| {
                format!(
                    "Package: {name}\nStatus: {state}\nPriority: optional\nSection: x\nMaintainer: x <x@example.invalid>\n\
                     Architecture: {}\nVersion: {version}\nDescription: x\n\n",
                    self.arch
                )
            })
            .collect();
        self.write("var/lib/dpkg/status", &stanzas.concat());
    }

    /// The stored list of a repository, named as apt names it.
    fn list(&self, place: &str, suite: &str, label: &str, dates: &str, packages: &[(&str, &str)]) {
        let stem = format!("{}_dists_{suite}", place.trim_start_matches("http://").replace('/', "_"));
        let stanzas: Vec<String> = packages
            .iter()
            .map(|(name, version)| {
                format!(
                    "Package: {name}\nVersion: {version}\nArchitecture: {}\nMaintainer: x <x@example.invalid>\n\
                     Filename: pool/{name}_{version}.deb\nSize: 1\nSHA256: {}\nDescription: x\n\n",
                    self.arch,
                    "0".repeat(64)
                )
            })
            .collect();
        let text = stanzas.concat();
        let release = format!(
            "Origin: Debian\nLabel: {label}\nSuite: {suite}\nCodename: {suite}\n{dates}Architectures: {arch}\nComponents: main\n\
             SHA256:\n {hash} {size} main/binary-{arch}/Packages\n",
            arch = self.arch,
            hash = "0".repeat(64),
            size = text.len()
        );
        self.write(&format!("var/lib/apt/lists/{stem}_InRelease"), &release);
        self.write(&format!("var/lib/apt/lists/{stem}_main_binary-{}_Packages", self.arch), &text);
    }

    fn fresh_lists(&self) {
        let dates = "Date: Sun, 22 Nov 2026 19:58:56 UTC\nValid-Until: Sun, 29 Nov 2026 19:58:56 UTC\n";
        self.list(
            Self::SECURITY,
            "bookworm-security",
            "Debian-Security",
            dates,
            &[("openssl", "3.0.15-1~deb12u2"), ("curl", "7.88-10+deb12u5"), ("pinned", "2")],
        );
        self.list(
            Self::BASE,
            "bookworm",
            "Debian",
            "Date: Sat, 11 Jul 2026 10:16:37 UTC\n",
            &[
                ("openssl", "3.0.16-1~deb12u1"),
                ("curl", "7.88-10+deb12u15"),
                ("sed", "4.9-1+deb12u1"),
                ("held", "2"),
                ("pinned", "1"),
            ],
        );
    }

    /// What apt itself lists in the tree.
    fn apt_list(&self) -> BTreeMap<String, (String, String)> {
        let root = self.root.path().display();
        let directory = format!("Dir={root}");
        let status = format!("Dir::State::status={root}/var/lib/dpkg/status");
        apt_list(&["-o", &directory, "-o", &status])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn apt_tells_security_updates_pins_holds_and_orphans() {
    let debian = Debian::new();
    debian.installed(&[
        ("openssl", "3.0.15-1~deb12u1", "install ok installed"),
        ("curl", "7.88-10+deb12u14", "install ok installed"),
        ("sed", "4.9-1", "install ok installed"),
        ("held", "1", "hold ok installed"),
        ("pinned", "1", "install ok installed"),
        ("orphan", "1", "install ok installed"),
        ("half", "1", "install ok half-configured"),
        ("removed", "1", "deinstall ok config-files"),
    ]);
    debian.write("etc/apt/preferences.d/pin", "Package: pinned\nPin: version 1\nPin-Priority: 1001\n");
    debian.fresh_lists();
    let facts = look(debian.root.path()).await;

    assert_eq!(pending(&facts), debian.apt_list());
    assert_eq!(
        kinds(&facts.pending),
        [
            // The security suite has an older one only.
            ("curl", "7.88-10+deb12u15", UpdateKind::Unclassified),
            ("held", "2", UpdateKind::Unclassified),
            // Folded into a point release: the security suite has a newer one than is installed.
            ("openssl", "3.0.16-1~deb12u1", UpdateKind::Security),
            ("sed", "4.9-1+deb12u1", UpdateKind::Unclassified),
        ]
    );
    assert_eq!(kinds(&facts.withheld), [("pinned", "2", UpdateKind::Security)]);
    assert_eq!(facts.held, ["held"]);
    assert_eq!(facts.unsourced, ["half", "orphan"]);
    assert_eq!(facts.incomplete, ["half"]);
    assert_eq!(facts.installed, Some(7));
    assert_eq!(facts.system.codename, "bookworm");
    let ids: Vec<(&str, bool)> = sources(&facts).iter().map(|one| (one.id.as_str(), one.security)).collect();
    assert_eq!(
        ids,
        [
            ("http://deb.example.invalid/debian bookworm", false),
            ("http://security.example.invalid/debian-security bookworm-security", true)
        ]
    );
    let security = sources(&facts)[1].release.known().unwrap();
    assert_eq!(security.valid_until, Some("2026-11-29T19:58:56Z".parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn removed_lists_and_unfetched_repositories_are_seen() {
    let debian = Debian::new();
    debian.installed(&[("sed", "4.9-1", "install ok installed")]);
    debian.fresh_lists();
    let lists = debian.root.path().join("var/lib/apt/lists");
    let index = format!(
        "security.example.invalid_debian-security_dists_bookworm-security_main_binary-{}_Packages",
        debian.arch
    );
    fs::remove_file(lists.join(index)).unwrap();
    fs::remove_file(lists.join("deb.example.invalid_debian_dists_bookworm_InRelease")).unwrap();
    let facts = look(debian.root.path()).await;
    let Seen::Unknown(why) = &sources(&facts)[0].release else { panic!("{:?}", sources(&facts)) };
    assert_eq!(
        (why.code, why.item.as_str()),
        (UnknownCode::NotLooked, "http://deb.example.invalid/debian bookworm")
    );
    assert_eq!(sources(&facts)[1].missing, [format!("main/binary-{}/Packages", debian.arch)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_list_of_sources_gives_no_answer() {
    let debian = Debian::new();
    debian.installed(&[("sed", "4.9-1", "install ok installed")]);
    debian.fresh_lists();
    debian.write("etc/apt/sources.list.d/broken.list", "deb これは壊れている\n");
    let host = Host::at(debian.root.path());
    let result = PackageProbe { host, offline: true }.look().await;
    // apt itself refuses to work with it: no answer, and no "nothing is pending".
    assert_eq!(result.unwrap_err().code, UnknownCode::ToolFailed);
}

/// Builds a package without content.
fn build_rpm(work: &Path, target: &Path, name: &str, version: &str) {
    let spec = work.join(format!("{name}.spec"));
    fs::write(
        &spec,
        format!("Name: {name}\nVersion: {version}\nRelease: 1\nSummary: x\nLicense: MIT\nBuildArch: noarch\n%description\nx\n%files\n"),
    )
    .unwrap();
    let top = format!("_topdir {}", work.display());
    let to = format!("_rpmdir {}", target.display());
    run("rpmbuild", &["--quiet", "-bb", "--define", &top, "--define", &to, spec.to_str().unwrap()]);
}

const UPDATE_INFO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<updates>
<update from="x@example.invalid" status="final" type="security" version="2.0"><id>EX-2026:0001</id><title>alpha, delta</title>
<severity>Important</severity><release>1</release><issued date="2026-11-20 00:00:00"/><updated date="2026-11-20 00:00:00"/>
<description>x</description><references><reference href="https://example.invalid/" id="CVE-2026-0001" type="cve" title="x"/></references>
<pkglist><collection short="x"><name>x</name>
<package name="alpha" version="1.1" release="1" epoch="0" arch="noarch"><filename>alpha-1.1-1.noarch.rpm</filename></package>
<package name="delta" version="1.1" release="1" epoch="0" arch="noarch"><filename>delta-1.1-1.noarch.rpm</filename></package>
</collection></pkglist></update>
</updates>
"#;

/// An rpm machine in a tree with four packages, one repository with advisories and one without.
fn rpm_machine(database: &str) -> TempDir {
    let machine = tempfile::tempdir().unwrap();
    let path = machine.path();
    let (work, old) = (path.join("work"), path.join("old"));
    let (updates, local) = (path.join("updates"), path.join("local"));
    for directory in [&work, &old, &updates, &local] {
        fs::create_dir_all(directory).unwrap();
    }
    for name in ["alpha", "beta", "gamma", "delta"] {
        build_rpm(&work, &old, name, "1.0");
        build_rpm(&work, if name == "gamma" { &local } else { &updates }, name, "1.1");
    }
    for repository in [&updates, &local] {
        run("createrepo_c", &["--quiet", repository.to_str().unwrap()]);
    }
    let info = path.join("updateinfo.xml");
    fs::write(&info, UPDATE_INFO).unwrap();
    run("modifyrepo_c", &[info.to_str().unwrap(), updates.join("repodata").to_str().unwrap()]);
    let database = path.join("root").join(database.trim_start_matches('/'));
    fs::create_dir_all(&database).unwrap();
    let packages: Vec<String> = fs::read_dir(old.join("noarch"))
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    let mut args = vec!["--dbpath", database.to_str().unwrap(), "--justdb", "--nodeps", "--install"];
    args.extend(packages.iter().map(String::as_str));
    run("rpm", &args);
    machine
}

fn repositories(machine: &Path, directory: &str, more: &str) {
    for name in ["updates", "local"] {
        let place = machine.join(name);
        write(
            &machine.join("root"),
            &format!("{directory}/{name}.repo"),
            &format!(
                "[{name}]\nname={name}\nbaseurl=file://{}\nenabled=1\ngpgcheck=0\n{more}\n",
                place.display()
            ),
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dnf_tells_updates_apart_by_advisories() {
    let database = run("rpm", &["--eval", "%_dbpath"]);
    let machine = rpm_machine(database.trim());
    let root = machine.path().join("root");
    repositories(machine.path(), "etc/yum.repos.d", "excludepkgs=delta");
    write(&root, "etc/os-release", "ID=fedora\nVERSION_ID=43\n");
    let facts = look(&root).await;

    assert_eq!(facts.manager, Manager::Dnf);
    assert_eq!(facts.installed, Some(4));
    assert_eq!(
        kinds(&facts.pending),
        [
            ("alpha", "1.1-1", UpdateKind::Security),
            ("beta", "1.1-1", UpdateKind::Other),
            ("gamma", "1.1-1", UpdateKind::Unclassified),
        ]
    );
    assert_eq!(facts.pending[0].advisories, ["EX-2026:0001"]);
    assert_eq!(kinds(&facts.withheld), [("delta", "1.1-1", UpdateKind::Security)]);
    for source in sources(&facts) {
        let release = source.release.known().unwrap();
        assert!(release.made_at.is_some() && release.checked_at.is_some(), "{source:?}");
        assert_eq!(source.security, source.id == "updates");
    }
    let option = format!("--installroot={}", root.display());
    let check = Command::new("dnf").args(["-q", "-C", &option, "check-update"]).output().unwrap();
    assert_eq!(check.status.code(), Some(100));
    let listed = String::from_utf8(check.stdout).unwrap();
    assert_eq!(
        listed.lines().filter(|line| line.contains(".noarch")).count(),
        facts.pending.len(),
        "{listed}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_dnf_cannot_reach_is_seen_whether_dnf_says_so_or_not() {
    let database = run("rpm", &["--eval", "%_dbpath"]);
    let machine = rpm_machine(database.trim());
    fs::remove_dir_all(machine.path().join("updates")).unwrap();
    let root = machine.path().join("root");
    let probe = PackageProbe { host: Host::at(&root), offline: true };

    repositories(machine.path(), "etc/yum.repos.d", "skip_if_unavailable=False");
    assert_eq!(probe.look().await.unwrap_err().code, UnknownCode::ToolFailed);

    // With this setting dnf passes the repository over and ends well.
    repositories(machine.path(), "etc/yum.repos.d", "skip_if_unavailable=True");
    let facts = probe.look().await.unwrap();
    let updates = sources(&facts).iter().find(|one| one.id == "updates").unwrap();
    let Seen::Unknown(why) = &updates.release else { panic!("{updates:?}") };
    assert_eq!(why.code, UnknownCode::NotLooked);
}

#[tokio::test(flavor = "multi_thread")]
async fn zypper_tells_updates_apart_by_patches() {
    let machine = rpm_machine("/usr/lib/sysimage/rpm");
    let root = machine.path().join("root");
    repositories(machine.path(), "etc/zypp/repos.d", "");
    write(&root, "etc/os-release", "ID=opensuse-leap\nVERSION_ID=15.6\n");
    let option = format!("--root={}", root.display());
    run("zypper", &[&option, "--non-interactive", "--no-gpg-checks", "refresh"]);
    let facts = look(&root).await;

    assert_eq!(facts.manager, Manager::Zypper);
    assert_eq!(facts.installed, Some(4));
    assert_eq!(
        kinds(&facts.pending),
        [
            ("EX-2026:0001", "", UpdateKind::Security),
            ("alpha", "1.1-1", UpdateKind::Other),
            ("beta", "1.1-1", UpdateKind::Other),
            ("delta", "1.1-1", UpdateKind::Other),
            ("gamma", "1.1-1", UpdateKind::Unclassified),
        ]
    );
    assert_eq!(facts.pending[0].advisories, ["CVE-2026-0001"]);
    assert_eq!(facts.remarks, Vec::<String>::new());
    let ids: Vec<(&str, bool)> = sources(&facts).iter().map(|one| (one.id.as_str(), one.security)).collect();
    assert_eq!(ids, [("local", false), ("updates", true)]);
}

#[tokio::test]
async fn a_tree_without_a_known_package_manager_is_not_supported() {
    let root = tempfile::tempdir().unwrap();
    let result = PackageProbe { host: Host::at(root.path()), offline: true }.look().await;
    assert_eq!(result.unwrap_err().code, UnknownCode::NotSupported);
}
