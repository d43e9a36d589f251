//! From a rule to an expression over tests of fields.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Condition, Quantity};
use super::encode;
use super::modifiers::Modifier;
use super::pattern::{self, Shape, Token};
use super::predicate::{Comparison, Compiled, Net, RefPlace, Spec, TimePart, regex};
use super::problem::Reason;
use super::rule::{Item, Rule, Search};
use super::yaml::Scalar;

/// Most patterns of one rule.
const MAX_PATTERNS: usize = 100_000;

/// An expression over leaves.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr<L> {
    /// A test.
    Leaf(L),
    /// Every one.
    All(Vec<Expr<L>>),
    /// One of them.
    Any(Vec<Expr<L>>),
    /// Not.
    Not(Box<Expr<L>>),
    /// So many of them.
    AtLeast(u32, Vec<Expr<L>>),
    /// Always, or never.
    Const(bool),
}

/// A test of a field by name; keywords have no name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// The field.
    pub field: Option<Box<str>>,
    /// What is asked of it.
    pub spec: Spec,
}

impl<L> Expr<L> {
    /// The same expression over other leaves.
    pub fn map<M>(self, change: &mut impl FnMut(L) -> M) -> Expr<M> {
        let list = |list: Vec<Expr<L>>, change: &mut _| list.into_iter().map(|e| e.map(change)).collect();
        match self {
            Expr::Leaf(leaf) => Expr::Leaf(change(leaf)),
            Expr::All(l) => Expr::All(list(l, change)),
            Expr::Any(l) => Expr::Any(list(l, change)),
            Expr::AtLeast(n, l) => Expr::AtLeast(n, list(l, change)),
            Expr::Not(inner) => Expr::Not(Box::new((*inner).map(change))),
            Expr::Const(b) => Expr::Const(b),
        }
    }

    /// True where the expression holds.
    pub fn holds(&self, test: &mut impl FnMut(&L) -> bool) -> bool {
        match self {
            Expr::Leaf(leaf) => test(leaf),
            Expr::All(list) => list.iter().all(|e| e.holds(test)),
            Expr::Any(list) => list.iter().any(|e| e.holds(test)),
            Expr::Not(inner) => !inner.holds(test),
            Expr::AtLeast(n, list) => {
                list.iter().filter(|e| e.holds(test)).take(*n as usize).count() >= *n as usize
            }
            Expr::Const(b) => *b,
        }
    }
}

/// Values of placeholders by name, without the percent signs.
pub type Placeholders = BTreeMap<String, Vec<String>>;

/// Why a rule has no expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// It is wrong.
    Wrong(u32, Reason),
    /// It waits for values of these placeholders.
    NeedsValues(BTreeSet<String>),
}

/// A rule's expression: its tests by their place in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    /// The expression.
    pub expr: Expr<usize>,
    /// The tests.
    pub leaves: Vec<Leaf>,
}

/// Compiles a rule's detection.
pub fn expression(rule: &Rule, placeholders: &Placeholders) -> Result<Expression, Fault> {
    let mut compiler = Compiler { placeholders, missing: BTreeSet::new(), patterns: 0, leaves: Vec::new() };
    let wrong = |reason| Fault::Wrong(rule.place.line, reason);
    let mut searches = Vec::with_capacity(rule.detection.searches.len());
    for (name, search) in &rule.detection.searches {
        let expr = compiler.search(search).map_err(|(line, reason)| Fault::Wrong(line, reason))?;
        searches.push((&**name, expr));
    }
    let mut list = Vec::with_capacity(rule.detection.conditions.len());
    for condition in &rule.detection.conditions {
        list.push(self::condition(condition, &searches).map_err(wrong)?);
    }
    if !compiler.missing.is_empty() {
        return Err(Fault::NeedsValues(compiler.missing));
    }
    let mut expr = one_or(list, Expr::Any);
    cheap_first(&mut expr, &compiler.leaves);
    Ok(Expression { expr, leaves: compiler.leaves })
}

/// Puts what is tested fast before what is tested slowly, and says how slow the whole is.
fn cheap_first(expr: &mut Expr<usize>, leaves: &[Leaf]) -> u32 {
    match expr {
        Expr::Leaf(at) => leaves.get(*at).map_or(0, Leaf::effort),
        Expr::All(list) | Expr::Any(list) | Expr::AtLeast(_, list) => {
            let mut efforts: Vec<(u32, Expr<usize>)> =
                std::mem::take(list).into_iter().map(|mut e| (cheap_first(&mut e, leaves), e)).collect();
            efforts.sort_by_key(|(effort, _)| *effort);
            let whole = efforts.iter().map(|(effort, _)| effort).sum();
            list.extend(efforts.into_iter().map(|(_, e)| e));
            whole
        }
        Expr::Not(inner) => cheap_first(inner, leaves),
        Expr::Const(_) => 0,
    }
}

impl Leaf {
    /// How long the test takes, roughly.
    fn effort(&self) -> u32 {
        let long = match self.field.as_deref() {
            None | Some("ScriptBlockText" | "Payload" | "Data" | "ContextInfo" | "Message" | "message") => 8,
            Some("CommandLine" | "ParentCommandLine" | "CallTrace") => 2,
            Some(_) => 1,
        };
        match &self.spec {
            Spec::Present | Spec::Null => 1,
            Spec::Text { shapes, .. } => shapes
                .iter()
                .map(|s| match s {
                    Shape::Contains(_) => 4 * long,
                    Shape::Glob(_) => 8 * long,
                    _ => 1,
                })
                .sum::<u32>()
                .clamp(2, 60 * long),
            Spec::Compare(..) | Spec::Cidr(_) => 6,
            Spec::Reference { .. } => 8,
            Spec::Regex(_) => 80 * long,
            Spec::Time(..) => 50,
        }
    }
}

fn one_or<L>(mut list: Vec<Expr<L>>, many: fn(Vec<Expr<L>>) -> Expr<L>) -> Expr<L> {
    if list.len() == 1 { list.remove(0) } else { many(list) }
}

fn condition(node: &Condition, searches: &[(&str, Expr<usize>)]) -> Result<Expr<usize>, Reason> {
    let list =
        |list: &[Condition]| -> Result<Vec<_>, _> { list.iter().map(|c| condition(c, searches)).collect() };
    Ok(match node {
        Condition::Search(name) => {
            let found = searches.iter().find(|(n, _)| *n == &**name);
            found.ok_or_else(|| Reason::UnknownSearch(name.clone()))?.1.clone()
        }
        Condition::And(l) => Expr::All(list(l)?),
        Condition::Or(l) => Expr::Any(list(l)?),
        Condition::Not(inner) => Expr::Not(Box::new(condition(inner, searches)?)),
        Condition::Of(quantity, selector) => {
            let chosen: Vec<Expr<usize>> =
                searches.iter().filter(|(n, _)| selector.takes(n)).map(|(_, e)| e.clone()).collect();
            if chosen.is_empty() {
                let name = match selector {
                    super::condition::Selector::Them => "them".into(),
                    super::condition::Selector::Pattern(p) => p.clone(),
                };
                return Err(Reason::UnknownSearch(name));
            }
            match quantity {
                Quantity::All => one_or(chosen, Expr::All),
                Quantity::AtLeast(0) => return Err(Reason::Condition("0 of is always true".into())),
                Quantity::AtLeast(1) => one_or(chosen, Expr::Any),
                Quantity::AtLeast(n) if *n as usize > chosen.len() => Expr::Const(false),
                Quantity::AtLeast(n) => Expr::AtLeast(*n, chosen),
            }
        }
    })
}

struct Compiler<'p> {
    placeholders: &'p Placeholders,
    missing: BTreeSet<String>,
    patterns: usize,
    leaves: Vec<Leaf>,
}

type Wrong = (u32, Reason);

impl Compiler<'_> {
    fn search(&mut self, search: &Search) -> Result<Expr<usize>, Wrong> {
        Ok(match search {
            Search::All(list) => {
                one_or(list.iter().map(|s| self.search(s)).collect::<Result<_, _>>()?, Expr::All)
            }
            Search::Any(list) => {
                one_or(list.iter().map(|s| self.search(s)).collect::<Result<_, _>>()?, Expr::Any)
            }
            Search::Item(item) => self.item(item).map_err(|reason| (item.line, reason))?,
        })
    }

    fn item(&mut self, item: &Item) -> Result<Expr<usize>, Reason> {
        let plan = Plan::of(item)?;
        // Leaves for each value; text patterns of all values go into one leaf, unless every value must match.
        let mut leaves: Vec<Expr<usize>> = Vec::new();
        let mut shapes: Vec<Shape> = Vec::new();
        let mut nets: Vec<Net> = Vec::new();
        for value in &item.values {
            match self.value(&plan, value)? {
                Meaning::Shapes(more) => {
                    self.patterns += more.len();
                    if self.patterns > MAX_PATTERNS {
                        return Err(Reason::TooMany(MAX_PATTERNS));
                    }
                    if plan.all {
                        leaves.push(self.leaf(&plan, Spec::Text { cased: plan.cased, shapes: more }));
                    } else {
                        shapes.extend(more);
                    }
                }
                Meaning::Spec(Spec::Cidr(more)) if !plan.all => nets.extend(more),
                Meaning::Spec(spec) => leaves.push(self.leaf(&plan, spec)),
                Meaning::Absent => leaves.push(Expr::Not(Box::new(self.leaf(&plan, Spec::Present)))),
            }
        }
        if !nets.is_empty() {
            leaves.push(self.leaf(&plan, Spec::Cidr(nets)));
        }
        if !shapes.is_empty() {
            shapes.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
            shapes.dedup();
            leaves.push(self.leaf(&plan, Spec::Text { cased: plan.cased, shapes }));
        }
        let whole = match leaves.len() {
            0 => Expr::Const(false),
            _ => one_or(leaves, if plan.all { Expr::All } else { Expr::Any }),
        };
        Ok(if plan.neq { Expr::Not(Box::new(whole)) } else { whole })
    }

    fn leaf(&mut self, plan: &Plan<'_>, spec: Spec) -> Expr<usize> {
        self.leaves.push(Leaf { field: plan.field.clone(), spec });
        Expr::Leaf(self.leaves.len() - 1)
    }

    fn value(&mut self, plan: &Plan<'_>, value: &Scalar) -> Result<Meaning, Reason> {
        let number = || value.number().ok_or_else(|| Reason::Number(value.text().into()));
        let spec = match &plan.kind {
            Kind::Exists => {
                let there = match value {
                    Scalar::Bool(b) => *b,
                    other => match other.text().to_ascii_lowercase().as_str() {
                        "true" | "yes" | "1" => true,
                        "false" | "no" | "0" => false,
                        _ => return Err(plan.wrong("exists takes true or false")),
                    },
                };
                return Ok(if there { Meaning::Spec(Spec::Present) } else { Meaning::Absent });
            }
            Kind::Regex => Spec::Regex(self.regex(plan, value)?),
            Kind::Cidr => {
                let net = Net::parse(value.text()).ok_or_else(|| Reason::Cidr(value.text().into()))?;
                Spec::Cidr(vec![net])
            }
            Kind::Compare(comparison) => Spec::Compare(*comparison, number()?.to_bits()),
            Kind::Time(part, comparison) => {
                let n = number()?;
                #[expect(clippy::cast_possible_truncation, reason = "parts of times are small whole numbers")]
                let whole = n as i64;
                Spec::Time(*part, *comparison, whole)
            }
            Kind::Reference => Spec::Reference {
                other: value.text().into(),
                place: match plan.place {
                    Place::Whole => RefPlace::Whole,
                    Place::Start => RefPlace::Start,
                    Place::End => RefPlace::End,
                    Place::Anywhere => RefPlace::Anywhere,
                },
                cased: plan.cased,
            },
            Kind::Text => {
                return match value {
                    Scalar::Null if plan.field.is_none() => Err(plan.wrong("a keyword that is null")),
                    Scalar::Null => Ok(Meaning::Spec(Spec::Null)),
                    _ => Ok(Meaning::Shapes(self.shapes(plan, value)?)),
                };
            }
        };
        Ok(Meaning::Spec(spec))
    }

    fn regex(&mut self, plan: &Plan<'_>, value: &Scalar) -> Result<Compiled, Reason> {
        let mut flags = String::new();
        for (on, flag) in plan.flags.into_iter().zip(['i', 'm', 's']) {
            if on {
                flags.push(flag);
            }
        }
        let pattern = value.text();
        let whole: Box<str> =
            if flags.is_empty() { pattern.into() } else { format!("(?{flags}){pattern}").into() };
        self.patterns += 1;
        let regex = regex(&whole)?;
        Ok(Compiled { pattern: whole, regex })
    }

    fn shapes(&mut self, plan: &Plan<'_>, value: &Scalar) -> Result<Vec<Shape>, Reason> {
        let mut texts: Vec<String> = vec![value.text().to_owned()];
        if plan.expand {
            texts = self.expanded(value.text())?;
        } else if let Scalar::Number(n, text) = value {
            // `0x10` and `1.0` are also met as 16 and 1.
            let decimal = n.to_string();
            if decimal != **text {
                texts.push(decimal);
            }
        }
        let mut out = Vec::new();
        for text in texts {
            let mut tokens = vec![pattern::tokens(&text)];
            if plan.utf16.is_some() || plan.base64.is_some() {
                tokens = encoded(plan, tokens.first().map(Vec::as_slice).unwrap_or_default())?;
            }
            if plan.windash {
                tokens = tokens.into_iter().flat_map(dashed).collect();
            }
            for mut t in tokens {
                if matches!(plan.place, Place::Anywhere | Place::End) && t.first() != Some(&Token::Any) {
                    t.insert(0, Token::Any);
                }
                if matches!(plan.place, Place::Anywhere | Place::Start) && t.last() != Some(&Token::Any) {
                    t.push(Token::Any);
                }
                out.push(pattern::shape(&t, plan.cased));
            }
        }
        Ok(out)
    }

    /// The text with its placeholders replaced, in every combination of their values.
    fn expanded(&mut self, text: &str) -> Result<Vec<String>, Reason> {
        let mut texts = vec![String::new()];
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
            let after = tail.strip_prefix('%').unwrap_or_default();
            if let Some(plain) = before.strip_suffix('\\') {
                for text in &mut texts {
                    text.push_str(plain);
                    text.push('%');
                }
                rest = after;
                continue;
            }
            for text in &mut texts {
                text.push_str(before);
            }
            let name = after.split_once('%').filter(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
            });
            let Some((name, left)) = name else {
                for text in &mut texts {
                    text.push('%');
                }
                rest = after;
                continue;
            };
            rest = left;
            let Some(values) = self.placeholders.get(name) else {
                self.missing.insert(name.to_owned());
                continue;
            };
            if texts.len() * values.len() > MAX_PATTERNS {
                return Err(Reason::TooMany(MAX_PATTERNS));
            }
            texts = texts.iter().flat_map(|t| values.iter().map(move |v| format!("{t}{v}"))).collect();
        }
        for text in &mut texts {
            text.push_str(rest);
        }
        Ok(texts)
    }
}

/// A key by which patterns are put in an order, so that equal sets are equal.
fn key(shape: &Shape) -> (u8, &[u8]) {
    match shape {
        Shape::Any => (0, &[]),
        Shape::Exact(b) => (1, b),
        Shape::Prefix(b) => (2, b),
        Shape::Suffix(b) => (3, b),
        Shape::Contains(b) => (4, b),
        Shape::Glob(g) => (5, g.literal()),
    }
}

/// UTF-16 and Base64 of a value without wildcards.
fn encoded(plan: &Plan<'_>, tokens: &[Token]) -> Result<Vec<Vec<Token>>, Reason> {
    let text = pattern::plain(tokens).ok_or_else(|| plan.wrong("wildcards cannot be encoded"))?;
    let bytes = match plan.utf16 {
        Some((big, mark)) => encode::utf16(&text, big, mark),
        None => text.into_bytes(),
    };
    let texts = match plan.base64 {
        Some(false) => vec![encode::base64(&bytes)],
        Some(true) => encode::base64_offsets(&bytes),
        // UTF-16 alone: each byte as one character.
        None => vec![bytes.iter().map(|b| char::from(*b)).collect()],
    };
    Ok(texts.iter().map(|t| t.chars().map(Token::Char).collect()).collect())
}

/// One pattern for each dash where few are to be replaced: plain patterns are found faster than those with wildcards.
fn dashed(mut tokens: Vec<Token>) -> Vec<Vec<Token>> {
    encode::windash(&mut tokens);
    if tokens.iter().filter(|t| **t == Token::Dash).count() > 2 {
        return vec![tokens];
    }
    let mut list = vec![tokens];
    while let Some(place) = list.first().and_then(|l| l.iter().position(|t| *t == Token::Dash)) {
        list = list
            .into_iter()
            .flat_map(|tokens| {
                pattern::DASHES.into_iter().map(move |dash| {
                    let mut copy = tokens.clone();
                    if let Some(token) = copy.get_mut(place) {
                        *token = Token::Char(dash);
                    }
                    copy
                })
            })
            .collect();
    }
    list
}

enum Meaning {
    Shapes(Vec<Shape>),
    Spec(Spec),
    /// The field must not be there.
    Absent,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Whole,
    Start,
    End,
    Anywhere,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Exists,
    Regex,
    Cidr,
    Reference,
    Compare(Comparison),
    Time(TimePart, Comparison),
}

/// What an item's modifiers mean together.
#[expect(clippy::struct_excessive_bools, reason = "each is one modifier")]
struct Plan<'i> {
    field: &'i Option<Box<str>>,
    kind: Kind,
    place: Place,
    all: bool,
    cased: bool,
    neq: bool,
    windash: bool,
    expand: bool,
    /// `i`, `m`, `s`
    flags: [bool; 3],
    /// UTF-16: big-endian, with a mark.
    utf16: Option<(bool, bool)>,
    /// Base64: at any offset.
    base64: Option<bool>,
}

impl<'i> Plan<'i> {
    fn wrong(&self, what: &'static str) -> Reason {
        Reason::Modifiers(self.field.clone().unwrap_or_default(), what)
    }

    fn of(item: &'i Item) -> Result<Self, Reason> {
        let mut plan = Plan {
            field: &item.field,
            kind: Kind::Text,
            place: Place::Whole,
            all: false,
            cased: false,
            neq: false,
            windash: false,
            expand: false,
            flags: [false; 3],
            utf16: None,
            base64: None,
        };
        let mut comparison = None;
        let mut part = None;
        let mut kinds = 0;
        for modifier in &item.modifiers {
            let mut kind = |k| {
                plan.kind = k;
                kinds += 1;
            };
            match modifier {
                Modifier::Contains => plan.place = Place::Anywhere,
                Modifier::StartsWith => plan.place = Place::Start,
                Modifier::EndsWith => plan.place = Place::End,
                Modifier::All => plan.all = true,
                Modifier::Cased => plan.cased = true,
                Modifier::Neq => plan.neq = true,
                Modifier::WinDash => plan.windash = true,
                Modifier::Expand => plan.expand = true,
                Modifier::Exists => kind(Kind::Exists),
                Modifier::Re => kind(Kind::Regex),
                Modifier::Cidr => kind(Kind::Cidr),
                Modifier::FieldRef => kind(Kind::Reference),
                Modifier::ReIgnoreCase => plan.flags[0] = true,
                Modifier::ReMultiLine => plan.flags[1] = true,
                Modifier::ReDotAll => plan.flags[2] = true,
                Modifier::Base64 => plan.base64 = Some(false),
                Modifier::Base64Offset => plan.base64 = Some(true),
                Modifier::Utf16 => plan.utf16 = Some((false, true)),
                Modifier::Utf16Le => plan.utf16 = Some((false, false)),
                Modifier::Utf16Be => plan.utf16 = Some((true, false)),
                Modifier::Lt => comparison = Some(Comparison::Lt),
                Modifier::Lte => comparison = Some(Comparison::Lte),
                Modifier::Gt => comparison = Some(Comparison::Gt),
                Modifier::Gte => comparison = Some(Comparison::Gte),
                Modifier::Minute => part = Some(TimePart::Minute),
                Modifier::Hour => part = Some(TimePart::Hour),
                Modifier::Day => part = Some(TimePart::Day),
                Modifier::Week => part = Some(TimePart::Week),
                Modifier::Month => part = Some(TimePart::Month),
                Modifier::Year => part = Some(TimePart::Year),
            }
        }
        match (part, comparison) {
            (Some(part), _) => {
                plan.kind = Kind::Time(part, comparison.unwrap_or(Comparison::Eq));
                kinds += 1;
            }
            (None, Some(comparison)) => {
                plan.kind = Kind::Compare(comparison);
                kinds += 1;
            }
            (None, None) => {}
        }
        plan.check(kinds)?;
        Ok(plan)
    }

    /// Refuses modifiers that have no meaning together.
    fn check(&mut self, kinds: u32) -> Result<(), Reason> {
        if kinds > 1 {
            return Err(self.wrong("more than one kind of comparison"));
        }
        if self.flags.contains(&true) && self.kind != Kind::Regex {
            return Err(self.wrong("i, m and s belong to re"));
        }
        let text_only = self.windash || self.expand || self.utf16.is_some() || self.base64.is_some();
        if text_only && self.kind != Kind::Text {
            return Err(self.wrong("a change of text before a comparison that is not one of text"));
        }
        if self.place != Place::Whole && !matches!(self.kind, Kind::Text | Kind::Reference | Kind::Regex) {
            return Err(self.wrong("contains, startswith and endswith belong to text"));
        }
        if matches!(self.kind, Kind::Regex) && matches!(self.place, Place::Start | Place::End) {
            return Err(self.wrong("re has anchors of its own"));
        }
        if self.cased && !matches!(self.kind, Kind::Text | Kind::Reference) {
            return Err(self.wrong("cased belongs to text"));
        }
        if self.field.is_none() {
            if !matches!(self.kind, Kind::Text | Kind::Regex) {
                return Err(self.wrong("keywords are text"));
            }
            // Keywords stand anywhere in the event.
            self.place = Place::Anywhere;
        }
        Ok(())
    }
}

/// The event ids without which the expression cannot hold; None where any id will do.
pub fn event_ids(expression: &Expression) -> Option<BTreeSet<u64>> {
    ids_of(&expression.expr, &expression.leaves)
}

fn ids_of(expr: &Expr<usize>, leaves: &[Leaf]) -> Option<BTreeSet<u64>> {
    match expr {
        Expr::Leaf(at) => match leaves.get(*at)? {
            Leaf { field: Some(field), spec: Spec::Text { shapes, .. } } if &**field == "EventID" => {
                let id = |s: &Shape| match s {
                    Shape::Exact(b) => std::str::from_utf8(b).ok()?.parse().ok(),
                    _ => None,
                };
                shapes.iter().map(id).collect()
            }
            _ => None,
        },
        Expr::Not(_) | Expr::Const(true) => None,
        Expr::Const(false) => Some(BTreeSet::new()),
        Expr::All(list) => {
            list.iter().filter_map(|e| ids_of(e, leaves)).reduce(|a, b| a.intersection(&b).copied().collect())
        }
        Expr::Any(list) | Expr::AtLeast(_, list) => {
            let sets: Option<Vec<_>> = list.iter().map(|e| ids_of(e, leaves)).collect();
            Some(sets?.into_iter().flatten().collect())
        }
    }
}
