//! A bounded exchange of bytes over one connection. It knows no protocol.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::addresses::Own;
use super::connect::{Dialled, dial};

/// The most that is read at one time of hearing, in bytes; a server that never ends is cut off here.
const MAX_HEARD: usize = 16 * 1024;

/// How long a connection may take to be taken. A server whose queue is full takes it at the kernel's next try, a second
/// later.
const DIAL: Duration = Duration::from_millis(2500);

/// A TCP port of an own address.
#[derive(Debug, Clone)]
pub struct Door {
    /// The address.
    pub own: Own,
    /// The port.
    pub port: u16,
}

/// One open connection.
#[derive(Debug)]
pub struct Conversation {
    stream: TcpStream,
}

/// What was heard before the wait ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the other side hung up.
    pub hung_up: bool,
}

impl Conversation {
    /// Opens a connection.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn open(door: &Door) -> Result<Self, String> {
        match dial(&door.own, door.port, DIAL).await {
            Dialled::Open(stream) => Ok(Self { stream }),
            Dialled::Closed => Err("the connection was refused".to_owned()),
            Dialled::NoAnswer => Err("the connection was not answered".to_owned()),
            Dialled::Filtered => Err("the connection was filtered".to_owned()),
            Dialled::AddressUnused => Err("the address is not in use".to_owned()),
            Dialled::Failed(error) => Err(error),
        }
    }

    /// Sends bytes. A peer that has hung up is noticed at the next hearing.
    pub async fn say(&mut self, bytes: &[u8], patience: Duration) {
        let _sent = timeout(patience, self.stream.write_all(bytes)).await;
    }

    /// Listens until `enough` is content, the other side hangs up, patience ends, or too much was said.
    pub async fn hear(&mut self, patience: Duration, enough: impl Fn(&[u8]) -> bool) -> Said {
        let deadline = Instant::now() + patience;
        let mut said = Said { bytes: Vec::new(), hung_up: false };
        let mut buffer = [0; 4096];
        while said.bytes.len() < MAX_HEARD && !enough(&said.bytes) {
            match timeout_at(deadline, self.stream.read(&mut buffer)).await {
                Err(_) => break,
                Ok(Ok(0) | Err(_)) => {
                    said.hung_up = true;
                    break;
                }
                Ok(Ok(length)) => said.bytes.extend_from_slice(buffer.get(..length).unwrap_or(&[])),
            }
        }
        said
    }

    /// Sends a question and listens to the answer.
    pub async fn ask(&mut self, question: &[u8], patience: Duration, enough: impl Fn(&[u8]) -> bool) -> Said {
        self.say(question, patience).await;
        self.hear(patience, enough).await
    }
}

/// Opens a connection, asks one question and hangs up.
///
/// # Errors
/// Why the connection was not taken.
pub async fn ask_once(
    door: &Door,
    question: &[u8],
    patience: Duration,
    enough: impl Fn(&[u8]) -> bool,
) -> Result<Said, String> {
    let mut conversation = Conversation::open(door).await?;
    Ok(conversation.ask(question, patience, enough).await)
}
