//! HTTP in the clear: one request for `/`, and the question by which Windows remote management makes itself known
//! (MS-WSMV 3.1.4.1.18, Identify).

use std::net::IpAddr;

use rusuban_core::world::exposure::service::Service;

use super::bytes::{contains, shown};

/// A request for `/`.
pub fn request(host: IpAddr) -> Vec<u8> {
    format!(
        "GET / HTTP/1.0\r\nHost: {}\r\nUser-Agent: rusuban\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        name(host)
    )
    .into_bytes()
}

/// The question of WS-Management that needs no login.
pub fn identify_request(host: IpAddr) -> Vec<u8> {
    let body = "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" \
                xmlns:wsmid=\"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd\">\
                <s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>";
    format!(
        "POST /wsman HTTP/1.1\r\nHost: {}\r\nUser-Agent: rusuban\r\nWSMANIDENTIFY: unauthenticated\r\n\
         Content-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        name(host),
        body.len()
    )
    .into_bytes()
}

fn name(host: IpAddr) -> String {
    match host {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// The service that an HTTP answer shows.
pub fn answer(bytes: &[u8]) -> Option<Service> {
    let status = status(bytes)?;
    let server = header(bytes, "server").map(shown).unwrap_or_default();
    if server.starts_with("Docker/") && header(bytes, "api-version").is_some() {
        return Some(Service::DockerApi { server });
    }
    if status == 200 && contains(bytes, "You Know, for Search") {
        return Some(Service::Elasticsearch {
            version: quoted_after(bytes, "\"number\"").unwrap_or_default(),
        });
    }
    Some(Service::Http { status, server })
}

/// The service that the answer to [`identify_request`] shows, if it is Windows remote management.
pub fn identified(bytes: &[u8]) -> Option<Service> {
    let status = status(bytes)?;
    let server = header(bytes, "server").map(shown).unwrap_or_default();
    let negotiates = header(bytes, "www-authenticate").is_some_and(|value| contains(value, "Negotiate"));
    let is_winrm = contains(bytes, "IdentifyResponse")
        || (status == 401 && negotiates && server.starts_with("Microsoft-HTTPAPI"));
    is_winrm.then_some(Service::Winrm { server })
}

/// Whether the headers have all come, with enough of the body to know a product by.
pub fn is_whole(bytes: &[u8]) -> bool {
    bytes.len() >= 8192 || (head_end(bytes).is_some() && contains(bytes, "\"tagline\""))
}

fn status(bytes: &[u8]) -> Option<u16> {
    let line = bytes.split(|b| *b == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    let version = words.next()?.strip_prefix("HTTP/1.")?;
    if version.len() != 1 {
        return None;
    }
    words.next()?.parse().ok().filter(|status| (100..600).contains(status))
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| window == b"\r\n\r\n")
}

/// The value of a header, by its name in small letters.
fn header<'a>(bytes: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let head = bytes.get(..head_end(bytes).unwrap_or(bytes.len()))?;
    head.split(|b| *b == b'\n').skip(1).find_map(|line| {
        let (key, value) = line.split_at_checked(line.iter().position(|b| *b == b':')?)?;
        key.eq_ignore_ascii_case(name.as_bytes()).then_some(value.get(1..)?)
    })
}

/// The next text in quotes after a JSON key.
fn quoted_after(bytes: &[u8], key: &str) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let (_, after) = text.split_once(key)?;
    after.split('"').nth(1).map(|value| shown(value.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn answers_of_real_servers() {
        let nginx = b"HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nContent-Type: text/html\r\n\r\n<html>Server: fake</html>";
        assert_eq!(answer(nginx), Some(Service::Http { status: 200, server: "nginx/1.22.1".into() }));
        let docker = b"HTTP/1.1 404 Not Found\r\nApi-Version: 1.43\r\nServer: Docker/24.0.7 (linux)\r\n\r\n{\"message\":\"page not found\"}\n";
        assert_eq!(answer(docker).unwrap().name(), "docker-api");
        let elastic = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"version\" : { \"number\" : \"7.17.9\" }, \"tagline\" : \"You Know, for Search\" }";
        assert_eq!(answer(elastic), Some(Service::Elasticsearch { version: "7.17.9".into() }));
        for bytes in [b"HTTP/2 200\r\n".as_slice(), b"ICY 200 OK\r\n", b"", b"HTTP/1.1 abc\r\n", b"HTTP/1.1"]
        {
            assert_eq!(answer(bytes), None);
        }
    }

    #[test]
    fn windows_remote_management_makes_itself_known() {
        let known = b"HTTP/1.1 200 \r\nServer: Microsoft-HTTPAPI/2.0\r\n\r\n<s:Body><wsmid:IdentifyResponse>";
        let guarded =
            b"HTTP/1.1 401 \r\nServer: Microsoft-HTTPAPI/2.0\r\nWWW-Authenticate: Negotiate\r\n\r\n";
        let other = b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\n\r\n";
        assert_eq!(identified(known).unwrap().name(), "winrm");
        assert_eq!(identified(guarded).unwrap().name(), "winrm");
        assert_eq!(identified(other), None);
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
            for bytes in [bytes.clone(), [b"HTTP/1.1 200 OK\r\n", text.as_bytes()].concat(),
                format!("HTTP/1.1 200\nServer:{text}\r\n\r\nYou Know, for Search\"number\"{text}").into_bytes()] {
                let _ = answer(&bytes);
                let _ = identified(&bytes);
                let _ = is_whole(&bytes);
            }
        }
    }
}
