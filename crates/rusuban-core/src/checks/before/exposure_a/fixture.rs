//! Facts of a made-up machine, and their judgement in words short enough to compare.

use jiff::Timestamp;

use crate::checks::{Check, Context, Dated};
use crate::model::closure::{Closure, ClosureOrigin, DEFAULT_ZONE};
use crate::model::evidence::{Draft, Evidence, EvidenceKind, Record, Source};
use crate::model::policy::{AllowedPort, Policy, Transport};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Finding, Level, Seen, Unknown, UnknownCode, Verdict};
use crate::world::exposure::{
    AddressScope, Answer, ClientPorts, Control, ExposureFacts, Faces, Family, Heard, Holder, Listener,
    OwnAddress, Reach, SocketTable, TableState,
};

/// The machine's addresses.
const ADDRESSES: [&str; 2] = ["192.0.2.10", "2001:db8::10"];

/// An address of the machine.
pub(in crate::checks::before) fn own(address: &str) -> OwnAddress {
    let address = address.parse().unwrap();
    OwnAddress { address, interface: "eth0".into(), scope: AddressScope::of(address) }
}

/// What connecting to an address gave: the control, and nothing open.
pub(in crate::checks::before) fn reach(transport: Transport, address: &str) -> Reach {
    Reach {
        transport,
        to: own(address),
        control: Control::Found,
        open: vec![],
        closed: vec![22, 445],
        no_answer: vec![],
        filtered: vec![],
        failed: vec![],
        not_tried: vec![],
    }
}

/// A socket that waits for others.
pub(in crate::checks::before) fn listener(
    transport: Transport,
    address: &str,
    port: u16,
    holder: Holder,
) -> Listener {
    let address = address.parse().unwrap();
    Listener { transport, port, address, faces: Faces::of(address), holder }
}

/// A machine on which nothing listens, and that was looked at all over.
pub(in crate::checks::before) fn quiet() -> ExposureFacts {
    let mut facts = ExposureFacts {
        addresses: Seen::Known(ADDRESSES.map(own).to_vec()),
        tables: vec![],
        listeners: vec![],
        client_ports: Seen::Known(ClientPorts { first: 32_768, last: 60_999 }),
        reaches: vec![],
        answers: vec![],
    };
    for transport in [Transport::Tcp, Transport::Udp] {
        for family in [Family::Ipv4, Family::Ipv6] {
            facts.tables.push(SocketTable { transport, family, state: TableState::Read });
        }
    }
    for address in ADDRESSES {
        for transport in [Transport::Tcp, Transport::Udp] {
            facts.reaches.push(reach(transport, address));
        }
    }
    facts
}

/// Opens a TCP port on all addresses, with what is heard there.
pub(in crate::checks::before) fn open_tcp(facts: &mut ExposureFacts, port: u16, heard: Heard) {
    let holder = Holder::Process { name: "smbd".into(), pid: 4321 };
    facts.listeners.push(listener(Transport::Tcp, "::", port, holder));
    answered(facts, Transport::Tcp, port, heard);
}

/// A port that was reached at all addresses.
pub(in crate::checks::before) fn answered(
    facts: &mut ExposureFacts,
    transport: Transport,
    port: u16,
    heard: Heard,
) {
    for reach in facts.reaches.iter_mut().filter(|reach| reach.transport == transport) {
        reach.closed.retain(|closed| *closed != port);
        reach.open.push(port);
    }
    facts.answers.push(Answer {
        transport,
        port,
        addresses: ADDRESSES.iter().map(|address| address.parse().unwrap()).collect(),
        asked: ADDRESSES[0].parse().unwrap(),
        listener: Some("::".parse().unwrap()),
        heard,
    });
}

/// A reason for not knowing.
pub(in crate::checks::before) fn why() -> Unknown {
    Unknown::new(
        UnknownCode::ToolFailed,
        "here",
        Text::new("見えない", "not seen"),
        Text::new("直す", "mend it"),
    )
}

/// An entry of the allow-list.
pub(in crate::checks::before) fn allowed(
    transport: Transport,
    port: u16,
    protocol: Option<&str>,
    until: Option<&str>,
) -> AllowedPort {
    AllowedPort {
        port,
        transport,
        protocol: protocol.map(str::to_owned),
        owner: "情報システム課".into(),
        reason: "庁内の共有".into(),
        until: until.map(|day| day.parse().unwrap()),
    }
}

/// A judgement, for comparing.
pub(in crate::checks::before) struct Judged {
    pub(in crate::checks::before) verdict: Verdict,
    findings: Vec<Finding>,
}

impl Judged {
    fn words(finding: &Finding) -> String {
        format!("{} {}", finding.code, finding.item).trim_end().to_owned()
    }

    fn of(&self, level: Level) -> Vec<String> {
        self.findings.iter().filter(|f| f.level == level).map(Self::words).collect()
    }

    pub(in crate::checks::before) fn failing(&self) -> Vec<String> {
        self.of(Level::Failing)
    }

    pub(in crate::checks::before) fn unknown(&self) -> Vec<String> {
        self.of(Level::Unknown)
    }

    fn lines(&self) -> Vec<String> {
        let level = |f: &Finding| format!("{:?}", f.level).to_lowercase();
        self.findings.iter().map(|f| format!("{} {}", level(f), Self::words(f))).collect()
    }

    pub(in crate::checks::before) fn has(&self, line: &str) -> bool {
        self.lines().iter().any(|have| have == line)
    }

    /// All findings, a line each.
    pub(in crate::checks::before) fn shown(&self) -> String {
        self.lines().join("\n")
    }

    /// The first fault, as people read it.
    pub(in crate::checks::before) fn first_failing(&self) -> String {
        let finding = self.findings.iter().find(|f| f.level == Level::Failing).unwrap();
        let (message, hint) = (&finding.message, &finding.hint);
        [&message.ja, &hint.ja, &message.en, &hint.en].map(String::as_str).join("\n")
    }
}

/// Judges facts about the made-up machine for the New Year closure of 2026.
pub(in crate::checks::before) fn judge<C: Check<Facts = ExposureFacts>>(
    facts: &ExposureFacts,
    allow: &[AllowedPort],
    at: &str,
) -> Judged {
    let at: Timestamp = at.parse().unwrap();
    let draft = Draft {
        id: "019b0000-0000-7000-8000-000000000000".into(),
        closure: "2026-12-29".into(),
        kind: EvidenceKind::Observation,
        topic: "exposure/1".into(),
        requirement: None,
        subject: SubjectId::host("files"),
        source: Source { name: "exposure".into(), version: String::new() },
        vantage: "files".into(),
        observed_at: at,
        received_at: at,
        effective_at: None,
        body: serde_json::Value::Null,
    };
    let evidence =
        Evidence { record: Record { v: 1, seq: 1, prev: String::new(), draft }, hash: String::new() };
    let closure = Closure {
        id: "2026-12-29".into(),
        name: Text::new("年末年始休業", "New Year closure"),
        first_day: "2026-12-29".parse().unwrap(),
        last_day: "2027-01-03".parse().unwrap(),
        time_zone: DEFAULT_ZONE.into(),
        origin: ClosureOrigin::Calendar,
    };
    let mut policy = Policy::default();
    policy.exposure.allow = allow.to_vec();
    // What is stored is what is judged: the facts must come back from JSON as they were.
    let stored = serde_json::to_value(facts).unwrap();
    let facts: ExposureFacts = serde_json::from_value(stored).unwrap();
    let dated = [Dated { evidence: &evidence, facts }];
    let judgement = C::judge(&dated, &Context::new(&closure, &policy, at));
    Judged { verdict: judgement.verdict(), findings: judgement.findings }
}
