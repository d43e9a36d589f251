//! One record: the table of values, and the walk over its template.

use bumpalo::Bump;

use super::Reason;
use super::bytes::{index, u16_at, u32_at};
use super::template::{Name, Part, Purpose, Section, Slot, Template, TemplateCache};
use super::value::{BINXML, NULL, value};
use crate::event::{Event, EventTime, TimeBasis, Value};

/// Fragments are not nested deeper than this in each other.
const DEEPEST: u32 = 8;
/// A record does not give more fields than this, counted with those of nested fragments.
const MOST_FIELDS: u32 = 8192;
/// A record does not hold more fragments than this.
const MOST_FRAGMENTS: u32 = 64;

/// A value in a record's table: its type, and where in the chunk it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) kind: u8,
    pub(super) start: u32,
    pub(super) length: u16,
}

/// A template instance: where its definition stands, and where the table of values begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Instance {
    /// Tokens of the definition.
    pub(super) start: usize,
    /// Their end.
    pub(super) end: usize,
    /// The count of values.
    pub(super) table: usize,
}

impl Instance {
    /// Reads the instance whose token stands just before `at`. The definition stands right there when it is used for the first
    /// time in the chunk, before the table.
    pub(super) fn parse(chunk: &[u8], at: usize) -> Result<Self, Reason> {
        let definition = index(u32_at(chunk, at + 5).ok_or(Reason::Truncated)?);
        // Next template in its bucket (4), GUID (16), size of the tokens (4), tokens.
        let size = index(u32_at(chunk, definition.saturating_add(20)).ok_or(Reason::Reference)?);
        let start = definition + 24;
        let end = start.checked_add(size).filter(|e| *e <= chunk.len()).ok_or(Reason::Reference)?;
        let table = if definition == at + 9 { end } else { at + 9 };
        Ok(Self { start, end, table })
    }
}

/// Appends the table of values at `at` to `entries`. Values must end before `end`.
pub(super) fn table(chunk: &[u8], at: usize, end: usize, entries: &mut Vec<Entry>) -> Result<(), Reason> {
    let count = index(u32_at(chunk, at).ok_or(Reason::Truncated)?);
    let descriptors = at + 4;
    let values = count.checked_mul(4).and_then(|n| n.checked_add(descriptors)).ok_or(Reason::Truncated)?;
    let list = chunk.get(descriptors..values).filter(|_| values <= end).ok_or(Reason::Truncated)?;
    let mut start = values;
    for &[low, high, kind, _] in list.as_chunks::<4>().0 {
        let length = u16::from_le_bytes([low, high]);
        entries.push(Entry { kind, start: u32::try_from(start).unwrap_or(u32::MAX), length });
        start += usize::from(length);
    }
    if start <= end { Ok(()) } else { Err(Reason::Truncated) }
}

/// Memory that is used again for every record of a chunk.
pub(super) struct Reader<'a, 'r, 'c> {
    pub(super) chunk: &'a [u8],
    pub(super) arena: &'a Bump,
    pub(super) cache: &'r mut TemplateCache<'c>,
    /// Templates of this chunk by the place of their definition; also those that are broken.
    seen: Vec<(usize, Section, Result<&'a Template<'a>, Reason>)>,
    entries: Vec<Entry>,
    unnamed: Vec<Value<'a>>,
    fields: u32,
    fragments: u32,
    /// Bytes that values which cannot be borrowed (lists, texts of several parts) may still take. A forged template can name
    /// the same value again and again.
    left: usize,
}

impl<'a, 'r, 'c: 'a> Reader<'a, 'r, 'c> {
    pub(super) fn new(chunk: &'a [u8], arena: &'a Bump, cache: &'r mut TemplateCache<'c>) -> Self {
        Self {
            chunk,
            arena,
            cache,
            seen: Vec::with_capacity(32),
            entries: Vec::with_capacity(64),
            unnamed: Vec::new(),
            fields: 0,
            fragments: 0,
            left: 0,
        }
    }

    /// Fills `event` from the BinXML at `start..end`.
    pub(super) fn read(&mut self, start: usize, end: usize, event: &mut Event<'a>) -> Result<(), Reason> {
        self.entries.clear();
        self.unnamed.clear();
        self.fields = 0;
        self.fragments = 0;
        self.left = (end.saturating_sub(start)) * 16 + 65_536;
        self.fragment(start, end, Section::Outer, 0, event)?;
        match self.unnamed.as_slice() {
            [] => {}
            [one] => event.native.push(("Data", *one)),
            many => event.native.push(("Data", Value::List(self.arena.alloc_slice_copy(many)))),
        }
        if event.native.is_empty() { Err(Reason::Truncated) } else { Ok(()) }
    }

    fn fragment(
        &mut self,
        start: usize,
        end: usize,
        section: Section,
        depth: u32,
        event: &mut Event<'a>,
    ) -> Result<(), Reason> {
        self.fragments += 1;
        if depth > DEEPEST || self.fragments > MOST_FRAGMENTS {
            return Err(Reason::Limit);
        }
        let mut at = start;
        if self.chunk.get(at) == Some(&0x0f) {
            at += 4;
        }
        if at >= end {
            return Ok(());
        }
        let base = self.entries.len();
        let template = if self.chunk.get(at) == Some(&0x0c) {
            let instance = Instance::parse(self.chunk, at + 1)?;
            table(self.chunk, instance.table, end, &mut self.entries)?;
            self.template(instance, section)?
        } else {
            self.cache.fragment(self.chunk, at, end, section, self.arena)?
        };
        for slot in template.slots {
            self.slot(slot, base, depth, event)?;
        }
        self.entries.truncate(base);
        Ok(())
    }

    fn template(&mut self, instance: Instance, section: Section) -> Result<&'a Template<'a>, Reason> {
        let known = self.seen.iter().find(|(at, s, _)| *at == instance.start && *s == section);
        if let Some((_, _, template)) = known {
            return *template;
        }
        let template = self.cache.get(self.chunk, instance.start, instance.end, section, self.arena);
        self.seen.push((instance.start, section, template));
        template
    }

    fn entry(&self, base: usize, number: u16) -> Option<Entry> {
        self.entries.get(base + usize::from(number)).copied().filter(|e| e.kind != NULL)
    }

    fn value_of(&self, entry: Entry) -> Value<'a> {
        let start = index(entry.start);
        let bytes = self.chunk.get(start..start + usize::from(entry.length)).unwrap_or_default();
        value(entry.kind, bytes, self.arena)
    }

    fn slot(
        &mut self,
        slot: &Slot<'a>,
        base: usize,
        depth: u32,
        event: &mut Event<'a>,
    ) -> Result<(), Reason> {
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            return Err(Reason::Limit);
        }
        if slot.dependency != super::normal::NO_DEPENDENCY && self.entry(base, slot.dependency).is_none() {
            return Ok(());
        }
        let value = if slot.more.is_empty() {
            match slot.first {
                Part::Text(text) => Value::Str(text),
                Part::Value(number) => {
                    let Some(entry) = self.entry(base, number) else { return Ok(()) };
                    if entry.kind == BINXML {
                        let start = index(entry.start);
                        let end = start + usize::from(entry.length);
                        return self.fragment(start, end, slot.section, depth + 1, event);
                    }
                    if entry.kind & 0x80 != 0 {
                        self.spend(usize::from(entry.length) * 8)?;
                    }
                    self.value_of(entry)
                }
            }
        } else {
            self.concatenated(slot, base)?
        };
        self.put(slot, value, base, event)
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Reason> {
        self.left = self.left.checked_sub(bytes).ok_or(Reason::Limit)?;
        Ok(())
    }

    /// A value of several parts: one text.
    fn concatenated(&mut self, slot: &Slot<'a>, base: usize) -> Result<Value<'a>, Reason> {
        let mut text = String::new();
        for part in std::iter::once(&slot.first).chain(slot.more) {
            match *part {
                Part::Text(t) => {
                    self.spend(t.len())?;
                    text.push_str(t);
                }
                Part::Value(number) => {
                    if let Some(entry) = self.entry(base, number) {
                        self.spend(usize::from(entry.length) * 8)?;
                        self.value_of(entry).write_to(&mut text);
                    }
                }
            }
        }
        Ok(Value::Str(self.arena.alloc_str(&text)))
    }

    fn put(
        &mut self,
        slot: &Slot<'a>,
        value: Value<'a>,
        base: usize,
        event: &mut Event<'a>,
    ) -> Result<(), Reason> {
        let name = match slot.name {
            Name::Text(name) => name,
            Name::Value(number) => match self.entry(base, number) {
                Some(entry) => {
                    self.spend(usize::from(entry.length) * 8)?;
                    self.arena.alloc_str(&self.value_of(entry).to_text())
                }
                None => "Data",
            },
        };
        match slot.purpose {
            Purpose::Field => event.native.push((name, value)),
            Purpose::Time => {
                if let Some(time) = time_of(value) {
                    event.time = Some(time);
                }
                event.native.push((name, value));
            }
            Purpose::EventId => event.native.push((name, number(value))),
            Purpose::RecordId => {
                let value = number(value);
                if let Value::UInt(n) = value {
                    event.position.record = Some(n);
                }
                event.native.push((name, value));
            }
            Purpose::Unnamed => self.unnamed.push(value),
            Purpose::Nested => {}
        }
        Ok(())
    }
}

/// A number, also where it is written as text.
fn number(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Str(_) | Value::Utf16(_) => value.to_text().trim().parse().map_or(value, Value::UInt),
        Value::Int(n) => u64::try_from(n).map_or(value, Value::UInt),
        other => other,
    }
}

/// The time of a FILETIME, or of a text as Windows writes it.
fn time_of(value: Value<'_>) -> Option<EventTime> {
    match value {
        Value::FileTime(ticks) => file_time(ticks),
        Value::Str(_) | Value::Utf16(_) => {
            let stamp: jiff::Timestamp = value.to_text().trim().parse().ok()?;
            EventTime::new(stamp.as_second(), 0, TimeBasis::Stated)
                .map(|t| EventTime { nanos: i64::try_from(stamp.as_nanosecond()).unwrap_or(t.nanos), ..t })
        }
        _ => None,
    }
}

/// FILETIME as a time.
pub(super) fn file_time(ticks: u64) -> Option<EventTime> {
    let seconds = i64::try_from(ticks / 10_000_000).ok()? - 11_644_473_600;
    let nanos = u32::try_from(ticks % 10_000_000).ok()? * 100;
    EventTime::new(seconds, nanos, TimeBasis::Stated)
}

/// The size of a record as its header states it.
pub(super) fn record_size(chunk: &[u8], at: usize) -> Option<usize> {
    u32_at(chunk, at + 4).map(index)
}

/// True where a record begins.
pub(super) fn is_record(chunk: &[u8], at: usize) -> bool {
    u16_at(chunk, at) == Some(0x2a2a) && u16_at(chunk, at + 2) == Some(0)
}
