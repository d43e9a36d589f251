//! Stores of keys and values: Redis and memcached. They are asked for a sign of life; no key is read.

use rusuban_core::world::exposure::service::{Authentication, Service};

use super::bytes::{first_line, shown};

/// A question that Redis answers without touching data.
pub const PING: &[u8] = b"PING\r\n";

/// A question that memcached answers without touching data.
pub const VERSION: &[u8] = b"version\r\n";

/// The same in a datagram: request number, place, number of datagrams, reserved (protocol.txt of memcached).
pub const VERSION_DATAGRAM: &[u8] = b"\x52\x55\x00\x00\x00\x01\x00\x00version\r\n";

/// Reads an answer to [`PING`].
pub fn redis(bytes: &[u8]) -> Option<Service> {
    let authentication = if bytes.starts_with(b"+PONG") {
        Authentication::NotNeeded
    } else if bytes.starts_with(b"-NOAUTH") || bytes.starts_with(b"-DENIED") || bytes.starts_with(b"-NOPERM")
    {
        Authentication::Needed
    } else if bytes.starts_with(b"-LOADING") || bytes.starts_with(b"-MASTERDOWN") {
        // These come after the question of who is asking.
        Authentication::NotNeeded
    } else if bytes.starts_with(b"-ERR max number of clients") {
        Authentication::Unclear
    } else {
        return None;
    };
    Some(Service::Redis { authentication })
}

/// Reads an answer to [`VERSION`].
pub fn memcached(bytes: &[u8]) -> Option<Service> {
    let version = first_line(bytes).strip_prefix("VERSION ").map(|version| shown(version.as_bytes()))?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(Service::Memcached { version })
}

/// Reads an answer to [`VERSION_DATAGRAM`].
pub fn memcached_datagram(bytes: &[u8]) -> Option<Service> {
    memcached(bytes.get(8..)?)
}

/// Whether a whole line has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    bytes.contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signs_of_life() {
        let redis_needs = |bytes: &[u8]| match redis(bytes) {
            Some(Service::Redis { authentication }) => Some(authentication),
            _ => None,
        };
        assert_eq!(redis_needs(b"+PONG\r\n"), Some(Authentication::NotNeeded));
        assert_eq!(redis_needs(b"-NOAUTH Authentication required.\r\n"), Some(Authentication::Needed));
        assert_eq!(
            redis_needs(b"-DENIED Redis is running in protected mode\r\n"),
            Some(Authentication::Needed)
        );
        assert_eq!(redis_needs(b"-ERR unknown command\r\n"), None);
        assert_eq!(memcached(b"VERSION 1.6.18\r\n"), Some(Service::Memcached { version: "1.6.18".into() }));
        assert_eq!(memcached(b"VERSION\r\n"), None);
        assert!(memcached_datagram(b"\x52\x55\0\0\0\x01\0\0VERSION 1.6.18\r\n").is_some());
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = redis(&bytes);
            let _ = memcached(&bytes);
            let _ = memcached_datagram(&bytes);
        }
    }
}
