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

#[cfg(test)]
mod tests {
    use super::super::datagram::{Returned, exchange};
    use super::*;

    #[tokio::test]
    async fn an_address_of_another_machine_is_never_connected_to() {
        for ip in ["203.0.113.7", "2001:db8::7"] {
            let elsewhere = Own::imagined(ip);
            let limit = Duration::from_secs(1);
            assert!(matches!(
                dial(&elsewhere, 445, limit).await,
                Dialled::AddressUnused | Dialled::Failed(_)
            ));
            let returned = exchange(&elsewhere, 161, b"?", limit).await;
            assert!(matches!(returned, Returned::AddressUnused | Returned::Failed(_)), "{returned:?}");
        }
    }

    #[tokio::test]
    async fn a_closed_port_is_closed_and_not_connected_to_itself() {
        let own =
            super::super::addresses::list().unwrap().into_iter().find(|own| own.ip().is_loopback()).unwrap();
        // Ports that the kernel may hand out as our own: connecting to one that it just gave us would seem open.
        let free = std::net::TcpListener::bind(own.socket(0)).unwrap().local_addr().unwrap().port();
        for _ in 0..50 {
            let dialled = dial(&own, free, Duration::from_secs(1)).await;
            assert!(matches!(dialled, Dialled::Closed), "{dialled:?}");
        }
    }
}
