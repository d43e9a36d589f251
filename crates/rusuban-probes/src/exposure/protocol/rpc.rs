//! Sun RPC: a call of procedure 0, which does nothing, of rpcbind and of NFS (RFC 5531 9, RFC 1833, RFC 7530).

use rusuban_core::world::exposure::service::Service;

use super::bytes::Bytes;

/// The portmapper, rpcbind.
pub const RPCBIND: u32 = 100_000;
/// NFS.
pub const NFS: u32 = 100_003;

/// Marks our calls.
const CALL_ID: u32 = 0x5255_5355;

/// A call of procedure 0, as a datagram.
pub fn call(program: u32) -> Vec<u8> {
    let version: u32 = if program == NFS { 3 } else { 2 };
    // id, CALL, RPC version 2, program, version, procedure; then no credentials and no verifier.
    [CALL_ID, 0, 2, program, version, 0, 0, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()).collect()
}

/// The same over a stream: one last fragment, after its length (RFC 5531 11).
pub fn call_on_stream(program: u32) -> Vec<u8> {
    let call = call(program);
    let mark = 0x8000_0000 | u32::try_from(call.len()).unwrap_or(0);
    [mark.to_be_bytes().as_slice(), &call].concat()
}

/// Whether a datagram answers our call: with success, or by saying that the program or version is not there.
pub fn answer(bytes: &[u8]) -> Option<Reply> {
    let mut reply = Bytes::new(bytes);
    if reply.u32_be()? != CALL_ID || reply.u32_be()? != 1 {
        return None;
    }
    match reply.u32_be()? {
        0 => {
            reply.u32_be()?;
            let verifier = reply.u32_be()?;
            reply.take(usize::try_from(verifier).ok()?)?;
            // SUCCESS, or another version of the same program; else the program is not here.
            Some(if matches!(reply.u32_be()?, 0 | 2) { Reply::Here } else { Reply::Elsewhere })
        }
        // Denied: it speaks RPC, but not with us.
        1 => Some(Reply::Elsewhere),
        _ => None,
    }
}

/// The same over a stream.
pub fn answer_on_stream(bytes: &[u8]) -> Option<Reply> {
    answer(bytes.get(4..)?)
}

/// What an RPC server said of the program that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It is here.
    Here,
    /// RPC is spoken here, but not this program.
    Elsewhere,
}

impl Reply {
    /// The service that the reply to a call of the program `name` shows.
    pub fn service(self, name: &str) -> Service {
        let program = match self {
            Self::Here => name,
            Self::Elsewhere => "other",
        };
        Service::Rpc { program: program.to_owned() }
    }
}

/// Whether a whole record has come.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut record = Bytes::new(bytes);
    record.u32_be().is_some_and(|mark| {
        usize::try_from(mark & 0x7fff_ffff).is_ok_and(|length| record.rest().len() >= length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reply(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn replies() {
        assert_eq!(answer(&reply(&[CALL_ID, 1, 0, 0, 0, 0])), Some(Reply::Here));
        assert_eq!(answer(&reply(&[CALL_ID, 1, 0, 0, 0, 1])), Some(Reply::Elsewhere));
        assert_eq!(answer(&reply(&[CALL_ID, 1, 1, 0, 2, 2])), Some(Reply::Elsewhere));
        assert_eq!(answer(&reply(&[1, 1, 0, 0, 0, 0])), None);
        assert_eq!(answer(&call(NFS)), None);
        assert!(is_whole(&call_on_stream(RPCBIND)));
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = answer(&bytes);
            let _ = answer_on_stream(&bytes);
            let _ = answer(&[reply(&[CALL_ID, 1]), bytes.clone()].concat());
            let _ = is_whole(&bytes);
        }
    }
}
