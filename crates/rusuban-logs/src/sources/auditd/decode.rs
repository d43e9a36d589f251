//! Values that the audit system writes in hexadecimal: text with blanks or quotes, titles, socket addresses.

use std::net::IpAddr;

use bumpalo::Bump;

/// True for fields that hold text of users, which is written in hexadecimal where it has odd bytes.
pub(super) fn may_be_hex(name: &str, kind: &str) -> bool {
    let argument = name.strip_prefix('a').is_some_and(|d| {
        let d = d.split('[').next().unwrap_or(d);
        !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit())
    });
    matches!(
        name,
        "acct"
            | "comm"
            | "exe"
            | "name"
            | "cwd"
            | "cmd"
            | "proctitle"
            | "key"
            | "path"
            | "dir"
            | "data"
            | "grp"
            | "file"
            | "ocomm"
            | "old-comm"
            | "watch"
            | "dev"
            | "root_dir"
    ) || (argument && kind == "EXECVE")
}

/// The text of upper-case hexadecimal; NUL bytes (between the parts of a title) become blanks. None where the value is no such.
pub(super) fn hex<'a>(value: &str, arena: &'a Bump) -> Option<&'a str> {
    if value.len() < 2 || !value.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = bumpalo::collections::Vec::with_capacity_in(value.len() / 2, arena);
    for &[high, low] in value.as_bytes().as_chunks::<2>().0 {
        let byte = nibble(high)? << 4 | nibble(low)?;
        bytes.push(if byte == 0 { b' ' } else { byte });
    }
    let bytes: &'a [u8] = bytes.into_bump_slice();
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => text.trim_end(),
        Err(_) => arena.alloc_str(&String::from_utf8_lossy(bytes)),
    })
}

/// One upper-case hexadecimal digit.
fn nibble(b: u8) -> Option<u8> {
    match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    }
}

/// `struct sockaddr_in` or `sockaddr_in6` in hexadecimal, as a little-endian machine writes it.
pub(super) fn socket(value: &str) -> Option<(IpAddr, u16)> {
    let mut bytes = [0u8; 28];
    let mut count = 0;
    for (slot, &[high, low]) in bytes.iter_mut().zip(value.as_bytes().as_chunks::<2>().0) {
        *slot = nibble(high)? << 4 | nibble(low)?;
        count += 1;
    }
    let &[family, zero, p0, p1, rest @ ..] = &bytes;
    let port = u16::from_be_bytes([p0, p1]);
    match (family, zero, count) {
        (2, 0, 8..) => {
            let octets: [u8; 4] = *rest.first_chunk::<4>()?;
            Some((octets.into(), port))
        }
        (10, 0, 24..) => {
            let octets: [u8; 16] = *rest.get(4..)?.first_chunk::<16>()?;
            Some((octets.into(), port))
        }
        _ => None,
    }
}
