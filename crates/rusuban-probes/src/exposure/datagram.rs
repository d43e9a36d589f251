//! Sends one datagram to a port of the machine's own addresses and waits for what comes back.

use std::io;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::addresses::Own;

/// The largest datagram that is read.
const MAX_DATAGRAM: usize = 4096;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returned {
    /// A datagram.
    Answer(Vec<u8>),
    /// The kernel said that nobody is there.
    Closed,
    /// Nothing. It says nothing about the port.
    Silence,
    /// Turned away by a filter.
    Filtered,
    /// The machine cannot use the address at present; nothing was sent.
    AddressUnused,
    /// The attempt itself failed.
    Failed(String),
}

/// Sends a datagram from an own address to a port of the same address.
pub async fn exchange(own: &Own, port: u16, request: &[u8], limit: Duration) -> Returned {
    let socket = match UdpSocket::bind(own.socket(0)).await {
        Ok(socket) => socket,
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => return Returned::AddressUnused,
        Err(error) => return Returned::Failed(error.to_string()),
    };
    if socket.local_addr().is_ok_and(|local| local.port() == port) {
        return Returned::Failed("the port was given to this look itself".to_owned());
    }
    if let Err(error) = socket.connect(own.socket(port)).await {
        return refusal(&error);
    }
    if let Err(error) = socket.send(request).await {
        return refusal(&error);
    }
    let mut buffer = vec![0; MAX_DATAGRAM];
    match timeout(limit, socket.recv(&mut buffer)).await {
        Err(_) => Returned::Silence,
        Ok(Ok(length)) => {
            buffer.truncate(length);
            Returned::Answer(buffer)
        }
        Ok(Err(error)) => refusal(&error),
    }
}

fn refusal(error: &io::Error) -> Returned {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, PermissionDenied};
    match error.kind() {
        ConnectionRefused => Returned::Closed,
        HostUnreachable | NetworkUnreachable | PermissionDenied => Returned::Filtered,
        _ => Returned::Failed(error.to_string()),
    }
}
