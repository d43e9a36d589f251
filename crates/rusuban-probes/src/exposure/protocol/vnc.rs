//! VNC: the exchange of versions and the list of security types (RFC 6143 7.1). Nothing is chosen from the list.

use rusuban_core::world::exposure::service::Authentication;

use super::bytes::Bytes;

/// Version out of `RFB 003.008\n`, such as `3.8`.
pub fn version(bytes: &[u8]) -> Option<String> {
    let line: &[u8; 12] = bytes.first_chunk()?;
    let (head, rest) = line.split_first_chunk::<4>()?;
    let text = std::str::from_utf8(rest).ok()?.strip_suffix('\n')?;
    if head != b"RFB " {
        return None;
    }
    let (major, minor) = text.split_once('.')?;
    let (major, minor): (u16, u16) = (major.parse().ok()?, minor.parse().ok()?);
    Some(format!("{major}.{minor}"))
}

/// Our version: 3.8, or 3.3 to a server that knows no newer.
pub fn answer(version: &str) -> &'static [u8] {
    if version == "3.3" { b"RFB 003.003\n" } else { b"RFB 003.008\n" }
}

/// Whether the security types have all come.
pub fn is_whole(version: &str, bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(_) if version == "3.3" => bytes.len() >= 4,
        Some(count) => bytes.len() > usize::from(*count),
        None => false,
    }
}

/// Whether it lets everyone in: security type 1 is None. `version` is the server's, so that the shape is known.
pub fn security(version: &str, bytes: &[u8]) -> Authentication {
    read_security(version, bytes).unwrap_or(Authentication::Unclear)
}

fn read_security(version: &str, bytes: &[u8]) -> Option<Authentication> {
    let mut bytes = Bytes::new(bytes);
    let types: Vec<u8> = if version == "3.3" {
        vec![u8::try_from(bytes.u32_be()?).ok()?]
    } else {
        let count = bytes.u8()?;
        bytes.take(usize::from(count))?.to_vec()
    };
    // 0 means that the server refused, with a reason.
    if types.iter().all(|kind| *kind == 0) {
        return None;
    }
    Some(if types.contains(&1) { Authentication::NotNeeded } else { Authentication::Needed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_and_security_types() {
        assert_eq!(version(b"RFB 003.008\n").as_deref(), Some("3.8"));
        assert_eq!(version(b"RFB 003.889\n").as_deref(), Some("3.889"));
        assert_eq!(version(b"RFB 003.008"), None);
        assert_eq!(version(b"RFC 003.008\n"), None);
        assert_eq!(security("3.8", &[1, 1]), Authentication::NotNeeded);
        assert_eq!(security("3.8", &[2, 19, 2]), Authentication::Needed);
        assert_eq!(security("3.8", &[0, 0, 0, 0, 4]), Authentication::Unclear);
        assert_eq!(security("3.3", &[0, 0, 0, 1]), Authentication::NotNeeded);
        assert_eq!(security("3.3", &[0, 0, 0, 2]), Authentication::Needed);
        assert_eq!(security("3.8", &[5, 1]), Authentication::Unclear);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = version(&bytes);
            let _ = is_whole("3.8", &bytes);
            let _ = security("3.3", &bytes);
            let _ = security("3.8", &bytes);
        }
    }
}
