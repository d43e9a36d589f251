//! X11: the connection setup without any authorisation (X Window System Protocol, chapter 8). A server that lets it through
//! lets everyone watch the screen; the connection is closed at once.

use rusuban_core::world::exposure::service::Authentication;

/// Setup: little-endian, protocol 11.0, no authorisation.
pub const SETUP: &[u8] = &[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Whether the server lets everyone in. `None` where it is no X server.
pub fn answer(bytes: &[u8]) -> Option<Authentication> {
    match bytes {
        // Failed and Success tell their version, 11.0.
        [0, _, 11, 0, 0, 0, ..] => Some(Authentication::Needed),
        [1, _, 11, 0, 0, 0, ..] => Some(Authentication::NotNeeded),
        _ => None,
    }
}

/// Whether enough has come to be read.
pub fn is_whole(bytes: &[u8]) -> bool {
    bytes.len() >= 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn let_in_or_not() {
        assert_eq!(answer(&[0, 22, 11, 0, 0, 0, 6, 0]), Some(Authentication::Needed));
        assert_eq!(answer(&[1, 0, 11, 0, 0, 0, 90, 1]), Some(Authentication::NotNeeded));
        assert_eq!(answer(b"HTTP/1.1"), None);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            let _ = answer(&bytes);
        }
    }
}
