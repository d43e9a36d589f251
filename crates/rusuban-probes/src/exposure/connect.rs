//! Connects to ports of the machine's own addresses over TCP and says how that went.

use std::io;
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::addresses::Own;

/// How often a connection to oneself is tried again.
const SELF_CONNECTIONS: usize = 3;

/// How an attempt to connect went.
#[derive(Debug)]
pub enum Dialled {
    /// Taken.
    Open(TcpStream),
    /// Reset: nobody listens.
    Closed,
    /// Nothing came back in time.
    NoAnswer,
    /// Turned away by a filter.
    Filtered,
    /// The machine cannot use the address at present; nothing was sent.
    AddressUnused,
    /// The attempt itself failed.
    Failed(String),
}

/// Connects from an own address to a port of the same address.
pub async fn dial(own: &Own, port: u16, limit: Duration) -> Dialled {
    for _ in 0..SELF_CONNECTIONS {
        match dial_once(own, port, limit).await {
            // Where the kernel gives us the very port that we connect to, the connection ends in ourselves.
            Dialled::Open(stream) if stream.local_addr().is_ok_and(|local| local.port() == port) => {}
            other => return other,
        }
    }
    Dialled::Failed("the connection ended in itself".to_owned())
}

async fn dial_once(own: &Own, port: u16, limit: Duration) -> Dialled {
    let socket = if own.ip().is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = match socket {
        Ok(socket) => socket,
        Err(error) => return Dialled::Failed(error.to_string()),
    };
    // Binding fails where the address is no longer ours, so that nothing ever leaves for another machine.
    match socket.bind(own.socket(0)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => return Dialled::AddressUnused,
        Err(error) => return Dialled::Failed(error.to_string()),
    }
    match timeout(limit, socket.connect(own.socket(port))).await {
        Err(_) => Dialled::NoAnswer,
        Ok(Ok(stream)) => Dialled::Open(stream),
        Ok(Err(error)) => refusal(&error),
    }
}

fn refusal(error: &io::Error) -> Dialled {
    use io::ErrorKind::{
        ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable, PermissionDenied, TimedOut,
    };
    match error.kind() {
        ConnectionRefused | ConnectionReset => Dialled::Closed,
        TimedOut => Dialled::NoAnswer,
        HostUnreachable | NetworkUnreachable | PermissionDenied => Dialled::Filtered,
        _ => Dialled::Failed(error.to_string()),
    }
}
