//! MongoDB: the `hello` command, which needs no login (MongoDB manual, "MongoDB Wire Protocol", OP_MSG).

use super::bytes::{Bytes, contains};

/// `{ hello: 1, $db: "admin" }`
pub fn hello() -> Vec<u8> {
    let mut fields = Vec::new();
    fields.extend(b"\x10hello\0");
    fields.extend(1i32.to_le_bytes());
    fields.extend(b"\x02$db\0");
    fields.extend(6i32.to_le_bytes());
    fields.extend(b"admin\0");
    fields.push(0);
    let mut body = 0u32.to_le_bytes().to_vec(); // flags
    body.push(0); // one document
    body.extend(length(fields.len() + 4));
    body.extend(fields);
    let mut message = length(body.len() + 16).to_vec();
    message.extend(1u32.to_le_bytes()); // request
    message.extend(0u32.to_le_bytes());
    message.extend(2013u32.to_le_bytes()); // OP_MSG
    message.extend(body);
    message
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(0).to_le_bytes()
}

/// Whether the answer is a MongoDB server's.
pub fn is_answer(bytes: &[u8]) -> bool {
    let mut message = Bytes::new(bytes);
    let head = (message.u32_le(), message.take(4), message.u32_le(), message.u32_le());
    matches!(head, (Some(21..), Some(_), Some(1), Some(2013))) && contains(message.rest(), "maxWireVersion")
}

/// Whether a whole message has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    Bytes::new(bytes)
        .u32_le()
        .is_some_and(|length| usize::try_from(length).is_ok_and(|length| bytes.len() >= length.max(16)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_question_has_the_length_that_it_says_and_an_answer_is_known() {
        let hello = hello();
        assert!(is_whole(&hello));
        assert_eq!(u32::from_le_bytes(hello[..4].try_into().unwrap()) as usize, hello.len());
        let mut answer = 60u32.to_le_bytes().to_vec();
        answer.extend(7u32.to_le_bytes());
        answer.extend(1u32.to_le_bytes());
        answer.extend(2013u32.to_le_bytes());
        answer.extend(b"\0\0\0\0\0\x26\0\0\0\x10maxWireVersion\0\x11\0\0\0\0");
        assert!(is_answer(&answer));
        assert!(!is_answer(&hello));
        assert!(!is_answer(b"HTTP/1.0 200 OK\r\n"));
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = is_answer(&bytes);
            let _ = is_whole(&bytes);
        }
    }
}
