//! Reads the kernel's socket tables. A socket that is opened just before must stand in each of them.
//!
//! It says which sockets wait for others. What answers on them is not its business.

use std::io::Cursor;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use procfs::net::{TcpNetEntries, TcpState, UdpNetEntries, UdpState};
use procfs::{FromBufReadSI, ProcResult};
use rusuban_core::model::policy::Transport;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::exposure::{ClientPorts, Faces, Family, Listener, SocketTable, TableState};

use super::holders::Holders;
use crate::host::Host;

/// The socket tables, in the order in which they are read.
const TABLES: [(Transport, Family, &str); 4] = [
    (Transport::Tcp, Family::Ipv4, "/proc/net/tcp"),
    (Transport::Tcp, Family::Ipv6, "/proc/net/tcp6"),
    (Transport::Udp, Family::Ipv4, "/proc/net/udp"),
    (Transport::Udp, Family::Ipv6, "/proc/net/udp6"),
];

/// What the tables say.
#[derive(Debug)]
pub struct Sockets {
    /// How the reading of each went.
    pub tables: Vec<SocketTable>,
    /// All sockets that wait for others, without those of this look.
    pub listeners: Vec<Listener>,
}

/// A socket that waits for others, as a table shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    address: SocketAddr,
    inode: u64,
}

/// Reads all four tables.
pub fn read(host: &Host) -> Sockets {
    // The controls live until the last table is read.
    let controls: Vec<Control> =
        TABLES.iter().map(|(transport, family, _)| Control::open(*transport, *family)).collect();
    let mut read = Sockets { tables: Vec::new(), listeners: Vec::new() };
    let mut found: Vec<(Transport, Entry)> = Vec::new();
    for ((transport, family, path), control) in TABLES.iter().zip(&controls) {
        let state = match entries(host, *transport, path) {
            Err(why) => TableState::Unreadable(why),
            Ok(None) if control.address.is_none() => TableState::Absent,
            Ok(None) => TableState::Unreadable(missing(path)),
            Ok(Some(entries)) => {
                let control_found = entries.iter().any(|entry| Some(entry.address) == control.address);
                found.extend(entries.into_iter().map(|entry| (*transport, entry)));
                state_of(control, control_found)
            }
        };
        read.tables.push(SocketTable { transport: *transport, family: *family, state });
    }
    found.retain(|(transport, entry)| !controls.iter().any(|c| c.is(*transport, entry.address)));
    read.listeners = listeners(host, found);
    read
}

/// A family whose control cannot even be opened (IPv6 switched off) has nothing that could be missed; its table may be
/// there all the same, and is read.
fn state_of(control: &Control, found: bool) -> TableState {
    match (control.address, found) {
        (Some(_), true) => TableState::Read,
        (Some(_), false) => TableState::ControlMissing,
        (None, _) => TableState::Absent,
    }
}

fn listeners(host: &Host, found: Vec<(Transport, Entry)>) -> Vec<Listener> {
    if found.is_empty() {
        return Vec::new();
    }
    let holders = Holders::read(host, found.iter().map(|(_, entry)| entry.inode));
    let mut listeners: Vec<Listener> = found
        .into_iter()
        .map(|(transport, entry)| Listener {
            transport,
            port: entry.address.port(),
            address: entry.address.ip(),
            faces: Faces::of(entry.address.ip()),
            holder: holders.of(entry.inode),
        })
        .collect();
    listeners.sort();
    // Several sockets may share a port (SO_REUSEPORT); one of a kind says it all.
    listeners.dedup();
    listeners
}

/// The range of ports that the kernel gives to clients.
pub fn client_ports(host: &Host) -> Seen<ClientPorts> {
    let path = "/proc/sys/net/ipv4/ip_local_port_range";
    let range = host.read_text(path).and_then(|text| {
        let text = text.ok_or_else(|| missing(path))?;
        parse_client_ports(&text).ok_or_else(|| unparsable(path, text.trim()))
    });
    range.into()
}

fn parse_client_ports(text: &str) -> Option<ClientPorts> {
    let mut numbers = text.split_whitespace().map(str::parse::<u16>);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(first)), Some(Ok(last)), None) if first <= last => Some(ClientPorts { first, last }),
        _ => None,
    }
}

/// A socket of our own, on loopback, for the time of the reading.
struct Control {
    transport: Transport,
    address: Option<SocketAddr>,
    _socket: Option<Socket>,
}

/// Kept only to stay open.
enum Socket {
    Tcp { _listener: TcpListener },
    Udp { _socket: UdpSocket },
}

impl Control {
    fn open(transport: Transport, family: Family) -> Self {
        let loopback: SocketAddr = match family {
            Family::Ipv4 => (Ipv4Addr::LOCALHOST, 0).into(),
            Family::Ipv6 => (Ipv6Addr::LOCALHOST, 0).into(),
        };
        let opened = match transport {
            Transport::Tcp => {
                TcpListener::bind(loopback).and_then(|l| Ok((l.local_addr()?, Socket::Tcp { _listener: l })))
            }
            Transport::Udp => {
                UdpSocket::bind(loopback).and_then(|s| Ok((s.local_addr()?, Socket::Udp { _socket: s })))
            }
        };
        match opened {
            Ok((address, socket)) => Self { transport, address: Some(address), _socket: Some(socket) },
            Err(_) => Self { transport, address: None, _socket: None },
        }
    }

    fn is(&self, transport: Transport, address: SocketAddr) -> bool {
        self.transport == transport && self.address == Some(address)
    }
}

fn entries(host: &Host, transport: Transport, path: &str) -> Result<Option<Vec<Entry>>, Unknown> {
    let Some(bytes) = host.read(path)? else {
        return Ok(None);
    };
    let parsed = match transport {
        Transport::Tcp => parse_tcp(&bytes),
        Transport::Udp => parse_udp(&bytes),
    };
    parsed.map(Some).map_err(|error| unparsable(path, &error.to_string()))
}

/// Listening sockets of `/proc/net/tcp` or `tcp6` (proc(5)).
fn parse_tcp(table: &[u8]) -> ProcResult<Vec<Entry>> {
    let TcpNetEntries(entries) =
        TcpNetEntries::from_buf_read(Cursor::new(table), procfs::current_system_info())?;
    let waiting = entries.into_iter().filter(|entry| entry.state == TcpState::Listen);
    Ok(waiting.map(|entry| canonical(entry.local_address, entry.inode)).collect())
}

/// Sockets of `/proc/net/udp` or `udp6` that have a port and take datagrams from anyone. One that is connected to a peer
/// takes only that peer's.
fn parse_udp(table: &[u8]) -> ProcResult<Vec<Entry>> {
    let UdpNetEntries(entries) =
        UdpNetEntries::from_buf_read(Cursor::new(table), procfs::current_system_info())?;
    let waiting = entries.into_iter().filter(|entry| {
        entry.state == UdpState::Close && entry.local_address.port() != 0 && entry.remote_address.port() == 0
    });
    Ok(waiting.map(|entry| canonical(entry.local_address, entry.inode)).collect())
}

/// An IPv4 address written as IPv6 (`::ffff:127.0.0.1`) is the IPv4 address.
fn canonical(address: SocketAddr, inode: u64) -> Entry {
    Entry { address: SocketAddr::new(address.ip().to_canonical(), address.port()), inode }
}

fn missing(path: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        path,
        Text::new(format!("{path} がありません"), format!("{path} does not exist")),
        Text::new("/proc が使える環境で実行してください", "run it where /proc is mounted"),
    )
}

fn unparsable(path: &str, why: &str) -> Unknown {
    let why: String = why.chars().take(200).collect();
    Unknown::new(
        UnknownCode::Unparsable,
        path,
        Text::new(
            format!("{path} を解釈できません（{why}）"),
            format!("{path} cannot be understood ({why})"),
        ),
        Text::new("`ss -lntu` で確かめてください", "look with `ss -lntu`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// As Linux 6 writes it: a listening socket on all addresses, one on loopback, an established connection.
    const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n\
   0: 00000000:01BD 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31 1 0000000000000000 100 0 0 10 0                    \n\
   1: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000   110        0 32 1 0000000000000000 100 0 0 10 0                    \n\
   2: 020200C0:0016 010200C0:D431 01 00000000:00000000 02:0000A0E5 00000000     0        0 33 2 0000000000000000 20 4 30 10 -1                   \n";

    const TCP6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0000000000000000 100 0 0 10 0\n\
   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0000000000000000 100 0 0 10 0\n";

    /// A server on 137, a DHCP client on its own address, and a socket connected to a name server.
    const UDP: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops             \n\
  100: 00000000:0089 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51 2 0000000000000000 0         \n\
  101: 020200C0:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 52 2 0000000000000000 0         \n\
  102: 020200C0:9C40 010200C0:0035 01 00000000:00000000 00:00000000 00000000     0        0 53 2 0000000000000000 0         \n";

    fn shown(entries: ProcResult<Vec<Entry>>) -> Vec<String> {
        entries.unwrap().iter().map(|entry| format!("{} {}", entry.address, entry.inode)).collect()
    }

    #[test]
    fn only_waiting_sockets_are_taken() {
        assert_eq!(shown(parse_tcp(TCP.as_bytes())), ["0.0.0.0:445 31", "127.0.0.1:6379 32"]);
        assert_eq!(shown(parse_tcp(TCP6.as_bytes())), ["[::]:22 41", "127.0.0.1:8080 42"]);
        assert_eq!(shown(parse_udp(UDP.as_bytes())), ["0.0.0.0:137 51", "192.0.2.2:68 52"]);
    }

    #[test]
    fn a_table_that_breaks_off_is_not_understood() {
        let cut = &TCP.as_bytes()[..TCP.len() - 120];
        assert!(parse_tcp(cut).is_err());
    }

    #[test]
    fn the_range_of_client_ports() {
        assert_eq!(parse_client_ports("32768\t60999\n"), Some(ClientPorts { first: 32768, last: 60999 }));
        for text in ["", "32768", "60999 32768", "1 2 3", "a b"] {
            assert_eq!(parse_client_ports(text), None, "{text}");
        }
    }

    #[test]
    fn the_controls_stand_in_the_tables_of_this_machine_and_not_among_its_listeners() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let read = read(&Host::default());
        for table in &read.tables {
            assert!(matches!(table.state, TableState::Read | TableState::Absent), "{table:?}");
        }
        let mine: Vec<&Listener> = read.listeners.iter().filter(|l| l.port == port).collect();
        assert!(mine.iter().any(|l| l.faces == Faces::Loopback && l.transport == Transport::Tcp), "{mine:?}");
    }

    #[test]
    fn a_table_without_the_control_is_not_trusted_but_what_it_shows_is_kept() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("proc/net")).unwrap();
        std::fs::write(root.path().join("proc/net/tcp"), TCP).unwrap();
        std::fs::write(root.path().join("proc/net/udp"), "no table\nat all\n").unwrap();
        let read = read(&Host::at(root.path()));
        assert_eq!(read.tables[0].state, TableState::ControlMissing);
        assert!(
            matches!(&read.tables[2].state, TableState::Unreadable(why) if why.code == UnknownCode::Unparsable)
        );
        let ports: Vec<u16> = read.listeners.iter().map(|l| l.port).collect();
        assert_eq!(ports, [445, 6379]);
    }

    proptest! {
        #[test]
        fn any_table_gives_entries_or_an_error(text in "\\PC{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            for table in [text.as_bytes(), &bytes, format!("head\n{text}").as_bytes()] {
                let _ = parse_tcp(table);
                let _ = parse_udp(table);
            }
            let _ = parse_client_ports(&text);
        }

        #[test]
        fn a_table_cut_anywhere_gives_entries_or_an_error(at in 0usize..700) {
            for table in [TCP, TCP6, UDP] {
                let _ = parse_tcp(&table.as_bytes()[..at.min(table.len())]);
                let _ = parse_udp(&table.as_bytes()[..at.min(table.len())]);
            }
        }
    }
}
