//! Looks into restic repositories.
//!
//! restic is told not to lock: a look that is cut short would leave its lock behind, and that lock would stop the next
//! backup. Errors that were found while somebody else worked in the repository are therefore not believed. restic's
//! cache is not used either, for it would answer in the repository's place.

use std::collections::BTreeSet;

use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::backups::Extent;

use super::restic_output::{self, Check};
use super::series;
use super::session::Session;
use super::trouble::Trouble;
use super::{Listing, identity};
use crate::command::Output;

pub(super) async fn list(session: &Session<'_>) -> Result<Listing, Unknown> {
    let output = session.list(&["snapshots", "--json", "--no-lock", "--no-cache"]).await?;
    let text = succeeded(session, &output)?;
    let listed =
        restic_output::snapshots(&text).ok_or_else(|| session.unknown(Trouble::Unparsable("snapshots")))?;
    let mut contents = series::contents(listed);
    for (source, snapshot) in series::unsized_snapshots(&mut contents) {
        let item = format!("{}:{source}", session.repository.name);
        snapshot.size = series::sized(size(session, &snapshot.id).await, item);
    }
    series::make_printable(&mut contents);
    Ok(Listing { contents, identity: own_identity(session).await })
}

/// No list of restic's tells the repository's id; its configuration does. It also holds a number that is kept secret:
/// nothing but the id is taken out of it.
async fn own_identity(session: &Session<'_>) -> Option<String> {
    let output = session.list(&["cat", "config", "--no-lock", "--no-cache"]).await.ok()?;
    let text = succeeded(session, &output).ok()?;
    identity(&restic_output::repository_id(&text)?)
}

async fn size(session: &Session<'_>, id: &str) -> Result<u64, Unknown> {
    let args = ["stats", "--json", "--mode", "restore-size", "--no-lock", "--no-cache", id];
    let output = session.list(&args).await?;
    let text = succeeded(session, &output)?;
    restic_output::size(&text).ok_or_else(|| session.unknown(Trouble::Unparsable("stats")))
}

/// Reads stored data back: whether all of it was undamaged, and what restic said.
pub(super) async fn read_back(session: &Session<'_>, extent: Extent) -> Result<(bool, String), Unknown> {
    let indexes = ids(session, "index").await?;
    if !ids(session, "locks").await?.is_empty() {
        return Err(session.unknown(Trouble::Locked));
    }
    let how = match extent {
        Extent::Full => "--read-data".to_owned(),
        Extent::Percent(percent) => format!("--read-data-subset={percent}%"),
    };
    let output = session.read(&["check", &how, "--no-lock", "--no-cache"]).await?;
    match restic_output::check(&output) {
        Check::Good(said) => Ok((true, session.clean(&said))),
        Check::Damaged(said) => {
            if !ids(session, "locks").await?.is_empty() || ids(session, "index").await? != indexes {
                return Err(session.unknown(Trouble::Changed));
            }
            Ok((false, session.clean(&said)))
        }
        Check::Failed(trouble) => Err(session.unknown(trouble)),
    }
}

/// The ids of all files of one kind in the repository.
async fn ids(session: &Session<'_>, kind: &str) -> Result<BTreeSet<String>, Unknown> {
    let output = session.read(&["list", kind, "--no-lock", "--no-cache"]).await?;
    Ok(succeeded(session, &output)?.lines().map(|line| line.trim().to_owned()).collect())
}

fn succeeded(session: &Session<'_>, output: &Output) -> Result<String, Unknown> {
    if output.status == Some(0) {
        Ok(output.text())
    } else {
        Err(session.unknown(restic_output::trouble(output)))
    }
}
