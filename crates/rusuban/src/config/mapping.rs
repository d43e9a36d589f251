//! `[[log_mapping]]`: where a log whose format no reader knows keeps who, when, from where and what.

use rusuban_core::model::text::Text;
use rusuban_logs::event::Field as Ecs;
use rusuban_logs::sources::mapping::{FieldMapping, Mapping, TimeFormat};

use super::raw::{Distinct, Field, Section, nearest, shown};

/// Every mapping, in the order of the file: the first whose conditions hold is taken.
pub(super) fn mappings(root: &Section<'_, '_>) -> FieldMapping {
    let mut names = Distinct::default();
    FieldMapping { list: root.sections("log_mapping", |section| mapping(section, &mut names)) }
}

fn mapping(section: &Section<'_, '_>, names: &mut Distinct) -> Option<Mapping> {
    let name = section.required("source").and_then(|field| {
        let text = field.text()?;
        names.note(&field, text);
        Some(text.to_owned())
    });
    let when = section.section("when", |when| pairs(when, |field| field.text().map(str::to_owned)));
    let time_field = section.value("time").map(|field| field.text().map(str::to_owned));
    let time_format = section.value("time_format").map(|field| time_format(&field));
    let is_there = section.has("fields");
    let fields = section.section("fields", |fields| pairs(fields, ecs));
    if !is_there {
        section.missing("fields");
    } else if fields.is_empty() {
        section.problem(
            Text::new("`fields` に項目が1つもありません", "`fields` names no field"),
            Text::new(
                "\"ログの項目\" = \"user.name\" のように書いてください",
                "write \"own name\" = \"user.name\"",
            ),
        );
    }
    Some(Mapping {
        source_name: name?,
        when,
        fields,
        time_field: time_field.unwrap_or(Some(String::new()))?,
        time_format: time_format.unwrap_or(Some(TimeFormat::Any))?,
    })
}

/// Keys that the log gives, with what is written for each.
fn pairs<T>(section: &Section<'_, '_>, read: impl Fn(&Field<'_, '_>) -> Option<T>) -> Vec<(String, T)> {
    let one = |(name, field): (String, Field<'_, '_>)| {
        if field.is_table() {
            field.problem(
                Text::new(
                    "点のある項目名が引用符で囲まれていません",
                    "a name with dots is not in quotation marks",
                ),
                Text::new(
                    format!("\"{}.…\" = \"…\" のように、名前全体を引用符で囲んでください", shown(&name)),
                    format!("put the whole name into quotation marks: \"{}.…\" = \"…\"", shown(&name)),
                ),
            );
            return None;
        }
        Some((name, read(&field)?))
    };
    section.entries().into_iter().filter_map(one).collect()
}

/// A field by its ECS name.
fn ecs(field: &Field<'_, '_>) -> Option<Ecs> {
    let name = field.text()?;
    let known = Ecs::of_name(name);
    if known.is_none() {
        let names: Vec<&str> = Ecs::ALL.iter().map(|field| field.name()).collect();
        let hint = nearest(name, &names).map_or_else(
            || {
                Text::new(
                    "user.name、source.ip、host.name、event.action、event.outcome などの ECS の名前を書いてください",
                    "write a name of ECS, such as user.name, source.ip, host.name, event.action, event.outcome",
                )
            },
            |near| Text::new(format!("`{near}` ではありませんか"), format!("did you mean `{near}`?")),
        );
        let message = Text::new(
            format!("「{}」という ECS の項目はありません", shown(name)),
            format!("there is no ECS field `{}`", shown(name)),
        );
        field.problem(message, hint);
    }
    known
}

/// `any`, `epoch`, or a pattern of strftime.
fn time_format(field: &Field<'_, '_>) -> Option<TimeFormat> {
    let text = field.text()?;
    match text {
        "any" => Some(TimeFormat::Any),
        "epoch" => Some(TimeFormat::Epoch),
        pattern if is_pattern(pattern) => Some(TimeFormat::Pattern(pattern.to_owned())),
        other => {
            field.problem(
                Text::new(
                    format!("「{}」は時刻の書式ではありません", shown(other)),
                    format!("`{}` is no format of a time", shown(other)),
                ),
                Text::new(
                    "any、epoch、または \"%d.%m.%Y %H:%M:%S\" のような strftime の書式を書いてください",
                    "write any, epoch, or a pattern of strftime such as \"%d.%m.%Y %H:%M:%S\"",
                ),
            );
            None
        }
    }
}

/// Whether jiff can write a time by it, and there is something of a time in it.
fn is_pattern(text: &str) -> bool {
    let zoned = jiff::Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    text.contains('%') && jiff::fmt::strtime::format(text, &zoned).is_ok_and(|written| written != text)
}
