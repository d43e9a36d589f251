//! Reads events of one block into a [`Partial`].

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use crate::event::{Event, Field, Value};
use crate::reader::Unparsed;

use super::names::NameId;
use super::partial::{HeardKey, HeardTally, Key, Partial, hour_of};
use super::recognise::{self, Glance};
use super::{FileId, Nanos, Place};

/// What the collector must know of the organisation while it reads: it keeps by the hour only what is asked for.
#[derive(Debug, Clone, Default)]
pub struct Interest {
    /// Names and addresses of hosts to listen for, in lower case; addresses as [`IpAddr`] writes them.
    pub hosts: HashSet<Box<str>>,
    /// The organisation's own networks besides the private ones: what goes from them to others leaves the organisation.
    pub own_networks: Vec<(IpAddr, u8)>,
}

/// Who wrote the last event.
#[derive(Debug, Default)]
struct Writer {
    source: &'static str,
    host: String,
    ids: (NameId, NameId),
    /// The time of its last event.
    before: Option<Nanos>,
}

/// Reads the events of one block of one file.
#[derive(Debug)]
pub struct Collector<'i> {
    file: FileId,
    interest: &'i Interest,
    partial: Partial,
    /// The hour that is being counted; moved to the partial when another source, host or hour comes.
    current: Option<(HeardKey, HeardTally)>,
    /// Source and host of the last event as they stood in it.
    last_writer: Option<Writer>,
    /// The time of the last event of those who wrote before.
    last_times: HashMap<(NameId, NameId), Nanos, foldhash::fast::RandomState>,
    scratch: String,
    events: u64,
}

impl<'i> Collector<'i> {
    /// Starts on a block of `file`.
    pub fn new(file: FileId, interest: &'i Interest) -> Self {
        Self {
            file,
            interest,
            partial: Partial::default(),
            current: None,
            last_writer: None,
            last_times: HashMap::default(),
            scratch: String::new(),
            events: 0,
        }
    }

    /// Reads one event.
    pub fn take(&mut self, event: &Event<'_>) {
        let time = event.time.filter(|t| t.is_known()).map(|t| t.nanos);
        let place = Place { time, file: self.file, position: event.position };
        self.events += 1;
        let glance = Glance::of(event);
        let (source, host) = self.heard(event, &glance, place);
        self.listen(event, &glance, place);
        self.weigh(event, &glance, place);
        let Some(found) = recognise::found(event, &glance) else { return };
        let names = &mut self.partial.names;
        let key = Key {
            kind: found.kind,
            who: names.id(&found.who),
            from: names.id(&found.from),
            country: names.id(&found.country),
            network: names.id(&found.network),
            host: if found.host.is_empty() { host } else { names.id(&found.host) },
            device: names.id(&found.device),
            object: names.id(&found.object),
            detail: names.id(&found.detail),
            source,
            bucket: time.map(|t| t.div_euclid(found.kind.fold()) * found.kind.fold()),
        };
        self.partial.add(key, event, place);
    }

    /// Counts a record that nobody could read.
    pub fn refuse(&mut self, unparsed: &Unparsed<'_>) {
        let place = Place { time: None, file: self.file, position: unparsed.position };
        self.partial.add_unread(unparsed.reason, unparsed.text, place);
    }

    /// What the block gave.
    pub fn finish(mut self) -> Partial {
        self.close_hour();
        self.partial.files.insert(self.file, self.events);
        self.partial
    }

    /// Counts the event for coverage; gives the numbers of its source and its host.
    fn heard(&mut self, event: &Event<'_>, glance: &Glance<'_, '_>, place: Place) -> (NameId, NameId) {
        let mut scratch = std::mem::take(&mut self.scratch);
        let text = recognise::text(glance.host(), &mut scratch);
        let same = self.last_writer.as_ref().is_some_and(|w| w.source == event.source.id && w.host == text);
        if !same {
            let ids = (self.partial.names.id(event.source.id), self.partial.names.id(text));
            self.close_hour();
            let last = self.last_writer.get_or_insert_default();
            if let Some(before) = last.before {
                self.last_times.insert(last.ids, before);
            }
            last.source = event.source.id;
            text.clone_into(&mut last.host);
            last.ids = ids;
            last.before = self.last_times.get(&ids).copied();
        }
        self.scratch = scratch;
        let last = self.last_writer.get_or_insert_default();
        let (source, host) = last.ids;
        let back = match place.time {
            Some(time) => last.before.replace(time).map_or(0, |before| before.saturating_sub(time)),
            None => 0,
        };
        let key = (source, host, hour_of(place.time));
        if self.current.as_ref().is_none_or(|(k, _)| *k != key) {
            self.close_hour();
        }
        self.current.get_or_insert_with(|| (key, HeardTally::default())).1.add(event, place, back);
        (source, host)
    }

    fn close_hour(&mut self) {
        if let Some((key, tally)) = self.current.take() {
            self.partial.add_heard(key, tally);
        }
    }

    /// Notes the hosts of the interest that wrote this event or from whose address it tells.
    fn listen(&mut self, event: &Event<'_>, glance: &Glance<'_, '_>, place: Place) {
        if self.interest.hosts.is_empty() {
            return;
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        for value in glance.speakers().into_iter().flatten() {
            let text = recognise::text(Some(value), &mut scratch);
            if let Some(known) = self.declared(text) {
                let id = self.partial.names.id(&known);
                self.partial.add_spoke(id, event, place);
            }
        }
        self.scratch = scratch;
    }

    /// The declared form of a host's name or address.
    fn declared(&self, text: &str) -> Option<Box<str>> {
        let hosts = &self.interest.hosts;
        if let Some(known) = hosts.get(text) {
            return Some(known.clone());
        }
        let lower = text.to_lowercase();
        let canonical = lower.parse::<IpAddr>().map(|ip| ip.to_canonical().to_string());
        let short = lower.split('.').next().unwrap_or_default();
        let name = canonical.as_deref().unwrap_or(&lower);
        hosts.get(name).or_else(|| if canonical.is_err() { hosts.get(short) } else { None }).cloned()
    }

    /// Adds up what goes from the organisation to others.
    fn weigh(&mut self, event: &Event<'_>, glance: &Glance<'_, '_>, place: Place) {
        let Some(bytes) = glance.bytes_out().filter(|b| *b > 0) else { return };
        let (Some(Value::Str(from)), Some(Value::Str(to))) =
            (glance.source_ip(), event.get(Field::DestinationIp))
        else {
            return;
        };
        let (Ok(source), Ok(destination)) = (from.parse::<IpAddr>(), to.parse::<IpAddr>()) else { return };
        if self.is_own(source) && !self.is_own(destination) && recognise::is_global(destination) {
            let (host, to) = (self.partial.names.id(from), self.partial.names.id(to));
            self.partial.add_transfer(host, to, bytes, event, place);
        }
    }

    fn is_own(&self, ip: IpAddr) -> bool {
        recognise::is_private(ip)
            || self.interest.own_networks.iter().any(|(net, bits)| recognise::within(ip, *net, *bits))
    }
}
