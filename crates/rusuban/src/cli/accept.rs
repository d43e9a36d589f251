//! `rusuban accept`.

use jiff::ToSpan;

use super::screen::Screen;
use super::{CliError, Exit, attest, parse_day};
use crate::app::statements::{self, Accept, Target};
use crate::app::{AppError, ErrorKind, Session};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// 要件のID（例：before.patches.a） ‖ Id of the requirement (such as before.patches.a)
    requirement: String,
    /// リスクを引き受ける人の氏名 ‖ Who carries the risk
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// 許可した人の氏名（引き受ける人とは別の人） ‖ Who allowed it (someone else than the owner)
    #[arg(long, value_name = "NAME")]
    approved_by: Option<String>,
    /// 理由 ‖ Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// 期限の日（その日いっぱいまで） ‖ The last day on which it counts
    #[arg(long, value_name = "DATE")]
    until: String,
    /// 対象の指摘のキー（何度でも。既定：いまある指摘すべて） ‖ Key of a finding to cover (may be repeated; default: all that stand now)
    #[arg(long, value_name = "KEY")]
    finding: Vec<String>,
    /// 対象を限る（例：host:web01） ‖ About this subject only (such as host:web01)
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
}

pub async fn run(args: &Args, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let day = parse_day(&args.until, "--until")?;
    let out_of_range =
        |_| AppError::new(ErrorKind::Usage, "--until の日付が範囲外です", "--until is out of range");
    let after = day.checked_add(1.day()).map_err(out_of_range)?;
    let until = after.to_zoned_datetime(session.zone.clone()).map_err(out_of_range)?.timestamp();
    let accept = Accept {
        target: Target {
            requirement: args.requirement.clone(),
            closure: args.closure.clone(),
            subject: args.subject.clone(),
        },
        owner: args.owner.clone(),
        approved_by: args.approved_by.clone(),
        reason: args.reason.clone(),
        until,
        findings: args.finding.clone(),
    };
    let recorded = statements::accept(session, &accept).await?;
    attest::show(&recorded, screen)
}
