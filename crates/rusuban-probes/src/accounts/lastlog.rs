//! The last login of each user id: `/var/log/lastlog` (`struct lastlog` of glibc's `bits/utmp.h`). The file is indexed by
//! user id and full of holes, so that only the places of known accounts are read.

use std::fs::File;
use std::os::unix::fs::FileExt;

use jiff::Timestamp;
use rusuban_core::world::accounts::LoginSource;

use super::layout::{Layout, text};
use super::logins::{Gathered, blind};
use super::passwd::Line;
use crate::host::{Host, unreadable};

const PATH: &str = "/var/log/lastlog";
const NAME: &str = "lastlog";

/// Sizes of the line and host fields in bytes.
const LINE: usize = 32;
const HOST: usize = 256;

/// The last logins of known accounts; none where there is no such file.
pub fn source(host: &Host, accounts: &[Line], layout: Layout) -> Option<LoginSource> {
    let file = match File::open(host.path(PATH)) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(blind(NAME, false, unreadable(PATH, &error))),
    };
    let mut gathered = Gathered::default();
    // It is never rotated: it holds everything since it was made.
    if let Some(made) = file.metadata().ok().and_then(|meta| meta.created().ok())
        && let Ok(made) = Timestamp::try_from(made)
    {
        gathered.existed(made);
    }
    let size = layout.seconds() + LINE + HOST;
    let mut record = vec![0; size];
    for account in accounts {
        match file.read_exact_at(&mut record, u64::from(account.uid) * size as u64) {
            Ok(()) => {
                if let Some((at, from)) = parse(&record, layout) {
                    gathered.login(&account.name, at, &from);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {}
            Err(error) => return Some(blind(NAME, false, unreadable(PATH, &error))),
        }
    }
    Some(gathered.source(NAME, false))
}

/// Time and origin of one record; none where the place is empty.
fn parse(record: &[u8], layout: Layout) -> Option<(Timestamp, String)> {
    let seconds = layout.read_seconds(record, 0)?;
    let at = Timestamp::from_second(seconds).ok().filter(|_| seconds > 0)?;
    let host = record.get(layout.seconds() + LINE..)?;
    Some((at, text(host)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_layouts_are_read() {
        for (layout, time) in [
            (Layout::Compat32, 1_767_225_600_i32.to_le_bytes().to_vec()),
            (Layout::Native64, 1_767_225_600_i64.to_le_bytes().to_vec()),
        ] {
            let mut record = time;
            record.extend([b"pts/0".as_slice(), &[0; 27]].concat());
            record.extend([b"192.0.2.7".as_slice(), &[0; 247]].concat());
            let (at, from) = parse(&record, layout).unwrap();
            assert_eq!((at.to_string().as_str(), from.as_str()), ("2026-01-01T00:00:00Z", "192.0.2.7"));
        }
    }

    #[test]
    fn empty_places_hold_no_login() {
        assert_eq!(parse(&[0; 292], Layout::Compat32), None);
        assert_eq!(parse(&[1; 3], Layout::Compat32), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            parse(&bytes, Layout::Compat32);
            parse(&bytes, Layout::Native64);
        }
    }
}
