//! From blocks to events: the one place that knows every form of file.

mod records;

use std::sync::Arc;

use bumpalo::Bump;

use crate::event::{Event, Field, Position, TimeReader, Zone};
use crate::evtx::{CHUNK_LENGTH, Chunk, FILE_HEADER_LENGTH, FileHeader, TemplateCache, Trouble, read_chunk};
use crate::frame::{Block, Document, Encoding, Form, LONGEST_RECORD, decode_line, documents, w3c_columns};
use crate::sources::mapping::{EMPTY, FieldMapping};
use crate::sources::{Context, Dispatcher, Refusal, SOURCES, journald, windows};

/// Why a record beyond [`LONGEST_RECORD`] is not read.
const TOO_LONG: &str = "record longer than 1 MiB";

/// What a worker needs to know about a file to read its blocks.
#[derive(Debug, Clone)]
pub struct FileInfo {
    /// Number of the file in this review, in the order in which files were found.
    pub id: u32,
    /// What it is made of.
    pub form: Form,
    /// How its text is written.
    pub encoding: Encoding,
    /// Bytes of its byte-order mark.
    pub mark: usize,
    /// What separates the columns of a CSV file.
    pub separator: u8,
    /// When it was last written, or the end of the closure: finds the years of lines without one. Seconds since the epoch.
    pub reference: i64,
}

/// What a block gave.
#[derive(Debug)]
pub enum Item<'e, 'a> {
    /// An event, and how its text was written.
    Event(&'e mut Event<'a>, Encoding),
    /// A record that could not be made into an event.
    Unparsed(Unparsed<'e>),
}

/// A record that could not be made into an event.
#[derive(Debug, Clone, Copy)]
pub struct Unparsed<'e> {
    /// Where it stands.
    pub position: Position,
    /// Its text, cut off at 2 KiB; empty where it is not text.
    pub text: &'e str,
    /// What is wrong with it, in English.
    pub reason: &'e str,
}

/// Reads blocks. One for each worker; keeps its memory from block to block.
#[derive(Debug)]
pub struct Reader<'c> {
    zone: Zone,
    mapping: &'c FieldMapping,
    dispatcher: Dispatcher,
    templates: TemplateCache<'c>,
    troubles: Vec<Trouble>,
    lean: bool,
}

impl<'c> Reader<'c> {
    /// A reader that assumes `zone` for times without one. `kept` holds what is known from block to block.
    pub fn new(zone: Zone, kept: &'c Bump) -> Self {
        Self {
            zone,
            mapping: &EMPTY,
            dispatcher: Dispatcher::default(),
            templates: TemplateCache::new(kept),
            troubles: Vec::new(),
            lean: false,
        }
    }

    /// Leaves the ECS fields of EVTX events out, but for the machine: for readers that ask for the events' own fields.
    #[must_use]
    pub fn lean(mut self) -> Self {
        self.lean = true;
        self
    }

    /// With the configuration's mapping of fields, for formats that no source knows.
    #[must_use]
    pub fn mapped(mut self, mapping: &'c FieldMapping) -> Self {
        self.mapping = mapping;
        self
    }

    /// Reads one block and hands out what it holds, in the order of the file.
    ///
    /// `arena` is for the block alone: reset it afterwards.
    pub fn read<'a>(
        &mut self,
        file: &FileInfo,
        block: &'a Block,
        arena: &'a Bump,
        sink: &mut dyn FnMut(Item<'_, 'a>),
    ) where
        'c: 'a,
    {
        for long in &block.overlong {
            let position = Position { offset: long.offset, record: None };
            sink(Item::Unparsed(Unparsed { position, text: "", reason: TOO_LONG }));
        }
        let time = TimeReader::new(self.zone.clone(), file.reference);
        let dispatcher = &mut self.dispatcher;
        match file.form {
            Form::Lines => {
                let context = Context { arena, time: &time, mapping: self.mapping };
                let mut lines = LineBlock { file, block, context, dispatcher };
                lines.read(sink);
            }
            Form::Records(kind) => {
                let context = Context { arena, time: &time, mapping: self.mapping };
                records::read(kind, file, block, &context, dispatcher, sink);
            }
            Form::JournalExport => {
                let context = Context { arena, time: &time, mapping: self.mapping };
                read_journal(file, block, &context, dispatcher, sink);
            }
            Form::XmlEvents => {
                let context = Context { arena, time: &time, mapping: self.mapping };
                read_xml(file, block, &context, dispatcher, sink);
            }
            Form::JsonDocuments => {
                let context = Context { arena, time: &time, mapping: self.mapping };
                read_documents(file, block, &context, dispatcher, sink);
            }
            Form::Evtx => self.read_evtx(block, arena, sink),
            Form::Binary | Form::Empty => {}
        }
    }

    /// The chunks of an EVTX block; the first block starts with the file's header.
    fn read_evtx<'a>(&mut self, block: &'a Block, arena: &'a Bump, sink: &mut dyn FnMut(Item<'_, 'a>))
    where
        'c: 'a,
    {
        let lean = self.lean;
        let header = if block.offset == 0 { FILE_HEADER_LENGTH } else { 0 };
        if header > 0 && FileHeader::parse(&block.bytes).is_none_or(|h| !h.checksum_right) {
            let reason = "the checksum of the file's header is wrong";
            sink(Item::Unparsed(Unparsed { position: Position::default(), text: "", reason }));
        }
        let chunks = block.bytes.get(header..).unwrap_or_default().chunks(CHUNK_LENGTH);
        let mut offset = block.offset + header as u64;
        for bytes in chunks {
            let number = offset.saturating_sub(FILE_HEADER_LENGTH as u64) / CHUNK_LENGTH as u64;
            let chunk = Chunk { bytes, number, offset };
            self.troubles.clear();
            let emit = &mut |event: &mut Event<'a>| {
                if lean {
                    // Rules and detectors ask for the event's own fields; its machine is all that they need besides.
                    if let Some(computer) = event.native("Computer") {
                        event.set(Field::HostName, computer);
                    }
                } else {
                    windows::map(event, arena);
                }
                sink(Item::Event(event, Encoding::Utf16Le));
            };
            read_chunk(chunk, arena, &mut self.templates, emit, &mut self.troubles);
            for trouble in &self.troubles {
                let position = Position { offset: trouble.offset, record: trouble.record };
                let reason = trouble.reason.to_string();
                // A loss of several records is as many records not parsed.
                for _ in 0..trouble.lost.max(1) {
                    sink(Item::Unparsed(Unparsed { position, text: "", reason: &reason }));
                }
            }
            offset += CHUNK_LENGTH as u64;
        }
    }
}

/// A block of lines on its way to the sources.
struct LineBlock<'a, 'c> {
    file: &'c FileInfo,
    block: &'a Block,
    context: Context<'a, 'c>,
    dispatcher: &'c mut Dispatcher,
}

impl<'a> LineBlock<'a, '_> {
    fn read(&mut self, sink: &mut dyn FnMut(Item<'_, 'a>)) {
        let context = self.context;
        let mut event = Event::new(fallback());
        let mut columns = self.columns(self.block.columns.clone());
        let mark = if self.block.offset == 0 { self.file.mark } else { 0 };
        let bytes = self.block.bytes.get(mark..).unwrap_or_default();
        // The text of a CSV header is no event.
        let mut header = self.block.offset == 0 && columns.is_some();
        let whole = std::str::from_utf8(bytes).ok();
        let mut at = 0;
        while at < bytes.len() {
            let (line, next) = self.line(bytes, at);
            let offset = self.block.offset + (mark + at) as u64;
            let start = at;
            at = next;
            if std::mem::take(&mut header) {
                continue;
            }
            // A block that is UTF-8 as a whole need not be looked at line by line.
            let (text, encoding) = match whole.and_then(|w| w.get(start..start + line.len())) {
                Some(text) if !is_utf16(self.file.encoding) => (text, Encoding::Utf8),
                _ => decode_line(line, self.file.encoding, self.context.arena),
            };
            let text = text.trim_end_matches(['\r', '\n']);
            if text.trim_start().is_empty() {
                continue;
            }
            event.position = Position { offset, record: None };
            if let Some(names) = text.starts_with("#Fields:").then(|| w3c_columns(text.as_bytes())).flatten()
            {
                columns = self.columns(Some(names));
                continue;
            }
            if columns.is_some() && text.starts_with('#') {
                continue;
            }
            give(text, encoding, columns, &context, self.dispatcher, &mut event, sink);
        }
    }

    /// The line that starts at `at`, without its end, and where the next one starts.
    fn line<'b>(&self, bytes: &'b [u8], at: usize) -> (&'b [u8], usize) {
        let rest = bytes.get(at..).unwrap_or_default();
        let (end, skip) = if is_utf16(self.file.encoding) {
            let newline = if self.file.encoding == Encoding::Utf16Be { [0, b'\n'] } else { [b'\n', 0] };
            let units = rest.as_chunks::<2>().0.iter().position(|u| *u == newline);
            (units.map_or(rest.len(), |i| i * 2), 2)
        } else {
            (memchr::memchr(b'\n', rest).unwrap_or(rest.len()), 1)
        };
        (rest.get(..end).unwrap_or_default(), at + end + skip)
    }

    /// Column names in the arena.
    fn columns(&self, names: Option<Arc<[String]>>) -> Option<&'a [&'a str]> {
        let names = names?;
        let list: Vec<&'a str> = names.iter().map(|n| &*self.context.arena.alloc_str(n)).collect();
        Some(self.context.arena.alloc_slice_copy(&list))
    }
}

/// What a block holds without a byte-order mark, and where that starts in the file.
fn content<'a>(file: &FileInfo, block: &'a Block) -> (&'a [u8], u64) {
    let mark = if block.offset == 0 { file.mark } else { 0 };
    (block.bytes.get(mark..).unwrap_or_default(), block.offset + mark as u64)
}

/// Reads Windows events as XML, however many stand in a line.
fn read_xml<'a>(
    file: &FileInfo,
    block: &'a Block,
    context: &Context<'a, '_>,
    dispatcher: &mut Dispatcher,
    sink: &mut dyn FnMut(Item<'_, 'a>),
) {
    let (bytes, start) = content(file, block);
    let (text, encoding) = decode_line(bytes, file.encoding, context.arena);
    let mut event = Event::new(fallback());
    let (mut at, mut offset) = (0, start);
    for one in windows::xml::split(text) {
        // Where it stands in the file: what lies before it, in the file's own encoding.
        let start = one.as_ptr().addr() - text.as_ptr().addr();
        let before = text.get(at..start).unwrap_or_default();
        let length = if is_utf16(file.encoding) { before.encode_utf16().count() * 2 } else { before.len() };
        offset += length as u64;
        at = start;
        let position = Position { offset, record: None };
        event.position = position;
        if one.len() > LONGEST_RECORD {
            let reason = TOO_LONG;
            sink(Item::Unparsed(Unparsed { position, text: excerpt(one), reason }));
        } else {
            give(one, encoding, None, context, dispatcher, &mut event, sink);
        }
    }
}

/// Reads JSON documents.
fn read_documents<'a>(
    file: &FileInfo,
    block: &'a Block,
    context: &Context<'a, '_>,
    dispatcher: &mut Dispatcher,
    sink: &mut dyn FnMut(Item<'_, 'a>),
) {
    let (bytes, start) = content(file, block);
    let mut event = Event::new(fallback());
    for document in documents(bytes) {
        let (range, broken) = match document {
            Document::Whole(range) => (range, false),
            Document::Broken(range) => (range, true),
        };
        let raw = bytes.get(range.clone()).unwrap_or_default();
        let (text, encoding) = decode_line(raw, file.encoding, context.arena);
        let position = Position { offset: start + range.start as u64, record: None };
        event.position = position;
        if broken {
            let reason = "no whole JSON object";
            sink(Item::Unparsed(Unparsed { position, text: excerpt(text), reason }));
        } else if raw.len() > LONGEST_RECORD {
            sink(Item::Unparsed(Unparsed { position, text: excerpt(text), reason: TOO_LONG }));
        } else {
            give(text, encoding, None, context, dispatcher, &mut event, sink);
        }
    }
}

/// Reads the entries of a journal's export.
fn read_journal<'a>(
    file: &FileInfo,
    block: &'a Block,
    context: &Context<'a, '_>,
    dispatcher: &mut Dispatcher,
    sink: &mut dyn FnMut(Item<'_, 'a>),
) {
    let (bytes, start) = content(file, block);
    let mut event = Event::new(fallback());
    for entry in journald::entries(bytes) {
        let (text, encoding) =
            decode_line(bytes.get(entry.range.clone()).unwrap_or_default(), Encoding::Utf8, context.arena);
        let position = Position { offset: start + entry.range.start as u64, record: None };
        event.position = position;
        match journald::read_entry(&entry, text, dispatcher, context, &mut event) {
            Ok(()) => sink(Item::Event(&mut event, encoding)),
            Err(refusal) => {
                sink(Item::Unparsed(Unparsed { position, text: excerpt(text), reason: reason(refusal) }));
            }
        }
    }
}

/// Why a text was refused, in words.
fn reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotMine => "no known format",
        Refusal::Broken(reason) => reason,
    }
}

/// Has a text read and hands out what came of it.
fn give<'a>(
    text: &'a str,
    encoding: Encoding,
    columns: Option<&'a [&'a str]>,
    context: &Context<'a, '_>,
    dispatcher: &mut Dispatcher,
    event: &mut Event<'a>,
    sink: &mut dyn FnMut(Item<'_, 'a>),
) {
    let position = event.position;
    match dispatcher.read(text, columns, context, event) {
        Ok(()) => sink(Item::Event(event, encoding)),
        Err(refusal) => {
            sink(Item::Unparsed(Unparsed { position, text: excerpt(text), reason: reason(refusal) }));
        }
    }
}

/// The first 2 KiB of a text.
pub(crate) fn excerpt(text: &str) -> &str {
    text.get(..text.floor_char_boundary(2048)).unwrap_or(text)
}

fn is_utf16(encoding: Encoding) -> bool {
    matches!(encoding, Encoding::Utf16Le | Encoding::Utf16Be)
}

/// The source that an event has before one takes it.
fn fallback() -> &'static crate::sources::SourceMeta {
    use crate::sources::Source as _;
    SOURCES.last().map_or_else(|| crate::sources::syslog::Syslog.meta(), |s| s.meta())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Blocks;

    /// Everything that a file gives: `time message` or `! reason`.
    pub(super) fn read(bytes: &[u8]) -> Vec<String> {
        let blocks = Blocks::new(bytes).unwrap();
        let shape = blocks.shape().clone();
        let file = FileInfo {
            id: 0,
            form: shape.form,
            encoding: shape.encoding,
            mark: shape.mark,
            separator: shape.separator,
            reference: 1_798_934_400,
        };
        let kept = Bump::new();
        let mut reader = Reader::new(Zone::default(), &kept);
        let mut out = Vec::new();
        for block in blocks {
            let (block, arena) = (block.unwrap(), Bump::new());
            reader.read(&file, &block, &arena, &mut |item| {
                out.push(match item {
                    Item::Event(e, encoding) => {
                        format!("{} {} {}", e.position.offset, encoding.name(), e.original)
                    }
                    Item::Unparsed(u) => format!("{} ! {}: {}", u.position.offset, u.reason, u.text),
                });
            });
        }
        out
    }

    #[test]
    fn lines_keep_their_offset_and_their_text() {
        let out = read("Dec 26 03:04:05 h a: one\r\n\nnot a log line\nDec 26 03:04:06 h a: 二\n".as_bytes());
        assert_eq!(
            out,
            [
                "0 UTF-8 Dec 26 03:04:05 h a: one",
                "27 ! no known format: not a log line",
                "42 UTF-8 Dec 26 03:04:06 h a: 二"
            ]
        );
    }

    #[test]
    fn xml_events_are_read_one_by_one_in_any_encoding() {
        let one =
            "<Event><System><Provider Name='P'/><EventID>1</EventID><Channel>Ａ</Channel></System></Event>";
        let text = format!("<?xml version='1.0'?>\r\n<Events>{one}{one}\r\nrest<Event ");
        let out = read(text.as_bytes());
        assert_eq!(out[0], format!("31 UTF-8 {one}"));
        assert_eq!(out[1], format!("{} UTF-8 {one}", 31 + one.len()));
        assert_eq!(out[2], format!("{} ! no known format: rest", 33 + 2 * one.len()));
        assert_eq!(out.len(), 4);
        let mut wide = vec![0xff, 0xfe];
        wide.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let out = read(&wide);
        assert_eq!(out[0], format!("64 UTF-16LE {one}"));
        assert_eq!(out[1], format!("{} UTF-16LE {one}", 64 + 2 * one.encode_utf16().count()));
    }

    #[test]
    fn utf16_lines_keep_their_offset_in_the_file() {
        let text = "Dec 26 03:04:05 h a: 一\r\nDec 26 03:04:06 h a: 二\r\n";
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let out = read(&bytes);
        assert_eq!(out, ["2 UTF-16LE Dec 26 03:04:05 h a: 一", "50 UTF-16LE Dec 26 03:04:06 h a: 二"]);
    }
}
