//! The same Windows events in several forms give the same fields: `.evtx`, the XML text made of it, and the JSON that SigmaHQ keeps
//! beside each of its regression logs.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::collections::BTreeMap;
use std::path::Path;

use bumpalo::Bump;
use rusuban_logs::event::{Event, Field, TimeReader, Value, Zone};
use rusuban_logs::evtx::{
    CHUNK_LENGTH, Chunk, FILE_HEADER_LENGTH, META, TemplateCache, read_chunk, record_xml,
};
use rusuban_logs::sources::{Context, Dispatcher, windows};

mod support;

use support::{corpus, files};

/// An event's fields as texts; what differs in the writing made equal: braces and case of GUIDs, digits of times, blanks at the
/// ends, empty values, lists with one member for each value, hexadecimal numbers (JSON has decimal ones).
type Fields = BTreeMap<String, Vec<String>>;

fn fields<'a>(pairs: impl Iterator<Item = (String, Value<'a>)>) -> Fields {
    let mut out = Fields::new();
    for (name, value) in pairs {
        let texts: Vec<String> = match value {
            Value::List(list) => list.iter().map(Value::to_text).collect(),
            one => vec![one.to_text()],
        };
        let texts = texts.iter().map(|t| plain(t)).filter(|t| !t.is_empty());
        out.entry(name).or_default().extend(texts);
    }
    out.retain(|_, v| !v.is_empty());
    out
}

fn plain(text: &str) -> String {
    let text = text.trim().replace("\r\n", "\n");
    let bare = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|t| t.len() == 36);
    let guid = bare.unwrap_or(&text);
    if guid.len() == 36 && guid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
        return guid.to_ascii_lowercase();
    }
    if text.ends_with('Z')
        && let Ok(time) = text.parse::<jiff::Timestamp>()
    {
        return format!("time {}", time.as_microsecond());
    }
    if let Some(Ok(n)) = text.strip_prefix("0x").map(|hex| u64::from_str_radix(hex, 16)) {
        return n.to_string();
    }
    text
}

fn native(event: &Event<'_>) -> Fields {
    fields(event.native.iter().map(|(n, v)| ((*n).to_owned(), *v)))
}

/// ECS without the message, which only the text forms have.
fn ecs(event: &Event<'_>) -> Fields {
    let known = event.ecs().iter().filter(|(f, _)| *f != Field::Message);
    fields(known.map(|(f, v)| (f.name().to_owned(), *v)))
}

/// Reads a text form.
fn read_text<T>(text: &str, look: impl FnOnce(&Event<'_>) -> T) -> T {
    let arena = Bump::new();
    let time = TimeReader::new(Zone::default(), 1_795_478_400);
    let context = Context::new(&arena, &time);
    let mut event = Event::new(&META);
    let read = Dispatcher::default().read(text, None, &context, &mut event);
    assert!(read.is_ok(), "{read:?}: {text}");
    look(&event)
}

/// Every record of a file, mapped, with its XML text.
fn records(path: &Path, look: &mut dyn FnMut(&Event<'_>, String)) {
    let bytes = std::fs::read(path).unwrap();
    let names = Bump::new();
    let mut cache = TemplateCache::new(&names);
    for (number, chunk) in bytes[FILE_HEADER_LENGTH..].chunks(CHUNK_LENGTH).enumerate() {
        let arena = Bump::new();
        let place = Chunk { bytes: chunk, number: number as u64, offset: 0 };
        let emit = &mut |event: &mut Event<'_>| {
            let at = usize::try_from(event.position.offset).unwrap();
            look(event, record_xml(chunk, at).unwrap());
        };
        let mut mapped = |event: &mut Event<'_>| emit(event);
        read_chunk(place, &arena, &mut cache, &mut mapped, &mut Vec::new());
    }
}

fn difference(one: &Fields, other: &Fields) -> Vec<String> {
    let names = one.keys().chain(other.keys()).collect::<std::collections::BTreeSet<_>>();
    let differ = names.into_iter().filter(|n| one.get(*n) != other.get(*n));
    differ.map(|n| format!("{n}: {:?} / {:?}", one.get(n), other.get(n))).collect()
}

#[test]
fn xml_text_gives_what_the_record_gives() {
    let mut list = files(&corpus("evtx"), ".evtx");
    list.extend(files(&corpus("sigma/regression_data"), ".evtx"));
    let (mut count, mut wrong) = (0, Vec::new());
    for path in &list {
        records(path, &mut |event, xml| {
            count += 1;
            // A second record of its own life: the map takes an arena of the event's life.
            let arena = Bump::new();
            let mut mapped = event.clone();
            windows::map(&mut mapped, &arena);
            let (mine, mine_ecs, time) = (native(&mapped), ecs(&mapped), mapped.time);
            read_text(&xml, |other| {
                let mut lines = difference(&mine, &native(other));
                lines.extend(difference(&mine_ecs, &ecs(other)));
                if time.map(|t| t.nanos) != other.time.map(|t| t.nanos) {
                    lines.push(format!("time {time:?} / {:?}", other.time));
                }
                if !lines.is_empty() {
                    wrong.push(format!("{} {:?}: {}", path.display(), mapped.position, lines.join("; ")));
                }
            });
        });
    }
    eprintln!("{count} records");
    assert!(count > 1000);
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
}

#[test]
fn sigma_json_gives_what_the_record_gives() {
    let list = files(&corpus("sigma/regression_data"), ".json");
    let (mut same, mut wrong) = (0, Vec::new());
    for path in &list {
        let text = std::fs::read_to_string(path).unwrap();
        let Ok(serde_json::Value::Object(_)) = serde_json::from_str(&text) else { continue };
        let (fields, record) = read_text(text.trim(), |event| (native(event), event.position.record));
        let mut found = None;
        records(&path.with_extension("evtx"), &mut |event, _| {
            if event.position.record == record {
                let arena = Bump::new();
                let mut mapped = event.clone();
                windows::map(&mut mapped, &arena);
                found = Some(native(&mapped));
            }
        });
        let Some(found) = found else {
            eprintln!("no record {record:?} in the log beside {}", path.display());
            continue;
        };
        // The JSON leaves out the attribute of EventData itself; one of the files was written again with other capitals.
        let lower = |f: &Fields| {
            let mut f: Fields =
                f.iter().map(|(n, v)| (n.clone(), v.iter().map(|t| t.to_lowercase()).collect())).collect();
            f.remove("EventData_Name");
            f
        };
        let lines = difference(&lower(&fields), &lower(&found));
        if lines.is_empty() {
            same += 1;
        } else {
            wrong.push(format!("{}: {}", path.display(), lines.join("; ")));
        }
    }
    eprintln!("{same} the same of {}", list.len());
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong[..wrong.len().min(10)].join("\n"));
}
