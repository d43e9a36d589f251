//! The definitions probe against a real clamd on a socket of its own, and against impostors on loopback.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on ends here"
)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::definitions::{ClamavFacts, DaemonFacts};
use rusuban_probes::definitions::DefinitionProbe;
use rusuban_probes::host::Host;
use tempfile::TempDir;

const INSTALL: &str = "run `cargo xtask test`, which installs it";

/// A process that ends with the test, however the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A machine with clamd installed and configured by these lines; `@` stands for its root.
fn machine(clamd_conf: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in ["usr/sbin", "etc/clamav", "var/lib/clamav", "run", "tmp"] {
        std::fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    std::fs::write(root.path().join("usr/sbin/clamd"), "").unwrap();
    std::fs::write(root.path().join("etc/clamav/clamd.conf"), clamd_conf).unwrap();
    root
}

async fn look(root: &Path) -> ClamavFacts {
    let probe = DefinitionProbe { host: Host::at(root), limit: Duration::from_secs(30) };
    probe.look().await.unwrap().clamav.unwrap()
}

fn daemon(facts: ClamavFacts) -> DaemonFacts {
    match facts.daemon {
        Seen::Known(daemon) => daemon,
        Seen::Unknown(why) => panic!("{why}"),
    }
}

/// The EICAR test string. It is kept backwards: a compiler puts two halves side by side again.
fn eicar() -> String {
    r"*H+H$!ELIF-TSET-SURIVITNA-DRADNATS-RACIE$}7)CC7)^P(45XZP\4[PA@%P!O5X".chars().rev().collect()
}

/// Signatures of our own: by hash for EICAR, or by content for everything that holds `marker`.
fn signatures(root: &Path, name: &str, lines: &str) {
    std::fs::write(root.join("var/lib/clamav").join(name), lines).unwrap();
}

fn md5_of_eicar() -> String {
    let mut child = Command::new("md5sum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(eicar().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

/// Starts a real clamd that reads the machine's own definitions, and waits until it answers.
fn start_clamd(root: &Path, sockets: &str) -> Running {
    let at = |path: &str| root.join(path).display().to_string();
    let conf = format!(
        "{sockets}\nDatabaseDirectory {}\nTemporaryDirectory {}\nForeground true\nPidFile {}\n",
        at("var/lib/clamav"),
        at("tmp"),
        at("run/clamd.pid")
    );
    std::fs::write(root.join("real.conf"), conf).unwrap();
    let clamd = Path::new("/usr/sbin/clamd");
    assert!(clamd.is_file(), "clamd is not installed (Debian package clamav-daemon): {INSTALL}");
    let child = Command::new(clamd)
        .arg("-c")
        .arg(root.join("real.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Running(child)
}

/// Waits until something holds.
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_mins(2), "{what} did not come up");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_real_daemon_with_definitions_of_our_own_finds_the_test_string() {
    let root = machine("LocalSocket /run/clamd.ctl\n");
    signatures(root.path(), "own.hdb", &format!("{}:68:Own.Eicar\n", md5_of_eicar()));
    let socket = root.path().join("run/clamd.ctl");
    let _clamd = start_clamd(root.path(), &format!("LocalSocket {}", socket.display()));
    wait_for("clamd", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    let facts = look(root.path()).await;
    // No official database, on disk or loaded: this daemon works, and knows next to nothing.
    assert!(facts.files.is_empty());
    let daemon = daemon(facts);
    assert_eq!(daemon.address, "unix:/run/clamd.ctl");
    let version = daemon.version.known().unwrap();
    assert!(version.engine.starts_with(|c: char| c.is_ascii_digit()), "{version:?}");
    assert_eq!(version.loaded, None);
    let control = daemon.control.known().unwrap();
    assert_eq!(control.eicar.as_deref(), Some("Own.Eicar.UNOFFICIAL"));
    assert!(control.harmless_passed);
}

#[tokio::test]
async fn a_real_daemon_over_tcp_that_misses_the_test_string_is_seen_to_miss_it() {
    let port = free_port();
    let root = machine(&format!("LocalSocket /run/not-there.ctl\nTCPSocket {port}\nTCPAddr 0.0.0.0\n"));
    signatures(root.path(), "own.hdb", "d41d8cd98f00b204e9800998ecf8427f:99:Own.Other\n");
    let _clamd = start_clamd(root.path(), &format!("TCPSocket {port}\nTCPAddr 127.0.0.1"));
    wait_for("clamd", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let daemon = daemon(look(root.path()).await);
    assert_eq!(daemon.address, format!("tcp:127.0.0.1:{port}"));
    let control = daemon.control.known().unwrap();
    assert_eq!(control.eicar, None);
    assert!(control.harmless_passed);
}

#[tokio::test]
async fn a_real_daemon_that_finds_something_in_everything_is_seen_through() {
    let root = machine("LocalSocket /run/clamd.ctl\n");
    signatures(root.path(), "own.hdb", &format!("{}:68:Own.Eicar\n", md5_of_eicar()));
    // "harmless" in hex, in any kind of file at any place.
    signatures(root.path(), "own.ndb", "Own.Greedy:0:*:6861726d6c657373\n");
    let socket = root.path().join("run/clamd.ctl");
    let _clamd = start_clamd(root.path(), &format!("LocalSocket {}", socket.display()));
    wait_for("clamd", || std::os::unix::net::UnixStream::connect(&socket).is_ok());
    let daemon = daemon(look(root.path()).await);
    let control = daemon.control.known().unwrap();
    assert!(control.eicar.is_some() && !control.harmless_passed, "{control:?}");
}

#[test]
fn neither_this_program_nor_the_library_in_it_holds_the_test_string() {
    let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let eicar = eicar();
    assert!(!program.windows(eicar.len()).any(|window| window == eicar.as_bytes()));
}

/// Answers each connection with what `answer` makes of the command, until the test ends.
fn impostor(answer: impl Fn(&[u8]) -> Option<Vec<u8>> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut silent = Vec::new();
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut command = vec![0; 4096];
            let count = stream.read(&mut command).unwrap_or(0);
            match answer(&command[..count]) {
                Some(answer) => drop(stream.write_all(&answer)),
                // Kept open, so that the other side has to give up by itself.
                None => silent.push(stream),
            }
        }
    });
    port
}

async fn look_at(port: u16, limit: Duration) -> ClamavFacts {
    let root = machine(&format!("TCPSocket {port}\n"));
    let probe = DefinitionProbe { host: Host::at(root.path()), limit };
    probe.look().await.unwrap().clamav.unwrap()
}

#[tokio::test]
async fn definitions_that_are_loaded_are_told_by_version_and_date() {
    let port = impostor(|command| {
        let version = command.starts_with(b"zVERSION\0");
        Some(if version {
            b"ClamAV 1.4.6/27830/Fri Nov 20 09:15:00 2026\0".to_vec()
        } else {
            b"stream: OK\0".to_vec()
        })
    });
    let daemon = daemon(look_at(port, Duration::from_secs(30)).await);
    let loaded = daemon.version.known().unwrap().loaded.clone().unwrap();
    assert_eq!((loaded.version, loaded.built_local.to_string()), (27_830, "2026-11-20T09:15:00".into()));
    assert_eq!(daemon.control.known().unwrap().eicar, None);
}

#[tokio::test]
async fn a_silent_daemon_times_out() {
    let facts = look_at(impostor(|_| None), Duration::from_millis(200)).await;
    let Seen::Unknown(why) = facts.daemon else { panic!("{:?}", facts.daemon) };
    assert_eq!(why.code, UnknownCode::TimedOut);
}

#[tokio::test]
async fn a_daemon_that_only_tells_its_version_leaves_the_control_unseen() {
    let port = impostor(|command| command.starts_with(b"zVERSION\0").then(|| b"ClamAV 1.4.6\0".to_vec()));
    let daemon = daemon(look_at(port, Duration::from_millis(500)).await);
    assert!(daemon.version.known().is_some());
    let Seen::Unknown(why) = daemon.control else { panic!("{:?}", daemon.control) };
    assert_eq!(why.code, UnknownCode::TimedOut);
}

#[tokio::test]
async fn something_else_on_the_port_is_not_taken_for_a_daemon() {
    let daemon = daemon(
        look_at(impostor(|_| Some(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())), Duration::from_secs(30)).await,
    );
    let (Seen::Unknown(version), Seen::Unknown(control)) = (&daemon.version, &daemon.control) else {
        panic!("{daemon:?}")
    };
    assert_eq!((version.code, control.code), (UnknownCode::Unparsable, UnknownCode::Unparsable));
    assert!(version.message.en.contains("SSH-2.0-OpenSSH_9.2"));
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let port = impostor(|_| Some(vec![b'a'; 10_000_000]));
    let daemon = daemon(look_at(port, Duration::from_secs(30)).await);
    assert!(matches!(daemon.version, Seen::Unknown(why) if why.code == UnknownCode::Unparsable));
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_told() {
    // Port 1 (tcpmux) has no listener anywhere.
    let facts = look_at(1, Duration::from_secs(30)).await;
    let Seen::Unknown(why) = facts.daemon else { panic!("{:?}", facts.daemon) };
    assert_eq!(why.code, UnknownCode::ToolFailed);
}

#[tokio::test]
async fn sigtool_reads_the_same_out_of_a_header() {
    let root = machine("TCPSocket 1\n");
    let file = root.path().join("var/lib/clamav/daily.cvd");
    let mut bytes = format!(
        "ClamAV-VDB:21 Nov 2026 09-15 -0500:27830:2077123:90:{}:{}:builder:1795270500",
        "a".repeat(32),
        "b".repeat(100)
    )
    .into_bytes();
    bytes.resize(512, b' ');
    std::fs::write(&file, bytes).unwrap();
    let sigtool = Path::new("/usr/bin/sigtool");
    assert!(sigtool.is_file(), "sigtool is not installed (Debian package clamav): {INSTALL}");
    let output = Command::new(sigtool).arg("--info").arg(&file).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let told = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{text}")).to_owned()
    };
    let facts = look(root.path()).await;
    let header = facts.files[0].header.known().unwrap();
    assert_eq!(told("Version: "), header.version.to_string());
    assert_eq!(told("Signatures: "), header.signatures.to_string());
    let built = jiff::Timestamp::strptime("%d %b %Y %H:%M %z", told("Build time: ")).unwrap();
    assert_eq!(built, header.built_at);
}
