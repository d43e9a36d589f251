//! `rusuban attest` and `rusuban withdraw`.

use std::path::PathBuf;

use rusuban_core::model::text::Lang;

use super::progress::Bar;
use super::screen::{Screen, badge};
use super::{CliError, Exit};
use crate::app::Session;
use crate::app::statements::{self, Attest, Claim, Recorded, Target};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// 要件のID（例：before.contacts.a） ‖ Id of the requirement (such as before.contacts.a)
    requirement: String,
    /// 確認した人の氏名 ‖ Who has checked it
    #[arg(long, value_name = "NAME")]
    by: String,
    /// 何をどう確認したか ‖ What was checked, and how
    #[arg(long, value_name = "TEXT")]
    statement: String,
    /// 証跡のファイル（何度でも） ‖ A file that shows it (may be repeated)
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// 実施できていないと申告する ‖ State that it does not hold
    #[arg(long, conflicts_with = "not_applicable")]
    failing: bool,
    /// 対象外と申告する（--statement に理由） ‖ State that it does not apply (with the reason as --statement)
    #[arg(long)]
    not_applicable: bool,
    /// 対象を限る（例：host:web01、asset:A-001） ‖ About this subject only (such as host:web01, asset:A-001)
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
}

pub async fn run(args: &Args, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let claim = match (args.failing, args.not_applicable) {
        (true, _) => Claim::Fails,
        (_, true) => Claim::NotApplicable,
        _ => Claim::Holds,
    };
    let attest = Attest {
        target: Target {
            requirement: args.requirement.clone(),
            closure: args.closure.clone(),
            subject: args.subject.clone(),
        },
        by: args.by.clone(),
        statement: args.statement.clone(),
        claim,
        files: args.file.clone(),
    };
    let mut bar = Bar::new(screen.lang, screen.json);
    let recorded = statements::attest(session, &attest, &mut bar).await?;
    show(&recorded, screen)
}

#[derive(Debug, clap::Args)]
pub struct WithdrawArgs {
    /// 申告の証跡のID ‖ Id of the evidence that holds the statement
    evidence: String,
    /// 取り消す人の氏名 ‖ Who withdraws it
    #[arg(long, value_name = "NAME")]
    by: String,
    /// 取り消す理由 ‖ Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

pub async fn withdraw(
    args: &WithdrawArgs,
    session: &Session,
    screen: &mut Screen<'_>,
) -> Result<Exit, CliError> {
    let recorded = statements::withdraw(session, &args.evidence, &args.by, &args.reason).await?;
    show(&recorded, screen)
}

/// Shows what a statement has led to. The exit code says only that it was recorded.
pub fn show(recorded: &Recorded, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    if screen.json {
        screen.value(recorded)?;
        return Ok(Exit::Good);
    }
    let line = match screen.lang {
        Lang::Ja => format!("記録しました：{}（休業期間 {}）", recorded.evidence, recorded.closure),
        Lang::En => format!("recorded: {} (closure {})", recorded.evidence, recorded.closure),
    };
    screen.line(&line)?;
    for key in &recorded.covers {
        screen.wrapped("  △ ", "    ", key)?;
    }
    let line = format!("{} {}", badge(recorded.verdict, screen.lang), recorded.requirement);
    screen.line(&line)?;
    for message in recorded.open.iter().take(3) {
        let text = screen.say(message).to_owned();
        screen.wrapped("  ", "    ", &text)?;
    }
    Ok(Exit::Good)
}
