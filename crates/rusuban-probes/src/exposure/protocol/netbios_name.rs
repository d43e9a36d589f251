//! NetBIOS name service: the question for a node's status (RFC 1002 4.2.17, 4.2.18).

use super::bytes::{Bytes, shown};
use super::smb::encoded_name;

/// Marks our questions.
const ID: u16 = 0x5255;

/// Asks for all names of the node.
pub fn status_question() -> Vec<u8> {
    let mut question: Vec<u8> = [ID, 0, 1, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect();
    question.extend(encoded_name(b"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
    question.extend([0, 0x21, 0, 1]); // NBSTAT, IN
    question
}

/// The names out of the answer, such as `FILES<20>`.
pub fn names(bytes: &[u8]) -> Option<Vec<String>> {
    let mut answer = Bytes::new(bytes);
    if answer.u16_be()? != ID || answer.u16_be()? & 0xf800 != 0x8000 {
        return None;
    }
    // Counts, then the name, here always 34 bytes.
    answer.take(8)?;
    answer.take(34)?;
    if answer.u16_be()? != 0x21 {
        return None;
    }
    answer.take(8)?;
    let count = answer.u8()?;
    let mut names = Vec::new();
    for _ in 0..count {
        let name: [u8; 15] = answer.array()?;
        let kind = answer.u8()?;
        answer.take(2)?;
        names.push(format!("{}<{kind:02x}>", shown(&name)));
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn answer(names: &[(&[u8; 15], u8)]) -> Vec<u8> {
        let mut answer: Vec<u8> =
            [ID, 0x8400, 0, 1, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect();
        answer.extend(encoded_name(b"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
        answer.extend([0, 0x21, 0, 1, 0, 0, 0, 0, 0, 65]);
        answer.push(u8::try_from(names.len()).unwrap());
        for (name, kind) in names {
            answer.extend(*name);
            answer.extend([*kind, 4, 0]);
        }
        answer.extend([0; 46]);
        answer
    }

    #[test]
    fn the_names_are_read() {
        let bytes = answer(&[(b"FILES          ", 0x20), (b"\x01\x02__MSBROWSE__\x02", 1)]);
        assert_eq!(names(&bytes).unwrap(), ["FILES<20>", "__MSBROWSE__<01>"]);
        assert_eq!(names(&status_question()), None, "an echo is no answer");
        assert_eq!(status_question().len(), 50);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..120), cut in 0usize..100) {
            let _ = names(&bytes);
            let whole = answer(&[(b"FILES          ", 0x20)]);
            let _ = names(&whole[..cut.min(whole.len())]);
        }
    }
}
