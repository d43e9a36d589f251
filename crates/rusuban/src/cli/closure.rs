//! `rusuban closure`.

use rusuban_core::calendar::format_wareki;
use rusuban_core::model::closure::{Closure, ClosureOrigin};
use rusuban_core::model::text::Lang;

use super::screen::Screen;
use super::{CliError, Exit, parse_day};
use crate::app::{Session, closures};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// いまの、または次の休業期間 ‖ The running or next closure
    Next,
    /// 今後の休業期間の一覧 ‖ The coming closures
    List,
    /// 休業期間を定める（夏季休業など） ‖ Define a closure (such as a summer closure)
    Add(AddArgs),
}

#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// 名称（例：夏季休業） ‖ Name (such as "Summer closure")
    #[arg(long)]
    name: String,
    /// 初日 ‖ First closed day
    #[arg(long, value_name = "DATE")]
    first: String,
    /// 最終日 ‖ Last closed day
    #[arg(long, value_name = "DATE")]
    last: String,
}

pub async fn run(command: &Command, session: &Session, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Next => {
            let closure = session.closure(None).await?;
            if screen.json {
                screen.value(&closure)?;
            } else {
                show(&closure, screen)?;
            }
        }
        Command::List => {
            let list = closures::list(session, session.today()).await?;
            if screen.json {
                screen.value(&list)?;
            } else {
                for closure in &list {
                    show(closure, screen)?;
                }
            }
        }
        Command::Add(args) => {
            let (first, last) = (parse_day(&args.first, "--first")?, parse_day(&args.last, "--last")?);
            let closure = closures::add(session, args.name.trim(), first, last).await?;
            if screen.json {
                screen.value(&closure)?;
            } else {
                show(&closure, screen)?;
            }
        }
    }
    Ok(Exit::Good)
}

fn show(closure: &Closure, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let origin = match closure.origin {
        ClosureOrigin::Calendar => screen.pick("暦から", "from the calendar"),
        ClosureOrigin::Manual => screen.pick("手で定めたもの", "defined by hand"),
    };
    let line = match screen.lang {
        Lang::Ja => format!(
            "{}  {}  {}〜{}（{}日間、{origin}）",
            closure.id,
            closure.name.ja,
            format_wareki(closure.first_day),
            format_wareki(closure.last_day),
            closure.days()
        ),
        Lang::En => format!(
            "{}  {}  {} to {} ({} days, {origin})",
            closure.id,
            closure.name.en,
            closure.first_day,
            closure.last_day,
            closure.days()
        ),
    };
    screen.wrapped("", "  ", &line)?;
    Ok(())
}
