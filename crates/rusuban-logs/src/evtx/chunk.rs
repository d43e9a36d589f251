//! One chunk: its header, its checksums, and the walk from record to record.

use bumpalo::Bump;

use super::bytes::{index, u32_at, u64_at};
use super::record::{Reader, file_time, is_record, record_size};
use super::{CHUNK_LENGTH, META, Reason, TemplateCache, Trouble};
use crate::event::{Event, LogSource, Position};

/// Where the records begin.
const HEADER: usize = 512;
/// Record header, and the copy of the size at the end.
const SMALLEST: usize = 28;

/// A chunk and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// Its bytes: [`CHUNK_LENGTH`], or fewer where the file was cut off.
    pub bytes: &'a [u8],
    /// Its number in the file, from 0.
    pub number: u64,
    /// Offset of its first byte in the file.
    pub offset: u64,
}

/// How many records a chunk gave: always `read + failed == stated + unflushed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Records that the header states.
    pub stated: u64,
    /// Records read.
    pub read: u64,
    /// Records that are stated or begun, and could not be read. Each is in a [`Trouble`].
    pub failed: u64,
    /// Records more than the header states: written, but the header had not been brought up to date (or is damaged).
    pub unflushed: u64,
}

/// What a chunk's header says.
struct Header {
    first: u64,
    free: usize,
    unsummed: bool,
}

/// Reads a chunk: gives every record to `emit` and everything that is wrong to `troubles`.
pub fn read_chunk<'a, 'c: 'a>(
    chunk: Chunk<'a>,
    arena: &'a Bump,
    cache: &mut TemplateCache<'c>,
    emit: &mut dyn FnMut(&mut Event<'a>),
    troubles: &mut Vec<Trouble>,
) -> Summary {
    let mut walk = Walk {
        chunk,
        troubles,
        summary: Summary::default(),
        expected: None,
        reader: Reader::new(chunk.bytes, arena, cache),
    };
    walk.run(emit);
    walk.summary
}

struct Walk<'a, 'r, 'c> {
    chunk: Chunk<'a>,
    troubles: &'r mut Vec<Trouble>,
    summary: Summary,
    /// The number that the next record should have.
    expected: Option<u64>,
    reader: Reader<'a, 'r, 'c>,
}

impl<'a, 'c: 'a> Walk<'a, '_, 'c> {
    fn trouble(&mut self, at: usize, record: Option<u64>, reason: Reason, lost: u64) {
        self.summary.failed += lost;
        let offset = self.chunk.offset + u64::try_from(at).unwrap_or(0);
        self.troubles.push(Trouble { chunk: self.chunk.number, offset, record, reason, lost });
    }

    fn run(&mut self, emit: &mut dyn FnMut(&mut Event<'a>)) {
        let bytes = self.chunk.bytes;
        if !bytes.starts_with(b"ElfChnk\0") || bytes.len() < HEADER {
            // Space that was reserved and not used yet is all zeros. (Or-ing whole pages is what the machine does fast.)
            let used = |page: &[u8]| page.iter().fold(0, |all, b| all | b) != 0;
            if bytes.chunks(4096).any(used) {
                self.trouble(0, None, Reason::NoChunk, 0);
            }
            return;
        }
        let header = self.header();
        self.expected = (self.summary.stated > 0).then_some(header.first);
        let mut event = Event::new(&META);
        let mut at = HEADER;
        loop {
            let beyond = at >= header.free;
            if !is_record(bytes, at) {
                if beyond || at >= bytes.len() {
                    break;
                }
                match self.resume(at, Reason::NoRecord, header.free) {
                    Some(next) => at = next,
                    None => break,
                }
                continue;
            }
            let (Some(size), Some(number)) = (record_size(bytes, at), u64_at(bytes, at + 8)) else { break };
            // Behind the stated end only records that follow on the last one are new; others are remains of an older use.
            if beyond && self.expected.is_none_or(|e| e != number) {
                break;
            }
            let end = at.saturating_add(size);
            if size < SMALLEST || end > bytes.len() {
                let cut = size >= SMALLEST && end <= CHUNK_LENGTH;
                let reason = if cut { Reason::Cut } else { Reason::Size };
                match self.resume(at, reason, header.free) {
                    Some(next) => at = next,
                    None => break,
                }
                continue;
            }
            self.count(at, number);
            self.record(at, end, number, &mut event, emit);
            at = end;
        }
        self.rest(at);
    }

    /// Reads and checks the chunk's header.
    fn header(&mut self) -> Header {
        let bytes = self.chunk.bytes;
        let number = |at| u64_at(bytes, at).unwrap_or(0);
        let flags = u32_at(bytes, 120).unwrap_or(0);
        let last = number(32);
        let mut header = Header {
            first: number(24),
            free: index(u32_at(bytes, 48).unwrap_or(0)),
            unsummed: flags & 4 != 0,
        };
        // An empty chunk: first is the largest number, last is 0.
        self.summary.stated = match last.checked_sub(header.first) {
            Some(n) if n < u64::MAX && n < (CHUNK_LENGTH / SMALLEST) as u64 => n + 1,
            Some(_) => {
                self.trouble(24, None, Reason::Header, 0);
                0
            }
            None => 0,
        };
        if header.free > CHUNK_LENGTH || header.free < HEADER {
            self.trouble(48, None, Reason::Header, 0);
            header.free = if self.summary.stated > 0 { CHUNK_LENGTH } else { HEADER };
        }
        if !header.unsummed {
            let mut sum = crc32fast::Hasher::new();
            sum.update(bytes.get(..120).unwrap_or_default());
            sum.update(bytes.get(128..HEADER).unwrap_or_default());
            if u32_at(bytes, 124) != Some(sum.finalize()) {
                self.trouble(124, None, Reason::HeaderChecksum, 0);
            }
        }
        if header.free > bytes.len() {
            self.trouble(bytes.len(), None, Reason::Cut, 0);
        } else if !header.unsummed && u32_at(bytes, 52) != bytes.get(HEADER..header.free).map(crc32fast::hash)
        {
            self.trouble(52, None, Reason::Checksum, 0);
        }
        header
    }

    /// Looks for the next record after a broken one.
    fn resume(&mut self, at: usize, reason: Reason, free: usize) -> Option<usize> {
        let bytes = self.chunk.bytes;
        let within = bytes.get(..free.min(bytes.len())).unwrap_or(bytes);
        let mut from = at + 1;
        let found = loop {
            let Some(hit) = within.get(from..).and_then(|rest| memchr::memmem::find(rest, b"**\0\0")) else {
                break None;
            };
            let candidate = from + hit;
            let fits = record_size(bytes, candidate)
                .is_some_and(|size| size >= SMALLEST && candidate.saturating_add(size) <= bytes.len());
            let follows = match (u64_at(bytes, candidate + 8), self.expected) {
                (Some(number), Some(expected)) => {
                    number >= expected && number - expected < (CHUNK_LENGTH / SMALLEST) as u64
                }
                (number, None) => number.is_some(),
                _ => false,
            };
            if fits && follows {
                break Some(candidate);
            }
            from = candidate + 1;
        };
        // The numbers of the records in between say how many are lost; without a next one the end of the chunk says it.
        let next = found.and_then(|f| u64_at(bytes, f + 8));
        let lost = match (self.expected, next) {
            (Some(expected), Some(next)) => next - expected,
            _ => 0,
        };
        let record = self.expected;
        if let Some(next) = next {
            self.expected = Some(next);
        }
        self.trouble(at, record, reason, lost);
        found
    }

    /// Takes note of a record's number.
    fn count(&mut self, at: usize, number: u64) {
        if let Some(expected) = self.expected {
            match number.checked_sub(expected) {
                Some(0) => {}
                Some(gap) if gap < (CHUNK_LENGTH / SMALLEST) as u64 => {
                    self.trouble(at, Some(expected), Reason::Missing, gap);
                }
                _ => self.trouble(at, Some(number), Reason::Order, 0),
            }
        }
        self.expected = number.checked_add(1);
    }

    fn record(
        &mut self,
        at: usize,
        end: usize,
        number: u64,
        event: &mut Event<'a>,
        emit: &mut dyn FnMut(&mut Event<'a>),
    ) {
        event.clear();
        event.logsource = LogSource { product: "windows", ..LogSource::default() };
        event.position =
            Position { offset: self.chunk.offset + u64::try_from(at).unwrap_or(0), record: Some(number) };
        match self.reader.read(at + 24, end - 4, event) {
            Ok(()) => {
                self.summary.read += 1;
                if event.time.is_none() {
                    event.time = u64_at(self.chunk.bytes, at + 16).and_then(file_time);
                }
                emit(event);
            }
            Err(reason) => self.trouble(at, Some(number), reason, 1),
        }
    }

    /// Squares what was met with what the header states.
    fn rest(&mut self, at: usize) {
        let met = self.summary.read + self.summary.failed;
        match self.summary.stated.checked_sub(met) {
            Some(0) => {}
            Some(missing) => self.trouble(at, self.expected, Reason::Missing, missing),
            None => self.summary.unflushed = met - self.summary.stated,
        }
    }
}
