//! TLS: a ClientHello of version 1.2 and the first record that comes back (RFC 5246 7.4.1, RFC 7301). Up to 1.2 the server
//! says in the clear which application it chose; nothing is decrypted and no certificate is checked.

use rusuban_core::world::exposure::service::Service;

use super::bytes::Bytes;

/// Cipher suites of TLS 1.2 that servers of the last fifteen years take (IANA numbers).
const SUITES: [u16; 14] = [
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014, 0x009c, 0x009d, 0x002f,
    0x0035,
];

/// A ClientHello that offers TLS 1.2 and HTTP.
pub fn hello() -> Vec<u8> {
    let mut extensions = Vec::new();
    // supported_groups: x25519, secp256r1, secp384r1, secp521r1
    extension(&mut extensions, 10, &lists(&[0x001d, 0x0017, 0x0018, 0x0019]));
    // ec_point_formats: uncompressed
    extension(&mut extensions, 11, &[1, 0]);
    // signature_algorithms: ECDSA, RSA-PSS and RSA, with SHA-256 to SHA-512 and SHA-1
    extension(
        &mut extensions,
        13,
        &lists(&[0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201]),
    );
    // application_layer_protocol_negotiation: h2, http/1.1
    extension(&mut extensions, 16, b"\x00\x0c\x02h2\x08http/1.1");
    // renegotiation_info: none, which some servers insist on (RFC 5746)
    extension(&mut extensions, 0xff01, &[0]);

    let mut body = vec![3, 3];
    body.extend([0x52; 32]); // random: nothing secret comes of this hello
    body.push(0); // no session
    body.extend(lists(&SUITES));
    body.extend([1, 0]); // no compression
    body.extend(sized(&extensions));

    let mut handshake = vec![1, 0];
    handshake.extend(sized(&body));
    let mut record = vec![22, 3, 1];
    record.extend(sized(&handshake));
    record
}

fn extension(to: &mut Vec<u8>, kind: u16, data: &[u8]) {
    to.extend(kind.to_be_bytes());
    to.extend(sized(data));
}

/// Bytes after their length in two bytes.
fn sized(data: &[u8]) -> Vec<u8> {
    let mut sized = u16::try_from(data.len()).unwrap_or(0).to_be_bytes().to_vec();
    sized.extend(data);
    sized
}

fn lists(values: &[u16]) -> Vec<u8> {
    sized(&values.iter().flat_map(|value| value.to_be_bytes()).collect::<Vec<u8>>())
}

/// The service that the first record shows.
pub fn answer(bytes: &[u8]) -> Option<Service> {
    let mut bytes = Bytes::new(bytes);
    let kind = bytes.u8()?;
    if bytes.u8()? != 3 || bytes.u8()? > 4 {
        return None;
    }
    let length = usize::from(bytes.u16_be()?);
    match kind {
        // An alert: level 1 or 2, then why. 70 says that 1.2 is too old for it.
        21 if length == 2 => {
            let level = bytes.u8()?;
            let why = bytes.u8()?;
            let version = if why == 70 { "1.3" } else { "" };
            matches!(level, 1 | 2).then(|| Service::Tls { version: version.to_owned(), application: None })
        }
        22 => server_hello(bytes),
        _ => None,
    }
}

fn server_hello(mut bytes: Bytes<'_>) -> Option<Service> {
    let [kind, _, _, _] = bytes.array()?;
    if kind != 2 {
        return None;
    }
    let version = match bytes.u16_be()? {
        0x0300 => "SSL 3.0",
        0x0301 => "1.0",
        0x0302 => "1.1",
        0x0303 => "1.2",
        _ => return None,
    };
    let application = chosen_application(bytes).filter(|name| name == b"h2" || name.starts_with(b"http/"));
    Some(Service::Tls { version: version.to_owned(), application: application.map(|_| "http".to_owned()) })
}

/// What stands in the ALPN extension of a ServerHello, after its version.
fn chosen_application(mut bytes: Bytes<'_>) -> Option<Vec<u8>> {
    bytes.take(32)?;
    let session = bytes.u8()?;
    bytes.take(usize::from(session))?;
    bytes.take(3)?;
    let length = bytes.u16_be()?;
    let mut extensions = Bytes::new(bytes.take(usize::from(length))?);
    loop {
        let kind = extensions.u16_be()?;
        let length = extensions.u16_be()?;
        let data = extensions.take(usize::from(length))?;
        if kind == 16 {
            let mut data = Bytes::new(data);
            data.take(2)?;
            let length = data.u8()?;
            return data.take(usize::from(length)).map(<[u8]>::to_vec);
        }
    }
}

/// Whether the first record has come whole.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut bytes = Bytes::new(bytes);
    bytes.take(3).is_some() && bytes.u16_be().is_some_and(|length| bytes.rest().len() >= usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello_back(version: u16, extensions: &[u8]) -> Vec<u8> {
        let mut body = version.to_be_bytes().to_vec();
        body.extend([7; 32]);
        body.push(0);
        body.extend([0xc0, 0x2f, 0]);
        body.extend(sized(extensions));
        let mut handshake = vec![2, 0];
        handshake.extend(sized(&body));
        let mut record = vec![22, 3, 3];
        record.extend(sized(&handshake));
        record
    }

    #[test]
    fn the_hello_has_the_lengths_that_it_says() {
        let hello = hello();
        assert!(is_whole(&hello));
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
    }

    #[test]
    fn versions_applications_and_alerts() {
        let https = hello_back(0x0303, b"\xff\x01\x00\x01\x00\x00\x10\x00\x05\x00\x03\x02h2");
        assert_eq!(
            answer(&https),
            Some(Service::Tls { version: "1.2".into(), application: Some("http".into()) })
        );
        let bare = hello_back(0x0301, b"");
        assert_eq!(answer(&bare), Some(Service::Tls { version: "1.0".into(), application: None }));
        let newer_only = [21, 3, 3, 0, 2, 2, 70];
        assert_eq!(answer(&newer_only), Some(Service::Tls { version: "1.3".into(), application: None }));
        let refusal = [21, 3, 1, 0, 2, 2, 40];
        assert_eq!(answer(&refusal).unwrap().name(), "tls");
        for other in [b"HTTP/1.1 400 Bad Request\r\n".as_slice(), b"", &[22, 3, 1, 0], &[22, 9, 1, 0, 0]] {
            assert_eq!(answer(other), None);
        }
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..120), cut in 0usize..70) {
            let whole = hello_back(0x0303, &bytes);
            for answer_bytes in [bytes.as_slice(), &whole, &whole[..cut.min(whole.len())]] {
                let _ = answer(answer_bytes);
                let _ = is_whole(answer_bytes);
            }
        }
    }
}
