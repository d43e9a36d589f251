//! The control of the connecting: ports of our own, open on every own address for the time of the look. A look that does
//! not find them could not have found anything else.
//!
//! They serve nobody but the address that they stand on.

use std::io;
use std::net::SocketAddr;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinHandle;

use super::addresses::Own;

/// What the canaries say.
pub const SONG: &[u8] = b"RUSUBAN canary\r\n";

/// A port that sings while it is held.
#[derive(Debug)]
pub struct Canary {
    /// Its port.
    pub port: u16,
    task: JoinHandle<()>,
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Canary {
    /// Opens a TCP port on an own address; whoever connects from that address hears the song.
    ///
    /// # Errors
    /// The system's reason; `AddrNotAvailable` where the address is not in use.
    pub async fn tcp(own: &Own) -> io::Result<Self> {
        let listener = TcpListener::bind(own.socket(0)).await?;
        let at = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((mut stream, from)) = listener.accept().await {
                if is_same(from, at) {
                    let _sent = stream.write_all(SONG).await;
                }
            }
        });
        Ok(Self { port: at.port(), task })
    }

    /// Opens a UDP port on an own address; whoever sends from that address hears the song.
    ///
    /// # Errors
    /// As for TCP.
    pub async fn udp(own: &Own) -> io::Result<Self> {
        let socket = UdpSocket::bind(own.socket(0)).await?;
        let at = socket.local_addr()?;
        let task = tokio::spawn(async move {
            let mut buffer = [0; 64];
            while let Ok((_, from)) = socket.recv_from(&mut buffer).await {
                if is_same(from, at) {
                    let _sent = socket.send_to(SONG, from).await;
                }
            }
        });
        Ok(Self { port: at.port(), task })
    }
}

fn is_same(from: SocketAddr, at: SocketAddr) -> bool {
    from.ip() == at.ip()
}
