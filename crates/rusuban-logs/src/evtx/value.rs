//! Values of a record: type and bytes, not decoded beyond that.

use bumpalo::Bump;

use super::bytes::{u16_at, u32_at, u64_at};
use crate::event::{Value, civil_seconds};

/// Type of a null value.
pub(super) const NULL: u8 = 0;
/// Type of a nested BinXML fragment.
pub(super) const BINXML: u8 = 0x21;
/// Flag of an array of values.
const ARRAY: u8 = 0x80;

/// A value of type `kind`. Bytes of an unknown type, or too few for a number, stay bytes.
pub(super) fn value<'a>(kind: u8, bytes: &'a [u8], arena: &'a Bump) -> Value<'a> {
    if kind & ARRAY != 0 {
        return list(kind & !ARRAY, bytes, arena);
    }
    scalar(kind, bytes, arena).unwrap_or(Value::Bytes(bytes))
}

fn scalar<'a>(kind: u8, bytes: &'a [u8], arena: &'a Bump) -> Option<Value<'a>> {
    Some(match kind {
        NULL => Value::Null,
        0x01 => Value::Utf16(until_nul(bytes)),
        0x02 => ansi(bytes, arena),
        0x03 => Value::Int(i64::from(bytes.first()?.cast_signed())),
        0x04 => Value::UInt(u64::from(*bytes.first()?)),
        0x05 => Value::Int(i64::from(u16_at(bytes, 0)?.cast_signed())),
        0x06 => Value::UInt(u64::from(u16_at(bytes, 0)?)),
        0x07 => Value::Int(i64::from(u32_at(bytes, 0)?.cast_signed())),
        0x08 => Value::UInt(u64::from(u32_at(bytes, 0)?)),
        0x09 => Value::Int(u64_at(bytes, 0)?.cast_signed()),
        0x0a => Value::UInt(u64_at(bytes, 0)?),
        0x0b => Value::Float(f64::from(f32::from_bits(u32_at(bytes, 0)?))),
        0x0c => Value::Float(f64::from_bits(u64_at(bytes, 0)?)),
        0x0d => match u32_at(bytes, 0)? {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            n => Value::UInt(u64::from(n)),
        },
        0x0f if bytes.len() == 16 => Value::Guid(bytes),
        // A size is written in hexadecimal, in the width of its machine.
        0x10 | 0x14 | 0x15 if bytes.len() >= 8 => Value::Hex(u64_at(bytes, 0)?),
        0x10 | 0x14 | 0x15 => Value::Hex(u64::from(u32_at(bytes, 0)?)),
        0x11 => Value::FileTime(u64_at(bytes, 0)?),
        0x12 => Value::FileTime(system_time(bytes)?),
        0x13 => Value::Sid(bytes),
        _ => return None,
    })
}

/// The text before the first NUL.
fn until_nul(bytes: &[u8]) -> &[u8] {
    let (units, _) = bytes.as_chunks::<2>();
    // By blocks without a branch inside: the machine compares a block at once.
    let (blocks, _) = units.as_chunks::<32>();
    let nul = |all: bool, unit: &[u8; 2]| all | (u16::from_le_bytes(*unit) == 0);
    let clean = blocks.iter().take_while(|block| !block.iter().fold(false, nul)).count() * 32;
    let rest = units.get(clean..).unwrap_or_default();
    let length = clean + rest.iter().take_while(|u| **u != [0, 0]).count();
    bytes.get(..length * 2).unwrap_or(bytes)
}

/// Text in an unknown code page: borrowed where it is ASCII or UTF-8, otherwise what can be read of it.
fn ansi<'a>(bytes: &'a [u8], arena: &'a Bump) -> Value<'a> {
    let bytes = bytes.get(..memchr::memchr(0, bytes).unwrap_or(bytes.len())).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(s) => Value::Str(s),
        Err(_) => Value::Str(arena.alloc_str(&String::from_utf8_lossy(bytes))),
    }
}

/// SYSTEMTIME (MS-DTYP 2.3.13), read as UTC, in FILETIME steps.
fn system_time(bytes: &[u8]) -> Option<u64> {
    let part = |i: usize| u16_at(bytes, i * 2).map(u32::from);
    let seconds = civil_seconds(i64::from(part(0)?), part(1)?, part(3)?, part(4)?, part(5)?, part(6)?)?;
    let ticks = u64::try_from(seconds + 11_644_473_600).ok()? * 10_000_000;
    Some(ticks + u64::from(part(7)?.min(999)) * 10_000)
}

fn list<'a>(kind: u8, bytes: &'a [u8], arena: &'a Bump) -> Value<'a> {
    let mut items = bumpalo::collections::Vec::new_in(arena);
    match kind {
        0x01 => {
            let mut rest = bytes;
            while !rest.is_empty() {
                let text = until_nul(rest);
                items.push(Value::Utf16(text));
                rest = rest.get(text.len() + 2..).unwrap_or_default();
            }
        }
        0x02 => {
            let texts = bytes.strip_suffix(&[0]).unwrap_or(bytes).split(|b| *b == 0);
            items.extend(texts.map(|t| ansi(t, arena)));
        }
        _ => {
            let width = match kind {
                0x03 | 0x04 => 1,
                0x05 | 0x06 => 2,
                0x07 | 0x08 | 0x0b | 0x0d | 0x14 => 4,
                0x0f | 0x12 => 16,
                _ => 8,
            };
            if matches!(kind, 0x0e | 0x13 | BINXML) || kind > BINXML {
                return Value::Bytes(bytes);
            }
            items
                .extend(bytes.chunks_exact(width).map(|b| scalar(kind, b, arena).unwrap_or(Value::Bytes(b))));
        }
    }
    Value::List(items.into_bump_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_by_type() {
        let arena = Bump::new();
        let text = |kind, bytes: &'static [u8]| value(kind, bytes, &arena).to_text();
        assert_eq!(text(0x01, b"a\0b\0\0\0x\0"), "ab");
        assert_eq!(text(0x81, b"a\0\0\0b\0\0\0"), "a, b");
        assert_eq!(text(0x03, &[0xff]), "-1");
        assert_eq!(text(0x10, &[0x10, 0, 0, 0]), "0x10");
        assert_eq!(text(0x0d, &[1, 0, 0, 0]), "true");
        assert_eq!(text(0x84, &[1, 2]), "1, 2");
        assert_eq!(text(0x08, &[1, 2]), "0102");
        let systemtime = [0xea, 0x07, 12, 0, 0, 0, 26, 0, 3, 0, 4, 0, 5, 0, 0xf4, 1];
        assert_eq!(value(0x12, &systemtime, &arena).to_text(), "2026-12-26T03:04:05.5000000Z");
    }
}
