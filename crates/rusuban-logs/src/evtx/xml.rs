//! A record as XML text, as Windows shows it: for evidence, and for looking at what is in a file. Made on demand.

use bumpalo::Bump;

use super::bytes::{index, utf16};
use super::normal::{NO_DEPENDENCY, Token, normalise, tokens};
use super::record::{Entry, Instance, is_record, record_size, table};
use super::value::{BINXML, NULL, value};
use super::{CHUNK_LENGTH, Reason};
use crate::event::Value;

/// The text of one record is not longer than this; true records have less than 64 KiB of UTF-16.
const LONGEST: usize = 4 * 1024 * 1024;
/// Fragments are not nested deeper than this in each other.
const DEEPEST: u32 = 8;

/// The XML text of the record that begins at `at` in a chunk. (`at` is the position's offset less the chunk's.)
pub fn record_xml(chunk: &[u8], at: usize) -> Result<String, Reason> {
    if !is_record(chunk, at) {
        return Err(Reason::NoRecord);
    }
    let size = record_size(chunk, at).filter(|s| (28..=CHUNK_LENGTH).contains(s)).ok_or(Reason::Size)?;
    let end = at.checked_add(size).filter(|e| *e <= chunk.len()).ok_or(Reason::Cut)?;
    let mut writer = Writer { chunk, out: String::with_capacity(size * 2), fragments: 0 };
    writer.fragment(at + 24, end - 4, 0)?;
    Ok(writer.out)
}

struct Writer<'a> {
    chunk: &'a [u8],
    out: String,
    fragments: u32,
}

/// An element that is open.
struct Open {
    name: String,
    /// Where its start tag begins and ends in the text.
    tag: (usize, usize),
    /// Its content is an array, and nothing else: the element is written once for each value.
    array: Option<Vec<String>>,
    /// It depends on a value that is null, or stands in such an element: it is left out.
    left_out: bool,
}

impl Writer<'_> {
    fn fragment(&mut self, start: usize, end: usize, depth: u32) -> Result<(), Reason> {
        self.fragments += 1;
        if depth > DEEPEST || self.fragments > 64 {
            return Err(Reason::Limit);
        }
        let mut at = start;
        if self.chunk.get(at) == Some(&0x0f) {
            at += 4;
        }
        let mut normal = Vec::new();
        let mut entries = Vec::new();
        if self.chunk.get(at) == Some(&0x0c) {
            let instance = Instance::parse(self.chunk, at + 1)?;
            table(self.chunk, instance.table, end, &mut entries)?;
            normalise(self.chunk, instance.start, instance.end, true, &mut normal)?;
        } else {
            normalise(self.chunk, at, end, false, &mut normal)?;
        }
        self.tokens(&normal, &entries, depth)
    }

    fn tokens(&mut self, normal: &[u8], entries: &[Entry], depth: u32) -> Result<(), Reason> {
        let mut open: Vec<Open> = Vec::new();
        let mut in_tag = false;
        let mut attribute: Option<(String, String, bool)> = None;
        for token in tokens(normal) {
            if self.out.len() > LONGEST {
                return Err(Reason::Limit);
            }
            if !matches!(token, Token::Text(_) | Token::Value(_))
                && let Some((name, text, present)) = attribute.take()
                && present
                && open.last().is_none_or(|o| !o.left_out)
            {
                self.out.push(' ');
                self.out.push_str(&name);
                self.out.push_str("=\"");
                self.out.push_str(&text);
                self.out.push('"');
            }
            match token {
                Token::Open(dependency, name) => {
                    let outer = open.last().is_some_and(|o| o.left_out);
                    let left_out =
                        outer || (dependency != NO_DEPENDENCY && entry(entries, dependency).is_none());
                    let name = text(name);
                    let from = self.out.len();
                    if !left_out {
                        self.out.push('<');
                        self.out.push_str(&name);
                    }
                    open.push(Open { name, tag: (from, from), array: None, left_out });
                    in_tag = true;
                }
                Token::Attribute(name) => attribute = Some((text(name), String::new(), false)),
                Token::Text(bytes) => match &mut attribute {
                    Some((_, out, present)) => {
                        *present = true;
                        escape(&text(bytes), out);
                    }
                    None if open.last().is_none_or(|o| !o.left_out) => escape(&text(bytes), &mut self.out),
                    None => {}
                },
                Token::Value(number) => {
                    let Some(entry) = entry(entries, number) else { continue };
                    match (&mut attribute, open.last_mut()) {
                        (Some((_, out, present)), _) => {
                            *present = true;
                            escape(&self.value(entry).join(", "), out);
                        }
                        (None, Some(element)) if element.left_out => {}
                        (None, element) if entry.kind != BINXML => {
                            let values = self.value(entry);
                            match element {
                                Some(e) if entry.kind & 0x80 != 0 && e.tag.1 == self.out.len() => {
                                    e.array = Some(values);
                                }
                                _ => escape(&values.join(", "), &mut self.out),
                            }
                        }
                        (None, _) => {
                            let start = index(entry.start);
                            self.fragment(start, start + usize::from(entry.length), depth + 1)?;
                        }
                    }
                }
                Token::Content => {
                    if let Some(element) = open.last_mut().filter(|o| !o.left_out) {
                        self.out.push('>');
                        element.tag.1 = self.out.len();
                    }
                    in_tag = false;
                }
                Token::End => {
                    if let Some(element) = open.pop().filter(|o| !o.left_out) {
                        self.close(&element, in_tag);
                    }
                    in_tag = false;
                }
            }
        }
        Ok(())
    }

    fn close(&mut self, element: &Open, empty: bool) {
        if empty {
            self.out.push_str("/>");
            return;
        }
        let close = format!("</{}>", element.name);
        match &element.array {
            Some(values) if self.out.len() == element.tag.1 => {
                let start = self.out.get(element.tag.0..).unwrap_or_default().to_owned();
                self.out.truncate(element.tag.0);
                for value in values {
                    self.out.push_str(&start);
                    escape(value, &mut self.out);
                    self.out.push_str(&close);
                }
            }
            _ => self.out.push_str(&close),
        }
    }

    /// The text of a value; of an array, one for each of its values.
    fn value(&self, entry: Entry) -> Vec<String> {
        let start = index(entry.start);
        let bytes = self.chunk.get(start..start + usize::from(entry.length)).unwrap_or_default();
        let arena = Bump::new();
        match value(entry.kind, bytes, &arena) {
            Value::List(list) => list.iter().map(Value::to_text).collect(),
            one => vec![one.to_text()],
        }
    }
}

fn entry(entries: &[Entry], number: u16) -> Option<Entry> {
    entries.get(usize::from(number)).copied().filter(|e| e.kind != NULL)
}

fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    utf16(bytes, &mut out);
    out
}

/// Text for XML. Characters that XML 1.0 does not have become the replacement character.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
}
