//! Says quickly of most texts that none of many keywords is in them.
//!
//! Each keyword has a piece of four bytes, and pieces are shared: a hundred keywords about `/dev/tcp/` need one look for
//! `/dev`. A text without any piece holds no keyword.

use std::collections::{BTreeMap, BTreeSet};

/// Bytes of a piece. Keywords that are shorter cannot be sieved.
const LENGTH: usize = 4;

/// Beyond so many keywords the choice of pieces takes longer than it saves.
const MOST: usize = 512;

/// A bit for each hash of sixteen bits.
const TABLE: usize = 1 << 13;

/// A sieve for keywords.
#[derive(Debug)]
pub struct Sieve {
    table: Box<[u8; TABLE]>,
    /// Sorted.
    pieces: Box<[u32]>,
}

/// Four bytes as one number, such that letters that differ in case are equal; so are some other signs, which makes the sieve
/// let more through.
fn number(piece: [u8; LENGTH]) -> u32 {
    u32::from_le_bytes(piece) | 0x2020_2020
}

/// Where a piece has its bit.
fn hash(piece: u32) -> usize {
    (piece.wrapping_mul(0x9E37_79B1) >> 16) as usize
}

/// The pieces of a text, in their order.
fn pieces_of(text: &[u8]) -> impl Iterator<Item = u32> {
    text.windows(LENGTH).filter_map(|w| w.first_chunk::<LENGTH>()).map(|w| number(*w))
}

impl Sieve {
    /// A sieve for keywords without case; None where one is too short, or where they are too many.
    pub fn of<T: AsRef<[u8]>>(keywords: &[T]) -> Option<Self> {
        if keywords.len() > MOST || keywords.iter().any(|k| k.as_ref().len() < LENGTH) {
            return None;
        }
        let pieces = cover(keywords);
        let mut table = Box::new([0; TABLE]);
        for piece in &pieces {
            let at = hash(*piece);
            *table.get_mut(at / 8)? |= 1_u8 << (at % 8);
        }
        Some(Self { table, pieces: pieces.into_iter().collect() })
    }

    /// False where none of the keywords is in the text, whose case does not matter as long as it is ASCII; other letters must
    /// be without case already.
    pub fn lets_through(&self, text: &[u8]) -> bool {
        pieces_of(text).any(|piece| {
            let at = hash(piece);
            self.table.get(at / 8).is_some_and(|bits| bits >> (at % 8) & 1 == 1)
                && self.pieces.binary_search(&piece).is_ok()
        })
    }
}

/// Pieces of which every keyword holds at least one. Greedy: again and again the piece that stands for most of the keywords
/// that are left, for the least that it will be met without one of them.
fn cover<T: AsRef<[u8]>>(keywords: &[T]) -> BTreeSet<u32> {
    let mut held_by: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (keyword, text) in keywords.iter().enumerate() {
        for piece in pieces_of(text.as_ref()) {
            held_by.entry(piece).or_default().insert(keyword);
        }
    }
    let mut candidates: Vec<(u32, f64, BTreeSet<usize>)> =
        held_by.into_iter().map(|(piece, keywords)| (piece, commonness(piece), keywords)).collect();
    let mut pieces = BTreeSet::new();
    #[expect(clippy::cast_precision_loss, reason = "at most MOST keywords")]
    let value = |(_, common, keywords): &(u32, f64, BTreeSet<usize>)| keywords.len() as f64 / common;
    while let Some(best) = candidates.iter().max_by(|a, b| value(a).total_cmp(&value(b))) {
        let (piece, _, covered) = best.clone();
        pieces.insert(piece);
        candidates.retain_mut(|(_, _, keywords)| {
            keywords.retain(|keyword| !covered.contains(keyword));
            !keywords.is_empty()
        });
    }
    pieces
}

/// How often a piece is thought to be met in logs, against one of four rare signs.
fn commonness(piece: u32) -> f64 {
    piece.to_le_bytes().iter().map(|b| commonness_of(*b)).product()
}

fn commonness_of(byte: u8) -> f64 {
    match byte {
        b' ' | b'0'..=b'9' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 3.0,
        b'd' | b'l' | b'c' | b'u' | b'p' | b'm' | b'f' | b'h' | b'.' | b':' | b'-' => 2.4,
        b'a'..=b'z' | b'/' | b'=' | b'(' | b')' | b',' | b'"' => 1.7,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keywords_share_their_pieces() {
        let sieve = Sieve::of(&["cat /dev/tcp/0", "sh /dev/tcp/1", "nc /dev/tcp/2", "scp "]).unwrap();
        assert!(sieve.pieces.len() < 4, "{:?}", sieve.pieces);
        for text in ["x SH /DEV/TCP/1", "scp a"] {
            assert!(sieve.lets_through(text.as_bytes()), "{text}");
        }
        for text in ["", "scp", "Failed password for root from 192.0.2.1 port 22 ssh2"] {
            assert!(!sieve.lets_through(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn short_keywords_cannot_be_sieved() {
        assert!(Sieve::of(&["scp ", "nc "]).is_none());
    }

    proptest! {
        #[test]
        fn no_keyword_is_held_back(
            keywords in proptest::collection::vec("[abK/ ü]{4,9}", 1..20),
            before in "[a-c/ ]{0,20}",
            after in ".{0,20}",
        ) {
            let lower: Vec<Box<[u8]>> = keywords.iter().map(|k| super::super::pattern::folded(k)).collect();
            let sieve = Sieve::of(&lower).unwrap();
            for keyword in &keywords {
                let text = format!("{before}{keyword}{after}");
                prop_assert!(sieve.lets_through(&super::super::pattern::folded(&text)));
                if text.is_ascii() {
                    prop_assert!(sieve.lets_through(text.to_uppercase().as_bytes()));
                }
            }
        }
    }
}
