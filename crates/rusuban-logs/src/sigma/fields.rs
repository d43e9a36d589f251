//! Fields of an event as tests see them: found by name or alias, folded into a buffer only when a test asks.

use crate::event::{Event, Field, Value};

use super::pattern::{fold, fold_into};
use super::taxonomy::{self, Alias};

/// A field that rules ask for.
#[derive(Debug)]
pub struct Slot {
    /// Its name in rules; empty for keywords: the whole event.
    pub name: Box<str>,
    /// What the event calls it otherwise.
    aliases: &'static [Alias],
    ecs: Box<[Field]>,
    also_ecs: bool,
    /// The event's own time.
    pub time: bool,
}

impl Slot {
    /// The slot of a field's name; None is keywords.
    pub fn new(name: Option<&str>) -> Self {
        let name = name.unwrap_or_default();
        Self {
            name: name.into(),
            aliases: taxonomy::windows(name),
            ecs: taxonomy::ecs(name).into(),
            also_ecs: taxonomy::also_ecs(name),
            time: matches!(
                name,
                "@timestamp" | "timestamp" | "TimeCreated" | "TimeCreated_SystemTime" | "_time"
            ),
        }
    }

    /// Calls `see` for every value of the field in the event; false where it is not there.
    pub fn values<'e>(&self, event: &Event<'e>, names: &Names, mut see: impl FnMut(Seen<'_, 'e>)) -> bool {
        if self.name.is_empty() {
            whole(event, &mut see);
            return true;
        }
        let mut found = native(event, names, &self.name, &mut see);
        if !found {
            for alias in self.aliases {
                found = match alias {
                    Alias::Native(name) => native(event, names, name, &mut see),
                    Alias::Joined(a, b) => joined(event, names, a, b, &mut see),
                    Alias::Hash(name) => hash(event, names, name, &mut see),
                };
                if found {
                    break;
                }
            }
        }
        if !found || self.also_ecs {
            for field in &self.ecs {
                if let Some(value) = event.get(*field) {
                    see(Seen::Value(value));
                    found = true;
                    if !self.also_ecs {
                        break;
                    }
                }
            }
        }
        found
    }
}

/// A value, or text that was put together.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'t, 'e> {
    /// A value of the event.
    Value(Value<'e>),
    /// Made-up text.
    Text(&'t str),
}

/// Short keys of an event's own field names, to find one among many without comparing texts.
#[derive(Debug, Default)]
pub struct Names(Vec<u32>);

impl Names {
    /// Reads the names of an event.
    pub fn read(&mut self, event: &Event<'_>) {
        self.0.clear();
        self.0.extend(event.native.iter().map(|(name, _)| name_key(name)));
    }
}

/// Length without blanks, first and last byte without case.
fn name_key(name: &str) -> u32 {
    let b = name.as_bytes();
    let first = b.first().copied().unwrap_or(0) | 0x20;
    let last = b.last().copied().unwrap_or(0) | 0x20;
    let blanks = b.iter().filter(|b| **b == b' ').count();
    u32::try_from((b.len() - blanks) & 0xffff).unwrap_or(0) | u32::from(first) << 16 | u32::from(last) << 24
}

/// True where a rule's field is the event's: without case, and without blanks, which Sigma drops (`Threat Name`).
fn same_name(event: &str, rule: &str) -> bool {
    if event.len() == rule.len() {
        return event.eq_ignore_ascii_case(rule);
    }
    event
        .bytes()
        .filter(|b| *b != b' ')
        .map(|b| b.to_ascii_lowercase())
        .eq(rule.bytes().filter(|b| *b != b' ').map(|b| b.to_ascii_lowercase()))
}

fn native<'e>(event: &Event<'e>, names: &Names, name: &str, see: &mut impl FnMut(Seen<'_, 'e>)) -> bool {
    let key = name_key(name);
    let mut found = false;
    for (at, k) in names.0.iter().enumerate() {
        if *k == key
            && let Some((n, value)) = event.native.get(at)
            && same_name(n, name)
        {
            see(Seen::Value(*value));
            found = true;
        }
    }
    found
}

fn joined<'e>(
    event: &Event<'e>,
    names: &Names,
    a: &str,
    b: &str,
    see: &mut impl FnMut(Seen<'_, 'e>),
) -> bool {
    let mut text = String::new();
    let mut add = |seen: Seen<'_, '_>| {
        if let Seen::Value(value) = seen {
            value.write_to(&mut text);
        }
    };
    if !native(event, names, a, &mut add) {
        return false;
    }
    let mut second = String::new();
    let found = native(event, names, b, &mut |seen: Seen<'_, 'e>| {
        if let Seen::Value(value) = seen {
            value.write_to(&mut second);
        }
    });
    if !found {
        return false;
    }
    if !second.is_empty() && second != "-" {
        text.push('\\');
        text.push_str(&second);
    }
    see(Seen::Text(&text));
    true
}

fn hash<'e>(event: &Event<'e>, names: &Names, name: &str, see: &mut impl FnMut(Seen<'_, 'e>)) -> bool {
    let mut text = String::new();
    let mut add = |seen: Seen<'_, '_>| {
        if let Seen::Value(value) = seen {
            value.write_to(&mut text);
        }
    };
    if !native(event, names, "Hashes", &mut add) && !native(event, names, "Hash", &mut add) {
        return false;
    }
    let part = text.split(',').find_map(|p| {
        let (n, value) = p.trim().split_once('=')?;
        n.eq_ignore_ascii_case(name).then_some(value)
    });
    match part {
        Some(value) => {
            see(Seen::Text(value));
            true
        }
        None => false,
    }
}

/// The whole event: the line as it was read, and every value that is not a part of it.
fn whole<'e>(event: &Event<'e>, see: &mut impl FnMut(Seen<'_, 'e>)) {
    let line = event.original.as_bytes().as_ptr_range();
    if !event.original.is_empty() {
        see(Seen::Value(Value::Str(event.original)));
    }
    let mut one = |value: &Value<'e>| {
        let seen_already = !event.original.is_empty()
            && match value {
                Value::Str(s) => line.contains(&s.as_bytes().as_ptr()),
                Value::Int(_) | Value::UInt(_) | Value::Bool(_) | Value::Float(_) | Value::Null => true,
                _ => false,
            };
        if !seen_already {
            see(Seen::Value(*value));
        }
    };
    event.native.iter().for_each(|(_, v)| one(v));
    if event.original.is_empty() {
        event.ecs().iter().for_each(|(_, v)| one(v));
    }
}

/// Appends a value's text without case.
pub fn fold_value(value: &Value<'_>, out: &mut Vec<u8>, spare: &mut String) {
    match value {
        Value::Str(s) => fold_into(s, out),
        Value::Utf16(bytes) => fold_utf16(bytes, out),
        other => {
            spare.clear();
            other.write_to(spare);
            fold_into(spare, out);
        }
    }
}

fn fold_utf16(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let units = bytes.as_chunks::<2>().0;
    let mut beyond = 0_u8;
    out.extend(units.iter().map(|&[low, high]| {
        beyond |= high | (low & 0x80);
        low.to_ascii_lowercase()
    }));
    if beyond == 0 {
        return;
    }
    out.truncate(start);
    let mut buffer = [0; 4];
    for c in char::decode_utf16(units.iter().map(|u| u16::from_le_bytes(*u))) {
        let c = fold(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
}
