//! What can be asked at an open TCP port, and what is asked first on which port.

use std::net::IpAddr;

use rusuban_core::world::exposure::service::Service;

use super::protocol::{ber, dns, http, key_value, ldap, mongodb, mssql, rpc, tls, x11};

/// Something to ask.
#[derive(Debug, Clone, Copy)]
pub enum Question {
    /// Wait for what is said without being asked.
    Greeting,
    /// One question and its answer.
    Exchange(&'static Exchange),
    /// SMB 2 and 3, then SMB 1.
    Smb,
    /// The same over a NetBIOS session.
    NetbiosSession,
    /// Each protocol of remote desktop.
    Rdp,
    /// A start that is refused, then TLS.
    Postgresql,
}

/// A protocol that one question and its answer confirm.
#[derive(Debug)]
pub struct Exchange {
    /// The question, to a server of this address.
    pub say: fn(IpAddr) -> Vec<u8>,
    /// Whether the answer has come whole.
    pub is_whole: fn(&[u8]) -> bool,
    /// What the answer shows.
    pub read: fn(&[u8]) -> Option<Service>,
}

/// HTTP.
pub static HTTP: Exchange = Exchange { say: http::request, is_whole: http::is_whole, read: http::answer };

/// TLS.
pub static TLS: Exchange = Exchange { say: |_| tls::hello(), is_whole: tls::is_whole, read: tls::answer };

/// Windows remote management, over HTTP.
pub static WINRM: Exchange = Exchange {
    say: http::identify_request,
    is_whole: http::is_whole,
    read: |bytes| http::identified(bytes).or_else(|| http::answer(bytes)),
};

static REDIS: Exchange =
    Exchange { say: |_| key_value::PING.to_vec(), is_whole: key_value::is_whole, read: key_value::redis };

static MEMCACHED: Exchange = Exchange {
    say: |_| key_value::VERSION.to_vec(),
    is_whole: key_value::is_whole,
    read: key_value::memcached,
};

static MONGODB: Exchange = Exchange {
    say: |_| mongodb::hello(),
    is_whole: mongodb::is_whole,
    read: |bytes| mongodb::is_answer(bytes).then_some(Service::Mongodb),
};

static MSSQL: Exchange = Exchange {
    say: |_| mssql::prelogin(),
    is_whole: mssql::is_whole,
    read: |bytes| mssql::version(bytes).map(|version| Service::Mssql { version }),
};

static LDAP: Exchange = Exchange {
    say: |_| ldap::search(),
    is_whole: ber::is_whole,
    read: |bytes| ldap::is_answer(bytes).then_some(Service::Ldap),
};

static DNS: Exchange = Exchange {
    say: |_| dns::question_on_stream(),
    is_whole: dns::is_whole,
    read: |bytes| dns::is_answer_on_stream(bytes).then_some(Service::Dns),
};

static RPCBIND: Exchange = Exchange {
    say: |_| rpc::call_on_stream(rpc::RPCBIND),
    is_whole: rpc::is_whole,
    read: |bytes| rpc::answer_on_stream(bytes).map(|reply| reply.service("rpcbind")),
};

static NFS: Exchange = Exchange {
    say: |_| rpc::call_on_stream(rpc::NFS),
    is_whole: rpc::is_whole,
    read: |bytes| rpc::answer_on_stream(bytes).map(|reply| reply.service("nfs")),
};

static X11: Exchange = Exchange {
    say: |_| x11::SETUP.to_vec(),
    is_whole: x11::is_whole,
    read: |bytes| x11::answer(bytes).map(|authentication| Service::X11 { authentication }),
};

/// What is usual for a port.
pub fn usual(port: u16) -> Option<Question> {
    Some(match port {
        21..=23 | 25 | 110 | 143 | 587 | 873 | 2222 | 3306 | 5900..=5910 => Question::Greeting,
        53 => Question::Exchange(&DNS),
        80 | 2375 | 5000 | 5601 | 5984 | 8000 | 8080 | 8888 | 9000 | 9090 | 9200 | 10000 => {
            Question::Exchange(&HTTP)
        }
        111 => Question::Exchange(&RPCBIND),
        139 => Question::NetbiosSession,
        389 => Question::Exchange(&LDAP),
        443 | 465 | 636 | 993 | 995 | 2376 | 5986 | 6443 | 8006 | 8443 | 10443 => Question::Exchange(&TLS),
        445 => Question::Smb,
        1433 => Question::Exchange(&MSSQL),
        2049 => Question::Exchange(&NFS),
        3389 => Question::Rdp,
        5432 => Question::Postgresql,
        5985 => Question::Exchange(&WINRM),
        6000..=6063 => Question::Exchange(&X11),
        6379 => Question::Exchange(&REDIS),
        11211 => Question::Exchange(&MEMCACHED),
        27017 => Question::Exchange(&MONGODB),
        _ => return None,
    })
}

/// What is asked at once where greeting, HTTP and TLS brought nothing. X11 is asked on its own ports only: its answer is
/// too short to be told from noise elsewhere.
pub static OTHERS: &[Question] = &[
    Question::Smb,
    Question::Rdp,
    Question::Exchange(&REDIS),
    Question::Exchange(&MEMCACHED),
    Question::Postgresql,
    Question::Exchange(&LDAP),
    Question::Exchange(&MONGODB),
    Question::Exchange(&MSSQL),
    Question::Exchange(&RPCBIND),
    Question::Exchange(&DNS),
    Question::NetbiosSession,
];
