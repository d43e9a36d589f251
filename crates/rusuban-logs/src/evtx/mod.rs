//! Windows event logs, `.evtx`: a reader of its own, made for speed.
//!
//! After MS-EVEN6 2.2 (BinXML) and the published descriptions of the file format (libevtx). A file is a header of 4,096
//! bytes and chunks of 65,536; each chunk stands alone, so a file is read in blocks of whole chunks.
//!
//! A record is a template and a table of values. A template is compiled once into a list of "field, value number"
//! (`template.rs`); reading a record is then one walk over that list, and values stay undecoded slices ([`crate::event::Value`]).
//!
//! Nothing is lost in silence: [`Summary`] says how many records a chunk's header states, how many were read and how many
//! failed, and each failure is a [`Trouble`] with its place and reason.

mod bytes;
mod chunk;
mod normal;
mod record;
mod template;
mod value;
mod xml;

pub use chunk::{Chunk, Summary, read_chunk};
pub use template::TemplateCache;
pub use xml::record_xml;

use crate::sources::SourceMeta;
use bytes::{u16_at, u32_at, u64_at};

/// Length of the file header's block.
pub const FILE_HEADER_LENGTH: usize = 4096;
/// Length of a chunk.
pub const CHUNK_LENGTH: usize = 65_536;

/// Who writes `.evtx`.
pub static META: SourceMeta = SourceMeta { id: "evtx", product: "Windows", vendor: "Microsoft" };

/// What the header of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileHeader {
    /// Number of the oldest chunk.
    pub first_chunk: u64,
    /// Number of the newest chunk.
    pub last_chunk: u64,
    /// The number that the next record will get.
    pub next_record: u64,
    /// How many chunks the file holds. Wrong where the file is dirty: read chunks to the end of the file.
    pub chunks: u16,
    /// Format version, major and minor.
    pub version: (u16, u16),
    /// Where the first chunk stands.
    pub length: u16,
    /// The file was not closed: its counts may lag behind its chunks.
    pub dirty: bool,
    /// The log was full.
    pub full: bool,
    /// The header's own checksum is right.
    pub checksum_right: bool,
}

impl FileHeader {
    /// Reads the first bytes of a file (128 are enough); None where they are no EVTX header.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<128>()?;
        if !header.starts_with(b"ElfFile\0") {
            return None;
        }
        let flags = u32_at(header, 120)?;
        Some(Self {
            first_chunk: u64_at(header, 8)?,
            last_chunk: u64_at(header, 16)?,
            next_record: u64_at(header, 24)?,
            chunks: u16_at(header, 42)?,
            version: (u16_at(header, 38)?, u16_at(header, 36)?),
            length: u16_at(header, 40)?,
            dirty: flags & 1 != 0,
            full: flags & 2 != 0,
            checksum_right: u32_at(header, 124) == header.get(..120).map(crc32fast::hash),
        })
    }
}

/// Something that could not be read, or is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The chunk's number in its file, from 0.
    pub chunk: u64,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// The record's number, where it is known.
    pub record: Option<u64>,
    /// What is wrong.
    pub reason: Reason,
    /// How many records are lost by it.
    pub lost: u64,
}

/// What is wrong with a chunk or a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// Not a chunk at all.
    #[error("no chunk begins here")]
    NoChunk,
    /// The chunk ends before its header says.
    #[error("the chunk is cut off")]
    Cut,
    /// The header's numbers contradict each other.
    #[error("the chunk's header contradicts itself")]
    Header,
    /// The checksum of the chunk's header is wrong.
    #[error("the checksum of the chunk's header is wrong")]
    HeaderChecksum,
    /// The checksum of the records is wrong.
    #[error("the checksum of the chunk's records is wrong")]
    Checksum,
    /// Bytes that are no record where one should be.
    #[error("no record begins here")]
    NoRecord,
    /// A record whose stated size cannot be.
    #[error("the record's size is impossible")]
    Size,
    /// Records that the header states are not there.
    #[error("records that the chunk's header states are missing")]
    Missing,
    /// Record numbers do not ascend.
    #[error("the record's number does not follow the one before")]
    Order,
    /// The data ends in the middle of something.
    #[error("the record ends in the middle of its data")]
    Truncated,
    /// A byte that is no BinXML token, or one out of place.
    #[error("unknown BinXML token")]
    Token,
    /// A value of a type that the format does not have.
    #[error("unknown BinXML value type")]
    ValueType,
    /// A name or a template that lies outside the chunk.
    #[error("a reference points outside the chunk")]
    Reference,
    /// More than any true record holds; bounds the work.
    #[error("the record is too large or too deeply nested")]
    Limit,
}

#[cfg(test)]
mod tests;
