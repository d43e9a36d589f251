//! Finds out which protocol answers on an open TCP port: what is usual for the port first, then a greeting, HTTP, TLS and
//! all the others. The port's number decides the order, never the name.

use std::ops::RangeInclusive;
use std::time::Duration;

use rusuban_core::world::exposure::Heard;
use rusuban_core::world::exposure::service::{Rdp, Service, Signing, Smb, Taken};
use tokio::task::JoinSet;

use super::addresses::Own;
use super::conversation::{Conversation, Said, ask_once};
use super::protocol::bytes::shown;
use super::protocol::greeting::{self, Greeting};
use super::protocol::{dns, http, key_value, ldap, mongodb, mssql, postgresql, rdp, rpc, smb, tls, vnc, x11};

/// Printers print whatever is sent to these ports.
const NEVER_ASKED: RangeInclusive<u16> = 9100..=9107;

/// How long the protocol that is usual for a port may take to answer.
const PATIENCE_USUAL: Duration = Duration::from_secs(2);

/// How long a greeting may take that nothing speaks for.
const PATIENCE_GREETING: Duration = Duration::from_millis(400);

/// How long an answer may take that nothing speaks for.
const PATIENCE: Duration = Duration::from_millis(700);

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Greeting,
    Http,
    Tls,
    Smb,
    NetbiosSession,
    Rdp,
    Redis,
    Memcached,
    Postgresql,
    Mongodb,
    Mssql,
    Ldap,
    Rpcbind,
    Nfs,
    Dns,
    X11,
    Winrm,
}

/// What a question brought.
#[derive(Debug, Default)]
struct Reply {
    service: Option<Service>,
    /// What was said, where it did not answer the question.
    words: Vec<u8>,
    /// Why the connection was not taken.
    error: Option<String>,
}

impl Reply {
    fn named(service: Service) -> Self {
        Self { service: Some(service), ..Self::default() }
    }

    fn error(why: String) -> Self {
        Self { error: Some(why), ..Self::default() }
    }

    /// A service, or the words. Whoever was asked too early may have greeted instead of answering.
    fn of(service: Option<Service>, words: Vec<u8>) -> Self {
        let service = service.or_else(|| match greeting::greeting(&words) {
            Some(Greeting::Service(service)) => Some(service),
            _ => None,
        });
        Self { service, words, error: None }
    }
}

/// What is usual for a port, most likely first.
fn usual(port: u16) -> &'static [Question] {
    match port {
        21..=23 | 25 | 110 | 143 | 587 | 873 | 2222 | 3306 | 5900..=5910 => &[Question::Greeting],
        53 => &[Question::Dns],
        80 | 2375 | 5000 | 5601 | 5984 | 8000 | 8080 | 8888 | 9000 | 9090 | 9200 | 10000 => &[Question::Http],
        111 => &[Question::Rpcbind],
        139 => &[Question::NetbiosSession],
        389 => &[Question::Ldap],
        443 | 465 | 636 | 993 | 995 | 2376 | 5986 | 6443 | 8006 | 8443 | 10443 => &[Question::Tls],
        445 => &[Question::Smb],
        1433 => &[Question::Mssql],
        2049 => &[Question::Nfs],
        3389 => &[Question::Rdp],
        5432 => &[Question::Postgresql],
        5985 => &[Question::Winrm],
        6000..=6063 => &[Question::X11],
        6379 => &[Question::Redis],
        11211 => &[Question::Memcached],
        27017 => &[Question::Mongodb],
        _ => &[],
    }
}

/// What is asked at once where greeting, HTTP and TLS brought nothing. X11 is asked on its own ports only: its question
/// is too short to be told from noise elsewhere.
const OTHERS: &[Question] = &[
    Question::Smb,
    Question::Rdp,
    Question::Redis,
    Question::Memcached,
    Question::Postgresql,
    Question::Ldap,
    Question::Mongodb,
    Question::Mssql,
    Question::Rpcbind,
    Question::Dns,
    Question::NetbiosSession,
];

/// Finds out what answers on a TCP port of an own address.
pub async fn name(own: &Own, port: u16) -> Heard {
    if NEVER_ASKED.contains(&port) {
        return listen_only(own, port).await;
    }
    let mut unnamed = Reply::default();
    for question in usual(port) {
        let reply = ask(*question, own, port, PATIENCE_USUAL).await;
        match settle(reply, &mut unnamed) {
            Some(service) if !may_hide_tls(&service) => return Heard::Service(service),
            _ => {}
        }
    }
    if let Some(service) = settle(general(own, port).await, &mut unnamed) {
        return Heard::Service(service);
    }
    // One that refuses new connections now has been asked all that it can be asked.
    if unnamed.error.is_none()
        && let Some(service) = settle(others(own, port).await, &mut unnamed)
    {
        return Heard::Service(service);
    }
    match unnamed {
        Reply { words, .. } if !words.is_empty() => Heard::Unrecognised(shown(&words)),
        Reply { error: Some(error), .. } => Heard::Failed(error),
        Reply { .. } => Heard::Silent,
    }
}

/// Keeps the first words and the last error of what brought no name.
fn settle(reply: Reply, unnamed: &mut Reply) -> Option<Service> {
    if unnamed.words.is_empty() {
        unnamed.words = reply.words;
    }
    unnamed.error = reply.error;
    reply.service
}

async fn listen_only(own: &Own, port: u16) -> Heard {
    match ask(Question::Greeting, own, port, PATIENCE_GREETING).await {
        Reply { service: Some(service), .. } => Heard::Service(service),
        Reply { words, .. } if !words.is_empty() => Heard::Unrecognised(shown(&words)),
        Reply { error: Some(error), .. } => Heard::Failed(error),
        Reply { .. } => Heard::NotAsked,
    }
}

/// A greeting, HTTP over the same connection, and TLS.
async fn general(own: &Own, port: u16) -> Reply {
    let mut conversation = match Conversation::open(own, port).await {
        Ok(conversation) => conversation,
        Err(why) => return Reply::error(why),
    };
    let said = conversation.hear(PATIENCE_GREETING, greeting::is_whole).await;
    let first = if said.bytes.is_empty() && !said.hung_up {
        let said = conversation.ask(&http::request(own.ip()), PATIENCE, http::is_whole).await;
        http_reply(own, port, said).await
    } else {
        greeted(&mut conversation, said, PATIENCE).await
    };
    drop(conversation);
    if first.service.as_ref().is_some_and(|service| !may_hide_tls(service)) {
        return first;
    }
    let tls = ask(Question::Tls, own, port, PATIENCE).await;
    match (tls.service.is_some(), first.service.is_some()) {
        (true, _) => tls,
        (false, true) => first,
        (false, false) => Reply {
            service: None,
            words: if first.words.is_empty() { tls.words } else { first.words },
            error: tls.error,
        },
    }
}

/// A TLS server may answer HTTP with an error in the clear, which is not what it serves.
fn may_hide_tls(service: &Service) -> bool {
    matches!(service, Service::Http { status: 400, .. })
}

/// All the other questions at once, each over a connection of its own. The first that names the protocol settles it.
async fn others(own: &Own, port: u16) -> Reply {
    let mut tasks = JoinSet::new();
    for question in OTHERS {
        let own = own.clone();
        tasks.spawn(async move { ask(*question, &own, port, PATIENCE).await });
    }
    let mut unnamed = Reply::default();
    while let Some(result) = tasks.join_next().await {
        if let Ok(reply) = result
            && let Some(service) = settle(reply, &mut unnamed)
        {
            return Reply::named(service);
        }
    }
    unnamed
}

async fn ask(question: Question, own: &Own, port: u16, patience: Duration) -> Reply {
    match question {
        Question::Greeting => greet(own, port, patience).await,
        Question::Http => {
            simple(own, port, &http::request(own.ip()), patience, http::is_whole, http::answer).await
        }
        Question::Tls => simple(own, port, &tls::hello(), patience, tls::is_whole, tls::answer).await,
        Question::Smb => ask_smb(own, port, patience, false).await,
        Question::NetbiosSession => ask_smb(own, port, patience, true).await,
        Question::Rdp => ask_rdp(own, port, patience).await,
        Question::Postgresql => ask_postgresql(own, port, patience).await,
        Question::Redis => {
            simple(own, port, key_value::PING, patience, key_value::is_whole, key_value::redis).await
        }
        Question::Memcached => {
            simple(own, port, key_value::VERSION, patience, key_value::is_whole, key_value::memcached).await
        }
        Question::Mongodb => {
            let read = |bytes: &[u8]| mongodb::is_answer(bytes).then_some(Service::Mongodb);
            simple(own, port, &mongodb::hello(), patience, mongodb::is_whole, read).await
        }
        Question::Mssql => {
            let read = |bytes: &[u8]| mssql::version(bytes).map(|version| Service::Mssql { version });
            simple(own, port, &mssql::prelogin(), patience, mssql::is_whole, read).await
        }
        Question::Ldap => {
            let read = |bytes: &[u8]| ldap::is_answer(bytes).then_some(Service::Ldap);
            simple(own, port, &ldap::search(), patience, super::protocol::ber::is_whole, read).await
        }
        Question::Rpcbind => ask_rpc(own, port, patience, rpc::RPCBIND, "rpcbind").await,
        Question::Nfs => ask_rpc(own, port, patience, rpc::NFS, "nfs").await,
        Question::Dns => {
            let read = |bytes: &[u8]| dns::is_answer_on_stream(bytes).then_some(Service::Dns);
            simple(own, port, &dns::question_on_stream(), patience, dns::is_whole, read).await
        }
        Question::X11 => {
            let read =
                |bytes: &[u8]| x11::answer(bytes).map(|authentication| Service::X11 { authentication });
            simple(own, port, x11::SETUP, patience, x11::is_whole, read).await
        }
        Question::Winrm => {
            let request = http::identify_request(own.ip());
            let read = |bytes: &[u8]| http::identified(bytes).or_else(|| http::answer(bytes));
            simple(own, port, &request, patience, http::is_whole, read).await
        }
    }
}

/// One question, one answer.
async fn simple(
    own: &Own,
    port: u16,
    question: &[u8],
    patience: Duration,
    enough: impl Fn(&[u8]) -> bool,
    read: impl Fn(&[u8]) -> Option<Service>,
) -> Reply {
    match ask_once(own, port, question, patience, enough).await {
        Err(why) => Reply::error(why),
        Ok(said) => Reply::of(read(&said.bytes), said.bytes),
    }
}

async fn greet(own: &Own, port: u16, patience: Duration) -> Reply {
    match Conversation::open(own, port).await {
        Err(why) => Reply::error(why),
        Ok(mut conversation) => {
            let said = conversation.hear(patience, greeting::is_whole).await;
            greeted(&mut conversation, said, patience).await
        }
    }
}

/// Takes a greeting up where it leaves something open.
async fn greeted(conversation: &mut Conversation, said: Said, patience: Duration) -> Reply {
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

/// Windows names its web server alike for remote management and for others; the question for the former tells.
async fn http_reply(own: &Own, port: u16, said: Said) -> Reply {
    match http::answer(&said.bytes) {
        Some(Service::Http { server, .. }) if server.starts_with("Microsoft-HTTPAPI") => {
            ask(Question::Winrm, own, port, PATIENCE).await
        }
        service => Reply::of(service, said.bytes),
    }
}

/// SMB 2 and 3, then SMB 1 offered alone, one after the other: some servers can hold few connections that nobody took.
async fn ask_smb(own: &Own, port: u16, patience: Duration, netbios: bool) -> Reply {
    let two = match smb_once(own, port, &smb::negotiate2(), patience, netbios).await {
        Ok(said) => said,
        Err(reply) => return reply,
    };
    let second = smb::negotiated2(&two.bytes);
    // A server that knows SMB 1 only may hang up on what is newer, or keep silent; one that says something else is none.
    if second.is_none() && !two.bytes.is_empty() {
        return Reply::of(None, two.bytes);
    }
    let one = smb_once(own, port, &smb::negotiate1(), patience, netbios).await.unwrap_or_default();
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
    Reply::named(Service::Smb(Smb { dialect: second.dialect, signing: second.signing, smb1, netbios }))
}

/// One opening of SMB over a connection of its own; `Err` where it did not come to that.
async fn smb_once(
    own: &Own,
    port: u16,
    opening: &[u8],
    patience: Duration,
    netbios: bool,
) -> Result<Said, Reply> {
    let mut conversation = Conversation::open(own, port).await.map_err(Reply::error)?;
    if netbios {
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
async fn ask_rdp(own: &Own, port: u16, patience: Duration) -> Reply {
    // NLA is always offered with the TLS that it runs in; what was chosen tells them apart.
    let offers = [(rdp::STANDARD, rdp::STANDARD), (rdp::TLS, rdp::TLS), (rdp::TLS | rdp::NLA, rdp::NLA)];
    let mut taken = [Taken::Unclear; 3];
    let mut is_rdp = false;
    for ((offered, meant), taken) in offers.into_iter().zip(&mut taken) {
        let said = match ask_once(own, port, &rdp::request(offered), patience, rdp::is_whole).await {
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

async fn ask_postgresql(own: &Own, port: u16, patience: Duration) -> Reply {
    match ask_once(own, port, &postgresql::unknown_start(), patience, postgresql::is_whole).await {
        Ok(said) if postgresql::is_refusal(&said.bytes) => {}
        Ok(said) => return Reply::of(None, said.bytes),
        Err(why) => return Reply::error(why),
    }
    let tls = ask_once(own, port, &postgresql::tls_request(), patience, |bytes| !bytes.is_empty()).await;
    Reply::named(Service::Postgresql { tls: postgresql::tls_answer(&tls.unwrap_or_default().bytes) })
}

async fn ask_rpc(own: &Own, port: u16, patience: Duration, program: u32, name: &str) -> Reply {
    let call = rpc::call_on_stream(program);
    let read = |bytes: &[u8]| {
        rpc::answer_on_stream(bytes).map(|reply| Service::Rpc {
            program: if reply == rpc::Reply::Here { name.to_owned() } else { "other".to_owned() },
        })
    };
    simple(own, port, &call, patience, rpc::is_whole, read).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::addresses;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    fn loopback() -> Own {
        let own = addresses::list().unwrap();
        own.into_iter().find(|own| own.ip() == std::net::Ipv4Addr::LOCALHOST).unwrap()
    }

    /// Serves each connection with `serve`, and says what the naming makes of it.
    async fn named<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> Heard
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream));
            }
        });
        let heard = name(&loopback(), port).await;
        server.abort();
        heard
    }

    /// Reads a question and answers it with what `answer` makes of it, if anything.
    async fn answer_to(mut stream: TcpStream, answer: impl Fn(&[u8]) -> Option<Vec<u8>>) {
        let mut buffer = vec![0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            if let Some(answer) = answer(&buffer[..length]) {
                let _sent = stream.write_all(&answer).await;
            }
        }
    }

    #[tokio::test]
    async fn one_that_keeps_silent_stays_unnamed() {
        let silent = |mut stream: TcpStream| async move {
            let _read = stream.read_to_end(&mut Vec::new()).await;
        };
        assert_eq!(named(silent).await, Heard::Silent);
    }

    #[tokio::test]
    async fn one_that_hangs_up_at_once_stays_unnamed() {
        assert_eq!(named(|stream: TcpStream| async move { drop(stream) }).await, Heard::Silent);
    }

    #[tokio::test]
    async fn one_that_never_stops_talking_is_cut_off() {
        let endless =
            |mut stream: TcpStream| async move { while stream.write_all(&[b'\x07'; 4096]).await.is_ok() {} };
        assert_eq!(named(endless).await, Heard::Unrecognised(String::new()));
        let lines = |mut stream: TcpStream| async move {
            while stream.write_all("嘘\r\n".as_bytes()).await.is_ok() {}
        };
        assert!(matches!(named(lines).await, Heard::Unrecognised(words) if words.starts_with("嘘 嘘")));
    }

    #[tokio::test]
    async fn nobody_listening_is_a_failure_and_not_silence() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        assert!(matches!(name(&loopback(), port).await, Heard::Failed(_)));
    }

    #[tokio::test]
    async fn a_greeting_that_comes_late_is_still_heard() {
        let late = |mut stream: TcpStream| async move {
            // It comes after the first question was asked, as an answer to nothing.
            let _read = stream.read(&mut [0; 64]).await;
            let _sent = stream.write_all(b"SSH-2.0-late\r\n").await;
        };
        assert_eq!(named(late).await, Heard::Service(Service::Ssh { banner: "SSH-2.0-late".into() }));
    }

    #[tokio::test]
    async fn a_server_that_answers_each_question_with_another_protocol_s_words_is_named_by_the_first() {
        let liar = |stream: TcpStream| answer_to(stream, |_| Some(b"+PONG\r\n".to_vec()));
        let heard = named(liar).await;
        assert_eq!(heard.service().map(Service::name), Some("redis"));
    }

    #[tokio::test]
    async fn an_error_in_the_clear_from_a_tls_server_does_not_make_it_http() {
        let nginx = |stream: TcpStream| {
            answer_to(stream, |question| {
                Some(match question {
                    [22, ..] => vec![21, 3, 3, 0, 2, 2, 70],
                    _ => {
                        b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\nplain HTTP to HTTPS port".to_vec()
                    }
                })
            })
        };
        assert_eq!(named(nginx).await.service().map(Service::name), Some("tls"));
        let plain = |stream: TcpStream| {
            answer_to(stream, |_| Some(b"HTTP/1.1 400 Bad Request\r\nServer: plain\r\n\r\n".to_vec()))
        };
        assert_eq!(named(plain).await.service().map(Service::name), Some("http"));
    }

    #[tokio::test]
    async fn smb1_is_told_from_silence() {
        let old = |stream: TcpStream| {
            answer_to(stream, |question| {
                let mut answer = b"\0\0\0\x45\xffSMB\x72\0\0\0\0".to_vec();
                answer.extend([0; 23]);
                answer.extend([17, 0, 0]);
                answer.extend([0; 34]);
                question.get(4..8).filter(|magic| *magic == b"\xffSMB").map(|_| answer)
            })
        };
        let heard = named(old).await;
        let Some(Service::Smb(smb)) = heard.service() else { panic!("{heard:?}") };
        assert_eq!((smb.dialect.as_deref(), smb.smb1), (None, Taken::Accepted));
    }

    #[tokio::test]
    async fn a_remote_desktop_that_requires_nla_is_known_as_such() {
        let windows = |stream: TcpStream| {
            answer_to(stream, |question| {
                let offered = *question.get(15)?;
                let (kind, value) = if offered & 2 == 0 { (3, 5) } else { (2, 2) };
                Some(vec![3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, kind, 0, 8, 0, value, 0, 0, 0])
                    .filter(|_| question.starts_with(&[3, 0, 0, 19]))
            })
        };
        let expected = Rdp { standard: Taken::Refused, tls: Taken::Refused, nla: Taken::Accepted };
        assert_eq!(named(windows).await, Heard::Service(Service::Rdp(expected)));
    }

    #[tokio::test]
    async fn a_server_that_vanishes_between_two_questions_leaves_the_rest_unclear() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _read = stream.read(&mut [0; 64]).await;
            let _sent = stream.write_all(&[3, 0, 0, 11, 6, 0xd0, 0, 0, 0x12, 0x34, 0]).await;
        });
        let reply = ask_rdp(&loopback(), port, PATIENCE).await;
        let expected = Rdp { standard: Taken::Accepted, tls: Taken::Unclear, nla: Taken::Unclear };
        assert_eq!(reply.service, Some(Service::Rdp(expected)));
        server.await.unwrap();
    }
}
