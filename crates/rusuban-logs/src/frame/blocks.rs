//! Cuts a stream into blocks that hold whole records.

use std::io::{self, Read};
use std::sync::Arc;

use super::{Encoding, Form, LONGEST_RECORD, Shape, json_end, shape};

/// Bytes that a block aims at. Small enough that a block, and what is made of it, stays in a core's cache and that memory
/// stays flat; large enough that cutting costs nothing.
const BLOCK: usize = 1 << 20;

/// Memory that a stream starts with: enough for most of the small EVTX files (a header and a chunk), of which a machine has
/// hundreds. A whole block for each of them would cost more than what is in them.
const FIRST: usize = 96 << 10;

/// Header of an EVTX file, in bytes, and the length of a chunk.
const EVTX_HEADER: usize = 4096;
const EVTX_CHUNK: usize = 65_536;

/// A stretch of a file that holds whole records.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// Where its first byte stands in the file.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Column names in force at its start (W3C and CSV).
    pub columns: Option<Arc<[String]>>,
    /// Records that were too long and left out.
    pub overlong: Vec<Overlong>,
}

/// A record longer than [`LONGEST_RECORD`]: it was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlong {
    /// Where it starts.
    pub offset: u64,
    /// How long it is, in bytes.
    pub length: u64,
}

/// The blocks of a stream.
#[derive(Debug)]
pub struct Blocks<R> {
    reader: R,
    shape: Shape,
    /// Read and not yet given out.
    carry: Vec<u8>,
    /// Where `carry` starts in the file.
    offset: u64,
    ended: bool,
    columns: Option<Arc<[String]>>,
    /// The start and the bytes so far of a record that is being left out.
    skipping: Option<(u64, u64)>,
    /// Whether a JSON document's wrapper was opened (its closing bracket is no document).
    failed: bool,
}

impl<R: Read> Blocks<R> {
    /// Reads the head of the stream and finds its shape.
    ///
    /// # Errors
    /// Where the head cannot be read.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut carry = Vec::with_capacity(FIRST);
        let ended = fill(&mut reader, &mut carry, BLOCK)?;
        let shape = shape(carry.get(..carry.len().min(65_536)).unwrap_or_default());
        let columns = shape.columns.clone();
        Ok(Self { reader, shape, carry, offset: 0, ended, columns, skipping: None, failed: false })
    }

    /// What the stream is made of.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The next block; None at the end.
    fn next_block(&mut self) -> io::Result<Option<Block>> {
        let mut block = Block::default();
        loop {
            if self.carry.len() < BLOCK && !self.ended {
                let want = BLOCK - self.carry.len();
                // The stream is a long one.
                self.carry.reserve(want + BLOCK / 8);
                self.ended = fill(&mut self.reader, &mut self.carry, want)?;
            }
            self.skip(&mut block);
            if self.carry.is_empty() && self.ended {
                return Ok(if block.overlong.is_empty() { None } else { Some(block) });
            }
            if self.skipping.is_some() {
                continue;
            }
            let mut whole = if self.ended { self.carry.len() } else { self.complete() };
            if whole == 0 && self.carry.len() >= BLOCK {
                // A record that breaks off (or is too long) does not end: its lines are given out as they are, to be refused
                // by the reader. To look for an end again at each of them would take hours.
                whole = self.lines_end();
            }
            if whole == 0 {
                if self.carry.len() >= BLOCK {
                    // No end in a whole block: leave the record out, up to its end.
                    self.skipping = Some((self.offset, 0));
                }
                continue;
            }
            let rest = self.carry.split_off(whole);
            block.bytes = std::mem::replace(&mut self.carry, rest);
            block.offset = self.offset;
            self.offset += block.bytes.len() as u64;
            block.columns.clone_from(&self.columns);
            self.follow_columns(&block.bytes);
            return Ok(Some(block));
        }
    }

    /// Drops what belongs to a record that is left out.
    fn skip(&mut self, block: &mut Block) {
        let Some((start, length)) = self.skipping else { return };
        let end = self.first_end();
        let dropped = end.unwrap_or(self.carry.len());
        self.carry.drain(..dropped);
        self.offset += dropped as u64;
        let length = length + dropped as u64;
        if end.is_some() || self.ended {
            block.overlong.push(Overlong { offset: start, length });
            self.skipping = None;
        } else {
            self.skipping = Some((start, length));
        }
    }

    /// Length of the part of `carry` that holds whole records only.
    fn complete(&self) -> usize {
        let bytes = &self.carry;
        match (self.shape.form, self.shape.encoding) {
            (Form::Evtx, _) => {
                let header = if self.offset == 0 { EVTX_HEADER } else { 0 };
                bytes.len().checked_sub(header).map_or(0, |body| header + body / EVTX_CHUNK * EVTX_CHUNK)
            }
            (Form::JournalExport, _) => memchr::memmem::rfind(bytes, b"\n\n").map_or(0, |at| at + 2),
            (Form::XmlEvents, Encoding::Utf8) => {
                memchr::memmem::rfind(bytes, b"</Event>").map_or(0, |at| at + 8)
            }
            (Form::JsonDocuments, Encoding::Utf8) => json_end(bytes),
            (Form::Records(kind), _) => kind.last_start(bytes),
            (_, Encoding::Utf16Le | Encoding::Utf16Be) => {
                utf16_line_end(bytes, self.shape.encoding, true).unwrap_or(0)
            }
            _ => memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1),
        }
    }

    /// Where the last line of `carry` ends; 0 where there is none, and for UTF-16, where all records are lines.
    fn lines_end(&self) -> usize {
        match self.shape.encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => 0,
            _ => memchr::memrchr(b'\n', &self.carry).map_or(0, |at| at + 1),
        }
    }

    /// Where the first record of `carry` ends.
    fn first_end(&self) -> Option<usize> {
        match self.shape.encoding {
            Encoding::Utf16Le | Encoding::Utf16Be => utf16_line_end(&self.carry, self.shape.encoding, false),
            _ => memchr::memchr(b'\n', &self.carry).map(|at| at + 1),
        }
    }

    /// W3C logs state their columns again whenever the server starts.
    fn follow_columns(&mut self, bytes: &[u8]) {
        if self.shape.form == Form::Lines
            // The search from the start is many times faster, and mostly finds none.
            && memchr::memmem::find(bytes, b"#Fields:").is_some()
            && let Some(at) = memchr::memmem::rfind(bytes, b"#Fields:")
            && let Some(columns) = bytes.get(at..).and_then(w3c_columns)
        {
            self.columns = Some(columns);
        }
    }
}

impl<R: Read> Iterator for Blocks<R> {
    type Item = io::Result<Block>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_block();
        self.failed = next.is_err();
        next.transpose()
    }
}

/// The names of a `#Fields:` line at the start of the bytes.
pub(crate) fn w3c_columns(line: &[u8]) -> Option<Arc<[String]>> {
    let end = memchr::memchr2(b'\n', b'\r', line).unwrap_or(line.len());
    let text = std::str::from_utf8(line.get(..end)?).ok()?;
    let names = text.strip_prefix("#Fields:")?;
    Some(names.split_whitespace().map(str::to_owned).collect())
}

/// Appends up to `want` bytes; true at the end of the stream.
fn fill<R: Read>(reader: &mut R, out: &mut Vec<u8>, want: usize) -> io::Result<bool> {
    let read = reader.by_ref().take(want as u64).read_to_end(out)?;
    Ok(read < want)
}

/// The end of the first or the last line in UTF-16.
fn utf16_line_end(bytes: &[u8], encoding: Encoding, last: bool) -> Option<usize> {
    let newline = if encoding == Encoding::Utf16Be { [0, b'\n'] } else { [b'\n', 0] };
    let units = bytes.as_chunks::<2>().0;
    let at = if last {
        units.iter().rposition(|u| *u == newline)
    } else {
        units.iter().position(|u| *u == newline)
    };
    at.map(|i| (i + 1) * 2)
}

const _: () = assert!(BLOCK >= LONGEST_RECORD);

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(bytes: &[u8]) -> Vec<Block> {
        Blocks::new(bytes).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn blocks_end_at_lines_and_together_are_the_file() {
        let line = "Dec 26 03:04:05 host app: a line of some length\n";
        let text = line.repeat(60_000);
        let all = blocks(text.as_bytes());
        assert!(all.len() > 2);
        let mut joined = Vec::new();
        for b in &all {
            assert_eq!(b.offset, joined.len() as u64);
            assert!(b.bytes.ends_with(b"\n"));
            joined.extend_from_slice(&b.bytes);
        }
        assert_eq!(joined, text.as_bytes());
    }

    #[test]
    fn a_line_without_end_is_left_out_and_named() {
        let text = format!("first line\n{}\nlast line\n", "x".repeat(5 << 20));
        let all = blocks(text.as_bytes());
        let overlong: Vec<_> = all.iter().flat_map(|b| b.overlong.clone()).collect();
        assert_eq!(overlong, [Overlong { offset: 11, length: (5 << 20) + 1 }]);
        let read: Vec<u8> = all.iter().flat_map(|b| b.bytes.clone()).collect();
        assert_eq!(read, b"first line\nlast line\n");
        assert!(all.iter().all(|b| b.bytes.len() <= 2 * BLOCK));
    }

    #[test]
    fn a_record_that_never_ends_is_not_looked_through_line_by_line() {
        for (head, line) in [
            ("{\n  \"a\": \"x\n", "  \"k\": 1,\n"),
            ("<Event><System>\n", "<Data>x</Data>\n"),
            ("__CURSOR=s=1\n", "MESSAGE=x\n"),
            ("[2026/12/26 03:04:05,  3] ../../x.c:1(f)\n  a\n", "  more\n"),
        ] {
            let text = format!("{head}{}", line.repeat((3 << 20) / line.len()));
            let all = blocks(text.as_bytes());
            assert!(all.len() < 6 && all.iter().all(|b| b.overlong.is_empty()), "{head}: {}", all.len());
            assert_eq!(all.iter().map(|b| b.bytes.len()).sum::<usize>(), text.len());
        }
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let all = blocks(b"one\ntwo");
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].bytes, b"one\ntwo");
    }

    #[test]
    fn columns_that_change_in_a_w3c_log_hold_for_later_blocks() {
        let mut text = String::from("#Fields: date time\n");
        text.push_str(&"2026-12-26 00:00:00\n".repeat(60_000));
        text.push_str("#Fields: date time c-ip\n");
        text.push_str(&"2026-12-26 00:00:00 10.0.0.1\n".repeat(60_000));
        let all = blocks(text.as_bytes());
        assert!(all[0].columns.is_none());
        assert_eq!(all[1].columns.as_deref().unwrap(), ["date", "time"]);
        assert_eq!(all.last().unwrap().columns.as_deref().unwrap(), ["date", "time", "c-ip"]);
    }
}
