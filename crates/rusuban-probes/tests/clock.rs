//! The clock probe against real chronyd processes on loopback. None of them touches the machine's own clock (`-x`).

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod machine_support;

use std::fs::Permissions;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::ToSpan;
use machine_support::{Daemon, Tree, installed, until};
use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::clock::{ClockFacts, ClockState, Follows, ServiceKind};
use rusuban_probes::clock::ClockProbe;
use rusuban_probes::command::Program;

/// A chronyd with a folder of its own.
struct Chronyd {
    folder: tempfile::TempDir,
    daemon: Daemon,
}

impl Chronyd {
    fn start(settings: &str) -> Self {
        // chronyd refuses a socket in a folder that others may enter.
        let folder = tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let (socket, pid, conf) = (path("chronyd.sock"), path("chronyd.pid"), path("chrony.conf"));
        let own = format!("cmdport 0\nbindcmdaddress {socket}\npidfile {pid}\n{settings}\n");
        std::fs::write(&conf, own).unwrap();
        let user = machine_support::printed("id", &["-un"]);
        let daemon = Daemon::start(
            Command::new(installed("chronyd"))
                .args(["-x", "-n", "-U", "-u", user.trim(), "-f", &conf])
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let chronyd = Self { folder, daemon };
        until("an answer of chronyd", || chronyd.socket().exists().then_some(()));
        chronyd
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("chronyd.sock")
    }

    fn chronyc(&self, args: &[&str]) -> String {
        let socket = self.socket().display().to_string();
        let all: Vec<&str> = ["-h", &socket].into_iter().chain(args.iter().copied()).collect();
        machine_support::printed("chronyc", &all)
    }
}

/// A server that passes its own clock off as the time, on a free port of loopback.
fn server() -> (Chronyd, u16) {
    let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let settings = format!("local stratum 3\nmanual\nallow 127.0.0.1\nport {port}\nbindaddress 127.0.0.1");
    (Chronyd::start(&settings), port)
}

fn client(port: u16) -> Chronyd {
    Chronyd::start(&format!("server 127.0.0.1 port {port} iburst minpoll 0 maxpoll 2\nport 0"))
}

/// A machine on which a chronyd runs.
fn machine() -> Tree {
    let tree = Tree::new();
    tree.physical(3);
    tree.file("/proc/1/comm", "systemd\n");
    tree.file("/proc/812/comm", "chronyd\n");
    tree
}

async fn look(socket: &Path) -> ClockFacts {
    let tree = machine();
    let chronyc = Program::new("chronyc").args(["-h", socket.to_str().unwrap()]);
    ClockProbe { host: tree.host(), chronyc, ..ClockProbe::default() }.look().await.unwrap()
}

async fn state(chronyd: &Chronyd) -> ClockState {
    let facts = look(&chronyd.socket()).await;
    assert_eq!(facts.services.len(), 1);
    assert_eq!(facts.services[0].kind, ServiceKind::Chrony);
    facts.services[0].state.known().unwrap().clone()
}

#[tokio::test]
async fn a_clock_that_follows_a_server() {
    let (_server, port) = server();
    let client = client(port);
    until("synchronisation", || client.chronyc(&["-c", "tracking"]).contains(",Normal").then_some(()));
    let state = state(&client).await;
    assert_eq!(state.follows, Follows::Source("127.0.0.1".to_owned()));
    assert_eq!(state.stratum, Some(4));
    // The same clock on both sides: what is left is the noise of loopback.
    assert!(state.offset_us.unwrap().abs() < 500_000, "{state:?}");
    let age = jiff::Timestamp::now().duration_since(state.compared_at.unwrap());
    assert!(age.as_hours().abs() < 1, "{state:?}");
}

#[tokio::test]
async fn a_clock_that_is_off_by_a_minute_and_a_half_is_seen_to_be() {
    let (server, port) = server();
    let ahead = (jiff::Timestamp::now() + 90.seconds()).strftime("%b %d %H:%M:%S %Y").to_string();
    assert!(server.chronyc(&["settime", &ahead]).contains("200 OK"));
    let client = client(port);
    until("synchronisation", || client.chronyc(&["-c", "tracking"]).contains(",Normal").then_some(()));
    let state = state(&client).await;
    assert!(matches!(state.follows, Follows::Source(_)));
    // The server is ahead, so the machine's clock is behind: positive. chronyd itself still says "Normal".
    let offset = state.offset_us.unwrap();
    assert!((60_000_000..=120_000_000).contains(&offset), "{state:?}");
}

#[tokio::test]
async fn a_server_of_its_own_clock_follows_itself() {
    let (server, _) = server();
    until("a report", || server.chronyc(&["-c", "tracking"]).contains(",Normal").then_some(()));
    assert_eq!(state(&server).await.follows, Follows::Itself);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_followed() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let client = client(silent.local_addr().unwrap().port());
    let state = state(&client).await;
    assert_eq!((state.follows, state.compared_at), (Follows::Nothing, None));
}

#[tokio::test]
async fn a_daemon_that_does_not_answer_is_unknown_and_not_absent() {
    let (server, _) = server();
    let socket = server.socket();
    drop(server.daemon);
    let facts = look(&socket).await;
    assert!(matches!(&facts.services[0].state, Seen::Unknown(why) if why.code == UnknownCode::ToolFailed));
}

#[tokio::test]
async fn no_time_program_means_no_service() {
    let tree = Tree::new();
    tree.physical(3);
    tree.file("/proc/1/comm", "systemd\n");
    let facts = ClockProbe { host: tree.host(), ..ClockProbe::default() }.look().await.unwrap();
    assert_eq!((facts.programs, facts.services), (Seen::Known(Vec::new()), Vec::new()));
}

#[tokio::test]
async fn timesyncd_and_ntpd_are_asked_by_their_own_tools() {
    let tree = Tree::new();
    tree.physical(3);
    for (pid, name) in [("1", "systemd"), ("2", "systemd-timesyn"), ("3", "ntpd")] {
        tree.file(&format!("/proc/{pid}/comm"), &format!("{name}\n"));
    }
    // These two cannot be installed beside chrony: scripts print what they print.
    let timedatectl = tree.script(
        "/bin/timedatectl",
        "case $1 in show-timesync) printf 'PollIntervalMaxUSec=34min 8s\\nServerName=ntp.example.jp\\n\
         NTPMessage={ Leap=0, Stratum=1, RootDelay=0, RootDispersion=30us, Reference=GPS, \
         DestinationTimestamp=Tue 2026-11-24 12:09:53 UTC }\\nFrequency=0\\n';; *) echo ' Offset: -3.5ms';; esac\n",
    );
    let ntpq = tree.script("/bin/ntpq", "echo '***Request timed out'\n");
    let probe = ClockProbe { host: tree.host(), timedatectl, ntpq, ..ClockProbe::default() };
    let facts = probe.look().await.unwrap();
    let kinds: Vec<ServiceKind> = facts.services.iter().map(|service| service.kind).collect();
    assert_eq!(kinds, [ServiceKind::Timesyncd, ServiceKind::Ntpd]);
    let state = facts.services[0].state.known().unwrap();
    assert_eq!((state.offset_us, state.source_free_running), (Some(-3_500), Some(false)));
    assert!(matches!(&facts.services[1].state, Seen::Unknown(why) if why.code == UnknownCode::ToolFailed));
}
