//! JSON documents over several lines: objects one after another, arrays of them, and wrappers such as `{"value":[…]}`.
//!
//! Only braces, brackets, quotes and what stands right before a brace are looked at. Between documents commas, brackets and
//! blanks are passed over, so a block that starts after any document is read like the file's start. An object that breaks off
//! (a crash, a full disk) ends where the next one can be seen to start, and only it is lost.

use std::ops::Range;

/// Lists of events that exporters put into one object.
const WRAPPERS: [&str; 8] = ["value", "records", "Records", "items", "events", "Events", "data", "results"];

/// One document of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// An object from its `{` to its `}`.
    Whole(Range<usize>),
    /// Text that is no object, or an object that has no end.
    Broken(Range<usize>),
}

/// The documents of a text that starts at a document, or after one.
pub fn documents(bytes: &[u8]) -> Documents<'_> {
    Documents { bytes, at: 0, resumes: MOST_RESUMES }
}

/// How often a text is gone over again from the next line after an object without an end. Each time costs a pass over the
/// rest of the text.
const MOST_RESUMES: u8 = 8;

/// How deep objects and lists may nest; what is deeper is broken (the parser refuses it too).
const DEEPEST: u32 = 128;

/// See [`documents`].
#[derive(Debug, Clone)]
pub struct Documents<'b> {
    bytes: &'b [u8],
    at: usize,
    /// How many more objects without an end are passed over.
    resumes: u8,
}

impl Iterator for Documents<'_> {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let skip = rest.iter().position(|b| !is_between(*b))?;
            self.at += skip;
            let rest = self.bytes.get(self.at..)?;
            if let Some(end) = page_member(rest) {
                self.at += end;
                continue;
            }
            if rest.first() != Some(&b'{') {
                // Not an object: broken up to the next line that starts one.
                let end = memchr::memmem::find(rest, b"\n{").map_or(rest.len(), |i| i + 1);
                let range = self.at..self.at + end;
                self.at = range.end;
                return Some(Document::Broken(range));
            }
            if let Some(inside) = wrapper(rest) {
                self.at += inside;
                continue;
            }
            let range = match object_end(rest) {
                End::Whole(end) => Document::Whole(self.at..self.at + end),
                End::Broken(end) => Document::Broken(self.at..self.at + end),
                End::Open => {
                    // Nothing in it shows where it broke off: a line that starts an object is the next chance.
                    let next = if self.resumes > 0 { memchr::memmem::find(rest, b"\n{") } else { None };
                    self.resumes = self.resumes.saturating_sub(1);
                    Document::Broken(self.at..next.map_or(self.bytes.len(), |i| self.at + i + 1))
                }
            };
            let (Document::Whole(r) | Document::Broken(r)) = &range;
            self.at = r.end;
            return Some(range);
        }
    }
}

/// Where the last whole document ends; 0 where there is none.
pub(crate) fn json_end(bytes: &[u8]) -> usize {
    // An object without an end goes on in the next block.
    let whole = Documents { bytes, at: 0, resumes: 0 }.filter_map(|d| match d {
        Document::Whole(range) => Some(range.end),
        Document::Broken(_) => None,
    });
    whole.last().unwrap_or(0)
}

/// Where a member of a wrapper ends that stands behind its list (`"@odata.nextLink": "…"`); None for anything else.
fn page_member(bytes: &[u8]) -> Option<usize> {
    if bytes.first() != Some(&b'"') {
        return None;
    }
    let (name, value) = member(bytes, 0)?;
    let mut own = Own::default();
    own.note(name);
    if own.strange || bytes.get(value).is_none_or(|b| matches!(b, b'[' | b'{')) {
        return None;
    }
    value_end(bytes, value)
}

/// True for an object that holds a list of events.
pub(super) fn is_wrapper(bytes: &[u8]) -> bool {
    wrapper(bytes).is_some()
}

/// What may stand between documents: blanks, commas, and the brackets of lists and wrappers.
fn is_between(b: u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b',' | b'[' | b']' | b'}' | 0x1e)
}

/// Length up to the first event inside a wrapper object, or None where the object is an event itself. A wrapper names its
/// list within its first members, all of which are plain.
fn wrapper(bytes: &[u8]) -> Option<usize> {
    let mut own = Own::default();
    let mut at = 1;
    for _ in 0..8 {
        let (name, value) = member(bytes, at)?;
        match bytes.get(value)? {
            b'[' if WRAPPERS.iter().any(|w| w.as_bytes() == name) => {
                let inside =
                    value + 1 + bytes.get(value + 1..)?.iter().position(|b| !b.is_ascii_whitespace())?;
                let first = bytes.get(inside..).filter(|rest| rest.first() == Some(&b'{'))?;
                // What stands behind the list, where that can be seen: a list without an end here is longer than any event.
                if let Some(End::Whole(length)) = bytes.get(value..).map(object_end) {
                    own.note_rest(bytes, value + length);
                }
                return own.wraps(first).then_some(inside);
            }
            b'{' | b'[' | b'}' => return None,
            _ => at = value_end(bytes, value)?,
        }
        own.note(name);
    }
    None
}

/// What an object that holds a list says of itself.
#[derive(Debug, Default)]
struct Own {
    /// Something that is not about pages of an answer.
    strange: bool,
    /// When it happened.
    timed: bool,
}

impl Own {
    /// Parts of the names of what stands around a list of events: where its next page is, how many there are.
    const PAGES: [&str; 23] = [
        "odata", "next", "prev", "page", "paging", "cursor", "token", "count", "total", "offset", "limit",
        "more", "kind", "etag", "stat", "success", "error", "size", "took", "version", "schema", "meta",
        "link",
    ];

    fn note(&mut self, name: &[u8]) {
        let name = name.to_ascii_lowercase();
        if !Self::PAGES.iter().any(|part| memchr::memmem::find(&name, part.as_bytes()).is_some()) {
            self.strange = true;
            self.timed |= is_time(&name);
        }
    }

    /// Members from a place on, to the end of the object.
    fn note_rest(&mut self, bytes: &[u8], from: usize) {
        let mut at = from;
        while let Some((name, value)) = member(bytes, at) {
            self.note(name);
            match value_end(bytes, value) {
                Some(end) => at = end,
                None => return,
            }
        }
    }

    /// Whether the object is but the wrapping of a list that starts with `first`. An object that says when it happened is an
    /// event; one that does not is none where those in its list do.
    fn wraps(&self, first: &[u8]) -> bool {
        if !self.strange {
            return true;
        }
        let mut at = 1;
        let mut names = std::iter::from_fn(|| {
            let (name, value) = member(first, at)?;
            at = value_end(first, value).unwrap_or(first.len());
            Some(name.to_ascii_lowercase())
        });
        !self.timed && names.any(|name| is_time(&name))
    }
}

/// Whether a name (in lower case) is that of a time.
fn is_time(name: &[u8]) -> bool {
    ["time", "date", "created", "published", "stamp"]
        .iter()
        .any(|part| memchr::memmem::find(name, part.as_bytes()).is_some())
        || matches!(name, b"ts" | b"t" | b"when")
}

/// The name of the member from `at` on, and where its value starts; None at the end of the object.
fn member(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let at = at + bytes.get(at..)?.iter().position(|b| !b.is_ascii_whitespace() && *b != b',')?;
    let (name, after) = string(bytes, at)?;
    let value = after + bytes.get(after..)?.iter().position(|b| !b.is_ascii_whitespace() && *b != b':')?;
    Some((name, value))
}

/// Where the value that starts at `at` ends; None where it has no end in these bytes.
fn value_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    match rest.first()? {
        b'"' => Some(string(bytes, at)?.1),
        b'{' | b'[' => match object_end(rest) {
            End::Whole(length) => Some(at + length),
            End::Broken(_) | End::Open => None,
        },
        _ => Some(at + rest.iter().position(|b| matches!(b, b',' | b'}'))?),
    }
}

/// A string that starts at `at`: what stands between its quotes, and where it ends.
fn string(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    if bytes.get(at) != Some(&b'"') {
        return None;
    }
    let end = string_end(bytes, at + 1)?;
    Some((bytes.get(at + 1..end - 1)?, end))
}

/// Where a string ends (after its quote) whose inside starts at `from`.
fn string_end(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            _ => at += 2,
        }
    }
}

/// How an object ends.
enum End {
    /// Its length.
    Whole(usize),
    /// What is in it cannot be JSON; the next object may start at this length.
    Broken(usize),
    /// It has no end in these bytes.
    Open,
}

/// The end of the object that the bytes start with.
fn object_end(bytes: &[u8]) -> End {
    // One bit a level, the innermost lowest: 1 is a list.
    let mut levels = 0_u128;
    let mut depth = 0_u32;
    let mut at = 0;
    let marks = |b: &u8| matches!(b, b'{' | b'}' | b'"' | b'[' | b']');
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(marks)).map(|i| at + i) {
        match bytes.get(found) {
            Some(b'"') => match line_string_end(bytes, found + 1) {
                Ok(end) => at = end,
                Err(Some(newline)) => return End::Broken(next_start(bytes, newline)),
                Err(None) => return End::Open,
            },
            Some(open @ (b'{' | b'[')) => {
                let in_list = levels & 1 == 1;
                if *open == b'{' && depth > 0 && !in_list && before(bytes, found) != Some(b':') {
                    // An object where a name must stand: the one before broke off.
                    return End::Broken(found);
                }
                if depth == DEEPEST {
                    return End::Broken(next_start(bytes, found));
                }
                levels = levels << 1 | u128::from(*open == b'[');
                depth += 1;
                at = found + 1;
            }
            _ => {
                levels >>= 1;
                depth = depth.saturating_sub(1);
                at = found + 1;
                if depth == 0 {
                    return End::Whole(at);
                }
            }
        }
    }
    End::Open
}

/// Where a string ends (after its quote); an error with the place of a line break inside it, which JSON does not allow, or
/// without one where the bytes end first.
fn line_string_end(bytes: &[u8], from: usize) -> Result<usize, Option<usize>> {
    let mut at = from;
    while let Some(found) =
        bytes.get(at..).and_then(|rest| memchr::memchr3(b'"', b'\\', b'\n', rest)).map(|i| at + i)
    {
        match bytes.get(found) {
            Some(b'"') => return Ok(found + 1),
            Some(b'\n') => return Err(Some(found)),
            _ => at = found + 2,
        }
    }
    Err(None)
}

/// Where the next line starts an object, from a place on; the end where none does.
fn next_start(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memchr::memmem::find(rest, b"\n{").map_or(bytes.len(), |i| from + i + 1)
}

/// The byte before a place, blanks aside.
fn before(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(..at)?.iter().rev().find(|b| !b.is_ascii_whitespace()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(text: &str) -> Vec<&str> {
        documents(text.as_bytes())
            .map(|d| match d {
                Document::Whole(r) => text.get(r).unwrap(),
                Document::Broken(r) => panic!("broken: {:?}", text.get(r)),
            })
            .collect()
    }

    #[test]
    fn documents_of_every_layout() {
        assert_eq!(texts("{\"a\":1}\n{\"a\":{\"b\":\"}\"}}\n"), ["{\"a\":1}", "{\"a\":{\"b\":\"}\"}}"]);
        assert_eq!(texts("[ {\"a\":1}, {\"a\":\"\\\"{\"} ]"), ["{\"a\":1}", "{\"a\":\"\\\"{\"}"]);
        assert_eq!(
            texts("{\"@odata.context\":\"x\", \"value\": [{\"a\":1},{\"a\":2}]}"),
            ["{\"a\":1}", "{\"a\":2}"]
        );
        assert_eq!(texts(", {\"a\":2}]}"), ["{\"a\":2}"]);
        assert_eq!(texts("{\"value\":[1,2]}"), ["{\"value\":[1,2]}"]);
    }

    #[test]
    fn an_event_that_holds_a_list_is_no_wrapper() {
        for event in [
            r#"{"time":"2026-12-30T02:03:04Z","user":"taro","data":[{"name":"file","value":"a"}]}"#,
            r#"{"events":[{"type":"login","name":"login_success"}],"id":{"time":"2026-12-30T02:03:04Z"},"actor":{}}"#,
            r#"{"etag":"x","events":[{"name":"login_success"}],"id":{"time":"2026-12-30T02:03:04Z"}}"#,
            r#"{"user":"taro","value":[{"a":1}],"timestamp":1798563790}"#,
            r#"{"type":"alert","timestamp":1798563790,"events":[{"timestamp":1798563789}]}"#,
        ] {
            assert_eq!(texts(event), [event]);
        }
    }

    #[test]
    fn a_wrapper_may_say_where_its_next_page_is() {
        let inside = r#"{"user":"taro","time":"2026-12-30T02:03:04Z"}"#;
        for (before, behind) in [
            (r#"{"@odata.context":"x","value":["#, r#"],"@odata.nextLink":"https://…"}"#),
            (r#"{"message":null,"pageStartAt":"2026-12-30","events":["#, "]}"),
            (r#"{"Events":["#, r#"],"NextToken":"abc"}"#),
            (r#"{"tenant":"example.jp","records":["#, "]}"),
        ] {
            assert_eq!(texts(&format!("{before}{inside},{inside}{behind}")), [inside, inside], "{before}");
        }
    }

    #[test]
    fn what_has_no_end_is_broken_and_the_rest_goes_on() {
        let all: Vec<_> = documents(b"garbage\n{\"a\":1}\n{\"b\":").collect();
        assert_eq!(all, [Document::Broken(0..8), Document::Whole(8..15), Document::Broken(16..21)]);
        assert_eq!(json_end(b"{\"a\":1}\n{\"b\":"), 7);
    }

    #[test]
    fn an_object_that_breaks_off_does_not_take_the_next_with_it() {
        let seen = |text: &'static str| {
            documents(text.as_bytes())
                .map(|d| match d {
                    Document::Whole(r) => text.get(r).unwrap().to_owned(),
                    Document::Broken(r) => format!("broken {}", text.get(r).unwrap().trim_end()),
                })
                .collect::<Vec<_>>()
        };
        // In a string, in the middle of a member, in a list, in a pretty-printed text.
        assert_eq!(seen("{\"a\":\"cut\n{\"b\":1}\n"), ["broken {\"a\":\"cut", "{\"b\":1}"]);
        assert_eq!(seen("{\"a\":1,\n{\"b\":1}"), ["broken {\"a\":1,", "{\"b\":1}"]);
        assert_eq!(seen("{\"a\":[1,\n{\"b\":1}\n"), ["broken {\"a\":[1,", "{\"b\":1}"]);
        assert_eq!(
            seen("{\n  \"a\": {\n    \"b\n{\n  \"c\": 1\n}"),
            ["broken {\n  \"a\": {\n    \"b", "{\n  \"c\": 1\n}"]
        );
        let deep = "{\"a\":".repeat(200);
        assert!(matches!(documents(deep.as_bytes()).next(), Some(Document::Broken(_))));
    }

    proptest! {
        #[test]
        fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(documents(&bytes).count() <= bytes.len());
        }
    }
}
