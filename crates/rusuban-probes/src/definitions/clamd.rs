//! Talks with clamd (clamd(8)) on its own socket: `VERSION`, and `INSTREAM` with a stream that must be found.
//!
//! Every answer is read to its end within a limit of time and of size. Two controls tell a working daemon from one that
//! finds nothing, and from one that finds something in everything.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::DateTime;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::definitions::{Control, DaemonFacts, DaemonVersion, Loaded};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::config::Config;
use crate::host::Host;
use crate::printable;

/// The longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 4096;

/// The EICAR test string backwards, so that neither this file nor the program is taken for the test file.
const EICAR_BACKWARDS: &str = r"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X";

/// A stream that nothing may be found in.
const HARMLESS: &[u8] = b"rusuban: a harmless stream, to see that not everything is found\n";

/// Where a daemon listens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    /// A socket file: its real place, and its path as people see it.
    Unix(PathBuf, String),
    /// A port of this machine.
    Tcp(SocketAddr),
}

impl Address {
    fn shown(&self) -> String {
        match self {
            Self::Unix(_, path) => format!("unix:{path}"),
            Self::Tcp(address) => format!("tcp:{address}"),
        }
    }
}

/// Asks the daemon that a configuration describes, on the first of its sockets that answers.
pub(super) async fn ask(host: &Host, config: &Config, limit: Duration) -> Result<DaemonFacts, Unknown> {
    let mut first_trouble = None;
    for address in addresses(host, config) {
        let clamd = Clamd { address, limit };
        match clamd.talk(b"zVERSION\0").await {
            Ok(answer) => {
                return Ok(DaemonFacts {
                    version: version(&answer).ok_or_else(|| clamd.gibberish(&answer)).into(),
                    control: clamd.control().await.into(),
                    address: clamd.address.shown(),
                });
            }
            Err(why) => first_trouble = first_trouble.or(Some(why)),
        }
    }
    Err(first_trouble.unwrap_or_else(no_socket))
}

fn addresses(host: &Host, config: &Config) -> Vec<Address> {
    let mut addresses: Vec<Address> = config
        .last("LocalSocket")
        .map(|path| Address::Unix(host.path(path), path.to_owned()))
        .into_iter()
        .collect();
    let Some(port) = config.last("TCPSocket").and_then(|port| port.parse::<u16>().ok()) else {
        return addresses;
    };
    let mut named: Vec<IpAddr> = config.all("TCPAddr").filter_map(reachable).collect();
    if named.is_empty() {
        named.push(Ipv4Addr::LOCALHOST.into());
    }
    addresses.extend(named.into_iter().map(|ip| Address::Tcp(SocketAddr::new(ip, port))));
    addresses
}

/// The address to reach a daemon of this machine at, by the address that it listens on.
fn reachable(listens_on: &str) -> Option<IpAddr> {
    if listens_on.eq_ignore_ascii_case("localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    match listens_on.parse().ok()? {
        IpAddr::V4(ip) if ip.is_unspecified() => Some(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => Some(Ipv6Addr::LOCALHOST.into()),
        ip => Some(ip),
    }
}

struct Clamd {
    address: Address,
    limit: Duration,
}

impl Clamd {
    async fn control(&self) -> Result<Control, Unknown> {
        let eicar: String = EICAR_BACKWARDS.chars().rev().collect();
        let eicar = match self.scan(eicar.as_bytes()).await? {
            Scan::Found(name) => Some(name),
            Scan::Clean => None,
        };
        let harmless_passed = self.scan(HARMLESS).await? == Scan::Clean;
        Ok(Control { eicar, harmless_passed })
    }

    async fn scan(&self, content: &[u8]) -> Result<Scan, Unknown> {
        let answer = self.talk(&instream(content)).await?;
        scan(&answer).ok_or_else(|| self.gibberish(&answer))
    }

    /// Sends one command and reads the answer to its end.
    async fn talk(&self, command: &[u8]) -> Result<String, Unknown> {
        let exchange = async {
            match &self.address {
                Address::Unix(path, _) => converse(UnixStream::connect(path).await?, command).await,
                Address::Tcp(address) => converse(TcpStream::connect(address).await?, command).await,
            }
        };
        match tokio::time::timeout(self.limit, exchange).await {
            Err(_) => Err(self.too_slow()),
            Ok(Err(error)) => Err(self.unreachable(&error)),
            Ok(Ok(answer)) => Ok(answer),
        }
    }

    fn too_slow(&self) -> Unknown {
        let (address, seconds) = (self.address.shown(), self.limit.as_secs());
        Unknown::new(
            UnknownCode::TimedOut,
            "clamd",
            Text::new(
                format!("clamd（{address}）が{seconds}秒以内に応答しませんでした"),
                format!("clamd ({address}) did not answer within {seconds} seconds"),
            ),
            Text::new(
                "`sudo systemctl restart clamav-daemon` の後にもう一度実行してください",
                "run it again after `sudo systemctl restart clamav-daemon`",
            ),
        )
    }

    fn unreachable(&self, error: &std::io::Error) -> Unknown {
        let address = self.address.shown();
        let (code, hint) = if error.kind() == std::io::ErrorKind::PermissionDenied {
            (
                UnknownCode::NoPermission,
                Text::new("root 権限（sudo）で実行してください", "run it as root (sudo)"),
            )
        } else {
            (
                UnknownCode::ToolFailed,
                Text::new(
                    "`sudo systemctl start clamav-daemon` で起動し、`systemctl status clamav-daemon` を確かめてください",
                    "start it with `sudo systemctl start clamav-daemon` and see `systemctl status clamav-daemon`",
                ),
            )
        };
        let message = Text::new(
            format!("clamd（{address}）に接続できません（{error}）"),
            format!("clamd cannot be reached at {address} ({error})"),
        );
        Unknown::new(code, "clamd", message, hint)
    }

    fn gibberish(&self, answer: &str) -> Unknown {
        let address = self.address.shown();
        let said = printable::within(answer, 100);
        Unknown::new(
            UnknownCode::Unparsable,
            "clamd",
            Text::new(
                format!("clamd（{address}）の応答「{said}」を解釈できません"),
                format!("the answer of clamd ({address}) cannot be understood: “{said}”"),
            ),
            Text::new(
                "`clamdscan --version` の結果を確かめてください",
                "see what `clamdscan --version` says",
            ),
        )
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    command: &[u8],
) -> std::io::Result<String> {
    // A daemon may answer and close before it has read everything: what it said counts, not that it stopped listening.
    let sent = stream.write_all(command).await;
    let mut bytes = Vec::new();
    let read = stream.take(MAX_ANSWER).read_to_end(&mut bytes).await;
    if bytes.is_empty() {
        sent?;
        read?;
    }
    let answer = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    Ok(String::from_utf8_lossy(answer).trim().to_owned())
}

/// The `INSTREAM` command with its content in one chunk, and the empty chunk that ends it.
fn instream(content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(0);
    let mut command = b"zINSTREAM\0".to_vec();
    command.extend(length.to_be_bytes());
    command.extend(content);
    command.extend(0_u32.to_be_bytes());
    command
}

/// What was found in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scan {
    Found(String),
    Clean,
}

/// Reads the answer to `INSTREAM`. None for an error.
fn scan(answer: &str) -> Option<Scan> {
    let said = answer.strip_prefix("stream: ")?;
    if said == "OK" {
        return Some(Scan::Clean);
    }
    let name = said.strip_suffix(" FOUND")?;
    Some(Scan::Found(name.chars().take(200).collect()))
}

/// Reads the answer to `VERSION`: `ClamAV 1.4.6/27830/Fri Nov 20 09:15:00 2026`, or the engine alone where no daily
/// definitions are loaded. The time is that of ctime(3) in the daemon's zone.
fn version(answer: &str) -> Option<DaemonVersion> {
    let parts: Vec<&str> = answer.strip_prefix("ClamAV ")?.split('/').collect();
    let engine = |text: &str| text.chars().take(60).collect::<String>();
    match parts.as_slice() {
        [only] if !only.is_empty() => Some(DaemonVersion { engine: engine(only), loaded: None }),
        [first, version, built] => {
            let built: Vec<&str> = built.split_whitespace().collect();
            let built_local = DateTime::strptime("%a %b %d %H:%M:%S %Y", built.join(" ")).ok()?;
            let version = u64::from(version.parse::<u32>().ok()?);
            Some(DaemonVersion { engine: engine(first), loaded: Some(Loaded { version, built_local }) })
        }
        _ => None,
    }
}

fn no_socket() -> Unknown {
    Unknown::new(
        UnknownCode::NotConfigured,
        "clamd.conf",
        Text::new(
            "clamd.conf に LocalSocket も TCPSocket もありません",
            "clamd.conf names neither a LocalSocket nor a TCPSocket",
        ),
        Text::new(
            "clamd.conf に LocalSocket を書き、`sudo systemctl restart clamav-daemon` を実行してください",
            "add LocalSocket to clamd.conf and run `sudo systemctl restart clamav-daemon`",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::config;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_test_string_has_its_length() {
        assert_eq!(EICAR_BACKWARDS.len(), 68);
        assert!(EICAR_BACKWARDS.ends_with("5X"));
    }

    #[test]
    fn versions_with_and_without_definitions() {
        let told = version("ClamAV 1.4.6/27830/Fri Nov 20 09:15:00 2026").unwrap();
        assert_eq!(told.engine, "1.4.6");
        let loaded = told.loaded.unwrap();
        assert_eq!((loaded.version, loaded.built_local.to_string()), (27_830, "2026-11-20T09:15:00".into()));
        let padded = version("ClamAV 0.103.12/27400/Fri Nov  6 09:15:00 2026").unwrap().loaded.unwrap();
        assert_eq!(padded.built_local.to_string(), "2026-11-06T09:15:00");
        assert_eq!(version("ClamAV 1.4.6"), Some(DaemonVersion { engine: "1.4.6".into(), loaded: None }));
    }

    #[test]
    fn other_answers_are_no_versions() {
        for answer in [
            "",
            "ClamAV ",
            "PONG",
            "UNKNOWN COMMAND",
            "ClamAV 1.4.6/27830",
            "ClamAV 1.4.6/x/Fri Nov 20 09:15:00 2026",
            "ClamAV 1.4.6/27830/yesterday",
            "HTTP/1.1 400 Bad Request",
        ] {
            assert_eq!(version(answer), None, "{answer}");
        }
    }

    #[test]
    fn answers_to_a_stream() {
        assert_eq!(scan("stream: OK"), Some(Scan::Clean));
        let found = Some(Scan::Found("Win.Test.EICAR_HDB-1".into()));
        assert_eq!(scan("stream: Win.Test.EICAR_HDB-1 FOUND"), found);
        assert_eq!(scan("INSTREAM size limit exceeded. ERROR"), None);
        assert_eq!(scan("stream: Can't allocate memory ERROR"), None);
        assert_eq!(scan("OK"), None);
    }

    #[test]
    fn a_daemon_that_listens_everywhere_is_reached_on_loopback() {
        let config = config::parse("TCPSocket 3310\nTCPAddr 0.0.0.0\nTCPAddr ::\nTCPAddr localhost\n");
        let shown: Vec<String> = addresses(&Host::default(), &config).iter().map(Address::shown).collect();
        assert_eq!(shown, ["tcp:127.0.0.1:3310", "tcp:[::1]:3310", "tcp:127.0.0.1:3310"]);
    }

    proptest! {
        #[test]
        fn any_answer_is_read(text in "(ClamAV |stream: )?[ -~あ/]{0,80}") {
            version(&text);
            scan(&text);
        }
    }
}
