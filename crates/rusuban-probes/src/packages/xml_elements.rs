//! Lays an XML document out flat: each element with its place, attributes and text. Knows no vocabulary.

use std::collections::BTreeMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// One element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Names from the root to itself, by slashes: `stream/repo-list/repo`.
    pub path: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// The text in it, outside of further elements.
    pub text: String,
}

impl Element {
    /// An attribute; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {at}: {reason}")]
pub struct XmlError {
    /// Where, in bytes from the start.
    pub at: u64,
    /// What is wrong.
    pub reason: String,
}

/// Reads a document. Elements come in the order in which they begin.
///
/// # Errors
/// No well-formed document, or one without a single element.
pub fn read(text: &str) -> Result<Vec<Element>, XmlError> {
    let mut reader = Reader::from_str(text);
    let mut elements: Vec<Element> = Vec::new();
    // Places in `elements` of those that have not ended yet.
    let mut open: Vec<usize> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| wrong(&reader, &error.to_string()))?;
        match event {
            Event::Start(start) => {
                let element = element(&start, &elements, &open).map_err(|reason| wrong(&reader, &reason))?;
                open.push(elements.len());
                elements.push(element);
            }
            Event::Empty(start) => {
                elements.push(element(&start, &elements, &open).map_err(|reason| wrong(&reader, &reason))?);
            }
            Event::Text(text) => {
                if let Some(element) = open.last().and_then(|at| elements.get_mut(*at)) {
                    element.text.push_str(text.xml10_content().trim());
                }
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !open.is_empty() || elements.is_empty() {
        return Err(wrong(&reader, "the document has no end"));
    }
    Ok(elements)
}

fn wrong(reader: &Reader<&[u8]>, reason: &str) -> XmlError {
    XmlError { at: reader.error_position(), reason: reason.to_owned() }
}

fn element(start: &BytesStart<'_>, elements: &[Element], open: &[usize]) -> Result<Element, String> {
    let parent = open.last().and_then(|at| elements.get(*at)).map_or("", |parent| parent.path.as_str());
    let name = start.name();
    let path =
        if parent.is_empty() { name.as_ref().to_owned() } else { format!("{parent}/{}", name.as_ref()) };
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|error| error.to_string())?;
        attributes.insert(attribute.key.as_ref().to_owned(), value.into_owned());
    }
    Ok(Element { path, attributes, text: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_are_laid_out_with_their_places() {
        let elements = read("<?xml version='1.0'?>\n<a x='1'>\n<b y='&lt;「z」'/>言葉<c>d</c></a>").unwrap();
        let flat: Vec<(&str, &str)> =
            elements.iter().map(|one| (one.path.as_str(), one.text.as_str())).collect();
        assert_eq!(flat, [("a", "言葉"), ("a/b", ""), ("a/c", "d")]);
        assert_eq!((elements[0].get("x"), elements[1].get("y"), elements[1].get("z")), ("1", "<「z」", ""));
    }

    #[test]
    fn a_truncated_document_is_refused() {
        for text in ["", "x", "<a>", "<a><b></b>", "<a b='", "<a></b>"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}", tags in "(<[ab]( x='.')?/?>|</[ab]>|x){0,12}") {
            let _ = (read(&text), read(&tags));
        }
    }
}
