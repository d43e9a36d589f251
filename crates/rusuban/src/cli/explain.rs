//! `rusuban explain`: the guide of a measure or a requirement.

use rusuban_core::catalogue::{Catalogue, Measure, Requirement};
use rusuban_core::checks::{Needs, registry};
use rusuban_core::model::text::Lang;
use serde_json::{Value, json};

use super::screen::{Screen, padded};
use super::{CliError, Exit};
use crate::app::{AppError, ErrorKind};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// 対策または要件のID、または番号（省略すると一覧） ‖ Id of a measure or requirement, or its number (without it: the list)
    id: Option<String>,
}

pub fn run(args: &Args, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    let catalogue = Catalogue::notice().map_err(|error| {
        AppError::new(ErrorKind::Internal, format!("対策一覧を読めません（{error}）"), error.to_string())
    })?;
    let Some(id) = &args.id else { return list(&catalogue, screen) };
    let chosen: Vec<(&Measure, &Requirement)> = catalogue
        .requirements()
        .filter(|(m, r)| m.id.as_str() == id || r.id.as_str() == id || m.number.to_string() == *id)
        .collect();
    if chosen.is_empty() {
        return Err(AppError::new(
            ErrorKind::Usage,
            format!("対策または要件 {id} はありません"),
            format!("there is no measure or requirement {id}"),
        )
        .hint("`rusuban explain` で一覧を見てください", "see the list with `rusuban explain`")
        .into());
    }
    if screen.json {
        let values: Vec<Value> = chosen.iter().map(|(m, r)| value(m, r)).collect();
        screen.value(&values)?;
        return Ok(Exit::Good);
    }
    let mut last: Option<u32> = None;
    for (measure, requirement) in chosen {
        if last != Some(measure.number) {
            show_measure(measure, screen)?;
            last = Some(measure.number);
        }
        show_requirement(requirement, screen)?;
    }
    Ok(Exit::Good)
}

fn list(catalogue: &Catalogue, screen: &mut Screen<'_>) -> Result<Exit, CliError> {
    if screen.json {
        let values: Vec<Value> = catalogue.requirements().map(|(m, r)| value(m, r)).collect();
        screen.value(&values)?;
        return Ok(Exit::Good);
    }
    for measure in &catalogue.measures {
        let line = format!("{:>2} {}  {}", measure.number, measure.id, screen.say(&measure.title));
        screen.line(&line)?;
        for requirement in &measure.requirements {
            let title = screen.say(&requirement.title).to_owned();
            let id = padded(requirement.id.as_str(), 32);
            screen.wrapped(&format!("     {id} "), "       ", &title)?;
        }
    }
    Ok(Exit::Good)
}

fn show_measure(measure: &Measure, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let title = format!("{} {}（{}）", measure.number, screen.say(&measure.title), measure.id);
    screen.heading(&title)?;
    let section = screen.say(&measure.section).to_owned();
    screen.wrapped("", "", &section)?;
    let text = screen.say(&measure.text).to_owned();
    screen.wrapped("  ", "  ", &text)?;
    Ok(())
}

fn show_requirement(requirement: &Requirement, screen: &mut Screen<'_>) -> Result<(), CliError> {
    let Some(check) = registry::find(requirement.id.as_str()) else { return Ok(()) };
    let meta = check.meta();
    let guide = match screen.lang {
        Lang::Ja => meta.guide_ja,
        Lang::En => meta.guide_en,
    };
    let mut in_code = false;
    for line in guide.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if in_code {
            screen.line(&format!("    {line}"))?;
        } else if let Some(title) = line.strip_prefix("# ") {
            screen.heading(&format!("{}  {title}", requirement.id))?;
        } else if let Some(heading) = line.strip_prefix("## ") {
            screen.heading(heading)?;
        } else if let Some(item) = line.strip_prefix("- ") {
            screen.wrapped("  - ", "    ", item)?;
        } else {
            screen.wrapped("  ", "  ", line)?;
        }
    }
    Ok(())
}

fn value(measure: &Measure, requirement: &Requirement) -> Value {
    let meta = registry::find(requirement.id.as_str()).map(rusuban_core::checks::AnyCheck::meta);
    json!({
        "measure": measure.id,
        "number": measure.number,
        "section": measure.section,
        "text": measure.text,
        "requirement": requirement.id,
        "title": requirement.title,
        "verified_by": requirement.verified_by,
        "failing_when": requirement.failing_when,
        "needs": meta.map(|m| match m.needs {
            Needs::Observation => "observation",
            Needs::Statement => "statement",
            Needs::Both => "both",
        }),
        "guide": meta.map(|m| json!({ "ja": m.guide_ja, "en": m.guide_en })),
    })
}
