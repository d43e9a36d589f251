//! Services that speak first: SSH, FTP, SMTP, POP3, IMAP, Telnet, rsync, VNC, MySQL.

use rusuban_core::world::exposure::service::Service;

use super::bytes::{contains, first_line};
use super::{mysql, vnc};

/// What a greeting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greeting {
    /// It names its protocol.
    Service(Service),
    /// `220`, from FTP or SMTP: a question will tell them apart.
    TwoTwenty(String),
    /// VNC of a version; it waits for ours.
    Vnc(String),
}

/// Reads the first words of a server.
pub fn greeting(bytes: &[u8]) -> Option<Greeting> {
    if let Some(banner) = ssh_line(bytes) {
        return Some(Greeting::Service(Service::Ssh { banner }));
    }
    if let Some(version) = vnc::version(bytes) {
        return Some(Greeting::Vnc(version));
    }
    if let Some(version) = mysql::greeting(bytes) {
        return Some(Greeting::Service(Service::Mysql { version }));
    }
    let banner = first_line(bytes);
    let service = match bytes {
        // RFC 854: a command of WILL, WONT, DO or DONT.
        [0xff, 0xfb..=0xfe, _, ..] => Service::Telnet,
        [b'2', b'2', b'0', b' ' | b'-', ..] => return Some(two_twenty(bytes, banner)),
        [b'4' | b'5', b'2' | b'5', b'1' | b'4', b' ' | b'-', ..] if contains(bytes, "SMTP") => {
            Service::Smtp { banner }
        }
        [b'4', b'2', b'1', b' ' | b'-', ..] => return Some(Greeting::TwoTwenty(banner)),
        _ if bytes.starts_with(b"+OK") => Service::Pop3 { banner },
        _ if bytes.starts_with(b"* OK") || bytes.starts_with(b"* PREAUTH") || bytes.starts_with(b"* BYE") => {
            Service::Imap { banner }
        }
        _ if bytes.starts_with(b"@RSYNCD:") => Service::Rsync { banner },
        _ => return None,
    };
    Some(Greeting::Service(service))
}

fn two_twenty(bytes: &[u8], banner: String) -> Greeting {
    if contains(bytes, "SMTP") {
        Greeting::Service(Service::Smtp { banner })
    } else if contains(bytes, "FTP") {
        Greeting::Service(Service::Ftp { banner })
    } else {
        Greeting::TwoTwenty(banner)
    }
}

/// The question that tells SMTP from FTP.
pub const EHLO: &[u8] = b"EHLO rusuban.invalid\r\n";

/// Reads the answer to [`EHLO`]: SMTP knows it (RFC 5321 4.1.1.1), FTP does not (RFC 959 4.2).
pub fn after_ehlo(bytes: &[u8], banner: String) -> Option<Service> {
    match bytes {
        [b'2', b'5', b'0', b' ' | b'-', ..] => Some(Service::Smtp { banner }),
        [b'5', b'0' | b'3', b'0'..=b'3', b' ' | b'-', ..] => Some(Service::Ftp { banner }),
        _ => None,
    }
}

/// The identification line of SSH; other lines may come before it (RFC 4253 4.2).
fn ssh_line(bytes: &[u8]) -> Option<String> {
    bytes.split(|b| *b == b'\n').take(20).find(|line| line.starts_with(b"SSH-")).map(first_line)
}

/// Whether a greeting is complete enough to be read.
pub fn is_whole(bytes: &[u8]) -> bool {
    match bytes {
        [] => false,
        [0xff, ..] => bytes.len() >= 3,
        _ => bytes.contains(&b'\n') || mysql::greeting(bytes).is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(bytes: &[u8]) -> Option<&'static str> {
        match greeting(bytes)? {
            Greeting::Service(service) => Some(service.name()),
            Greeting::TwoTwenty(_) => Some("220"),
            Greeting::Vnc(_) => Some("vnc"),
        }
    }

    #[test]
    fn greetings_of_real_servers() {
        for (bytes, expected) in [
            (b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7\r\n".as_slice(), "ssh"),
            (b"Welcome\r\nto the house\r\nSSH-2.0-dropbear\r\n", "ssh"),
            (b"220 (vsFTPd 3.0.3)\r\n", "ftp"),
            (b"220-FileZilla Server 1.7\r\n220 ready\r\n", "220"),
            (b"220 mail.example.jp ESMTP Postfix (Debian/GNU)\r\n", "smtp"),
            (b"554 mail.example.jp ESMTP not accepting\r\n", "smtp"),
            (b"421 too many connections\r\n", "220"),
            (b"+OK Dovecot ready.\r\n", "pop3"),
            (b"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "imap"),
            (b"\xff\xfd\x18\xff\xfd\x20", "telnet"),
            (b"@RSYNCD: 31.0 sha512 sha256\n", "rsync"),
            (b"RFB 003.008\n", "vnc"),
        ] {
            assert_eq!(name(bytes), Some(expected), "{}", String::from_utf8_lossy(bytes));
        }
        for bytes in [b"".as_slice(), b"HTTP/1.1 200 OK\r\n", b"hello\n", b"\xff", "ようこそ\n".as_bytes()]
        {
            assert_eq!(name(bytes), None);
        }
    }

    #[test]
    fn ehlo_tells_smtp_from_ftp() {
        let after = |bytes: &[u8]| after_ehlo(bytes, String::new()).map(|service| service.name());
        assert_eq!(after(b"250-mail.example.jp\r\n250 SIZE\r\n"), Some("smtp"));
        assert_eq!(after(b"530 Please login with USER and PASS.\r\n"), Some("ftp"));
        assert_eq!(after(b"500 Unknown command\r\n"), Some("ftp"));
        assert_eq!(after(b"421 bye\r\n"), None);
    }

    proptest! {
        #[test]
        fn any_greeting_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
            for bytes in [bytes.as_slice(), text.as_bytes()] {
                let _ = greeting(bytes);
                let _ = is_whole(bytes);
                let _ = after_ehlo(bytes, String::new());
            }
        }
    }
}
