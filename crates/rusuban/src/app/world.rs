//! Builds the world: the adapters of this machine, from the configuration.

use std::path::PathBuf;

use rusuban_core::model::subject::{Subject, SubjectId};
use rusuban_core::world::World;

use super::register::Register;
use crate::config::Config;

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
    let short = hostname.split('.').next().unwrap_or(&hostname);
    let asset = register.assets.values().find(|asset| match &config.machine.asset {
        Some(id) => asset.id == *id,
        None => asset
            .hostname
            .as_deref()
            .is_some_and(|name| name.eq_ignore_ascii_case(&hostname) || name.eq_ignore_ascii_case(short)),
    });
    let subject = match asset {
        Some(asset) => Subject {
            id: SubjectId::asset(&asset.id),
            name: asset.name.clone(),
            section: asset.section.clone(),
        },
        None => Subject { id: SubjectId::host(&hostname), name: hostname.clone(), section: None },
    };
    ThisMachine { hostname, subject }
}

/// What the adapters are given besides the machine itself.
#[derive(Debug, Clone, Default)]
pub struct WorldInput {
    /// Documents that were registered by statements, with their names.
    pub documents: Vec<(String, PathBuf)>,
    /// Take the time that thorough looks need: read backups back, test every common password.
    pub deep: bool,
}

/// Builds the world of this machine.
pub fn build(
    _session: &super::Session,
    _before: &[rusuban_core::model::evidence::Evidence],
    _input: WorldInput,
) -> World {
    use rusuban_probes as p;
    World {
        packages: Box::new(p::packages::PackageProbe::default()),
        accounts: Box::new(p::accounts::AccountProbe::default()),
        password_audit: Box::new(p::password_audit::PasswordAuditProbe::default()),
        exposure: Box::new(p::exposure::ExposureProbe::default()),
        auto_start: Box::new(p::auto_start::AutoStartProbe::default()),
        firmware: Box::new(p::firmware::FirmwareProbe::default()),
        definitions: Box::new(p::definitions::DefinitionProbe::default()),
        backups: Box::new(p::backups::BackupProbe::default()),
        clock: Box::new(p::clock::ClockProbe::default()),
        disk_encryption: Box::new(p::disk_encryption::DiskEncryptionProbe::default()),
        documents: Box::new(p::documents::DocumentProbe::default()),
    }
}
