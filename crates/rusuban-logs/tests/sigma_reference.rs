//! The engine against a matcher that is slow and plain: rule by rule, value by value, character by character.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use bumpalo::Bump;
use proptest::prelude::*;
use rusuban_logs::event::Event;
use rusuban_logs::sigma::condition::{Condition, Quantity};
use rusuban_logs::sigma::yaml::Scalar;
use rusuban_logs::sigma::{Engine, Item, Modifier, Options, Rule, Search, load};
use rusuban_logs::sources::{SourceMeta, json};
use serde_json::Value;

static META: SourceMeta = SourceMeta { id: "test", product: "Test", vendor: "" };

/// One character of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Glyph {
    Is(char),
    One,
    Any,
}

fn glyphs(text: &str) -> Vec<Glyph> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let next = chars.get(at + 1);
        match chars[at] {
            '\\' if matches!(next, Some('*' | '?' | '\\')) => {
                out.push(Glyph::Is(*next.unwrap()));
                at += 1;
            }
            '*' => out.push(Glyph::Any),
            '?' => out.push(Glyph::One),
            c => out.push(Glyph::Is(c)),
        }
        at += 1;
    }
    out
}

fn fits(pattern: &[Glyph], text: &[char], cased: bool) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Glyph::Any, rest)) => (0..=text.len()).any(|n| fits(rest, &text[n..], cased)),
        Some((Glyph::One, rest)) => !text.is_empty() && fits(rest, &text[1..], cased),
        Some((Glyph::Is(c), rest)) => {
            let same = |a: char, b: char| a == b || (!cased && a.to_lowercase().eq(b.to_lowercase()));
            text.first().is_some_and(|t| same(*t, *c)) && fits(rest, &text[1..], cased)
        }
    }
}

const DASHES: [char; 5] = ['-', '/', '–', '—', '―'];

fn with_dashes(pattern: &[Glyph]) -> Vec<Vec<Glyph>> {
    let word = |g: Option<&Glyph>| matches!(g, Some(Glyph::Is(c)) if c.is_alphanumeric());
    let mut all = vec![Vec::new()];
    for (at, glyph) in pattern.iter().enumerate() {
        let flag = matches!(glyph, Glyph::Is(c) if DASHES.contains(c))
            && word(pattern.get(at + 1))
            && (at == 0 || !word(pattern.get(at - 1)));
        let choices = if flag { DASHES.map(Glyph::Is).to_vec() } else { vec![*glyph] };
        all = all
            .into_iter()
            .flat_map(|head: Vec<Glyph>| {
                choices.iter().map(move |c| [head.clone(), vec![*c]].concat()).collect::<Vec<_>>()
            })
            .collect();
    }
    all
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    }
}

/// The values of a field that are not null.
fn values<'e>(event: &'e Value, field: &str) -> Vec<&'e Value> {
    match event.get(field) {
        None => Vec::new(),
        Some(Value::Array(list)) => list.iter().filter(|v| !v.is_null()).collect(),
        Some(value) => Some(value).filter(|v| !v.is_null()).into_iter().collect(),
    }
}

fn has_null(event: &Value, field: &str) -> bool {
    match event.get(field) {
        Some(Value::Array(list)) => list.iter().any(Value::is_null),
        Some(value) => value.is_null(),
        None => false,
    }
}

fn one_value(item: &Item, field: &str, value: &Scalar, event: &Value) -> bool {
    let has = |m| item.has(m);
    let found = values(event, field);
    if has(Modifier::Exists) {
        return event.get(field).is_some() == (*value == Scalar::Bool(true));
    }
    let number = |v: &Value| text_of(v).trim().parse::<f64>().ok();
    for (modifier, holds) in [
        (Modifier::Lt, (|a, b| a < b) as fn(f64, f64) -> bool),
        (Modifier::Lte, |a, b| a <= b),
        (Modifier::Gt, |a, b| a > b),
        (Modifier::Gte, |a, b| a >= b),
    ] {
        if has(modifier) {
            let bound = value.number().unwrap();
            return found.iter().any(|v| number(v).is_some_and(|n| holds(n, bound)));
        }
    }
    if has(Modifier::Re) {
        let flags = if has(Modifier::ReIgnoreCase) { "(?i)" } else { "" };
        let regex = regex_automata::meta::Regex::new(&format!("{flags}{}", value.text())).unwrap();
        return found.iter().any(|v| regex.is_match(&text_of(v)));
    }
    if has(Modifier::FieldRef) {
        let other = values(event, value.text());
        let lower = |v: &Value| text_of(v).to_lowercase();
        return found.iter().any(|a| other.iter().any(|b| lower(a) == lower(b)));
    }
    if *value == Scalar::Null {
        return found.is_empty() && !matches!(event.get(field), Some(Value::Array(l)) if l.is_empty());
    }
    let mut pattern = glyphs(value.text());
    if pattern.is_empty()
        && !has(Modifier::Contains)
        && !has(Modifier::StartsWith)
        && !has(Modifier::EndsWith)
        && has_null(event, field)
    {
        return true;
    }
    if has(Modifier::Contains) || has(Modifier::EndsWith) {
        pattern.insert(0, Glyph::Any);
    }
    if has(Modifier::Contains) || has(Modifier::StartsWith) {
        pattern.push(Glyph::Any);
    }
    let patterns = if has(Modifier::WinDash) { with_dashes(&pattern) } else { vec![pattern] };
    found.iter().any(|v| {
        let text: Vec<char> = text_of(v).chars().collect();
        patterns.iter().any(|p| fits(p, &text, has(Modifier::Cased)))
    })
}

fn item(item: &Item, event: &Value) -> bool {
    let Some(field) = &item.field else {
        let every: Vec<&Value> = event.as_object().unwrap().keys().flat_map(|k| values(event, k)).collect();
        let one = |keyword: &Scalar| {
            let pattern = [vec![Glyph::Any], glyphs(keyword.text()), vec![Glyph::Any]].concat();
            every.iter().any(|v| fits(&pattern, &text_of(v).chars().collect::<Vec<_>>(), false))
        };
        return if item.has(Modifier::All) {
            item.values.iter().all(one)
        } else {
            item.values.iter().any(one)
        };
    };
    let one = |value: &Scalar| one_value(item, field, value, event);
    let held =
        if item.has(Modifier::All) { item.values.iter().all(one) } else { item.values.iter().any(one) };
    held != item.has(Modifier::Neq)
}

fn search(node: &Search, event: &Value) -> bool {
    match node {
        Search::All(list) => list.iter().all(|s| search(s, event)),
        Search::Any(list) => list.iter().any(|s| search(s, event)),
        Search::Item(i) => item(i, event),
    }
}

fn holds(condition: &Condition, rule: &Rule, event: &Value) -> bool {
    match condition {
        Condition::Search(name) => search(rule.detection.search(name).unwrap(), event),
        Condition::And(list) => list.iter().all(|c| holds(c, rule, event)),
        Condition::Or(list) => list.iter().any(|c| holds(c, rule, event)),
        Condition::Not(inner) => !holds(inner, rule, event),
        Condition::Of(quantity, selector) => {
            let chosen: Vec<_> = rule.detection.searches.iter().filter(|(n, _)| selector.takes(n)).collect();
            let held = chosen.iter().filter(|(_, s)| search(s, event)).count();
            match quantity {
                Quantity::All => held == chosen.len(),
                Quantity::AtLeast(n) => held >= *n as usize,
            }
        }
    }
}

fn reference(rule: &Rule, event: &Value) -> bool {
    rule.detection.conditions.iter().any(|c| holds(c, rule, event))
}

/// A short text of few characters, so that patterns and texts often meet.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            6 => Just('a'), 6 => Just('b'), 2 => Just('k'), 3 => Just('B'), 2 => Just('*'), 1 => Just('?'), 2 => Just('\\'),
            2 => Just('-'), 1 => Just('/'), 1 => Just('–'), 2 => Just(' '), 1 => Just('日'), 1 => Just('Ä'), 1 => Just('ä'),
            2 => Just('1')
        ],
        0..7,
    )
    .prop_map(|c| c.into_iter().collect())
}

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

fn one_item() -> impl Strategy<Value = String> {
    let field = prop_oneof![Just("A"), Just("B"), Just("C")];
    let value = prop_oneof![
        10 => text().prop_map(|t| quoted(&t)),
        1 => Just("null".to_owned()),
        1 => Just("1".to_owned()),
        1 => Just("true".to_owned())
    ];
    let values = proptest::collection::vec(value, 1..4);
    let modifiers = prop_oneof![
        3 => Just(""), 3 => Just("|contains"), 2 => Just("|startswith"), 2 => Just("|endswith"), 2 => Just("|contains|all"),
        1 => Just("|cased"), 1 => Just("|contains|cased"), 1 => Just("|neq"), 1 => Just("|windash|contains"),
        1 => Just("|endswith|cased"), 1 => Just("|contains|windash|neq")
    ];
    let plain =
        (field.clone(), modifiers, values).prop_map(|(f, m, v)| format!("'{f}{m}': [{}]", v.join(", ")));
    let special = (
        field,
        prop_oneof![
            Just(("|exists", "true")),
            Just(("|exists", "false")),
            Just(("|lt", "1")),
            Just(("|gte", "1")),
            Just(("|fieldref", "B")),
            Just(("|re", "'a+b'")),
            Just(("|re|i", "'^a?B(a|b)'")),
            Just(("|re", "'[aB]-'"))
        ],
    )
        .prop_map(|(f, (m, v))| format!("'{f}{m}': {v}"));
    prop_oneof![5 => plain, 2 => special]
}

fn one_search() -> impl Strategy<Value = String> {
    let keyword = || {
        proptest::collection::vec(
            (prop_oneof![Just("a"), Just("k")], text()).prop_map(|(k, t)| quoted(&format!("{k}{t}"))),
            1..3,
        )
    };
    prop_oneof![
        4 => one_item().prop_map(|i| format!("{{{i}}}")),
        2 => (one_item(), one_item()).prop_map(|(a, b)| format!("[{{{a}}}, {{{b}}}]")),
        1 => keyword().prop_map(|k| format!("[{}]", k.join(", "))),
        1 => keyword().prop_map(|k| format!("{{'|all': [{}]}}", k.join(", "))),
    ]
}

fn one_rule() -> impl Strategy<Value = String> {
    let condition = prop_oneof![
        3 => Just("s1 and s2"), 2 => Just("s1 and not s2"), 2 => Just("s1 or s2 and s3"), 1 => Just("not s1"),
        2 => Just("1 of s*"), 1 => Just("2 of them"), 1 => Just("all of s*"), 1 => Just("not 1 of s* or s3"),
        1 => Just("(s1 or s2) and not (s3 and s1)"), 3 => Just("s1")
    ];
    (one_search(), one_search(), one_search(), condition).prop_map(|(a, b, c, condition)| {
        format!("title: T\nlogsource: {{}}\ndetection:\n  s1: {a}\n  s2: {b}\n  s3: {c}\n  condition: {condition}\n")
    })
}

fn one_field() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => text().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => (0_i64..3).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => proptest::collection::vec(text().prop_map(Value::String), 1..3).prop_map(Value::from),
    ]
}

fn one_event() -> impl Strategy<Value = Value> {
    let field = || proptest::option::weighted(0.8, one_field());
    (field(), field(), field()).prop_map(|(a, b, c)| {
        let mut map = serde_json::Map::new();
        for (name, value) in [("A", a), ("B", b), ("C", c)] {
            if let Some(value) = value {
                map.insert(name.to_owned(), value);
            }
        }
        Value::Object(map)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_says_what_the_reference_says(
        texts in proptest::collection::vec(one_rule(), 1..8),
        events in proptest::collection::vec(one_event(), 1..8),
    ) {
        let loaded = load("t", &texts.join("---\n"));
        prop_assert!(loaded.problems.is_empty(), "{:?}", loaded.problems);
        let rules = loaded.into_rules();
        let (engine, problems) = Engine::compile(&rules, &Options::default());
        prop_assert!(problems.is_empty(), "{:?}", problems);
        let mut scratch = engine.scratch();
        let arena = Bump::new();
        for event in &events {
            let line = arena.alloc_str(&event.to_string());
            let mut record = Event::new(&META);
            json::flatten(json::parse(line, &arena).unwrap(), &arena, &mut record);
            let found = engine.matches(&record, &mut scratch).to_vec();
            for (number, rule) in (0_u32..).zip(&rules) {
                prop_assert_eq!(
                    found.contains(&number), reference(rule, event),
                    "rule:\n{}\nevent: {}", texts[number as usize], event
                );
            }
        }
    }
}
