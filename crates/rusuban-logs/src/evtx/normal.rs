//! The normal form of a template or fragment: its tokens with names and texts resolved and everything that depends on the
//! place in the chunk (offsets, sizes) left out.
//!
//! Two chunks that hold the same template give the same normal form, so that it is the key of the template cache, and
//! nothing after this step looks into the chunk for names.

use super::Reason;
use super::bytes::{index, u16_at, u32_at};

/// `[OPEN] dependency:u16 length:u16 name`
pub(super) const OPEN: u8 = b'O';
/// `[ATTRIBUTE] length:u16 name`
pub(super) const ATTRIBUTE: u8 = b'A';
/// `[TEXT] length:u16 text`
pub(super) const TEXT: u8 = b'V';
/// `[VALUE] number:u16`
pub(super) const VALUE: u8 = b'S';
/// `[CONTENT]`: the start tag ends, content follows.
pub(super) const CONTENT: u8 = b'C';
/// `[END]`: the element ends.
pub(super) const END: u8 = b'E';

/// No dependency.
pub(super) const NO_DEPENDENCY: u16 = 0xffff;

/// A normal form is not longer than this: true templates have a few thousand bytes; names can be pointed at again and again.
const LONGEST: usize = 256 * 1024;
/// A name is not longer than this, in characters.
const LONGEST_NAME: usize = 1024;
/// Elements are not nested deeper than this.
const DEEPEST: usize = 64;

/// Appends the normal form of the tokens at `start` (up to the end-of-stream token, or `end`) to `out`.
/// `template`: the tokens are a template's definition, whose elements carry dependency numbers.
pub(super) fn normalise(
    chunk: &[u8],
    start: usize,
    end: usize,
    template: bool,
    out: &mut Vec<u8>,
) -> Result<(), Reason> {
    // Names may lie anywhere in the chunk; tokens only up to the end.
    let whole = chunk;
    let chunk = chunk.get(..end.min(chunk.len())).unwrap_or(chunk);
    let mut at = start;
    let mut depth = 0_usize;
    let limit = out.len() + LONGEST;
    while let Some(&token) = chunk.get(at) {
        at += 1;
        match token {
            0x00 => break,
            0x01 | 0x41 => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(Reason::Limit);
                }
                let mut dependency = NO_DEPENDENCY;
                if template {
                    dependency = u16_at(chunk, at).ok_or(Reason::Truncated)?;
                    at += 2;
                }
                out.push(OPEN);
                out.extend(dependency.to_le_bytes());
                at = name(whole, at + 4, out)?;
                if token == 0x41 {
                    at += 4;
                }
            }
            0x02 => out.push(CONTENT),
            0x03 | 0x04 => {
                depth = depth.checked_sub(1).ok_or(Reason::Token)?;
                out.push(END);
            }
            0x05 | 0x45 => {
                if chunk.get(at) != Some(&0x01) {
                    return Err(Reason::ValueType);
                }
                at = text(chunk, at + 1, out)?;
            }
            0x07 | 0x47 => at = text(chunk, at, out)?,
            0x06 | 0x46 => {
                out.push(ATTRIBUTE);
                at = name(whole, at, out)?;
            }
            0x08 | 0x48 => {
                let unit = u16_at(chunk, at).ok_or(Reason::Truncated)?;
                push_text(&unit.to_le_bytes(), out);
                at += 2;
            }
            0x09 | 0x49 => {
                let from = out.len();
                at = name(whole, at, out)?;
                let entity = entity(out.get(from + 2..).unwrap_or_default())?;
                out.truncate(from);
                push_text(&entity.to_le_bytes(), out);
            }
            // Processing instructions say nothing about an event.
            0x0a => {
                let from = out.len();
                at = name(whole, at, out)?;
                out.truncate(from);
            }
            0x0b => {
                let from = out.len();
                at = text(chunk, at, out)?;
                out.truncate(from);
            }
            0x0d | 0x0e => {
                let number = u16_at(chunk, at).ok_or(Reason::Truncated)?;
                out.push(VALUE);
                out.extend(number.to_le_bytes());
                at += 3;
            }
            0x0f => at += 3,
            _ => return Err(Reason::Token),
        }
        if out.len() > limit {
            return Err(Reason::Limit);
        }
    }
    if depth == 0 { Ok(()) } else { Err(Reason::Truncated) }
}

/// Reads a name reference at `at`, appends length and name, gives the offset that follows. A name that is used for the
/// first time stands right behind its reference.
fn name(chunk: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Reason> {
    let offset = index(u32_at(chunk, at).ok_or(Reason::Truncated)?);
    let after = at + 4;
    // Next name in its bucket (4), hash (2), count of characters (2), characters, NUL.
    let count = usize::from(u16_at(chunk, offset.saturating_add(6)).ok_or(Reason::Reference)?);
    if count > LONGEST_NAME {
        return Err(Reason::Limit);
    }
    let from = offset + 8;
    let text = chunk.get(from..from + count * 2).ok_or(Reason::Reference)?;
    out.extend(u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
    out.extend(text);
    Ok(if offset == after { from + count * 2 + 2 } else { after })
}

/// Reads a text with its count of characters before it.
fn text(chunk: &[u8], at: usize, out: &mut Vec<u8>) -> Result<usize, Reason> {
    let bytes = usize::from(u16_at(chunk, at).ok_or(Reason::Truncated)?) * 2;
    let end = at + 2 + bytes;
    let mut text = chunk.get(at + 2..end).ok_or(Reason::Truncated)?;
    // Lengths are written in 16 bits; only a forged text is longer than the half of that.
    if text.len() > usize::from(u16::MAX) {
        return Err(Reason::Limit);
    }
    while let Some(rest) = text.strip_suffix(&[0, 0]) {
        text = rest;
    }
    push_text(text, out);
    Ok(end)
}

fn push_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(TEXT);
    out.extend(u16::try_from(text.len()).unwrap_or(0).to_le_bytes());
    out.extend(text);
}

/// The character of one of XML's five entities.
fn entity(name: &[u8]) -> Result<u16, Reason> {
    Ok(u16::from(match name {
        b"l\0t\0" => b'<',
        b"g\0t\0" => b'>',
        b"a\0m\0p\0" => b'&',
        b"q\0u\0o\0t\0" => b'"',
        b"a\0p\0o\0s\0" => b'\'',
        _ => return Err(Reason::Token),
    }))
}

/// A token of a normal form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'n> {
    /// An element starts: the number of the value it depends on, its name (UTF-16LE).
    Open(u16, &'n [u8]),
    /// An attribute's name; its parts follow.
    Attribute(&'n [u8]),
    /// Text (UTF-16LE).
    Text(&'n [u8]),
    /// The value of that number.
    Value(u16),
    /// The start tag ends.
    Content,
    /// The element ends.
    End,
}

/// Walks a normal form.
pub(super) fn tokens(normal: &[u8]) -> impl Iterator<Item = Token<'_>> {
    let mut rest = normal;
    std::iter::from_fn(move || {
        let (kind, after) = rest.split_first()?;
        let number = |at: usize| u16_at(after, at);
        let (token, used) = match *kind {
            OPEN => {
                let length = usize::from(number(2)?);
                (Token::Open(number(0)?, after.get(4..4 + length)?), 4 + length)
            }
            ATTRIBUTE => {
                let length = usize::from(number(0)?);
                (Token::Attribute(after.get(2..2 + length)?), 2 + length)
            }
            TEXT => {
                let length = usize::from(number(0)?);
                (Token::Text(after.get(2..2 + length)?), 2 + length)
            }
            VALUE => (Token::Value(number(0)?), 2),
            CONTENT => (Token::Content, 0),
            _ => (Token::End, 0),
        };
        rest = after.get(used..)?;
        Some(token)
    })
}
