//! What people state: attestations, exceptions with an end, withdrawals. Each becomes evidence.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rusuban_core::checks::{Needs, registry};
use rusuban_core::model::chain::GENESIS;
use rusuban_core::model::closure::Closure;
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Source};
use rusuban_core::model::id::RequirementId;
use rusuban_core::model::statement::{self, Attachment, Statement};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Level, Verdict};
use serde::{Deserialize, Serialize};

use super::evaluate::{self, Evaluated};
use super::observe::{self, Progress};
use super::world::{self, WorldInput};
use super::{AppError, ErrorKind, Session};
use crate::store::evidence::Change;

/// The largest file that may be named as proof, in bytes.
const MAX_FILE: u64 = 1024 * 1024 * 1024;

/// The requirement whose files are watched after they were named: the incident procedure.
const PROCEDURE: &str = "before.procedure.a";

/// What a statement has led to.
#[derive(Debug, Clone, Serialize)]
pub struct Recorded {
    /// Id of the evidence that holds the statement.
    pub evidence: String,
    /// The closure that it counts for.
    pub closure: String,
    /// The requirement.
    pub requirement: RequirementId,
    /// What is to be said of the requirement now.
    pub verdict: Verdict,
    /// Why it is not closed, where it is not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Text>,
    /// Keys of the findings that an acceptance covers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
}

/// Which requirement, for which closure, about whom.
#[derive(Debug, Clone)]
pub struct Target {
    /// The requirement's id as typed.
    pub requirement: String,
    /// Id of the closure; the running or next one where none.
    pub closure: Option<String>,
    /// A subject, where the statement is not about all of them.
    pub subject: Option<String>,
}

/// What is attested.
#[derive(Debug, Clone)]
pub enum Claim {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// It does not apply.
    NotApplicable,
}

/// An attestation as a person gives it.
#[derive(Debug, Clone)]
pub struct Attest {
    /// What it is about.
    pub target: Target,
    /// Who states it.
    pub by: String,
    /// In which words.
    pub statement: String,
    /// What it claims.
    pub claim: Claim,
    /// Files that show it.
    pub files: Vec<PathBuf>,
}

/// A risk acceptance as a person gives it.
#[derive(Debug, Clone)]
pub struct Accept {
    /// What it is about.
    pub target: Target,
    /// Who carries the risk.
    pub owner: String,
    /// Who allowed it.
    pub approved_by: Option<String>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    pub until: Timestamp,
    /// Keys of the findings to cover; all that stand now where none is named.
    pub findings: Vec<String>,
}

/// Records an attestation.
///
/// # Errors
/// Where the requirement does not exist, a text is empty, or a file cannot be read.
pub async fn attest(
    session: &Session,
    attest: &Attest,
    progress: &mut dyn Progress,
) -> Result<Recorded, AppError> {
    let (requirement, closure) = resolve(session, &attest.target).await?;
    let by = not_empty(&attest.by, "--by")?;
    let words = not_empty(&attest.statement, "--statement")?;
    let files = attest.files.iter().map(|path| attach(path)).collect::<Result<Vec<_>, _>>()?;
    let subject = subject(session, &attest.target, &closure, &requirement).await?;
    let statement = match attest.claim {
        Claim::Holds => {
            let basis = review_basis(session, &closure, &requirement, &subject, &files, progress).await?;
            let subjects = subjects_now(session, &closure, &requirement, &subject).await?;
            Statement::Holds { by: by.clone(), statement: words, files, basis, subjects }
        }
        Claim::Fails => Statement::Fails { by: by.clone(), statement: words, files },
        Claim::NotApplicable => {
            let subjects = subjects_now(session, &closure, &requirement, &subject).await?;
            Statement::NotApplicable { by: by.clone(), reason: words, subjects }
        }
    };
    record(session, closure, requirement, subject, by, &statement).await
}

/// Records a risk acceptance of the findings that stand now.
///
/// # Errors
/// Where there is nothing to accept, the end lies in the past, or the owner allows it to themselves.
pub async fn accept(session: &Session, accept: &Accept) -> Result<Recorded, AppError> {
    let (requirement, closure) = resolve(session, &accept.target).await?;
    let owner = not_empty(&accept.owner, "--owner")?;
    let approved_by =
        accept.approved_by.as_deref().map(|name| not_empty(name, "--approved-by")).transpose()?;
    let reason = not_empty(&accept.reason, "--reason")?;
    let now = Timestamp::now();
    refuse_bad_end(accept.until, now)?;
    if approved_by.as_deref() == Some(owner.as_str()) {
        return Err(AppError::new(
            ErrorKind::Usage,
            "申請者と許可者が同じです（兼務の禁止）",
            "who carries the risk cannot allow it to themselves (separation of duties)",
        )
        .hint("--approved-by に別の人を書いてください", "name someone else with --approved-by"));
    }
    let subject = subject(session, &accept.target, &closure, &requirement).await?;
    let evaluated = evaluate::evaluate(session, closure, now).await?;
    let covered = covered_findings(&evaluated, &requirement, accept)?;
    let statement = Statement::AcceptsRisk {
        owner: owner.clone(),
        approved_by,
        reason,
        until: accept.until,
        findings: covered.clone(),
    };
    let mut recorded = record(session, evaluated.closure, requirement, subject, owner, &statement).await?;
    recorded.covers = covered;
    Ok(recorded)
}

/// An acceptance that ends more than this long after it was given is no exception but a rule.
const LONGEST_ACCEPTANCE: SignedDuration = SignedDuration::from_hours(24 * 366);

fn refuse_bad_end(until: Timestamp, now: Timestamp) -> Result<(), AppError> {
    if until <= now {
        return Err(AppError::new(ErrorKind::Usage, "期限が過ぎています", "the end lies in the past")
            .hint("--until に将来の日付を書いてください", "name a day in the future with --until"));
    }
    if until.duration_since(now) > LONGEST_ACCEPTANCE {
        return Err(AppError::new(
            ErrorKind::Usage,
            "例外措置の期限は1年以内です",
            "a risk is accepted for a year at the most",
        )
        .hint("--until を短くしてください", "name an earlier day with --until"));
    }
    Ok(())
}

fn covered_findings(
    evaluated: &Evaluated,
    requirement: &RequirementId,
    accept: &Accept,
) -> Result<Vec<String>, AppError> {
    let open: Vec<String> = evaluated
        .evaluation
        .requirement(requirement)
        .into_iter()
        .flat_map(|r| &r.findings)
        .filter(|f| matches!(f.level, Level::Failing | Level::Unknown))
        .filter(|f| accept.target.subject.as_deref().is_none_or(|subject| f.subject.as_str() == subject))
        .map(rusuban_core::model::verdict::Finding::key)
        .collect();
    let looked = evaluated.evaluation.requirement(requirement).is_some_and(|r| !r.evidence.is_empty());
    if open.is_empty() && looked {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("{requirement} に受け入れるべき指摘はもうありません"),
            format!("{requirement} has no finding left to accept"),
        ));
    }
    if open.is_empty() {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("{requirement} に受け入れるべき指摘はありません"),
            format!("there is no finding of {requirement} to accept"),
        )
        .hint("先に `rusuban check` を実行してください", "run `rusuban check` first"));
    }
    if accept.findings.is_empty() {
        return Ok(open);
    }
    if let Some(unknown) = accept.findings.iter().find(|key| !open.contains(key)) {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("指摘 {unknown} はありません"),
            format!("there is no finding {unknown}"),
        )
        .hint(format!("あるもの：{}", open.join("、")), format!("there are: {}", open.join(", "))));
    }
    Ok(accept.findings.clone())
}

/// Records that an earlier statement no longer counts.
///
/// # Errors
/// Where the evidence does not exist or is no statement.
pub async fn withdraw(
    session: &Session,
    evidence: &str,
    by: &str,
    reason: &str,
) -> Result<Recorded, AppError> {
    let row = super::chain::find(session, evidence).await?;
    let not_a_statement = || {
        AppError::new(
            ErrorKind::Usage,
            format!("証跡 {evidence} は申告ではありません"),
            format!("evidence {evidence} is no statement"),
        )
    };
    let record_text: rusuban_core::model::evidence::Record =
        serde_json::from_str(&row.stored.record).map_err(|_| not_a_statement())?;
    let requirement = record_text.draft.requirement.clone().ok_or_else(not_a_statement)?;
    let closure = session.closure(Some(&record_text.draft.closure)).await?;
    let by = not_empty(by, "--by")?;
    let reason = not_empty(reason, "--reason")?;
    let statement = Statement::Withdraws { by: by.clone(), reason, evidence: row.id };
    record(session, closure, requirement, record_text.draft.subject, by, &statement).await
}

async fn resolve(session: &Session, target: &Target) -> Result<(RequirementId, Closure), AppError> {
    let known = || session.catalogues.iter().flat_map(rusuban_core::catalogue::Catalogue::requirements);
    let found = known().find(|(_, r)| r.id.as_str() == target.requirement).map(|(_, r)| r.id.clone());
    let Some(id) = found else {
        let of_measure: Vec<&str> = known()
            .filter(|(m, _)| m.id.as_str() == target.requirement)
            .map(|(_, r)| r.id.as_str())
            .collect();
        let error = AppError::new(
            ErrorKind::Usage,
            format!("要件 {} はありません", target.requirement),
            format!("there is no requirement {}", target.requirement),
        );
        return Err(if of_measure.is_empty() {
            error.hint("`rusuban explain` で一覧を見てください", "see the list with `rusuban explain`")
        } else {
            error.hint(
                format!("要件を選んでください：{}", of_measure.join("、")),
                format!("choose a requirement: {}", of_measure.join(", ")),
            )
        });
    };
    Ok((id, session.closure(target.closure.as_deref()).await?))
}

/// What the statement is about. A subject that the requirement does not know is a slip of the pen.
async fn subject(
    session: &Session,
    target: &Target,
    closure: &Closure,
    requirement: &RequirementId,
) -> Result<SubjectId, AppError> {
    let Some(wanted) = &target.subject else { return Ok(SubjectId::organisation()) };
    let evaluated = evaluate::evaluate(session, closure.clone(), Timestamp::now()).await?;
    let subjects: Vec<SubjectId> = evaluated
        .evaluation
        .requirement(requirement)
        .into_iter()
        .flat_map(|r| r.subjects.iter().map(|s| s.subject.clone()))
        .collect();
    let known: Vec<&str> = subjects.iter().map(SubjectId::as_str).collect();
    if known.contains(&wanted.as_str()) {
        return Ok(SubjectId::from(wanted.as_str()));
    }
    Err(AppError::new(
        ErrorKind::Usage,
        format!("{requirement} に対象 {wanted} はありません"),
        format!("{requirement} has no subject {wanted}"),
    )
    .hint(format!("あるもの：{}", known.join("、")), format!("there are: {}", known.join(", "))))
}

/// The subjects that a statement about all of them speaks of: those that there are now.
async fn subjects_now(
    session: &Session,
    closure: &Closure,
    requirement: &RequirementId,
    about: &SubjectId,
) -> Result<Vec<SubjectId>, AppError> {
    if !about.is_organisation() {
        return Ok(Vec::new());
    }
    let evaluated = evaluate::evaluate(session, closure.clone(), Timestamp::now()).await?;
    let result = evaluated.evaluation.requirement(requirement);
    Ok(result.into_iter().flat_map(|r| r.subjects.iter().map(|s| s.subject.clone())).collect())
}

/// What was reviewed, so that a later change voids the statement. Looks first, so that it is what is there now.
async fn review_basis(
    session: &Session,
    closure: &Closure,
    requirement: &RequirementId,
    about: &SubjectId,
    files: &[Attachment],
    progress: &mut dyn Progress,
) -> Result<BTreeMap<SubjectId, String>, AppError> {
    let observed =
        registry::find(requirement.as_str()).filter(|check| check.meta().needs != Needs::Statement);
    if observed.is_none() {
        return Ok(BTreeMap::new());
    }
    let before = session.store.evidence_of(&closure.id).await?;
    let mut documents = registered_documents(&before);
    if requirement.as_str() == PROCEDURE && !files.is_empty() {
        documents = files.iter().map(document).collect();
    }
    let world = world::build(session, &before, WorldInput { documents, deep: false, offline: true });
    let wanted = |id: &str| id == requirement.as_str();
    let drafts = observe::observe(session, &closure.id, world, false, wanted, progress).await;
    session.record(drafts, Change::None).await?;
    let evaluated = evaluate::evaluate(session, closure.clone(), Timestamp::now()).await?;
    let basis = evaluated.evaluation.requirement(requirement).map(|r| r.basis.clone()).unwrap_or_default();
    let all = *about == SubjectId::organisation();
    Ok(basis.into_iter().filter(|(subject, _)| all || subject == about).collect())
}

/// The documents that the newest statement about the procedure names.
pub fn registered_documents(evidence: &[Evidence]) -> Vec<(String, PathBuf)> {
    let newest = evidence.iter().rev().filter(|e| {
        let draft = &e.record.draft;
        draft.topic == statement::TOPIC
            && draft.requirement.as_ref().is_some_and(|id| id.as_str() == PROCEDURE)
    });
    newest
        .filter_map(|e| Statement::deserialize(&e.record.draft.body).ok())
        .find_map(|statement| match statement {
            Statement::Holds { files, .. } if !files.is_empty() => Some(files.iter().map(document).collect()),
            _ => None,
        })
        .unwrap_or_default()
}

fn document(file: &Attachment) -> (String, PathBuf) {
    let path = PathBuf::from(&file.path);
    let name = path.file_name().map_or_else(|| file.path.clone(), |name| name.to_string_lossy().into_owned());
    (name, path)
}

async fn record(
    session: &Session,
    closure: Closure,
    requirement: RequirementId,
    subject: SubjectId,
    by: String,
    statement: &Statement,
) -> Result<Recorded, AppError> {
    let now = Timestamp::now();
    let draft = Draft {
        id: Session::new_id(),
        closure: closure.id.clone(),
        kind: EvidenceKind::Attestation,
        topic: statement::TOPIC.to_owned(),
        requirement: Some(requirement.clone()),
        subject,
        source: Source { name: by, version: String::new() },
        vantage: "person".to_owned(),
        observed_at: now,
        received_at: now,
        effective_at: None,
        body: serde_json::to_value(statement).map_err(|error| {
            AppError::new(ErrorKind::Internal, format!("申告を書けません（{error}）"), error.to_string())
        })?,
    };
    let added = session.record(vec![draft], Change::None).await?;
    let id = added.first().map_or_else(|| GENESIS.to_owned(), |e| e.id().to_owned());
    let evaluated = evaluate::evaluate(session, closure, Timestamp::now()).await?;
    let result = evaluated.evaluation.requirement(&requirement);
    let verdict = result.map_or(Verdict::Unknown, |r| r.verdict);
    let findings = result.into_iter().flat_map(|r| &r.findings);
    let open = findings
        .filter(|f| matches!(f.level, Level::Failing | Level::Unknown))
        .map(|f| f.message.clone())
        .collect();
    Ok(Recorded {
        evidence: id,
        closure: evaluated.closure.id,
        requirement,
        verdict,
        open,
        covers: Vec::new(),
    })
}

fn not_empty(text: &str, option: &str) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("{option} が空です"),
            format!("{option} is empty"),
        )
        .hint("誰が何を確認したかを書いてください", "write who has checked what"));
    }
    Ok(text.to_owned())
}

/// Registers a file by its content.
fn attach(path: &Path) -> Result<Attachment, AppError> {
    let bad = |reason: Text| {
        AppError::new(
            ErrorKind::Input,
            format!("証跡ファイル {} を使えません（{}）", path.display(), reason.ja),
            format!("the file {} cannot be used ({})", path.display(), reason.en),
        )
    };
    let unread = |error: std::io::Error| bad(Text::new(error.to_string(), error.to_string()));
    let path_full = path.canonicalize().map_err(unread)?;
    let mut file = std::fs::File::open(&path_full).map_err(unread)?;
    let size = file.metadata().map_err(unread)?.len();
    if size > MAX_FILE {
        return Err(bad(Text::new("1 GiB を超えています", "larger than 1 GiB")));
    }
    let sha256 = hash(&mut file).map_err(unread)?;
    Ok(Attachment { path: path_full.display().to_string(), sha256, size })
}

fn hash(file: &mut impl Read) -> std::io::Result<String> {
    use sha2::{Digest, Sha256};
    let mut digest = Sha256::new();
    let mut file = file.take(MAX_FILE);
    let mut block = vec![0_u8; 64 * 1024];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok(hex::encode(digest.finalize()));
        }
        digest.update(block.get(..read).unwrap_or_default());
    }
}
