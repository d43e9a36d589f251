//! Tries every port that is to be tried on every own address, and the control beside them. It says which ports are open;
//! what answers on TCP ports is found out later, by [`super::naming`].

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::{Control, FailedPort, Heard, Reach};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::addresses::Own;
use super::canary::{Canary, SONG};
use super::connect::{Dialled, dial};
use super::conversation::{Conversation, Door};
use super::datagram::{Returned, exchange};
use super::inquiry;

/// How many attempts may be under way at once; well below the usual limit of 1,024 open files.
const AT_ONCE: usize = 128;

/// More addresses than this are named, not tried.
const MAX_ADDRESSES: usize = 64;

/// How long a TCP connection to an own address may take.
const TCP_LIMIT: Duration = Duration::from_millis(700);

/// The same where somebody is known to listen: a server whose queue is full takes a connection at the kernel's next try,
/// a second later, and must not pass for filtered.
const TCP_LISTENED_LIMIT: Duration = Duration::from_millis(2500);

/// How long the control is listened to; it answers at once.
const CONTROL_LIMIT: Duration = Duration::from_millis(1500);

/// How long all attempts together may take.
const ALL_LIMIT: Duration = Duration::from_secs(10);

/// The ports that are to be tried.
#[derive(Debug, Clone, Default)]
pub struct Ports {
    /// TCP ports.
    pub tcp: Vec<u16>,
    /// Those of them that are listened on.
    pub listened: BTreeSet<u16>,
    /// UDP ports.
    pub udp: Vec<u16>,
}

/// What the attempts gave.
#[derive(Debug, Default)]
pub struct Survey {
    /// One entry an address and transport, in the order of the addresses.
    pub reaches: Vec<Reach>,
    /// What was heard over UDP: address, port and words.
    pub datagrams: Vec<(Own, u16, Heard)>,
}

/// How one attempt ended, over either transport.
enum Attempt {
    Open,
    Closed,
    NoAnswer,
    Filtered,
    Failed(String),
    NotTried,
}

/// Limits that all attempts share.
#[derive(Clone)]
struct Limits {
    gate: Arc<Semaphore>,
    deadline: Instant,
}

impl Limits {
    /// Waits for a place; `None` where no time is left.
    async fn enter(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        let place = self.gate.acquire().await.ok()?;
        (Instant::now() < self.deadline).then_some(place)
    }
}

/// Tries all ports on all addresses.
pub async fn survey(own: &[Own], ports: &Ports) -> Survey {
    let limits = Limits { gate: Arc::new(Semaphore::new(AT_ONCE)), deadline: Instant::now() + ALL_LIMIT };
    let mut tasks = JoinSet::new();
    for (place, own) in own.iter().enumerate() {
        let (own, ports, limits) = (own.clone(), ports.clone(), limits.clone());
        if place < MAX_ADDRESSES {
            tasks.spawn(async move { (place, address(&own, &ports, place, &limits).await) });
        }
    }
    let mut done: Vec<(usize, Survey)> = Vec::new();
    while let Some(result) = tasks.join_next().await {
        done.extend(result.ok());
    }
    done.sort_by_key(|(place, _)| *place);
    // An address that is missing here was not tried; the check says so of each address that has no entry.
    let mut all = Survey::default();
    for (_, survey) in done {
        all.reaches.extend(survey.reaches);
        all.datagrams.extend(survey.datagrams);
    }
    all
}

async fn address(own: &Own, ports: &Ports, place: usize, limits: &Limits) -> Survey {
    let (tcp, (udp, datagrams)) = tokio::join!(tcp(own, ports, place, limits), udp(own, &ports.udp, limits));
    Survey { reaches: vec![tcp, udp], datagrams }
}

async fn tcp(own: &Own, ports: &Ports, place: usize, limits: &Limits) -> Reach {
    let mut reach = nothing_tried(own, Transport::Tcp);
    let canary = match Canary::tcp(own).await {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            reach.control = Control::AddressUnused;
            return reach;
        }
        canary => canary,
    };
    let mut tasks = JoinSet::new();
    for port in in_turn(&ports.tcp, place) {
        let (own, limits) = (own.clone(), limits.clone());
        let limit = if ports.listened.contains(&port) { TCP_LISTENED_LIMIT } else { TCP_LIMIT };
        tasks.spawn(async move {
            let attempt = match limits.enter().await {
                Some(_place) => tcp_attempt(&own, port, limit).await,
                None => Attempt::NotTried,
            };
            (port, attempt)
        });
    }
    reach.control = tcp_control(own, canary.as_ref()).await;
    let mut attempts = untried(&ports.tcp);
    while let Some(result) = tasks.join_next().await {
        if let Ok((port, attempt)) = result {
            attempts.insert(port, attempt);
        }
    }
    sort_in(&mut reach, attempts, canary.ok().as_ref());
    reach
}

/// Each address begins elsewhere in the list, so that no server has all addresses' connections come at once.
fn in_turn(ports: &[u16], place: usize) -> impl Iterator<Item = u16> {
    let (before, after) = ports.split_at_checked(place * 7 % ports.len().max(1)).unwrap_or((&[], ports));
    after.iter().chain(before).copied()
}

async fn tcp_attempt(own: &Own, port: u16, limit: Duration) -> Attempt {
    match dial(own, port, limit).await {
        Dialled::Open(_) => Attempt::Open,
        Dialled::Closed => Attempt::Closed,
        Dialled::NoAnswer => Attempt::NoAnswer,
        Dialled::Filtered => Attempt::Filtered,
        Dialled::AddressUnused => Attempt::Failed("the address went away".to_owned()),
        Dialled::Failed(error) => Attempt::Failed(error),
    }
}

async fn tcp_control(own: &Own, canary: Result<&Canary, &io::Error>) -> Control {
    let canary = match canary {
        Ok(canary) => canary,
        Err(error) => return Control::Missing(error.to_string()),
    };
    match Conversation::open(&Door { own: own.clone(), port: canary.port }).await {
        Err(why) => Control::Missing(why),
        Ok(mut conversation) => {
            let said = conversation.hear(CONTROL_LIMIT, |bytes| bytes.len() >= SONG.len()).await;
            song(&said.bytes)
        }
    }
}

async fn udp(own: &Own, ports: &[u16], limits: &Limits) -> (Reach, Vec<(Own, u16, Heard)>) {
    let mut reach = nothing_tried(own, Transport::Udp);
    let canary = match Canary::udp(own).await {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            reach.control = Control::AddressUnused;
            return (reach, Vec::new());
        }
        canary => canary,
    };
    let mut tasks = JoinSet::new();
    for port in ports.iter().copied() {
        let (own, limits) = (own.clone(), limits.clone());
        tasks.spawn(async move {
            match limits.enter().await {
                Some(_place) => {
                    let (attempt, heard) = udp_attempt(&own, port).await;
                    (port, attempt, heard)
                }
                None => (port, Attempt::NotTried, None),
            }
        });
    }
    reach.control = udp_control(own, canary.as_ref()).await;
    let mut attempts = untried(ports);
    let mut datagrams = Vec::new();
    while let Some(result) = tasks.join_next().await {
        if let Ok((port, attempt, heard)) = result {
            attempts.insert(port, attempt);
            datagrams.extend(heard.map(|heard| (own.clone(), port, heard)));
        }
    }
    datagrams.sort_by_key(|(_, port, _)| *port);
    sort_in(&mut reach, attempts, canary.ok().as_ref());
    (reach, datagrams)
}

async fn udp_attempt(own: &Own, port: u16) -> (Attempt, Option<Heard>) {
    let (returned, heard) = inquiry::inquire(own, port).await;
    let attempt = match returned {
        Returned::Answer(_) => Attempt::Open,
        Returned::Closed => Attempt::Closed,
        Returned::Silence => Attempt::NoAnswer,
        Returned::Filtered => Attempt::Filtered,
        Returned::AddressUnused => Attempt::Failed("the address went away".to_owned()),
        Returned::Failed(error) => Attempt::Failed(error),
    };
    (attempt, heard)
}

async fn udp_control(own: &Own, canary: Result<&Canary, &io::Error>) -> Control {
    let canary = match canary {
        Ok(canary) => canary,
        Err(error) => return Control::Missing(error.to_string()),
    };
    match exchange(own, canary.port, b"?", CONTROL_LIMIT).await {
        Returned::Answer(bytes) => song(&bytes),
        Returned::Closed => Control::Missing("closed".to_owned()),
        Returned::Silence => Control::Missing("no answer".to_owned()),
        Returned::Filtered => Control::Missing("filtered".to_owned()),
        Returned::AddressUnused => Control::Missing("the address went away".to_owned()),
        Returned::Failed(error) => Control::Missing(error),
    }
}

/// The control counts as found only if its own words came back: anything else was said by someone else.
fn song(bytes: &[u8]) -> Control {
    if bytes == SONG { Control::Found } else { Control::Missing("another answer than its own".to_owned()) }
}

fn nothing_tried(own: &Own, transport: Transport) -> Reach {
    Reach {
        transport,
        to: own.address().clone(),
        control: Control::Missing("not looked".to_owned()),
        open: Vec::new(),
        closed: Vec::new(),
        no_answer: Vec::new(),
        filtered: Vec::new(),
        failed: Vec::new(),
        not_tried: Vec::new(),
    }
}

/// Every port begins as not tried, so that none is lost.
fn untried(ports: &[u16]) -> BTreeMap<u16, Attempt> {
    ports.iter().map(|port| (*port, Attempt::NotTried)).collect()
}

fn sort_in(reach: &mut Reach, attempts: BTreeMap<u16, Attempt>, canary: Option<&Canary>) {
    for (port, attempt) in attempts {
        match attempt {
            // Had the canary been given a port that was to be tried, only the canary would have been found there.
            _ if canary.is_some_and(|canary| canary.port == port) => reach.not_tried.push(port),
            Attempt::Open => reach.open.push(port),
            Attempt::Closed => reach.closed.push(port),
            Attempt::NoAnswer => reach.no_answer.push(port),
            Attempt::Filtered => reach.filtered.push(port),
            Attempt::NotTried => reach.not_tried.push(port),
            Attempt::Failed(error) => reach.failed.push(FailedPort { port, error }),
        }
    }
}
