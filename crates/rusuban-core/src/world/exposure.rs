//! Listening sockets of a machine and what answers on its own addresses, seen from the machine itself.
//!
//! Seen from inside only: that a port is closed to the outside can never be read out of these facts. They say nothing of
//! which ports are allowed; that is the business of `before.exposure`.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Facts;
use crate::model::policy::Transport;
use crate::model::verdict::{Seen, Unknown};

pub mod open;
pub mod ports;
pub mod service;

use service::Service;

/// Listening sockets of a machine and what answers on its own addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureFacts {
    /// Every address of every interface.
    pub addresses: Seen<Vec<OwnAddress>>,
    /// The kernel's socket tables, one entry a table, and whether the reading of each can be trusted.
    pub tables: Vec<SocketTable>,
    /// Sockets that wait for others, as the tables show them.
    pub listeners: Vec<Listener>,
    /// Ports that the kernel gives to clients.
    pub client_ports: Seen<ClientPorts>,
    /// What connecting to each own address gave, one entry an address and transport.
    pub reaches: Vec<Reach>,
    /// What was heard on the ports that were open.
    pub answers: Vec<Answer>,
}

impl Facts for ExposureFacts {
    const TOPIC: &'static str = "exposure/1";
}

/// How far an address reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressScope {
    /// The machine itself (RFC 1122, RFC 4291).
    Loopback,
    /// One link (RFC 3927, RFC 4291).
    LinkLocal,
    /// Private networks (RFC 1918, RFC 6598, RFC 4193).
    Private,
    /// Everywhere else.
    Global,
}

impl AddressScope {
    /// The scope of an address.
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) if v4.is_loopback() => Self::Loopback,
            IpAddr::V4(v4) if v4.is_link_local() => Self::LinkLocal,
            IpAddr::V4(v4) if v4.is_private() || is_shared(v4.octets()) => Self::Private,
            IpAddr::V6(v6) if v6.is_loopback() => Self::Loopback,
            IpAddr::V6(v6) if v6.is_unicast_link_local() => Self::LinkLocal,
            IpAddr::V6(v6) if v6.is_unique_local() => Self::Private,
            _ => Self::Global,
        }
    }
}

/// Carriers' shared space 100.64.0.0/10 (RFC 6598): not reachable from everywhere.
fn is_shared([a, b, ..]: [u8; 4]) -> bool {
    a == 100 && b & 0xc0 == 64
}

/// An address of an interface of the machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OwnAddress {
    /// The address.
    pub address: IpAddr,
    /// Name of the interface.
    pub interface: String,
    /// How far it reaches.
    pub scope: AddressScope,
}

impl fmt::Display for OwnAddress {
    /// The address; with its interface where it means nothing without it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.address.is_ipv6() && self.scope == AddressScope::LinkLocal {
            write!(f, "{}%{}", self.address, self.interface)
        } else {
            write!(f, "{}", self.address)
        }
    }
}

/// IPv4 or IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

impl Family {
    /// The family of an address.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::Ipv4 } else { Self::Ipv6 }
    }
}

/// One of the kernel's socket tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketTable {
    /// TCP or UDP.
    pub transport: Transport,
    /// IPv4 or IPv6.
    pub family: Family,
    /// How its reading went.
    pub state: TableState,
}

/// How the reading of a socket table went. A socket that was opened just before must stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableState {
    /// Read, and the control socket stood in it.
    Read,
    /// Read, but the control socket did not stand in it: others may be missing as well.
    ControlMissing,
    /// The kernel has no such family: no socket of it can be opened, and there is no table.
    Absent,
    /// Not read.
    Unreadable(Unknown),
}

/// Whom a socket faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Faces {
    /// The machine itself only.
    Loopback,
    /// Those who can reach one address (or one multicast group).
    OneAddress,
    /// Everyone who can reach any address of the machine. For an IPv6 socket that mostly means IPv4 as well; whether
    /// the socket is limited to IPv6 cannot be read from the table.
    AllAddresses,
}

impl Faces {
    /// Whom a socket that is bound to an address faces.
    pub fn of(address: IpAddr) -> Self {
        let address = address.to_canonical();
        if address.is_unspecified() {
            Self::AllAddresses
        } else if address.is_loopback() {
            Self::Loopback
        } else {
            Self::OneAddress
        }
    }
}

/// Who holds a socket.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A process; the one with the lowest number where several share the socket.
    Process {
        /// Name as the kernel has it (15 bytes at most).
        name: String,
        /// Process number.
        pid: i64,
    },
    /// No process that could be seen has it, and all could be looked at: the kernel itself, or another PID namespace.
    NoProcess,
    /// The rights to look into all processes are missing.
    Hidden,
}

/// A socket that waits for others: a listening TCP socket, or a UDP socket that takes datagrams from anyone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listener {
    /// TCP or UDP.
    pub transport: Transport,
    /// Port number.
    pub port: u16,
    /// The address that it is bound to; unspecified for all.
    pub address: IpAddr,
    /// Whom it faces.
    pub faces: Faces,
    /// Who holds it.
    pub holder: Holder,
}

/// The range of ports that the kernel gives to clients (`net.ipv4.ip_local_port_range`), both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPorts {
    /// The first port.
    pub first: u16,
    /// The last port.
    pub last: u16,
}

impl ClientPorts {
    /// Whether a port lies in the range.
    pub fn contains(self, port: u16) -> bool {
        (self.first..=self.last).contains(&port)
    }
}

/// Whether the control on an address was found: a listener of the probe's own, opened for the time of the look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Found open, and its answer came back as it was sent.
    Found,
    /// Not found, for the reason given: nothing that was found on this address shows that a port is closed.
    Missing(String),
    /// The kernel does not let the address be used at present (interface down, address being verified).
    AddressUnused,
}

/// What connecting to one own address gave. Every port that was to be tried stands in exactly one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// TCP or UDP.
    pub transport: Transport,
    /// The address that was connected to, from itself.
    pub to: OwnAddress,
    /// Whether the control was found.
    pub control: Control,
    /// TCP: the connection was taken. UDP: something answered.
    pub open: Vec<u16>,
    /// TCP: reset. UDP: the kernel said that nobody is there.
    pub closed: Vec<u16>,
    /// Nothing came back in time. Never to be read as closed.
    pub no_answer: Vec<u16>,
    /// Turned away on the way by a filter (ICMP).
    pub filtered: Vec<u16>,
    /// The attempt itself failed.
    pub failed: Vec<FailedPort>,
    /// No time was left, or the address was one too many.
    pub not_tried: Vec<u16>,
}

/// A port that could not be tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedPort {
    /// Port number.
    pub port: u16,
    /// The system's reason.
    pub error: String,
}

/// What was heard on an open port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// TCP or UDP.
    pub transport: Transport,
    /// Port number.
    pub port: u16,
    /// The own addresses that the answer speaks for: those that the same socket serves.
    pub addresses: Vec<IpAddr>,
    /// The one of them that was asked.
    pub asked: IpAddr,
    /// The address of the listening socket that serves them; none where the tables show no such socket.
    pub listener: Option<IpAddr>,
    /// What was heard.
    pub heard: Heard,
}

/// What was heard on an open port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// A protocol confirmed itself.
    Service(Service),
    /// The connection was taken, and nothing that was asked got an answer.
    Silent,
    /// Something answered that is no protocol this program knows; its beginning, printable characters only.
    Unrecognised(String),
    /// Nothing was asked, because what is asked could do harm there (printers print it).
    NotAsked,
    /// The conversation failed, for the system's reason.
    Failed(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_of_addresses() {
        use AddressScope::{Global, LinkLocal, Loopback, Private};
        for (text, scope) in [
            ("127.0.0.53", Loopback),
            ("::1", Loopback),
            ("::ffff:127.0.0.1", Loopback),
            ("169.254.3.4", LinkLocal),
            ("fe80::1", LinkLocal),
            ("10.1.2.3", Private),
            ("172.31.0.1", Private),
            ("192.168.0.1", Private),
            ("100.64.0.1", Private),
            ("100.127.255.255", Private),
            ("fd00::2", Private),
            ("100.128.0.1", Global),
            ("172.32.0.1", Global),
            ("203.0.113.7", Global),
            ("2001:db8::1", Global),
        ] {
            assert_eq!(AddressScope::of(text.parse().unwrap()), scope, "{text}");
        }
    }

    #[test]
    fn a_mapped_address_faces_whom_its_ipv4_address_faces() {
        for (text, faces) in [
            ("0.0.0.0", Faces::AllAddresses),
            ("::", Faces::AllAddresses),
            ("::ffff:0.0.0.0", Faces::AllAddresses),
            ("::ffff:127.0.0.1", Faces::Loopback),
            ("127.0.0.53", Faces::Loopback),
            ("::1", Faces::Loopback),
            ("::ffff:192.0.2.1", Faces::OneAddress),
            ("224.0.0.251", Faces::OneAddress),
        ] {
            assert_eq!(Faces::of(text.parse().unwrap()), faces, "{text}");
        }
    }
}
