//! Values of a search as pipelines see them: plain text and wildcards, with the wildcards that `contains`, `startswith`
//! and `endswith` mean.

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use crate::sigma::Modifier;
use crate::sigma::rule::Item;
use crate::sigma::yaml::Scalar;

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Any,
    One,
}

/// A value in pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Parts(Vec<Part>);

impl Parts {
    /// Reads a value as Sigma writes it: `\` before `*`, `?` and `\` takes their meaning away.
    pub fn of(raw: &str) -> Self {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut chars = raw.chars().peekable();
        while let Some(c) = chars.next() {
            let wildcard = match c {
                '\\' => {
                    let next = chars.next_if(|n| matches!(n, '*' | '?' | '\\'));
                    text.push(next.unwrap_or('\\'));
                    continue;
                }
                '*' => Part::Any,
                '?' => Part::One,
                other => {
                    text.push(other);
                    continue;
                }
            };
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(wildcard);
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Self(parts)
    }

    /// As a pipeline's patterns see it: without escapes.
    pub fn shown(&self) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Any => out.push('*'),
                Part::One => out.push('?'),
            }
        }
        out
    }

    pub fn has_wildcard(&self) -> bool {
        self.0.iter().any(|p| !matches!(p, Part::Text(_)))
    }

    /// As Sigma writes it.
    pub fn raw(&self) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => escape(text, true, &mut out),
                Part::Any => out.push('*'),
                Part::One => out.push('?'),
            }
        }
        out
    }

    fn surround(&mut self, before: bool, after: bool) {
        if before && self.0.first() != Some(&Part::Any) {
            self.0.insert(0, Part::Any);
        }
        if after && self.0.last() != Some(&Part::Any) {
            self.0.push(Part::Any);
        }
    }
}

fn escape(text: &str, wildcards: bool, out: &mut String) {
    for c in text.chars() {
        if c == '\\' || (wildcards && matches!(c, '*' | '?')) {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Whether an item's values are compared as plain strings with wildcards, so that pipelines can change them.
pub(super) fn is_plain(item: &Item) -> bool {
    item.modifiers.iter().all(|m| {
        matches!(
            m,
            Modifier::Contains
                | Modifier::StartsWith
                | Modifier::EndsWith
                | Modifier::All
                | Modifier::Cased
                | Modifier::Neq
                | Modifier::Expand
        )
    })
}

/// Whether an item's values are strings at all, also after encodings that a pipeline cannot look through.
pub(super) fn is_encoded(item: &Item) -> bool {
    let not_text = |m: &Modifier| {
        matches!(
            m,
            Modifier::Re
                | Modifier::Cidr
                | Modifier::Exists
                | Modifier::FieldRef
                | Modifier::Lt
                | Modifier::Lte
                | Modifier::Gt
                | Modifier::Gte
                | Modifier::Minute
                | Modifier::Hour
                | Modifier::Day
                | Modifier::Week
                | Modifier::Month
                | Modifier::Year
        )
    };
    !is_plain(item) && !item.modifiers.iter().any(not_text)
}

/// A value of an item with the wildcards of its modifiers; None where it is no plain string.
pub(super) fn parts(item: &Item, value: &Scalar) -> Option<Parts> {
    let (Scalar::Text(text) | Scalar::Number(_, text)) = value else { return None };
    if !is_plain(item) {
        return None;
    }
    let mut parts = Parts::of(text);
    let has = |m| item.has(m);
    let (contains, starts, ends) =
        (has(Modifier::Contains), has(Modifier::StartsWith), has(Modifier::EndsWith));
    parts.surround(contains || ends, contains || starts);
    Some(parts)
}

/// The same as text.
pub(super) fn shown(item: &Item, value: &Scalar) -> Option<String> {
    parts(item, value).map(|p| p.shown())
}

/// Takes the wildcards of an item's modifiers into its values, and the modifiers away.
pub(super) fn unfold(item: &mut Item) {
    let values: Vec<Scalar> = item
        .values
        .iter()
        .map(|value| match value {
            Scalar::Text(_) => {
                parts(item, value).map_or_else(|| value.clone(), |p| Scalar::Text(p.raw().into()))
            }
            other => other.clone(),
        })
        .collect();
    item.values = values;
    let shape = |m: &Modifier| matches!(m, Modifier::Contains | Modifier::StartsWith | Modifier::EndsWith);
    item.modifiers.retain(|m| !shape(m));
}

/// `replace_string`.
#[derive(Debug, Clone)]
pub(super) struct Replace {
    pub pattern: Regex,
    pub replacement: Vec<Replacement>,
    /// Only plain text is replaced; wildcards stay.
    pub skip_special: bool,
    /// With `skip_special`: `*` and `?` of the replacement are wildcards.
    pub interpret_special: bool,
}

/// A piece of a replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Replacement {
    Text(String),
    Group(usize),
    Name(String),
}

impl Replacement {
    /// Reads Python's form: `\1`, `\g<1>`, `\g<name>`, and the usual escapes.
    pub fn of(text: &str) -> Option<Vec<Self>> {
        let mut list = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\\') {
            plain.push_str(before);
            let first = after.chars().next()?;
            rest = after.get(first.len_utf8()..)?;
            let group = match first {
                'n' => {
                    plain.push('\n');
                    continue;
                }
                't' => {
                    plain.push('\t');
                    continue;
                }
                '\\' => {
                    plain.push('\\');
                    continue;
                }
                '1'..='9' => {
                    let second = rest.chars().next().filter(char::is_ascii_digit);
                    rest = rest.get(second.map_or(0, char::len_utf8)..)?;
                    let digits: String = std::iter::once(first).chain(second).collect();
                    Self::Group(digits.parse().ok()?)
                }
                'g' => {
                    let (name, tail) = rest.strip_prefix('<')?.split_once('>')?;
                    rest = tail;
                    name.parse().map_or_else(|_| Self::Name(name.to_owned()), Self::Group)
                }
                // Python refuses other letters, and takes other signs as they stand.
                c if c.is_ascii_alphanumeric() => return None,
                c => {
                    plain.push('\\');
                    plain.push(c);
                    continue;
                }
            };
            if !plain.is_empty() {
                list.push(Self::Text(std::mem::take(&mut plain)));
            }
            list.push(group);
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            list.push(Self::Text(plain));
        }
        Some(list)
    }
}

impl Replace {
    /// Whether every group of the replacement is in the pattern.
    pub fn groups_exist(&self) -> bool {
        let info = self.pattern.group_info();
        self.replacement.iter().all(|r| match r {
            Replacement::Text(_) => true,
            Replacement::Group(n) => *n < self.pattern.captures_len(),
            Replacement::Name(name) => info.to_index(regex_automata::PatternID::ZERO, name).is_some(),
        })
    }

    /// The value after the replacement, as Sigma writes it.
    pub fn value(&self, parts: &Parts) -> String {
        if self.skip_special {
            let mut out = String::new();
            for part in &parts.0 {
                match part {
                    Part::Text(text) => escape(&self.text(text), !self.interpret_special, &mut out),
                    Part::Any => out.push('*'),
                    Part::One => out.push('?'),
                }
            }
            return out;
        }
        // What the replacement leaves is read as Sigma, where a backslash is plain unless a wildcard follows it.
        let text = self.text(&parts.shown());
        let mut out = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            out.push(c);
            if c == '\\' && !chars.peek().is_some_and(|n| matches!(n, '*' | '?')) {
                out.push('\\');
            }
        }
        out
    }

    /// Every match replaced.
    fn text(&self, text: &str) -> String {
        let mut out = String::new();
        let mut last = 0;
        for captures in self.pattern.captures_iter(text) {
            let Some(whole) = captures.get_match() else { continue };
            out.push_str(text.get(last..whole.start()).unwrap_or_default());
            for part in &self.replacement {
                out.push_str(match part {
                    Replacement::Text(text) => text,
                    Replacement::Group(n) => group(&captures, *n, text),
                    Replacement::Name(name) => {
                        captures.get_group_by_name(name).and_then(|s| text.get(s.range())).unwrap_or_default()
                    }
                });
            }
            last = whole.end();
        }
        out.push_str(text.get(last..).unwrap_or_default());
        out
    }
}

fn group<'t>(captures: &Captures, n: usize, text: &'t str) -> &'t str {
    captures.get_group(n).and_then(|s| text.get(s.range())).unwrap_or_default()
}
