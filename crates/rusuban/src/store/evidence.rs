//! Evidence in the store: added in one transaction, read by closure, never changed and never deleted.

use jiff::Timestamp;
use rusuban_core::model::chain::{Head, Linked, StoredRecord, canonical, link};
use rusuban_core::model::closure::Closure;
use rusuban_core::model::evidence::{Draft, Evidence, Record};
use sqlx::Row;

use super::register::RegisterRow;
use super::signing::CheckpointKey;
use super::{Db, Store, StoreError, on};

/// A record as it stands in the table, with the copies beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceRow {
    /// Place as the database has it; one below 1 is no place of the chain.
    pub place: i64,
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
        Self {
            place: seq,
            stored: StoredRecord { seq: seq_from_db(seq), record, hash },
            id,
            closure,
            topic,
            subject,
        }
    }
}

const INSERT: &str = "insert into evidence (seq, id, closure, topic, subject, record, hash) \
                      values ($1, $2, $3, $4, $5, $6, $7)";
const INSERT_CHECKPOINT: &str = "insert into checkpoint (signature, seq, record) values ($1, $2, $3)";
const UPSERT_CLOSURE: &str = "insert into closure (id, record) values ($1, $2) \
                              on conflict (id) do update set record = excluded.record";
const SELECT_HEAD: &str = "select seq, hash from evidence order by seq desc limit 1";
const SELECT_CLOSURE: &str = "select seq, record, hash from evidence where closure = $1 order by seq";
const SELECT_TOPIC: &str = "select seq, record, hash from evidence where topic = $1 order by seq";
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

/// Signs where the chain ends, inside an open transaction: never a chain without a checkpoint at its end.
macro_rules! insert_checkpoint {
    ($tx:expr, $linked:expr, $key:expr, $at:expr) => {
        if let Some(last) = $linked.last() {
            let head = Head { seq: last.evidence.record.seq, hash: last.evidence.hash.clone() };
            let signed = $key.sign(&head, $at)?;
            sqlx::query(INSERT_CHECKPOINT)
                .bind(&signed.signature)
                .bind(seq_to_db(head.seq))
                .bind(canonical(&signed.checkpoint)?)
                .execute(&mut *$tx)
                .await?;
        }
    };
}

/// What else is written together with evidence that it was done.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// Nothing.
    None,
    /// The whole register.
    Register(&'a [RegisterRow]),
    /// A closure that is defined by hand.
    Closure(&'a Closure),
}

/// Carries a change out inside an open transaction.
macro_rules! carry_out {
    ($tx:expr, $change:expr) => {
        match $change {
            Change::None => {}
            Change::Register(rows) => {
                sqlx::query("delete from register").execute(&mut *$tx).await?;
                for row in rows {
                    sqlx::query("insert into register (kind, id, record) values ($1, $2, $3)")
                        .bind(&row.kind)
                        .bind(&row.id)
                        .bind(&row.record)
                        .execute(&mut *$tx)
                        .await?;
                }
            }
            Change::Closure(closure) => {
                sqlx::query(UPSERT_CLOSURE)
                    .bind(&closure.id)
                    .bind(canonical(closure)?)
                    .execute(&mut *$tx)
                    .await?;
            }
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
    /// Adds evidence to the end of the chain, with a signed checkpoint of where it ends then: all of it or none.
    /// `change` is what else is done in the same transaction.
    ///
    /// # Errors
    /// Where the database cannot write, or a draft cannot be written canonically.
    pub async fn append(
        &self,
        drafts: Vec<Draft>,
        key: &CheckpointKey,
        at: Timestamp,
        change: Change<'_>,
    ) -> Result<Vec<Evidence>, StoreError> {
        let linked = match &self.db {
            Db::Sqlite(pool) => {
                // Immediate: the end of the chain must not move between reading it and writing after it.
                let mut tx = pool.begin_with("begin immediate").await?;
                let head = head_of!(&mut *tx);
                let linked = link(&head, drafts)?;
                insert_all!(tx, &linked);
                insert_checkpoint!(tx, &linked, key, at);
                carry_out!(tx, change);
                tx.commit().await?;
                linked
            }
            Db::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                sqlx::query("lock table evidence in exclusive mode").execute(&mut *tx).await?;
                let head = head_of!(&mut *tx);
                let linked = link(&head, drafts)?;
                insert_all!(tx, &linked);
                insert_checkpoint!(tx, &linked, key, at);
                carry_out!(tx, change);
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

    /// All evidence on a topic, of every closure, in the order of the chain.
    ///
    /// # Errors
    /// Where the database or one of its records cannot be read.
    pub async fn evidence_on(&self, topic: &str) -> Result<Vec<Evidence>, StoreError> {
        let rows: Vec<(i64, String, String)> = on!(&self.db, pool => {
            sqlx::query_as(SELECT_TOPIC).bind(topic).fetch_all(pool).await?
        });
        rows.into_iter().map(|(seq, record, hash)| read_record(seq, &record, hash)).collect()
    }

    /// The next records of the whole chain after a place, at most a thousand, as they stand.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn evidence_page(&self, after: i64) -> Result<Vec<EvidenceRow>, StoreError> {
        let rows: Vec<Columns> = on!(&self.db, pool => {
            sqlx::query_as(SELECT_PAGE).bind(after).fetch_all(pool).await?
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
