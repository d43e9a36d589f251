//! IPMI: the presence ping of RMCP (ASF 2.0 3.2.4.2), which a management controller answers without a login.

/// The ping: RMCP for ASF, the IANA number of ASF, type 0x80, our tag.
pub const PING: &[u8] = &[6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x80, TAG, 0, 0];

const TAG: u8 = 0x52;

/// Whether the answer is a pong that names IPMI among what is supported.
pub fn is_pong(bytes: &[u8]) -> bool {
    let head = bytes.get(..12);
    // 16 bytes follow: enterprise, OEM, entities (bit 7: IPMI), interactions, reserved.
    matches!(head, Some([6, 0, _, 6, 0, 0, 0x11, 0xbe, 0x40, TAG | 0, 0, 16]))
        && bytes.get(20).is_some_and(|entities| entities & 0x80 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pong_is_known() {
        let mut pong = vec![6, 0, 0xff, 6, 0, 0, 0x11, 0xbe, 0x40, TAG, 0, 16];
        pong.extend([0, 0, 0x11, 0xbe, 0, 0, 0, 0, 0x81, 0, 0, 0, 0, 0, 0, 0]);
        assert!(is_pong(&pong));
        assert!(!is_pong(PING), "an echo is no answer");
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = is_pong(&bytes);
        }
    }
}
