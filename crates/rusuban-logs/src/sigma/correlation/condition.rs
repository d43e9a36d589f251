//! When a correlation holds: bounds on a number, or a boolean expression over the rules that were seen.

/// A comparison of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Greater than.
    Gt,
    /// At least.
    Gte,
    /// Less than.
    Lt,
    /// At most.
    Lte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
}

impl Op {
    /// `gt`, `gte`, `lt`, `lte`, `eq`, `neq`.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "eq" => Self::Eq,
            "neq" => Self::Neq,
            _ => return None,
        })
    }
}

/// One bound or several (a range), all of which must hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Threshold {
    bounds: Vec<(Op, f64)>,
}

impl Threshold {
    /// From its bounds.
    pub fn new(bounds: impl IntoIterator<Item = (Op, f64)>) -> Self {
        Self { bounds: bounds.into_iter().collect() }
    }

    /// Whether a number lies within every bound. Counts and sums of whole numbers are exact, so that equality is too.
    #[expect(clippy::float_cmp, reason = "whole numbers are exact; the rule asks for equality")]
    pub fn holds(&self, n: f64) -> bool {
        self.bounds.iter().all(|(op, bound)| match op {
            Op::Gt => n > *bound,
            Op::Gte => n >= *bound,
            Op::Lt => n < *bound,
            Op::Lte => n <= *bound,
            Op::Eq => n == *bound,
            Op::Neq => n != *bound,
        })
    }

    /// Whether more never hurts: only lower bounds.
    pub fn is_lower_bound(&self) -> bool {
        self.bounds.iter().all(|(op, _)| matches!(op, Op::Gt | Op::Gte))
    }
}

/// A boolean expression over the places of rules in the correlation's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// The rule was seen.
    Rule(u16),
    /// The part does not hold.
    Not(Box<Expression>),
    /// Every part holds.
    All(Vec<Expression>),
    /// Some part holds.
    Any(Vec<Expression>),
}

/// One way to satisfy an expression: rules that must be seen and rules that must not, both as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Term {
    pub seen: u64,
    pub unseen: u64,
}

/// Ways beyond this are refused: such a condition is no longer one that a person reads.
const MOST_TERMS: usize = 64;
/// Nesting beyond this is refused.
const MOST_DEPTH: usize = 32;

impl Expression {
    /// Reads `rule_a and (rule_b or not rule_c)`; `place` finds a rule's place by its name or id. Operators are read in
    /// any case, as the specification's own examples write both `and` and `AND`. `not` binds closest, then `and`.
    pub fn parse(text: &str, place: &dyn Fn(&str) -> Option<u16>) -> Result<Self, String> {
        let words = words(text);
        let mut reader = Reader { words: &words, place };
        let whole = reader.any(0)?;
        match reader.words.first() {
            None => Ok(whole),
            Some(word) => Err(format!("unexpected `{word}`")),
        }
    }

    /// The names in an expression's text, in their order.
    pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
        let is_name = |w: &&str| !["(", ")", "and", "or", "not"].iter().any(|o| w.eq_ignore_ascii_case(o));
        words(text).into_iter().filter(is_name)
    }

    /// Whether it holds, with the rules seen as bits.
    pub fn holds(&self, seen: u64) -> bool {
        match self {
            Self::Rule(place) => seen & bit(*place) != 0,
            Self::Not(part) => !part.holds(seen),
            Self::All(parts) => parts.iter().all(|p| p.holds(seen)),
            Self::Any(parts) => parts.iter().any(|p| p.holds(seen)),
        }
    }

    /// Every rule that it names, as bits.
    pub(super) fn named(&self) -> u64 {
        match self {
            Self::Rule(place) => bit(*place),
            Self::Not(part) => part.named(),
            Self::All(parts) | Self::Any(parts) => parts.iter().fold(0, |all, p| all | p.named()),
        }
    }

    /// The ways to satisfy it (disjunctive normal form, without contradictions); None where they are too many.
    pub(super) fn terms(&self) -> Option<Vec<Term>> {
        self.ways(true)
    }

    fn ways(&self, wanted: bool) -> Option<Vec<Term>> {
        let terms = match self {
            Self::Rule(place) if wanted => vec![Term { seen: bit(*place), unseen: 0 }],
            Self::Rule(place) => vec![Term { seen: 0, unseen: bit(*place) }],
            Self::Not(part) => part.ways(!wanted)?,
            Self::All(parts) | Self::Any(parts) if matches!(self, Self::All(_)) == wanted => {
                let mut all = vec![Term { seen: 0, unseen: 0 }];
                for part in parts {
                    let ways = part.ways(wanted)?;
                    let both =
                        |a: &Term, b: &Term| Term { seen: a.seen | b.seen, unseen: a.unseen | b.unseen };
                    all = all.iter().flat_map(|a| ways.iter().map(move |b| both(a, b))).collect();
                    all.retain(|t| t.seen & t.unseen == 0);
                    if all.len() > MOST_TERMS {
                        return None;
                    }
                }
                all
            }
            Self::All(parts) | Self::Any(parts) => {
                let mut all = Vec::new();
                for part in parts {
                    all.extend(part.ways(wanted)?);
                }
                all
            }
        };
        (terms.len() <= MOST_TERMS).then_some(terms)
    }
}

/// The bit of a place; places beyond 63 do not occur (the plan refuses them).
pub(super) fn bit(place: u16) -> u64 {
    1_u64.checked_shl(u32::from(place)).unwrap_or(0)
}

/// Names, operators and parentheses.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')']) {
            let (name, tail) = rest.split_at(at);
            if !name.is_empty() {
                words.push(name);
            }
            let (parenthesis, tail) = tail.split_at(1);
            words.push(parenthesis);
            rest = tail;
        }
        if !rest.is_empty() {
            words.push(rest);
        }
    }
    words
}

struct Reader<'t> {
    words: &'t [&'t str],
    place: &'t dyn Fn(&str) -> Option<u16>,
}

impl Reader<'_> {
    /// Takes the next word if it is `word` in any case.
    fn take(&mut self, word: &str) -> bool {
        match self.words.split_first() {
            Some((first, rest)) if first.eq_ignore_ascii_case(word) => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn any(&mut self, depth: usize) -> Result<Expression, String> {
        let first = self.all(depth)?;
        let mut parts = vec![first];
        while self.take("or") {
            parts.push(self.all(depth)?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expression, String> {
        let first = self.one(depth)?;
        let mut parts = vec![first];
        while self.take("and") {
            parts.push(self.one(depth)?);
        }
        Ok(one_or(parts, Expression::All))
    }

    fn one(&mut self, depth: usize) -> Result<Expression, String> {
        if depth > MOST_DEPTH {
            return Err("nested too deeply".to_owned());
        }
        if self.take("not") {
            return Ok(Expression::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.take("(") {
            let inner = self.any(depth + 1)?;
            return if self.take(")") { Ok(inner) } else { Err("`)` is missing".to_owned()) };
        }
        let Some((word, rest)) = self.words.split_first() else {
            return Err("it ends where a rule is expected".to_owned());
        };
        if *word == ")" || ["and", "or"].iter().any(|o| word.eq_ignore_ascii_case(o)) {
            return Err(format!("`{word}` where a rule is expected"));
        }
        self.words = rest;
        (self.place)(word)
            .map(Expression::Rule)
            .ok_or_else(|| format!("`{word}` is not among the correlation's rules"))
    }
}

fn one_or(mut parts: Vec<Expression>, many: impl Fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn place(name: &str) -> Option<u16> {
        ["a", "b", "c", "d"].iter().position(|n| *n == name).and_then(|i| u16::try_from(i).ok())
    }

    fn parse(text: &str) -> Result<Expression, String> {
        Expression::parse(text, &place)
    }

    #[test]
    fn not_binds_closer_than_and_and_and_closer_than_or() {
        let e = parse("a or b AND Not c").unwrap();
        assert!(e.holds(0b0001) && e.holds(0b0010) && !e.holds(0b0110));
        assert!(!parse("(a or b) and not c").unwrap().holds(0b101));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse("a and x").unwrap_err(), "`x` is not among the correlation's rules");
        assert_eq!(parse("a and").unwrap_err(), "it ends where a rule is expected");
        assert_eq!(parse("(a or b").unwrap_err(), "`)` is missing");
        assert_eq!(parse("a b").unwrap_err(), "unexpected `b`");
        assert_eq!(parse("and a").unwrap_err(), "`and` where a rule is expected");
        assert_eq!(parse(&"not ".repeat(100)).unwrap_err(), "nested too deeply");
    }

    #[test]
    fn ranges_need_every_bound() {
        let range = Threshold::new([(Op::Gt, 100.0), (Op::Lte, 200.0)]);
        assert!(!range.holds(100.0) && range.holds(101.0) && range.holds(200.0) && !range.holds(201.0));
        assert!(!range.is_lower_bound());
    }

    proptest! {
        #[test]
        fn the_ways_say_the_same_as_the_expression(text in "(not )?[a-d]( (and|or) (not )?(\\([a-d] (and|or) [a-d]\\)|[a-d])){0,4}", seen in 0u64..16) {
            let e = parse(&text).unwrap();
            if let Some(terms) = e.terms() {
                let by_terms = terms.iter().any(|t| t.seen & seen == t.seen && t.unseen & seen == 0);
                prop_assert_eq!(e.holds(seen), by_terms, "{}", text);
            }
        }

        #[test]
        fn never_panics(text in "\\PC*|[abc()not dr]{0,60}") {
            let _ = parse(&text);
        }
    }
}
