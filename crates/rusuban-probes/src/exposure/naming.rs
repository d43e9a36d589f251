//! Finds out which protocol answers on an open TCP port: what is usual for the port first, then a greeting, HTTP, TLS and
//! all the others. The port's number decides the order, never the name.

use std::ops::RangeInclusive;
use std::time::Duration;

use rusuban_core::world::exposure::Heard;
use rusuban_core::world::exposure::service::Service;
use tokio::task::JoinSet;

use super::conversation::{Conversation, Door};
use super::dialogues::{Reply, ask, greeted};
use super::protocol::bytes::shown;
use super::protocol::{greeting, http};
use super::questions::{HTTP, OTHERS, Question, TLS, WINRM, usual};

/// Printers print whatever is sent to these ports.
const NEVER_ASKED: RangeInclusive<u16> = 9100..=9107;

/// How long the protocol that is usual for a port may take to answer.
const PATIENCE_USUAL: Duration = Duration::from_secs(2);

/// How long a greeting may take that nothing speaks for.
const PATIENCE_GREETING: Duration = Duration::from_millis(400);

/// How long an answer may take that nothing speaks for.
const PATIENCE: Duration = Duration::from_millis(700);

/// Finds out what answers at a door.
pub async fn name(door: &Door) -> Heard {
    if NEVER_ASKED.contains(&door.port) {
        return listen_only(door).await;
    }
    let mut unnamed = Reply::default();
    if let Some(question) = usual(door.port) {
        let reply = ask(question, door, PATIENCE_USUAL).await;
        match settle(reply, &mut unnamed) {
            Some(service) if !may_hide_tls(&service) => return Heard::Service(service),
            _ => {}
        }
    }
    if let Some(service) = settle(general(door).await, &mut unnamed) {
        return Heard::Service(service);
    }
    // One that refuses new connections now has been asked all that it can be asked.
    if unnamed.error.is_none()
        && let Some(service) = settle(others(door).await, &mut unnamed)
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

async fn listen_only(door: &Door) -> Heard {
    match ask(Question::Greeting, door, PATIENCE_GREETING).await {
        Reply { service: Some(service), .. } => Heard::Service(service),
        Reply { words, .. } if !words.is_empty() => Heard::Unrecognised(shown(&words)),
        Reply { error: Some(error), .. } => Heard::Failed(error),
        Reply { .. } => Heard::NotAsked,
    }
}

/// A greeting, HTTP over the same connection, and TLS.
async fn general(door: &Door) -> Reply {
    let first = greeting_or_http(door).await;
    if first.error.is_some() || first.service.as_ref().is_some_and(|service| !may_hide_tls(service)) {
        return first;
    }
    let tls = ask(Question::Exchange(&TLS), door, PATIENCE).await;
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

async fn greeting_or_http(door: &Door) -> Reply {
    let mut conversation = match Conversation::open(door).await {
        Ok(conversation) => conversation,
        Err(why) => return Reply::error(why),
    };
    let said = conversation.hear(PATIENCE_GREETING, greeting::is_whole).await;
    if !said.bytes.is_empty() || said.hung_up {
        return greeted(&mut conversation, said, PATIENCE).await;
    }
    let said = conversation.ask(&(HTTP.say)(door.own.ip()), PATIENCE, http::is_whole).await;
    match http::answer(&said.bytes) {
        // Windows names its web server alike for remote management and for others; the question for the former tells.
        Some(Service::Http { server, .. }) if server.starts_with("Microsoft-HTTPAPI") => {
            ask(Question::Exchange(&WINRM), door, PATIENCE).await
        }
        service => Reply::of(service, said.bytes),
    }
}

/// A TLS server may answer HTTP with an error in the clear, which is not what it serves.
fn may_hide_tls(service: &Service) -> bool {
    matches!(service, Service::Http { status: 400, .. })
}

/// All the other questions at once, each over a connection of its own. The first that names the protocol settles it.
async fn others(door: &Door) -> Reply {
    let mut tasks = JoinSet::new();
    for question in OTHERS {
        let door = door.clone();
        tasks.spawn(async move { ask(*question, &door, PATIENCE).await });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::addresses::{self, Own};
    use rusuban_core::world::exposure::service::{Rdp, Taken};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    fn door(port: u16) -> Door {
        let is_loopback = |own: &Own| own.ip() == std::net::Ipv4Addr::LOCALHOST;
        let own = addresses::list().unwrap().into_iter().find(is_loopback).unwrap();
        Door { own, port }
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
        let heard = name(&door(port)).await;
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
        assert!(matches!(name(&door(port)).await, Heard::Failed(_)));
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
        let reply = ask(Question::Rdp, &door(port), PATIENCE).await;
        let expected = Rdp { standard: Taken::Accepted, tls: Taken::Unclear, nla: Taken::Unclear };
        assert_eq!(reply.service, Some(Service::Rdp(expected)));
        server.await.unwrap();
    }
}
