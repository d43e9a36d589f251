//! Witnesses: for a rule, tests of which one must hold if the rule does; chosen so that they seldom hold.

use super::compile::Expr;
use super::literal;
use super::pattern::{Shape, folded};
use super::predicate::Spec;

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

/// A text that must be there for a test to hold.
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

/// Calls `take` for keys (without case) of which one must be met for the test to hold, and whether the test holds wherever
/// that key is met. False where there are no such keys, or none that is worth looking for.
pub fn keys(spec: &Spec, mut take: impl FnMut(Key<'_>, bool)) -> bool {
    match spec {
        Spec::Text { cased, shapes } => {
            if !shapes.iter().all(has_key) {
                return false;
            }
            for shape in shapes {
                let bytes: &[u8] = match shape {
                    Shape::Any => return false,
                    Shape::Exact(b) | Shape::Prefix(b) | Shape::Suffix(b) | Shape::Contains(b) => b,
                    Shape::Glob(g) => g.literal(),
                };
                let lower;
                let bytes = if *cased {
                    lower = folded(&String::from_utf8_lossy(bytes));
                    &lower
                } else {
                    bytes
                };
                let key = match shape {
                    Shape::Exact(_) => Key::Exact(bytes),
                    Shape::Prefix(_) => Key::Prefix(bytes),
                    Shape::Suffix(_) => Key::Suffix(bytes),
                    _ => Key::Inside(bytes),
                };
                take(key, !cased && !matches!(shape, Shape::Glob(_)));
            }
            true
        }
        Spec::Regex(compiled) => match literal::required(&compiled.pattern) {
            Some(texts) => {
                for text in texts {
                    take(Key::Inside(&text), false);
                }
                true
            }
            None => false,
        },
        _ => false,
    }
}

fn has_key(shape: &Shape) -> bool {
    match shape {
        Shape::Any => false,
        Shape::Exact(b) => !b.is_empty(),
        Shape::Glob(g) => g.literal().len() >= 3,
        _ => true,
    }
}

/// How often a test is thought to hold; None where it cannot be looked up.
pub fn cost(field: &str, spec: &Spec) -> Option<f64> {
    // Fields that say what kind of event it is hold in every event of the kind.
    let common = match field {
        "EventID" | "Channel" | "Provider_Name" | "EventType" | "Initiated" | "IntegrityLevel" => 30.0,
        "User" | "LogonType" | "cs-method" | "sc-status" => 10.0,
        _ => 1.0,
    };
    let mut sum = 0.0;
    let found = keys(spec, |key, _| {
        sum += match key {
            Key::Exact(b) => 0.004 * short(b),
            Key::Prefix(b) => 0.02 * short(b),
            Key::Suffix(b) => 0.006 * short(b) * everyday(b),
            Key::Inside(b) => 0.008 * short(b) * everyday(b),
        };
    });
    found.then_some(sum * common)
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
