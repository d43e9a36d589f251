//! Joins the socket tables with what connecting gave: the ports that are open to others than the machine itself.
//!
//! It says what is open, and to whom. Whether that is allowed is for the checks to say.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{
    AddressScope, Answer, ClientPorts, Control, ExposureFacts, Faces, Holder, Listener, OwnAddress, Reach,
    ports,
};
use crate::model::policy::Transport;
use crate::model::text::Text;
use crate::model::verdict::Seen;

/// Processes that hold a DHCP client's port, by the kernel's name.
const DHCP_CLIENTS: &[&str] = &[
    "dhclient",
    "dhcpcd",
    "udhcpc",
    "NetworkManager",
    "systemd-network",
    "connmand",
    "wickedd-dhcp4",
    "wickedd-dhcp6",
];

/// Ports of DHCP clients (RFC 2131, RFC 8415).
const DHCP_CLIENT_PORTS: [u16; 2] = [68, 546];

/// How many items of one kind a message names.
const NAMED: usize = 6;

/// A port that faces others than the machine itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPort<'a> {
    /// TCP or UDP.
    pub transport: Transport,
    /// Port number.
    pub port: u16,
    /// The sockets that face others. Empty where a connection was taken and no socket is to be seen.
    pub listeners: Vec<&'a Listener>,
    /// The machine's addresses beyond loopback at which it was reached.
    pub reached: Vec<&'a OwnAddress>,
    /// A socket faces others, but no connection came through: a filter of the machine's own turned it away, or nothing
    /// answered.
    pub blocked: bool,
    /// What was heard.
    pub answers: Vec<&'a Answer>,
}

/// Whether a UDP socket serves others or only waits for answers to its own questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It serves.
    Server,
    /// It is the DHCP client, by port and process.
    DhcpClient,
    /// Its port is one that the kernel gave it: most likely it only waits for answers.
    ClientPort,
    /// What would tell could not be seen.
    Unclear,
}

impl ExposureFacts {
    /// All ports that face others than the machine itself, TCP first, by number.
    pub fn open_ports(&self) -> Vec<OpenPort<'_>> {
        let mut found: BTreeMap<(Transport, u16), OpenPort<'_>> = BTreeMap::new();
        for listener in self.listeners.iter().filter(|l| l.faces != Faces::Loopback) {
            entry(&mut found, listener.transport, listener.port).listeners.push(listener);
        }
        for reach in self.reaches_beyond_loopback() {
            for port in &reach.open {
                entry(&mut found, reach.transport, *port).reached.push(&reach.to);
            }
        }
        let mut open: Vec<OpenPort<'_>> = found.into_values().collect();
        for port in &mut open {
            port.blocked = self.is_blocked(port);
            port.answers = self.answers_of(port);
        }
        open
    }

    /// What connecting to the addresses beyond loopback gave.
    pub fn reaches_beyond_loopback(&self) -> impl Iterator<Item = &Reach> {
        self.reaches.iter().filter(|reach| reach.to.scope != AddressScope::Loopback)
    }

    /// Silence of UDP says nothing, so only TCP can be seen to be blocked. The control on the same address must have
    /// come through, or the silence would be the look's own.
    fn is_blocked(&self, port: &OpenPort<'_>) -> bool {
        if port.transport != Transport::Tcp || !port.reached.is_empty() {
            return false;
        }
        self.reaches_beyond_loopback()
            .filter(|reach| reach.transport == Transport::Tcp && reach.control == Control::Found)
            .any(|reach| reach.no_answer.contains(&port.port) || reach.filtered.contains(&port.port))
    }

    fn answers_of(&self, port: &OpenPort<'_>) -> Vec<&Answer> {
        let speaks_for_others = |answer: &&Answer| {
            let beyond = |address: &IpAddr| AddressScope::of(*address) != AddressScope::Loopback;
            answer.addresses.iter().any(beyond) || answer.listener.as_ref().is_some_and(beyond)
        };
        self.answers
            .iter()
            .filter(|answer| answer.transport == port.transport && answer.port == port.port)
            .filter(speaks_for_others)
            .collect()
    }
}

fn entry<'m, 'a>(
    found: &'m mut BTreeMap<(Transport, u16), OpenPort<'a>>,
    transport: Transport,
    port: u16,
) -> &'m mut OpenPort<'a> {
    found.entry((transport, port)).or_insert_with(|| OpenPort {
        transport,
        port,
        listeners: Vec::new(),
        reached: Vec::new(),
        blocked: false,
        answers: Vec::new(),
    })
}

impl OpenPort<'_> {
    /// Names the port in findings, such as `tcp/445`.
    pub fn item(&self) -> String {
        format!("{}/{}", self.transport.as_str(), self.port)
    }

    /// Whether the notice names the port.
    pub fn in_notice(&self) -> bool {
        ports::known(self.transport, self.port).is_some_and(|known| known.notice)
    }

    /// Whether it serves others. Every TCP port here does.
    pub fn role(&self, client_ports: &Seen<ClientPorts>) -> Role {
        if self.transport == Transport::Tcp || !self.reached.is_empty() {
            return Role::Server;
        }
        if DHCP_CLIENT_PORTS.contains(&self.port) {
            return self.dhcp_role();
        }
        if ports::known(self.transport, self.port).is_some() {
            return Role::Server;
        }
        match client_ports {
            Seen::Known(range) if range.contains(self.port) => Role::ClientPort,
            Seen::Known(_) => Role::Server,
            Seen::Unknown(_) => Role::Unclear,
        }
    }

    fn dhcp_role(&self) -> Role {
        let is_client = |holder: &Holder| match holder {
            Holder::Process { name, .. } => DHCP_CLIENTS.contains(&name.as_str()),
            Holder::NoProcess | Holder::Hidden => false,
        };
        if self.listeners.iter().all(|l| is_client(&l.holder)) {
            Role::DhcpClient
        } else if self.listeners.iter().all(|l| is_client(&l.holder) || l.holder == Holder::Hidden) {
            Role::Unclear
        } else {
            Role::Server
        }
    }

    /// The number of the process that holds it, where one could be seen.
    pub fn pid(&self) -> Option<i64> {
        self.listeners.iter().find_map(|listener| match listener.holder {
            Holder::Process { pid, .. } => Some(pid),
            Holder::NoProcess | Holder::Hidden => None,
        })
    }

    /// The name of the process that holds it, where one could be seen.
    pub fn process(&self) -> Option<&str> {
        self.listeners.iter().find_map(|listener| match &listener.holder {
            Holder::Process { name, .. } => Some(name.as_str()),
            Holder::NoProcess | Holder::Hidden => None,
        })
    }

    /// What was heard, in words; silence of UDP is said to be no sign of anything.
    pub fn heard(&self) -> Text {
        if self.answers.is_empty() {
            return match self.transport {
                Transport::Tcp if self.blocked => {
                    Text::new("接続は遮断されたか、無応答", "connections were filtered or not answered")
                }
                Transport::Tcp if self.reached.is_empty() => {
                    Text::new("接続では確かめられず", "not confirmed by connecting")
                }
                Transport::Tcp => Text::new("応答は未確認", "what answers was not asked"),
                Transport::Udp => Text::new(
                    "応答なし（UDP の無応答は「閉」を意味しません）",
                    "no answer (which does not mean closed for UDP)",
                ),
            };
        }
        let mut labels: Vec<Text> = self.answers.iter().map(|answer| answer.heard.label()).collect();
        labels.sort();
        labels.dedup();
        join(&labels)
    }

    /// The protocols that answer and the program that holds the port: what a person accepts who accepts that it is open.
    pub fn serves(&self) -> String {
        let mut names: Vec<&str> = self
            .answers
            .iter()
            .filter_map(|answer| answer.heard.service())
            .map(super::service::Service::name)
            .collect();
        names.sort_unstable();
        names.dedup();
        names.extend(self.process());
        names.join("+")
    }

    /// To whom it is open, how that was seen, and who holds it, in words.
    pub fn place(&self) -> Text {
        let (listening, holder) = (self.listening(), self.holders());
        let reached: Vec<Text> =
            self.reached.iter().map(|own| Text::new(own.to_string(), own.to_string())).collect();
        let reached = if reached.is_empty() {
            Text::new("", "")
        } else {
            let places = join(&reached);
            Text::new(format!("。接続できたアドレス: {}", places.ja), format!("; reached at: {}", places.en))
        };
        Text::new(
            format!("待受: {}{}。プロセス: {}", listening.ja, reached.ja, holder.ja),
            format!("listening on: {}{}; process: {}", listening.en, reached.en, holder.en),
        )
    }

    fn listening(&self) -> Text {
        if self.listeners.is_empty() {
            return Text::new(
                "ソケット表にありません（転送設定や別の名前空間の可能性）",
                "no socket in the table (perhaps forwarded, or in another namespace)",
            );
        }
        let mut all: Vec<Text> = self.listeners.iter().map(|listener| facing(listener)).collect();
        all.sort();
        all.dedup();
        join(&all)
    }

    fn holders(&self) -> Text {
        let mut all: Vec<Text> = self.listeners.iter().map(|listener| held_by(&listener.holder)).collect();
        if all.is_empty() {
            return Text::new("不明", "unknown");
        }
        all.sort();
        all.dedup();
        join(&all)
    }
}

fn facing(listener: &Listener) -> Text {
    if listener.faces == Faces::AllAddresses {
        if listener.address.is_ipv4() {
            Text::new("すべての IPv4 アドレス", "all IPv4 addresses")
        } else {
            Text::new(
                "すべての IPv6 アドレス（多くの場合 IPv4 も）",
                "all IPv6 addresses (mostly IPv4 as well)",
            )
        }
    } else {
        Text::new(listener.address.to_string(), listener.address.to_string())
    }
}

fn held_by(holder: &Holder) -> Text {
    match holder {
        Holder::Process { name, pid } => {
            Text::new(format!("{name}（PID {pid}）"), format!("{name} (PID {pid})"))
        }
        Holder::NoProcess => {
            Text::new("なし（カーネルまたは別の名前空間）", "none (the kernel, or another namespace)")
        }
        Holder::Hidden => Text::new("不明（root 権限が必要）", "unknown (needs root)"),
    }
}

/// A list in words, cut where it would get too long to read; what is left out is counted.
fn join(items: &[Text]) -> Text {
    let ja: Vec<&str> = items.iter().take(NAMED).map(|item| item.ja.as_str()).collect();
    let en: Vec<&str> = items.iter().take(NAMED).map(|item| item.en.as_str()).collect();
    let (ja, en) = (ja.join("、"), en.join(", "));
    match items.len().saturating_sub(NAMED) {
        0 => Text::new(ja, en),
        more => Text::new(format!("{ja}、ほか{more}件"), format!("{en} and {more} more")),
    }
}
