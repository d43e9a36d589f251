//! What confirmed itself on an open port, and the words for it. Which of them is a fault is for the checks to say.

use serde::{Deserialize, Serialize};

use super::Heard;
use crate::model::text::Text;

/// A protocol that was confirmed by talking it, never by the port's number alone. Nobody logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "kebab-case")]
pub enum Service {
    /// SMB, directly or over NetBIOS (MS-SMB2, MS-CIFS).
    Smb(Smb),
    /// A NetBIOS session service that refused the session (RFC 1002).
    NetbiosSession {
        /// The error code of the refusal.
        error: u8,
    },
    /// NetBIOS name service (RFC 1002).
    NetbiosName {
        /// The names that it gives away, with their type, such as `FILES<20>`.
        names: Vec<String>,
    },
    /// Remote desktop (MS-RDPBCGR).
    Rdp(Rdp),
    /// SSH (RFC 4253).
    Ssh {
        /// The identification line.
        banner: String,
    },
    /// Telnet (RFC 854).
    Telnet,
    /// FTP (RFC 959).
    Ftp {
        /// The greeting.
        banner: String,
    },
    /// SMTP (RFC 5321).
    Smtp {
        /// The greeting.
        banner: String,
    },
    /// POP3 (RFC 1939).
    Pop3 {
        /// The greeting.
        banner: String,
    },
    /// IMAP (RFC 3501).
    Imap {
        /// The greeting.
        banner: String,
    },
    /// The rsync daemon.
    Rsync {
        /// The greeting.
        banner: String,
    },
    /// VNC (RFC 6143).
    Vnc {
        /// Version of the protocol, such as `3.8`.
        version: String,
        /// Whether it asks for a password.
        authentication: Authentication,
    },
    /// HTTP in the clear.
    Http {
        /// Status of the answer.
        status: u16,
        /// The `Server` header; empty where there is none.
        server: String,
    },
    /// The Docker API in the clear, which asks for no password.
    DockerApi {
        /// The `Server` header.
        server: String,
    },
    /// Elasticsearch or OpenSearch that answers without a password.
    Elasticsearch {
        /// Its version.
        version: String,
    },
    /// Windows remote management (MS-WSMV).
    Winrm {
        /// The `Server` header; empty where there is none.
        server: String,
    },
    /// TLS, with the application inside where the server named it (ALPN, RFC 7301).
    Tls {
        /// Version that the server chose, such as `1.2`; empty where it refused all that were offered.
        version: String,
        /// `http` where the server chose HTTP; none where it did not say.
        application: Option<String>,
    },
    /// Redis or a program that talks like it.
    Redis {
        /// Whether it asks for a password.
        authentication: Authentication,
    },
    /// memcached; its text protocol knows no password.
    Memcached {
        /// Its version.
        version: String,
    },
    /// PostgreSQL.
    Postgresql {
        /// Whether it offers TLS; none where it did not say.
        tls: Option<bool>,
    },
    /// MySQL or MariaDB.
    Mysql {
        /// Its version; empty where it refused the host.
        version: String,
    },
    /// MongoDB.
    Mongodb,
    /// LDAP in the clear (RFC 4511).
    Ldap,
    /// Microsoft SQL Server (MS-TDS).
    Mssql {
        /// Its version, such as `16.0.1000`.
        version: String,
    },
    /// Sun RPC (RFC 5531).
    Rpc {
        /// `rpcbind`, `nfs`, or the program's number.
        program: String,
    },
    /// X11.
    X11 {
        /// Whether it lets everyone in.
        authentication: Authentication,
    },
    /// DNS (RFC 1035).
    Dns,
    /// NTP (RFC 5905).
    Ntp,
    /// SNMP (RFC 3416, RFC 3414).
    Snmp {
        /// Default communities that it answers to; these are public knowledge, not secrets.
        communities: Vec<String>,
        /// sysDescr, where a default community gave it.
        description: String,
    },
    /// A management controller (RMCP and IPMI).
    Ipmi,
}

/// What an SMB server agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smb {
    /// The dialect of SMB 2 and 3 that it chose, such as `3.1.1`; none where it speaks neither.
    pub dialect: Option<String>,
    /// Whether it wants packets signed; [`Signing::Unclear`] where it speaks neither SMB 2 nor 3.
    pub signing: Signing,
    /// Whether it took SMB 1 when nothing else was offered.
    pub smb1: Taken,
    /// Whether a NetBIOS session came first (port 139).
    pub netbios: bool,
}

/// Whether a server wants packets signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signing {
    /// Required.
    Required,
    /// Offered, not required.
    Optional,
    /// It did not say.
    Unclear,
}

/// Whether a server took what was offered to it alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// It did.
    Accepted,
    /// It said no, or hung up at once.
    Refused,
    /// It said neither.
    Unclear,
}

/// What a remote desktop server took, each offered alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rdp {
    /// RDP's own encryption, which has no authentication of the server.
    pub standard: Taken,
    /// TLS without authentication on the network level.
    pub tls: Taken,
    /// Authentication on the network level (NLA, CredSSP).
    pub nla: Taken,
}

/// Whether a service asks who is there before it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authentication {
    /// It serves anyone.
    NotNeeded,
    /// It asks, or refuses strangers.
    Needed,
    /// It did not come to that.
    Unclear,
}

/// How what was heard fits a protocol that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// It is that protocol.
    Same,
    /// It is another one.
    Other,
    /// It can be either: what was heard is a shell around another protocol.
    Unclear,
}

/// The names of all protocols that can be confirmed, as `[[exposure.allow]]` names them.
pub const NAMES: &[&str] = &[
    "smb",
    "netbios-session",
    "netbios-name",
    "rdp",
    "ssh",
    "telnet",
    "ftp",
    "smtp",
    "pop3",
    "imap",
    "rsync",
    "vnc",
    "http",
    "docker-api",
    "elasticsearch",
    "winrm",
    "tls",
    "https",
    "redis",
    "memcached",
    "postgresql",
    "mysql",
    "mongodb",
    "ldap",
    "mssql",
    "rpc",
    "x11",
    "dns",
    "ntp",
    "snmp",
    "ipmi",
];

/// Protocols that are also spoken inside TLS, so that a bare TLS answer neither confirms nor refutes them.
const INSIDE_TLS: &[&str] =
    &["https", "winrm", "docker-api", "elasticsearch", "redis", "mongodb", "ftp", "smtp", "pop3", "imap"];

impl Service {
    /// The name that `[[exposure.allow]]` uses; one of [`NAMES`].
    pub fn name(&self) -> &'static str {
        match self {
            Self::Smb(_) => "smb",
            Self::NetbiosSession { .. } => "netbios-session",
            Self::NetbiosName { .. } => "netbios-name",
            Self::Rdp(_) => "rdp",
            Self::Ssh { .. } => "ssh",
            Self::Telnet => "telnet",
            Self::Ftp { .. } => "ftp",
            Self::Smtp { .. } => "smtp",
            Self::Pop3 { .. } => "pop3",
            Self::Imap { .. } => "imap",
            Self::Rsync { .. } => "rsync",
            Self::Vnc { .. } => "vnc",
            Self::Http { .. } => "http",
            Self::DockerApi { .. } => "docker-api",
            Self::Elasticsearch { .. } => "elasticsearch",
            Self::Winrm { .. } => "winrm",
            Self::Tls { application: Some(_), .. } => "https",
            Self::Tls { application: None, .. } => "tls",
            Self::Redis { .. } => "redis",
            Self::Memcached { .. } => "memcached",
            Self::Postgresql { .. } => "postgresql",
            Self::Mysql { .. } => "mysql",
            Self::Mongodb => "mongodb",
            Self::Ldap => "ldap",
            Self::Mssql { .. } => "mssql",
            Self::Rpc { .. } => "rpc",
            Self::X11 { .. } => "x11",
            Self::Dns => "dns",
            Self::Ntp => "ntp",
            Self::Snmp { .. } => "snmp",
            Self::Ipmi => "ipmi",
        }
    }

    /// How this fits the name of an allowed protocol.
    pub fn fit(&self, wanted: &str) -> Fit {
        let wanted = wanted.trim().to_ascii_lowercase();
        let name = self.name();
        if wanted == name {
            return Fit::Same;
        }
        match self {
            Self::Tls { application: Some(_), .. } if wanted == "tls" => Fit::Same,
            Self::Tls { application: None, .. }
                if INSIDE_TLS.contains(&wanted.as_str()) || !NAMES.contains(&wanted.as_str()) =>
            {
                Fit::Unclear
            }
            _ => Fit::Other,
        }
    }

    /// The words that people read, with what was found out besides the name.
    pub fn label(&self) -> Text {
        match self {
            Self::Smb(smb) => smb.label(),
            Self::Rdp(rdp) => rdp.label(),
            Self::NetbiosSession { .. } => {
                Text::new("NetBIOS セッション（接続拒否）", "NetBIOS session service (refused the session)")
            }
            Self::NetbiosName { names } => with(
                "NetBIOS 名前サービス",
                "NetBIOS name service",
                &names.iter().take(4).cloned().collect::<Vec<_>>().join(" "),
            ),
            Self::Ssh { banner } => with("SSH", "SSH", banner),
            Self::Telnet => with("Telnet", "Telnet", ""),
            Self::Ftp { banner } => with("FTP", "FTP", banner),
            Self::Smtp { banner } => with("SMTP", "SMTP", banner),
            Self::Pop3 { banner } => with("POP3", "POP3", banner),
            Self::Imap { banner } => with("IMAP", "IMAP", banner),
            Self::Rsync { banner } => with("rsync", "rsync", banner),
            Self::Http { status, server } => with("HTTP", "HTTP", format!("{status} {server}").trim_end()),
            Self::DockerApi { server } => with("Docker API", "Docker API", server),
            Self::Elasticsearch { version } => with("Elasticsearch", "Elasticsearch", version),
            Self::Winrm { server } => with("WinRM", "WinRM", server),
            Self::Tls { version, application } => {
                let name = if application.is_some() { "HTTPS" } else { "TLS" };
                let version = if version.is_empty() { String::new() } else { format!("TLS {version}") };
                with(name, name, &version)
            }
            Self::Vnc { version, authentication } => authentication.label(&format!("VNC {version}")),
            Self::Redis { authentication } => authentication.label("Redis"),
            Self::X11 { authentication } => authentication.label("X11"),
            Self::Memcached { version } => with("memcached", "memcached", version),
            Self::Postgresql { tls: Some(true) } => with("PostgreSQL", "PostgreSQL", "TLS"),
            Self::Postgresql { tls: Some(false) } => {
                Text::new("PostgreSQL（TLS なし）", "PostgreSQL (no TLS)")
            }
            Self::Postgresql { tls: None } => with("PostgreSQL", "PostgreSQL", ""),
            Self::Mysql { version } => with("MySQL", "MySQL", version),
            Self::Mongodb => with("MongoDB", "MongoDB", ""),
            Self::Ldap => with("LDAP", "LDAP", ""),
            Self::Mssql { version } => with("SQL Server", "SQL Server", version),
            Self::Rpc { program } => with("Sun RPC", "Sun RPC", program),
            Self::Dns => with("DNS", "DNS", ""),
            Self::Ntp => with("NTP", "NTP", ""),
            Self::Snmp { description, .. } => with("SNMP", "SNMP", description),
            Self::Ipmi => with("IPMI", "IPMI", ""),
        }
    }
}

fn with(ja: &str, en: &str, detail: &str) -> Text {
    if detail.is_empty() {
        Text::new(ja, en)
    } else {
        Text::new(format!("{ja}（{detail}）"), format!("{en} ({detail})"))
    }
}

impl Authentication {
    fn label(self, name: &str) -> Text {
        match self {
            Self::NotNeeded => {
                Text::new(format!("{name}（認証なし）"), format!("{name} (no authentication)"))
            }
            Self::Needed => Text::new(format!("{name}（認証あり）"), format!("{name} (authentication)")),
            Self::Unclear => Text::new(name, name),
        }
    }
}

impl Taken {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Accepted => ("受け入れ", "accepted"),
            Self::Refused => ("拒否", "refused"),
            Self::Unclear => ("不明", "unclear"),
        }
    }
}

impl Smb {
    fn label(&self) -> Text {
        let (mut ja, mut en) = (Vec::new(), Vec::new());
        if self.netbios {
            ja.push("NetBIOS 経由".to_owned());
            en.push("over NetBIOS".to_owned());
        }
        if let Some(dialect) = &self.dialect {
            ja.push(format!("SMB {dialect}"));
            en.push(format!("SMB {dialect}"));
            let (sign_ja, sign_en) = match self.signing {
                Signing::Required => ("署名必須", "signing required"),
                Signing::Optional => ("署名は任意", "signing optional"),
                Signing::Unclear => ("署名は不明", "signing unclear"),
            };
            ja.push(sign_ja.to_owned());
            en.push(sign_en.to_owned());
        }
        let (one_ja, one_en) = self.smb1.words();
        ja.push(format!("SMB1 {one_ja}"));
        en.push(format!("SMB1 {one_en}"));
        Text::new(format!("SMB（{}）", ja.join("、")), format!("SMB ({})", en.join(", ")))
    }
}

impl Rdp {
    /// Whether it lets a session begin without authentication on the network level.
    pub fn without_nla(&self) -> bool {
        self.standard == Taken::Accepted || self.tls == Taken::Accepted
    }

    fn label(&self) -> Text {
        let (standard, tls, nla) = (self.standard.words(), self.tls.words(), self.nla.words());
        Text::new(
            format!("RDP（RDP 標準 {}、TLS のみ {}、NLA {}）", standard.0, tls.0, nla.0),
            format!("RDP (standard {}, TLS only {}, NLA {})", standard.1, tls.1, nla.1),
        )
    }
}

impl Heard {
    /// The protocol that confirmed itself, if one did.
    pub fn service(&self) -> Option<&Service> {
        match self {
            Self::Service(service) => Some(service),
            _ => None,
        }
    }

    /// The words that people read.
    pub fn label(&self) -> Text {
        match self {
            Self::Service(service) => service.label(),
            Self::Silent => Text::new("応答なし（接続は受け付けた）", "no answer (the connection was taken)"),
            Self::Unrecognised(beginning) => Text::new(
                format!("知らないプロトコル（応答の先頭: {beginning}）"),
                format!("a protocol unknown to this program (begins: {beginning})"),
            ),
            Self::NotAsked => {
                Text::new("未確認（害になりうるため尋ねていません）", "not asked, as asking could do harm")
            }
            Self::Failed(error) => {
                Text::new(format!("会話に失敗（{error}）"), format!("the conversation failed ({error})"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each kind.
    fn all() -> Vec<Service> {
        let unclear = Authentication::Unclear;
        let text = String::new;
        vec![
            Service::Smb(Smb {
                dialect: None,
                signing: Signing::Unclear,
                smb1: Taken::Accepted,
                netbios: true,
            }),
            Service::NetbiosSession { error: 0x80 },
            Service::NetbiosName { names: vec![] },
            Service::Rdp(Rdp { standard: Taken::Refused, tls: Taken::Refused, nla: Taken::Accepted }),
            Service::Ssh { banner: text() },
            Service::Telnet,
            Service::Ftp { banner: text() },
            Service::Smtp { banner: text() },
            Service::Pop3 { banner: text() },
            Service::Imap { banner: text() },
            Service::Rsync { banner: text() },
            Service::Vnc { version: text(), authentication: unclear },
            Service::Http { status: 200, server: text() },
            Service::DockerApi { server: text() },
            Service::Elasticsearch { version: text() },
            Service::Winrm { server: text() },
            Service::Tls { version: text(), application: None },
            Service::Tls { version: text(), application: Some("http".into()) },
            Service::Redis { authentication: unclear },
            Service::Memcached { version: text() },
            Service::Postgresql { tls: None },
            Service::Mysql { version: text() },
            Service::Mongodb,
            Service::Ldap,
            Service::Mssql { version: text() },
            Service::Rpc { program: text() },
            Service::X11 { authentication: unclear },
            Service::Dns,
            Service::Ntp,
            Service::Snmp { communities: vec![], description: text() },
            Service::Ipmi,
        ]
    }

    #[test]
    fn every_service_has_its_name_and_comes_back_from_json() {
        let names: Vec<&str> = all().iter().map(Service::name).collect();
        assert_eq!(names, NAMES);
        for service in all() {
            let json = serde_json::to_value(&service).unwrap();
            if service.name() != "https" {
                assert_eq!(json["protocol"], service.name());
            }
            assert_eq!(serde_json::from_value::<Service>(json).unwrap(), service);
        }
    }

    #[test]
    fn bare_tls_neither_confirms_nor_refutes_what_may_be_inside() {
        let bare = Service::Tls { version: "1.2".into(), application: None };
        let https = Service::Tls { version: "1.2".into(), application: Some("http".into()) };
        assert_eq!(bare.fit("tls"), Fit::Same);
        assert_eq!(bare.fit("https"), Fit::Unclear);
        assert_eq!(bare.fit("some-vpn"), Fit::Unclear);
        assert_eq!(bare.fit("ssh"), Fit::Other);
        assert_eq!(https.fit("HTTPS"), Fit::Same);
        assert_eq!(https.fit("tls"), Fit::Same);
        assert_eq!(https.fit("ssh"), Fit::Other);
        assert_eq!(Service::Telnet.fit("ssh"), Fit::Other);
    }

    #[test]
    fn labels_say_what_was_found_out() {
        let smb = Service::Smb(Smb {
            dialect: Some("3.1.1".into()),
            signing: Signing::Required,
            smb1: Taken::Refused,
            netbios: false,
        });
        assert_eq!(smb.label().ja, "SMB（SMB 3.1.1、署名必須、SMB1 拒否）");
        assert_eq!(smb.label().en, "SMB (SMB 3.1.1, signing required, SMB1 refused)");
        let open = Service::Redis { authentication: Authentication::NotNeeded };
        assert_eq!(open.label().ja, "Redis（認証なし）");
    }
}
