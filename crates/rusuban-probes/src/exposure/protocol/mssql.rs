//! Microsoft SQL Server: the pre-login exchange (MS-TDS 2.2.6.5). Nobody logs in.

use super::bytes::Bytes;

/// A pre-login with our version and no wish for encryption.
pub fn prelogin() -> Vec<u8> {
    // Options: VERSION at 11 (6 bytes), ENCRYPTION at 17 (1 byte), end.
    let mut body = vec![0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xff];
    body.extend([0, 0, 0, 0, 0, 0]);
    body.push(2); // ENCRYPT_NOT_SUP
    let length = u16::try_from(body.len() + 8).unwrap_or(0).to_be_bytes();
    let mut packet = vec![0x12, 1];
    packet.extend(length);
    packet.extend([0, 0, 1, 0]);
    packet.extend(body);
    packet
}

/// The version out of the answer, such as `16.0.1000`.
pub fn version(bytes: &[u8]) -> Option<String> {
    let mut packet = Bytes::new(bytes);
    if packet.array()? != [4, 1] || !(19..512).contains(&packet.u16_be()?) {
        return None;
    }
    packet.take(4)?;
    let body = packet.rest();
    let mut options = Bytes::new(body);
    // The first option of an answer is VERSION.
    if options.u8()? != 0 {
        return None;
    }
    let at = usize::from(options.u16_be()?);
    if options.u16_be()? != 6 {
        return None;
    }
    let mut version = Bytes::new(body.get(at..)?);
    let (major, minor, build) = (version.u8()?, version.u8()?, version.u16_be()?);
    Some(format!("{major}.{minor}.{build}"))
}

/// Whether a whole packet has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut packet = Bytes::new(bytes);
    packet.take(2).is_some()
        && packet.u16_be().is_some_and(|length| bytes.len() >= usize::from(length).max(8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_version_is_read() {
        // MS-TDS 4.2: an answer with VERSION, ENCRYPTION and INSTOPT.
        let mut answer = vec![4, 1, 0, 34, 0, 0, 1, 0];
        answer.extend([0, 0, 16, 0, 6, 1, 0, 22, 0, 1, 2, 0, 23, 0, 1, 0xff]);
        answer.extend([16, 0, 0x03, 0xe8, 0, 0, 0, 0, 0, 0]);
        assert_eq!(version(&answer).as_deref(), Some("16.0.1000"));
        assert_eq!(version(b"HTTP/1.1 400"), None);
        assert!(is_whole(&prelogin()));
        assert_eq!(prelogin().len(), 26);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = version(&bytes);
            let _ = version(&[[4, 1, 0, 30, 0, 0, 1, 0].as_slice(), &bytes].concat());
            let _ = is_whole(&bytes);
        }
    }
}
