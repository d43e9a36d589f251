//! Adapter of `rusuban_core::world::exposure`: the machine's listening sockets, and what answers on its own addresses.
//!
//! Nothing is ever sent to another machine; see `addresses.rs`. Nobody logs in anywhere. What is found is not judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusuban_core::model::policy::Transport;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::exposure::{
    AddressScope, Answer, ExposureFacts, Faces, Heard, Listener, OwnAddress, Reach, ports,
};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::host::Host;
use addresses::Own;
use conversation::Door;
use survey::{Ports, Survey};

mod addresses;
mod canary;
mod connect;
mod conversation;
mod datagram;
mod dialogues;
mod holders;
mod inquiry;
mod naming;
mod protocol;
mod questions;
mod sockets;
mod survey;

/// How many ports are asked for their protocol at once.
const NAMED_AT_ONCE: usize = 16;

/// How long the asking of one port may take; the sum of all patience with a port that keeps silent is well below.
const NAMING_LIMIT: Duration = Duration::from_secs(15);

/// How long the asking of all ports may take.
const ALL_NAMING_LIMIT: Duration = Duration::from_secs(45);

/// Looks at one machine.
#[derive(Debug, Clone, Default)]
pub struct ExposureProbe {
    /// Where to look.
    pub host: Host,
    /// TCP ports to connect to besides the known ones and those that are listened on.
    pub extra_ports: Vec<u16>,
}

#[async_trait]
impl Port<ExposureFacts> for ExposureProbe {
    async fn look(&self) -> Result<ExposureFacts, Unknown> {
        let host = self.host.clone();
        let read = tokio::task::spawn_blocking(move || (sockets::read(&host), sockets::client_ports(&host)));
        let (sockets, client_ports) = read.await.map_err(|error| broken(&error.to_string()))?;
        let mut facts = ExposureFacts {
            addresses: Seen::Known(Vec::new()),
            tables: sockets.tables,
            listeners: sockets.listeners,
            client_ports,
            reaches: Vec::new(),
            answers: Vec::new(),
        };
        match self.own_addresses() {
            Err(why) => facts.addresses = Seen::Unknown(why),
            Ok(own) => self.connect(&own, &mut facts).await,
        }
        Ok(facts)
    }
}

impl ExposureProbe {
    fn own_addresses(&self) -> Result<Vec<Own>, Unknown> {
        if self.host.is_live() {
            return addresses::list();
        }
        Err(Unknown::new(
            UnknownCode::NotSupported,
            "addresses",
            Text::new(
                "動いている機器ではないため、アドレスに接続できません",
                "this is no running machine, so its addresses cannot be connected to",
            ),
            Text::new("機器の上で実行してください", "run it on the machine"),
        ))
    }

    async fn connect(&self, own: &[Own], facts: &mut ExposureFacts) {
        facts.addresses = Seen::Known(own.iter().map(|own| own.address().clone()).collect());
        let Survey { reaches, datagrams } = survey::survey(own, &self.ports(&facts.listeners)).await;
        let groups = groups(own, &reaches, &facts.listeners);
        facts.answers = name_all(groups).await;
        facts.answers.extend(datagram_answers(datagrams, &facts.listeners));
        facts.reaches = reaches;
    }

    /// The known ports, those that are listened on, and the extra ones. Of UDP ports that are listened on only those that
    /// there is a question for: a datagram to anything else would tell nothing that the socket table does not.
    fn ports(&self, listeners: &[Listener]) -> Ports {
        let listened = |transport: Transport| -> BTreeSet<u16> {
            listeners.iter().filter(|l| l.transport == transport).map(|l| l.port).collect()
        };
        let listened_tcp = listened(Transport::Tcp);
        let mut tcp = listened_tcp.clone();
        tcp.extend(ports::numbers(Transport::Tcp));
        tcp.extend(&self.extra_ports);
        tcp.remove(&0);
        let listened_udp = listened(Transport::Udp);
        let udp = ports::numbers(Transport::Udp)
            .filter(|port| inquiry::has_questions(*port) || !listened_udp.contains(port))
            .collect();
        Ports { tcp: tcp.into_iter().collect(), listened: listened_tcp, udp }
    }
}

fn broken(why: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ToolFailed,
        "exposure",
        Text::new(format!("調べている途中で止まりました（{why}）"), format!("the look broke off ({why})")),
        Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
    )
}

/// The own addresses that one listening socket serves on one port. One of them is asked for all: asking each would only
/// trouble the service.
#[derive(Debug, Clone)]
struct Group {
    port: u16,
    listener: Option<IpAddr>,
    /// The furthest reaching first, for a service may speak differently to loopback.
    addresses: Vec<Own>,
}

/// Open TCP ports by the socket that serves them. What only the machine itself can reach is not asked.
fn groups(own: &[Own], reaches: &[Reach], listeners: &[Listener]) -> Vec<Group> {
    let mut groups: BTreeMap<(u16, Option<IpAddr>, Option<OwnAddress>), Group> = BTreeMap::new();
    for reach in reaches.iter().filter(|reach| reach.transport == Transport::Tcp) {
        let Some(own) = own.iter().find(|own| *own.address() == reach.to) else { continue };
        for port in &reach.open {
            let listener = serving(listeners, Transport::Tcp, own.ip(), *port);
            // Where no socket is to be seen, each address may lead elsewhere.
            let alone = listener.is_none().then(|| own.address().clone());
            groups
                .entry((*port, listener, alone))
                .or_insert_with(|| Group { port: *port, listener, addresses: Vec::new() })
                .addresses
                .push(own.clone());
        }
    }
    groups.into_values().filter(faces_others).collect()
}

fn faces_others(group: &Group) -> bool {
    group.addresses.iter().any(|own| own.address().scope != AddressScope::Loopback)
        || group.listener.is_some_and(|listener| Faces::of(listener) != Faces::Loopback)
}

/// The address of the listening socket that serves a port of an address: the one bound to it, or the one bound to all. An
/// IPv6 socket bound to all mostly serves IPv4 as well.
fn serving(listeners: &[Listener], transport: Transport, ip: IpAddr, port: u16) -> Option<IpAddr> {
    let on_port =
        || listeners.iter().filter(move |l| l.transport == transport && l.port == port).map(|l| l.address);
    on_port()
        .find(|address| *address == ip)
        .or_else(|| on_port().find(|address| address.is_unspecified() && address.is_ipv4() == ip.is_ipv4()))
        .or_else(|| on_port().find(|address| address.is_unspecified() && address.is_ipv6()))
}

async fn name_all(groups: Vec<Group>) -> Vec<Answer> {
    let gate = Arc::new(Semaphore::new(NAMED_AT_ONCE));
    let mut named: BTreeMap<usize, Answer> = BTreeMap::new();
    let mut tasks = JoinSet::new();
    for (place, group) in groups.into_iter().enumerate() {
        let Some(asked) = group.addresses.first().cloned() else { continue };
        // Until it has been asked, it stands as not having been asked in time.
        named.insert(place, answer(&group, &asked, Heard::Failed("no time left".to_owned())));
        let gate = Arc::clone(&gate);
        tasks.spawn(async move {
            let _place = gate.acquire().await;
            let door = Door { own: asked, port: group.port };
            let heard = timeout(NAMING_LIMIT, naming::name(&door)).await;
            (place, heard.unwrap_or_else(|_| Heard::Failed("no answer in time".to_owned())))
        });
    }
    let all = async {
        while let Some(result) = tasks.join_next().await {
            if let Ok((place, heard)) = result
                && let Some(answer) = named.get_mut(&place)
            {
                answer.heard = heard;
            }
        }
    };
    let _in_time = timeout(ALL_NAMING_LIMIT, all).await;
    named.into_values().collect()
}

fn answer(group: &Group, asked: &Own, heard: Heard) -> Answer {
    Answer {
        transport: Transport::Tcp,
        port: group.port,
        addresses: group.addresses.iter().map(Own::ip).collect(),
        asked: asked.ip(),
        listener: group.listener,
        heard,
    }
}

/// What was heard over UDP, addresses that heard the same from the same socket together.
fn datagram_answers(datagrams: Vec<(Own, u16, Heard)>, listeners: &[Listener]) -> Vec<Answer> {
    let mut answers: Vec<Answer> = Vec::new();
    for (own, port, heard) in datagrams {
        let listener = serving(listeners, Transport::Udp, own.ip(), port);
        let same = answers.iter_mut().find(|a| a.port == port && a.listener == listener && a.heard == heard);
        match same {
            Some(answer) => answer.addresses.push(own.ip()),
            None => answers.push(Answer {
                transport: Transport::Udp,
                port,
                addresses: vec![own.ip()],
                asked: own.ip(),
                listener,
                heard,
            }),
        }
    }
    answers.sort_by_key(|answer| answer.port);
    answers
}
