//! What another tool says about another machine, out of a file: evidence of the kind import, with the file's hash.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusuban_core::model::chain::sha256_hex;
use rusuban_core::model::evidence::{Draft, EvidenceKind, Outcome, Source};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Seen;
use rusuban_core::world::Facts;
use rusuban_core::world::definitions::DefinitionFacts;
use rusuban_core::world::disk_encryption::DiskEncryptionFacts;
use rusuban_probes::disk_encryption::import::ImportFormat as EncryptionFormat;
use rusuban_probes::packages::import::ImportFormat as PackageFormat;
use rusuban_probes::{definitions, disk_encryption, packages};
use serde::Serialize;

use super::{AppError, ErrorKind, Session};
use crate::store::evidence::Change;

/// A kind of file that can be taken as evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What a package manager says about pending updates.
    Packages(PackageFormat),
    /// What a malware scanner says about its definitions.
    Definitions(definitions::import::Format),
    /// What a system says about the encryption of its disks.
    Encryption(EncryptionFormat),
}

impl Format {
    /// All of them, with the name on the command line.
    pub const ALL: [(&'static str, Self); 9] = [
        ("windows-update", Self::Packages(PackageFormat::WindowsUpdate)),
        ("winget-upgrade", Self::Packages(PackageFormat::WingetUpgrade)),
        ("winget-list", Self::Packages(PackageFormat::WingetList)),
        ("softwareupdate", Self::Packages(PackageFormat::SoftwareUpdate)),
        ("defender", Self::Definitions(definitions::import::Format::DefenderStatus)),
        ("mdatp", Self::Definitions(definitions::import::Format::MdatpHealth)),
        ("manage-bde", Self::Encryption(EncryptionFormat::ManageBde)),
        ("fdesetup", Self::Encryption(EncryptionFormat::Fdesetup)),
        ("lsblk", Self::Encryption(EncryptionFormat::Lsblk)),
    ];

    /// The format of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, format)| format)
    }

    /// The command whose output is taken, to be run on the machine in question.
    pub fn command(self) -> &'static str {
        match self {
            Self::Packages(format) => format.command(),
            Self::Definitions(format) => format.command(),
            Self::Encryption(format) => format.command(),
        }
    }
}

/// A file to take as evidence.
#[derive(Debug, Clone)]
pub struct Import {
    /// What kind of file it is.
    pub format: Format,
    /// The name of that kind.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
    /// The machine that it speaks of.
    pub subject: SubjectId,
    /// When it was made, where the file does not say.
    pub made_at: Option<Timestamp>,
    /// Id of the closure; the running or next one where none.
    pub closure: Option<String>,
}

/// What was taken.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// Id of the evidence.
    pub evidence: String,
    /// Id of the closure.
    pub closure: String,
    /// The machine.
    pub subject: SubjectId,
    /// Since when the facts count.
    pub made_at: Timestamp,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// Takes a file as evidence: whole, or not at all.
///
/// # Errors
/// Where the file cannot be read or understood, or was made in the future.
pub async fn import(session: &Session, import: &Import) -> Result<Imported, AppError> {
    let closure = session.closure(import.closure.as_deref()).await?;
    let bytes = read(&import.path)?;
    let parsed = parse(import, &bytes)?;
    let now = Timestamp::now();
    // A file's time of change says nothing: copying an old file would make it fresh.
    let made_at = parsed.asked_at.or(import.made_at).ok_or_else(|| {
        AppError::new(
            ErrorKind::Usage,
            "このファイルには作成日時が入っていません",
            "this file does not say when it was made",
        )
        .hint(
            "--made に作成した日時を書いてください（例：2026-12-28T17:00+09:00）",
            "say when it was made with --made (such as 2026-12-28T17:00+09:00)",
        )
    })?;
    if made_at > now {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("作成時刻 {made_at} が未来です"),
            format!("the file was made in the future ({made_at})"),
        )
        .hint("--made に作成した日時を書いてください", "say when it was made with --made"));
    }
    let sha256 = sha256_hex(&bytes);
    let draft = Draft {
        id: Session::new_id(),
        closure: closure.id.clone(),
        kind: EvidenceKind::Import,
        topic: parsed.topic.to_owned(),
        requirement: None,
        subject: import.subject.clone(),
        source: Source { name: import.name.clone(), version: format!("sha256:{sha256}") },
        vantage: import.subject.to_string(),
        observed_at: made_at,
        received_at: now,
        effective_at: None,
        body: serde_json::to_value(Outcome::Facts(parsed.facts)).map_err(|error| {
            AppError::new(ErrorKind::Internal, format!("証跡を書けません（{error}）"), error.to_string())
        })?,
    };
    let added = session.record(vec![draft], Change::None).await?;
    let evidence = added.first().map(|e| e.id().to_owned()).unwrap_or_default();
    Ok(Imported { evidence, closure: closure.id, subject: import.subject.clone(), made_at, sha256 })
}

fn read(path: &Path) -> Result<Vec<u8>, AppError> {
    super::read_bounded(path).map_err(|error| {
        AppError::new(
            ErrorKind::Input,
            format!("{} を読めません（{error}）", path.display()),
            format!("{} cannot be read ({error})", path.display()),
        )
    })
}

/// What a file gave.
struct Parsed {
    topic: &'static str,
    facts: serde_json::Value,
    /// When the tool looked, where the file says so.
    asked_at: Option<Timestamp>,
}

fn parse(import: &Import, bytes: &[u8]) -> Result<Parsed, AppError> {
    match import.format {
        Format::Packages(format) => {
            let facts = packages::import::parse(format, bytes).map_err(|error| {
                let place_ja = format!("{}行目、{}：{}", error.line, error.field, error.reason.ja);
                refused(import, &Text::new(place_ja, error.to_string()))
            })?;
            parsed(&facts, facts.asked_at())
        }
        Format::Definitions(format) => {
            let facts = definitions::import::parse(format, bytes)
                .map_err(|error| refused(import, &error.unknown().message))?;
            let made_by = facts.defender.as_ref().and_then(Seen::known).and_then(|defender| defender.made_by);
            // It is the end of a span of time, which may not be over yet.
            let made_by = made_by.map(|latest| latest.min(Timestamp::now()));
            parsed::<DefinitionFacts>(&facts, made_by)
        }
        Format::Encryption(format) => {
            let facts = disk_encryption::import::parse(format, bytes)
                .map_err(|error| refused(import, &error.reason()))?;
            parsed::<DiskEncryptionFacts>(&facts, None)
        }
    }
}

fn parsed<F: Facts>(facts: &F, asked_at: Option<Timestamp>) -> Result<Parsed, AppError> {
    let value = serde_json::to_value(facts).map_err(|error| {
        AppError::new(ErrorKind::Internal, format!("証跡を書けません（{error}）"), error.to_string())
    })?;
    Ok(Parsed { topic: F::TOPIC, facts: value, asked_at })
}

fn refused(import: &Import, reason: &Text) -> AppError {
    let path = import.path.display();
    AppError::new(ErrorKind::Input, format!("{path}：{}", reason.ja), format!("{path}: {}", reason.en)).hint(
        format!("その機器で次を実行し、出力をそのまま保存してください：\n{}", import.format.command()),
        format!("run this on that machine and save its output as it is:\n{}", import.format.command()),
    )
}
