//! NTP: one question of a client (RFC 5905 7.3).

/// A question: version 4, client.
pub fn question() -> Vec<u8> {
    let mut question = vec![0x23];
    question.resize(40, 0);
    // The time that we pretend to ask at; a server sends it back.
    question.extend(MARK);
    question
}

const MARK: [u8; 8] = *b"RUSUBAN!";

/// Whether a datagram answers our question: a server's, with our time in it.
pub fn is_answer(bytes: &[u8]) -> bool {
    let mode = bytes.first().map(|first| first & 7);
    bytes.len() >= 48 && mode == Some(4) && bytes.get(24..32) == Some(MARK.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_server_sends_our_time_back() {
        let mut answer = vec![0x24; 48];
        assert!(!is_answer(&answer));
        answer[24..32].copy_from_slice(&MARK);
        assert!(is_answer(&answer));
        assert!(!is_answer(&question()), "an echo is no answer");
        assert_eq!(question().len(), 48);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = is_answer(&bytes);
        }
    }
}
