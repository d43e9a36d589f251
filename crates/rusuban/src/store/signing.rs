//! The key that signs checkpoints, and the checkpoints in the store.
//!
//! A hash chain alone cannot show that its newest records were cut off. A signed checkpoint says where the chain ended
//! at a time; whoever kept one (a report names it) can tell.

use std::io::Write;
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use jiff::Timestamp;
use rusuban_core::model::chain::{Checkpoint, Head, SignedCheckpoint};

use super::{Store, StoreError, on};

/// Name of the key's file in the data directory.
pub const KEY_FILE: &str = "checkpoint.key";

/// The key of this installation.
pub struct CheckpointKey(SigningKey);

impl CheckpointKey {
    /// Reads the key of a data directory, and makes one where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read, written, or holds no key.
    pub fn load_or_create(data_dir: &Path) -> Result<Self, StoreError> {
        let path = data_dir.join(KEY_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).ok_or_else(|| key_error(&path, "it is no key of 64 hex digits")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(data_dir, &path),
            Err(error) => Err(key_error(&path, &error.to_string())),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = hex::decode(text.trim()).ok()?;
        Some(Self(SigningKey::from_bytes(&bytes.try_into().ok()?)))
    }

    /// Writes a new key beside its place first, so that a crash never leaves half a key. Whoever comes second takes
    /// the key that is there.
    fn create(data_dir: &Path, path: &Path) -> Result<Self, StoreError> {
        let failed = |error: &dyn std::fmt::Display| key_error(path, &error.to_string());
        let (mut seed, mut suffix) = ([0_u8; 32], [0_u8; 8]);
        getrandom::fill(&mut seed)
            .and_then(|()| getrandom::fill(&mut suffix))
            .map_err(|error| failed(&error))?;
        let beside = data_dir.join(format!("{KEY_FILE}.{}", hex::encode(suffix)));
        let written =
            write_private(&beside, &hex::encode(seed)).and_then(|()| std::fs::hard_link(&beside, path));
        let removed = std::fs::remove_file(&beside);
        match written {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => other.and(removed).map_err(|error| failed(&error))?,
        }
        let text = std::fs::read_to_string(path).map_err(|error| failed(&error))?;
        Self::parse(&text).ok_or_else(|| key_error(path, "it is no key of 64 hex digits"))
    }

    /// The public key, in hex.
    pub fn public(&self) -> String {
        hex::encode(self.0.verifying_key().as_bytes())
    }

    /// Signs that the chain has this end now.
    ///
    /// # Errors
    /// Where the checkpoint cannot be written canonically.
    pub fn sign(&self, head: &Head, at: Timestamp) -> Result<SignedCheckpoint, StoreError> {
        let checkpoint = Checkpoint { v: 1, seq: head.seq, head: head.hash.clone(), at, key: self.public() };
        let signature = self.0.sign(&checkpoint.signed_bytes()?);
        Ok(SignedCheckpoint { checkpoint, signature: hex::encode(signature.to_bytes()) })
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn key_error(path: &Path, reason: &str) -> StoreError {
    StoreError::Key { path: PathBuf::from(path), reason: reason.to_owned() }
}

/// Whether a checkpoint was signed by the key that it names.
pub fn signature_holds(signed: &SignedCheckpoint) -> bool {
    let holds = || -> Option<bool> {
        let key: [u8; 32] = hex::decode(&signed.checkpoint.key).ok()?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&key).ok()?;
        let signature: [u8; 64] = hex::decode(&signed.signature).ok()?.try_into().ok()?;
        let bytes = signed.checkpoint.signed_bytes().ok()?;
        Some(key.verify_strict(&bytes, &Signature::from_bytes(&signature)).is_ok())
    };
    holds().unwrap_or(false)
}

impl Store {
    /// All checkpoints, in the order of the chain, each with the copy of its place beside it.
    ///
    /// # Errors
    /// Where the database or a checkpoint cannot be read.
    pub async fn checkpoints(&self) -> Result<Vec<(i64, SignedCheckpoint)>, StoreError> {
        let rows: Vec<(i64, String, String)> = on!(&self.db, pool => {
            sqlx::query_as("select seq, signature, record from checkpoint order by seq, record").fetch_all(pool).await?
        });
        let read = |(seq, signature, record): (i64, String, String)| {
            let checkpoint = serde_json::from_str(&record).map_err(|error| StoreError::Unreadable {
                what: "checkpoint".to_owned(),
                reason: error.to_string(),
            })?;
            Ok((seq, SignedCheckpoint { checkpoint, signature }))
        };
        rows.into_iter().map(read).collect()
    }
}
