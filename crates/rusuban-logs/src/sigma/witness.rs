//! Witnesses: for a rule, tests of which one must hold if the rule does; chosen so that they seldom hold.

use super::compile::Expr;
use super::pattern::Shape;
use super::predicate::{Spec, TextSet};

/// Number of a test among all tests.
pub type PredId = u32;

/// How often one of a set of tests is thought to hold, and the tests.
pub type Witness = (f64, Vec<PredId>);

/// The best witness of an expression; None where the expression can hold without any of the tests that can be looked up.
pub fn of(expr: &Expr<PredId>, cost: &impl Fn(PredId) -> Option<f64>) -> Option<Witness> {
    match expr {
        Expr::Leaf(pred) => cost(*pred).map(|c| (c, vec![*pred])),
        Expr::All(list) => list.iter().filter_map(|e| of(e, cost)).min_by(|a, b| a.0.total_cmp(&b.0)),
        Expr::Any(list) | Expr::AtLeast(_, list) => {
            let mut whole: Witness = (0.0, Vec::new());
            for part in list {
                let (c, preds) = of(part, cost)?;
                whole.0 += c;
                whole.1.extend(preds);
            }
            whole.1.sort_unstable();
            whole.1.dedup();
            Some(whole)
        }
        Expr::Not(_) | Expr::Const(true) => None,
        Expr::Const(false) => Some((0.0, Vec::new())),
    }
}

/// A text that must be there for a pattern to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'s> {
    /// The whole text.
    Exact(&'s [u8]),
    /// The start.
    Prefix(&'s [u8]),
    /// The end.
    Suffix(&'s [u8]),
    /// Anywhere.
    Inside(&'s [u8]),
}

/// The key of a pattern, and whether the pattern matches wherever the key does; None where there is none that is worth
/// looking for.
pub fn key(shape: &Shape) -> Option<(Key<'_>, bool)> {
    match shape {
        Shape::Any => None,
        Shape::Exact(b) => (!b.is_empty()).then_some((Key::Exact(b), true)),
        Shape::Prefix(b) => Some((Key::Prefix(b), true)),
        Shape::Suffix(b) => Some((Key::Suffix(b), true)),
        Shape::Contains(b) => Some((Key::Inside(b), true)),
        Shape::Glob(g) => (g.literal().len() >= 3).then(|| (Key::Inside(g.literal()), false)),
    }
}

/// How often a test is thought to hold; None where it cannot be looked up.
pub fn cost(field: &str, spec: &Spec) -> Option<f64> {
    let Spec::Text { shapes, .. } = spec else { return None };
    // Fields that say what kind of event it is hold in every event of the kind.
    let common = match field {
        "EventID" | "Channel" | "Provider_Name" | "EventType" | "Initiated" | "IntegrityLevel" => 30.0,
        "User" | "LogonType" | "cs-method" | "sc-status" => 10.0,
        _ => 1.0,
    };
    let mut sum = 0.0;
    for shape in shapes {
        sum += match key(shape)?.0 {
            Key::Exact(b) => 0.004 * short(b),
            Key::Prefix(b) => 0.02 * short(b),
            Key::Suffix(b) => 0.006 * short(b) * everyday(b),
            Key::Inside(b) => 0.008 * short(b) * everyday(b),
        };
    }
    Some(sum * common)
}

/// Short texts are met often.
fn short(text: &[u8]) -> f64 {
    match text.len() {
        0 | 1 => 200.0,
        2 => 100.0,
        3 => 40.0,
        4 => 15.0,
        5 => 6.0,
        6 => 3.0,
        7 => 1.5,
        _ => 1.0,
    }
}

/// Texts that honest machines write all day.
fn everyday(text: &[u8]) -> f64 {
    const EVERYDAY: [(&[u8], f64); 22] = [
        (b"\\powershell.exe", 6.0),
        (b"\\pwsh.exe", 2.0),
        (b"\\cmd.exe", 6.0),
        (b"\\svchost.exe", 10.0),
        (b"\\rundll32.exe", 3.0),
        (b".exe", 40.0),
        (b".dll", 20.0),
        (b"\\windows\\", 40.0),
        (b"\\system32\\", 40.0),
        (b":\\windows", 40.0),
        (b":\\program files", 20.0),
        (b"\\users\\", 20.0),
        (b"\\appdata\\", 10.0),
        (b"\\temp\\", 6.0),
        (b"http", 6.0),
        (b"\\microsoft\\", 10.0),
        (b"\\software\\", 20.0),
        (b"currentversion", 10.0),
        (b"\\services\\", 6.0),
        (b"/bin/", 10.0),
        (b"/usr/", 10.0),
        (b"system", 6.0),
    ];
    EVERYDAY.iter().find(|(t, _)| *t == text).map_or(1.0, |(_, factor)| *factor)
}

/// True where a set's index keys are sure: they are compared in the case in which the set compares.
pub fn sure(set: &TextSet) -> bool {
    !set.cased
}

/// The kind of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// See [`Key::Exact`].
    Exact,
    /// See [`Key::Prefix`].
    Prefix,
    /// See [`Key::Suffix`].
    Suffix,
    /// See [`Key::Inside`].
    Inside,
}

impl<'s> Key<'s> {
    /// Kind and text.
    pub fn parts(self) -> (KeyKind, &'s [u8]) {
        match self {
            Key::Exact(b) => (KeyKind::Exact, b),
            Key::Prefix(b) => (KeyKind::Prefix, b),
            Key::Suffix(b) => (KeyKind::Suffix, b),
            Key::Inside(b) => (KeyKind::Inside, b),
        }
    }
}

impl KeyKind {
    /// A key of this kind.
    pub fn with(self, text: &[u8]) -> Key<'_> {
        match self {
            KeyKind::Exact => Key::Exact(text),
            KeyKind::Prefix => Key::Prefix(text),
            KeyKind::Suffix => Key::Suffix(text),
            KeyKind::Inside => Key::Inside(text),
        }
    }
}
