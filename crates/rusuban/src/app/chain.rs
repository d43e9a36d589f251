//! The evidence chain: check it, export it, show single records.

use std::io::{BufReader, Write};
use std::path::Path;

use jiff::Timestamp;
use rusuban_core::model::chain::Head;

use super::{AppError, ErrorKind, Session};
use crate::store::evidence::EvidenceRow;
use crate::store::export::{self, ChainReport};

/// Checks the chain in the store.
///
/// # Errors
/// Where the store cannot be read. A chain that does not hold is no error here: the report says so.
pub async fn verify(session: &Session) -> Result<ChainReport, AppError> {
    Ok(export::verify_store(&session.store).await?)
}

/// Checks an exported chain, without any database.
///
/// # Errors
/// Where the file cannot be read or is no export.
pub fn verify_file(path: &Path) -> Result<ChainReport, AppError> {
    let file = std::fs::File::open(path).map_err(|error| {
        AppError::new(
            ErrorKind::Input,
            format!("{} を開けません（{error}）", path.display()),
            format!("{} cannot be opened ({error})", path.display()),
        )
    })?;
    Ok(export::verify_export(BufReader::new(file))?)
}

/// Writes the whole chain.
///
/// # Errors
/// Where the store cannot be read or `out` not be written.
pub async fn export(session: &Session, out: &mut impl Write) -> Result<Head, AppError> {
    Ok(export::write(&session.store, Timestamp::now(), out).await?)
}

/// One record by its id or place.
///
/// # Errors
/// Where there is none, or the store cannot be read.
pub async fn find(session: &Session, id: &str) -> Result<EvidenceRow, AppError> {
    let row = match id.parse::<u64>() {
        Ok(seq) => session
            .store
            .evidence_page(i64::try_from(seq).unwrap_or(i64::MAX).saturating_sub(1))
            .await?
            .into_iter()
            .find(|r| r.stored.seq == seq),
        Err(_) => session.store.evidence_by_id(id).await?,
    };
    row.ok_or_else(|| {
        AppError::new(
            ErrorKind::Usage,
            format!("証跡 {id} はありません"),
            format!("there is no evidence {id}"),
        )
        .hint("`rusuban evidence list` で確かめてください", "look it up with `rusuban evidence list`")
    })
}
