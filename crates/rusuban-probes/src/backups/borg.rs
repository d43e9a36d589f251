//! Looks into Borg repositories (1.2 and later).
//!
//! Listing goes past the lock, so that it neither waits for a backup nor hinders one. Reading back takes it: Borg removes
//! the lock of a process that is gone by itself.

use rusuban_core::model::verdict::Unknown;

use super::borg_output::{self, Check};
use super::series;
use super::session::Session;
use super::trouble::Trouble;
use super::{Listing, identity};
use crate::command::Output;

pub(super) async fn list(session: &Session<'_>) -> Result<Listing, Unknown> {
    // Keys that the format names are added to the JSON.
    let output = session
        .list(&["list", "--json", "--log-json", "--bypass-lock", "--format", "{hostname}{name}"])
        .await?;
    let text = succeeded(session, &output)?;
    let listed = borg_output::archives(&text).ok_or_else(|| session.unknown(Trouble::Unparsable("list")))?;
    let mut contents = series::contents(listed);
    for (source, snapshot) in series::unsized_snapshots(&mut contents) {
        let item = format!("{}:{source}", session.repository.name);
        snapshot.size = series::sized(size(session, &snapshot.id).await, item);
    }
    series::make_printable(&mut contents);
    Ok(Listing { contents, identity: borg_output::repository_id(&text).and_then(|id| identity(&id)) })
}

async fn size(session: &Session<'_>, archive: &str) -> Result<u64, Unknown> {
    let archive = format!("::{archive}");
    let output = session.list(&["info", "--json", "--log-json", "--bypass-lock", &archive]).await?;
    let text = succeeded(session, &output)?;
    borg_output::size(&text).ok_or_else(|| session.unknown(Trouble::Unparsable("info")))
}

/// Reads all stored data back: whether all of it was undamaged, and what Borg said.
pub(super) async fn read_back(session: &Session<'_>) -> Result<(bool, String), Unknown> {
    let output =
        session.read(&["check", "--verify-data", "--info", "--log-json", "--lock-wait", "5"]).await?;
    match borg_output::check(&output) {
        Check::Good(said) => Ok((true, session.clean(&said))),
        Check::Damaged(said) => Ok((false, session.clean(&said))),
        Check::Failed(trouble) => Err(session.unknown(trouble)),
    }
}

/// Standard output. Status 1 means warnings: the list is whole all the same.
fn succeeded(session: &Session<'_>, output: &Output) -> Result<String, Unknown> {
    match output.status {
        Some(0 | 1) => Ok(output.text()),
        _ => Err(session.unknown(borg_output::trouble(output))),
    }
}
