//! `rusuban case`.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusuban_core::model::case::{Decision, Given};
use rusuban_core::model::text::Lang;
use serde_json::{Value, json};

use super::screen::{Screen, badge};
use super::{CliError, Exit, parse_day};
use crate::app::cases::{self, Decided, Listed, Plan, Wish};
use crate::app::{AppError, ErrorKind, Session};
use crate::report::review::data::{CaseState, Disposition};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// 記録された点検の事案と、その判断の一覧 ‖ List the cases of the recorded reviews, and what was decided
    List(ListArgs),
    /// 事案の判断を証跡として記録する ‖ Record what a case is, as evidence
    Decide(DecideArgs),
}

#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
    /// 判断のない事案だけ ‖ Only those that nobody has decided on
    #[arg(long)]
    open: bool,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of the command line")]
#[command(group = clap::ArgGroup::new("decision").required(true))]
pub struct DecideArgs {
    /// 事案のID（先頭の4文字以上でも可）。その前に点検の結果（JSON）を書くと、記録と突き合わせる ‖ Id of the case (its first four characters or more will do); a review (JSON) named before it is compared with the record
    #[arg(required = true, num_args = 1..=2, value_names = ["REVIEW.json", "CASE"])]
    target: Vec<String>,
    /// 問題なし（調べて説明のついたもの） ‖ It is explained, and harmless
    #[arg(long, group = "decision")]
    benign: bool,
    /// 調査中 ‖ It is being looked into
    #[arg(long, group = "decision")]
    investigating: bool,
    /// 情報セキュリティインシデント ‖ It is an information security incident
    #[arg(long, group = "decision")]
    incident: bool,
    /// 判断の理由 ‖ Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// 判断した人の氏名 ‖ Who decides
    #[arg(long, value_name = "NAME")]
    by: String,
    /// 期限：問題なしなら次の休業期間に引き継ぐ最後の日（既定：1年、最長2年）、調査中なら調査の最後の日 ‖ The last day: of remembering it for later closures where it is benign (default one year, at most two), of looking into it otherwise
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// 次の休業期間に引き継がない（--benign とともに） ‖ Remember it for no later closure (with --benign)
    #[arg(long, conflicts_with_all = ["until", "investigating", "incident"])]
    once: bool,
    /// 休業期間のID（既定：ファイルのもの、なければいまの、または次の休業期間） ‖ Id of the closure (default: the file's, or the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
    /// 記録せず、何が記録されるかを示す ‖ Show what would be recorded, and record nothing
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(command: &Command, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    match command {
        Command::List(args) => list(args, session, screen).await,
        Command::Decide(args) => decide(args, session, screen).await,
    }
}

/// What became of a case.
fn state(listed: &Listed, session: &Session, now: Timestamp) -> CaseState {
    let newest = listed.given.last().map(Disposition::from);
    let today = now.to_zoned_datetime(session.zone.clone()).date();
    let days = session.config.policy.logs.investigation_days;
    CaseState::of(newest.as_ref(), today, &session.zone, days)
}

async fn list(args: &ListArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let closure = session.closure(args.closure.as_deref()).await?;
    let now = Timestamp::now();
    let all = cases::list(session, &closure).await?;
    let shown: Vec<(&Listed, CaseState)> = all
        .iter()
        .map(|listed| (listed, state(listed, session, now)))
        .filter(|(_, state)| !args.open || *state == CaseState::Open)
        .collect();
    if screen.json {
        let cases: Vec<Value> = shown.iter().map(|(listed, state)| value(listed, *state)).collect();
        screen.value(&json!({ "closure": closure.id, "cases": cases }))?;
    } else {
        show(&closure.id, &shown, &session.zone, screen)?;
    }
    let worst = shown.iter().map(|(_, state)| *state).min();
    Ok(match worst {
        Some(CaseState::Open | CaseState::Late) => Exit::Failing,
        Some(CaseState::Investigating) => Exit::Unknown,
        _ => Exit::Good,
    })
}

fn value(listed: &Listed, state: CaseState) -> Value {
    let case = &listed.case;
    let decisions: Vec<Disposition> = listed.given.iter().map(Disposition::from).collect();
    json!({
        "id": case.id,
        "digest": case.digest,
        "level": case.level,
        "title": case.title,
        "first": case.first,
        "last": case.last,
        "found_at": case.found_at,
        "earlier": case.earlier,
        "patterns": case.patterns.list,
        "state": state,
        "dispositions": decisions,
    })
}

fn show(
    closure: &str,
    shown: &[(&Listed, CaseState)],
    zone: &TimeZone,
    screen: &mut Screen<'_>,
) -> Result<(), CliError> {
    if shown.is_empty() {
        let line = match screen.lang {
            Lang::Ja => format!("休業期間 {closure} の点検の記録に、示す事案はありません"),
            Lang::En => format!("the recorded reviews of the closure {closure} have no case to show"),
        };
        return Ok(screen.line(&line)?);
    }
    for (listed, state) in shown {
        let case = &listed.case;
        let (level, label) = (case.level.label(), state.label());
        let title = screen.say(&case.title).to_owned();
        let head = format!("{}  [{}] {title}  {}", case.id, screen.say(&level), screen.say(&label));
        screen.wrapped("", "    ", &head)?;
        if let Some(first) = case.first {
            screen.wrapped("    ", "    ", &clock(first, zone))?;
        }
        for pattern in case.patterns.list.iter().take(4) {
            screen.wrapped("    · ", "      ", &place(pattern))?;
        }
        if let Some(given) = listed.given.last() {
            let line = spoken(given, screen.lang);
            screen.wrapped("    → ", "      ", &line)?;
        }
    }
    Ok(())
}

/// Rule, account, source and machine of a pattern.
fn place(pattern: &rusuban_core::model::case::Pattern) -> String {
    let named =
        [("who", &pattern.who), ("from", &pattern.from), ("on", &pattern.host), ("log", &pattern.source)];
    let parts =
        named.iter().filter(|(_, text)| !text.is_empty()).map(|(word, text)| format!("{word}: {text}"));
    [pattern.rule.clone()].into_iter().chain(parts).collect::<Vec<_>>().join("  ")
}

/// Who decided what, why, and until when.
fn spoken(given: &Given, lang: Lang) -> String {
    let d = &given.disposition;
    let label = d.decision.label();
    let until = d.until.map(|day| ends(d.decision, day, lang)).unwrap_or_default();
    match lang {
        Lang::Ja => format!("{}：{}（{}）{until}", label.ja, d.reason, d.by),
        Lang::En => format!("{}: {} ({}){until}", label.en, d.reason, d.by),
    }
}

fn ends(decision: Decision, day: Date, lang: Lang) -> String {
    match (decision, lang) {
        (Decision::Investigating, Lang::Ja) => format!("、調査の期限 {day}"),
        (Decision::Investigating, Lang::En) => format!(", to be finished by {day}"),
        (_, Lang::Ja) => format!("、{day} まで次の休業期間に引き継ぐ"),
        (_, Lang::En) => format!(", remembered for later closures until {day}"),
    }
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M").to_string()
}

async fn decide(args: &DecideArgs, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let now = Timestamp::now();
    let plan = cases::plan(session, &wish(args)?, now).await?;
    if args.dry_run {
        return show_plan(&plan, None, screen);
    }
    let decided = cases::carry_out(session, &plan, now).await?;
    show_plan(&plan, Some(&decided), screen)
}

fn wish(args: &DecideArgs) -> Result<Wish, AppError> {
    let (file, case) = match args.target.as_slice() {
        [case] => (None, case.clone()),
        [file, case] => (Some(PathBuf::from(file)), case.clone()),
        _ => return Err(AppError::new(ErrorKind::Usage, "事案のIDを1つ書いてください", "name one case")),
    };
    let decision = match (args.benign, args.investigating) {
        (true, _) => Decision::Benign,
        (_, true) => Decision::Investigating,
        _ => Decision::Incident,
    };
    Ok(Wish {
        case,
        file,
        closure: args.closure.clone(),
        decision,
        reason: args.reason.clone(),
        by: args.by.clone(),
        until: args.until.as_deref().map(|text| parse_day(text, "--until")).transpose()?,
        once: args.once,
    })
}

/// Shows what would be recorded, or was.
fn show_plan(plan: &Plan, decided: Option<&Decided>, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let d = &plan.disposition;
    if screen.json {
        let value = json!({
            "recorded": decided.map(|done| &done.evidence),
            "closure": plan.closure.id,
            "disposition": d,
            "compared": d.review.is_some(),
            "notes": plan.notes,
            "verdict": decided.map(|done| done.verdict),
            "open": decided.map(|done| done.open),
        });
        screen.value(&value)?;
        return Ok(Exit::Good);
    }
    let line = match (decided, screen.lang) {
        (Some(done), Lang::Ja) => format!("記録しました：{}（休業期間 {}）", done.evidence, plan.closure.id),
        (Some(done), Lang::En) => format!("recorded: {} (closure {})", done.evidence, plan.closure.id),
        (None, Lang::Ja) => {
            format!("記録していません（--dry-run）。記録される内容（休業期間 {}）：", plan.closure.id)
        }
        (None, Lang::En) => {
            format!("nothing was recorded (--dry-run); this would be (closure {}):", plan.closure.id)
        }
    };
    screen.line(&line)?;
    let (level, label) = (d.level.label(), d.decision.label());
    let title = screen.say(&d.title).to_owned();
    let until = d.until.map(|day| ends(d.decision, day, screen.lang)).unwrap_or_default();
    let head = format!("{} [{}] {title} → {}{until}", d.case, screen.say(&level), screen.say(&label));
    screen.wrapped("  ", "    ", &head)?;
    if d.decision == Decision::Benign && d.until.is_some() {
        for pattern in &d.patterns {
            screen.wrapped("    = ", "      ", &place(pattern))?;
        }
    }
    for note in &plan.notes {
        let note = screen.say(note).to_owned();
        screen.wrapped("  ! ", "    ", &note)?;
    }
    if let Some(done) = decided {
        let line = format!("{} after.logs.b", badge(done.verdict, screen.lang));
        screen.line(&line)?;
    }
    Ok(Exit::Good)
}
