//! MySQL and MariaDB: the first packet of the server (MySQL internals, Protocol::Handshake). Nothing is answered.

use super::bytes::{Bytes, shown};

/// The version out of a server's first packet; empty where the packet refuses the host.
pub fn greeting(bytes: &[u8]) -> Option<String> {
    let mut bytes = Bytes::new(bytes);
    let [low, middle, high] = bytes.array()?;
    let length = u32::from_le_bytes([low, middle, high, 0]);
    // Packet number 0; a handshake is never longer than this.
    if bytes.u8()? != 0 || !(5..=1024).contains(&length) {
        return None;
    }
    match bytes.u8()? {
        10 => {
            let end = bytes.rest().iter().position(|byte| *byte == 0)?;
            let version = shown(bytes.take(end)?);
            version.starts_with(|c: char| c.is_ascii_digit()).then_some(version)
        }
        // ERR: 1129 and 1130 say that the host is blocked or not allowed, 1040 that there are too many.
        0xff => matches!(bytes.u16_le()?, 1129 | 1130 | 1040).then(String::new),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn versions_and_refusals() {
        let mut handshake = vec![0x4a, 0, 0, 0, 10];
        handshake.extend(b"5.5.5-10.11.14-MariaDB-0+deb12u2\0");
        handshake.extend([0; 40]);
        assert_eq!(greeting(&handshake).as_deref(), Some("5.5.5-10.11.14-MariaDB-0+deb12u2"));
        let mut refusal = vec![0x45, 0, 0, 0, 0xff, 0x6a, 0x04];
        refusal.extend(b"Host '192.0.2.2' is not allowed to connect to this MariaDB server");
        assert_eq!(greeting(&refusal).as_deref(), Some(""));
        assert_eq!(greeting(b"SSH-2.0-OpenSSH\r\n"), None);
        assert_eq!(greeting(&[5, 0, 0, 0, 10, b'x', 0, 0, 0]), None);
    }

    proptest! {
        #[test]
        fn any_packet_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = greeting(&bytes);
            let _ = greeting(&[&[40, 0, 0, 0, 10], bytes.as_slice()].concat());
        }
    }
}
