//! Texts that a regular expression cannot do without, to look for them before it runs.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::pattern::{fold, folded};

/// Shorter texts are not worth looking for.
const SHORTEST: usize = 3;
/// More alternatives than this are not looked for.
const MOST: usize = 64;

/// Texts without case of which one is in every text that the expression matches; None where there are none.
pub fn required(pattern: &str) -> Option<Vec<Box<[u8]>>> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    best(&hir)
}

fn best(hir: &Hir) -> Option<Vec<Box<[u8]>>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) | HirKind::Concat(_) => {
            let parts =
                if let HirKind::Concat(parts) = hir.kind() { parts } else { std::slice::from_ref(hir) };
            concat(parts)
        }
        HirKind::Capture(capture) => best(&capture.sub),
        HirKind::Repetition(r) if r.min > 0 => best(&r.sub),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(best(part)?);
                if all.len() > MOST {
                    return None;
                }
            }
            Some(all)
        }
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

fn concat(parts: &[Hir]) -> Option<Vec<Box<[u8]>>> {
    let mut candidates: Vec<Vec<Box<[u8]>>> = Vec::new();
    let mut run = String::new();
    for part in parts {
        if matches!(part.kind(), HirKind::Look(_) | HirKind::Empty) || fixed(part, &mut run) {
            continue;
        }
        if run.len() >= SHORTEST {
            candidates.push(vec![folded(&run)]);
        }
        run.clear();
        candidates.extend(if matches!(part.kind(), HirKind::Class(_)) { None } else { best(part) });
    }
    if run.len() >= SHORTEST {
        candidates.push(vec![folded(&run)]);
    }
    // Few and long is best.
    let worth = |c: &Vec<Box<[u8]>>| {
        let shortest = c.iter().map(|t| t.len().min(12)).min().unwrap_or(0);
        (shortest * 4).saturating_sub(c.len())
    };
    candidates.into_iter().max_by_key(worth)
}

/// Appends the one text that a part stands for, case aside; false where it stands for several.
fn fixed(part: &Hir, run: &mut String) -> bool {
    match part.kind() {
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => {
                run.push_str(text);
                true
            }
            Err(_) => false,
        },
        HirKind::Class(Class::Unicode(class)) => {
            let mut one = None;
            for range in class.ranges() {
                if u32::from(range.end()) - u32::from(range.start()) > 3 {
                    return false;
                }
                for c in range.start()..=range.end() {
                    match one {
                        None => one = Some(fold(c)),
                        Some(known) if known == fold(c) => {}
                        Some(_) => return false,
                    }
                }
            }
            match one {
                Some(c) => {
                    run.push(c);
                    true
                }
                None => false,
            }
        }
        HirKind::Capture(capture) => fixed(&capture.sub, run),
        HirKind::Concat(parts) => {
            let before = run.len();
            if parts.iter().all(|p| fixed(p, run)) {
                return true;
            }
            run.truncate(before);
            false
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_must_be_there() {
        let r = |p: &str| {
            required(p).map(|l| l.iter().map(|t| String::from_utf8_lossy(t).into_owned()).collect::<Vec<_>>())
        };
        let list = |l: &[&str]| Some(l.iter().map(ToString::to_string).collect());
        assert_eq!(r("ab+cDef.*x"), list(&["cdef"]));
        assert_eq!(r("(?i)Invoke-\\w+"), list(&["invoke-"]));
        assert_eq!(r("(foo1|bar2)+x?"), list(&["foo1", "bar2"]));
        assert_eq!(r("(foo1|.)x"), None);
        assert_eq!(r("[a-z]{3}"), None);
        assert_eq!(r("^(?:abc)$"), list(&["abc"]));
        assert_eq!(r("(abcd)?xyz"), list(&["xyz"]));
        assert_eq!(r("(?i)\\x{212A}ey"), list(&["key"]));
    }
}
