//! Rows of comma-separated values (RFC 4180), for formats whose columns a header names.

use bumpalo::Bump;
use bumpalo::collections::{String as ArenaString, Vec as ArenaVec};

/// The most columns that a row may have; what follows is not read.
const MOST: usize = 1024;

/// The fields of one row. A field in double quotes may hold separators, line breaks and doubled quotes; None where a quote
/// is never closed.
pub fn fields<'a>(row: &'a str, separator: char, arena: &'a Bump) -> Option<&'a [&'a str]> {
    let mut out = ArenaVec::new_in(arena);
    let mut rest = row.trim_end_matches(['\r', '\n']);
    while out.len() < MOST {
        if let Some(quoted) = rest.strip_prefix('"') {
            let end = closing(quoted)?;
            let field = quoted.get(..end)?;
            out.push(if field.contains("\"\"") { undouble(field, arena) } else { field });
            rest = quoted.get(end + 1..)?;
            match rest.strip_prefix(separator) {
                Some(after) => rest = after,
                None if rest.is_empty() => break,
                // Text after the closing quote: not CSV.
                None => return None,
            }
        } else {
            let Some((field, after)) = rest.split_once(separator) else {
                out.push(rest);
                break;
            };
            out.push(field);
            rest = after;
        }
    }
    Some(out.into_bump_slice())
}

/// Where the quote stands that ends a field.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'"', bytes.get(from..)?)?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        from = at + 2;
    }
}

fn undouble<'a>(text: &str, arena: &'a Bump) -> &'a str {
    let mut out = ArenaString::with_capacity_in(text.len(), arena);
    let mut parts = text.split("\"\"");
    if let Some(first) = parts.next() {
        out.push_str(first);
    }
    for part in parts {
        out.push('"');
        out.push_str(part);
    }
    out.into_bump_str()
}

/// The field under a column's name, in any ASCII case.
pub fn column<'a>(columns: &[&str], fields: &[&'a str], name: &str) -> Option<&'a str> {
    let at = columns.iter().position(|c| c.trim().eq_ignore_ascii_case(name))?;
    fields.get(at).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields() {
        let arena = Bump::new();
        let row = fields("a,\"b, \"\"c\"\"\",,\"d\"\r\n", ',', &arena).unwrap();
        assert_eq!(row, ["a", "b, \"c\"", "", "d"]);
        assert_eq!(column(&["x", "Y"], row, "y"), Some("b, \"c\""));
        assert!(fields("a,\"b", ',', &arena).is_none());
        assert!(fields("a,\"b\"c", ',', &arena).is_none());
    }
}
