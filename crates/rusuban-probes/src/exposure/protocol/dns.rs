//! DNS: a question for the name servers of the root without recursion (RFC 1035 4.1), over UDP and TCP.

use super::bytes::Bytes;

/// Marks our questions.
const ID: u16 = 0x5255;

/// The question, as a datagram.
pub fn question() -> Vec<u8> {
    // id, flags, one question, no records; the root, NS, IN.
    let mut question: Vec<u8> = [ID, 0, 1, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect();
    question.push(0);
    question.extend([0, 2, 0, 1]);
    question
}

/// The same over a stream, after its length.
pub fn question_on_stream() -> Vec<u8> {
    let question = question();
    let length = u16::try_from(question.len()).unwrap_or(0);
    [length.to_be_bytes().as_slice(), &question].concat()
}

/// Whether a datagram answers our question; a refusal does as well.
pub fn is_answer(bytes: &[u8]) -> bool {
    let mut answer = Bytes::new(bytes);
    let (id, flags, questions) = (answer.u16_be(), answer.u16_be(), answer.u16_be());
    // The answer bit is set and the kind is that of a question.
    id == Some(ID)
        && flags.is_some_and(|flags| flags & 0xf800 == 0x8000)
        && questions.is_some_and(|count| count < 2)
        && bytes.len() >= 12
}

/// The same over a stream.
pub fn is_answer_on_stream(bytes: &[u8]) -> bool {
    bytes.get(2..).is_some_and(is_answer)
}

/// Whether a whole answer has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut answer = Bytes::new(bytes);
    answer.u16_be().is_some_and(|length| answer.rest().len() >= usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn answers_and_refusals_are_answers() {
        let refused = [0x52, 0x55, 0x80, 0x05, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1];
        assert!(is_answer(&refused));
        assert!(!is_answer(&question()), "an echo is no answer");
        assert!(is_whole(&question_on_stream()));
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = is_answer(&bytes);
            let _ = is_answer_on_stream(&bytes);
            let _ = is_whole(&bytes);
        }
    }
}
