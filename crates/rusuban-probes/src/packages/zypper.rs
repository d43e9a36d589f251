//! Asks zypper. The first question lets zypper refresh what its settings say; the others use what is there. They are
//! asked one after another, for zypper locks others out while it runs as root.

use std::collections::BTreeSet;
use std::time::Duration;

use rusuban_core::model::verdict::{Seen, Unknown};
use rusuban_core::world::packages::{Lists, Manager, PackageFacts, Source, Update, UpdateKind};

use super::zypper_output::{Document, Repository};
use super::{dnf, not_understood, os_release, other_managers, restart};
use crate::command::Program;
use crate::host::Host;

/// A refresh over a slow line takes its time.
const LIMIT: Duration = Duration::from_mins(3);

/// Where zypper keeps what it has fetched.
const CACHE: &str = "/var/cache/zypp/raw";

/// Looks at one machine.
///
/// # Errors
/// zypper cannot be asked, or its answer cannot be understood.
pub async fn look(host: &Host) -> Result<PackageFacts, Unknown> {
    let patches = run(host, &["list-patches"]).await?;
    let packages = run(host, &["--no-refresh", "list-updates"]).await?;
    let installed = run(host, &["--no-refresh", "search", "--installed-only", "--type", "package"]).await?;
    let repositories = run(host, &["--no-refresh", "repos"]).await?;
    let locks = run(host, &["--no-refresh", "locks"]).await?;
    let sources: Vec<Source> =
        repositories.repositories().iter().filter(|one| one.enabled).map(|one| source(host, one)).collect();
    let mut pending = patches.patches();
    pending.extend(packages.packages().into_iter().map(|package| of_kind(package, &sources)));
    let mut remarks = patches.complaints();
    remarks.extend(packages.complaints());
    remarks.sort();
    remarks.dedup();
    Ok(PackageFacts {
        installed: Some(installed.installed() as u64),
        pending,
        held: locks.locks(),
        restart: Some(restart::look(host, |_| None).into()),
        other_managers: other_managers(host),
        remarks,
        ..PackageFacts::new(Manager::Zypper, os_release::look(host)?, Seen::Known(Lists::Copies(sources)))
    })
}

/// A newer package that no needed patch asks for: another one where its repository marks security updates by patches.
fn of_kind(mut package: Update, sources: &[Source]) -> Update {
    let marked: BTreeSet<&str> =
        sources.iter().filter(|source| source.security).map(|source| source.id.as_str()).collect();
    if !package.sources.is_empty() && package.sources.iter().all(|alias| marked.contains(alias.as_str())) {
        package.kind = UpdateKind::Other;
    }
    package
}

/// What zypper has fetched of one repository. zypper sets the time of the index's file whenever it finds that the
/// repository has no newer one.
fn source(host: &Host, repository: &Repository) -> Source {
    let id = repository.alias.clone();
    let path = format!("{CACHE}/{id}/repodata/repomd.xml");
    let index =
        if host.path(&path).exists() { dnf::index(host, &path) } else { Err(dnf::never_fetched(&id)) };
    let (release, security) = match index {
        Ok((release, security)) => (Seen::Known(release), security),
        Err(why) => (Seen::Unknown(why), false),
    };
    Source { id, host: String::new(), security, release, missing: Vec::new() }
}

async fn run(host: &Host, args: &[&str]) -> Result<Document, Unknown> {
    let mut program = Program::new("zypper").args(["--non-interactive", "--xmlout"]).limit(LIMIT);
    if !host.is_live() {
        program = program.args([format!("--root={}", host.path("/").display())]);
    }
    let program = program.args(args.iter().copied());
    let output = program.run().await?;
    // 6: no repositories; 104: nothing found; 106: some repositories were passed over, which the document says.
    if !matches!(output.status, Some(0 | 6 | 104 | 106)) {
        return Err(program.failed(&output.complaint()));
    }
    Document::parse(&output.text()).map_err(|error| not_understood("zypper", &error.to_string()))
}
