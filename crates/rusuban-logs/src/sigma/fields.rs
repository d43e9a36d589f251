//! Fields of an event as tests see them: found by name or alias, folded into a buffer only when a test asks.

use crate::event::{Event, Field, Value};

use super::pattern::{fold, fold_into};
use super::sieve::Sieve;
use super::taxonomy::{self, Alias};

/// Which part of an event a test looks at.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Part {
    /// A field by its name.
    Field(Box<str>),
    /// Every value, each on its own.
    Whole,
    /// The values that are text, as one text of many lines: for keywords that no number, hash or time can hold.
    Texts,
}

/// A part of events that rules ask for.
#[derive(Debug)]
pub struct Slot {
    part: Part,
    /// What the event calls it otherwise.
    aliases: &'static [Alias],
    ecs: Box<[Field]>,
    also_ecs: bool,
    /// The event's own time.
    pub time: bool,
    /// Times without an offset are UTC (Sysmon's `UtcTime`).
    pub utc: bool,
}

impl Slot {
    /// The slot of a part.
    pub fn new(part: Part) -> Self {
        let field = if let Part::Field(name) = &part { name.clone() } else { Box::default() };
        let name = &*field;
        Self {
            aliases: taxonomy::windows(name),
            ecs: taxonomy::ecs(name).into(),
            also_ecs: taxonomy::also_ecs(name),
            time: matches!(
                name,
                "@timestamp" | "timestamp" | "TimeCreated" | "TimeCreated_SystemTime" | "_time"
            ),
            utc: name.ends_with("UtcTime"),
            part,
        }
    }

    /// Calls `see` for every value of the field in the event; false where it is not there.
    /// `spare` is memory for text that must be put together.
    pub fn values<'e>(
        &self,
        event: &Event<'e>,
        names: &Names,
        spare: &mut String,
        mut see: impl FnMut(Seen<'_, 'e>),
    ) -> bool {
        let name = match &self.part {
            Part::Field(name) => name,
            Part::Whole | Part::Texts => {
                whole(event, &mut see);
                return true;
            }
        };
        let mut found = native(event, names, name, &mut see);
        if !found {
            for alias in self.aliases {
                found = match alias {
                    Alias::Native(name) => native(event, names, name, &mut see),
                    Alias::Joined(a, b) => joined(event, names, [a, b], spare, &mut see),
                    Alias::Hash(name) => hash(event, names, name, spare, &mut see),
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

impl Slot {
    /// True where the slot is a field that is found by its name.
    pub fn is_named(&self) -> bool {
        matches!(self.part, Part::Field(_))
    }

    /// True where the slot is every value on its own.
    pub fn is_whole(&self) -> bool {
        self.part == Part::Whole
    }

    /// True where the slot is the texts of the event as one.
    pub fn is_texts(&self) -> bool {
        self.part == Part::Texts
    }
}

impl Seen<'_, '_> {
    fn write_to(self, text: &mut String) {
        match self {
            Seen::Value(value) => value.write_to(text),
            Seen::Text(more) => text.push_str(more),
        }
    }
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
    let blanks = b.iter().fold(0, |n, b| n + usize::from(*b == b' '));
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

/// Domain and user, key and value: joined with a backslash, unless there is no second.
fn joined<'e>(
    event: &Event<'e>,
    names: &Names,
    [first, second]: [&str; 2],
    text: &mut String,
    see: &mut impl FnMut(Seen<'_, 'e>),
) -> bool {
    text.clear();
    if !native(event, names, first, &mut |seen: Seen<'_, 'e>| seen.write_to(text)) {
        return false;
    }
    let end = text.len();
    text.push('\\');
    if !native(event, names, second, &mut |seen: Seen<'_, 'e>| seen.write_to(text)) {
        return false;
    }
    if matches!(text.get(end..), Some("\\" | "\\-")) {
        text.truncate(end);
    }
    see(Seen::Text(text));
    true
}

/// One of the hashes of `MD5=…,SHA256=…`.
fn hash<'e>(
    event: &Event<'e>,
    names: &Names,
    name: &str,
    text: &mut String,
    see: &mut impl FnMut(Seen<'_, 'e>),
) -> bool {
    text.clear();
    let found = ["Hashes", "Hash"]
        .into_iter()
        .any(|field| native(event, names, field, &mut |seen: Seen<'_, 'e>| seen.write_to(text)));
    let part = text.split(',').filter(|_| found).find_map(|p| {
        let (n, value) = p.trim().split_once('=')?;
        n.eq_ignore_ascii_case(name).then_some(value)
    });
    if let Some(value) = part {
        see(Seen::Text(value));
    }
    part.is_some()
}

/// Appends the texts of an event without case, a line each; with `all`, every value.
pub fn fold_texts(event: &Event<'_>, all: bool, out: &mut Vec<u8>, spare: &mut String) {
    let start = out.len();
    let mut add = |value: &Value<'_>| {
        let is_text = matches!(value, Value::Str(_) | Value::Utf16(_));
        if *value == Value::Null || !(all || is_text) {
            return;
        }
        if out.len() > start {
            out.push(b'\n');
        }
        fold_value(value, out, spare);
    };
    whole(event, &mut |seen| match seen {
        Seen::Value(Value::List(list)) => list.iter().for_each(&mut add),
        Seen::Value(value) => add(&value),
        Seen::Text(_) => {}
    });
}

/// False where surely none of the sieve's keywords is in a value of the event. Looks at the values as they are: most events
/// are done with before anything is copied.
pub fn may_hold(event: &Event<'_>, sieve: &Sieve) -> bool {
    let mut may = false;
    let mut look = |value: &Value<'_>| {
        may = may
            || match value {
                Value::Str(text) => !text.is_ascii() || sieve.lets_through(text.as_bytes()),
                Value::Null => false,
                _ => true,
            };
    };
    whole(event, &mut |seen| match seen {
        Seen::Value(Value::List(list)) => list.iter().for_each(&mut look),
        Seen::Value(value) => look(&value),
        Seen::Text(_) => {}
    });
    may
}

/// True where a keyword (without case) can stand in text alone: it holds a letter that no number, hash, time or truth is
/// written with, and no end of a line.
pub fn is_text(keyword: &[u8]) -> bool {
    keyword.iter().any(|b| matches!(b, b'g'..=b'k' | b'm'..=b'q' | b'v' | b'w' | b'y'))
        && !keyword.contains(&b'\n')
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
    let units = bytes.as_chunks::<2>().0;
    // Two passes that the compiler turns into vector instructions.
    let all = units.iter().fold(0, |all, unit| all | u16::from_le_bytes(*unit));
    if all < 0x80 {
        out.extend(units.iter().map(|[low, _]| low.to_ascii_lowercase()));
        return;
    }
    let mut buffer = [0; 4];
    for c in char::decode_utf16(units.iter().map(|u| u16::from_le_bytes(*u))) {
        let c = fold(c.unwrap_or(char::REPLACEMENT_CHARACTER));
        out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
    }
}
