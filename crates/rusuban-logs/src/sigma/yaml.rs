//! YAML as a tree with line numbers: what Sigma files need of YAML 1.2, with bounds.
//!
//! Aliases are copied where they stand, so the number of nodes and the depth are bounded (a file of a few lines can
//! otherwise spell out billions of nodes). A key that is there twice is an error: one of its values would be lost.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 48;
/// Most nodes of a file, aliases copied.
const MAX_NODES: usize = 200_000;
/// Longest file, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// A node and the line on which it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Line, from 1.
    pub line: u32,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of nodes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A plain value.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order of the text; a key is there once.
    Map(Vec<Entry>),
}

/// One member of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, as it is written.
    pub key: Box<str>,
    /// The line of the key, from 1.
    pub line: u32,
    /// The value.
    pub value: Node,
}

/// A plain value (YAML core schema; text keeps its quotes' promise: a quoted `1` is text).
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`, `~`, or nothing.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number, with its text as written.
    Number(f64, Box<str>),
    /// Text.
    Text(Box<str>),
}

impl Scalar {
    /// The value's text: `null` is empty.
    pub fn text(&self) -> &str {
        match self {
            Scalar::Null => "",
            Scalar::Bool(true) => "true",
            Scalar::Bool(false) => "false",
            Scalar::Number(_, text) | Scalar::Text(text) => text,
        }
    }

    /// The value as a number: a number, or text that spells one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Scalar::Number(n, _) => Some(*n),
            Scalar::Text(text) => number(text.trim()),
            _ => None,
        }
    }
}

impl Node {
    /// The member of a mapping.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|e| &*e.key == key).map(|e| &e.value)
    }

    /// The members of a mapping.
    pub fn map(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub fn list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The plain value.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(s) => Some(s),
            _ => None,
        }
    }

    /// The text of a plain value that is not null.
    pub fn text(&self) -> Option<&str> {
        match self.scalar()? {
            Scalar::Null => None,
            other => Some(other.text()),
        }
    }

    /// A sequence's items, or a single node as a sequence of one.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }
}

/// Why a text is no YAML that is read here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YamlProblem {
    /// The scanner's words.
    #[error("YAML: {0}")]
    Syntax(Arc<str>),
    /// Too long, too deep, or too many nodes.
    #[error("YAML: larger than what is read ({0})")]
    TooLarge(&'static str),
    /// A key is there twice.
    #[error("the key {0:?} is there twice")]
    DuplicateKey(Box<str>),
    /// A key that is a mapping or a sequence.
    #[error("a key that is no plain text")]
    StrangeKey,
    /// An alias of an anchor that is not there, or that contains itself.
    #[error("an alias of nothing")]
    UnknownAlias,
}

/// A problem and its line (from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    /// Line, from 1.
    pub line: u32,
    /// What is wrong.
    pub problem: YamlProblem,
}

/// Reads every document of a text; empty documents are left out.
pub fn documents(text: &str) -> Result<Vec<Node>, YamlError> {
    if text.len() > MAX_BYTES {
        return Err(YamlError { line: 1, problem: YamlProblem::TooLarge("bytes") });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|e| YamlError {
            line: line(e.marker().line()),
            problem: YamlProblem::Syntax(e.info().into()),
        })?;
        let at = line(span.start.line());
        builder.take(event, at).map_err(|problem| YamlError { line: at, problem })?;
    }
    Ok(builder.documents)
}

fn line(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX).max(1)
}

/// A mapping or sequence that is still open.
struct Open {
    anchor: usize,
    node: Node,
    /// Key of a mapping that waits for its value, and its line.
    key: Option<(Box<str>, u32)>,
    /// The keys of a mapping so far.
    keys: HashSet<Box<str>>,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    documents: Vec<Node>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<(), YamlProblem> {
        match event {
            Event::DocumentStart(_) => self.anchors.clear(),
            Event::Scalar(text, style, anchor, tag) => {
                let node = Node { line, kind: Kind::Scalar(scalar(text, style, tag.as_deref())) };
                self.complete(node, anchor)?;
            }
            Event::SequenceStart(anchor, _) => self.start(anchor, line, Kind::List(Vec::new()))?,
            Event::MappingStart(anchor, _) => self.start(anchor, line, Kind::Map(Vec::new()))?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut done) = self.open.pop() {
                    merge(&mut done.node);
                    self.complete(done.node, done.anchor)?;
                }
            }
            Event::Alias(anchor) => {
                let copy = self.anchors.get(&anchor).ok_or(YamlProblem::UnknownAlias)?.clone();
                self.count(size(&copy))?;
                if self.open.len() + depth(&copy) > MAX_DEPTH {
                    return Err(YamlProblem::TooLarge("depth"));
                }
                self.complete(copy, 0)?;
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
        Ok(())
    }

    fn count(&mut self, more: usize) -> Result<(), YamlProblem> {
        self.nodes += more;
        if self.nodes > MAX_NODES { Err(YamlProblem::TooLarge("nodes")) } else { Ok(()) }
    }

    fn start(&mut self, anchor: usize, line: u32, kind: Kind) -> Result<(), YamlProblem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(YamlProblem::TooLarge("depth"));
        }
        self.open.push(Open { anchor, node: Node { line, kind }, key: None, keys: HashSet::new() });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn complete(&mut self, node: Node, anchor: usize) -> Result<(), YamlProblem> {
        self.count(1)?;
        if anchor > 0 {
            self.count(size(&node))?;
            self.anchors.entry(anchor).or_insert_with(|| node.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            if node.kind != Kind::Scalar(Scalar::Null) {
                self.documents.push(node);
            }
            return Ok(());
        };
        match &mut parent.node.kind {
            Kind::List(items) => items.push(node),
            Kind::Map(entries) => {
                if let Some((key, line)) = parent.key.take() {
                    entries.push(Entry { key, line, value: node });
                } else {
                    let Kind::Scalar(key) = &node.kind else { return Err(YamlProblem::StrangeKey) };
                    let key: Box<str> = key.text().into();
                    if !parent.keys.insert(key.clone()) {
                        return Err(YamlProblem::DuplicateKey(key));
                    }
                    parent.key = Some((key, node.line));
                }
            }
            Kind::Scalar(_) => {}
        }
        Ok(())
    }
}

/// Takes the members that `<<` names into the mapping, where they are not there already.
fn merge(node: &mut Node) {
    let Kind::Map(entries) = &mut node.kind else { return };
    let Some(at) = entries.iter().position(|e| &*e.key == "<<") else { return };
    let merged = entries.remove(at);
    let sources = match merged.value.kind {
        Kind::List(items) => items,
        _ => vec![merged.value],
    };
    let mut known: HashSet<Box<str>> = entries.iter().map(|e| e.key.clone()).collect();
    for source in sources {
        let Kind::Map(more) = source.kind else { continue };
        for entry in more {
            if known.insert(entry.key.clone()) {
                entries.push(entry);
            }
        }
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|e| 1 + size(&e.value)).sum(),
    }
}

fn depth(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(depth).max().unwrap_or(0),
        Kind::Map(entries) => entries.iter().map(|e| depth(&e.value)).max().unwrap_or(0),
    }
}

/// A scalar by the core schema.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Scalar {
    if style != ScalarStyle::Plain || tag.is_some_and(|t| t.suffix == "str") {
        return Scalar::Text(text.into_owned().into_boxed_str());
    }
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    match number(&text) {
        Some(n) => Scalar::Number(n, text.into_owned().into_boxed_str()),
        None => Scalar::Text(text.into_owned().into_boxed_str()),
    }
}

/// A number of the core schema: decimal, `0x`, `0o`, with a fraction or an exponent. Words such as `inf` and `nan` are no
/// numbers here.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "numbers of rules are small")]
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        return u64::from_str_radix(hex, 16).ok().map(|n| n as f64);
    } else if let Some(octal) = digits.strip_prefix("0o") {
        return u64::from_str_radix(octal, 8).ok().map(|n| n as f64);
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        documents(text).unwrap().remove(0)
    }

    #[test]
    fn kinds_and_lines() {
        let node = one("a: 1\nb:\n  - 'x'\n  - null\nc: {d: True, e: 0x10, f: '5', g: 1.2.3}\n");
        assert_eq!(node.get("a").unwrap().scalar(), Some(&Scalar::Number(1.0, "1".into())));
        let list = node.get("b").unwrap().list().unwrap();
        assert_eq!((list[0].line, list[0].text()), (3, Some("x")));
        assert_eq!(list[1].scalar(), Some(&Scalar::Null));
        let c = node.get("c").unwrap();
        assert_eq!(c.get("d").unwrap().scalar(), Some(&Scalar::Bool(true)));
        assert_eq!(c.get("e").unwrap().scalar().unwrap().number(), Some(16.0));
        assert_eq!(c.get("f").unwrap().scalar(), Some(&Scalar::Text("5".into())));
        assert_eq!(c.get("g").unwrap().scalar(), Some(&Scalar::Text("1.2.3".into())));
    }

    #[test]
    fn several_documents_and_merges() {
        assert_eq!(documents("---\na: 1\n---\n---\nb: 2\n").unwrap().len(), 2);
        let node = one("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n");
        let used = node.get("use").unwrap();
        assert_eq!(used.get("x").unwrap().text(), Some("1"));
        assert_eq!(used.get("y").unwrap().text(), Some("3"));
    }

    #[test]
    fn problems_have_lines() {
        let twice = documents("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!((twice.line, twice.problem), (3, YamlProblem::DuplicateKey("a".into())));
        assert!(matches!(documents("a: 'open\n").unwrap_err().problem, YamlProblem::Syntax(_)));
        assert_eq!(documents("? [a]\n: b\n").unwrap_err().problem, YamlProblem::StrangeKey);
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..12 {
            let refs = vec![format!("*a{}", i - 1); 10].join(", ");
            bomb = format!("{bomb}a{i}: &a{i} [{refs}]\n");
        }
        assert_eq!(documents(&bomb).unwrap_err().problem, YamlProblem::TooLarge("nodes"));
        let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
        assert!(documents(&deep).is_err());
    }

    /// Were each key compared with all before it, and each alias with all anchors, this would not end.
    #[test]
    fn many_keys_and_anchors_cost_in_proportion() {
        let lines = |count: u32, line: fn(u32) -> String| (0..count).map(line).collect::<Vec<_>>().concat();
        let keys = lines(90_000, |n| format!("key-with-some-length-{n}: 1\n"));
        let anchors = lines(40_000, |n| format!("- &a{n} x\n"));
        let aliases = lines(40_000, |n| format!("- *a{}\n", 39_999 - n));
        assert_eq!(documents(&keys).unwrap().len(), 1);
        assert_eq!(documents(&format!("{anchors}{aliases}")).unwrap().len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "([-a:*&!|> \\[\\]{},#'\"%@`?\n\t.0x~]|日|\\PC){0,80}") {
            let _ = documents(&text);
        }
    }
}
