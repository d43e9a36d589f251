//! SMB: the opening of SMB 2 and 3 (MS-SMB2 2.2.3, 2.2.4), of SMB 1 (MS-CIFS 2.2.4.52) and of a NetBIOS session
//! (RFC 1002 4.3). Nobody logs in.

use rusuban_core::world::exposure::service::{Signing, Taken};

use super::bytes::Bytes;

/// The dialects that are offered, as MS-SMB2 numbers them.
const DIALECTS: [u16; 5] = [0x0202, 0x0210, 0x0300, 0x0302, 0x0311];

/// SMB2 NEGOTIATE, with its frame.
pub fn negotiate2() -> Vec<u8> {
    let mut message = Vec::new();
    // Header: MS-SMB2 2.2.1.2. All but these fields are zero for the first request.
    message.extend(b"\xfeSMB");
    message.extend(64u16.to_le_bytes());
    message.extend([0; 6]);
    message.extend(0u16.to_le_bytes()); // command: NEGOTIATE
    message.extend(1u16.to_le_bytes()); // credits asked for
    message.extend([0; 48]);
    // Request: MS-SMB2 2.2.3.
    message.extend(36u16.to_le_bytes());
    message.extend(count(DIALECTS.len()).to_le_bytes());
    message.extend(1u16.to_le_bytes()); // we can sign
    message.extend([0; 2]);
    message.extend(0u32.to_le_bytes()); // capabilities
    message.extend([0; 16]); // client GUID: none
    let contexts_at = 64 + 36 + u32::from(count(DIALECTS.len())) * 2;
    let padding = contexts_at.next_multiple_of(8) - contexts_at;
    message.extend((contexts_at + padding).to_le_bytes());
    message.extend(1u16.to_le_bytes()); // negotiate contexts
    message.extend([0; 2]);
    for dialect in DIALECTS {
        message.extend(dialect.to_le_bytes());
    }
    message.extend(std::iter::repeat_n(0, usize::try_from(padding).unwrap_or(0)));
    // SMB2_PREAUTH_INTEGRITY_CAPABILITIES (2.2.3.1.1), which 3.1.1 demands: SHA-512, 32 bytes of salt.
    message.extend(1u16.to_le_bytes());
    message.extend(38u16.to_le_bytes());
    message.extend([0; 4]);
    message.extend(1u16.to_le_bytes());
    message.extend(32u16.to_le_bytes());
    message.extend(1u16.to_le_bytes());
    message.extend([0x52; 32]);
    framed(&message)
}

/// SMB 1 NEGOTIATE that offers nothing newer than `NT LM 0.12`, with its frame.
pub fn negotiate1() -> Vec<u8> {
    let mut message = Vec::new();
    // Header: MS-CIFS 2.2.3.1.
    message.extend(b"\xffSMB");
    message.push(0x72); // SMB_COM_NEGOTIATE
    message.extend(0u32.to_le_bytes()); // status
    message.push(0x18); // paths in any case, canonical
    message.extend(0xc801u16.to_le_bytes()); // Unicode, NT status, extended security, long names
    message.extend([0; 12]);
    message.extend(0xffffu16.to_le_bytes()); // tree
    message.extend(1u16.to_le_bytes()); // process
    message.extend([0; 4]);
    // Request: MS-CIFS 2.2.4.52.1.
    let dialect = b"\x02NT LM 0.12\0";
    message.push(0);
    message.extend(count(dialect.len()).to_le_bytes());
    message.extend(dialect);
    framed(&message)
}

/// A NetBIOS session request to whatever file server is there.
pub fn session_request() -> Vec<u8> {
    let called = encoded_name(b"*SMBSERVER      ");
    let calling = encoded_name(b"RUSUBAN        \0");
    let mut request = vec![0x81, 0];
    request.extend(count(called.len() + calling.len()).to_be_bytes());
    request.extend(called);
    request.extend(calling);
    request
}

/// What a NetBIOS session service answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Session {
    /// The session stands.
    Granted,
    /// It was refused, with the error code.
    Refused(u8),
}

/// Reads the answer to a session request.
pub fn session_answer(bytes: &[u8]) -> Option<Session> {
    match bytes {
        [0x82, 0, 0, 0, ..] => Some(Session::Granted),
        [0x83, 0, 0, 1, error, ..] => Some(Session::Refused(*error)),
        _ => None,
    }
}

/// A server's answer to [`negotiate2`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated2 {
    /// The dialect, such as `3.1.1`; none where it took none of those offered.
    pub dialect: Option<String>,
    /// Whether it wants packets signed.
    pub signing: Signing,
}

/// Reads the answer to [`negotiate2`].
pub fn negotiated2(bytes: &[u8]) -> Option<Negotiated2> {
    let mut message = Bytes::new(unframed(bytes)?);
    if message.array()? != *b"\xfeSMB" || message.u16_le()? != 64 {
        return None;
    }
    message.take(2)?;
    let status = message.u32_le()?;
    let command = message.u16_le()?;
    message.take(50)?;
    if command != 0 {
        return None;
    }
    if status != 0 {
        return Some(Negotiated2 { dialect: None, signing: Signing::Unclear });
    }
    message.take(2)?;
    let mode = message.u16_le()?;
    let dialect = match message.u16_le()? {
        0x0202 => "2.0.2".to_owned(),
        0x0210 => "2.1".to_owned(),
        0x0300 => "3.0".to_owned(),
        0x0302 => "3.0.2".to_owned(),
        0x0311 => "3.1.1".to_owned(),
        other => format!("{other:#06x}"),
    };
    let signing = if mode & 2 == 0 { Signing::Optional } else { Signing::Required };
    Some(Negotiated2 { dialect: Some(dialect), signing })
}

/// Reads the answer to [`negotiate1`]: whether SMB 1 was taken. `None` where it is no SMB at all.
pub fn negotiated1(bytes: &[u8]) -> Option<Taken> {
    let mut message = Bytes::new(unframed(bytes)?);
    let magic: [u8; 4] = message.array()?;
    if magic == *b"\xfeSMB" {
        return Some(Taken::Refused);
    }
    if magic != *b"\xffSMB" || message.u8()? != 0x72 {
        return None;
    }
    let status = message.u32_le()?;
    message.take(23)?;
    let words = message.u8()?;
    // MS-CIFS 2.2.4.52.2: index 0xffff where no dialect suits.
    let index = if words == 0 { 0xffff } else { message.u16_le()? };
    Some(if status == 0 && index == 0 { Taken::Accepted } else { Taken::Refused })
}

/// Whether the whole answer to a session request has come.
pub fn is_whole_session_answer(bytes: &[u8]) -> bool {
    match bytes {
        [0x83, ..] => bytes.len() >= 5,
        _ => bytes.len() >= 4,
    }
}

/// Whether a whole frame has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    unframed(bytes).is_some()
}

/// The frame of SMB over TCP: a zero and three bytes of length (MS-SMB2 2.1), as in a NetBIOS session message.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(0).to_be_bytes();
    let mut framed = length.to_vec();
    framed.extend(message);
    framed
}

fn unframed(bytes: &[u8]) -> Option<&[u8]> {
    let mut bytes = Bytes::new(bytes);
    let length = bytes.u32_be()?;
    // A session message begins with zero; anything else would be a length of 16 MiB and more.
    bytes.take(usize::try_from(length).ok().filter(|length| *length < 1 << 24)?)
}

/// A NetBIOS name in its first-level encoding (RFC 1001 14.1): each half byte as a letter from A.
pub fn encoded_name(name: &[u8; 16]) -> Vec<u8> {
    let mut encoded = vec![32];
    encoded.extend(name.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]));
    encoded.push(0);
    encoded
}

fn count(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// MS-SMB2 2.2.4, the fixed part.
    fn answer2(status: u32, mode: u16, dialect: u16) -> Vec<u8> {
        let mut message = b"\xfeSMB".to_vec();
        message.extend(64u16.to_le_bytes());
        message.extend([0; 2]);
        message.extend(status.to_le_bytes());
        message.extend(0u16.to_le_bytes());
        message.extend([0; 50]);
        message.extend(65u16.to_le_bytes());
        message.extend(mode.to_le_bytes());
        message.extend(dialect.to_le_bytes());
        message.extend([0; 58]);
        framed(&message)
    }

    /// MS-CIFS 2.2.4.52.2: `words` is 17 where a dialect was taken, 1 where none was.
    fn answer1(status: u32, words: u8, index: u16) -> Vec<u8> {
        let mut message = b"\xffSMB\x72".to_vec();
        message.extend(status.to_le_bytes());
        message.extend([0; 23]);
        message.push(words);
        message.extend(index.to_le_bytes());
        message.extend([0; 40]);
        framed(&message)
    }

    #[test]
    fn the_questions_have_the_lengths_that_they_say() {
        for message in [negotiate2(), negotiate1()] {
            assert_eq!(unframed(&message).unwrap().len(), message.len() - 4);
        }
        // The contexts begin where the request says: on a multiple of eight.
        let message = negotiate2();
        let at = u32::from_le_bytes(message[4 + 92..4 + 96].try_into().unwrap()) as usize;
        assert_eq!(at % 8, 0);
        assert_eq!(&message[4 + at..4 + at + 4], &[1, 0, 38, 0]);
        assert_eq!(message.len(), 4 + at + 8 + 38);
        assert_eq!(session_request().len(), 4 + 34 + 34);
    }

    #[test]
    fn dialect_and_signing() {
        let read = negotiated2(&answer2(0, 3, 0x0311)).unwrap();
        assert_eq!((read.dialect.as_deref(), read.signing), (Some("3.1.1"), Signing::Required));
        let read = negotiated2(&answer2(0, 1, 0x0210)).unwrap();
        assert_eq!((read.dialect.as_deref(), read.signing), (Some("2.1"), Signing::Optional));
        let read = negotiated2(&answer2(0xc000_00bb, 0, 0)).unwrap();
        assert_eq!(read.dialect, None);
        assert_eq!(negotiated2(b"HTTP/1.1 400 Bad Request\r\n\r\n"), None);
    }

    #[test]
    fn smb1_taken_and_refused() {
        assert_eq!(negotiated1(&answer1(0, 17, 0)), Some(Taken::Accepted));
        assert_eq!(negotiated1(&answer1(0, 1, 0xffff)), Some(Taken::Refused));
        assert_eq!(negotiated1(&answer1(0xc000_0002, 0, 0)), Some(Taken::Refused));
        assert_eq!(negotiated1(&answer2(0, 1, 0x0311)), Some(Taken::Refused));
        assert_eq!(negotiated1(b"SSH-2.0-x\r\n"), None);
    }

    #[test]
    fn sessions() {
        assert_eq!(session_answer(&[0x82, 0, 0, 0]), Some(Session::Granted));
        assert_eq!(session_answer(&[0x83, 0, 0, 1, 0x82]), Some(Session::Refused(0x82)));
        assert_eq!(session_answer(b"220 x"), None);
        assert!(is_whole_session_answer(&[0x82, 0, 0, 0]) && !is_whole_session_answer(&[0x83, 0, 0, 1]));
        assert_eq!(&encoded_name(b"*SMBSERVER      ")[..5], b" CKFD");
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0usize..140) {
            for answer in [bytes.clone(), framed(&bytes), framed(&[b"\xfeSMB".as_slice(), &bytes].concat()),
                framed(&[b"\xffSMB\x72".as_slice(), &bytes].concat()), answer2(0, 1, 0x311)[..cut.min(132)].to_vec()] {
                let _ = negotiated2(&answer);
                let _ = negotiated1(&answer);
                let _ = session_answer(&answer);
            }
        }
    }
}
