//! Adapter of `rusuban_core::world::backups`: lists the snapshots of restic and Borg repositories, and reads the stored
//! data back where that was asked for.
//!
//! It changes nothing that is stored, and leaves no lock behind that could stop the next backup. Passwords come by reference and stay
//! here: neither they nor a repository's location reach facts or messages.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use rusuban_core::model::verdict::{Seen, Unknown};
use rusuban_core::world::Port;
use rusuban_core::world::backups::{BackupFacts, BackupTool, Contents, Extent, ReadBack, RepositoryFacts};
use sha2::{Digest, Sha256};

mod borg;
mod borg_output;
mod restic;
mod restic_output;
mod secret;
mod series;
mod session;
mod trouble;

pub use secret::Secret;
use session::Session;

/// A repository to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Its name in the configuration.
    pub name: String,
    /// The program that reads it.
    pub tool: BackupTool,
    /// Where it lies, as the program writes it.
    pub location: String,
    /// Its password; none for a Borg repository that is not encrypted.
    pub password: Option<Secret>,
    /// Further variables of the program's environment, such as the keys of an object store.
    pub env: BTreeMap<String, Secret>,
    /// The data sets that it is registered to hold.
    pub datasets: Vec<String>,
    /// Whether its stored data is read back in this look.
    pub read_data: ReadData,
}

/// How much of the stored data to read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadData {
    /// None: the look only lists what is there, and would not see damage.
    #[default]
    No,
    /// A random part, in percent (1 to 99). Borg can only read all, and does.
    Subset(u8),
    /// All of it.
    Full,
}

impl ReadData {
    fn extent(self) -> Option<Extent> {
        match self {
            Self::No | Self::Subset(0) => None,
            Self::Subset(percent) if percent < 100 => Some(Extent::Percent(percent)),
            Self::Subset(_) | Self::Full => Some(Extent::Full),
        }
    }
}

/// Looks at backup repositories.
#[derive(Debug, Clone)]
pub struct BackupProbe {
    /// Which repositories.
    pub repositories: Vec<Repository>,
    /// Important data sets of the register that name none of them.
    pub unassigned: Vec<String>,
    /// The newest read-back that is known of each repository by name, from earlier evidence. It counts only where its
    /// identity is that of the repository which now has the name.
    pub previous_reads: BTreeMap<String, ReadBack>,
    /// How long listing one repository may take.
    pub list_limit: Duration,
    /// How long reading one repository back may take.
    pub read_limit: Duration,
}

impl Default for BackupProbe {
    fn default() -> Self {
        Self {
            repositories: Vec::new(),
            unassigned: Vec::new(),
            previous_reads: BTreeMap::new(),
            list_limit: Duration::from_mins(5),
            read_limit: Duration::from_hours(12),
        }
    }
}

#[async_trait]
impl Port<BackupFacts> for BackupProbe {
    async fn look(&self) -> Result<BackupFacts, Unknown> {
        let mut repositories = Vec::with_capacity(self.repositories.len());
        // One after the other: two read-backs at once only slow each other down.
        for repository in &self.repositories {
            repositories.push(self.look_into(repository).await);
        }
        Ok(BackupFacts { repositories, unassigned: self.unassigned.clone() })
    }
}

impl BackupProbe {
    async fn look_into(&self, repository: &Repository) -> RepositoryFacts {
        let (contents, identity, read) = match Session::open(repository, self.list_limit, self.read_limit)
            .await
        {
            Err(why) => (Err(why), None, None),
            Ok(session) => {
                let (contents, identity) = list(&session)
                    .await
                    .map_or_else(|why| (Err(why), None), |listing| (Ok(listing.contents), listing.identity));
                let read = match (&contents, repository.read_data.extent()) {
                    // An empty repository has nothing to read back.
                    (Ok(contents), Some(extent)) if contents.count > 0 => {
                        Some(read_back(&session, extent).await)
                    }
                    _ => None,
                };
                (contents, identity, read)
            }
        };
        let (new, read_blind) = match read {
            Some(Ok(new)) => (Some(ReadBack { identity: identity.clone(), ..new }), None),
            Some(Err(why)) => (None, Some(why)),
            None => (None, None),
        };
        let previous =
            self.previous_reads.get(&repository.name).filter(|read| is_of(read, identity.as_deref()));
        RepositoryFacts {
            name: repository.name.clone(),
            tool: repository.tool,
            identity,
            datasets: repository.datasets.clone(),
            contents: Seen::from(contents),
            read_back: newest(previous.cloned(), new),
            read_blind,
        }
    }
}

/// What listing a repository brings.
struct Listing {
    contents: Contents,
    /// The repository's own identity, where its program tells it.
    identity: Option<String>,
}

/// The id that a program gave a repository, in the form that facts hold: the id itself could be found again in the
/// place where the repository lies.
fn identity(id: &str) -> Option<String> {
    let id = id.trim();
    (!id.is_empty()).then(|| hex::encode(Sha256::digest(id)))
}

/// Whether a read-back was made in this very repository. Where that is not known of both, it was not: the name alone
/// may stand for another one by now.
///
/// Known damage stands until another repository is seen under the name: one that cannot be opened has not healed.
fn is_of(read: &ReadBack, identity: Option<&str>) -> bool {
    let same = identity.is_some() && read.identity.as_deref() == identity;
    same || (!read.ok && identity.is_none())
}

async fn list(session: &Session<'_>) -> Result<Listing, Unknown> {
    match session.repository.tool {
        BackupTool::Restic => restic::list(session).await,
        BackupTool::Borg => borg::list(session).await,
    }
}

async fn read_back(session: &Session<'_>, extent: Extent) -> Result<ReadBack, Unknown> {
    let (extent, (ok, detail)) = match session.repository.tool {
        BackupTool::Restic => (extent, restic::read_back(session, extent).await?),
        BackupTool::Borg => (Extent::Full, borg::read_back(session).await?),
    };
    Ok(ReadBack { identity: None, at: Timestamp::now(), extent, ok, detail })
}

/// The read-back that counts of the one known and the one made now. A part that was read without an error takes back
/// neither that all was read, nor that something was found damaged.
fn newest(previous: Option<ReadBack>, new: Option<ReadBack>) -> Option<ReadBack> {
    match (previous, new) {
        (Some(previous), Some(new)) => {
            let says_less = new.ok && new.extent != Extent::Full;
            let stands = !previous.ok || previous.extent == Extent::Full;
            Some(if says_less && stands { previous } else { new })
        }
        (previous, new) => new.or(previous),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(at: &str, extent: Extent, ok: bool) -> ReadBack {
        ReadBack { identity: Some("a".into()), at: at.parse().unwrap(), extent, ok, detail: String::new() }
    }

    #[test]
    fn a_part_takes_nothing_back_that_the_whole_has_shown() {
        let full = |ok| read("2026-12-01T00:00:00Z", Extent::Full, ok);
        let part = |ok| read("2026-12-20T00:00:00Z", Extent::Percent(10), ok);
        let later = read("2026-12-27T00:00:00Z", Extent::Full, true);
        assert_eq!(newest(Some(full(true)), Some(part(true))), Some(full(true)));
        assert_eq!(newest(Some(full(false)), Some(part(true))), Some(full(false)));
        assert_eq!(newest(Some(part(false)), Some(part(true))), Some(part(false)));
        assert_eq!(newest(Some(full(true)), Some(part(false))), Some(part(false)));
        assert_eq!(newest(Some(part(false)), Some(later.clone())), Some(later));
        assert_eq!(newest(Some(full(true)), None), Some(full(true)));
        assert_eq!(newest(None, Some(part(true))), Some(part(true)));
    }

    #[test]
    fn a_read_back_is_of_a_repository_only_where_both_are_known_to_be_the_same() {
        let known = read("2026-12-01T00:00:00Z", Extent::Full, true);
        let unknown = ReadBack { identity: None, ..known.clone() };
        assert!(is_of(&known, Some("a")));
        assert!(!is_of(&known, Some("b")) && !is_of(&known, None));
        assert!(!is_of(&unknown, Some("a")) && !is_of(&unknown, None));
    }

    #[test]
    fn known_damage_is_not_forgotten_when_the_repository_cannot_be_opened() {
        let damaged = read("2026-12-01T00:00:00Z", Extent::Full, false);
        assert!(is_of(&damaged, None));
        assert!(!is_of(&damaged, Some("another")));
        assert!(!is_of(&read("2026-12-01T00:00:00Z", Extent::Full, true), None));
    }

    #[test]
    fn an_identity_tells_no_id() {
        assert_eq!(
            identity(" abc\n").as_deref(),
            Some("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        );
        assert_eq!(identity(" "), None);
    }

    #[test]
    fn a_subset_of_everything_is_everything() {
        assert_eq!(ReadData::Subset(100).extent(), Some(Extent::Full));
        assert_eq!(ReadData::Subset(5).extent(), Some(Extent::Percent(5)));
        assert_eq!(ReadData::Subset(0).extent(), None);
        assert_eq!(ReadData::default().extent(), None);
    }
}
