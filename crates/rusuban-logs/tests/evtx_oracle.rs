//! The EVTX reader against the `evtx` crate, on real logs: the same records, with the same values.
//!
//! What differs in the writing, and is made equal before it is compared:
//! - GUIDs: Windows and this reader write braces and capitals, the crate does not; single GUIDs and those in texts alike.
//! - Times: seven digits here, six there.
//! - Null and empty values: the crate writes them all as null or empty text; they are left out on both sides.
//! - Names with blanks (Defender) are there once more without them here, as rules write them; left out.
//! - Names: the crate keeps the tree, this reader gives Sigma's names; the tree is flattened by the same rules. Where a name
//!   is there twice the crate adds `_1`, `_2`.

#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used
)]

use std::collections::{BTreeMap, BTreeSet};

use bumpalo::Bump;
use rusuban_logs::event::Value;
use rusuban_logs::evtx::{
    CHUNK_LENGTH, Chunk, FILE_HEADER_LENGTH, FileHeader, Reason, Summary, TemplateCache, Trouble, read_chunk,
    record_xml,
};
use serde_json::Value as Json;

mod support;

use support::{corpus, files};

type Fields = Vec<(String, String)>;

/// Our reading of a file: records by number, with their XML text.
fn ours(bytes: &[u8]) -> (Vec<(u64, Fields)>, Vec<Trouble>, Summary) {
    assert!(FileHeader::parse(bytes).is_some());
    let names = Bump::new();
    let mut cache = TemplateCache::new(&names);
    let (mut records, mut troubles, mut total) = (Vec::new(), Vec::new(), Summary::default());
    for (number, chunk) in bytes[FILE_HEADER_LENGTH..].chunks(CHUNK_LENGTH).enumerate() {
        let arena = Bump::new();
        let offset = FILE_HEADER_LENGTH + number * CHUNK_LENGTH;
        let place = Chunk { bytes: chunk, number: number as u64, offset: offset as u64 };
        let summary = read_chunk(
            place,
            &arena,
            &mut cache,
            &mut |event| {
                let spaced = |n: &str, by: &str| {
                    event.native.iter().any(|(s, _)| s.contains(' ') && s.replace(' ', by) == n)
                };
                let own = event.native.iter().filter(|(n, _)| !spaced(n, "") && !spaced(n, "_"));
                let fields = own.map(|(n, v)| ((*n).to_owned(), shown(v))).collect();
                records.push((event.position.record.unwrap(), fields));
                let at = usize::try_from(event.position.offset).unwrap() - offset;
                let xml = record_xml(chunk, at).unwrap();
                let tree = quick_check(&xml);
                assert!(tree, "not well-formed: {xml}");
            },
            &mut troubles,
        );
        total.stated += summary.stated;
        total.read += summary.read;
        total.failed += summary.failed;
        total.unflushed += summary.unflushed;
    }
    (records, troubles, total)
}

/// Every start tag has its end.
fn quick_check(xml: &str) -> bool {
    let mut open = Vec::new();
    for part in xml.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return false };
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
    }
    open.is_empty() && xml.starts_with("<Event")
}

fn shown(value: &Value<'_>) -> String {
    plain(&value.to_text())
}

/// Writings made equal.
fn plain(text: &str) -> String {
    let text = text.trim();
    let bare = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).filter(|t| t.len() == 36);
    if let Some(guid) = bare {
        return guid.to_ascii_lowercase();
    }
    if text.len() == 36 && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-') {
        return text.to_ascii_lowercase();
    }
    if text.len() >= 20
        && text.ends_with('Z')
        && let Ok(time) = text.parse::<jiff::Timestamp>()
    {
        return format!("time {}", time.as_microsecond());
    }
    text.to_owned()
}

/// The tree of the other reader under Sigma's names.
fn flat(tree: &Json) -> Fields {
    let mut out = Vec::new();
    let event = &tree["Event"];
    for (section, inner) in event.as_object().unwrap() {
        match section.as_str() {
            "#attributes" => {}
            "System" => {
                for (name, value) in inner.as_object().unwrap() {
                    if let Some(attributes) = value.get("#attributes").and_then(Json::as_object) {
                        for (attribute, value) in attributes {
                            let field = match (name.as_str(), attribute.as_str()) {
                                ("TimeCreated", "SystemTime") => "SystemTime".to_owned(),
                                ("Security", "UserID") => "UserID".to_owned(),
                                _ => format!("{name}_{attribute}"),
                            };
                            push(&mut out, &field, value);
                        }
                        if let Some(text) = value.get("#text") {
                            push(&mut out, name, text);
                        }
                    } else {
                        push(&mut out, name, value);
                    }
                }
            }
            "EventData" => walk(inner, "Data", "EventData", &mut out),
            _ => walk(inner, section, section, &mut out),
        }
    }
    out
}

fn walk(value: &Json, name: &str, element: &str, out: &mut Fields) {
    let Some(members) = value.as_object() else {
        push(out, name, value);
        return;
    };
    for (member, inner) in members {
        match member.as_str() {
            "#attributes" => {
                for (attribute, v) in inner.as_object().unwrap() {
                    let local = attribute.rsplit(':').next().unwrap();
                    let title = local == "Name" && element == "Data";
                    if !attribute.starts_with("xmlns") && !title {
                        push(out, &format!("{element}_{local}"), v);
                    }
                }
            }
            "#text" => push(out, name, inner),
            _ => {
                let local = member.rsplit(':').next().unwrap();
                walk(inner, local, local, out);
            }
        }
    }
}

fn push(out: &mut Fields, name: &str, value: &Json) {
    let text = match value {
        Json::Null => return,
        Json::String(s) => plain(s),
        Json::Array(items) => {
            let items: Vec<_> = items
                .iter()
                .map(|i| if let Json::String(s) = i { plain(s) } else { i.to_string() })
                .collect();
            items.join(", ")
        }
        Json::Object(_) => {
            walk(value, name, name, out);
            return;
        }
        other => other.to_string(),
    };
    out.push((name.to_owned(), text));
}

/// Values by name without the crate's `_1`, in order, empty ones left out.
fn by_name(fields: &Fields) -> BTreeMap<String, Vec<String>> {
    let mut out: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, text) in fields {
        let base = match name.rsplit_once('_') {
            Some((base, n)) if n.parse::<u32>().is_ok() && fields.iter().any(|(other, _)| other == base) => {
                base
            }
            _ => name,
        };
        if !text.is_empty() {
            out.entry(base.to_owned()).or_default().push(text.clone());
        }
    }
    // One list, or the same name several times: the same.
    for texts in out.values_mut() {
        let joined = texts.join(", ");
        let mut parts: Vec<String> =
            joined.split(", ").map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
        parts.sort();
        *texts = parts;
    }
    out
}

#[test]
fn the_same_records_and_values_as_the_evtx_crate() {
    let mut list = files(&corpus("evtx"), ".evtx");
    list.extend(files(&corpus("sigma/regression_data"), ".evtx"));
    assert!(list.len() > 100);
    let (mut records, mut different) = (0, Vec::new());
    for path in &list {
        let bytes = std::fs::read(path).unwrap();
        let (mine, troubles, total) = ours(&bytes);
        assert_eq!(total.read + total.failed, total.stated + total.unflushed, "{path:?} {troubles:?}");
        assert_eq!(total.read, mine.len() as u64);
        assert_eq!(troubles.iter().map(|t| t.lost).sum::<u64>(), total.failed, "{path:?}");
        let mut parser = evtx::EvtxParser::from_buffer(bytes).unwrap();
        let theirs: Vec<_> = parser.records_json_value().filter_map(Result::ok).collect();
        if mine.len() != theirs.len() {
            different.push(format!(
                "{path:?}: {} records, the crate {}; {troubles:?}",
                mine.len(),
                theirs.len()
            ));
            continue;
        }
        for ((number, mine), theirs) in mine.iter().zip(&theirs) {
            records += 1;
            let (mine, theirs) = (by_name(mine), by_name(&flat(&theirs.data)));
            let names: BTreeSet<_> = mine.keys().chain(theirs.keys()).collect();
            for name in names {
                let (mine, theirs) = (mine.get(name), theirs.get(name));
                if mine != theirs {
                    different.push(format!("{path:?} {number} {name}: {mine:?} / {theirs:?}"));
                }
            }
        }
    }
    eprintln!("{} files, {records} records", list.len());
    assert!(
        different.is_empty(),
        "{} differ:\n{}",
        different.len(),
        different[..different.len().min(12)].join("\n")
    );
}

#[test]
fn damage_is_said_and_the_rest_is_read() {
    let list = files(&corpus("evtx"), ".evtx");
    let bytes = list.iter().map(|p| std::fs::read(p).unwrap()).find(|b| ours(b).2.read > 20).unwrap();
    let (whole, _, _) = ours(&bytes);
    // The size of the third record becomes zero.
    let mut damaged = bytes.clone();
    let mut at = FILE_HEADER_LENGTH + 512;
    for _ in 0..2 {
        at += u32::from_le_bytes(damaged[at + 4..at + 8].try_into().unwrap()) as usize;
    }
    damaged[at + 4..at + 8].fill(0);
    let (rest, troubles, total) = ours(&damaged);
    assert_eq!(rest.len() + 1, whole.len());
    assert_eq!(total.failed, 1);
    assert!(troubles.iter().any(|t| t.reason == Reason::Checksum));
    assert!(troubles.iter().any(|t| t.reason == Reason::Size && t.lost == 1 && t.record.is_some()));
}
