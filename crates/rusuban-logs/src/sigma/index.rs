//! An index of one field: from a text to the witnesses whose keys are in it.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use foldhash::fast::FixedState;

use super::sieve::Sieve;
use super::witness::Key;

/// Texts up to this length altogether get the faster automaton, which takes some hundred bytes for each byte of text.
const FAST: usize = 8_000;

/// A witness of a group, and whether its test surely holds where the key is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    /// Number among the group's witnesses.
    pub witness: u32,
    /// The test holds; otherwise it must be run.
    pub sure: bool,
}

type Table<T> = HashMap<Box<[u8]>, T, FixedState>;
type Hits = Vec<Hit>;

/// The index of one field.
#[derive(Debug, Default)]
pub struct FieldIndex {
    exact: Table<Hits>,
    /// Ends that hold a separator, by what follows their last one: the name of a file.
    tails: Table<Vec<(Box<[u8]>, Hits)>>,
    /// Ends and starts by their length.
    suffix: Vec<(usize, Table<Hits>)>,
    prefix: Vec<(usize, Table<Hits>)>,
    inside: Option<AhoCorasick>,
    inside_hits: Vec<Hits>,
    /// Says much faster that none of them is there. None where it cannot be made.
    sieve: Option<Sieve>,
}

/// Collects keys.
#[derive(Debug, Default)]
pub struct Builder {
    index: FieldIndex,
    inside: Table<Hits>,
}

impl Builder {
    /// Adds a key.
    pub fn add(&mut self, key: Key<'_>, hit: Hit) {
        let index = &mut self.index;
        let hits = match key {
            Key::Exact(b) => index.exact.entry(b.into()).or_default(),
            Key::Suffix(b) => match tail(b) {
                Some(name) => {
                    let list = index.tails.entry(name.into()).or_default();
                    let at = list.iter().position(|(end, _)| **end == *b).unwrap_or_else(|| {
                        list.push((b.into(), Vec::new()));
                        list.len() - 1
                    });
                    let Some((_, hits)) = list.get_mut(at) else { return };
                    hits
                }
                None => by_length(&mut index.suffix, b),
            },
            Key::Prefix(b) => by_length(&mut index.prefix, b),
            Key::Inside(b) => self.inside.entry(b.into()).or_default(),
        };
        if !hits.contains(&hit) {
            hits.push(hit);
        }
    }

    /// The index.
    pub fn build(mut self) -> FieldIndex {
        let mut patterns = Vec::with_capacity(self.inside.len());
        for (text, hits) in self.inside {
            patterns.push(text);
            self.index.inside_hits.push(hits);
        }
        if !patterns.is_empty() {
            let length: usize = patterns.iter().map(|t| t.len()).sum();
            let kind = if length <= FAST { AhoCorasickKind::DFA } else { AhoCorasickKind::ContiguousNFA };
            // Building fails only past two thousand million states.
            self.index.inside = AhoCorasick::builder().kind(Some(kind)).build(&patterns).ok();
            self.index.sieve = Sieve::of(&patterns);
        }
        self.index
    }
}

fn by_length<'t>(tables: &'t mut Vec<(usize, Table<Hits>)>, text: &[u8]) -> &'t mut Hits {
    let at = tables.iter().position(|(length, _)| *length == text.len()).unwrap_or_else(|| {
        tables.push((text.len(), Table::default()));
        tables.len() - 1
    });
    // The table is there: it was found or pushed just now.
    #[expect(clippy::indexing_slicing, reason = "found or pushed just now")]
    tables[at].1.entry(text.into()).or_default()
}

/// What follows the last separator of a path; None where there is none.
fn tail(text: &[u8]) -> Option<&[u8]> {
    let at = memchr::memrchr2(b'\\', b'/', text)?;
    text.get(at + 1..)
}

impl FieldIndex {
    /// The sieve, where it alone says whether a text can have a hit.
    pub fn sieve(&self) -> Option<&Sieve> {
        let alone = self.exact.is_empty()
            && self.tails.is_empty()
            && self.suffix.is_empty()
            && self.prefix.is_empty();
        self.sieve.as_ref().filter(|_| alone)
    }

    /// Calls `found` for every hit of a text; some more than once.
    pub fn look_up(&self, text: &[u8], mut found: impl FnMut(Hit)) {
        if !self.exact.is_empty()
            && let Some(hits) = self.exact.get(text)
        {
            hits.iter().copied().for_each(&mut found);
        }
        if !self.tails.is_empty()
            && let Some(list) = tail(text).and_then(|name| self.tails.get(name))
        {
            for (end, hits) in list {
                if text.ends_with(end) {
                    hits.iter().copied().for_each(&mut found);
                }
            }
        }
        for (length, table) in &self.suffix {
            let end = text.len().checked_sub(*length).and_then(|at| text.get(at..));
            if let Some(hits) = end.and_then(|e| table.get(e)) {
                hits.iter().copied().for_each(&mut found);
            }
        }
        for (length, table) in &self.prefix {
            if let Some(hits) = text.get(..*length).and_then(|start| table.get(start)) {
                hits.iter().copied().for_each(&mut found);
            }
        }
        let Some(inside) = &self.inside else { return };
        if self.sieve.as_ref().is_some_and(|sieve| !sieve.lets_through(text)) {
            return;
        }
        if let Ok(matches) = inside.try_find_overlapping_iter(text) {
            for m in matches {
                if let Some(hits) = self.inside_hits.get(m.pattern().as_usize()) {
                    hits.iter().copied().for_each(&mut found);
                }
            }
        }
    }
}
