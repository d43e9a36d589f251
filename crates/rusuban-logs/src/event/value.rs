//! One value of an event: borrowed, and decoded only when somebody asks for its text.

use std::fmt::Write as _;

/// A value. Text of foreign encodings stays as bytes until [`Value::write_to`] is called.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Nothing: JSON null, an empty EVTX value.
    Null,
    /// Text.
    Str(&'a str),
    /// UTF-16LE text as it stands in a Windows record; may hold lone surrogates.
    Utf16(&'a [u8]),
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    UInt(u64),
    /// An unsigned number that its source writes in hexadecimal, `0x1f`.
    Hex(u64),
    /// A floating-point number.
    Float(f64),
    /// Truth.
    Bool(bool),
    /// A Windows GUID, 16 bytes as stored (first three parts little-endian).
    Guid(&'a [u8]),
    /// A Windows security identifier as stored.
    Sid(&'a [u8]),
    /// 100-nanosecond steps since 1601-01-01T00:00:00Z (Windows FILETIME).
    FileTime(u64),
    /// Bytes, written as upper-case hexadecimal.
    Bytes(&'a [u8]),
    /// Several values.
    List(&'a [Value<'a>]),
}

impl Value<'_> {
    /// True for null and for empty text or lists.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Null => true,
            Value::Str(s) => s.is_empty(),
            Value::Utf16(b) | Value::Bytes(b) => b.is_empty(),
            Value::List(l) => l.is_empty(),
            _ => false,
        }
    }

    /// Appends the value's text, as a person and a Sigma rule read it. Lists are joined with `, `.
    pub fn write_to(&self, out: &mut String) {
        // Writing to a String cannot fail.
        match self {
            Value::Null => {}
            Value::Str(s) => out.push_str(s),
            Value::Utf16(bytes) => {
                let units = bytes.as_chunks::<2>().0.iter().map(|b| u16::from_le_bytes(*b));
                out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            Value::Int(n) => {
                let _ = write!(out, "{n}");
            }
            Value::UInt(n) => {
                let _ = write!(out, "{n}");
            }
            Value::Hex(n) => {
                let _ = write!(out, "0x{n:x}");
            }
            Value::Float(n) => {
                let _ = write!(out, "{n}");
            }
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Guid(bytes) => write_guid(bytes, out),
            Value::Sid(bytes) => write_sid(bytes, out),
            Value::FileTime(ticks) => write_filetime(*ticks, out),
            Value::Bytes(bytes) => {
                for b in *bytes {
                    let _ = write!(out, "{b:02X}");
                }
            }
            Value::List(list) => {
                for (i, v) in list.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    v.write_to(out);
                }
            }
        }
    }

    /// The value's text as its own String. For output; hot paths use [`Value::write_to`] with a buffer of their own.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out);
        out
    }

    /// The value as a number, where it is one or is text that spells one (decimal, or hexadecimal with `0x`).
    pub fn as_f64(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "comparisons of log values; 2^53 is beyond them")]
        match self {
            Value::Int(n) => Some(*n as f64),
            Value::UInt(n) | Value::Hex(n) => Some(*n as f64),
            Value::Float(n) => Some(*n),
            Value::Str(s) => {
                let s = s.trim();
                match s.strip_prefix("0x").or_else(|| s.strip_prefix("0X")) {
                    Some(hex) => u64::from_str_radix(hex, 16).ok().map(|n| n as f64),
                    None => s.parse().ok(),
                }
            }
            Value::Utf16(_) => Value::Str(&self.to_text()).as_f64(),
            _ => None,
        }
    }

    /// The value as JSON: numbers, truths and lists keep their type, everything else is text.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null => serde_json::Value::Null,
            Value::Int(n) => (*n).into(),
            Value::UInt(n) => (*n).into(),
            Value::Float(n) => (*n).into(),
            Value::Bool(b) => (*b).into(),
            Value::List(list) => list.iter().map(Value::to_json).collect(),
            _ => self.to_text().into(),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(s: &'a str) -> Self {
        Value::Str(s)
    }
}
impl From<i64> for Value<'_> {
    fn from(n: i64) -> Self {
        Value::Int(n)
    }
}
impl From<u64> for Value<'_> {
    fn from(n: u64) -> Self {
        Value::UInt(n)
    }
}
impl From<u32> for Value<'_> {
    fn from(n: u32) -> Self {
        Value::UInt(u64::from(n))
    }
}
impl From<u16> for Value<'_> {
    fn from(n: u16) -> Self {
        Value::UInt(u64::from(n))
    }
}
impl From<bool> for Value<'_> {
    fn from(b: bool) -> Self {
        Value::Bool(b)
    }
}

/// `{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}`, upper case, as Windows writes it.
fn write_guid(bytes: &[u8], out: &mut String) {
    let Some(&[a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, e0, e1, e2, e3, e4, e5]) = bytes.first_chunk::<16>()
    else {
        return;
    };
    let a = u32::from_le_bytes([a0, a1, a2, a3]);
    let b = u16::from_le_bytes([b0, b1]);
    let c = u16::from_le_bytes([c0, c1]);
    let _ = write!(
        out,
        "{{{a:08X}-{b:04X}-{c:04X}-{d0:02X}{d1:02X}-{e0:02X}{e1:02X}{e2:02X}{e3:02X}{e4:02X}{e5:02X}}}"
    );
}

/// `S-1-5-21-…` (MS-DTYP 2.4.2): revision, count, 6 bytes of authority big-endian, sub-authorities little-endian.
fn write_sid(bytes: &[u8], out: &mut String) {
    let Some((&[revision, _count, a0, a1, a2, a3, a4, a5], rest)) = bytes.split_first_chunk::<8>() else {
        return;
    };
    let authority = u64::from_be_bytes([0, 0, a0, a1, a2, a3, a4, a5]);
    let _ = write!(out, "S-{revision}-{authority}");
    for part in rest.as_chunks::<4>().0 {
        let _ = write!(out, "-{}", u32::from_le_bytes(*part));
    }
}

/// RFC 3339 in UTC with seven digits, as Windows renders FILETIME in events.
fn write_filetime(ticks: u64, out: &mut String) {
    // 11,644,473,600 seconds lie between 1601 and 1970.
    let seconds = i64::try_from(ticks / 10_000_000).unwrap_or(i64::MAX) - 11_644_473_600;
    match jiff::Timestamp::from_second(seconds) {
        Ok(t) => {
            let whole = t.to_string();
            out.push_str(whole.trim_end_matches('Z'));
            let _ = write!(out, ".{:07}Z", ticks % 10_000_000);
        }
        Err(_) => {
            let _ = write!(out, "{ticks}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_values() {
        let utf16: Vec<u8> = "日本 A".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(Value::Utf16(&utf16).to_text(), "日本 A");
        assert_eq!(Value::Hex(0x1f).to_text(), "0x1f");
        let sid = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xf4, 1, 0, 0];
        assert_eq!(Value::Sid(&sid).to_text(), "S-1-5-21-1-2-3-500");
        let guid =
            [0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49, 0xA5, 0xBA, 0x3E, 0x3B, 0x03, 0x28, 0xC3, 0x0D];
        assert_eq!(Value::Guid(&guid).to_text(), "{54849625-5478-4994-A5BA-3E3B0328C30D}");
        assert_eq!(Value::FileTime(116_444_736_000_000_001).to_text(), "1970-01-01T00:00:00.0000001Z");
    }

    #[test]
    fn numbers_in_texts() {
        assert_eq!(Value::Str(" 42 ").as_f64(), Some(42.0));
        assert_eq!(Value::Str("0x10").as_f64(), Some(16.0));
        assert_eq!(Value::Str("x").as_f64(), None);
    }
}
