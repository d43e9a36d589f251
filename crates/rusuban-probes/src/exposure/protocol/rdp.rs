//! Remote desktop: the X.224 connection request with the protocols that are offered (MS-RDPBCGR 2.2.1.1, 2.2.1.2).

use rusuban_core::world::exposure::service::Taken;

use super::bytes::Bytes;

/// RDP's own encryption.
pub const STANDARD: u32 = 0;
/// TLS, without authentication on the network level.
pub const TLS: u32 = 1;
/// CredSSP: authentication on the network level.
pub const NLA: u32 = 2;

/// A connection request that offers `protocols` only.
pub fn request(protocols: u32) -> Vec<u8> {
    // TPKT (RFC 1006) and X.224 CR: 19 bytes in all, 14 after the X.224 length.
    let mut request = vec![3, 0, 0, 19, 14, 0xe0, 0, 0, 0, 0, 0];
    // RDP_NEG_REQ: type, flags, length, protocols.
    request.extend([1, 0, 8, 0]);
    request.extend(protocols.to_le_bytes());
    request
}

/// What a server answered to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It chose this protocol.
    Chose(u32),
    /// It refused, with the failure code.
    Refused(u32),
}

/// Reads a connection confirm.
pub fn answer(bytes: &[u8]) -> Option<Answer> {
    let mut bytes = Bytes::new(bytes);
    if bytes.array()? != [3, 0] {
        return None;
    }
    let length = bytes.u16_be()?;
    let header = bytes.u8()?;
    // X.224 CC.
    if bytes.u8()? & 0xf0 != 0xd0 || u16::from(header) + 5 != length {
        return None;
    }
    bytes.take(5)?;
    match header {
        // No negotiation at all: a server from before TLS.
        6 => Some(Answer::Chose(STANDARD)),
        14 => {
            let kind = bytes.u8()?;
            bytes.u8()?;
            if bytes.u16_le()? != 8 {
                return None;
            }
            let value = bytes.u32_le()?;
            match kind {
                2 => Some(Answer::Chose(value)),
                3 => Some(Answer::Refused(value)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a server took what was offered alone. Windows hangs up on what it refuses in some settings.
pub fn taken(answer: Option<Answer>, offered: u32, hung_up: bool) -> Taken {
    match answer {
        Some(Answer::Chose(STANDARD)) if offered == STANDARD => Taken::Accepted,
        Some(Answer::Chose(chosen)) if chosen & offered != 0 => Taken::Accepted,
        Some(_) => Taken::Refused,
        None if hung_up => Taken::Refused,
        None => Taken::Unclear,
    }
}

/// Whether a whole packet has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    bytes.get(2..4).and_then(|length| length.try_into().ok()).is_some_and(|length| {
        let length = usize::from(u16::from_be_bytes(length));
        bytes.len() >= length.max(4)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As xrdp 0.9 on Debian answers to TLS and CredSSP: TLS.
    const TLS_CHOSEN: [u8; 19] = [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 1, 8, 0, 1, 0, 0, 0];
    /// MS-RDPBCGR 2.2.1.2.2: HYBRID_REQUIRED_BY_SERVER.
    const NLA_REQUIRED: [u8; 19] = [3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 3, 0, 8, 0, 5, 0, 0, 0];
    const BEFORE_TLS: [u8; 11] = [3, 0, 0, 11, 6, 0xd0, 0, 0, 0x12, 0x34, 0];

    #[test]
    fn confirms() {
        assert_eq!(request(3).len(), 19);
        assert_eq!(answer(&TLS_CHOSEN), Some(Answer::Chose(TLS)));
        assert_eq!(answer(&NLA_REQUIRED), Some(Answer::Refused(5)));
        assert_eq!(answer(&BEFORE_TLS), Some(Answer::Chose(STANDARD)));
        assert_eq!(answer(b"HTTP/1.1 400"), None);
        assert!(is_whole(&TLS_CHOSEN) && !is_whole(&TLS_CHOSEN[..10]));
    }

    #[test]
    fn what_was_offered_alone_is_taken_or_not() {
        assert_eq!(taken(answer(&TLS_CHOSEN), TLS, false), Taken::Accepted);
        assert_eq!(taken(answer(&TLS_CHOSEN), NLA, false), Taken::Refused);
        assert_eq!(taken(answer(&NLA_REQUIRED), TLS, false), Taken::Refused);
        assert_eq!(taken(answer(&BEFORE_TLS), STANDARD, false), Taken::Accepted);
        assert_eq!(taken(answer(&BEFORE_TLS), TLS, false), Taken::Refused);
        assert_eq!(taken(None, TLS, true), Taken::Refused);
        assert_eq!(taken(None, TLS, false), Taken::Unclear);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..40), cut in 0usize..19) {
            let _ = answer(&bytes);
            let _ = answer(&TLS_CHOSEN[..cut]);
            let _ = is_whole(&bytes);
        }
    }
}
