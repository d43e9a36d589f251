//! Asks dnf (4 or 5). The first question lets dnf refresh its metadata as its settings say; the others are asked at
//! once and use what is there.
//!
//! Which updates fix security is told by advisories (`updateinfo`). A repository without them (as some rebuilds of
//! RHEL are) does not tell, and "no security updates" out of it means nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::packages::{Lists, Manager, PackageFacts, Release, Source, Update, UpdateKind};

use super::dnf_output::{self, Advised, FORMAT, Package};
use super::{not_understood, os_release, other_managers, repomd, restart};
use crate::command::Program;
use crate::host::Host;

/// Where dnf 4 and dnf 5 keep what they have fetched.
const CACHES: [&str; 2] = ["/var/cache/dnf", "/var/cache/libdnf5"];

/// A refresh over a slow line takes its time.
const LIMIT: Duration = Duration::from_mins(3);

/// Looks at one machine.
///
/// # Errors
/// dnf cannot be asked, or its answer cannot be understood.
pub async fn look(host: &Host) -> Result<PackageFacts, Unknown> {
    let upgrades = packages(host, &["repoquery", "--upgrades", "--latest-limit=1", "--qf", FORMAT]).await?;
    let (installed, advised, enabled) = tokio::join!(
        packages(host, &["-C", "repoquery", "--installed", "--qf", FORMAT]),
        run(host, &["-C", "updateinfo", "list", "--security"]),
        run(host, &["-C", "repolist", "--enabled"]),
    );
    let installed = installed?;
    let advised =
        dnf_output::advisories(&advised?).map_err(|error| not_understood("dnf", &error.to_string()))?;
    let sources: Vec<Source> =
        dnf_output::repositories(&enabled?).iter().map(|id| source(host, id)).collect();
    let (pending, withheld) = sort(&upgrades, &installed, &advised, &sources);
    Ok(PackageFacts {
        installed: Some(installed.len() as u64),
        pending,
        withheld,
        restart: Some(restart::look(host, |_| None).into()),
        other_managers: other_managers(host),
        ..PackageFacts::new(Manager::Dnf, os_release::look(host)?, Seen::Known(Lists::Copies(sources)))
    })
}

/// Pending updates, and packages for which an advisory has a newer version that dnf does not offer (an exclusion, a
/// version lock). Advisories are listed whether or not a package is excluded.
fn sort(
    upgrades: &[Package],
    installed: &[Package],
    advised: &[Advised],
    sources: &[Source],
) -> (Vec<Update>, Vec<Update>) {
    let versions: BTreeMap<(&str, &str), &str> =
        installed.iter().map(|one| ((one.name.as_str(), one.arch.as_str()), one.evr.as_str())).collect();
    let mut advisories: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    let mut newest: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for one in advised {
        let key = (one.package.name.as_str(), one.package.arch.as_str());
        advisories.entry(key).or_default().insert(&one.advisory);
        newest.insert(key, &one.package.evr);
    }
    let marked: BTreeSet<&str> =
        sources.iter().filter(|source| source.security).map(|source| source.id.as_str()).collect();
    let update = |key: (&str, &str), candidate: &str, kind: UpdateKind, from: Vec<String>| Update {
        name: key.0.to_owned(),
        installed: versions.get(&key).map(|version| (*version).to_owned()).unwrap_or_default(),
        candidate: candidate.to_owned(),
        kind,
        sources: from,
        advisories: advisories.get(&key).into_iter().flatten().map(|id| (*id).to_owned()).collect(),
    };
    let mut pending = Vec::new();
    let mut offered = BTreeSet::new();
    for one in upgrades {
        let key = (one.name.as_str(), one.arch.as_str());
        offered.insert(key);
        let kind = if advisories.contains_key(&key) {
            UpdateKind::Security
        } else if marked.contains(one.repository.as_str()) {
            UpdateKind::Other
        } else {
            UpdateKind::Unclassified
        };
        pending.push(update(key, &one.evr, kind, vec![one.repository.clone()]));
    }
    let withheld = newest
        .iter()
        .filter(|(key, _)| !offered.contains(*key))
        .map(|(key, evr)| update(*key, evr, UpdateKind::Security, Vec::new()))
        .collect();
    (pending, withheld)
}

async fn packages(host: &Host, args: &[&str]) -> Result<Vec<Package>, Unknown> {
    let text = run(host, args).await?;
    dnf_output::packages(&text).map_err(|error| not_understood("dnf", &error.to_string()))
}

async fn run(host: &Host, args: &[&str]) -> Result<String, Unknown> {
    let mut program = Program::new("dnf").args(["-q", "--assumeno"]).limit(LIMIT);
    if !host.is_live() {
        program = program.args([format!("--installroot={}", host.path("/").display())]);
    }
    let program = program.args(args.iter().copied());
    let output = program.run().await?;
    if output.status != Some(0) {
        return Err(program.failed(&output.complaint()));
    }
    Ok(output.text())
}

/// What dnf has fetched of one repository. dnf sets the time of the index's file whenever it finds that the repository
/// has no newer one.
fn source(host: &Host, id: &str) -> Source {
    let found = CACHES.iter().find_map(|cache| {
        let directory = restart::names(host, cache).into_iter().find(|name| is_directory_of(name, id))?;
        let path = format!("{cache}/{directory}/repodata/repomd.xml");
        host.path(&path).exists().then_some(path)
    });
    let (release, security) = match found.ok_or_else(|| never_fetched(id)).and_then(|path| index(host, &path))
    {
        Ok((release, security)) => (Seen::Known(release), security),
        Err(why) => (Seen::Unknown(why), false),
    };
    Source { id: id.to_owned(), host: String::new(), security, release, missing: Vec::new() }
}

/// Whether a directory of the cache is the repository's: its id, a dash and sixteen hexadecimal digits.
fn is_directory_of(name: &str, id: &str) -> bool {
    let digits = name.strip_prefix(id).and_then(|rest| rest.strip_prefix('-'));
    digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Reads the index of an rpm repository at a path of the machine. The second is whether it tells security updates
/// from others.
pub fn index(host: &Host, path: &str) -> Result<(Release, bool), Unknown> {
    let text = host.read_text(path)?.ok_or_else(|| never_fetched(path))?;
    let index = repomd::parse(&text).map_err(|error| not_understood(path, &error.to_string()))?;
    let checked = std::fs::metadata(host.path(path)).and_then(|data| data.modified()).ok();
    let checked_at = checked.and_then(|time| Timestamp::try_from(time).ok());
    Ok((Release { made_at: index.made_at, checked_at, ..Release::default() }, index.has_update_info))
}

/// The reason for not knowing where the metadata of a repository was never fetched.
pub fn never_fetched(id: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotLooked,
        id,
        Text::new(
            format!("{id} の一覧がまだ取得されていません"),
            format!("the list of {id} has never been fetched"),
        ),
        Text::new(
            "`sudo dnf makecache`（SUSE は `sudo zypper refresh`）を実行し、エラーがないか確認してください",
            "run `sudo dnf makecache` (`sudo zypper refresh` on SUSE) and look for errors",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, evr: &str, repository: &str) -> Package {
        Package {
            name: name.to_owned(),
            arch: "noarch".to_owned(),
            evr: evr.to_owned(),
            repository: repository.to_owned(),
        }
    }

    #[test]
    fn updates_are_told_apart_by_advisories_and_repositories() {
        let source = |id: &str, security| Source {
            id: id.to_owned(),
            host: String::new(),
            security,
            release: Seen::Known(Release::default()),
            missing: Vec::new(),
        };
        let advised = [
            Advised { advisory: "EX-1".to_owned(), package: package("alpha", "1.1-1", "") },
            Advised { advisory: "EX-2".to_owned(), package: package("delta", "1.5-1", "") },
        ];
        let (pending, withheld) = sort(
            &[
                package("alpha", "1.2-1", "updates"),
                package("beta", "2-1", "updates"),
                package("gamma", "3-1", "local"),
            ],
            &[package("alpha", "1.0-1", ""), package("delta", "1.0-1", "")],
            &advised,
            &[source("updates", true), source("local", false)],
        );
        let kinds: Vec<_> = pending.iter().map(|one| (one.name.as_str(), one.kind)).collect();
        assert_eq!(
            kinds,
            [
                ("alpha", UpdateKind::Security),
                ("beta", UpdateKind::Other),
                ("gamma", UpdateKind::Unclassified)
            ]
        );
        assert_eq!((pending[0].installed.as_str(), pending[0].candidate.as_str()), ("1.0-1", "1.2-1"));
        assert_eq!(pending[0].advisories, ["EX-1"]);
        assert_eq!((withheld[0].name.as_str(), withheld[0].candidate.as_str()), ("delta", "1.5-1"));
    }

    #[test]
    fn a_directory_of_the_cache_belongs_to_one_repository() {
        assert!(is_directory_of("updates-8be37ade89121be3", "updates"));
        assert!(!is_directory_of("updates-testing-8be37ade89121be3", "updates"));
    }
}
