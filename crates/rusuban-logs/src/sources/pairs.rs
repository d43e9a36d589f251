//! `name=value name="value with blanks"` lists, as firewalls write them, and the headers and extensions of CEF and LEEF.

use bumpalo::Bump;

/// Walks `name=value` pairs. A value in double quotes ends at the next quote that is not escaped with a backslash and is
/// followed by a blank, a comma or the end; any other value ends at the next blank. Words without `=` are skipped.
#[derive(Debug, Clone)]
pub struct Pairs<'a> {
    rest: &'a str,
}

impl<'a> Pairs<'a> {
    /// Pairs of a text.
    pub fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Pairs<'a> {
    /// Name, and value without its quotes; escapes inside quotes stand as they are (see [`unescape`]).
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', ',', ';']);
            let end = self.rest.find(['=', ' ', '\t'])?;
            let (name, rest) = self.rest.split_at_checked(end)?;
            let Some(value) = rest.strip_prefix('=') else {
                self.rest = rest;
                continue;
            };
            let (value, rest) = match value.strip_prefix('"') {
                Some(inner) => quoted(inner),
                None => value.split_at_checked(value.find([' ', '\t']).unwrap_or(value.len()))?,
            };
            self.rest = rest;
            if !name.is_empty() {
                return Some((name, value));
            }
        }
    }
}

/// Splits at the quote that ends a value; without one the rest is the value.
fn quoted(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|t| t.find('"')).map(|i| from + i) {
        let backslashes =
            bytes.get(..at).unwrap_or_default().iter().rev().take_while(|b| **b == b'\\').count();
        let ends = matches!(bytes.get(at + 1), None | Some(b' ' | b'\t' | b',' | b';' | b'\r' | b'\n'));
        if backslashes % 2 == 0 && ends {
            return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        }
        from = at + 1;
    }
    (text, "")
}

/// Takes backslash escapes out: `\"`, `\\`, `\=`, `\|`, `\n`, `\r`, `\t`. Borrows where there are none.
pub fn unescape<'a>(text: &'a str, arena: &'a Bump) -> &'a str {
    if !text.contains('\\') {
        return text;
    }
    let mut out = bumpalo::collections::String::with_capacity_in(text.len(), arena);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some(other @ ('"' | '\\' | '=' | '|' | '\'' | ']')) => out.push(other),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    out.into_bump_str()
}

/// A CEF message (ArcSight Common Event Format, version 0 and 1).
#[derive(Debug, Clone, Copy)]
pub struct Cef<'a> {
    /// Device Vendor.
    pub vendor: &'a str,
    /// Device Product.
    pub product: &'a str,
    /// Device Version.
    pub version: &'a str,
    /// Device Event Class ID.
    pub class: &'a str,
    /// Name.
    pub name: &'a str,
    /// Severity.
    pub severity: &'a str,
    /// The extension: names and values, escapes taken out.
    pub extension: &'a [(&'a str, &'a str)],
}

impl<'a> Cef<'a> {
    /// Reads a message with `CEF:` at its start (some collectors cut that off and leave the version: `0|Vendor|…`).
    pub fn parse(message: &'a str, arena: &'a Bump) -> Option<Self> {
        let body = message.strip_prefix("CEF:").or_else(|| {
            let version = message.split_once('|')?.0;
            (!version.is_empty() && version.len() <= 2 && version.bytes().all(|b| b.is_ascii_digit()))
                .then_some(message)
        })?;
        let mut parts = [""; 7];
        let mut rest = body;
        for part in &mut parts {
            let at = unescaped(rest, b'|')?;
            *part = unescape(rest.get(..at)?, arena);
            rest = rest.get(at + 1..)?;
        }
        // A vendor may leave a field out; the header is then shifted by nobody, so take it as it stands.
        let [_, vendor, product, version, class, name, severity] = parts;
        Some(Self { vendor, product, version, class, name, severity, extension: extension(rest, arena) })
    }

    /// The value of an extension field; None where it is not there or empty.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.extension.iter().find(|(n, _)| *n == name).map(|(_, v)| *v).filter(|v| !v.is_empty())
    }

    /// The value of a custom field (`cs1`, `cn2`, `deviceCustomDate1`…) found by its label (`cs1Label=…`).
    pub fn labelled(&self, label: &str) -> Option<&'a str> {
        let (name, _) = self.extension.iter().find(|(n, v)| n.ends_with("Label") && *v == label)?;
        self.get(name.strip_suffix("Label")?)
    }
}

/// Position of the first `byte` that has no backslash before it.
fn unescaped(text: &str, byte: u8) -> Option<usize> {
    let mut escaped = false;
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b if b == byte => return Some(at),
            _ => {}
        }
    }
    None
}

/// `name=value name=value`: a value runs to the blank before the next `name=`; values may hold blanks.
fn extension<'a>(text: &'a str, arena: &'a Bump) -> &'a [(&'a str, &'a str)] {
    let bytes = text.as_bytes();
    let is_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(*b, b'_' | b'.' | b'-' | b'[' | b']' | b':' | b'/');
    // Where names start: a run of name bytes that ends in an unescaped `=` and follows the start or a blank.
    let mut starts = bumpalo::collections::Vec::new_in(arena);
    for (at, b) in bytes.iter().enumerate() {
        if *b != b'=' || at == 0 || bytes.get(at - 1) == Some(&b'\\') {
            continue;
        }
        let len = bytes.get(..at).unwrap_or_default().iter().rev().take_while(|b| is_name(b)).count();
        let start = at - len;
        if len > 0 && (start == 0 || matches!(bytes.get(start - 1), Some(b' ' | b'\t' | b'\n'))) {
            starts.push((start, at));
        }
    }
    let mut pairs = bumpalo::collections::Vec::new_in(arena);
    for (i, (start, equals)) in starts.iter().enumerate() {
        let end = starts.get(i + 1).map_or(text.len(), |next| next.0);
        let (Some(name), Some(value)) = (text.get(*start..*equals), text.get(equals + 1..end)) else {
            continue;
        };
        pairs.push((name, unescape(value.trim(), arena)));
    }
    pairs.into_bump_slice()
}

/// A LEEF message (IBM QRadar Log Event Extended Format 1.0 and 2.0).
#[derive(Debug, Clone, Copy)]
pub struct Leef<'a> {
    /// Vendor.
    pub vendor: &'a str,
    /// Product.
    pub product: &'a str,
    /// Product version.
    pub version: &'a str,
    /// Event id.
    pub event: &'a str,
    /// Attributes.
    pub attributes: &'a [(&'a str, &'a str)],
}

impl<'a> Leef<'a> {
    /// Reads a message with `LEEF:` at its start. Attributes are separated by tab, or by what version 2 states.
    pub fn parse(message: &'a str, arena: &'a Bump) -> Option<Self> {
        let body = message.strip_prefix("LEEF:")?;
        let mut parts = body.splitn(6, '|');
        let (form, vendor, product) = (parts.next()?, parts.next()?, parts.next()?);
        let (version, event) = (parts.next()?, parts.next()?);
        let rest = parts.next().unwrap_or_default();
        let (separator, rest) = if form.starts_with('2') { separator(rest) } else { ('\t', rest) };
        let attributes = rest.split(separator).filter_map(|pair| pair.split_once('='));
        let attributes: Vec<_> = attributes.map(|(n, v)| (n.trim(), v.trim())).collect();
        Some(Self { vendor, product, version, event, attributes: arena.alloc_slice_copy(&attributes) })
    }

    /// The value of an attribute; None where it is not there or empty.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(n, _)| *n == name).map(|(_, v)| *v).filter(|v| !v.is_empty())
    }
}

/// LEEF 2.0: the sixth field states the separator, as itself or as `x09` / `0x09`.
fn separator(text: &str) -> (char, &str) {
    let Some((stated, rest)) = text.split_once('|') else { return ('\t', text) };
    let hex = stated.strip_prefix("0x").or_else(|| stated.strip_prefix('x'));
    let c = match hex.and_then(|h| u32::from_str_radix(h, 16).ok()).and_then(char::from_u32) {
        Some(c) => Some(c),
        None if stated.chars().count() == 1 => stated.chars().next(),
        None => None,
    };
    match c {
        Some(c) => (c, rest),
        None if stated.is_empty() => ('\t', rest),
        None => ('\t', text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_end_only_before_a_blank() {
        let text = r#"a=1 b="two words" c="say \"no\" = ok" d= e="<x="y">z" f=last"#;
        let pairs: Vec<_> = Pairs::new(text).collect();
        assert_eq!(pairs.first(), Some(&("a", "1")));
        assert_eq!(pairs.get(1), Some(&("b", "two words")));
        assert_eq!(pairs.get(2), Some(&("c", r#"say \"no\" = ok"#)));
        assert_eq!(pairs.get(3), Some(&("d", "")));
        assert_eq!(pairs.get(4), Some(&("e", "<x=\"y\">z")));
        assert_eq!(pairs.last(), Some(&("f", "last")));
    }

    #[test]
    fn cef_values_with_blanks_and_escapes() {
        let arena = Bump::new();
        let cef = Cef::parse(
            r"CEF:0|Maker|Pro\|duct|1.0|100|Name|5|src=1.2.3.4 msg=two words a\=b cs1Label=Rule cs1=my rule",
            &arena,
        );
        let cef = cef.unwrap();
        assert_eq!((cef.vendor, cef.product, cef.class), ("Maker", "Pro|duct", "100"));
        assert_eq!(cef.get("msg"), Some("two words a=b"));
        assert_eq!(cef.labelled("Rule"), Some("my rule"));
    }

    #[test]
    fn leef_separators() {
        let arena = Bump::new();
        let leef = Leef::parse("LEEF:2.0|Maker|Product|1|42|^|src=1.2.3.4^usrName=taro", &arena).unwrap();
        assert_eq!(leef.get("usrName"), Some("taro"));
        let leef = Leef::parse("LEEF:1.0|Maker|Product|1|42|src=1.2.3.4\tusrName=taro", &arena).unwrap();
        assert_eq!(leef.get("src"), Some("1.2.3.4"));
    }
}
