//! One look into one repository: the program with its environment, its limits, and what must not be written down.

use std::time::Duration;

use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::backups::BackupTool;
use tokio::time::Instant;

use super::Repository;
use super::secret::Hidden;
use super::trouble::Trouble;
use crate::command::{Output, Program};

/// One look into one repository. It holds secrets, and has no form that can be printed.
pub(super) struct Session<'a> {
    pub repository: &'a Repository,
    env: Vec<(String, String)>,
    hidden: Hidden,
    list_until: Instant,
    read_limit: Duration,
}

impl<'a> Session<'a> {
    /// Fetches the secrets of a repository. The limit of listing begins to run.
    pub(super) async fn open(
        repository: &'a Repository,
        list_limit: Duration,
        read_limit: Duration,
    ) -> Result<Self, Unknown> {
        let mut env = fixed_env(repository);
        let mut secrets = Vec::new();
        if let Some(password) = &repository.password {
            let password = password.fetch(&repository.name).await?;
            let variable = match repository.tool {
                BackupTool::Restic => "RESTIC_PASSWORD",
                BackupTool::Borg => "BORG_PASSPHRASE",
            };
            secrets.push(password.clone());
            env.push((variable.to_owned(), password));
        }
        // What is configured comes last, and wins.
        for (name, secret) in &repository.env {
            let value = secret.fetch(&repository.name).await?;
            secrets.push(value.clone());
            env.push((name.clone(), value));
        }
        let places = places(&repository.location).map(str::to_owned);
        let hidden = Hidden::new(secrets.into_iter().chain(places));
        Ok(Self { repository, env, hidden, list_until: Instant::now() + list_limit, read_limit })
    }

    /// Runs the program within what is left of the limit of listing.
    pub(super) async fn list(&self, args: &[&str]) -> Result<Output, Unknown> {
        self.run(args, self.list_until.saturating_duration_since(Instant::now())).await
    }

    /// Runs the program within the limit of reading back.
    pub(super) async fn read(&self, args: &[&str]) -> Result<Output, Unknown> {
        self.run(args, self.read_limit).await
    }

    async fn run(&self, args: &[&str], limit: Duration) -> Result<Output, Unknown> {
        let mut program = Program::new(self.repository.tool.as_str()).args(args.iter().copied()).limit(limit);
        for (name, value) in &self.env {
            program = program.env(name, value);
        }
        let named = |why| Unknown { item: self.repository.name.clone(), ..why };
        program.run().await.map_err(named)
    }

    /// What a program said, fit to be written down.
    pub(super) fn clean(&self, text: &str) -> String {
        self.hidden.clean(text)
    }

    /// A trouble as a reason for not knowing.
    pub(super) fn unknown(&self, trouble: Trouble) -> Unknown {
        match trouble {
            Trouble::Failed(said) => Trouble::Failed(self.clean(&said)).unknown(self.repository),
            other => other.unknown(self.repository),
        }
    }
}

/// What the programs are told by their environment: command lines are seen by every user of the machine.
fn fixed_env(repository: &Repository) -> Vec<(String, String)> {
    let mut env: Vec<(&str, &str)> = Vec::new();
    match repository.tool {
        BackupTool::Restic => env.push(("RESTIC_REPOSITORY", &repository.location)),
        BackupTool::Borg => {
            env.push(("BORG_REPO", &repository.location));
            // Nobody is there to answer questions.
            env.push(("BORG_RSH", "ssh -o BatchMode=yes"));
            env.push(("BORG_RELOCATED_REPO_ACCESS_IS_OK", "no"));
            if repository.password.is_none() {
                env.push(("BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK", "yes"));
            }
        }
    }
    env.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A location as it is written, and the parts of it that programs repeat: without the name of the way there, and the
/// path alone behind a server's address.
fn places(location: &str) -> impl Iterator<Item = &str> {
    let bare =
        ["local:", "sftp:", "rest:", "s3:", "file://"].iter().find_map(|way| location.strip_prefix(way));
    let rest = bare.unwrap_or(location);
    let path = match rest.split_once("://") {
        Some((_, address)) => address.split_once('/').map(|(_, path)| path),
        None => rest.split_once(':').map(|(_, path)| path),
    };
    // A very short path stands in every second word, and tells nothing.
    let path = path.filter(|path| path.len() > 3);
    [Some(location), bare, path].into_iter().flatten().map(|place| place.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_repeats_of_a_location_is_known() {
        let told = |location| places(location).collect::<Vec<_>>();
        assert_eq!(told("/srv/backup/"), ["/srv/backup"]);
        assert_eq!(told("local:/srv/backup"), ["local:/srv/backup", "/srv/backup"]);
        assert_eq!(
            told("rest:https://u:p@h:8000/repo/"),
            ["rest:https://u:p@h:8000/repo", "https://u:p@h:8000/repo", "repo"]
        );
        assert_eq!(told("u@h:repos/files"), ["u@h:repos/files", "repos/files"]);
        assert_eq!(told("ssh://u@h:22/./repo"), ["ssh://u@h:22/./repo", "./repo"]);
    }
}
