//! Builds the world: the adapters of this machine, from the configuration.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rusuban_core::model::evidence::{Evidence, Outcome};
use rusuban_core::model::register::{Asset, Register};
use rusuban_core::model::subject::{Subject, SubjectId};
use rusuban_core::world::backups::{BackupFacts, ReadBack};
use rusuban_core::world::password_audit::PasswordAuditFacts;
use rusuban_core::world::{Facts, World};
use rusuban_probes::backups::{BackupProbe, ReadData, Repository, Secret};
use rusuban_probes::documents::{DocumentProbe, RegisteredDocument};
use rusuban_probes::exposure::ExposureProbe;
use rusuban_probes::packages::PackageProbe;
use rusuban_probes::password_audit::PasswordAuditProbe;
use serde::Deserialize;

use super::Session;
use crate::config::{BackupRepository, Config, SecretRef};

/// The machine that this program runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThisMachine {
    /// Its host name.
    pub hostname: String,
    /// What evidence about it speaks of: the asset of the register, or the host name.
    pub subject: Subject,
}

/// Finds this machine in the register: by the configured asset, or by host name.
pub fn this_machine(config: &Config, register: &Register) -> ThisMachine {
    let hostname = rusuban_probes::host::hostname().unwrap_or_else(|_| "localhost".to_owned());
    let asset = own_asset(config, register, &hostname);
    let subject = match asset {
        Some(asset) => Subject {
            id: SubjectId::asset(asset.id.as_str()),
            name: asset.name.as_str().to_owned(),
            section: asset.section.as_ref().map(|section| section.as_str().to_owned()),
        },
        None => {
            Subject { id: SubjectId::host(&hostname.to_lowercase()), name: hostname.clone(), section: None }
        }
    };
    ThisMachine { hostname, subject }
}

/// The asset that is this machine: the configured one; else the only one with its full host name, else the only one with
/// the short form of it. Where several could be meant, none is: evidence must not speak of another machine.
fn own_asset<'r>(config: &Config, register: &'r Register, hostname: &str) -> Option<&'r Asset> {
    if let Some(id) = &config.machine.asset {
        return register.assets.values().find(|asset| asset.id.as_str() == id);
    }
    let named = |wanted: &str| -> Vec<&'r Asset> {
        let is_named = |asset: &&Asset| {
            asset.hostname.as_ref().is_some_and(|name| name.as_str().eq_ignore_ascii_case(wanted))
        };
        register.assets.values().filter(is_named).collect()
    };
    let short = hostname.split('.').next().unwrap_or(hostname);
    let mut found = named(hostname);
    if found.is_empty() {
        found = named(short);
    }
    match found.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}

/// What the adapters are given besides the machine itself.
#[derive(Debug, Clone, Default)]
pub struct WorldInput {
    /// Documents that were registered by statements, with their names.
    pub documents: Vec<(String, PathBuf)>,
    /// Take the time that thorough looks need: read backups back, test every common password.
    pub deep: bool,
    /// Do not ask the machine's package repositories whether its lists are the newest.
    pub offline: bool,
}

/// Builds the world of this machine. `before` is the closure's evidence so far: what it already knows of slow looks is
/// carried over.
pub fn build(session: &Session, before: &[Evidence], input: WorldInput) -> World {
    use rusuban_probes as probes;
    World {
        packages: Box::new(PackageProbe { offline: input.offline, ..PackageProbe::default() }),
        accounts: Box::new(probes::accounts::AccountProbe::default()),
        password_audit: Box::new(password_audit(session, before, input.deep)),
        exposure: Box::new(ExposureProbe {
            extra_ports: session.config.policy.exposure.extra_ports.clone(),
            ..ExposureProbe::default()
        }),
        auto_start: Box::new(probes::auto_start::AutoStartProbe::default()),
        firmware: Box::new(probes::firmware::FirmwareProbe::default()),
        definitions: Box::new(probes::definitions::DefinitionProbe::default()),
        backups: Box::new(backups(session, before, input.deep)),
        clock: Box::new(probes::clock::ClockProbe::default()),
        disk_encryption: Box::new(probes::disk_encryption::DiskEncryptionProbe::default()),
        documents: Box::new(documents(&session.config, input.documents)),
    }
}

fn backups(session: &Session, before: &[Evidence], deep: bool) -> BackupProbe {
    let config = &session.config;
    let sets_of = |name: Option<&str>| {
        let sets = session.register.datasets.values();
        let of = sets.filter(|set| match (set.backup.as_ref(), name) {
            (backup, Some(name)) => backup.is_some_and(|backup| backup.as_str() == name),
            (None, None) => true,
            (Some(backup), None) => !config.backups.iter().any(|named| named.name == backup.as_str()),
        });
        of.map(|set| set.name.as_str().to_owned()).collect::<Vec<String>>()
    };
    let repository = |named: &BackupRepository| Repository {
        name: named.name.clone(),
        tool: named.tool,
        location: named.location.clone(),
        password: named.password.as_ref().map(secret),
        env: named.env.iter().map(|(name, reference)| (name.clone(), secret(reference))).collect(),
        datasets: sets_of(Some(&named.name)),
        read_data: if deep { ReadData::Full } else { ReadData::No },
    };
    BackupProbe {
        repositories: config.backups.iter().map(repository).collect(),
        unassigned: sets_of(None),
        previous_reads: previous_reads(before),
        ..BackupProbe::default()
    }
}

/// How long `--deep` may try passwords.
const DEEP_AUDIT: Duration = Duration::from_hours(5);

fn password_audit(session: &Session, before: &[Evidence], deep: bool) -> PasswordAuditProbe {
    let usual = PasswordAuditProbe::default();
    let earlier = facts_before::<PasswordAuditFacts>(before, Some(&session.machine.subject.id)).pop();
    PasswordAuditProbe {
        budget: if deep { DEEP_AUDIT } else { usual.budget },
        list: session.config.password_list.clone(),
        words: session.config.organisation.name.clone().into_iter().collect(),
        earlier,
        ..usual
    }
}

/// Facts of a topic that earlier evidence holds, oldest first.
fn facts_before<F: Facts>(before: &[Evidence], subject: Option<&SubjectId>) -> Vec<F> {
    let about = before.iter().filter(|e| e.record.draft.topic == F::TOPIC);
    let about = about.filter(|e| subject.is_none_or(|subject| e.record.draft.subject == *subject));
    let bodies = about.filter_map(|e| match Outcome::deserialize(&e.record.draft.body) {
        Ok(Outcome::Facts(facts)) => F::deserialize(&facts).ok(),
        _ => None,
    });
    bodies.collect()
}

fn secret(reference: &SecretRef) -> Secret {
    match reference {
        SecretRef::Env(name) => Secret::Variable(name.clone()),
        SecretRef::File(path) => Secret::File(path.display().to_string()),
    }
}

/// The newest read-back of each repository that earlier evidence knows.
fn previous_reads(before: &[Evidence]) -> BTreeMap<String, ReadBack> {
    let mut reads = BTreeMap::new();
    for facts in facts_before::<BackupFacts>(before, None) {
        for repository in facts.repositories {
            if let Some(read) = repository.read_back {
                reads.insert(repository.name, read);
            }
        }
    }
    reads
}

fn documents(config: &Config, stated: Vec<(String, PathBuf)>) -> DocumentProbe {
    let configured = config.documents.iter().map(|document| (document.name.clone(), document.path.clone()));
    let documents = configured
        .chain(stated)
        .map(|(name, path)| RegisteredDocument { name, path: path.display().to_string() })
        .collect();
    DocumentProbe { documents, ..DocumentProbe::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusuban_core::model::register::StoredRow;

    fn register(assets: &[(&str, &str)]) -> Register {
        let row = |(id, hostname): &(&str, &str)| StoredRow {
            table: "assets".into(),
            id: (*id).into(),
            json: serde_json::json!({"id": id, "name": id, "kind": "server", "hostname": hostname})
                .to_string(),
        };
        Register::from_stored(assets.iter().map(row)).unwrap()
    }

    fn own(assets: &[(&str, &str)], configured: Option<&str>, hostname: &str) -> Option<String> {
        let mut config = Config::default();
        config.machine.asset = configured.map(str::to_owned);
        own_asset(&config, &register(assets), hostname).map(|asset| asset.id.as_str().to_owned())
    }

    #[test]
    fn this_machine_is_an_asset_only_where_no_other_could_be_meant() {
        let full = [("A-1", "files"), ("A-2", "FILES.example.jp"), ("A-3", "files")];
        assert_eq!(own(&full, None, "files.example.jp").as_deref(), Some("A-2"));
        assert_eq!(own(&full, None, "files.example.org"), None);
        assert_eq!(own(&full, None, "files"), None);
        assert_eq!(own(&full, Some("A-3"), "files").as_deref(), Some("A-3"));
        assert_eq!(own(&full, Some("A-9"), "files"), None);
        assert_eq!(own(&full[..2], None, "Files.example.org").as_deref(), Some("A-1"));
        assert_eq!(own(&[("A-1", "x"), ("A-2", "x")], None, "x"), None);
    }
}
