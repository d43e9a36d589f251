//! Asks apt and dpkg. Three programs are run at most, two of them at once: `dpkg-query` for what is installed,
//! `apt-cache policy` for every version of it that the lists hold, and `apt-get --print-uris update` for the
//! repositories that apt is set up to use. Nothing is fetched or locked, and no root rights are needed.
//!
//! `apt list --upgradable` is not asked: the policy tells the same, and beyond it which newer versions stand in a
//! security suite even when apt would install another one or none.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::packages::{Lists, Manager, PackageFacts, Source, Update, UpdateKind};

use super::apt_policy::{self, PackagePolicy, Version};
use super::apt_uris::{self, Repository};
use super::dpkg_list::{self, DpkgList};
use super::release_file::{self, ReleaseFile};
use super::{apt_newest, not_understood, os_release, other_managers, restart};
use crate::command::Program;
use crate::host::Host;

/// Where apt keeps its lists.
const LISTS: &str = "/var/lib/apt/lists";

/// Endings that apt's configuration may leave on a stored index.
const ENDINGS: [&str; 7] = ["", ".lz4", ".xz", ".gz", ".zst", ".bz2", ".lzma"];

/// On a slow machine with many lists apt builds its cache for a while.
const LIMIT: Duration = Duration::from_secs(90);

/// Looks at one machine. With a time given, repositories are asked what their lists alone cannot tell.
///
/// # Errors
/// dpkg or apt cannot be asked, or their answer cannot be understood.
pub async fn look(host: &Host, ask_at: Option<Timestamp>) -> Result<PackageFacts, Unknown> {
    let dpkg = installed(host).await?;
    let version_of =
        |name: &str| dpkg.installed.iter().find(|one| one.name == name).map(|one| one.version.clone());
    let (policies, repositories, restart) = tokio::join!(
        policies(host, &dpkg),
        async {
            let mut repositories = repositories(host).await?;
            if let Some(now) = ask_at {
                apt_newest::ask(&mut repositories, now).await;
            }
            Ok::<_, Unknown>(repositories)
        },
        async { restart::look(host, version_of) },
    );
    let (policies, repositories) = (policies?, Seen::from(repositories));
    let mut facts = PackageFacts {
        installed: Some(dpkg.installed.len() as u64),
        held: dpkg.held,
        incomplete: dpkg.incomplete,
        restart: Some(restart.into()),
        other_managers: other_managers(host),
        ..PackageFacts::new(Manager::Apt, os_release::look(host)?, Seen::Known(Lists::Undated))
    };
    let known = repositories.known().map_or(&[][..], Vec::as_slice);
    for policy in &policies {
        sort(policy, known, &mut facts);
    }
    facts.lists = match repositories {
        Seen::Known(found) => Seen::Known(Lists::Copies(found.into_iter().map(|one| one.source).collect())),
        Seen::Unknown(why) => Seen::Unknown(why),
    };
    Ok(facts)
}

/// A repository with what is known of its list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// As apt is set up to use it.
    pub repository: Repository,
    /// What becomes of it in the facts.
    pub source: Source,
}

/// Puts one package where it belongs: pending, withheld, without a source, or none of them.
fn sort(policy: &PackagePolicy, repositories: &[Listed], facts: &mut PackageFacts) {
    let security =
        policy.newer().find(|version| listed(version, repositories).any(|one| one.source.security));
    match (policy.upgrade(), security) {
        (Some(upgrade), security) => {
            let from: Vec<&Listed> = listed(upgrade, repositories).collect();
            let kind = match security {
                Some(_) => UpdateKind::Security,
                None if !from.is_empty() && from.iter().all(|one| marks_security_apart(&one.source)) => {
                    UpdateKind::Other
                }
                None => UpdateKind::Unclassified,
            };
            facts.pending.push(update(policy, upgrade, kind));
        }
        (None, Some(security)) => facts.withheld.push(update(policy, security, UpdateKind::Security)),
        (None, None) => {}
    }
    // A list that could not be read is no proof that nobody offers the package.
    let offered =
        policy.versions.iter().flat_map(|version| &version.sources).any(|place| !place.starts_with('/'));
    if !offered {
        facts.unsourced.push(policy.name.clone());
    }
}

fn listed<'a>(version: &'a Version, repositories: &'a [Listed]) -> impl Iterator<Item = &'a Listed> {
    repositories.iter().filter(|one| version.sources.iter().any(|place| one.repository.holds(place)))
}

/// Whether an update out of this repository that stands in no security suite is none that fixes security.
///
/// Ubuntu publishes every security update in a security pocket and copies it to `-updates`. Debian folds small
/// security fixes into point releases and `-updates` without an advisory, and other publishers do not tell at all.
fn marks_security_apart(source: &Source) -> bool {
    source
        .release
        .known()
        .is_some_and(|release| release.origin == "Ubuntu" && release.suite.ends_with("-updates"))
}

fn update(policy: &PackagePolicy, version: &Version, kind: UpdateKind) -> Update {
    Update {
        name: policy.name.clone(),
        installed: policy.installed.clone().unwrap_or_default(),
        candidate: version.text.clone(),
        kind,
        sources: version.sources.iter().map(|place| place_without_credentials(place)).collect(),
        advisories: Vec::new(),
    }
}

/// A place as apt writes it, cut to address and suite.
fn place_without_credentials(place: &str) -> String {
    let mut words = place.split_whitespace();
    let address = apt_uris::without_credentials(words.next().unwrap_or_default());
    words.next().map_or_else(|| address.clone(), |suite| format!("{address} {suite}"))
}

/// Options that turn apt to the lists and packages of a machine whose files lie elsewhere.
fn apt_options(host: &Host) -> Vec<String> {
    if host.is_live() {
        return Vec::new();
    }
    let path = |path: &str| host.path(path).display().to_string();
    let options = [
        format!("Dir={}", path("/")),
        format!("Dir::State::status={}", path("/var/lib/dpkg/status")),
        "Dir::Bin::dpkg=/usr/bin/dpkg".to_owned(),
    ];
    options.into_iter().flat_map(|option| ["-o".to_owned(), option]).collect()
}

async fn installed(host: &Host) -> Result<DpkgList, Unknown> {
    let directory = host.path("/var/lib/dpkg").display().to_string();
    let program = Program::new("dpkg-query").args([
        format!("--admindir={directory}"),
        "--show".to_owned(),
        format!("--showformat={}", dpkg_list::FORMAT),
    ]);
    let output = program.run().await?;
    if output.status != Some(0) {
        return Err(program.failed(&output.complaint()));
    }
    Ok(dpkg_list::parse(&output.text()))
}

async fn policies(host: &Host, dpkg: &DpkgList) -> Result<Vec<PackagePolicy>, Unknown> {
    if dpkg.installed.is_empty() {
        return Ok(Vec::new());
    }
    let names = dpkg.installed.iter().map(|one| one.name.clone());
    let program = Program::new("apt-cache").args(apt_options(host)).args(["policy"]).args(names).limit(LIMIT);
    let output = program.run().await?;
    if output.status != Some(0) {
        return Err(program.failed(&output.complaint()));
    }
    let policies =
        apt_policy::parse(&output.text()).map_err(|error| not_understood("apt-cache", &error.to_string()))?;
    let answered = policies.iter().filter(|policy| policy.installed.is_some()).count();
    if answered < dpkg.installed.len() {
        return Err(answers_missing(dpkg.installed.len(), answered));
    }
    Ok(policies)
}

/// The positive control: apt must know every package that dpkg has installed.
fn answers_missing(wanted: usize, answered: usize) -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "apt-cache",
        Text::new(
            format!("導入済み{wanted}個のうち、apt が答えたのは{answered}個だけです"),
            format!("of {wanted} installed packages apt spoke of {answered} only"),
        ),
        Text::new(
            "パッケージの操作が終わってから、もう一度点検してください",
            "check again when no packages are being installed or removed",
        ),
    )
}

async fn repositories(host: &Host) -> Result<Vec<Listed>, Unknown> {
    let program =
        Program::new("apt-get").args(apt_options(host)).args(["--print-uris", "update"]).limit(LIMIT);
    let output = program.run().await?;
    if output.status != Some(0) {
        return Err(program.failed(&output.complaint()));
    }
    Ok(apt_uris::parse(&output.text()).into_iter().map(|repository| list(host, repository)).collect())
}

/// Reads what the list of one repository says of itself, and which of its indexes are missing.
fn list(host: &Host, repository: Repository) -> Listed {
    let file = release(host, &repository);
    let (release, missing) = match file {
        Ok(file) => {
            let missing = missing(host, &repository, &file);
            (Seen::Known(file.release), missing)
        }
        Err(why) => (Seen::Unknown(why), Vec::new()),
    };
    let security = is_security(&repository, release.known());
    let source = Source { id: repository.id(), host: repository.host(), security, release, missing };
    Listed { repository, source }
}

fn release(host: &Host, repository: &Repository) -> Result<ReleaseFile, Unknown> {
    let inline = format!("{LISTS}/{}", repository.release);
    // A repository may sign its Release file apart.
    let apart = inline.strip_suffix("InRelease").map(|start| format!("{start}Release")).unwrap_or_default();
    let text = match host.read_text(&inline)? {
        Some(text) => Some(text),
        None => host.read_text(&apart)?,
    };
    let text = text.ok_or_else(|| never_fetched(&repository.id()))?;
    release_file::parse(&text).map_err(|error| not_understood(&inline, &error.to_string()))
}

fn never_fetched(id: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotLooked,
        id,
        Text::new(
            format!("{id} の一覧がまだ取得されていません"),
            format!("the list of {id} has never been fetched"),
        ),
        Text::new(
            "`sudo apt update` を実行し、エラーがないか確認してください",
            "run `sudo apt update` and look for errors",
        ),
    )
}

/// The indexes that the repository offers, that apt would fetch and that are not there. Empty ones are not fetched.
fn missing(host: &Host, repository: &Repository, file: &ReleaseFile) -> Vec<String> {
    let stored = |name: &str| {
        ENDINGS.iter().any(|ending| Path::new(&host.path(&format!("{LISTS}/{name}{ending}"))).exists())
    };
    let mut missing = Vec::new();
    let mut there = 0_usize;
    for index in &repository.indexes {
        let path = index.path.trim_start_matches("./");
        let wanted = file.separate_all || !path.contains("/binary-all/");
        let offered = file.indexes.iter().any(|(name, size)| *size > 0 && is_index(name, path));
        if stored(&index.file) {
            there += 1;
        } else if wanted && offered {
            missing.push(index.path.clone());
        }
    }
    // Not one index: a component that the repository does not have, or lists that were removed.
    if there == 0 && missing.is_empty() {
        missing.extend(repository.indexes.iter().map(|index| index.path.clone()));
    }
    missing
}

/// Whether a name in a Release file is the index, compressed or not.
fn is_index(name: &str, path: &str) -> bool {
    name.trim_start_matches("./").strip_prefix(path).is_some_and(|ending| ENDINGS.contains(&ending))
}

/// Whether the repository holds security updates and says so: Debian by label and suite, Ubuntu and others by suite.
fn is_security(repository: &Repository, release: Option<&rusuban_core::world::packages::Release>) -> bool {
    let suite = repository.base.split_once("/dists/").map_or("", |(_, suite)| suite.trim_end_matches('/'));
    let names = [suite, release.map_or("", |one| &one.suite), release.map_or("", |one| &one.codename)];
    release.is_some_and(|one| one.label.ends_with("-Security"))
        || names.iter().any(|name| name.ends_with("-security") || name.ends_with("/updates"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusuban_core::world::packages::{Release, System};

    fn listed(base: &str, origin: &str, suite: &str, label: &str) -> Listed {
        let release = Release {
            origin: origin.to_owned(),
            label: label.to_owned(),
            suite: suite.to_owned(),
            ..Release::default()
        };
        let repository = Repository { base: base.to_owned(), ..Repository::default() };
        let security = is_security(&repository, Some(&release));
        let (id, host) = (repository.id(), repository.host());
        Listed {
            repository,
            source: Source { id, host, security, release: Seen::Known(release), missing: Vec::new() },
        }
    }

    fn sorted(policy: &str, repositories: &[Listed]) -> PackageFacts {
        let mut facts = PackageFacts::new(Manager::Apt, System::default(), Seen::Known(Lists::Undated));
        for policy in apt_policy::parse(policy).unwrap() {
            sort(&policy, repositories, &mut facts);
        }
        facts
    }

    fn debian() -> Vec<Listed> {
        vec![
            listed("http://deb.debian.org/debian/dists/bookworm/", "Debian", "oldstable", "Debian"),
            listed(
                "http://deb.debian.org/debian-security/dists/bookworm-security/",
                "Debian",
                "oldstable-security",
                "Debian-Security",
            ),
        ]
    }

    #[test]
    fn a_point_release_that_folds_in_a_security_fix_is_a_security_update() {
        let facts = sorted(
            "a:\n  Installed: 1\n  Candidate: 3\n  Version table:\n     3 500\n        500 http://deb.debian.org/debian bookworm/main amd64 Packages\n     2 500\n        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages\n *** 1 100\n        100 /var/lib/dpkg/status\n",
            &debian(),
        );
        assert_eq!(facts.pending[0].kind, UpdateKind::Security);
        assert_eq!(facts.pending[0].candidate, "3");
    }

    #[test]
    fn an_older_security_version_says_nothing_of_the_update() {
        let facts = sorted(
            "a:\n  Installed: 2\n  Candidate: 3\n  Version table:\n     3 500\n        500 http://deb.debian.org/debian bookworm/main amd64 Packages\n *** 2 100\n        100 /var/lib/dpkg/status\n     1 500\n        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages\n",
            &debian(),
        );
        assert_eq!(facts.pending[0].kind, UpdateKind::Unclassified);
    }

    #[test]
    fn a_pinned_package_does_not_hide_its_security_update() {
        let facts = sorted(
            "a:\n  Installed: 1\n  Candidate: 1\n  Package pin: 1\n  Version table:\n     2 500\n        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages\n *** 1 1001\n        100 /var/lib/dpkg/status\n",
            &debian(),
        );
        assert!(facts.pending.is_empty());
        assert_eq!(facts.withheld[0].candidate, "2");
    }

    #[test]
    fn ubuntu_marks_security_apart_and_others_do_not() {
        let ubuntu = [
            listed(
                "http://archive.ubuntu.com/ubuntu/dists/noble-updates/",
                "Ubuntu",
                "noble-updates",
                "Ubuntu",
            ),
            listed(
                "http://security.ubuntu.com/ubuntu/dists/noble-security/",
                "Ubuntu",
                "noble-security",
                "Ubuntu",
            ),
            listed("https://dl.google.com/linux/chrome/deb/dists/stable/", "Google LLC", "stable", "Google"),
        ];
        let table = |place: &str| {
            format!(
                "a:\n  Installed: 1\n  Candidate: 2\n  Version table:\n     2 500\n        500 {place}\n *** 1 100\n        100 /var/lib/dpkg/status\n"
            )
        };
        let kind = |place: &str| sorted(&table(place), &ubuntu).pending[0].kind;
        assert_eq!(
            kind("http://archive.ubuntu.com/ubuntu noble-updates/main amd64 Packages"),
            UpdateKind::Other
        );
        assert_eq!(
            kind("http://security.ubuntu.com/ubuntu noble-security/main amd64 Packages"),
            UpdateKind::Security
        );
        assert_eq!(
            kind("https://dl.google.com/linux/chrome/deb stable/main amd64 Packages"),
            UpdateKind::Unclassified
        );
    }

    #[test]
    fn a_package_that_nobody_offers_is_named() {
        let facts = sorted(
            "a:\n  Installed: 1\n  Candidate: 1\n  Version table:\n *** 1 100\n        100 /var/lib/dpkg/status\n",
            &debian(),
        );
        assert_eq!(facts.unsourced, ["a"]);
    }
}
