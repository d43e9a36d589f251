//! `rusuban check`.

use std::path::PathBuf;

use rusuban_core::calendar::format_wareki;
use rusuban_core::model::closure::Phase;
use rusuban_core::model::text::Lang;
use rusuban_core::model::verdict::{Level, Verdict};

use super::progress::Bar;
use super::screen::{Screen, badge, level_sign};
use super::verify_chain::describe;
use super::{CliError, Exit, report};
use crate::app::Session;
use crate::app::check::{Request, check};
use crate::app::evaluate::Selection;
use crate::report::data::{MeasureView, Report, RequirementView};

/// How many findings of a requirement are shown before the rest is counted.
const SHOWN: usize = 5;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct Args {
    /// 休業期間のID（既定：いまの、または次の休業期間） ‖ Id of the closure (default: the running or next one)
    #[arg(long, value_name = "ID")]
    closure: Option<String>,
    /// この段階の対策だけを示す ‖ Show the measures of this phase only
    #[arg(long, value_enum)]
    phase: Option<PhaseArg>,
    /// 時間をかけて詳しく確かめる（バックアップの読み戻し、パスワードの全件照合） ‖ Take the time for thorough looks (read backups back, test every common password)
    #[arg(long)]
    deep: bool,
    /// パッケージの取得元に問い合わせない（この機器のほかとは通信しない） ‖ Do not ask package repositories (speak to nothing but this machine)
    #[arg(long)]
    offline: bool,
    /// 報告書（HTML）も書き出す ‖ Write the report (HTML) as well
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// 報告書を書き出して開く ‖ Write the report and open it
    #[arg(long)]
    open: bool,
    /// 指摘をすべて示す ‖ Show all findings
    #[arg(long, short)]
    verbose: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum PhaseArg {
    Prepare,
    Watch,
    Reopen,
}

impl From<PhaseArg> for Phase {
    fn from(arg: PhaseArg) -> Self {
        match arg {
            PhaseArg::Prepare => Self::Prepare,
            PhaseArg::Watch => Self::Watch,
            PhaseArg::Reopen => Self::Reopen,
        }
    }
}

pub async fn run(args: &Args, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let selection = Selection { phase: args.phase.map(Phase::from) };
    let request =
        Request { closure: args.closure.clone(), deep: args.deep, offline: args.offline, selection };
    let mut bar = Bar::new(screen.lang, screen.json);
    let result = check(session, &request, &mut bar).await?;
    if screen.json {
        screen.value(&result)?;
    } else {
        show(&result, args.verbose, screen)?;
    }
    if args.open || args.report.is_some() {
        report::write_html(&result, args.report.as_deref(), args.open, screen)?;
    }
    Ok(result.outcome().into())
}

fn show(report: &Report, verbose: bool, screen: &mut Screen<'_>) -> Result<(), CliError> {
    show_head(report, screen)?;
    for phase in [Phase::Prepare, Phase::Watch, Phase::Reopen] {
        let measures: Vec<&MeasureView> = report.measures.iter().filter(|m| m.phase == phase).collect();
        if measures.is_empty() {
            continue;
        }
        let label = phase.label();
        let heading = screen.say(&label).to_owned();
        screen.heading(&heading)?;
        for measure in measures {
            show_measure(measure, verbose, screen)?;
        }
    }
    show_end(report, screen)
}

fn show_head(report: &Report, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let closure = &report.closure;
    let name = screen.say(&closure.closure.name).to_owned();
    let phase = closure.phase.label();
    let days = match screen.lang {
        Lang::Ja => format!(
            "{name}：{}〜{}（{}日間）  いま：{}",
            format_wareki(closure.closure.first_day),
            format_wareki(closure.closure.last_day),
            closure.days,
            phase.ja
        ),
        Lang::En => format!(
            "{name}: {} to {} ({} days)  now: {}",
            closure.closure.first_day, closure.closure.last_day, closure.days, phase.en
        ),
    };
    screen.wrapped("", "  ", &days)?;
    let mut machines: Vec<String> = report
        .machines
        .iter()
        .map(|m| {
            if m.this_machine {
                format!("{}{}", m.name, screen.pick("（この機器）", " (this machine)"))
            } else {
                m.name.clone()
            }
        })
        .collect();
    if let Some(more) = machines.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        machines.truncate(SHOWN);
        machines.push(match screen.lang {
            Lang::Ja => format!("ほか{more}台"),
            Lang::En => format!("{more} more"),
        });
    }
    let list = machines.join(screen.pick("、", ", "));
    let line = format!("{}{list}", screen.pick("対象：", "Machines: "));
    screen.wrapped("", "  ", &line)?;
    Ok(())
}

fn show_measure(measure: &MeasureView, verbose: bool, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let title = screen.say(&measure.title).to_owned();
    let line =
        format!("{} {:>2} {title}  {}", badge(measure.verdict, screen.lang), measure.number, measure.id);
    screen.line(&line)?;
    for requirement in &measure.requirements {
        if verbose || requirement.verdict == Verdict::Failing {
            show_requirement(requirement, verbose, screen)?;
        }
    }
    Ok(())
}

fn show_requirement(
    requirement: &RequirementView,
    verbose: bool,
    screen: &mut Screen<'_>,
) -> Result<(), CliError> {
    let title = screen.say(&requirement.title).to_owned();
    screen.wrapped("     ", "       ", &format!("{} {title}", requirement.id))?;
    let wanted: Vec<_> =
        requirement.findings.iter().filter(|f| verbose || f.finding.level == Level::Failing).collect();
    let shown = if verbose { wanted.len() } else { SHOWN };
    for view in wanted.iter().take(shown) {
        let finding = &view.finding;
        let first = format!("       {} ", level_sign(finding.level));
        let message = screen.say(&finding.message).to_owned();
        screen.wrapped(&first, "         ", &message)?;
    }
    if let Some(first) = wanted.first() {
        let hint = screen.say(&first.finding.hint).to_owned();
        screen.wrapped("       → ", "         ", &hint)?;
    }
    if let Some(more) = wanted.len().checked_sub(shown).filter(|more| *more > 0) {
        let line = match screen.lang {
            Lang::Ja => format!("       ほか{more}件（--verbose ですべて）"),
            Lang::En => format!("       {more} more (all with --verbose)"),
        };
        screen.line(&line)?;
    }
    Ok(())
}

/// How many next actions are shown.
const NEXT: usize = 8;

fn show_end(report: &Report, screen: &mut Screen<'_>) -> Result<(), CliError> {
    if !report.next.is_empty() {
        let heading = screen.pick("次にやること（急ぐ順）", "What to do next (most urgent first)").to_owned();
        screen.heading(&heading)?;
        for action in report.next.iter().take(NEXT) {
            let due =
                action.due.map(|due| format!(" {}{due}", screen.pick("期限 ", "due "))).unwrap_or_default();
            let overdue = if action.overdue { screen.pick("（超過）", " (overdue)") } else { "" };
            let line = format!("{}{due}{overdue} {}", action.requirement, screen.say(&action.hint));
            screen.wrapped(&format!("{} ", level_sign(action.level)), "    ", &line)?;
        }
        if let Some(more) = report.next.len().checked_sub(NEXT).filter(|more| *more > 0) {
            let line = match screen.lang {
                Lang::Ja => format!("  ほか{more}件（`rusuban report` に全部あります）"),
                Lang::En => format!("  {more} more (all in `rusuban report`)"),
            };
            screen.line(&line)?;
        }
    }
    let heading = screen.pick("まとめ（要件の数）", "Summary (requirements)").to_owned();
    screen.heading(&heading)?;
    for (verdict, count) in report.counts.iter().rev().filter(|(_, count)| **count > 0) {
        let line = format!("{} {count:>3}", badge(*verdict, screen.lang));
        screen.line(&line)?;
    }
    for fault in &report.chain.faults {
        let text = describe(fault, screen.lang);
        screen.wrapped("✗ ", "  ", &text)?;
    }
    let chain = match screen.lang {
        Lang::Ja => format!("証跡 {}件、末尾 {}", report.chain.records, report.chain.head),
        Lang::En => format!("{} evidence records, head {}", report.chain.records, report.chain.head),
    };
    screen.wrapped("", "  ", &chain)?;
    Ok(())
}
