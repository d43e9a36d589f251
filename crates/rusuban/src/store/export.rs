//! The chain as a file that can be checked without the database, and the check itself. Format: `docs/evidence-chain.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};

use jiff::Timestamp;
use rusuban_core::model::chain::{
    ChainFault, CheckpointFault, Head, SignedCheckpoint, StoredRecord, Verifier,
};
use rusuban_core::model::evidence::Record;
use serde::{Deserialize, Serialize};

use super::evidence::EvidenceRow;
use super::signing::signature_holds;
use super::{Store, StoreError};

/// First line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// `rusuban-evidence-chain/1`.
    pub format: String,
    /// When it was written.
    pub exported_at: Timestamp,
}

/// Name and version of the export's format.
pub const FORMAT: &str = "rusuban-evidence-chain/1";

/// One line after the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// A record with the text that its hash covers.
    Evidence(StoredRecord),
    /// A signed checkpoint.
    Checkpoint(SignedCheckpoint),
    /// The last line: how many records there should have been.
    End(Head),
}

/// What checking a chain gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChainReport {
    /// How many records were read.
    pub records: u64,
    /// Where the chain ends.
    pub head: Head,
    /// How many checkpoints were read.
    pub checkpoints: u64,
    /// The public keys that signed them, in hex.
    pub keys: BTreeSet<String>,
    /// Everything that is wrong.
    pub faults: Vec<ChainFault>,
    /// Hash of each record, in order.
    #[serde(skip)]
    hashes: BTreeSet<String>,
}

impl ChainReport {
    /// Adds a fault unless the checkpoints were signed by this key alone.
    pub fn require_key(&mut self, key: &str) {
        let others: Vec<&str> = self.keys.iter().map(String::as_str).filter(|other| *other != key).collect();
        if !others.is_empty() || !self.keys.contains(key) {
            let reason = CheckpointFault::OtherKeys(others.join(", "));
            self.faults.push(ChainFault::Checkpoint { seq: self.records, reason });
        }
    }

    /// Adds a fault unless a record of the chain has this hash: a head that somebody has kept must still be there.
    pub fn require(&mut self, head: &str) {
        if !self.hashes.contains(head) {
            let reason = CheckpointFault::HeadMissing(head.to_owned());
            self.faults.push(ChainFault::Checkpoint { seq: self.records, reason });
        }
    }

    /// Whether nothing is wrong.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Why an export cannot be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file cannot be read or written.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A line is not of the export's shape.
    #[error("line {line}: {reason}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// Checks records and checkpoints as they come.
#[derive(Debug, Default)]
struct Audit {
    verifier: Verifier,
    records: u64,
    /// Hash of each place, for checkpoints that speak of it.
    hashes: BTreeMap<u64, String>,
    checkpoints: u64,
    keys: BTreeSet<String>,
    /// The place of the newest checkpoint that holds.
    signed_to: u64,
    faults: Vec<ChainFault>,
}

impl Audit {
    fn record(&mut self, stored: &StoredRecord) -> Option<Record> {
        let (faults, record) = self.verifier.next(stored);
        self.faults.extend(faults);
        self.records += 1;
        self.hashes.insert(stored.seq, stored.hash.clone());
        record
    }

    fn checkpoint(&mut self, signed: &SignedCheckpoint) {
        self.checkpoints += 1;
        let seq = signed.checkpoint.seq;
        let fault = |reason| ChainFault::Checkpoint { seq, reason };
        if !signature_holds(signed) {
            self.faults.push(fault(CheckpointFault::BadSignature));
            return;
        }
        self.keys.insert(signed.checkpoint.key.clone());
        self.signed_to = self.signed_to.max(seq);
        let genesis = (seq == 0).then_some(rusuban_core::model::chain::GENESIS);
        let known = genesis.or_else(|| self.hashes.get(&seq).map(String::as_str));
        match known {
            None => self.faults.push(fault(CheckpointFault::CutOff)),
            Some(hash) if hash != signed.checkpoint.head => {
                self.faults.push(fault(CheckpointFault::Replaced));
            }
            Some(_) => {}
        }
    }

    fn end(&mut self, head: &Head) {
        if self.verifier.head() != head {
            self.faults.push(ChainFault::Checkpoint { seq: head.seq, reason: CheckpointFault::WrongEnd });
        }
    }

    fn report(mut self) -> ChainReport {
        let seq = self.verifier.head().seq;
        if self.records > 0 && self.signed_to < seq {
            self.faults.push(ChainFault::Checkpoint { seq, reason: CheckpointFault::NoneAtEnd });
        }
        ChainReport {
            records: self.records,
            head: self.verifier.head().clone(),
            checkpoints: self.checkpoints,
            keys: self.keys,
            faults: self.faults,
            hashes: self.hashes.into_values().collect(),
        }
    }
}

/// Checks the chain in a store: every record, every copy beside it, every checkpoint.
///
/// # Errors
/// Where the store cannot be read.
pub async fn verify_store(store: &Store) -> Result<ChainReport, StoreError> {
    let mut audit = Audit::default();
    // From below the first place: a row that hides there would still be judged.
    let mut after = i64::MIN;
    loop {
        let page = store.evidence_page(after).await?;
        let Some(last) = page.last() else { break };
        after = last.place;
        for row in &page {
            if let Some(record) = audit.record(&row.stored) {
                audit.faults.extend(altered_columns(row, &record));
            }
        }
    }
    for (place, signed) in store.checkpoints().await? {
        audit.checkpoint(&signed);
        if i64::try_from(signed.checkpoint.seq) != Ok(place) {
            let reason = CheckpointFault::PlaceAltered;
            audit.faults.push(ChainFault::Checkpoint { seq: signed.checkpoint.seq, reason });
        }
    }
    Ok(audit.report())
}

fn altered_columns(row: &EvidenceRow, record: &Record) -> Vec<ChainFault> {
    let draft = &record.draft;
    let copies = [
        ("id", &row.id, draft.id.as_str()),
        ("closure", &row.closure, draft.closure.as_str()),
        ("topic", &row.topic, draft.topic.as_str()),
        ("subject", &row.subject, draft.subject.as_str()),
    ];
    let altered = copies.into_iter().filter(|(_, copy, original)| copy != original);
    altered
        .map(|(column, ..)| ChainFault::ColumnAltered { seq: row.stored.seq, column: column.to_owned() })
        .collect()
}

/// Writes the whole chain, one JSON object a line.
///
/// # Errors
/// Where the store cannot be read or the file not be written.
pub async fn write(store: &Store, at: Timestamp, out: &mut impl Write) -> Result<Head, ExportError> {
    let header = Header { format: FORMAT.to_owned(), exported_at: at };
    write_line(out, &header)?;
    let mut head = Head::empty();
    let mut after = i64::MIN;
    loop {
        let page = store.evidence_page(after).await?;
        let Some(last) = page.last() else { break };
        after = last.place;
        head = Head { seq: last.stored.seq, hash: last.stored.hash.clone() };
        for row in &page {
            write_line(out, &Line::Evidence(row.stored.clone()))?;
        }
    }
    for (_, signed) in store.checkpoints().await? {
        write_line(out, &Line::Checkpoint(signed))?;
    }
    write_line(out, &Line::End(head.clone()))?;
    out.flush()?;
    Ok(head)
}

fn write_line<T: Serialize>(out: &mut impl Write, line: &T) -> Result<(), ExportError> {
    serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Checks an exported chain. Needs no database.
///
/// # Errors
/// Where the file cannot be read or is no export.
pub fn verify_export(input: impl BufRead) -> Result<ChainReport, ExportError> {
    let mut lines = input.lines().enumerate();
    let bad =
        |line: usize, reason: &dyn std::fmt::Display| ExportError::Line { line, reason: reason.to_string() };
    let (_, first) = lines.next().ok_or_else(|| bad(1, &"the file is empty"))?;
    let header: Header = serde_json::from_str(&first?).map_err(|error| bad(1, &error))?;
    if header.format != FORMAT {
        return Err(bad(1, &format_args!("the format `{}` is not `{FORMAT}`", header.format)));
    }
    let mut audit = Audit::default();
    let mut ended = false;
    for (index, line) in lines {
        if ended {
            return Err(bad(index + 1, &"nothing may stand after the line `end`"));
        }
        match serde_json::from_str(&line?).map_err(|error| bad(index + 1, &error))? {
            Line::Evidence(stored) => {
                audit.record(&stored);
            }
            Line::Checkpoint(signed) => audit.checkpoint(&signed),
            Line::End(head) => {
                audit.end(&head);
                ended = true;
            }
        }
    }
    if !ended {
        let seq = audit.verifier.head().seq;
        audit.faults.push(ChainFault::Checkpoint { seq, reason: CheckpointFault::EndMissing });
    }
    Ok(audit.report())
}
