//! Logs whose records span lines: which ones they are, by the first lines of a file, and where a record starts.
//!
//! A record starts where a line looks like a start, and goes on to the next such line. Nothing is decided by what is inside
//! (quotes that never close, say), so one broken record cannot take its neighbours with it.

/// Kinds of logs whose records span lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Records {
    /// Samba: `[2026/12/26 03:04:05,  3] ../../source3/x.c:635(function)`, and below it the message, indented.
    Samba,
    /// FreeRADIUS `detail`: a time as ctime(3) writes it, and below it the attributes, indented.
    RadiusDetail,
    /// Windows events as Splunk's forwarder collects them: `12/26/2026 03:04:05 AM`, and below it `LogName=Security` and so on.
    WindowsPairs,
    /// Event Viewer's "Save as CSV" (or text with tabs): the message is a quoted cell of many lines.
    EventViewer,
}

impl Records {
    const ALL: [Self; 3] = [Self::Samba, Self::RadiusDetail, Self::WindowsPairs];

    /// The kind of a file, by its first text and the names of its columns.
    pub(super) fn of(head: &str, columns: Option<&[String]>) -> Option<Self> {
        if let Some(columns) = columns {
            let named = |names: [&str; 2]| columns.iter().any(|c| names.contains(&c.as_str()));
            let viewer = named(["Event ID", "イベント ID"]) && named(["Source", "ソース"]);
            return viewer.then_some(Self::EventViewer);
        }
        // A file may start in the middle of a record, where an older part was cut off.
        let mut lines = head.lines().take(12).peekable();
        while let Some(line) = lines.next() {
            let Some(kind) = Self::ALL.into_iter().find(|kind| kind.starts(line.as_bytes())) else {
                continue;
            };
            let next = lines.peek().copied().unwrap_or_default();
            let fits = match kind {
                Self::Samba | Self::RadiusDetail => next.starts_with([' ', '\t']),
                Self::WindowsPairs => next.starts_with("LogName="),
                Self::EventViewer => false,
            };
            if fits {
                return Some(kind);
            }
        }
        None
    }

    /// Whether a record starts with this line.
    fn starts(self, line: &[u8]) -> bool {
        match self {
            Self::Samba => line.first() == Some(&b'[') && is(line.get(1..), b"9999/99/99 99:99:99"),
            Self::RadiusDetail => {
                let days: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
                days.iter().any(|day| line.starts_with(day))
                    && (is(line.get(8..), b"99 99:99:99 9999") || is(line.get(8..), b" 9 99:99:99 9999"))
            }
            Self::WindowsPairs => is(line, b"99/99/9999 99:99:99"),
            Self::EventViewer => {
                let Some(at) = memchr::memchr2(b',', b'\t', line.get(..64).unwrap_or(line)) else {
                    return false;
                };
                let level = line.get(..at).unwrap_or_default();
                !level.is_empty()
                    && !level.iter().any(|b| b.is_ascii_digit() || *b == b'"')
                    && is_date(line.get(at + 1..).unwrap_or_default())
            }
        }
    }

    /// Whether something else than the record so far starts with this line.
    fn breaks(self, line: &[u8]) -> bool {
        let indented = line.first().is_none_or(u8::is_ascii_whitespace);
        match self {
            Self::Samba | Self::RadiusDetail => !indented,
            Self::WindowsPairs | Self::EventViewer => self.starts(line),
        }
    }

    /// Where the last record of some bytes starts; 0 where there is but one.
    pub(super) fn last_start(self, bytes: &[u8]) -> usize {
        memchr::memrchr_iter(b'\n', bytes)
            .map(|at| at + 1)
            .find(|at| *at < bytes.len() && bytes.get(*at..).is_some_and(|rest| self.breaks(rest)))
            .unwrap_or(0)
    }

    /// The records of some bytes: where each starts, and its bytes with its last line's end.
    pub fn split(self, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
            let end = memchr::memchr_iter(b'\n', rest)
                .map(|newline| newline + 1)
                .find(|next| rest.get(*next..).is_some_and(|line| !line.is_empty() && self.breaks(line)))
                .unwrap_or(rest.len());
            let start = at;
            at += end;
            Some((start, rest.get(..end)?))
        })
    }
}

/// Whether a text starts as a pattern says, in which `9` is any digit.
fn is<'t>(text: impl Into<Option<&'t [u8]>>, pattern: &[u8]) -> bool {
    let Some(head) = text.into().and_then(|t| t.get(..pattern.len())) else { return false };
    head.iter().zip(pattern).all(|(b, p)| if *p == b'9' { b.is_ascii_digit() } else { b == p })
}

/// `2026/12/26 3:04:05`, `12/26/2026 3:04:05 AM`, `26.12.2026 03:04:05`.
fn is_date(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |b| *b == b' ');
    let (day, clock) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let numbers = day.split(|b| matches!(b, b'/' | b'-' | b'.'));
    day.len() <= 10
        && numbers.clone().count() == 3
        && numbers.into_iter().all(|n| !n.is_empty() && n.iter().all(u8::is_ascii_digit))
        && (is(clock, b"9:99:99") || is(clock, b"99:99:99"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pieces(kind: Records, text: &str) -> Vec<&str> {
        kind.split(text.as_bytes()).map(|(at, one)| text.get(at..at + one.len()).unwrap()).collect()
    }

    #[test]
    fn kinds_are_known_by_their_first_lines() {
        let samba = "  the end of a message\n[2026/12/26 03:04:05.123456,  3] ../../x.c:1(f)\n  a message\n";
        assert_eq!(Records::of(samba, None), Some(Records::Samba));
        assert_eq!(
            Records::of("Sat Dec 26 03:04:05 2026\n\tUser-Name = \"taro\"\n", None),
            Some(Records::RadiusDetail)
        );
        assert_eq!(
            Records::of("12/26/2026 03:04:05 AM\nLogName=Security\n", None),
            Some(Records::WindowsPairs)
        );
        // Lines of other programs that start alike.
        assert_eq!(
            Records::of(
                "Sat Dec 26 03:04:05 2026 : Auth: (0) Login OK: [taro]\nSat Dec 26 03:04:06 2026 : x\n",
                None
            ),
            None
        );
        assert_eq!(Records::of("[2026/12/26 03:04:05] one\n[2026/12/26 03:04:06] two\n", None), None);
        let columns = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        let viewer = columns(&["レベル", "日付と時刻", "ソース", "イベント ID", "タスクのカテゴリ"]);
        assert_eq!(Records::of("", Some(&viewer)), Some(Records::EventViewer));
        assert_eq!(Records::of("", Some(&columns(&["Date", "Source", "User"]))), None);
    }

    #[test]
    fn records_end_where_the_next_one_starts() {
        let samba = "[2026/12/26 03:04:05,  3] a.c:1(f)\n  one\n  more\n[2026/12/26 03:04:06,  3] b.c:1(g)\n  two\nfree\n";
        let all = pieces(Records::Samba, samba);
        assert_eq!(all.len(), 3);
        assert_eq!((all[1], all[2]), ("[2026/12/26 03:04:06,  3] b.c:1(g)\n  two\n", "free\n"));
        assert_eq!(Records::Samba.last_start(samba.as_bytes()), samba.len() - "free\n".len());
        let viewer = "Level,Date and Time,Source,Event ID,Task Category\nInformation,12/26/2026 3:04:05 AM,S,1,None,\"a\n\nb: \"\"c\"\"\"\n\
                      Error,12/26/2026 3:04:06 AM,S,2,None,\"an end that never comes\n成功の監査,2026/12/26 3:04:07,S,3,x,y\n";
        let all = pieces(Records::EventViewer, viewer);
        assert_eq!(all.len(), 4);
        assert!(all[2].ends_with("comes\n"));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_wherever_it_is_cut(text in "(\\[2026/12/26 03:04:05,|Sat Dec 26 03:04:05 2026|12/26/2026 03:04:05|a,12/26/2026 3:04:05|[ \t\n]|x){0,30}") {
            for kind in [Records::Samba, Records::RadiusDetail, Records::WindowsPairs, Records::EventViewer] {
                let whole = pieces(kind, &text);
                prop_assert_eq!(whole.concat(), text.as_str());
                let at = kind.last_start(text.as_bytes());
                prop_assert!(at == 0 || whole.last().is_some_and(|last| text.get(at..) == Some(*last)));
            }
        }
    }
}
