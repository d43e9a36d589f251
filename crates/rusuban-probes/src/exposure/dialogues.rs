//! Holds the conversations that questions open. What the words mean is for the files of the protocols to say.

use std::time::Duration;

use rusuban_core::world::exposure::service::{Rdp, Service, Signing, Smb, Taken};

use super::conversation::{Conversation, Door, Said, ask_once};
use super::protocol::greeting::{self, Greeting};
use super::protocol::{http, key_value, postgresql, rdp, smb, tls, vnc};
use super::questions::Question;

/// What a question brought.
#[derive(Debug, Default)]
pub struct Reply {
    /// The protocol that confirmed itself.
    pub service: Option<Service>,
    /// What was said, where it did not answer the question.
    pub words: Vec<u8>,
    /// Why the connection was not taken.
    pub error: Option<String>,
}

impl Reply {
    /// A protocol that confirmed itself.
    pub fn named(service: Service) -> Self {
        Self { service: Some(service), ..Self::default() }
    }

    /// A connection that was not taken.
    pub fn error(why: String) -> Self {
        Self { error: Some(why), ..Self::default() }
    }

    /// A service, or the words. Whoever was asked too early may have greeted instead of answering.
    pub fn of(service: Option<Service>, words: Vec<u8>) -> Self {
        let service = service.or_else(|| match greeting::greeting(&words) {
            Some(Greeting::Service(service)) => Some(service),
            _ => None,
        });
        Self { service, words, error: None }
    }
}

/// Asks one question at a door.
pub async fn ask(question: Question, door: &Door, patience: Duration) -> Reply {
    match question {
        Question::Greeting => greet(door, patience).await,
        Question::Exchange(exchange) => {
            let words = (exchange.say)(door.own.ip());
            match ask_once(door, &words, patience, exchange.is_whole).await {
                Err(why) => Reply::error(why),
                Ok(said) => Reply::of((exchange.read)(&said.bytes), said.bytes),
            }
        }
        Question::Smb => ask_smb(door, patience, Framing::Direct).await,
        Question::NetbiosSession => ask_smb(door, patience, Framing::Session).await,
        Question::Rdp => ask_rdp(door, patience).await,
        Question::Postgresql => ask_postgresql(door, patience).await,
    }
}

async fn greet(door: &Door, patience: Duration) -> Reply {
    match Conversation::open(door).await {
        Err(why) => Reply::error(why),
        Ok(mut conversation) => {
            let said = conversation.hear(patience, greeting::is_whole).await;
            greeted(&mut conversation, said, patience).await
        }
    }
}

/// Takes a greeting up where it leaves something open.
pub async fn greeted(conversation: &mut Conversation, said: Said, patience: Duration) -> Reply {
    let service = match greeting::greeting(&said.bytes) {
        Some(Greeting::Service(service)) => Some(service),
        Some(Greeting::TwoTwenty(banner)) => {
            let answer = conversation.ask(greeting::EHLO, patience, key_value::is_whole).await;
            greeting::after_ehlo(&answer.bytes, banner)
        }
        Some(Greeting::Vnc(version)) => {
            let whole = |bytes: &[u8]| vnc::is_whole(&version, bytes);
            let answer = conversation.ask(vnc::answer(&version), patience, whole).await;
            let authentication = vnc::security(&version, &answer.bytes);
            Some(Service::Vnc { version: version.clone(), authentication })
        }
        None => http::answer(&said.bytes).or_else(|| tls::answer(&said.bytes)),
    };
    Reply { service, words: said.bytes, error: None }
}

/// How SMB comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    /// Over TCP as it is.
    Direct,
    /// In a NetBIOS session.
    Session,
}

/// SMB 2 and 3, then SMB 1 offered alone, one after the other: some servers can hold few connections that nobody took.
async fn ask_smb(door: &Door, patience: Duration, framing: Framing) -> Reply {
    let two = match smb_once(door, &smb::negotiate2(), patience, framing).await {
        Ok(said) => said,
        Err(reply) => return reply,
    };
    let second = smb::negotiated2(&two.bytes);
    // A server that knows SMB 1 only may hang up on what is newer, or keep silent; one that says something else is none.
    if second.is_none() && !two.bytes.is_empty() {
        return Reply::of(None, two.bytes);
    }
    let one = smb_once(door, &smb::negotiate1(), patience, framing).await.unwrap_or_default();
    let first = smb::negotiated1(&one.bytes);
    if second.is_none() && first.is_none() {
        return Reply::of(None, one.bytes);
    }
    let smb1 = match first {
        Some(taken) => taken,
        // Windows without SMB 1 hangs up on it without a word.
        None if one.bytes.is_empty() && one.hung_up => Taken::Refused,
        None => Taken::Unclear,
    };
    let second = second.unwrap_or(smb::Negotiated2 { dialect: None, signing: Signing::Unclear });
    Reply::named(Service::Smb(Smb {
        dialect: second.dialect,
        signing: second.signing,
        smb1,
        netbios: framing == Framing::Session,
    }))
}

/// One opening of SMB over a connection of its own; `Err` where it did not come to that.
async fn smb_once(door: &Door, opening: &[u8], patience: Duration, framing: Framing) -> Result<Said, Reply> {
    let mut conversation = Conversation::open(door).await.map_err(Reply::error)?;
    if framing == Framing::Session {
        let said = conversation.ask(&smb::session_request(), patience, smb::is_whole_session_answer).await;
        match smb::session_answer(&said.bytes) {
            Some(smb::Session::Granted) => {}
            Some(smb::Session::Refused(error)) => {
                return Err(Reply::named(Service::NetbiosSession { error }));
            }
            None => return Err(Reply::of(None, said.bytes)),
        }
    }
    Ok(conversation.ask(opening, patience, smb::is_whole).await)
}

/// Each protocol of remote desktop offered alone, one after the other.
async fn ask_rdp(door: &Door, patience: Duration) -> Reply {
    // NLA is always offered with the TLS that it runs in; what was chosen tells them apart.
    let offers = [(rdp::STANDARD, rdp::STANDARD), (rdp::TLS, rdp::TLS), (rdp::TLS | rdp::NLA, rdp::NLA)];
    let mut taken = [Taken::Unclear; 3];
    let mut is_rdp = false;
    for ((offered, meant), taken) in offers.into_iter().zip(&mut taken) {
        let said = match ask_once(door, &rdp::request(offered), patience, rdp::is_whole).await {
            Ok(said) => said,
            // What was learnt stays; this offer stays unclear.
            Err(_) if is_rdp => continue,
            Err(why) => return Reply::error(why),
        };
        let answer = rdp::answer(&said.bytes);
        is_rdp |= answer.is_some();
        // A server may hang up on one offer and take the next; one that says nothing or something else is none.
        let may_still_be = said.bytes.is_empty() && said.hung_up;
        if !(is_rdp || may_still_be) {
            return Reply::of(None, said.bytes);
        }
        *taken = rdp::taken(answer, meant, said.hung_up);
    }
    let [standard, tls, nla] = taken;
    if is_rdp { Reply::named(Service::Rdp(Rdp { standard, tls, nla })) } else { Reply::default() }
}

async fn ask_postgresql(door: &Door, patience: Duration) -> Reply {
    match ask_once(door, &postgresql::unknown_start(), patience, postgresql::is_whole).await {
        Ok(said) if postgresql::is_refusal(&said.bytes) => {}
        Ok(said) => return Reply::of(None, said.bytes),
        Err(why) => return Reply::error(why),
    }
    let tls = ask_once(door, &postgresql::tls_request(), patience, |bytes| !bytes.is_empty()).await;
    Reply::named(Service::Postgresql { tls: postgresql::tls_answer(&tls.unwrap_or_default().bytes) })
}
