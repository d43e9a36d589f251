//! The history of logins: `/var/log/wtmp` and its rotated predecessors (`struct utmp` of utmp(5)).

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

use jiff::Timestamp;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::accounts::LoginSource;

use super::layout::{Layout, array, text};
use super::logins::{Gathered, blind};
use super::sudo::file_names;
use crate::host::{Host, unreadable};

const FOLDER: &str = "/var/log";
const NAME: &str = "wtmp";

/// The most that is read of one file, from its end, in bytes.
const MAX_READ: u64 = 256 * 1024 * 1024;

/// The most predecessors that are read.
const MAX_FILES: usize = 30;

/// The type of a record that stands for a login.
const USER_PROCESS: i16 = 7;

/// Places of the fields in bytes; the same in both layouts up to the time.
const USER: std::ops::Range<usize> = 44..76;
const HOST: std::ops::Range<usize> = 76..332;

impl Layout {
    /// Size of one record and place of its time, in bytes.
    fn utmp(self) -> (usize, usize) {
        match self {
            Self::Compat32 => (384, 340),
            Self::Native64 => (400, 344),
        }
    }
}

/// All logins in the history; none where there is no such file.
pub fn source(host: &Host, layout: Layout) -> Option<LoginSource> {
    let names = match file_names(host, FOLDER) {
        Ok(names) => names,
        Err(why) => return Some(blind(NAME, false, why)),
    };
    // logrotate gives `wtmp.1`, or `wtmp-20261101` where it writes the date.
    let current = |name: &&String| *name == "wtmp" || *name == "wtmp.1" || is_dated(name);
    let mut names: Vec<&String> = names.iter().filter(current).collect();
    names.sort_by_key(|name| (name.as_str() != "wtmp", std::cmp::Reverse(name.as_str())));
    if names.is_empty() {
        return None;
    }
    let mut gathered = Gathered::default();
    for name in names.into_iter().take(MAX_FILES) {
        let path = format!("{FOLDER}/{name}");
        if let Err(why) = read(host, &path, layout, &mut gathered) {
            return Some(blind(NAME, false, why));
        }
    }
    Some(gathered.source(NAME, false))
}

fn is_dated(name: &str) -> bool {
    name.strip_prefix("wtmp-").is_some_and(|rest| rest.len() == 8 && rest.bytes().all(|b| b.is_ascii_digit()))
}

fn read(host: &Host, path: &str, layout: Layout, gathered: &mut Gathered) -> Result<(), Unknown> {
    let fault = |error: std::io::Error| unreadable(path, &error);
    let mut file = File::open(host.path(path)).map_err(fault)?;
    let (size, _) = layout.utmp();
    let length = file.metadata().map_err(fault)?.len();
    let skipped = length.saturating_sub(MAX_READ).next_multiple_of(size as u64);
    file.seek(SeekFrom::Start(skipped)).map_err(fault)?;
    let mut reader = BufReader::with_capacity(1 << 16, file.take(MAX_READ));
    let mut record = vec![0; size];
    loop {
        match reader.read_exact(&mut record) {
            Ok(()) => {
                keep(&record, layout, gathered);
            }
            // A record that is just being written may be cut.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(fault(error)),
        }
    }
}

/// Keeps what one record shows.
fn keep(record: &[u8], layout: Layout, gathered: &mut Gathered) -> Option<()> {
    let (_, time) = layout.utmp();
    let kind = i16::from_ne_bytes(array(record, 0)?);
    let seconds = layout.read_seconds(record, time)?;
    let at = Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)?;
    let user = text(record.get(USER)?);
    if kind == USER_PROCESS && !user.is_empty() {
        gathered.login(&user, at, &text(record.get(HOST)?));
    } else {
        gathered.existed(at);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A record of this machine's byte order.
    pub(super) fn record(layout: Layout, kind: i16, user: &str, host: &str, at: i32) -> Vec<u8> {
        let (size, time) = layout.utmp();
        let mut bytes = vec![0; size];
        let mut put = |at: usize, raw: &[u8]| bytes[at..at + raw.len()].copy_from_slice(raw);
        put(0, &kind.to_ne_bytes());
        put(USER.start, user.as_bytes());
        put(HOST.start, host.as_bytes());
        match layout {
            Layout::Compat32 => put(time, &at.to_ne_bytes()),
            Layout::Native64 => put(time, &i64::from(at).to_ne_bytes()),
        }
        bytes
    }

    #[test]
    fn logins_of_all_files_are_read_in_both_layouts() {
        for layout in [Layout::Compat32, Layout::Native64] {
            let dir = tempfile::tempdir().unwrap();
            let log = dir.path().join("var/log");
            std::fs::create_dir_all(&log).unwrap();
            let mut now = record(layout, 7, "tanaka", "192.0.2.7", 1_600_002_000);
            now.extend(record(layout, 8, "", "", 1_600_002_100));
            now.extend([0; 100]);
            std::fs::write(log.join("wtmp"), now).unwrap();
            let mut before = record(layout, 2, "reboot", "6.1.0", 1_600_000_500);
            before.extend(record(layout, 7, "tanaka", "", 1_600_001_000));
            before.extend(record(layout, 7, "田中", "::1", 1_600_000_900));
            std::fs::write(log.join("wtmp.1"), before).unwrap();
            std::fs::write(log.join("wtmpx"), record(layout, 7, "evil", "", 1)).unwrap();
            let source = source(&Host::at(dir.path()), layout).unwrap();
            let records = source.records.known().unwrap();
            assert_eq!(records.since.as_second(), 1_600_000_500);
            assert_eq!(records.newest.as_second(), 1_600_002_000);
            assert_eq!(records.last.keys().collect::<Vec<_>>(), ["tanaka", "田中"]);
            assert_eq!(records.last["tanaka"].from, "192.0.2.7");
        }
    }

    #[test]
    fn a_history_without_logins_proves_nothing_and_a_missing_one_is_no_source() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("var/log")).unwrap();
        let host = Host::at(dir.path());
        assert_eq!(source(&host, Layout::HERE), None);
        std::fs::write(dir.path().join("var/log/wtmp"), record(Layout::HERE, 2, "reboot", "", 1_600_000_000))
            .unwrap();
        assert!(source(&host, Layout::HERE).unwrap().records.known().is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..900)) {
            let mut gathered = Gathered::default();
            for record in bytes.chunks(384) {
                keep(record, Layout::Compat32, &mut gathered);
                keep(record, Layout::Native64, &mut gathered);
            }
        }
    }
}
