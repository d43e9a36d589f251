//! Tests of one field: what an item of a search asks for, and the test itself.

use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::OnceLock;

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem::Finder;
use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::pattern::Shape;
use super::problem::Reason;

/// Number of a field among all fields that rules ask for.
pub type SlotId = u32;

/// What an item asks of its field. Equal ones are tested once for each event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spec {
    /// The field is there.
    Present,
    /// The field is not there, or null.
    Null,
    /// One of the patterns.
    Text {
        /// Upper and lower case differ.
        cased: bool,
        /// The patterns.
        shapes: Vec<Shape>,
    },
    /// A regular expression finds a place in the text.
    Regex(Compiled),
    /// An address in one of the networks.
    Cidr(Vec<Net>),
    /// A number on this side of the bound (bits of the f64).
    Compare(Comparison, u64),
    /// Equal to another field, or starting with it and so on.
    Reference {
        /// The other field.
        other: Box<str>,
        /// Where the other field's text stands.
        place: RefPlace,
        /// Upper and lower case differ.
        cased: bool,
    },
    /// A part of a time on this side of the bound.
    Time(TimePart, Comparison, i64),
}

/// A compiled regular expression; its text is its identity.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The text.
    pub pattern: Box<str>,
    /// The machine.
    pub regex: Regex,
}

impl PartialEq for Compiled {
    fn eq(&self, other: &Self) -> bool {
        self.pattern == other.pattern
    }
}

impl Eq for Compiled {}

impl Hash for Compiled {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.pattern.hash(state);
    }
}

/// Comparisons of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// Equal.
    Eq,
}

impl Comparison {
    /// True where `left` is on this side of `right`.
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Lt => left < right,
            Comparison::Lte => left <= right,
            Comparison::Gt => left > right,
            Comparison::Gte => left >= right,
            Comparison::Eq => left == right,
        }
    }
}

/// Where the text of a referenced field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefPlace {
    /// It is the whole text.
    Whole,
    /// At the start.
    Start,
    /// At the end.
    End,
    /// Anywhere.
    Anywhere,
}

/// Parts of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    Day,
    /// ISO week, 1 to 53.
    Week,
    /// 1 to 12.
    Month,
    /// The year.
    Year,
}

/// An IP network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Net {
    v4: bool,
    bits: u128,
    mask: u128,
}

impl Net {
    /// Reads `10.0.0.0/8`, `fe80::/10`, or a single address.
    pub fn parse(text: &str) -> Option<Net> {
        let text = text.trim();
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u32>().ok()?)),
            None => (text, None),
        };
        let (v4, bits, width) = match address.parse().ok()? {
            IpAddr::V4(a) => (true, u128::from(a.to_bits()), 32),
            IpAddr::V6(a) => (false, a.to_bits(), 128),
        };
        let length = length.unwrap_or(width);
        if length > width {
            return None;
        }
        let mask = u128::MAX.checked_shl(width - length).unwrap_or(0);
        let mask = if v4 { mask & u128::from(u32::MAX) } else { mask };
        Some(Net { v4, bits: bits & mask, mask })
    }

    /// True where the address is one of the network's. IPv4 inside IPv6 counts as IPv4 too.
    pub fn holds(self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(a) => self.v4 && u128::from(a.to_bits()) & self.mask == self.bits,
            IpAddr::V6(a) => match a.to_ipv4_mapped() {
                Some(inner) if self.v4 => self.holds(IpAddr::V4(inner)),
                _ => !self.v4 && a.to_bits() & self.mask == self.bits,
            },
        }
    }
}

/// An address in a text; a zone (`%eth0`) and brackets are dropped.
pub fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    text.split('%').next()?.parse().ok()
}

/// A test that is ready to run.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "most are of the large kind")]
pub enum Test {
    /// See [`Spec::Present`].
    Present,
    /// See [`Spec::Null`].
    Null,
    /// See [`Spec::Text`].
    Text(TextSet),
    /// See [`Spec::Regex`].
    Regex(Regex),
    /// See [`Spec::Cidr`].
    Cidr(Box<[Net]>),
    /// See [`Spec::Compare`].
    Compare(Comparison, f64),
    /// See [`Spec::Reference`].
    Reference {
        /// The other field.
        other: SlotId,
        /// Where the other field's text stands.
        place: RefPlace,
        /// Upper and lower case differ.
        cased: bool,
    },
    /// See [`Spec::Time`].
    Time(TimePart, Comparison, i64),
}

/// Patterns of which one must match.
#[derive(Debug, Default)]
pub struct TextSet {
    /// Compared with the text as it is, not without case.
    pub cased: bool,
    /// The empty text is one of them (null counts as empty).
    pub empty: bool,
    any: bool,
    exact: Vec<Box<[u8]>>,
    prefix: Vec<Box<[u8]>>,
    suffix: Vec<Box<[u8]>>,
    contains: Vec<Box<[u8]>>,
    globs: Vec<super::pattern::Glob>,
    /// One searched text, or an automaton of all; built when it is first asked for.
    finder: OnceLock<Finder<'static>>,
    many: OnceLock<Many>,
}

/// A search for any of several texts.
#[derive(Debug)]
enum Many {
    /// By vector instructions; for few texts.
    Packed(Searcher),
    Automaton(AhoCorasick),
    /// Neither could be built.
    OneByOne,
}

/// So many texts are searched by vector instructions.
const PACKED: usize = 32;

impl TextSet {
    /// A set of patterns.
    pub fn new(cased: bool, shapes: &[Shape]) -> Self {
        let mut set = TextSet { cased, ..TextSet::default() };
        for shape in shapes {
            match shape.clone() {
                Shape::Any => set.any = true,
                Shape::Exact(b) => {
                    set.empty |= b.is_empty();
                    set.exact.push(b);
                }
                Shape::Prefix(b) => set.prefix.push(b),
                Shape::Suffix(b) => set.suffix.push(b),
                Shape::Contains(b) => set.contains.push(b),
                Shape::Glob(g) => set.globs.push(g),
            }
        }
        set.exact.sort_unstable();
        set
    }

    /// True where one of the patterns matches.
    pub fn matches(&self, text: &[u8]) -> bool {
        self.any
            || (!self.exact.is_empty() && self.exact.binary_search_by(|e| (**e).cmp(text)).is_ok())
            || self.suffix.iter().any(|s| text.ends_with(s))
            || self.prefix.iter().any(|p| text.starts_with(p))
            || self.contains(text)
            || self.globs.iter().any(|g| g.matches(text))
    }

    fn contains(&self, text: &[u8]) -> bool {
        match self.contains.as_slice() {
            [] => false,
            [one] => self.finder.get_or_init(|| Finder::new(&**one).into_owned()).find(text).is_some(),
            many => match self.many.get_or_init(|| build(many)) {
                Many::Packed(searcher) => searcher.find(text).is_some(),
                Many::Automaton(automaton) => automaton.is_match(text),
                Many::OneByOne => many.iter().any(|m| memchr::memmem::find(text, m).is_some()),
            },
        }
    }
}

fn build(texts: &[Box<[u8]>]) -> Many {
    if texts.len() <= PACKED && texts.iter().all(|t| !t.is_empty()) {
        let searcher = packed::Config::new().builder().extend(texts).build();
        if let Some(searcher) = searcher {
            return Many::Packed(searcher);
        }
    }
    automaton(texts).map_or(Many::OneByOne, Many::Automaton)
}

/// An automaton in little memory.
fn automaton(texts: &[Box<[u8]>]) -> Result<AhoCorasick, aho_corasick::BuildError> {
    AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(texts)
}

/// Compiles a regular expression within limits.
pub fn regex(pattern: &str) -> Result<Regex, Reason> {
    let config = Regex::config().nfa_size_limit(Some(4 << 20)).hybrid_cache_capacity(256 << 10);
    Regex::builder().configure(config).syntax(syntax::Config::new().nest_limit(100)).build(pattern).map_err(
        |error| {
            let text = match error.syntax_error() {
                Some(syntax) => syntax.to_string(),
                None => error.to_string(),
            };
            let last = text.lines().last().unwrap_or_default().to_owned();
            Reason::Regex(pattern.into(), last.into())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks() {
        let holds = |net: &str, a: &str| Net::parse(net).unwrap().holds(address(a).unwrap());
        assert!(holds("10.0.0.0/8", "10.1.2.3") && !holds("10.0.0.0/8", "11.1.2.3"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "::1"));
        assert!(holds("fe80::/10", "fe80::1%eth0") && !holds("fe80::/10", "::1") && holds("::/0", "::1"));
        assert!(holds("10.0.0.0/8", "::ffff:10.1.2.3") && holds("192.0.2.1", "192.0.2.1"));
        assert!(holds("192.0.2.77/24", "192.0.2.1"));
        assert!(Net::parse("10.0.0.0/33").is_none() && Net::parse("x/8").is_none());
    }

    #[test]
    fn regexes_have_limits() {
        assert!(regex("a{1000}{1000}").is_err());
        assert!(regex("(?=a)").is_err());
        assert!(regex(&"(".repeat(500)).is_err());
    }
}
