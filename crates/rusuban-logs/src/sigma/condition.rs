//! Conditions: `selection and not 1 of filter_*`.
//!
//! Grammar, weakest binding first: `or`, `and`, `not`, `N of …`, names and parentheses. Words of the grammar are read in any
//! case. What follows a `|` is the aggregation of Sigma 1 (`| count(field) by group > n`).

use super::problem::Reason;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// A search by name.
    Search(Box<str>),
    /// `N of …`, `all of …`.
    Of(Quantity, Selector),
    /// Every one.
    And(Vec<Condition>),
    /// One of them.
    Or(Vec<Condition>),
    /// Not.
    Not(Box<Condition>),
}

/// How many of the searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// `all of`
    All,
    /// `N of`; `any of` is 1.
    AtLeast(u32),
}

/// Which searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `them`: every search whose name does not start with `_`.
    Them,
    /// A name with `*` for any text.
    Pattern(Box<str>),
}

impl Selector {
    /// True where the search of this name is meant.
    pub fn takes(&self, name: &str) -> bool {
        match self {
            Selector::Them => !name.starts_with('_'),
            Selector::Pattern(pattern) => glob(pattern.as_bytes(), name.as_bytes()),
        }
    }
}

/// `*` is any text; the rest is exact.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n) = (pattern, name);
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        match (p, n) {
            ([b'*', rest @ ..], _) => {
                retry = Some((rest, n));
                p = rest;
            }
            ([a, rest @ ..], [b, left @ ..]) if a == b => (p, n) = (rest, left),
            ([], []) => return true,
            _ => match retry {
                Some((rest, [_, left @ ..])) => {
                    retry = Some((rest, left));
                    (p, n) = (rest, left);
                }
                _ => return false,
            },
        }
    }
}

/// The aggregation of Sigma 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregation {
    /// `count`, `min`, `max`, `avg`, `sum`.
    pub function: Box<str>,
    /// The field in the brackets; None where they are empty.
    pub field: Option<Box<str>>,
    /// The field after `by`.
    pub by: Option<Box<str>>,
    /// `>`, `>=`, `<`, `<=`, `=`.
    pub comparison: Box<str>,
    /// The number after it.
    pub value: f64,
}

/// Reads a condition, and the aggregation where there is one.
pub fn parse(text: &str) -> Result<(Condition, Option<Aggregation>), Reason> {
    let (search, aggregation) = match text.split_once('|') {
        Some((search, tail)) => (search, Some(aggregation(tail.trim())?)),
        None => (text, None),
    };
    let tokens = tokens(search);
    let mut reader = Reader { tokens: &tokens, depth: 0 };
    let condition = reader.or()?;
    match reader.tokens.first() {
        None => Ok((condition, aggregation)),
        Some(more) => Err(Reason::Condition(format!("{more:?} is not expected here").into())),
    }
}

fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(at) = rest.find(['(', ')']) {
            let (before, after) = rest.split_at(at);
            if !before.is_empty() {
                out.push(before);
            }
            let (bracket, after) = after.split_at(1);
            out.push(bracket);
            rest = after;
        }
        if !rest.is_empty() {
            out.push(rest);
        }
    }
    out
}

struct Reader<'t, 's> {
    tokens: &'t [&'s str],
    depth: usize,
}

impl<'s> Reader<'_, 's> {
    fn next(&mut self) -> Option<&'s str> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.tokens.first().is_some_and(|t| t.eq_ignore_ascii_case(word));
        if found {
            self.next();
        }
        found
    }

    fn or(&mut self) -> Result<Condition, Reason> {
        let mut list = vec![self.and()?];
        while self.word("or") {
            list.push(self.and()?);
        }
        Ok(single(list, Condition::Or))
    }

    fn and(&mut self) -> Result<Condition, Reason> {
        let mut list = vec![self.not()?];
        while self.word("and") {
            list.push(self.not()?);
        }
        Ok(single(list, Condition::And))
    }

    fn not(&mut self) -> Result<Condition, Reason> {
        let mut negated = false;
        while self.word("not") {
            negated = !negated;
        }
        let inner = self.primary()?;
        Ok(if negated { Condition::Not(Box::new(inner)) } else { inner })
    }

    fn primary(&mut self) -> Result<Condition, Reason> {
        let token = self.next().ok_or_else(|| Reason::Condition("it ends too early".into()))?;
        if token == "(" {
            self.depth += 1;
            if self.depth > MAX_DEPTH {
                return Err(Reason::Condition("nested too deep".into()));
            }
            let inner = self.or()?;
            self.depth -= 1;
            return match self.next() {
                Some(")") => Ok(inner),
                _ => Err(Reason::Condition("a bracket is not closed".into())),
            };
        }
        let of = self.tokens.first().is_some_and(|t| t.eq_ignore_ascii_case("of"));
        let quantity = match token.to_ascii_lowercase().as_str() {
            "all" if of => Some(Quantity::All),
            "any" if of => Some(Quantity::AtLeast(1)),
            digits if of => digits.parse().ok().map(Quantity::AtLeast),
            "and" | "or" | "not" | "of" | ")" | "near" => None,
            _ => return Ok(Condition::Search(token.into())),
        };
        let Some(quantity) = quantity else {
            return Err(Reason::Condition(format!("{token:?} is not expected here").into()));
        };
        self.next();
        if self.word("them") {
            return Ok(Condition::Of(quantity, Selector::Them));
        }
        match self.next() {
            Some(name) if !matches!(name, "(" | ")") => {
                Ok(Condition::Of(quantity, Selector::Pattern(name.into())))
            }
            // `1 of (selection*)` is met in old rules.
            Some("(") => match (self.next(), self.next()) {
                (Some(name), Some(")")) if !matches!(name, "(" | ")") => Ok(Condition::Of(
                    quantity,
                    if name.eq_ignore_ascii_case("them") {
                        Selector::Them
                    } else {
                        Selector::Pattern(name.into())
                    },
                )),
                _ => Err(Reason::Condition("a name is missing after `of`".into())),
            },
            _ => Err(Reason::Condition("a name is missing after `of`".into())),
        }
    }
}

fn single(mut list: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    if list.len() == 1 { list.remove(0) } else { many(list) }
}

/// `count(field) by group > 5`
fn aggregation(text: &str) -> Result<Aggregation, Reason> {
    let wrong = || Reason::Aggregation(text.into());
    let (function, rest) = text.split_once('(').ok_or_else(wrong)?;
    let function = function.trim().to_ascii_lowercase();
    if !matches!(function.as_str(), "count" | "min" | "max" | "avg" | "sum") {
        return Err(wrong());
    }
    let (field, rest) = rest.split_once(')').ok_or_else(wrong)?;
    let at = rest.find(['<', '>', '=']).ok_or_else(wrong)?;
    let (by, tail) = rest.split_at_checked(at).ok_or_else(wrong)?;
    let value_at = tail.find(|c| !matches!(c, '<' | '>' | '=')).ok_or_else(wrong)?;
    let (comparison, value) = tail.split_at_checked(value_at).ok_or_else(wrong)?;
    let comparison = if comparison == "==" { "=" } else { comparison };
    if !matches!(comparison, "<" | "<=" | ">" | ">=" | "=") {
        return Err(wrong());
    }
    let by = by.trim();
    let by = match by.split_once(char::is_whitespace) {
        Some((word, group)) if word.eq_ignore_ascii_case("by") => Some(group.trim().into()),
        _ if by.is_empty() => None,
        _ => return Err(wrong()),
    };
    let field = field.trim();
    Ok(Aggregation {
        function: function.into(),
        field: (!field.is_empty()).then(|| field.into()),
        by,
        comparison: comparison.into(),
        value: value.trim().parse().map_err(|_| wrong())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(name: &str) -> Condition {
        Condition::Search(name.into())
    }

    #[test]
    fn binding() {
        let (c, _) = parse("a or b and not c").unwrap();
        assert_eq!(
            c,
            Condition::Or(vec![
                search("a"),
                Condition::And(vec![search("b"), Condition::Not(Box::new(search("c")))])
            ])
        );
        assert_eq!(parse("(a or b)and c").unwrap().0, parse("( a OR b ) AND c").unwrap().0);
        assert_eq!(parse("not not a").unwrap().0, search("a"));
    }

    #[test]
    fn quantities() {
        let of = |q, s: &str| Condition::Of(q, Selector::Pattern(s.into()));
        assert_eq!(parse("1 of sel*").unwrap().0, of(Quantity::AtLeast(1), "sel*"));
        assert_eq!(parse("3 of (sel*)").unwrap().0, of(Quantity::AtLeast(3), "sel*"));
        assert_eq!(parse("any of them").unwrap().0, Condition::Of(Quantity::AtLeast(1), Selector::Them));
        assert_eq!(parse("all of them").unwrap().0, Condition::Of(Quantity::All, Selector::Them));
        // A search may be called like a word of the grammar where `of` does not follow.
        assert_eq!(parse("all").unwrap().0, search("all"));
    }

    #[test]
    fn names() {
        assert!(Selector::Them.takes("a") && !Selector::Them.takes("_a"));
        let p = |s: &str| Selector::Pattern(s.into());
        assert!(p("sel*").takes("selection") && p("*_a*b").takes("x_a_ab") && p("a").takes("a"));
        assert!(!p("sel*").takes("xsel") && !p("a*b").takes("ab_c") && !p("a").takes("ab"));
    }

    #[test]
    fn aggregations() {
        let (_, a) = parse("sel | count(TargetUser) by Host >= 5").unwrap();
        let a = a.unwrap();
        assert_eq!(
            (a.field.as_deref(), a.by.as_deref(), &*a.comparison, a.value),
            (Some("TargetUser"), Some("Host"), ">=", 5.0)
        );
        assert!(parse("sel | count() > 5").unwrap().1.unwrap().by.is_none());
        assert!(parse("sel | near a and b").is_err());
    }

    #[test]
    fn wrong_ones() {
        for text in ["", "and", "a b", "a and", "(a", "a)", "1 of", "1 of (", "x of a"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"(".repeat(1000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "(and |or |not |of |1 |all |them |sel\\* |[()|<>=]|\\PC){0,40}") {
            let _ = parse(&text);
        }
    }
}
