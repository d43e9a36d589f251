//! Files that useradd, chage, lastlog, utmpdump, sshd and sudo write or read.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};

use rusuban_core::model::verdict::Seen;
use rusuban_core::world::Port;
use rusuban_core::world::accounts::{Access, AccountFacts, PasswordState, SudoWho};
use rusuban_probes::accounts::AccountProbe;

use crate::tree::{Tree, run};

async fn look(tree: &Tree) -> AccountFacts {
    AccountProbe { host: tree.host() }.look().await.unwrap()
}

#[tokio::test]
async fn accounts_made_by_useradd_and_chage_are_read() {
    let tree = Tree::new();
    let prefix = ["-P", tree.root()];
    run(
        "useradd",
        &[&prefix[..], &["-m", "-s", "/bin/bash", "-G", "sudo", "-c", "田中 花子", "tanaka"]].concat(),
        "",
    );
    run("useradd", &[&prefix[..], &["-r", "-s", "/usr/sbin/nologin", "svc"]].concat(), "");
    run("useradd", &[&prefix[..], &["-e", "2026-12-31", "-f", "14", "-s", "/bin/sh", "temp"]].concat(), "");
    run("usermod", &[&prefix[..], &["-p", "$6$abcdefgh$x", "tanaka"]].concat(), "");
    run("usermod", &[&prefix[..], &["-p", "", "temp"]].concat(), "");
    tree.write("home/tanaka/.ssh/authorized_keys", "ssh-ed25519 AAAA tanaka\n");

    let facts = look(&tree).await;
    let get = |name: &str| facts.accounts.iter().find(|account| account.name == name).unwrap();
    assert_eq!(facts.accounts[0].name, "root");
    let tanaka = get("tanaka");
    assert!(tanaka.person && tanaka.login_shell);
    assert_eq!(tanaka.ssh_keys, Some(Seen::Known(1)));
    assert_eq!(facts.groups_of(tanaka), ["sudo", "tanaka"]);
    assert_eq!(facts.password(tanaka), Ok(PasswordState::Set));
    assert_eq!(facts.password(get("temp")), Ok(PasswordState::Empty));
    let age = facts.age(get("temp")).unwrap();
    assert_eq!(age.expires.unwrap().to_string(), "2026-12-31");
    assert_eq!(age.inactive_days, Some(14));
    assert!(age.changed.is_some());
    assert_eq!(facts.access(get("svc")), Access::None);
    assert_eq!(facts.access(get("root")), Access::None);
    assert!(!get("svc").person);
}

#[tokio::test]
async fn last_logins_written_by_lastlog_and_utmpdump_are_read() {
    let tree = Tree::new();
    tree.account("tanaka", "!");
    tree.append("etc/passwd", "far:x:59000:59000::/home/far:/bin/bash");
    tree.write("var/log/lastlog", "");
    run("lastlog", &["-R", tree.root(), "-S", "-u", "tanaka"], "");
    let dump = "[7] [01234] [ts/0] [tanaka  ] [pts/0       ] [192.0.2.7           ] [192.0.2.7      ] [2020-11-01T01:02:03,456789+00:00]\n\
        [8] [01234] [ts/0] [        ] [pts/0       ] [                    ] [0.0.0.0        ] [2020-11-01T02:00:00,000000+00:00]\n\
        [7] [01235] [ts/1] [far     ] [pts/1       ] [2001:db8::7         ] [2001:db8::7    ] [2020-12-01T00:00:00,000000+00:00]\n";
    let wtmp = run_bytes("utmpdump", &["-r"], dump);
    tree.write("var/log/wtmp.1", wtmp);

    let facts = look(&tree).await;
    let names: Vec<&str> = facts.logins.iter().map(|source| source.name.as_str()).collect();
    assert_eq!(names, ["lastlog", "wtmp"]);
    let lastlog = facts.logins[0].records.known().unwrap();
    assert_eq!(lastlog.last.keys().collect::<Vec<_>>(), ["tanaka"]);
    assert_eq!(lastlog.last["tanaka"].from, "localhost");
    // What the tool itself prints is the same second.
    let printed = run("lastlog", &["-R", tree.root(), "-u", "tanaka"], "");
    let second = lastlog.last["tanaka"].at.strftime("%H:%M:%S").to_string();
    assert!(printed.contains(&second), "{printed} {second}");
    let wtmp = facts.logins[1].records.known().unwrap();
    assert_eq!(wtmp.since.to_string(), "2020-11-01T01:02:03Z");
    assert_eq!(wtmp.newest.to_string(), "2020-12-01T00:00:00Z");
    assert_eq!(wtmp.last["far"].from, "2001:db8::7");
    let printed = run("last", &["-f", tree.path("var/log/wtmp.1").to_str().unwrap(), "-F"], "");
    assert!(printed.contains("Tue Dec  1 00:00:00 2020"), "{printed}");
}

/// Output that is no text.
fn run_bytes(program: &str, args: &[&str], input: &str) -> Vec<u8> {
    use std::io::Write;
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}; run `cargo xtask test`, which installs it"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap().stdout
}

#[tokio::test]
async fn an_empty_lastlog_shows_that_nobody_was_recorded() {
    let tree = Tree::new();
    tree.write("var/log/lastlog", "");
    let facts = look(&tree).await;
    assert!(facts.logins[0].records.known().is_none());
}

/// What cvtsudoers, sudo's own parser, makes of the same files.
#[tokio::test]
async fn sudo_itself_reads_the_same_users_out_of_the_rules() {
    let sudoers = "Defaults env_reset, mail_badpass\nDefaults:nagios !requiretty\n\
        User_Alias OPS = sato, %operators, \\\n    #1004 : LEADS = OPS, suzuki\n\
        Cmnd_Alias RESTART = /usr/bin/systemctl restart app, /usr/bin/systemctl status app\n\
        root ALL=(ALL:ALL) ALL\n%sudo\tALL=(ALL:ALL) ALL\nLEADS fs01 = (root) NOPASSWD: RESTART\n\
        nagios, \"%domain admins\" ALL=(root) NOPASSWD: /usr/lib/nagios/check \\#1 # comment, evil ALL\n\
        %#27 ALL = ALL\n+net ALL=ALL\nALL ALL = (nobody) /bin/true\nEXAMPLE\\\\taro ALL=ALL\n\
        # evil ALL=ALL\n@includedir sudoers.d\n";
    let tree = Tree::new();
    tree.write("etc/sudoers", sudoers);
    tree.write("etc/sudoers.d/borg", "borg ALL=(root) NOPASSWD: /usr/bin/borg\n");
    let facts = look(&tree).await;
    assert_eq!(facts.sudo.blind, []);
    let ours: BTreeSet<String> = facts.sudo.rules.iter().map(|rule| name(&rule.who)).collect();

    let path = tree.path("etc/sudoers");
    let json = run("cvtsudoers", &["-e", "-f", "json", path.to_str().unwrap()], "");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let mut theirs = BTreeSet::new();
    for spec in json["User_Specs"].as_array().unwrap() {
        for member in spec["User_List"].as_array().unwrap() {
            let (kind, value) = member.as_object().unwrap().iter().next().unwrap();
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            theirs.insert(format!("{kind} {value}"));
        }
    }
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 13, "{ours:?}");
}

/// A rule's user under the names that cvtsudoers gives to the kinds.
fn name(who: &SudoWho) -> String {
    match who {
        SudoWho::User(name) => format!("username {name}"),
        SudoWho::Uid(id) => format!("userid {id}"),
        SudoWho::Group(name) => format!("usergroup {name}"),
        SudoWho::Gid(id) => format!("usergid {id}"),
        SudoWho::Everyone => "username ALL".to_owned(),
        SudoWho::Other(name) => format!("netgroup {}", name.trim_start_matches('+')),
    }
}

/// Stops the server also where the test fails.
struct Stopped(Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real SSH login without a terminal: the server's own message is what the log reader looks for.
#[tokio::test]
async fn the_message_of_a_real_ssh_server_counts_as_a_login() {
    let work = tempfile::tempdir().unwrap();
    let file = |name: &str| work.path().join(name).to_str().unwrap().to_owned();
    for key in ["host", "user"] {
        run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &file(key)], "");
    }
    let user = run("id", &["-un"], "").trim().to_owned();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    std::fs::create_dir_all("/run/sshd").ok();
    let options = [
        format!("ListenAddress 127.0.0.1:{port}"),
        format!("HostKey {}", file("host")),
        format!("AuthorizedKeysFile {}", file("user.pub")),
        format!("PidFile {}", file("pid")),
        "StrictModes no".to_owned(),
        "UsePAM no".to_owned(),
        "PermitRootLogin yes".to_owned(),
    ];
    std::fs::write(file("config"), options.join("\n")).unwrap();
    let server = Command::new("/usr/sbin/sshd")
        .args(["-D", "-f", &file("config"), "-E", &file("log")])
        .spawn()
        .expect("sshd does not start; run `cargo xtask test`, which installs it");
    let _server = Stopped(server);
    let target = format!("{user}@127.0.0.1");
    let port = port.to_string();
    let mut args = vec!["-F", "none", "-T", "-p", &port];
    let (key, known) = (file("user"), format!("UserKnownHostsFile={}", file("known")));
    args.extend(["-i", &key, "-o", &known, "-o", "StrictHostKeyChecking=no", "-o", "BatchMode=yes"]);
    args.extend([target.as_str(), "true"]);
    // The server needs a moment until it listens.
    let mut came_in = false;
    for _ in 0..100 {
        came_in = Command::new("ssh").args(&args).stderr(Stdio::null()).status().unwrap().success();
        if came_in {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let log = std::fs::read_to_string(file("log")).unwrap();
    assert!(came_in, "{log}");

    let tree = Tree::new();
    let lines: Vec<String> =
        log.lines().map(|line| format!("2026-11-24T10:00:00+09:00 fs01 sshd[7]: {line}\n")).collect();
    tree.write("var/log/auth.log", lines.concat());
    let facts = look(&tree).await;
    let records = facts.logins[0].records.known().unwrap();
    assert_eq!(records.last[&user].from, "127.0.0.1");
    assert!(facts.logins[0].sees_all_ssh);
}
