//! What a log line or record says, as one typed record in ECS field names (Elastic Common Schema 8).
//!
//! An [`Event`] borrows from the bytes that were read; nothing is copied until somebody asks. It carries two views:
//! the ECS fields, which detectors and people read, and the source's own fields under their own names, which Sigma
//! rules ask for (`CommandLine`, `cfgpath`, `properties.message`).

mod field;
mod output;
mod time;
mod value;

pub use field::Field;
pub use output::to_json;
pub use time::{EventTime, TimeBasis, TimeReader, Zone, civil_seconds, zone_prefix};
pub use value::Value;

use crate::sources::SourceMeta;

/// Sigma's `logsource` of an event: empty text where the source has none. Windows events are routed by channel, provider
/// and event id in the Sigma engine instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LogSource {
    /// Sigma `category`, such as `webserver`, `firewall`.
    pub category: &'static str,
    /// Sigma `product`, such as `windows`, `linux`, `fortios`.
    pub product: &'static str,
    /// Sigma `service`, such as `sshd`, `auditd`, `event`.
    pub service: &'static str,
}

/// Where in its file an event stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Offset of the first byte in the (decompressed) file, in bytes.
    pub offset: u64,
    /// The source's own record number, where it has one (EVTX `EventRecordID`).
    pub record: Option<u64>,
}

/// One event. `'a` is the life of the block of bytes, and of the arena, that it borrows from.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// When it happened, or None where the line does not say.
    pub time: Option<EventTime>,
    /// Who wrote it.
    pub source: &'static SourceMeta,
    /// Sigma's view of who wrote it.
    pub logsource: LogSource,
    /// ECS fields in the order in which they were set; a field is there once.
    ecs: Vec<(Field, Value<'a>)>,
    /// Where each field stands among them.
    places: Places,
    /// The source's own fields, names as the source writes them (nested names joined with dots).
    pub native: Vec<(&'a str, Value<'a>)>,
    /// The line or document as it was read; empty for binary records, whose text is made when asked for.
    pub original: &'a str,
    /// Where it stands.
    pub position: Position,
}

/// Where each field of an event stands in its list: fields are set and asked for all the time.
#[derive(Debug, Clone)]
struct Places {
    /// A bit for each field that is there.
    there: [u64; Field::ALL.len().div_ceil(64)],
    /// Where it is; says nothing of fields that are not there.
    at: [u16; Field::ALL.len()],
}

impl Default for Places {
    fn default() -> Self {
        Self { there: [0; Field::ALL.len().div_ceil(64)], at: [0; Field::ALL.len()] }
    }
}

impl Places {
    #[inline]
    fn of(&self, field: Field) -> Option<usize> {
        let number = field as usize;
        let there = self.there.get(number / 64).is_some_and(|bits| bits >> (number % 64) & 1 == 1);
        if there { self.at.get(number).map(|at| usize::from(*at)) } else { None }
    }

    #[inline]
    fn put(&mut self, field: Field, at: usize) {
        let number = field as usize;
        if let (Some(bits), Some(place)) = (self.there.get_mut(number / 64), self.at.get_mut(number)) {
            *bits |= 1 << (number % 64);
            // An event has each field once, and there are some hundred fields.
            *place = u16::try_from(at).unwrap_or(u16::MAX);
        }
    }

    #[inline]
    fn clear(&mut self) {
        self.there = [0; Field::ALL.len().div_ceil(64)];
    }
}

impl<'a> Event<'a> {
    /// An empty event of `source`.
    pub fn new(source: &'static SourceMeta) -> Self {
        Self {
            time: None,
            source,
            logsource: LogSource::default(),
            ecs: Vec::with_capacity(24),
            places: Places::default(),
            native: Vec::with_capacity(32),
            original: "",
            position: Position::default(),
        }
    }

    /// Empties the event for the next line and keeps its memory.
    pub fn clear(&mut self) {
        self.time = None;
        self.logsource = LogSource::default();
        self.ecs.clear();
        self.places.clear();
        self.native.clear();
        self.original = "";
        self.position = Position::default();
    }

    /// Sets an ECS field; a field that is there already is replaced.
    #[inline]
    pub fn set(&mut self, field: Field, value: impl Into<Value<'a>>) {
        let value = value.into();
        match self.places.of(field).and_then(|at| self.ecs.get_mut(at)) {
            Some(slot) => slot.1 = value,
            None => self.push(field, value),
        }
    }

    /// Adds an ECS field that is surely not there yet: what an envelope says of an event that was emptied just now.
    #[inline]
    pub(crate) fn push(&mut self, field: Field, value: impl Into<Value<'a>>) {
        debug_assert!(self.get(field).is_none(), "the field is there already");
        self.places.put(field, self.ecs.len());
        self.ecs.push((field, value.into()));
    }

    /// Sets an ECS field to a text unless the text says nothing: empty, `-`, `N/A`, `(null)`, `unknown`-like fillers are
    /// for the caller to judge; here only empty and `-` count.
    #[inline]
    pub fn set_text(&mut self, field: Field, text: &'a str) {
        if !text.is_empty() && text != "-" {
            self.set(field, Value::Str(text));
        }
    }

    /// The value of an ECS field.
    #[inline]
    pub fn get(&self, field: Field) -> Option<Value<'a>> {
        self.ecs.get(self.places.of(field)?).map(|(_, v)| *v)
    }

    /// The borrowed text of an ECS field, or None where it is not there or is no plain text.
    pub fn text(&self, field: Field) -> Option<&'a str> {
        match self.get(field) {
            Some(Value::Str(s)) => Some(s),
            _ => None,
        }
    }

    /// Takes an ECS field away.
    pub fn unset(&mut self, field: Field) {
        if self.places.of(field).is_none() {
            return;
        }
        self.ecs.retain(|(f, _)| *f != field);
        self.places.clear();
        for (at, (field, _)) in self.ecs.iter().enumerate() {
            self.places.put(*field, at);
        }
    }

    /// All ECS fields in the order in which they were set.
    pub fn ecs(&self) -> &[(Field, Value<'a>)] {
        &self.ecs
    }

    /// The value of one of the source's own fields (exact name).
    pub fn native(&self, name: &str) -> Option<Value<'a>> {
        self.native.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// The borrowed text of one of the source's own fields.
    pub fn native_text(&self, name: &str) -> Option<&'a str> {
        match self.native(name) {
            Some(Value::Str(s)) => Some(s),
            _ => None,
        }
    }

    /// Sets `event.category` (an ECS allowed value).
    #[inline]
    pub fn category(&mut self, list: &'static [Value<'static>]) {
        self.set(Field::EventCategory, Value::List(list));
    }

    /// Sets `event.type` (an ECS allowed value).
    #[inline]
    pub fn kind(&mut self, list: &'static [Value<'static>]) {
        self.set(Field::EventType, Value::List(list));
    }

    /// Sets `event.outcome`: true is `success`, false is `failure`.
    #[inline]
    pub fn outcome(&mut self, success: bool) {
        self.set(Field::EventOutcome, if success { "success" } else { "failure" });
    }

    /// Sets `X.address` and, where the text is an IP address, `X.ip`; for a name, `X.domain`.
    pub fn source_address(&mut self, text: &'a str) {
        self.address(text, Field::SourceAddress, Field::SourceIp, Field::SourceDomain);
    }

    /// The same for `destination.*`.
    pub fn destination_address(&mut self, text: &'a str) {
        self.address(text, Field::DestinationAddress, Field::DestinationIp, Field::DestinationDomain);
    }

    fn address(&mut self, text: &'a str, address: Field, ip: Field, domain: Field) {
        let text = text.trim_ascii();
        if text.is_empty() || text == "-" || text == "N/A" {
            return;
        }
        self.set(address, text);
        if text.parse::<std::net::IpAddr>().is_ok() {
            self.set(ip, text);
        } else {
            self.set(domain, text);
        }
    }
}
