//! Packed streams: how they are known, what comes out of them, and how much may.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Expanded bytes up to which no ratio is asked for. 1 GiB is read in seconds.
const FREE: u64 = 1 << 30;

/// How many times larger than its source an archive's content may be, past [`FREE`]. Real logs reach 100 times.
const RATIO: u64 = 1000;

/// Bytes of a zip that is put into a temporary file, at most: the disk is not the sender's.
const LARGEST_SPOOLED: u64 = 8 << 30;

/// How a stream is packed, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Xz,
    Zstandard,
    Zip,
    Tar,
}

impl Packing {
    pub(super) fn of(head: &[u8]) -> Self {
        if head.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip
        } else if head.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0]) {
            Self::Xz
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Self::Zstandard
        } else if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            // The second is one without members.
            Self::Zip
        } else if head.get(257..262) == Some(b"ustar") {
            Self::Tar
        } else {
            Self::None
        }
    }
}

/// The Zstandard frames of a stream, one after another (`zstd` and log rotation append frames).
pub(super) struct Frames<R: Read> {
    decoder: Option<ruzstd::decoding::StreamingDecoder<BufReader<R>, ruzstd::decoding::FrameDecoder>>,
}

impl<R: Read> Frames<R> {
    pub(super) fn new(reader: BufReader<R>) -> io::Result<Self> {
        let decoder = ruzstd::decoding::StreamingDecoder::new(reader).map_err(io::Error::other)?;
        Ok(Self { decoder: Some(decoder) })
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(decoder) = &mut self.decoder else { return Ok(0) };
            let read = decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(ended) = self.decoder.take() else { return Ok(0) };
            let mut rest = ended.into_inner();
            if io::BufRead::fill_buf(&mut rest)?.is_empty() {
                return Ok(0);
            }
            *self = Self::new(rest)?;
        }
    }
}

/// Memory that an xz stream may ask for, in KiB. `xz -9` asks for 65 MiB; the format allows 4 GiB, for a file of some bytes.
const XZ_MEMORY: u32 = 256 << 10;

/// The content of xz streams, one after another.
pub(super) fn xz<R: Read>(reader: R) -> impl Read {
    lzma_rust2::XzReader::new_mem_limit(BufReader::new(reader), true, XZ_MEMORY)
}

/// How much may come out of one outermost file, over all its layers.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    raw: Arc<AtomicU64>,
    expanded: Arc<AtomicU64>,
    /// See [`FREE`].
    free: u64,
}

impl Budget {
    /// `raw` counts the bytes of the outermost file.
    pub(super) fn new(raw: Arc<AtomicU64>) -> Self {
        Self { raw, expanded: Arc::new(AtomicU64::new(0)), free: FREE }
    }

    pub(super) fn limit<R: Read>(&self, inner: R) -> Limited<R> {
        Limited { inner, budget: self.clone() }
    }
}

/// A reader that ends with an error where its archive grows out of all proportion.
pub(super) struct Limited<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let expanded = self.budget.expanded.fetch_add(read as u64, Ordering::Relaxed) + read as u64;
        if expanded > self.budget.free && expanded / RATIO > self.budget.raw.load(Ordering::Relaxed) {
            return Err(io::Error::other(format!(
                "it grows to more than {RATIO} times its size (archive bomb)"
            )));
        }
        Ok(read)
    }
}

/// Counts the bytes of a stream whose size is not known before.
pub(super) struct Counted<R> {
    pub(super) inner: R,
    pub(super) raw: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.raw.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Fills a buffer as far as the stream goes.
pub(super) fn read_up_to(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A zip's table of contents stands at its end: one that comes through a pipe is put into a nameless temporary file.
pub(super) fn spool(mut reader: Box<dyn Read + '_>) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut reader.by_ref().take(LARGEST_SPOOLED + 1), &mut file)? > LARGEST_SPOOLED {
        return Err(io::Error::other(
            "a zip that comes through a pipe may have 8 GiB at most: save it first",
        ));
    }
    file.rewind()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn an_xz_stream_does_not_choose_how_much_memory_it_takes() {
        // A thousand made-up lines, written with a dictionary of 1 GiB.
        let bytes = hex::decode(
            "fd377a585a000004e6d6b44602002101240000005e1fc7f9e06d5f005e5d002219486201252aad942fa1436af814f7944149b656fb85e76619e55c4581a4c5a36c47101296da3749918ebad2a22cdc9c877a1f88445973056d0dbec139543fab0e16a8450c5c3a488175cc299e4da70fde054c87f928f12b09c3330000000000d7c1da10de39560400017ae0da0100006f0e1309b1c467fb020000000004595a",
        );
        let error = io::copy(&mut xz(bytes.unwrap().as_slice()), &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("memory"), "{error}");
    }

    #[test]
    fn an_archive_that_grows_out_of_all_proportion_is_stopped() {
        let bytes = gz(&vec![b'x'; 4 << 20]);
        let mut budget = Budget::new(Arc::new(AtomicU64::new(1000)));
        budget.free = 1 << 20;
        let mut read = budget.limit(flate2::read::GzDecoder::new(bytes.as_slice()));
        let error = io::copy(&mut read, &mut io::sink()).unwrap_err();
        assert!(error.to_string().contains("archive bomb"));
        // The same from a file of its true size is no bomb.
        let mut budget = Budget::new(Arc::new(AtomicU64::new(100_000)));
        budget.free = 1 << 20;
        let mut read = budget.limit(flate2::read::GzDecoder::new(bytes.as_slice()));
        assert_eq!(io::copy(&mut read, &mut io::sink()).unwrap(), 4 << 20);
    }
}
