//! Windows' servicing log, `CBS.log` (also `dism.log`): `2026-12-26 03:04:05, Info                  CBS    Text`.

use super::prelude::*;
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

/// The servicing log.
#[derive(Debug)]
pub struct Cbs;

static META: SourceMeta = SourceMeta { id: "windows-cbs", product: "Windows servicing", vendor: "Microsoft" };

impl Source for Cbs {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let (stamp, rest) = line.text.split_once(", ").ok_or(Refusal::NotMine)?;
        if stamp.len() != 19 {
            return Err(Refusal::NotMine);
        }
        let (level, rest) = rest.split_once(' ').ok_or(Refusal::NotMine)?;
        let level = match level {
            "Info" => "info",
            "Warning" => "warning",
            "Error" => "error",
            "Perf" => "debug",
            _ => return Err(Refusal::NotMine),
        };
        let rest = rest.trim_start();
        let (component, text) = rest.split_once(' ').unwrap_or((rest, ""));
        if component.is_empty() || component.len() > 16 {
            return Err(Refusal::NotMine);
        }
        event.time = Some(context.time.iso(stamp).ok_or(Refusal::NotMine)?);
        event.logsource.product = "windows";
        let text = text.trim_start();
        event.native.push(("Level", Value::Str(level)));
        event.native.push(("Component", Value::Str(component)));
        event.native.push(("Content", Value::Str(text)));
        event.category(CONFIGURATION);
        event.kind(INFO);
        event.set(Field::HostOsType, "windows");
        event.set(Field::LogLevel, level);
        event.set(Field::LogLogger, component);
        event.set_text(Field::Message, text);
        Ok(())
    }
}
