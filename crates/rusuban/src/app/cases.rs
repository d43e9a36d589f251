//! Decisions about the cases (事案) of the log review: what there is to decide, and what people decided. A decision becomes
//! evidence and refers to what the store recorded of the case; where the store recorded nothing, it says so.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use rusuban_core::model::case::{self, CaseLevel, Decision, Disposition, Dispositions, Given, Pattern};
use rusuban_core::model::closure::Closure;
use rusuban_core::model::evidence::{Draft, Evidence, EvidenceKind, Source};
use rusuban_core::model::id::RequirementId;
use rusuban_core::model::statement::Attachment;
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::Verdict;
use rusuban_core::world::log_review::CaseSeen;
use serde::Serialize;

use super::review::record::{self, Recorded};
use super::{AppError, ErrorKind, Session, evaluate};
use crate::store::evidence::Change;

mod file;

use file::{FileCase, ReviewFile};

/// A decision is remembered at most so many years; by default one.
const LONGEST_YEARS: i64 = 2;
/// Looking into a case takes at most so many days.
const LONGEST_INVESTIGATION: i64 = 92;

/// A case with what was decided about it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The case as it is recorded.
    pub case: CaseSeen,
    /// What was decided, newest last.
    pub given: Vec<Given>,
}

/// The cases of a closure: those of the newest review of each machine, the gravest first.
///
/// # Errors
/// Where the store cannot be read.
pub async fn list(session: &Session, closure: &Closure) -> Result<Vec<Listed>, AppError> {
    let evidence = session.store.evidence_of(&closure.id).await?;
    let decisions = Dispositions::read(&evidence);
    let mut seen: Vec<CaseSeen> = Vec::new();
    let mut vantages: Vec<String> = Vec::new();
    for review in record::recorded(&evidence).into_iter().rev() {
        if vantages.contains(&review.vantage) {
            continue;
        }
        vantages.push(review.vantage);
        for case in review.facts.cases.list {
            if !seen.iter().any(|other| other.digest == case.digest) {
                seen.push(case);
            }
        }
    }
    seen.sort_by(|a, b| (b.level, a.first, &a.id).cmp(&(a.level, b.first, &b.id)));
    let listed = |case: CaseSeen| {
        let given = decisions.about(&case.id, &case.digest).cloned().collect();
        Listed { case, given }
    };
    Ok(seen.into_iter().map(listed).collect())
}

/// A decision as a person gives it.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Id of the case, or enough of its beginning.
    pub case: String,
    /// The review (JSON) that the person has before them.
    pub file: Option<PathBuf>,
    /// Id of the closure; the file's, or the running or next one, where none.
    pub closure: Option<String>,
    /// What it is.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub by: String,
    /// The last day: of remembering it, or of looking into it.
    pub until: Option<Date>,
    /// Remember it for no later closure.
    pub once: bool,
}

/// A decision that can be recorded.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The closure that it counts for.
    pub closure: Closure,
    /// What will be recorded.
    pub disposition: Disposition,
    /// What the person should know about it.
    pub notes: Vec<Text>,
}

/// What a decision has led to.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// Id of the evidence that holds it.
    pub evidence: String,
    /// What is to be said of `after.logs.b` now.
    pub verdict: Verdict,
    /// How many cases of the closure still fail or are unknown.
    pub open: usize,
}

/// Looks whether a decision can be recorded, and how. Changes nothing.
///
/// # Errors
/// Where the case is not known, the file differs from what the store recorded, or a text or day is missing or wrong.
pub async fn plan(session: &Session, wish: &Wish, now: Timestamp) -> Result<Plan, AppError> {
    let by = not_empty(&wish.by, "--by")?;
    let reason = not_empty(&wish.reason, "--reason")?;
    let today = now.to_zoned_datetime(session.zone.clone()).date();
    refuse_bad_end(wish, today)?;
    let file = wish.file.as_deref().map(file::read).transpose()?;
    let closure = closure_of(session, wish, file.as_ref()).await?;
    let closure_from = closure.interval().map_err(|error| {
        AppError::new(ErrorKind::Input, format!("休業期間が正しくありません（{error}）"), error.to_string())
    })?;
    let reviews = record::recorded(&session.store.evidence_of(&closure.id).await?);
    let mut subject = find(&wish.case, file.as_ref(), &reviews, &closure)?;
    let mut notes = std::mem::take(&mut subject.notes);
    let until = end(wish, &subject, today, &mut notes);
    let disposition = Disposition {
        case: subject.id,
        digest: subject.digest,
        level: subject.level,
        title: subject.title,
        closure_from: closure_from.0,
        decision: wish.decision,
        reason,
        by,
        until,
        patterns: subject.patterns,
        review: subject.review,
        file: file.map(|file| file.attachment),
    };
    Ok(Plan { closure, disposition, notes })
}

/// Records a decision.
///
/// # Errors
/// Where the store cannot write.
pub async fn carry_out(session: &Session, plan: &Plan, now: Timestamp) -> Result<Decided, AppError> {
    let internal =
        |error: String| AppError::new(ErrorKind::Internal, format!("判断を書けません（{error}）"), error);
    let requirement: RequirementId =
        case::REQUIREMENT.parse().map_err(|_| internal(case::REQUIREMENT.to_owned()))?;
    let draft = Draft {
        id: Session::new_id(),
        closure: plan.closure.id.clone(),
        kind: EvidenceKind::Attestation,
        topic: case::TOPIC.to_owned(),
        requirement: Some(requirement.clone()),
        subject: SubjectId::organisation(),
        source: Source { name: plan.disposition.by.clone(), version: String::new() },
        vantage: "person".to_owned(),
        observed_at: now,
        received_at: now,
        effective_at: None,
        body: serde_json::to_value(&plan.disposition).map_err(|error| internal(error.to_string()))?,
    };
    let added = session.record(vec![draft], Change::None).await?;
    let evaluated = evaluate::evaluate(session, plan.closure.clone(), now).await?;
    let result = evaluated.evaluation.requirement(&requirement);
    let open = result
        .into_iter()
        .flat_map(|r| &r.findings)
        .filter(|f| f.code.starts_with("case-o") || f.code.starts_with("case-inv"));
    Ok(Decided {
        evidence: added.first().map(|e: &Evidence| e.id().to_owned()).unwrap_or_default(),
        verdict: result.map_or(Verdict::Unknown, |r| r.verdict),
        open: open.count(),
    })
}

/// What is decided on.
struct Subject {
    id: String,
    digest: String,
    level: CaseLevel,
    title: Text,
    patterns: Vec<Pattern>,
    /// Whether the patterns are all that there were.
    whole: bool,
    review: Option<String>,
    notes: Vec<Text>,
}

fn refuse_bad_end(wish: &Wish, today: Date) -> Result<(), AppError> {
    let Some(until) = wish.until else { return Ok(()) };
    let usage = |ja: &str, en: &str| AppError::new(ErrorKind::Usage, ja, en);
    if wish.decision == Decision::Incident {
        return Err(usage(
            "--until は --incident には付けられません（インシデントの判断に期限はありません）",
            "--until does not go with --incident: that decision has no end",
        ));
    }
    if until <= today {
        return Err(usage("期限が過ぎています", "the end lies in the past")
            .hint("--until に明日以降の日付を書いてください", "name a day after today with --until"));
    }
    let longest = if wish.decision == Decision::Benign {
        today.checked_add(LONGEST_YEARS.years())
    } else {
        today.checked_add(LONGEST_INVESTIGATION.days())
    };
    let longest = longest.unwrap_or(Date::MAX);
    if until > longest {
        return Err(usage("期限が遠すぎます", "the end is too far away").hint(
            format!("--until は {longest} までにしてください（覚えておくのは2年まで、調査は92日まで）"),
            format!(
                "--until may be {longest} at the latest (two years to remember, 92 days to look into it)"
            ),
        ));
    }
    Ok(())
}

/// The last day of a decision, with what there is to say about it.
fn end(wish: &Wish, subject: &Subject, today: Date, notes: &mut Vec<Text>) -> Option<Date> {
    if wish.decision != Decision::Benign {
        return wish.until;
    }
    let mut forget = |ja: &str, en: &str| {
        notes.push(Text::new(ja, en));
        None
    };
    if wish.once {
        return None;
    }
    if subject.review.is_none() {
        return forget(
            "保存された点検の記録と突き合わせていないため、次の休業期間には引き継ぎません",
            "not compared with a recorded review, and so not remembered for later closures",
        );
    }
    if !subject.whole {
        return forget(
            "指摘が多く、すべては記録されていないため、次の休業期間には引き継ぎません",
            "it has more findings than are recorded, and is not remembered for later closures",
        );
    }
    if subject.level == CaseLevel::Critical && wish.until.is_none() {
        return forget(
            "重大な事案は、--until で期限を書かないかぎり、次の休業期間に引き継ぎません",
            "a critical case is not remembered for later closures unless --until names a day",
        );
    }
    wish.until.or_else(|| today.checked_add(1.year()).ok())
}

/// The closure that a decision counts for.
async fn closure_of(session: &Session, wish: &Wish, file: Option<&ReviewFile>) -> Result<Closure, AppError> {
    let Some(file) = file else { return session.closure(wish.closure.as_deref()).await };
    let name = file.attachment.path.as_str();
    let no_closure = || {
        AppError::new(
            ErrorKind::Input,
            format!("{name} は、知られている休業期間の点検ではありません"),
            format!("{name} is the review of no closure that is known"),
        )
        .hint(
            "`rusuban review --closure 休業期間のID …` で点検してください（一覧は `rusuban closure list`）",
            "review with `rusuban review --closure ID …` (see `rusuban closure list`)",
        )
    };
    if file.closure.whole_logs {
        return Err(no_closure());
    }
    let id = file.closure.id.as_deref().or(wish.closure.as_deref());
    let closure = if let Some(id) = id {
        session.closure(Some(id)).await?
    } else {
        let first = file.closure.from.to_zoned_datetime(session.zone.clone()).date();
        session.closure(Some(&first.to_string())).await.map_err(|_| no_closure())?
    };
    let same = closure.interval().is_ok_and(|days| days == (file.closure.from, file.closure.to));
    if let Some(wanted) = wish.closure.as_deref().filter(|wanted| *wanted != closure.id) {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("{name} は休業期間 {} の点検で、{wanted} のものではありません", closure.id),
            format!("{name} is a review of the closure {}, not of {wanted}", closure.id),
        ));
    }
    if same { Ok(closure) } else { Err(no_closure()) }
}

/// The case that is meant, as the store recorded it; as the file has it where the store recorded nothing.
fn find(
    wanted: &str,
    file: Option<&ReviewFile>,
    reviews: &[Recorded],
    closure: &Closure,
) -> Result<Subject, AppError> {
    let newest_first = || reviews.iter().rev();
    let recorded: Vec<&CaseSeen> = newest_first().flat_map(|review| &review.facts.cases.list).collect();
    let known: Vec<(&str, &Text)> = match file {
        Some(file) => file.cases.iter().map(|case| (case.id.as_str(), &case.title)).collect(),
        None => recorded.iter().map(|case| (case.id.as_str(), &case.title)).collect(),
    };
    let id = resolve(wanted, &known, file, closure)?;
    let at = newest_first().find_map(|review| {
        let case = review.facts.cases.list.iter().find(|case| case.id == id)?;
        Some((case, review))
    });
    let in_file = file.and_then(|file| Some((file.cases.iter().find(|case| case.id == id)?, file)));
    if let Some((case, file)) = in_file {
        refuse_edited(case, at.map(|(seen, review)| (seen, review.evidence.as_str())), file)?;
    }
    match (at, in_file) {
        (Some((case, review)), _) => Ok(Subject {
            id: case.id.clone(),
            digest: case.digest.clone(),
            level: case.level,
            title: case.title.clone(),
            patterns: case.patterns.list.clone(),
            whole: case.patterns.left_out == 0 && !case.patterns.list.is_empty(),
            review: Some(case.earlier.clone().unwrap_or_else(|| review.evidence.clone())),
            notes: Vec::new(),
        }),
        (None, Some((case, _))) => Ok(Subject {
            id: case.id.clone(),
            digest: case.digest.clone(),
            level: case.level,
            title: case.title.clone(),
            patterns: Vec::new(),
            whole: false,
            review: None,
            notes: vec![Text::new(
                "この事案は保存された点検の記録にありません。ファイルの内容だけによる判断です",
                "no recorded review has this case: the decision rests on the file alone",
            )],
        }),
        (None, None) => Err(unknown(wanted, &known, file, closure)),
    }
}

/// The whole id: as it is, or the only one that begins so.
fn resolve(
    wanted: &str,
    known: &[(&str, &Text)],
    file: Option<&ReviewFile>,
    closure: &Closure,
) -> Result<String, AppError> {
    let wanted = wanted.trim();
    let mut fitting: Vec<&str> =
        known.iter().map(|(id, _)| *id).filter(|id| id.starts_with(wanted)).collect();
    fitting.sort_unstable();
    fitting.dedup();
    match fitting.as_slice() {
        [id] if wanted.len() >= 4 || *id == wanted => Ok((*id).to_owned()),
        ids if ids.contains(&wanted) => Ok(wanted.to_owned()),
        ids if ids.len() > 1 && !wanted.is_empty() => Err(AppError::new(
            ErrorKind::Usage,
            format!("{wanted} で始まる事案が{}件あります", ids.len()),
            format!("{} cases begin with {wanted}", ids.len()),
        )
        .hint(
            format!("事案を選んでください：{}", ids.join("、")),
            format!("choose one: {}", ids.join(", ")),
        )),
        _ => Err(unknown(wanted, known, file, closure)),
    }
}

/// An error that names the near ones.
fn unknown(wanted: &str, known: &[(&str, &Text)], file: Option<&ReviewFile>, closure: &Closure) -> AppError {
    const NAMED: usize = 5;
    let (ja, en) = match file {
        Some(file) => (file.attachment.path.clone(), file.attachment.path.clone()),
        None => (
            format!("休業期間 {} の点検の記録", closure.id),
            format!("the recorded reviews of {}", closure.id),
        ),
    };
    let error = AppError::new(
        ErrorKind::Usage,
        format!("事案 {wanted} は、{ja}にありません"),
        format!("there is no case {wanted} in {en}"),
    );
    let mut near: Vec<&(&str, &Text)> = known.iter().collect();
    near.sort_by_key(|(id, _)| strsim::osa_distance(wanted, id));
    near.dedup_by_key(|(id, _)| *id);
    if near.is_empty() {
        return error.hint(
            format!("先に `rusuban review --closure {} ログの場所` を実行してください", closure.id),
            format!("run `rusuban review --closure {} PATH…` first", closure.id),
        );
    }
    let list = |title: fn(&Text) -> &str| -> String {
        near.iter().take(NAMED).map(|(id, t)| format!("{id} {}", title(t))).collect::<Vec<_>>().join(" / ")
    };
    let more = near.len().saturating_sub(NAMED);
    let (ja, en) =
        if more > 0 { (format!("、ほか{more}件"), format!(", {more} more")) } else { Default::default() };
    error.hint(format!("近いもの：{}{ja}", list(|t| &t.ja)), format!("near ones: {}{en}", list(|t| &t.en)))
}

/// A file that was edited decides nothing.
fn refuse_edited(
    case: &FileCase,
    recorded: Option<(&CaseSeen, &str)>,
    file: &ReviewFile,
) -> Result<(), AppError> {
    let name = &file.attachment.path;
    let id = &case.id;
    let own = case.own_digest();
    if own != case.digest || rusuban_logs::cases::short(&own) != *id {
        return Err(AppError::new(
            ErrorKind::Input,
            format!("{name} の事案 {id} は、識別子と中身が合いません。書き換えられています"),
            format!("{name}: the case {id} does not have the content of its id: it was edited"),
        )
        .hint("もう一度点検してください", "review again"));
    }
    let Some((seen, evidence)) = recorded else { return Ok(()) };
    if (&seen.digest, seen.level, &seen.title) == (&case.digest, case.level, &case.title) {
        return Ok(());
    }
    Err(AppError::new(
        ErrorKind::Input,
        format!("{name} の事案 {id} は、保存された点検の記録（証跡 {evidence}）と違います。何も記録していません"),
        format!("{name}: the case {id} differs from the recorded review (evidence {evidence}); nothing was recorded"),
    )
    .hint(
        format!("ファイルを指定せずに `rusuban case decide {id} …` とすると、保存された記録について判断します"),
        format!("`rusuban case decide {id} …` without the file decides on what was recorded"),
    ))
}

fn not_empty(text: &str, option: &str) -> Result<String, AppError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("{option} が空です"),
            format!("{option} is empty"),
        )
        .hint(
            "誰が、なぜそう判断したかを書いてください（問題なしにも理由が要ります）",
            "write who decided and why (what is harmless has a reason too)",
        ));
    }
    Ok(text.to_owned())
}

/// The file as a person named it, with its content's digest.
fn attachment(path: &Path, sha256: String, size: u64) -> Attachment {
    Attachment { path: path.display().to_string(), sha256, size }
}
