//! The XML text of events: `wevtutil qe /f:xml`, Windows Event Collector, Splunk's `renderXml`, Event Viewer's export.
//!
//! A reader of its own for just this: elements, attributes, text, CDATA and the five entities. Document types are refused.

use bumpalo::Bump;

use super::nxlog::{message, system_value, time};
use super::text::number;
use crate::event::{Event, Value};
use crate::sources::{Context, Line, Refusal, Source, SourceMeta};

/// Windows events as XML.
#[derive(Debug)]
pub struct Xml;

static META: SourceMeta = SourceMeta { id: "windows", product: "Windows", vendor: "Microsoft" };

/// Elements are not nested deeper than this.
const DEEPEST: usize = 64;

impl Source for Xml {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let text = line.message.trim();
        if !text.starts_with("<Event ") && !text.starts_with("<Event>") || !text.contains("<System>") {
            return Err(Refusal::NotMine);
        }
        // A text of several events is for `split`; reading the first alone would lose the others in silence.
        if split(text).nth(1).is_some() {
            return Err(Refusal::Broken("several events in one line"));
        }
        fill(text, context.arena, event).ok_or(Refusal::Broken("the XML is broken"))?;
        if event.native("EventID").and_then(number).is_none() {
            return Err(Refusal::Broken("the event has no EventID"));
        }
        if let Some(stamp) = event.native("SystemTime") {
            event.time = time(stamp, context.time);
        }
        if let Some(Value::UInt(record)) = event.native("EventRecordID") {
            event.position.record = Some(record);
        }
        message(event, event.native_text("Message"));
        super::map(event, context.arena);
        Ok(())
    }
}

/// The single events of a text that holds several. What else stands between them comes out too, as a piece of its own that no
/// source takes; only blanks, a declaration and the list around the events (`<Events>`) are passed over.
pub fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
            if rest.is_empty() {
                return None;
            }
            let layout = ["<?xml", "<Events", "</Events"].iter().any(|tag| rest.starts_with(tag));
            if layout && let Some((_, after)) = rest.split_once('>') {
                rest = after;
                continue;
            }
            let begins = |t: &str| t.starts_with("<Event ") || t.starts_with("<Event>");
            let end = if begins(rest) {
                // Without an end the rest is one event, and broken.
                rest.find("</Event>").map_or(rest.len(), |i| i + "</Event>".len())
            } else {
                let next = memchr::memmem::find_iter(rest.as_bytes(), "<Event")
                    .find(|at| rest.get(*at..).is_some_and(begins));
                next.unwrap_or(rest.len())
            };
            let (one, after) = rest.split_at_checked(end)?;
            rest = after;
            return Some(one);
        }
    })
}

/// A piece of XML.
enum Piece<'a> {
    /// Name, attributes as written, and whether the element is empty.
    Start(&'a str, &'a str, bool),
    End,
    Text(&'a str),
}

/// Walks the pieces; gives None in the stream where the XML is broken.
struct Pieces<'a> {
    rest: &'a str,
    arena: &'a Bump,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Option<Piece<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.rest.is_empty() {
                return None;
            }
            let Some(tag) = self.rest.strip_prefix('<') else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at_checked(end)?;
                self.rest = rest;
                return Some(Some(Piece::Text(unescape(text, self.arena))));
            };
            if let Some(inner) = tag.strip_prefix("![CDATA[") {
                let Some((text, rest)) = inner.split_once("]]>") else { return Some(None) };
                self.rest = rest;
                return Some(Some(Piece::Text(text)));
            }
            let skipped = if let Some(inner) = tag.strip_prefix("!--") {
                inner.split_once("-->")
            } else if let Some(inner) = tag.strip_prefix('?') {
                inner.split_once("?>")
            } else {
                None
            };
            if let Some((_, rest)) = skipped {
                self.rest = rest;
                continue;
            }
            // Document types (and with them entities of one's own) are not part of any event.
            if tag.starts_with(['!', '?']) {
                return Some(None);
            }
            let Some(end) = tag_end(tag) else { return Some(None) };
            let (inner, rest) = (tag.get(..end)?, tag.get(end + 1..)?);
            self.rest = rest;
            if inner.starts_with('/') {
                return Some(Some(Piece::End));
            }
            let (inner, empty) = inner.strip_suffix('/').map_or((inner, false), |i| (i, true));
            let (name, attributes) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            return Some(Some(Piece::Start(name, attributes, empty)));
        }
    }
}

/// Where a tag ends: the first `>` outside quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, b) in tag.bytes().enumerate() {
        match (quote, b) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(b),
            (Some(q), b) if q == b => quote = None,
            _ => {}
        }
    }
    None
}

/// `name="value" name='value'`
fn attributes<'a>(text: &'a str, arena: &'a Bump) -> impl Iterator<Item = (&'a str, &'a str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after.get(1..)?.split_once(quote)?;
        rest = after;
        Some((name.trim(), unescape(value, arena)))
    })
}

/// Takes the five entities and character numbers out; others stay as they are.
fn unescape<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if !text.contains('&') {
        return text;
    }
    let mut out = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        // No entity is longer: a text of ampersands alone is not to be searched to its end at each.
        let end = after.as_bytes().iter().take(12).position(|b| *b == b';');
        let known =
            end.and_then(|end| Some((after.get(..end)?, after.get(end + 1..)?))).and_then(|(name, after)| {
                let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok(),
                    None => n.parse().ok(),
                });
                let c = match name {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => char::from_u32(number?)?,
                };
                Some((c, after))
            });
        if let Some((c, after)) = known {
            out.push(c);
            rest = after;
        } else {
            out.push('&');
            rest = after;
        }
    }
    out.push_str(rest);
    out.into_bump_str()
}

/// A name without its namespace prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The data of an event without the event around it: `<DataItem><EventData>…`, `<Param>…`.
pub(super) fn data<'a>(xml: &'a str, arena: &'a Bump, event: &mut Event<'a>) {
    let _ = walk(xml, arena, event, "EventData");
}

fn fill<'a>(xml: &'a str, arena: &'a Bump, event: &mut Event<'a>) -> Option<()> {
    walk(xml, arena, event, "")
}

/// An element that is open.
struct Open<'a> {
    name: &'a str,
    /// `System`, `EventData`, or another part of the event.
    part: &'a str,
    /// The `Name` attribute of a `Data`.
    title: Option<&'a str>,
    text: &'a str,
    children: bool,
}

fn walk<'a>(xml: &'a str, arena: &'a Bump, event: &mut Event<'a>, outside: &'a str) -> Option<()> {
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut unnamed = Vec::new();
    for piece in (Pieces { rest: xml.trim(), arena }) {
        match piece? {
            Piece::Start(name, raw, empty) => {
                let name = local(name);
                if open.len() >= DEEPEST {
                    return None;
                }
                let parent = open.last_mut().map(|p| {
                    p.children = true;
                    (p.part, p.name)
                });
                let part = match parent {
                    None => outside,
                    Some(("", "Event")) => name,
                    Some((part, _)) => part,
                };
                let mut title = None;
                for (attribute, value) in attributes(raw, arena) {
                    if attribute.starts_with("xmlns") {
                        continue;
                    }
                    if name == "Data" && attribute == "Name" && part != "System" {
                        title = Some(value);
                        continue;
                    }
                    let full = match (part, name, attribute) {
                        ("System", "TimeCreated", "SystemTime") => "SystemTime",
                        ("System", "Provider", "Name") => "Provider_Name",
                        ("System", "Security", "UserID") => "UserID",
                        _ => arena.alloc_str(&format!("{name}_{}", local(attribute))),
                    };
                    event.native.push((full, system_value(full, Value::Str(value))));
                }
                let element = Open { name, part, title, text: "", children: false };
                if empty {
                    close(&element, arena, event, &mut unnamed);
                } else {
                    open.push(element);
                }
            }
            Piece::End => close(&open.pop()?, arena, event, &mut unnamed),
            Piece::Text(text) => {
                if let Some(element) = open.last_mut() {
                    element.text = match element.text {
                        "" => text,
                        before => arena.alloc_str(&format!("{before}{text}")),
                    };
                }
            }
        }
    }
    match unnamed.as_slice() {
        [] => {}
        [one] => event.native.push(("Data", *one)),
        many => event.native.push(("Data", Value::List(arena.alloc_slice_copy(many)))),
    }
    open.is_empty().then_some(())
}

fn close<'a>(element: &Open<'a>, arena: &'a Bump, event: &mut Event<'a>, unnamed: &mut Vec<Value<'a>>) {
    let Open { name, part, title, text, children } = *element;
    if children || (text.is_empty() && title.is_none()) {
        return;
    }
    let value = Value::Str(text);
    match (part, name, title) {
        (_, "Data", Some(title)) => event.native.push((title, value)),
        (_, "Data", None) => unnamed.push(value),
        ("System", _, _) => event.native.push((name, system_value(name, value))),
        ("RenderingInfo", "Message", _) => event.native.push(("Message", value)),
        ("RenderingInfo", _, _) => {
            event.native.push((arena.alloc_str(&format!("RenderingInfo_{name}")), value));
        }
        _ => event.native.push((name, value)),
    }
}
