//! PostgreSQL: the request for TLS, and a start in a version that no server knows, which is refused before anyone is asked
//! who they are (PostgreSQL documentation, "Message Flow" and "Message Formats").

use super::bytes::{Bytes, contains};

/// Asks whether TLS is offered: length and the number 80877103.
pub fn tls_request() -> Vec<u8> {
    [8u32.to_be_bytes(), 80_877_103_u32.to_be_bytes()].concat()
}

/// Reads the answer to [`tls_request`]: one letter.
pub fn tls_answer(bytes: &[u8]) -> Option<bool> {
    match bytes {
        b"S" => Some(true),
        b"N" => Some(false),
        _ => None,
    }
}

/// A start in version 9.9, with no user.
pub fn unknown_start() -> Vec<u8> {
    let body = b"user\0\0\0";
    let length = u32::try_from(8 + body.len()).unwrap_or(0);
    [length.to_be_bytes().as_slice(), &0x0009_0009_u32.to_be_bytes(), body].concat()
}

/// Whether the answer to [`unknown_start`] is PostgreSQL's error message (its fields begin with a letter, S for the
/// severity and C for the code).
pub fn is_refusal(bytes: &[u8]) -> bool {
    let mut message = Bytes::new(bytes);
    let kind = message.u8();
    let length = message.u32_be();
    kind == Some(b'E')
        && length.is_some_and(|length| (5..8192).contains(&length))
        && message.u8() == Some(b'S')
        && (contains(bytes, "\0C") && contains(bytes, "\0M"))
}

/// Whether a whole message has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut message = Bytes::new(bytes);
    message.take(1).is_some()
        && message.u32_be().is_some_and(|length| {
            usize::try_from(length).is_ok_and(|length| message.rest().len() + 4 >= length)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As PostgreSQL 15 says it.
    const REFUSAL: &[u8] = b"E\0\0\0\x8cSFATAL\0VFATAL\0C0A000\0Munsupported frontend protocol 9.9: server supports 3.0 to 3.0\0Fpostmaster.c\0L2195\0RProcessStartupPacket\0\0";

    #[test]
    fn the_server_makes_itself_known_by_refusing() {
        assert!(is_refusal(REFUSAL));
        assert!(!is_refusal(b"ERROR\r\n"));
        assert!(!is_refusal(b"E\0\0\0\x10hello"));
        assert_eq!(tls_answer(b"S"), Some(true));
        assert_eq!(tls_answer(b"N"), Some(false));
        assert_eq!(tls_answer(b"SSH-2.0"), None);
        assert_eq!(tls_request().len(), 8);
        let start = unknown_start();
        assert_eq!(start.len(), usize::from(start[3]));
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = is_refusal(&bytes);
            let _ = is_refusal(&[b"E\0\0\0\x20S".as_slice(), &bytes].concat());
            let _ = is_whole(&bytes);
            let _ = tls_answer(&bytes);
        }
    }
}
