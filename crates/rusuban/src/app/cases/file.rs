//! A review as its JSON file has it: only what a decision needs, and nothing of it believed.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use jiff::Timestamp;
use rusuban_core::model::case::CaseLevel;
use rusuban_core::model::statement::Attachment;
use rusuban_core::model::text::Text;
use rusuban_logs::cases::{self, Content};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::app::{AppError, ErrorKind};

/// Bytes after which a file is no review.
const LARGEST: u64 = 1 << 30;

/// A review.
#[derive(Debug, Clone)]
pub(super) struct ReviewFile {
    pub(super) closure: FileClosure,
    pub(super) cases: Vec<FileCase>,
    pub(super) attachment: Attachment,
}

#[derive(Debug, Deserialize)]
struct Body {
    version: u32,
    closure: FileClosure,
    cases: Vec<FileCase>,
}

/// Its closure.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FileClosure {
    pub(super) id: Option<String>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) whole_logs: bool,
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FileCase {
    pub(super) id: String,
    pub(super) digest: String,
    pub(super) level: CaseLevel,
    pub(super) title: Text,
    timeline: Vec<FileFinding>,
}

#[derive(Debug, Clone, Deserialize)]
struct FileFinding {
    rule_id: String,
    level: CaseLevel,
    who: String,
    from: String,
    host: String,
    first: Option<Timestamp>,
}

impl FileCase {
    /// The digest that the case's findings give.
    pub(super) fn own_digest(&self) -> String {
        let loud = self.timeline.iter().filter(|finding| !finding.level.is_noise());
        cases::digest(loud.map(|f| Content {
            rule: &f.rule_id,
            who: &f.who,
            from: &f.from,
            host: &f.host,
            first: f.first.and_then(|at| i64::try_from(at.as_nanosecond()).ok()),
        }))
    }
}

/// Reads a review.
pub(super) fn read(path: &Path) -> Result<ReviewFile, AppError> {
    let name = path.display();
    let bad = |ja: String, en: String| {
        AppError::new(ErrorKind::Input, format!("{name} {ja}"), format!("{name} {en}")).hint(
            "`rusuban review --output ファイル` で作った JSON を指定してください",
            "name a JSON file made by `rusuban review --output FILE`",
        )
    };
    let unread =
        |error: std::io::Error| bad(format!("を読めません（{error}）"), format!("cannot be read ({error})"));
    let file = File::open(path).map_err(unread)?;
    let metadata = file.metadata().map_err(unread)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(bad(
            "は点検の結果のファイルではありません".to_owned(),
            "is no file of a review".to_owned(),
        ));
    }
    let mut hashed = Hashed { inner: file.take(LARGEST), digest: Sha256::new(), size: 0 };
    let body: Result<Body, _> = serde_json::from_reader(BufReader::new(&mut hashed));
    let body = body.map_err(|error| {
        bad(
            format!("を点検の結果として読めません（{error}）"),
            format!("cannot be read as a review ({error})"),
        )
    })?;
    if body.version != 1 {
        let version = body.version;
        return Err(bad(
            format!("の版 {version} は読めません"),
            format!("has the version {version}, which is not known"),
        ));
    }
    std::io::copy(&mut hashed, &mut std::io::sink()).map_err(unread)?;
    let (sha256, size) = (hex::encode(hashed.digest.finalize()), hashed.size);
    Ok(ReviewFile {
        closure: body.closure,
        cases: body.cases,
        attachment: super::attachment(path, sha256, size),
    })
}

/// Reads on, and digests what was read.
struct Hashed<R> {
    inner: R,
    digest: Sha256,
    size: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        self.size += read as u64;
        Ok(read)
    }
}
