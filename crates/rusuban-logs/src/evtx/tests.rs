//! Chunks made by hand: what real logs do not show, damage above all.

use bumpalo::Bump;
use proptest::prelude::*;

use super::*;
use crate::event::{Event, Value};

/// Builds BinXML and chunks.
#[derive(Default)]
struct Builder {
    bytes: Vec<u8>,
    records: u64,
    /// Where the one template's definition stands.
    definition: usize,
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

impl Builder {
    fn new() -> Self {
        Self { bytes: vec![0; 512], records: 0, definition: 0 }
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    fn u16(&mut self, n: u16) {
        self.put(&n.to_le_bytes());
    }

    fn u32(&mut self, n: usize) {
        self.put(&u32::try_from(n).unwrap().to_le_bytes());
    }

    /// A name, right behind its reference.
    fn name(&mut self, name: &str) {
        let at = self.bytes.len() + 4;
        self.u32(at);
        self.u32(0);
        self.u16(0);
        self.u16(u16::try_from(name.len()).unwrap());
        self.put(&wide(name));
        self.u16(0);
    }

    fn open(&mut self, name: &str, attributes: &[(&str, Part<'_>)]) {
        self.put(&[if attributes.is_empty() { 0x01 } else { 0x41 }]);
        self.u16(0xffff);
        self.u32(0);
        self.name(name);
        if !attributes.is_empty() {
            self.u32(0);
        }
        for (name, part) in attributes {
            self.put(&[0x06]);
            self.name(name);
            self.part(part);
        }
        self.put(&[0x02]);
    }

    fn part(&mut self, part: &Part<'_>) {
        match part {
            Part::Text(text) => {
                self.put(&[0x05, 0x01]);
                self.u16(u16::try_from(text.len()).unwrap());
                self.put(&wide(text));
            }
            Part::Value(number) => {
                self.put(&[0x0e]);
                self.u16(*number);
                self.put(&[0x01]);
            }
        }
    }

    fn element(&mut self, name: &str, attributes: &[(&str, Part<'_>)], content: &Part<'_>) {
        self.open(name, attributes);
        self.part(content);
        self.put(&[0x04]);
    }

    /// One record of the template `<Event><System>…</System><EventData>…</EventData></Event>` with the values of a file's
    /// name (text, null where None) and of an event id.
    fn record(&mut self, id: u16, file: Option<&str>) {
        self.records += 1;
        let start = self.bytes.len();
        self.put(b"**\0\0");
        self.u32(0);
        self.put(&self.records.to_le_bytes());
        self.put(&133_791_558_450_000_000_u64.to_le_bytes());
        self.put(&[0x0f, 1, 1, 0, 0x0c, 1]);
        self.u32(7);
        if self.definition == 0 {
            self.definition = self.bytes.len() + 4;
            self.u32(self.definition);
            self.u32(0);
            self.put(&[7; 16]);
            let size_at = self.bytes.len();
            self.u32(0);
            self.put(&[0x0f, 1, 1, 0]);
            self.open("Event", &[("xmlns", Part::Text("http://x"))]);
            self.open("System", &[]);
            self.element("Provider", &[("Name", Part::Text("Test"))], &Part::Text(""));
            self.element("EventID", &[("Qualifiers", Part::Value(9))], &Part::Value(0));
            self.element("Channel", &[], &Part::Text("Made"));
            self.put(&[0x04]);
            self.open("EventData", &[]);
            self.element("Data", &[("Name", Part::Text("File"))], &Part::Value(1));
            self.element("Data", &[], &Part::Text("one"));
            self.element("Data", &[], &Part::Text("two"));
            self.put(&[0x04, 0x04, 0x00]);
            let size = u32::try_from(self.bytes.len() - size_at - 4).unwrap();
            self.bytes[size_at..size_at + 4].copy_from_slice(&size.to_le_bytes());
        } else {
            self.u32(self.definition);
        }
        self.u32(2);
        let text = file.map(wide);
        self.put(&[2, 0, 6, 0]);
        self.u16(u16::try_from(text.as_ref().map_or(0, Vec::len)).unwrap());
        self.put(&[u8::from(text.is_some()), 0]);
        self.u16(id);
        self.put(&text.unwrap_or_default());
        self.put(&[0x00]);
        while self.bytes.len() % 8 != 4 {
            self.put(&[0]);
        }
        let size = self.bytes.len() + 4 - start;
        self.u32(size);
        self.bytes[start + 4..start + 8].copy_from_slice(&u32::try_from(size).unwrap().to_le_bytes());
    }

    /// The chunk with its header; `stated` is the last record's number that the header names.
    fn chunk(mut self, stated: u64) -> Vec<u8> {
        let free = self.bytes.len();
        self.bytes.resize(CHUNK_LENGTH, 0);
        let b = &mut self.bytes;
        b[..8].copy_from_slice(b"ElfChnk\0");
        for (at, n) in [(8, 1), (16, stated), (24, 1), (32, stated)] {
            b[at..at + 8].copy_from_slice(&n.to_le_bytes());
        }
        b[48..52].copy_from_slice(&u32::try_from(free).unwrap().to_le_bytes());
        seal(b);
        self.bytes
    }
}

enum Part<'t> {
    Text(&'t str),
    Value(u16),
}

/// Writes the checksums.
fn seal(b: &mut [u8]) {
    let free = u32::from_le_bytes(b[48..52].try_into().unwrap()) as usize;
    let records = crc32fast::hash(&b[512..free.clamp(512, CHUNK_LENGTH)]);
    b[52..56].copy_from_slice(&records.to_le_bytes());
    let mut header = crc32fast::Hasher::new();
    header.update(&b[..120]);
    header.update(&b[128..512]);
    let header = header.finalize();
    b[124..128].copy_from_slice(&header.to_le_bytes());
}

/// A chunk of `n` records, and where they begin.
fn made(n: u64) -> (Vec<u8>, Vec<usize>) {
    let mut builder = Builder::new();
    let mut starts = Vec::new();
    for i in 0..n {
        starts.push(builder.bytes.len());
        builder.record(u16::try_from(i).unwrap(), Some("a.txt"));
    }
    (builder.chunk(n), starts)
}

fn read(bytes: &[u8]) -> (Vec<Option<u64>>, Vec<Trouble>, Summary) {
    let (names, arena) = (Bump::new(), Bump::new());
    let mut cache = TemplateCache::new(&names);
    let (mut records, mut troubles) = (Vec::new(), Vec::new());
    let chunk = Chunk { bytes, number: 3, offset: 1000 };
    let summary =
        read_chunk(chunk, &arena, &mut cache, &mut |e| records.push(e.position.record), &mut troubles);
    assert_eq!(summary.read, records.len() as u64);
    assert_eq!(summary.failed, troubles.iter().map(|t| t.lost).sum::<u64>());
    (records, troubles, summary)
}

#[test]
fn a_record_costs_only_its_values() {
    let mut builder = Builder::new();
    builder.record(4624, Some("日本.txt"));
    builder.record(1, None);
    let bytes = builder.chunk(2);
    let (names, arena) = (Bump::new(), Bump::new());
    let mut cache = TemplateCache::new(&names);
    let (mut seen, mut troubles) = (Vec::new(), Vec::new());
    let chunk = Chunk { bytes: &bytes, number: 0, offset: 4096 };
    let mut emit = |e: &mut Event<'_>| {
        seen.push(format!(
            "{:?} {:?}",
            e.position,
            e.native.iter().map(|(n, v)| format!("{n}={}", v.to_text())).collect::<Vec<_>>()
        ));
    };
    let summary = read_chunk(chunk, &arena, &mut cache, &mut emit, &mut troubles);
    assert_eq!(summary, Summary { stated: 2, read: 2, failed: 0, unflushed: 0 });
    assert!(troubles.is_empty(), "{troubles:?}");
    assert_eq!(cache.len(), 1);
    assert!(
        seen[0].contains(
            r#"["Provider_Name=Test", "EventID=4624", "Channel=Made", "File=日本.txt", "Data=one, two"]"#
        ),
        "{seen:?}"
    );
    assert!(seen[0].starts_with("Position { offset: 4608, record: Some(1) }"));
    assert!(!seen[1].contains("File="));
    // The same template in the next chunk is known already.
    read_chunk(chunk, &arena, &mut cache, &mut |_| {}, &mut troubles);
    assert_eq!(cache.len(), 1);
}

#[test]
fn the_time_of_the_record_stands_in_where_the_event_states_none() {
    let (bytes, _) = made(1);
    let (names, arena) = (Bump::new(), Bump::new());
    let mut time = None;
    let mut emit = |e: &mut Event<'_>| time = e.time;
    let chunk = Chunk { bytes: &bytes, number: 0, offset: 0 };
    read_chunk(chunk, &arena, &mut TemplateCache::new(&names), &mut emit, &mut Vec::new());
    assert_eq!(time.unwrap().timestamp().to_string(), "2024-12-20T08:10:45Z");
}

#[test]
fn a_record_as_xml() {
    let (bytes, starts) = made(2);
    let xml = record_xml(&bytes, starts[1]).unwrap();
    assert_eq!(
        xml,
        "<Event xmlns=\"http://x\"><System><Provider Name=\"Test\"></Provider><EventID>1</EventID><Channel>Made</Channel>\
         </System><EventData><Data Name=\"File\">a.txt</Data><Data>one</Data><Data>two</Data></EventData></Event>"
    );
    assert_eq!(record_xml(&bytes, 5), Err(Reason::NoRecord));
}

#[test]
fn damage_is_counted_and_the_rest_read() {
    let reasons = |t: &[Trouble]| t.iter().map(|t| (t.reason, t.lost, t.record)).collect::<Vec<_>>();
    // A size of zero.
    let (mut bytes, starts) = made(5);
    bytes[starts[2] + 4..starts[2] + 8].fill(0);
    seal(&mut bytes);
    let (records, troubles, summary) = read(&bytes);
    assert_eq!(records, [1, 2, 4, 5].map(Some));
    assert_eq!(reasons(&troubles), [(Reason::Size, 1, Some(3))]);
    assert_eq!(troubles[0].offset, 1000 + starts[2] as u64);
    assert_eq!((summary.stated, summary.read, summary.failed), (5, 4, 1));
    // Two records overwritten.
    let (mut bytes, starts) = made(5);
    bytes[starts[1]..starts[3]].fill(0xee);
    seal(&mut bytes);
    let (records, troubles, _) = read(&bytes);
    assert_eq!(records, [1, 4, 5].map(Some));
    assert_eq!(reasons(&troubles), [(Reason::NoRecord, 2, Some(2))]);
    // A wrong checksum alone: everything is read, and it is said.
    let (mut bytes, starts) = made(2);
    bytes[starts[1] + 16] ^= 1;
    let (records, troubles, _) = read(&bytes);
    assert_eq!(records.len(), 2);
    assert_eq!(reasons(&troubles), [(Reason::Checksum, 0, None)]);
    // Cut off in the middle of the fourth.
    let (bytes, starts) = made(5);
    let (records, troubles, summary) = read(&bytes[..starts[3] + 30]);
    assert_eq!(records, [1, 2, 3].map(Some));
    assert_eq!((summary.stated, summary.failed), (5, 2));
    assert!(troubles.iter().any(|t| t.reason == Reason::Cut));
    // A template that points outside the chunk: its record fails, the next (which has a whole one) is read.
    let (mut bytes, starts) = made(3);
    bytes[starts[1] + 34..starts[1] + 38].fill(0xff);
    seal(&mut bytes);
    let (records, troubles, _) = read(&bytes);
    assert_eq!(records, [1, 3].map(Some));
    assert_eq!(reasons(&troubles), [(Reason::Reference, 1, Some(2))]);
}

#[test]
fn headers_that_lag_behind_lie_or_say_nothing() {
    // Not flushed: the header knows two of four records.
    let mut builder = Builder::new();
    for i in 0..4 {
        builder.record(i, None);
    }
    let mut bytes = builder.chunk(2);
    let second = 512 + u32::from_le_bytes(bytes[516..520].try_into().unwrap()) as usize;
    let third = second + u32::from_le_bytes(bytes[second + 4..second + 8].try_into().unwrap()) as usize;
    bytes[48..52].copy_from_slice(&u32::try_from(third).unwrap().to_le_bytes());
    seal(&mut bytes);
    let (records, troubles, summary) = read(&bytes);
    assert_eq!(records.len(), 4);
    assert_eq!(summary, Summary { stated: 2, read: 4, failed: 0, unflushed: 2 });
    assert!(troubles.is_empty());
    // The header names more records than there are.
    let mut builder = Builder::new();
    builder.record(1, None);
    let (_, troubles, summary) = read(&builder.chunk(9));
    assert_eq!((summary.read, summary.failed), (1, 8));
    assert_eq!(troubles[0].reason, Reason::Missing);
    // Reserved space, and space that is something else.
    assert!(read(&vec![0; CHUNK_LENGTH]).1.is_empty());
    assert_eq!(read(&vec![1; CHUNK_LENGTH]).1[0].reason, Reason::NoChunk);
    assert_eq!(read(b"ElfChnk\0").1[0].reason, Reason::NoChunk);
}

#[test]
fn work_is_bounded() {
    // The value of the file's name becomes a fragment: the instance of the same template, whose value in turn is a fragment.
    let mut builder = Builder::new();
    let definition = 512 + 24 + 14;
    let mut inner = Vec::new();
    for _ in 0..40 {
        let mut outer = vec![0x0c, 1, 7, 0, 0, 0];
        outer.extend(u32::try_from(definition).unwrap().to_le_bytes());
        outer.extend(2_u32.to_le_bytes());
        outer.extend([2, 0, 6, 0]);
        outer.extend(u16::try_from(inner.len()).unwrap().to_le_bytes());
        outer.extend([0x21, 0, 1, 0]);
        outer.extend(&inner);
        inner = outer;
    }
    let file: String = char::decode_utf16(inner.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b)))
        .map(|c| c.unwrap())
        .collect();
    builder.record(1, Some(&file));
    assert_eq!(builder.definition, definition);
    let table = builder.bytes.windows(8).position(|w| w[..4] == [2, 0, 6, 0] && w[6] == 1).unwrap();
    builder.bytes[table + 6] = 0x21;
    let (records, troubles, _) = read(&builder.chunk(1));
    assert!(records.is_empty());
    assert_eq!(troubles.iter().map(|t| (t.reason, t.lost)).collect::<Vec<_>>(), [(Reason::Limit, 1)]);
    let (mut bytes, starts) = made(1);
    let at = starts[0];
    let size = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
    // Every element nested in itself 65 times over is refused before it is compiled.
    let mut deep = vec![0x0f, 1, 1, 0];
    for _ in 0..80 {
        deep.extend([0x01, 0, 0, 0, 0]);
        deep.extend(100_u32.to_le_bytes());
        deep.push(0x02);
    }
    bytes[at + 24..at + 24 + deep.len().min(size - 28)].copy_from_slice(&deep[..deep.len().min(size - 28)]);
    seal(&mut bytes);
    let (records, troubles, _) = read(&bytes);
    assert!(records.is_empty());
    assert_eq!(troubles.iter().map(|t| t.lost).sum::<u64>(), 1);
}

#[test]
fn file_headers() {
    let mut header = vec![0; 4096];
    header[..8].copy_from_slice(b"ElfFile\0");
    header[42] = 9;
    header[120] = 1;
    let sum = crc32fast::hash(&header[..120]);
    header[124..128].copy_from_slice(&sum.to_le_bytes());
    let parsed = FileHeader::parse(&header).unwrap();
    assert_eq!((parsed.chunks, parsed.dirty, parsed.checksum_right), (9, true, true));
    assert_eq!(FileHeader::parse(b"ElfFile\0"), None);
    assert_eq!(FileHeader::parse(&vec![0; 4096]), None);
}

proptest! {
    /// Whatever is damaged: no panic, and what is read and what failed is what was stated.
    #[test]
    fn no_damage_makes_it_panic(hits in prop::collection::vec((0_usize..2000, any::<u8>()), 0..24), cut in 0_usize..70_000) {
        let (mut bytes, _) = made(6);
        for (at, byte) in hits {
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        let (_, troubles, summary) = read(&bytes);
        prop_assert_eq!(summary.read + summary.failed, summary.stated + summary.unflushed, "{:?}", troubles);
        for at in 0..bytes.len().min(2000) {
            let _ = record_xml(&bytes, at);
        }
    }

    #[test]
    fn no_bytes_make_it_panic(tail in prop::collection::vec(any::<u8>(), 0..4000)) {
        let mut bytes = made(1).0[..512].to_vec();
        bytes.extend(b"**\0\0");
        bytes.extend(tail);
        let _ = read(&bytes);
        let _ = FileHeader::parse(&bytes);
    }
}

/// Values are slices of the chunk, not copies.
#[test]
fn values_are_borrowed() {
    let (bytes, _) = made(1);
    let (names, arena) = (Bump::new(), Bump::new());
    let mut inside = false;
    let range = bytes.as_ptr_range();
    let mut emit = |e: &mut Event<'_>| {
        inside = matches!(e.native("File"), Some(Value::Utf16(b)) if range.contains(&b.as_ptr()));
    };
    let chunk = Chunk { bytes: &bytes, number: 0, offset: 0 };
    read_chunk(chunk, &arena, &mut TemplateCache::new(&names), &mut emit, &mut Vec::new());
    assert!(inside);
}
