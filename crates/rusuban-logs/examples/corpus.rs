//! How well real lines of other people are understood: `cargo run -p rusuban-logs --example corpus -- FOLDER… [--misses]`.
//!
//! A folder holds either `*.json` files (`{"input": {"message": …}, "expected": …}`), or `X.log` with `X.expected.jsonl`
//! (dotted names, `line` counts from 1), or `*.ini` files with `log N pass = LINE`. For each folder one row of a Markdown
//! table: lines, lines parsed, and for the fields that matter how many of the expected values were found.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bumpalo::Bump;
use rusuban_logs::event::{Event, TimeReader, Zone, to_json};
use rusuban_logs::sources::{Context, Dispatcher, SOURCES};
use serde_json::Value;

/// The fields that a review rests on.
const FIELDS: [&str; 8] = [
    "@timestamp",
    "user.name",
    "source.ip",
    "source.port",
    "destination.ip",
    "destination.port",
    "event.action",
    "event.outcome",
];

/// One message, what is expected of it, and where it stands.
struct Case {
    text: String,
    expected: BTreeMap<String, Value>,
    place: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let misses = arguments.iter().any(|a| a == "--misses");
    println!("| folder | lines | parsed | {} |", FIELDS.join(" | "));
    println!("|---|---|---|{}", "---|".repeat(FIELDS.len()));
    for folder in arguments.iter().filter(|a| !a.starts_with("--")) {
        let cases = cases(Path::new(folder));
        let mut parsed = 0;
        let mut hits = [0; FIELDS.len()];
        let mut wanted = [0; FIELDS.len()];
        for case in &cases {
            let got = read(&case.text);
            if got.is_some() {
                parsed += 1;
            } else if misses {
                println!("NOT PARSED {}: {}", case.place, case.text);
            }
            let got = got.map(|v| flat(&v)).unwrap_or_default();
            for (i, field) in FIELDS.iter().enumerate() {
                let Some(expected) = case.expected.get(*field) else { continue };
                wanted[i] += 1;
                let found = got.get(*field);
                if found.is_some_and(|f| same(f, expected)) {
                    hits[i] += 1;
                } else if misses {
                    println!(
                        "{field}: expected {expected}, found {} in {}: {}",
                        found.unwrap_or(&Value::Null),
                        case.place,
                        case.text
                    );
                }
            }
        }
        let cells: Vec<String> = (0..FIELDS.len()).map(|i| format!("{}/{}", hits[i], wanted[i])).collect();
        println!("| {folder} | {} | {parsed} | {} |", cases.len(), cells.join(" | "));
    }
}

/// Reads one message as a file that holds it alone would be read.
fn read(text: &str) -> Option<Value> {
    let arena = Bump::new();
    // 2026-11-24: the lines without a year are of this year.
    let time = TimeReader::new(Zone::default(), 1_795_478_400);
    let mut event = Event::new(SOURCES.last().unwrap().meta());
    let context = Context::new(&arena, &time);
    Dispatcher::default().read(text.trim_end(), None, &context, &mut event).ok()?;
    Some(to_json(&event, "-"))
}

/// Two values that say the same: text and number alike, times by the instant, a list of one like its member.
fn same(found: &Value, expected: &Value) -> bool {
    let text = |v: &Value| match v {
        Value::String(s) => s.clone(),
        Value::Array(list) if list.len() == 1 => list[0].to_string().trim_matches('"').to_owned(),
        other => other.to_string(),
    };
    let (found, expected) = (text(found), text(expected));
    if found == expected {
        return true;
    }
    match (found.parse::<jiff::Timestamp>(), expected.parse::<jiff::Timestamp>()) {
        (Ok(a), Ok(b)) => (a.as_microsecond() - b.as_microsecond()).abs() <= 1,
        _ => false,
    }
}

/// Nested objects as dotted names.
fn flat(value: &Value) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, value: &Value, out: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) => {
                for (name, inner) in map {
                    let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                    walk(&full, inner, out);
                }
            }
            other => {
                out.insert(prefix.to_owned(), other.clone());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk("", value, &mut out);
    out
}

/// Every case of a folder, or of a single file.
fn cases(folder: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = if folder.is_dir() {
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect()
    } else {
        vec![folder.to_owned()]
    };
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let place = file.file_name().unwrap().to_string_lossy().into_owned();
        let extension = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
        if !matches!(extension, "json" | "log" | "ini") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        match extension {
            "json" => {
                let whole: Value = serde_json::from_str(&text).unwrap();
                let message = whole["input"]["message"].as_str().unwrap().to_owned();
                // Where the collector took the envelope off, it is put back.
                let text = match whole["input"]["log"]["syslog"]["appname"].as_str() {
                    Some(app) => format!("<14>1 - - {app} - - - {message}"),
                    None => message,
                };
                cases.push(Case { text, expected: flat(&whole["expected"]), place });
            }
            "log" => {
                let expected =
                    std::fs::read_to_string(file.with_extension("expected.jsonl")).unwrap_or_default();
                let mut by_line: BTreeMap<u64, BTreeMap<String, Value>> = BTreeMap::new();
                for line in expected.lines().filter(|l| !l.trim().is_empty()) {
                    let value: Value = serde_json::from_str(line).unwrap();
                    by_line.insert(value["line"].as_u64().unwrap(), flat(&value));
                }
                for (number, line) in (1..).zip(text.lines()).filter(|(_, l)| !l.trim().is_empty()) {
                    let expected = by_line.remove(&number).unwrap_or_default();
                    cases.push(Case { text: line.to_owned(), expected, place: format!("{place}:{number}") });
                }
            }
            _ => {
                for line in text.lines().filter(|l| l.starts_with("log ")) {
                    let Some((_, message)) = line.split_once("= ") else { continue };
                    cases.push(Case {
                        text: message.to_owned(),
                        expected: BTreeMap::new(),
                        place: place.clone(),
                    });
                }
            }
        }
    }
    cases
}
