//! Blocks of records that span lines.

use super::{FileInfo, Item, TOO_LONG, Unparsed, excerpt, give};
use crate::event::{Event, Position};
use crate::frame::{Block, LONGEST_RECORD, Records, decode_line};
use crate::sources::{Context, Dispatcher};

/// Hands out the records of a block.
pub(super) fn read<'a>(
    kind: Records,
    file: &FileInfo,
    block: &'a Block,
    context: &Context<'a, '_>,
    dispatcher: &mut Dispatcher,
    sink: &mut dyn FnMut(Item<'_, 'a>),
) {
    let (bytes, start) = super::content(file, block);
    let names: Option<Vec<&'a str>> = block
        .columns
        .as_ref()
        .map(|names| names.iter().map(|name| &*context.arena.alloc_str(name)).collect());
    let columns = names.map(|names| &*context.arena.alloc_slice_copy(&names));
    // The names of columns are no record.
    let header = usize::from(block.offset == 0 && columns.is_some());
    let mut event = Event::new(super::fallback());
    for (at, raw) in kind.split(bytes).skip(header) {
        let (text, encoding) = decode_line(raw, file.encoding, context.arena);
        let position = Position { offset: start + at as u64, record: None };
        let text = text.trim_end();
        if text.is_empty() {
            continue;
        }
        event.position = position;
        if raw.len() > LONGEST_RECORD {
            sink(Item::Unparsed(Unparsed { position, text: excerpt(text), reason: TOO_LONG }));
        } else {
            give(text, encoding, columns, context, dispatcher, &mut event, sink);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn files_of_records_are_read_record_by_record() {
        let viewer = "\u{feff}Level,Date and Time,Source,Event ID,Task Category\r\nError,12/26/2026 3:04:05 AM,Disk,7,None,\"bad\r\n\r\nblock\"\r\nError,12/26/2026 3:04:06 AM,Disk,7,None,bad\r\n";
        let out = read(viewer.as_bytes());
        assert_eq!(out.len(), 2, "{out:?}");
        assert!(
            out[0].starts_with("54 UTF-8 Error,12/26/2026 3:04:05 AM,Disk,7,None,\"bad\r\n\r\nblock\""),
            "{out:?}"
        );
        let samba = "[2026/12/26 03:04:05,  3] ../../x.c:1(f)\n  one\n[2026/12/26 03:04:06,  3] ../../x.c:1(f)\n  two\n  more\nstray\n";
        let out = read(samba.as_bytes());
        assert_eq!(out.len(), 3);
        assert_eq!(out[1], "47 UTF-8 [2026/12/26 03:04:06,  3] ../../x.c:1(f)\n  two\n  more");
        assert_eq!(out[2], "101 ! no known format: stray");
        let detail = "Sat Dec 26 03:04:05 2026\n\tUser-Name = \"taro\"\n\nSat Dec 26 03:04:06 2026\n\tUser-Name = \"taro\"\n\n";
        assert_eq!(read(detail.as_bytes()).len(), 2);
        let splunk = "12/26/2026 03:04:05 AM\nLogName=System\nEventCode=7\nMessage=a\n\nb\n12/26/2026 03:04:06 AM\nLogName=System\nEventCode=7\n";
        assert_eq!(read(splunk.as_bytes()).len(), 2);
    }

    #[test]
    fn records_are_not_cut_between_blocks() {
        let one = "[2026/12/26 03:04:05,  3] ../../x.c:1(f)\n  pc1 (ipv4:192.0.2.1:50000) closed connection to service share\n";
        let out = read(one.repeat(30_000).as_bytes());
        assert_eq!(out.len(), 30_000);
        assert!(out.iter().all(|line| line.ends_with("service share")));
    }
}
