//! JSON documents over several lines: objects one after another, arrays of them, and wrappers such as `{"value":[…]}`.
//!
//! Only braces, brackets and quotes are looked at. Between documents commas, brackets and blanks are passed over, so a block
//! that starts after any document is read like the file's start.

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
    Documents { bytes, at: 0 }
}

/// See [`documents`].
#[derive(Debug, Clone)]
pub struct Documents<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Iterator for Documents<'_> {
    type Item = Document;

    fn next(&mut self) -> Option<Document> {
        loop {
            let rest = self.bytes.get(self.at..)?;
            let skip = rest.iter().position(|b| !is_between(*b))?;
            self.at += skip;
            let rest = self.bytes.get(self.at..)?;
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
                Some(end) => Document::Whole(self.at..self.at + end),
                None => Document::Broken(self.at..self.bytes.len()),
            };
            let (Document::Whole(r) | Document::Broken(r)) = &range;
            self.at = r.end;
            return Some(range);
        }
    }
}

/// Where the last whole document ends; 0 where there is none.
pub(crate) fn json_end(bytes: &[u8]) -> usize {
    let whole = documents(bytes).filter_map(|d| match d {
        Document::Whole(range) => Some(range.end),
        Document::Broken(_) => None,
    });
    whole.last().unwrap_or(0)
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
    let mut at = 1;
    for _ in 0..8 {
        at += bytes.get(at..)?.iter().position(|b| !b.is_ascii_whitespace() && *b != b',')?;
        let (name, after) = string(bytes, at)?;
        at = after + bytes.get(after..)?.iter().position(|b| !b.is_ascii_whitespace() && *b != b':')?;
        match bytes.get(at)? {
            b'[' if WRAPPERS.iter().any(|w| w.as_bytes() == name) => {
                let inside = at + 1 + bytes.get(at + 1..)?.iter().position(|b| !b.is_ascii_whitespace())?;
                return (bytes.get(inside) == Some(&b'{')).then_some(inside);
            }
            b'"' => at = string(bytes, at)?.1,
            b'{' | b'[' | b'}' => return None,
            _ => at += bytes.get(at..)?.iter().position(|b| matches!(b, b',' | b'}'))?,
        }
    }
    None
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

/// Length of the object that the bytes start with.
fn object_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let found =
            at + bytes.get(at..)?.iter().position(|b| matches!(b, b'{' | b'}' | b'"' | b'[' | b']'))?;
        match bytes.get(found)? {
            b'"' => {
                at = string_end(bytes, found + 1)?;
                continue;
            }
            b'{' | b'[' => depth += 1,
            _ => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(found + 1);
                }
            }
        }
        at = found + 1;
    }
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
    fn what_has_no_end_is_broken_and_the_rest_goes_on() {
        let all: Vec<_> = documents(b"garbage\n{\"a\":1}\n{\"b\":").collect();
        assert_eq!(all, [Document::Broken(0..8), Document::Whole(8..15), Document::Broken(16..21)]);
        assert_eq!(json_end(b"{\"a\":1}\n{\"b\":"), 7);
    }

    proptest! {
        #[test]
        fn any_bytes_come_to_an_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(documents(&bytes).count() <= bytes.len());
        }
    }
}
