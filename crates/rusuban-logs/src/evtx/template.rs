//! Templates, compiled: a list of fields, each with the number of the value that it takes or with its literal text.
//!
//! A template is looked up by its normal form ([`super::normal`]) and thus compiled once for all chunks and files that a
//! worker reads.

use std::collections::HashMap;

use bumpalo::Bump;
use foldhash::fast::FixedState;

use super::Reason;
use super::bytes::utf16;
use super::normal::{NO_DEPENDENCY, Token, tokens};

/// Where in an event an element stands; decides what its fields are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(super) enum Section {
    /// `Event`, or above it.
    Outer,
    /// In `System`.
    System,
    /// In `EventData`.
    Data,
    /// In `UserData`, or any other part that holds the writer's own elements.
    User,
    /// In `RenderingInfo` (forwarded events).
    Rendering,
}

/// What a field's value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A field under its name.
    Field,
    /// `System/TimeCreated/@SystemTime`.
    Time,
    /// `System/EventID`.
    EventId,
    /// `System/EventRecordID`.
    RecordId,
    /// A `Data` without a name: gathered in one list.
    Unnamed,
    /// A place that holds nested elements; anything else there says nothing.
    Nested,
}

/// A part of a field's value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part<'t> {
    /// Text of the template.
    Text(&'t str),
    /// The value of that number.
    Value(u16),
}

/// A field's name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Name<'t> {
    /// As the template has it.
    Text(&'t str),
    /// The text of the value of that number.
    Value(u16),
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot<'t> {
    pub(super) name: Name<'t>,
    pub(super) purpose: Purpose,
    /// Where a nested fragment in this place stands.
    pub(super) section: Section,
    /// The field is there only if the value of that number is not null.
    pub(super) dependency: u16,
    /// Nearly always one part.
    pub(super) first: Part<'t>,
    /// The parts behind the first.
    pub(super) more: &'t [Part<'t>],
}

/// A compiled template.
#[derive(Debug)]
pub(super) struct Template<'t> {
    pub(super) slots: &'t [Slot<'t>],
}

/// Compiled templates. One for each worker, for all files that it reads. `'c` is the life of the arena that holds them.
#[derive(Debug)]
pub struct TemplateCache<'c> {
    arena: &'c Bump,
    known: HashMap<&'c [u8], &'c Template<'c>, FixedState>,
    /// Bytes of normal forms held.
    held: usize,
    scratch: Vec<u8>,
}

/// The cache does not hold more bytes of normal forms than this; further templates live as long as their block.
const MOST_HELD: usize = 8 * 1024 * 1024;

impl<'c> TemplateCache<'c> {
    /// An empty cache that keeps its templates in `arena`.
    pub fn new(arena: &'c Bump) -> Self {
        Self { arena, known: HashMap::default(), held: 0, scratch: Vec::new() }
    }

    /// How many templates are known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// True where no template is known yet.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The template whose definition stands at `start..end` of the chunk.
    pub(super) fn get<'a>(
        &mut self,
        chunk: &[u8],
        start: usize,
        end: usize,
        section: Section,
        arena: &'a Bump,
    ) -> Result<&'a Template<'a>, Reason>
    where
        'c: 'a,
    {
        self.scratch.clear();
        self.scratch.push(section as u8);
        super::normal::normalise(chunk, start, end, true, &mut self.scratch)?;
        if let Some(known) = self.known.get(self.scratch.as_slice()) {
            return Ok(known);
        }
        let normal = self.scratch.get(1..).unwrap_or_default();
        if self.held + self.scratch.len() > MOST_HELD {
            return Ok(arena.alloc(compile(normal, section, arena)));
        }
        let template: &'c Template<'c> = self.arena.alloc(compile(normal, section, self.arena));
        self.held += self.scratch.len();
        self.known.insert(self.arena.alloc_slice_copy(&self.scratch), template);
        Ok(template)
    }

    /// A fragment that stands in a record without a template: compiled for this one use.
    pub(super) fn fragment<'a>(
        &mut self,
        chunk: &[u8],
        start: usize,
        end: usize,
        section: Section,
        arena: &'a Bump,
    ) -> Result<&'a Template<'a>, Reason> {
        self.scratch.clear();
        super::normal::normalise(chunk, start, end, false, &mut self.scratch)?;
        Ok(arena.alloc(compile(&self.scratch, section, arena)))
    }
}

/// An element that is open while a template is compiled.
struct Open<'t> {
    name: &'t str,
    /// Where it stands itself.
    section: Section,
    /// It is the section's own element (`EventData`), not one in it.
    container: bool,
    dependency: u16,
    /// The `Name` attribute.
    title: Option<Name<'t>>,
    parts: Vec<Part<'t>>,
    children: bool,
}

fn compile<'t>(normal: &[u8], section: Section, arena: &'t Bump) -> Template<'t> {
    let mut slots = Vec::new();
    let mut open: Vec<Open<'t>> = Vec::new();
    let mut attribute: Option<(&'t str, Vec<Part<'t>>)> = None;
    for token in tokens(normal) {
        // An attribute's parts run to the next token that is no part.
        if !matches!(token, Token::Text(_) | Token::Value(_))
            && let Some((name, parts)) = attribute.take()
            && let Some(element) = open.last_mut()
        {
            attribute_slot(name, &parts, element, arena, &mut slots);
        }
        match token {
            Token::Open(dependency, name) => {
                let name = local(text(name, arena));
                let parent = open.last_mut();
                let (outside, inherited) =
                    parent.as_ref().map_or((section, NO_DEPENDENCY), |p| (p.section, p.dependency));
                if let Some(parent) = parent {
                    parent.children = true;
                }
                let (section, container) = enter(outside, name);
                let dependency = if dependency == NO_DEPENDENCY { inherited } else { dependency };
                open.push(Open {
                    name,
                    section,
                    container,
                    dependency,
                    title: None,
                    parts: Vec::new(),
                    children: false,
                });
            }
            Token::Attribute(name) => attribute = Some((text(name, arena), Vec::new())),
            Token::Text([]) | Token::Content => {}
            Token::Text(bytes) => {
                let part = Part::Text(text(bytes, arena));
                match (&mut attribute, open.last_mut()) {
                    (Some((_, parts)), _) => parts.push(part),
                    (None, Some(element)) => element.parts.push(part),
                    (None, None) => {}
                }
            }
            Token::Value(number) => match (&mut attribute, open.last_mut()) {
                (Some((_, parts)), _) => parts.push(Part::Value(number)),
                (None, Some(element)) => element.parts.push(Part::Value(number)),
                // A template that is nothing but a value.
                (None, None) => slots.push(Slot {
                    name: Name::Text(""),
                    purpose: Purpose::Nested,
                    section,
                    dependency: NO_DEPENDENCY,
                    first: Part::Value(number),
                    more: &[],
                }),
            },
            Token::End => {
                if let Some(element) = open.pop() {
                    element_slots(element, arena, &mut slots);
                }
            }
        }
    }
    Template { slots: arena.alloc_slice_copy(&slots) }
}

/// The section of an element, and whether the element is the section's container.
fn enter(outside: Section, name: &str) -> (Section, bool) {
    match (outside, name) {
        (Section::Outer, "Event") => (Section::Outer, true),
        (Section::Outer, "System") => (Section::System, true),
        (Section::Outer, "EventData") => (Section::Data, true),
        (Section::Outer, "RenderingInfo") => (Section::Rendering, true),
        (Section::Outer, _) => (Section::User, true),
        (other, _) => (other, false),
    }
}

fn text<'t>(bytes: &[u8], arena: &'t Bump) -> &'t str {
    let mut text = String::with_capacity(bytes.len() / 2);
    utf16(bytes, &mut text);
    arena.alloc_str(&text)
}

/// A name without its namespace prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

fn joined<'t>(element: &str, attribute: &str, arena: &'t Bump) -> &'t str {
    arena.alloc_str(&format!("{element}_{attribute}"))
}

fn attribute_slot<'t>(
    name: &'t str,
    parts: &[Part<'t>],
    element: &mut Open<'t>,
    arena: &'t Bump,
    slots: &mut Vec<Slot<'t>>,
) {
    if name.starts_with("xmlns") {
        return;
    }
    let name = local(name);
    let Some((first, more)) = parts.split_first() else { return };
    if name == "Name" && element.name == "Data" && element.section != Section::System {
        element.title = Some(match *first {
            Part::Text(text) => Name::Text(text),
            Part::Value(number) => Name::Value(number),
        });
        return;
    }
    let (field, purpose) = match (element.section, element.name, name) {
        (Section::System, "TimeCreated", "SystemTime") => ("SystemTime", Purpose::Time),
        (Section::System, "Security", "UserID") => ("UserID", Purpose::Field),
        (Section::System, "Provider", "Name") => ("Provider_Name", Purpose::Field),
        _ => (joined(element.name, name, arena), Purpose::Field),
    };
    slots.push(Slot {
        name: Name::Text(field),
        purpose,
        section: element.section,
        dependency: element.dependency,
        first: *first,
        more: arena.alloc_slice_copy(more),
    });
}

fn element_slots<'t>(element: Open<'t>, arena: &'t Bump, slots: &mut Vec<Slot<'t>>) {
    let Open { name, section, container, dependency, title, mut parts, children } = element;
    // Between elements only nested fragments count: blanks are layout.
    let nested = children || (container && section != Section::Data);
    if nested {
        for part in parts {
            if let Part::Value(_) = part {
                let name = Name::Text(name);
                slots.push(Slot {
                    name,
                    purpose: Purpose::Nested,
                    section,
                    dependency,
                    first: part,
                    more: &[],
                });
            }
        }
        return;
    }
    if parts.is_empty() {
        // `<Data Name="X"/>` is a field that is empty.
        if title.is_none() {
            return;
        }
        parts.push(Part::Text(""));
    }
    let (name, purpose) = match (section, name) {
        (Section::System, "EventID") => (Name::Text("EventID"), Purpose::EventId),
        (Section::System, "EventRecordID") => (Name::Text("EventRecordID"), Purpose::RecordId),
        (Section::Data, "EventData") if container => (Name::Text("Data"), Purpose::Unnamed),
        (Section::Rendering, "Message") => (Name::Text("Message"), Purpose::Field),
        (Section::Rendering, other) => (Name::Text(joined("RenderingInfo", other, arena)), Purpose::Field),
        (_, "Data") => match title {
            Some(title) => (title, Purpose::Field),
            None => (Name::Text("Data"), Purpose::Unnamed),
        },
        (_, other) => (Name::Text(other), Purpose::Field),
    };
    let Some((first, more)) = parts.split_first() else { return };
    let (first, more) = (*first, &*arena.alloc_slice_copy(more));
    slots.push(Slot { name, purpose, section, dependency, first, more });
    // Defender's names hold blanks; Sigma rules write them without (`NewValue`), some with a low line (`Feature_Name`).
    if let Name::Text(spaced) = name
        && spaced.contains(' ')
    {
        for other in [spaced.replace(' ', ""), spaced.replace(' ', "_")] {
            let name = Name::Text(arena.alloc_str(&other));
            slots.push(Slot { name, purpose, section, dependency, first, more });
        }
    }
}
