//! LDAP: a search for the root entry, which servers show to everyone (RFC 4511 4.5, RFC 4512 5.1). Nobody binds.

use super::ber;
use super::bytes::Bytes;

/// A search for `supportedLDAPVersion` of the root entry.
pub fn search() -> Vec<u8> {
    let request = [
        ber::element(4, b""),               // base
        ber::element(10, &[0]),             // the base itself
        ber::element(10, &[0]),             // no aliases
        ber::element(2, &[1]),              // one entry
        ber::element(2, &[5]),              // five seconds
        ber::element(1, &[0]),              // values as well
        ber::element(0x87, b"objectClass"), // present
        ber::sequence(&[&ber::element(4, b"supportedLDAPVersion")]),
    ]
    .concat();
    ber::sequence(&[&ber::element(2, &[1]), &ber::element(0x63, &request)])
}

/// Whether the answer is an LDAP server's: an entry, the end of the search (a refusal among it), or a notice that it hangs
/// up.
pub fn is_answer(bytes: &[u8]) -> bool {
    read(bytes).is_some()
}

fn read(bytes: &[u8]) -> Option<()> {
    let message = ber::expect(&mut Bytes::new(bytes), 0x30)?;
    let mut message = Bytes::new(message);
    ber::expect(&mut message, 2).filter(|id| matches!(id, [0 | 1]))?;
    let (kind, _) = ber::next(&mut message)?;
    matches!(kind, 0x64 | 0x65 | 0x78).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_and_refusals_are_answers() {
        let entry = ber::sequence(&[&ber::element(2, &[1]), &ber::element(0x64, b"\x04\x00\x30\x00")]);
        let refusal =
            ber::sequence(&[&ber::element(2, &[1]), &ber::element(0x65, b"\x0a\x01\x08\x04\x00\x04\x00")]);
        assert!(is_answer(&entry) && is_answer(&refusal));
        assert!(!is_answer(&search()), "an echo is no answer");
        assert!(!is_answer(b"HTTP/1.1 400 Bad Request"));
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = is_answer(&bytes);
            let _ = is_answer(&ber::sequence(&[&bytes]));
        }
    }
}
