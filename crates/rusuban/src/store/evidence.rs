//! Evidence in the store: added in one transaction, read by closure, never changed and never deleted.

use rusuban_core::model::chain::{Head, Linked, StoredRecord, link};
use rusuban_core::model::evidence::{Draft, Evidence, Record};
use sqlx::Row;

use super::{Db, Store, StoreError, on};

/// A record as it stands in the table, with the copies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Place, text and hash.
    pub stored: StoredRecord,
    /// Copy of the id.
    pub id: String,
    /// Copy of the closure.
    pub closure: String,
    /// Copy of the topic.
    pub topic: String,
    /// Copy of the subject.
    pub subject: String,
}

/// The columns as they are selected.
type Columns = (i64, String, String, String, String, String, String);

impl From<Columns> for EvidenceRow {
    fn from((seq, record, hash, id, closure, topic, subject): Columns) -> Self {
        Self { stored: StoredRecord { seq: seq_from_db(seq), record, hash }, id, closure, topic, subject }
    }
}

const INSERT: &str = "insert into evidence (seq, id, closure, topic, subject, record, hash) \
                      values ($1, $2, $3, $4, $5, $6, $7)";
const SELECT_HEAD: &str = "select seq, hash from evidence order by seq desc limit 1";
const SELECT_CLOSURE: &str = "select seq, record, hash from evidence where closure = $1 order by seq";
const SELECT_PAGE: &str = "select seq, record, hash, id, closure, topic, subject from evidence \
                           where seq > $1 order by seq limit 1000";
const SELECT_ID: &str = "select seq, record, hash, id, closure, topic, subject from evidence where id = $1";

/// Adds linked records inside an open transaction.
macro_rules! insert_all {
    ($tx:expr, $linked:expr) => {
        for Linked { evidence, canonical } in $linked {
            let draft = &evidence.record.draft;
            sqlx::query(INSERT)
                .bind(seq_to_db(evidence.record.seq))
                .bind(&draft.id)
                .bind(&draft.closure)
                .bind(&draft.topic)
                .bind(draft.subject.as_str())
                .bind(canonical)
                .bind(&evidence.hash)
                .execute(&mut *$tx)
                .await?;
        }
    };
}

/// The end of the chain, inside an open transaction.
macro_rules! head_of {
    ($executor:expr) => {
        match sqlx::query(SELECT_HEAD).fetch_optional($executor).await? {
            Some(row) => Head { seq: seq_from_db(row.try_get(0)?), hash: row.try_get(1)? },
            None => Head::empty(),
        }
    };
}

impl Store {
    /// Adds evidence to the end of the chain: all of it or none.
    ///
    /// # Errors
    /// Where the database cannot write, or a draft cannot be written canonically.
    pub async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Evidence>, StoreError> {
        let linked = match &self.db {
            Db::Sqlite(pool) => {
                // Immediate: the end of the chain must not move between reading it and writing after it.
                let mut tx = pool.begin_with("begin immediate").await?;
                let head = head_of!(&mut *tx);
                let linked = link(&head, drafts)?;
                insert_all!(tx, &linked);
                tx.commit().await?;
                linked
            }
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query("lock table evidence in exclusive mode").execute(&mut *tx).await?;
                let head = head_of!(&mut *tx);
                let linked = link(&head, drafts)?;
                insert_all!(tx, &linked);
                tx.commit().await?;
                linked
            }
        };
        Ok(linked.into_iter().map(|linked| linked.evidence).collect())
    }

    /// The end of the chain.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn head(&self) -> Result<Head, StoreError> {
        Ok(on!(&self.db, pool => head_of!(pool)))
    }

    /// All evidence of a closure, in the order of the chain.
    ///
    /// # Errors
    /// Where the database or one of its records cannot be read.
    pub async fn evidence_of(&self, closure: &str) -> Result<Vec<Evidence>, StoreError> {
        let rows: Vec<(i64, String, String)> = on!(&self.db, pool => {
            sqlx::query_as(SELECT_CLOSURE).bind(closure).fetch_all(pool).await?
        });
        rows.into_iter().map(|(seq, record, hash)| read_record(seq, &record, hash)).collect()
    }

    /// The next records of the whole chain after a place, at most a thousand, as they stand.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn evidence_page(&self, after: u64) -> Result<Vec<EvidenceRow>, StoreError> {
        let rows: Vec<Columns> = on!(&self.db, pool => {
            sqlx::query_as(SELECT_PAGE).bind(seq_to_db(after)).fetch_all(pool).await?
        });
        Ok(rows.into_iter().map(EvidenceRow::from).collect())
    }

    /// One record by its id, as it stands.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn evidence_by_id(&self, id: &str) -> Result<Option<EvidenceRow>, StoreError> {
        let row: Option<Columns> = on!(&self.db, pool => {
            sqlx::query_as(SELECT_ID).bind(id).fetch_optional(pool).await?
        });
        Ok(row.map(EvidenceRow::from))
    }
}

fn read_record(seq: i64, record: &str, hash: String) -> Result<Evidence, StoreError> {
    let record: Record = serde_json::from_str(record).map_err(|error| StoreError::Unreadable {
        what: format!("evidence record {seq}"),
        reason: format!("{error}; run `rusuban verify-chain`"),
    })?;
    Ok(Evidence { record, hash })
}

/// Places are counted from 1 and stay far below 2^63.
pub(super) fn seq_to_db(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

pub(super) fn seq_from_db(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or_default()
}
