//! Finds the log files of a review and sends them on as blocks: folders, gzip, xz, Zstandard, zip, tar, standard input.
//! Runs on a thread of its own; how much is on its way at once is bounded.
//!
//! Whatever cannot be read is a [`Message::Failed`] with its reason, and the rest goes on.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use rusuban_core::model::text::Text;
use rusuban_logs::frame::{Block, Blocks, Form};
use rusuban_logs::reader::FileInfo;

use super::unpack::{Budget, Counted, Frames, Packing, read_up_to, spool, xz};

/// Archives inside archives, at most.
const DEEPEST: usize = 4;

/// What the reading thread sends.
#[derive(Debug)]
pub enum Message {
    /// A file starts.
    Opened {
        /// What a worker needs to know about it.
        info: Arc<FileInfo>,
        /// Its name as the user gave it; inside archives `archive.zip!inner.log`.
        name: String,
    },
    /// A part of the file that was opened last.
    Block(Arc<FileInfo>, Block),
    /// A file, or the rest of it, could not be read.
    Failed {
        /// Its number, where it was opened.
        id: Option<u32>,
        /// Its name.
        name: String,
        /// Why.
        reason: Text,
    },
    /// Small files, each to be read whole by whoever takes them: opening thousands of files is work for all cores.
    Small(Vec<SmallFile>),
    /// A small file that turned out to be an archive: its numbers are given when all other files have theirs.
    Packed(SmallFile),
    /// A file that was found a second time (by another name or a link) and is read once.
    Repeated {
        /// Its other name.
        name: String,
    },
}

/// A file that was found and not opened yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SmallFile {
    /// Its number.
    pub id: u32,
    /// Where it is.
    pub path: PathBuf,
    /// When it was written last. Seconds since the epoch.
    written: Option<i64>,
    length: u64,
}

/// Files up to this length, in bytes, are [`SmallFile`]s: no longer than a block.
const SMALL: u64 = 1 << 20;

/// How many of them, or of how many bytes together, go at once.
const BUNDLE: usize = 32;
const BUNDLE_BYTES: u64 = 4 << 20;

/// The other side has gone: nobody wants the rest.
struct Gone;

/// Where a walker sends what it finds; false where nobody wants the rest.
type Out<'o> = Box<dyn FnMut(Message) -> bool + 'o>;

/// Walks paths and sends what it finds.
pub struct Walker<'o> {
    out: Out<'o>,
    next_id: u32,
    /// Who reads small files.
    small: Small,
    /// Used where a file does not say when it was written. Seconds since the epoch.
    reference: i64,
    /// The closure's end, seconds since the epoch.
    closure_end: i64,
    seen: BTreeSet<Identity>,
}

/// Who reads small files.
#[derive(Debug, Clone)]
enum Small {
    /// The walker itself, like all others.
    Itself,
    /// Whoever takes [`Message::Small`]. The files that wait for their bundle.
    Others(Vec<SmallFile>),
    /// This walker is such a one, and this is the file. Archives go back.
    This(SmallFile),
}

impl<'o> Walker<'o> {
    /// A walker that sends to `out`, until that is false. `reference` (seconds since the epoch) stands for the time of
    /// files without one.
    pub fn new(out: impl FnMut(Message) -> bool + 'o, reference: i64) -> Self {
        Self {
            out: Box::new(out),
            next_id: 0,
            small: Small::Itself,
            reference,
            closure_end: i64::MIN,
            seen: BTreeSet::new(),
        }
    }

    /// Sends small files on unopened, as [`Message::Small`].
    #[must_use]
    pub fn leaving_small(mut self) -> Self {
        self.small = Small::Others(Vec::new());
        self
    }

    /// Gives files numbers from `id` on.
    #[must_use]
    pub fn numbering_from(mut self, id: u32) -> Self {
        self.next_id = id;
        self
    }

    /// Reads a small file that another walker found.
    pub fn read_small(mut self, small: SmallFile) {
        self.next_id = small.id;
        let name = small.path.display().to_string();
        // Nobody is left to be told where the other side has gone.
        let _ = match File::open(&small.path) {
            Ok(file) => {
                let written = small.written;
                self.small = Small::This(small);
                self.file(file, &name, written)
            }
            Err(error) => self.failed(None, &name, &unreadable(&error)),
        };
    }

    /// For a closure that ends at `end` (seconds since the epoch).
    #[must_use]
    pub fn closing(mut self, end: Option<i64>) -> Self {
        self.closure_end = end.unwrap_or(i64::MIN);
        self
    }

    /// Reads every path in turn; `-` is standard input.
    pub fn walk(mut self, paths: &[PathBuf]) {
        for path in paths {
            let result = if path.as_os_str() == "-" {
                let raw = Arc::new(AtomicU64::new(0));
                let reader = Counted { inner: io::stdin(), raw: raw.clone() };
                self.stream(Box::new(reader), "-", None, &Budget::new(raw), 0)
            } else {
                self.path(path, true)
            };
            if result.is_err() {
                return;
            }
        }
        // The last ones.
        let _ = self.send_small();
    }

    fn send_small(&mut self) -> Result<(), Gone> {
        match &mut self.small {
            Small::Others(bundle) if !bundle.is_empty() => {
                let bundle = std::mem::take(bundle);
                self.send(Message::Small(bundle))
            }
            _ => Ok(()),
        }
    }

    /// Leaves a file to others, if it is one for them.
    fn leave(&mut self, path: &Path, metadata: &Metadata) -> Result<bool, Gone> {
        let Small::Others(bundle) = &mut self.small else { return Ok(false) };
        // Archives would only come back.
        let packed = path.extension().is_some_and(|e| {
            ["gz", "xz", "zst", "zip", "tar", "tgz", "txz"].iter().any(|known| e.eq_ignore_ascii_case(known))
        });
        if !metadata.is_file() || metadata.len() > SMALL || packed {
            return Ok(false);
        }
        let written = metadata.modified().ok().and_then(seconds);
        bundle.push(SmallFile { id: self.next_id, path: path.to_owned(), written, length: metadata.len() });
        self.next_id += 1;
        if bundle.len() >= BUNDLE || bundle.iter().map(|f| f.length).sum::<u64>() >= BUNDLE_BYTES {
            self.send_small()?;
        }
        Ok(true)
    }

    /// A file or a folder. Files that the user named are read whatever they are; others only if they are regular.
    fn path(&mut self, path: &Path, named: bool) -> Result<(), Gone> {
        let name = path.display().to_string();
        let metadata = match std::fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) => return self.failed(None, &name, &unreadable(&error)),
        };
        if metadata.is_dir() {
            return self.folder(path, &name, &metadata);
        }
        if !metadata.is_file() && !named {
            let reason = Text::new("通常のファイルではありません", "it is no regular file");
            return self.failed(None, &name, &reason);
        }
        if metadata.is_file()
            && let Some(identity) = Identity::of(path, &metadata)
            && !self.seen.insert(identity)
        {
            return self.send(Message::Repeated { name });
        }
        if self.leave(path, &metadata)? {
            return Ok(());
        }
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) => return self.failed(None, &name, &unreadable(&error)),
        };
        let written = metadata.modified().ok().and_then(seconds);
        self.file(file, &name, written)
    }

    /// What is in a folder, in the order of the names.
    fn folder(&mut self, path: &Path, name: &str, metadata: &Metadata) -> Result<(), Gone> {
        if let Some(identity) = Identity::of(path, metadata)
            && !self.seen.insert(identity)
        {
            return self.send(Message::Repeated { name: name.to_owned() });
        }
        let entries = std::fs::read_dir(path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut inside: Vec<PathBuf> = match entries {
            Ok(entries) => entries.iter().map(std::fs::DirEntry::path).collect(),
            Err(error) => return self.failed(None, name, &unreadable(&error)),
        };
        inside.sort();
        inside.iter().try_for_each(|path| self.path(path, false))
    }

    /// A file on disk: only here a zip can be read where it lies.
    fn file(&mut self, mut file: File, name: &str, written: Option<i64>) -> Result<(), Gone> {
        let raw = Arc::new(AtomicU64::new(file.metadata().map_or(0, |m| m.len())));
        let budget = Budget::new(raw);
        let mut magic = [0; 4];
        let is_zip =
            read_up_to(&mut file, &mut magic).is_ok_and(|n| n == 4) && Packing::of(&magic) == Packing::Zip;
        if is_zip {
            if let Small::This(small) = &self.small {
                let small = small.clone();
                return self.send(Message::Packed(small));
            }
            return self.zip(file, name, written, &budget, 0);
        }
        if file.rewind().is_ok() {
            return self.stream(Box::new(file), name, written, &budget, 0);
        }
        // A pipe: what was read goes before the rest.
        let start = io::Cursor::new(magic.to_vec());
        self.stream(Box::new(start.chain(file)), name, written, &budget, 0)
    }

    /// A stream: unpacked if it is packed, else read.
    fn stream(
        &mut self,
        reader: Box<dyn Read + '_>,
        name: &str,
        written: Option<i64>,
        budget: &Budget,
        depth: usize,
    ) -> Result<(), Gone> {
        let mut reader = reader;
        let mut head = vec![0; 512];
        let read = match read_up_to(&mut reader, &mut head) {
            Ok(read) => read,
            Err(error) => return self.failed(None, name, &unreadable(&error)),
        };
        head.truncate(read);
        let packing = Packing::of(&head);
        let whole: Box<dyn Read + '_> = Box::new(io::Cursor::new(head).chain(reader));
        if packing != Packing::None && depth >= DEEPEST {
            let reason = Text::new(
                format!("圧縮が{DEEPEST}段より深く入れ子になっています"),
                format!("archives are nested more than {DEEPEST} deep"),
            );
            return self.failed(None, name, &reason);
        }
        if packing != Packing::None
            && let Small::This(small) = &self.small
        {
            let small = small.clone();
            return self.send(Message::Packed(small));
        }
        match packing {
            Packing::None => self.plain(whole, name, written),
            Packing::Gzip => {
                let inner = flate2::read::MultiGzDecoder::new(BufReader::new(whole));
                self.stream(Box::new(budget.limit(inner)), name, written, budget, depth + 1)
            }
            Packing::Xz => self.stream(Box::new(budget.limit(xz(whole))), name, written, budget, depth + 1),
            Packing::Zstandard => self.zstandard(whole, name, written, budget, depth),
            Packing::Zip => match spool(whole) {
                Ok(file) => self.zip(file, name, written, budget, depth),
                Err(error) => self.failed(None, name, &unreadable(&error)),
            },
            Packing::Tar => self.tar(whole, name, budget, depth),
        }
    }

    fn zstandard(
        &mut self,
        reader: Box<dyn Read + '_>,
        name: &str,
        written: Option<i64>,
        budget: &Budget,
        depth: usize,
    ) -> Result<(), Gone> {
        match Frames::new(BufReader::new(reader)) {
            Ok(inner) => self.stream(Box::new(budget.limit(inner)), name, written, budget, depth + 1),
            Err(error) => self.failed(None, name, &unreadable(&error)),
        }
    }

    /// The members of a zip, in its own order.
    fn zip(
        &mut self,
        file: File,
        name: &str,
        written: Option<i64>,
        budget: &Budget,
        depth: usize,
    ) -> Result<(), Gone> {
        let mut archive = match zip::ZipArchive::new(BufReader::new(file)) {
            Ok(archive) => archive,
            Err(error) => return self.failed(None, name, &damaged(&error)),
        };
        let mut is_empty = true;
        for index in 0..archive.len() {
            let member = match archive.by_index(index) {
                Ok(member) => member,
                Err(error) => {
                    is_empty = false;
                    self.failed(None, &format!("{name}!#{index}"), &damaged(&error))?;
                    continue;
                }
            };
            if member.is_dir() {
                continue;
            }
            is_empty = false;
            let inner = match member.name() {
                Ok(inner) => format!("{name}!{inner}"),
                Err(_) => format!("{name}!#{index}"),
            };
            self.stream(Box::new(budget.limit(member)), &inner, written, budget, depth + 1)?;
        }
        self.held(is_empty, name)
    }

    /// The regular files of a tar archive.
    fn tar(
        &mut self,
        reader: Box<dyn Read + '_>,
        name: &str,
        budget: &Budget,
        depth: usize,
    ) -> Result<(), Gone> {
        let mut archive = tar::Archive::new(reader);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.failed(None, name, &unreadable(&error)),
        };
        let mut is_empty = true;
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                // After a broken header nothing that follows can be found.
                Err(error) => return self.failed(None, name, &unreadable(&error)),
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let inner = format!("{name}!{}", String::from_utf8_lossy(&entry.path_bytes()));
            let written = entry.header().mtime().ok().and_then(|t| i64::try_from(t).ok());
            is_empty = false;
            self.stream(Box::new(budget.limit(entry)), &inner, written, budget, depth + 1)?;
        }
        self.held(is_empty, name)
    }

    /// An archive without files leaves a word too: its logs may have been meant to be in it.
    fn held(&mut self, is_empty: bool, name: &str) -> Result<(), Gone> {
        if is_empty {
            return self.failed(
                None,
                name,
                &Text::new("書庫にファイルがありません", "the archive holds no file"),
            );
        }
        Ok(())
    }

    /// A log itself.
    fn plain(&mut self, reader: Box<dyn Read + '_>, name: &str, written: Option<i64>) -> Result<(), Gone> {
        let blocks = match Blocks::new(reader) {
            Ok(blocks) => blocks,
            Err(error) => return self.failed(None, name, &unreadable(&error)),
        };
        let shape = blocks.shape().clone();
        let id = self.next_id;
        self.next_id += 1;
        let info = Arc::new(FileInfo {
            id,
            form: shape.form,
            encoding: shape.encoding,
            mark: shape.mark,
            separator: shape.separator,
            reference: self.reference_of(written),
        });
        self.send(Message::Opened { info: info.clone(), name: name.to_owned() })?;
        match shape.form {
            Form::Binary => return self.failed(Some(id), name, &no_log(name)),
            Form::Empty => {
                let reason = Text::new("空のファイルです", "the file is empty");
                return self.failed(Some(id), name, &reason);
            }
            _ => {}
        }
        for block in blocks {
            match block {
                Ok(block) => self.send(Message::Block(info.clone(), block))?,
                Err(error) => return self.failed(Some(id), name, &unreadable(&error)),
            }
        }
        Ok(())
    }

    /// Up to when a file's lines reach: until it was written last; but not less than to the closure's end, since a file
    /// whose time was set back (or made beforehand) would put the closure's lines into the year before.
    fn reference_of(&self, written: Option<i64>) -> i64 {
        written.map_or(self.reference, |written| written.max(self.closure_end))
    }

    fn failed(&mut self, id: Option<u32>, name: &str, reason: &Text) -> Result<(), Gone> {
        self.send(Message::Failed { id, name: name.to_owned(), reason: reason.clone() })
    }

    fn send(&mut self, message: Message) -> Result<(), Gone> {
        if (self.out)(message) { Ok(()) } else { Err(Gone) }
    }
}

/// What is the same for two names of one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    /// Device and number on it.
    #[cfg(unix)]
    Inode(u64, u64),
    /// The name without links.
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl Identity {
    #[cfg(unix)]
    #[allow(clippy::unnecessary_wraps, reason = "elsewhere it may not be known")]
    fn of(_: &Path, metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self::Inode(metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _: &Metadata) -> Option<Self> {
        std::fs::canonicalize(path).ok().map(Self::Path)
    }
}

fn seconds(time: std::time::SystemTime) -> Option<i64> {
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

fn unreadable(error: &io::Error) -> Text {
    Text::new(format!("読めません（{error}）"), format!("cannot be read ({error})"))
}

fn damaged(error: &zip::result::ZipError) -> Text {
    Text::new(format!("zip を読めません（{error}）"), format!("the zip cannot be read ({error})"))
}

fn no_log(name: &str) -> Text {
    if Path::new(name).extension().is_some_and(|e| e == "journal") {
        return Text::new(
            "systemd のジャーナルは、そのままでは読みません。journalctl --file=… -o export で書き出してください",
            "a systemd journal is not read as it lies: export it with journalctl --file=… -o export",
        );
    }
    Text::new(
        "ログの形式ではありません（文字でも、知っている形式でもありません）",
        "this is no log: neither text nor a format that is known",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::mpsc::sync_channel;

    const LINE: &str = "Dec 26 03:04:05 host app: a line\n";

    fn gz(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// `name: bytes` of each file, and `name! reason` of what failed.
    fn walk(path: &Path) -> Vec<String> {
        let (out, messages) = sync_channel(4);
        let paths = vec![path.to_owned()];
        let thread = std::thread::spawn(move || Walker::new(move |m| out.send(m).is_ok(), 0).walk(&paths));
        let mut all: Vec<String> = Vec::new();
        let short = |name: &str| name.rsplit_once("/T/").map_or(name.to_owned(), |n| n.1.to_owned());
        for message in messages {
            match message {
                Message::Opened { name, .. } => all.push(format!("{}: ", short(&name))),
                Message::Block(_, block) => all.last_mut().unwrap().push_str(&block.bytes.len().to_string()),
                Message::Failed { name, reason, .. } => all.push(format!("{}! {}", short(&name), reason.en)),
                Message::Repeated { name } => all.push(format!("{} again", short(&name))),
                Message::Small(files) => all.extend(files.iter().map(|f| format!("{} small", f.id))),
                Message::Packed(file) => all.push(format!("{} packed", file.id)),
            }
        }
        thread.join().unwrap();
        all
    }

    fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("T");
        std::fs::create_dir(&path).unwrap();
        for (name, bytes) in files {
            std::fs::write(path.join(name), bytes).unwrap();
        }
        (dir, path)
    }

    #[test]
    fn folders_and_archives_in_archives() {
        let inner = zipped(&[("x/a.log", LINE.as_bytes()), ("b.log.gz", &gz(LINE.as_bytes()))]);
        let (_dir, path) = folder(&[
            ("1.log", LINE.as_bytes()),
            ("2.log.gz", &gz(LINE.as_bytes())),
            ("3.zip", &inner),
            ("4.gz", &gz(&inner)),
        ]);
        assert_eq!(
            walk(&path),
            [
                "1.log: 33",
                "2.log.gz: 33",
                "3.zip!x/a.log: 33",
                "3.zip!b.log.gz: 33",
                "4.gz!x/a.log: 33",
                "4.gz!b.log.gz: 33"
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_the_rest_goes_on() {
        let mut cut = gz(&LINE.as_bytes().repeat(1000));
        cut.truncate(cut.len() / 2);
        let (_dir, path) =
            folder(&[("1.gz", &cut), ("2.bin", &[0; 4096]), ("3.log", b""), ("4.log", LINE.as_bytes())]);
        std::os::unix::fs::symlink("nowhere", path.join("5")).unwrap();
        let all = walk(&path);
        assert!(
            all[0].starts_with("1.gz! cannot be read") || all[1].starts_with("1.gz! cannot be read"),
            "{all:?}"
        );
        let rest: Vec<&String> = all.iter().filter(|l| !l.starts_with("1.gz")).collect();
        assert_eq!(rest.len(), 6, "{all:?}");
        assert!(rest.contains(&&"4.log: 33".to_owned()));
        assert!(rest.iter().any(|l| l.starts_with("5! cannot be read")));
    }

    #[test]
    fn an_archive_without_files_is_named() {
        let mut tar = tar::Builder::new(Vec::new());
        let mut entry = tar::Header::new_ustar();
        entry.set_entry_type(tar::EntryType::Directory);
        entry.set_size(0);
        tar.append_data(&mut entry, "logs/", io::empty()).unwrap();
        let (_dir, path) = folder(&[("1.zip", &zipped(&[])), ("2.tar", &tar.into_inner().unwrap())]);
        assert_eq!(walk(&path), ["1.zip! the archive holds no file", "2.tar! the archive holds no file"]);
    }

    #[test]
    fn a_loop_of_links_ends() {
        let (_dir, path) = folder(&[("a.log", LINE.as_bytes())]);
        std::os::unix::fs::symlink(&path, path.join("loop")).unwrap();
        std::os::unix::fs::symlink(path.join("a.log"), path.join("b.log")).unwrap();
        assert_eq!(walk(&path), ["a.log: 33", "b.log again", "loop again"]);
    }

    #[test]
    fn small_files_are_left_to_others_and_archives_among_them_come_back() {
        let (_dir, path) = folder(&[
            ("1.log", LINE.as_bytes()),
            ("2.gz", &gz(LINE.as_bytes())),
            ("3.log", &gz(LINE.as_bytes())),
            ("4.zip.log", &zipped(&[("a", LINE.as_bytes())])),
            ("5.log", &LINE.as_bytes().repeat(40_000)),
        ]);
        let mut left = Vec::new();
        let mut opened = Vec::new();
        let out = |message| {
            match message {
                Message::Small(files) => left.extend(files),
                Message::Opened { info, .. } => opened.push(info.id),
                _ => {}
            }
            true
        };
        Walker::new(out, 0).leaving_small().walk(&[path]);
        // What is named as an archive and what is long is read here.
        assert_eq!(opened, [1, 4]);
        assert_eq!(left.iter().map(|f| f.id).collect::<Vec<_>>(), [0, 2, 3]);
        let mut read = Vec::new();
        for file in left {
            Walker::new(
                |message| {
                    match message {
                        Message::Opened { info, .. } => read.push(format!("{} opened", info.id)),
                        Message::Packed(file) => read.push(format!("{} packed", file.id)),
                        _ => {}
                    }
                    true
                },
                0,
            )
            .read_small(file);
        }
        assert_eq!(read, ["0 opened", "2 packed", "3 packed"]);
    }

    #[test]
    fn nesting_has_an_end() {
        let mut bytes = LINE.as_bytes().to_vec();
        for _ in 0..8 {
            bytes = gz(&bytes);
        }
        let (_dir, path) = folder(&[("deep.gz", &bytes)]);
        assert_eq!(walk(&path), ["deep.gz! archives are nested more than 4 deep"]);
    }
}
