//! What the look cannot see, and what it must not believe.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::{Control, Faces, Heard, Holder, TableState};

use crate::house::{alone, answer, is_root, listeners, look, program, run};
use crate::judged::{failing, finding, judge, unknown};

fn nft(rules: &str) {
    run("nft", &[rules]);
}

#[test]
fn an_empty_house_is_looked_at_all_over_and_still_not_verified() {
    alone(module_path!(), "an_empty_house_is_looked_at_all_over_and_still_not_verified", |_| {
        let facts = look(&[]);
        let places: Vec<String> = facts.addresses.known().unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(places.len(), 5, "{places:?}");
        assert!(facts.tables.iter().all(|table| table.state == TableState::Read), "{:?}", facts.tables);
        assert_eq!(facts.reaches.len(), 10);
        for reach in &facts.reaches {
            assert_eq!(reach.control, Control::Found, "{reach:?}");
            assert!(
                reach.open.is_empty() && reach.failed.is_empty() && reach.not_tried.is_empty(),
                "{reach:?}"
            );
            assert!(reach.closed.len() > 10, "{reach:?}");
        }
        assert!(facts.listeners.is_empty(), "{:?}", facts.listeners);
        for requirement in ["before.exposure.a", "before.exposure.b"] {
            let findings = judge(requirement, &facts, &[]);
            assert_eq!((failing(&findings), unknown(&findings)), (vec![], vec!["wrong-vantage".to_owned()]));
        }
    });
}

#[test]
fn nothing_leaves_the_machine() {
    alone(module_path!(), "nothing_leaves_the_machine", |house| {
        let count = "oifname != lo meta l4proto { tcp, udp } counter";
        nft(&format!(
            "add table inet t; add chain inet t out {{ type filter hook output priority 0; }}; add rule inet t out {count}"
        ));
        let _server = TcpListener::bind("[::]:445").unwrap();
        let _datagrams = std::net::UdpSocket::bind("0.0.0.0:161").unwrap();
        look(&[1, 65_535]);
        // The counter counts: one datagram of our own does leave.
        let counted = |house: &crate::house::House| {
            let out = house.path("rules");
            let rules =
                Command::new(program("nft")).args(["list", "chain", "inet", "t", "out"]).output().unwrap();
            std::fs::write(out, &rules.stdout).unwrap();
            let text = String::from_utf8(rules.stdout).unwrap();
            let (_, after) = text.split_once("packets ").unwrap();
            after.split_whitespace().next().unwrap().parse::<u32>().unwrap()
        };
        assert_eq!(counted(house), 0);
        let stray = std::net::UdpSocket::bind("192.0.2.10:0").unwrap();
        stray.send_to(b"x", "192.0.2.20:9").unwrap();
        assert_eq!(counted(house), 1);
    });
}

#[test]
fn a_port_behind_the_machine_s_own_filter_is_unknown_and_not_closed() {
    alone(module_path!(), "a_port_behind_the_machine_s_own_filter_is_unknown_and_not_closed", |_| {
        nft("add table inet t; add chain inet t in { type filter hook input priority 0; };
             add rule inet t in tcp dport 445 drop;
             add rule inet t in tcp dport 3389 reject with icmpx type admin-prohibited;
             add rule inet t in tcp dport 139 reject with tcp reset");
        let _dropped = TcpListener::bind("[::]:445").unwrap();
        let _rejected = TcpListener::bind("0.0.0.0:3389").unwrap();
        let _reset = TcpListener::bind("0.0.0.0:139").unwrap();
        let facts = look(&[]);
        for reach in facts.reaches.iter().filter(|reach| reach.transport == Transport::Tcp) {
            assert!(reach.no_answer.contains(&445), "{reach:?}");
            // The message that turns a connection away does not reach sockets of a link.
            let turned_away = reach.filtered == [3389] || reach.no_answer.contains(&3389);
            assert!(turned_away, "{reach:?}");
            assert!(reach.closed.contains(&139), "{reach:?}");
        }
        let a = judge("before.exposure.a", &facts, &[]);
        // A reset looks as if nobody listened. The socket table knows better, and nothing shows a filter.
        assert_eq!(failing(&a), ["notice-port-exposed tcp/139"]);
        assert_eq!(unknown(&a), ["port-filtered tcp/445", "port-filtered tcp/3389", "wrong-vantage"]);
    });
}

#[test]
fn where_the_control_is_not_found_closed_is_not_believed() {
    alone(module_path!(), "where_the_control_is_not_found_closed_is_not_believed", |_| {
        nft("add table inet t; add chain inet t in { type filter hook input priority 0; };
             add rule inet t in ip daddr 192.0.2.10 drop");
        let _server = TcpListener::bind("192.0.2.10:445").unwrap();
        let facts = look(&[]);
        let a = judge("before.exposure.a", &facts, &[]);
        // The socket table has it all the same: the filter's silence excuses nothing where the control fell silent, too.
        assert_eq!(failing(&a), ["notice-port-exposed tcp/445"]);
        let unknown = unknown(&a);
        assert!(unknown.contains(&"control-failed tcp@192.0.2.10".to_owned()), "{unknown:?}");
        assert!(unknown.contains(&"control-failed udp@192.0.2.10".to_owned()), "{unknown:?}");
    });
}

#[test]
fn a_forwarded_port_is_found_though_no_socket_listens() {
    alone(module_path!(), "a_forwarded_port_is_found_though_no_socket_listens", |_| {
        let inner = TcpListener::bind("127.0.0.1:2022").unwrap();
        std::thread::spawn(move || {
            for mut stream in inner.incoming().flatten() {
                let _sent = std::io::Write::write_all(&mut stream, b"SSH-2.0-forwarded\r\n");
            }
        });
        std::fs::write("/proc/sys/net/ipv4/conf/all/route_localnet", "1").unwrap();
        nft("add table ip n; add chain ip n out { type nat hook output priority -100; };
             add rule ip n out ip daddr 192.0.2.10 tcp dport 7777 dnat to 127.0.0.1:2022");
        let facts = look(&[7777]);
        let a = judge("before.exposure.a", &facts, &[]);
        assert_eq!(failing(&a), ["port-exposed tcp/7777"]);
        let message = &finding(&a, "port-exposed", "tcp/7777").message;
        assert!(message.ja.contains("ソケット表にありません"), "{}", message.ja);
        assert!(message.en.contains("SSH-2.0-forwarded"), "{}", message.en);
    });
}

#[test]
fn printers_are_never_asked_anything() {
    alone(module_path!(), "printers_are_never_asked_anything", |_| {
        let printer = TcpListener::bind("0.0.0.0:9100").unwrap();
        let job = std::thread::spawn(move || {
            let mut paper = Vec::new();
            for stream in printer.incoming().flatten() {
                let mut stream = stream;
                let read = std::io::Read::read_to_end(&mut stream, &mut paper);
                if read.is_err() || paper.ends_with(b"end of test") {
                    break;
                }
            }
            paper
        });
        let facts = look(&[]);
        assert_eq!(answer(&facts, Transport::Tcp, 9100).heard, Heard::NotAsked);
        let mut last = std::net::TcpStream::connect("192.0.2.10:9100").unwrap();
        std::io::Write::write_all(&mut last, b"end of test").unwrap();
        drop(last);
        assert_eq!(job.join().unwrap(), b"end of test");
        let b = judge("before.exposure.b", &facts, &[]);
        assert_eq!(unknown(&b), ["protocol-unnamed tcp/9100", "wrong-vantage"]);
    });
}

#[test]
fn without_addresses_a_wildcard_socket_still_faces_everyone() {
    alone(module_path!(), "without_addresses_a_wildcard_socket_still_faces_everyone", |_| {
        run("ip", &["link", "del", "house0"]);
        let _server = TcpListener::bind("0.0.0.0:445").unwrap();
        let facts = look(&[]);
        assert_eq!(failing(&judge("before.exposure.a", &facts, &[])), ["notice-port-exposed tcp/445"]);
        assert_eq!(
            unknown(&judge("before.exposure.b", &facts, &[])),
            ["protocol-unnamed tcp/445", "wrong-vantage"]
        );
    });
}

#[test]
fn an_address_that_is_not_in_use_is_said_to_be_so() {
    alone(module_path!(), "an_address_that_is_not_in_use_is_said_to_be_so", |_| {
        run("ip", &["link", "set", "house0", "down"]);
        let facts = look(&[]);
        let down: Vec<_> =
            facts.reaches.iter().filter(|r| r.to.address.to_string() == "192.0.2.10").collect();
        assert_eq!(down.len(), 2);
        // Linux keeps the IPv4 address of an interface that is down in use: then it must be found like any other.
        assert!(
            down.iter().all(|r| matches!(r.control, Control::Found | Control::AddressUnused)),
            "{down:?}"
        );
        assert_eq!(unknown(&judge("before.exposure.a", &facts, &[])), ["wrong-vantage"]);
    });
}

/// Set for the part of a test that runs without rights.
const POWERLESS: &str = "RUSUBAN_TEST_POWERLESS";

#[test]
fn without_rights_the_port_is_named_and_its_process_hidden() {
    let name = "without_rights_the_port_is_named_and_its_process_hidden";
    if std::env::var_os(POWERLESS).is_some() {
        let facts = look(&[]);
        let all = listeners(&facts, Transport::Tcp, 445);
        assert!(!all.is_empty() && all.iter().all(|l| l.holder == Holder::Hidden), "{all:?}");
        assert_eq!(all[0].faces, Faces::AllAddresses);
        let a = judge("before.exposure.a", &facts, &[]);
        let message = &finding(&a, "notice-port-exposed", "tcp/445").message;
        assert!(message.ja.contains("root 権限が必要"), "{}", message.ja);
        return;
    }
    if !is_root() {
        // The house maps this user to root and knows no other.
        return;
    }
    alone(module_path!(), name, |house| {
        let _server = TcpListener::bind("0.0.0.0:445").unwrap();
        let exe = house.path("test");
        // By what runs, not by its path: the house has a /tmp of its own, and the program may lie in the other.
        std::fs::copy("/proc/self/exe", &exe).unwrap();
        let output = Command::new(program("setpriv"))
            .args([
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                &exe,
                "--exact",
                &format!("blind::{name}"),
                "--nocapture",
            ])
            .env(POWERLESS, "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
    });
}
