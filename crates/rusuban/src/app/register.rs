//! What the organisation has: the register (台帳) in the store, in and out of files.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use rusuban_core::calendar::parse_date;
use rusuban_core::model::chain::sha256_hex;
use rusuban_core::model::evidence::{Draft, EvidenceKind, Source};
use rusuban_core::model::register::{Changes, Problem, Reading, Register, StoredRow, apply, compare};
use rusuban_core::model::subject::{Subject, SubjectId};
use serde_json::json;

use super::{AppError, ErrorKind, Session};
use crate::inventory::{self, CsvEncoding, Limits, ReadOptions, WriteError};
use crate::store::Store;
use crate::store::evidence::Change;
use crate::store::register::RegisterRow;

/// The topic of evidence that the register was changed by an import.
const TOPIC: &str = "register-import/1";

/// Loads the register.
///
/// # Errors
/// Where the store or a row cannot be read.
pub async fn load(store: &Store) -> Result<Register, AppError> {
    let rows = store.register_rows().await?;
    let rows = rows.into_iter().map(|row| StoredRow { table: row.kind, id: row.id, json: row.record });
    Register::from_stored(rows).map_err(|invalid| {
        let en: Vec<String> = invalid.iter().map(ToString::to_string).collect();
        AppError::new(
            ErrorKind::Store,
            format!("保存された台帳を読めません\n{}", en.join("\n")),
            format!("the stored register cannot be read\n{}", en.join("\n")),
        )
        .hint(
            "控えから戻すか、正しい台帳を取り込み直してください",
            "restore a copy, or import a right register again",
        )
    })
}

/// The machines of the register, by subject.
pub fn machines(register: &Register) -> BTreeMap<SubjectId, Subject> {
    let assets = register.assets.values().map(|asset| Subject {
        id: SubjectId::asset(asset.id.as_str()),
        name: asset.name.as_str().to_owned(),
        section: asset.section.as_ref().map(|section| section.as_str().to_owned()),
    });
    assets.map(|subject| (subject.id.clone(), subject)).collect()
}

/// The sections of the register: id and name.
pub fn sections(register: &Register) -> Vec<(String, String)> {
    register.sections.values().map(|s| (s.id.as_str().to_owned(), s.name.as_str().to_owned())).collect()
}

/// What importing a file would do, or has done.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What would change.
    pub changes: Changes,
    /// What a person should look at, although it can be imported.
    pub cautions: Vec<Problem>,
    /// The register afterwards.
    after: Register,
}

/// Why a file was not imported.
#[derive(Debug)]
pub enum ImportError {
    /// The file has mistakes: all of them. Nothing was imported.
    Problems(Vec<Problem>),
    /// The store failed.
    App(AppError),
}

impl From<AppError> for ImportError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

/// Reads a file and tells what importing it would change. Changes nothing.
///
/// # Errors
/// Every problem of the file at once.
pub async fn preview(session: &Session, path: &Path, prune: bool) -> Result<Preview, ImportError> {
    let current = load(&session.store).await?;
    let options = ReadOptions {
        current: &current,
        prune,
        reading: Reading { date: |text| parse_date(text).ok() },
        limits: Limits::default(),
    };
    let incoming = inventory::read(path, &options).map_err(ImportError::Problems)?;
    Ok(Preview {
        changes: compare(&current, &incoming),
        after: apply(&current, &incoming, prune),
        cautions: incoming.cautions,
    })
}

/// Carries a preview out: the whole of it or nothing. That it was done becomes evidence.
///
/// # Errors
/// Where the store cannot write.
pub async fn import(session: &Session, path: &Path, preview: &Preview) -> Result<(), AppError> {
    let rows = preview.after.stored_rows().map_err(|error| {
        AppError::new(ErrorKind::Internal, format!("台帳を書けません（{error}）"), error.to_string())
    })?;
    let rows: Vec<RegisterRow> =
        rows.into_iter().map(|row| RegisterRow { kind: row.table, id: row.id, record: row.json }).collect();
    let now = Timestamp::now();
    let closure = session.closure(None).await?;
    let whole: Vec<&str> = rows.iter().map(|row| row.record.as_str()).collect();
    let tables: Vec<_> = preview
        .changes
        .tables
        .iter()
        .map(|t| json!({ "table": t.table, "added": t.added.len(), "changed": t.changed.len(), "absent": t.absent.len() }))
        .collect();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = Draft {
        id: Session::new_id(),
        closure: closure.id,
        kind: EvidenceKind::Import,
        topic: TOPIC.to_owned(),
        requirement: None,
        subject: SubjectId::organisation(),
        source: Source { name: file, version: String::new() },
        vantage: session.machine.hostname.clone(),
        observed_at: now,
        received_at: now,
        effective_at: None,
        body: json!({ "tables": tables, "register_sha256": sha256_hex(whole.join("\n").as_bytes()) }),
    };
    session.record(vec![draft], Change::Register(&rows)).await?;
    Ok(())
}

/// How the register is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// One workbook, one sheet a table.
    Xlsx,
    /// A folder, one CSV file a table.
    Csv(CsvEncoding),
}

/// Writes the register to a workbook or a folder.
///
/// # Errors
/// Where the place cannot be written, or a character does not exist in the encoding.
pub async fn export(session: &Session, path: &Path, kind: FileKind) -> Result<(), AppError> {
    let register = load(&session.store).await?;
    let written = match kind {
        FileKind::Xlsx => inventory::write_xlsx(&register, path),
        FileKind::Csv(encoding) => inventory::write_csv(&register, path, encoding),
    };
    written.map_err(|error| match error {
        WriteError::Unencodable(problems) => {
            let lines = |lang| problems.iter().map(|p| p.line(lang)).collect::<Vec<_>>().join("\n");
            AppError::new(
                ErrorKind::Input,
                lines(rusuban_core::model::text::Lang::Ja),
                lines(rusuban_core::model::text::Lang::En),
            )
            .hint("UTF-8（既定）で書き出してください", "write it in UTF-8 (the default)")
        }
        WriteError::NotAFile { path } => AppError::new(
            ErrorKind::Input,
            format!(
                "{} は通常のファイルではない（リンクやフォルダなど）ため、書き込みませんでした",
                path.display()
            ),
            format!("{} is no regular file (a link, a folder or such): nothing was written", path.display()),
        )
        .hint("別の名前を指定するか、それを取り除いてください", "name another file, or take it away"),
        other => AppError::new(
            ErrorKind::Store,
            format!("{} に書けません（{other}）", path.display()),
            other.to_string(),
        ),
    })
}
