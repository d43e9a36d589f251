//! Samba: the ports that the notice names, on their real numbers.

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::service::{Service, Signing, Smb, Taken};
use rusuban_core::world::exposure::{Faces, Holder};

use crate::house::{House, Running, alone, listeners, look, run, tcp, udp};
use crate::judged::{allowed, failing, finding, judge, unknown};

fn configure(house: &House, more: &str) -> String {
    let dir = |name: &str| house.folder(name);
    for place in ["../../run/samba", "../../var/log/samba"] {
        let place = house.folder(place);
        run("chmod", &["0755", &place]);
    }
    house.file(
        "smb.conf",
        &format!(
            "[global]\n workgroup = RUSUBAN\n netbios name = FILES\n server role = standalone server\n\
             disable spoolss = yes\n load printers = no\n log level = 0\n log file = {}\n\
             private dir = {}\n lock directory = {}\n state directory = {}\n cache directory = {}\n\
             pid directory = {}\n ncalrpc dir = {}\n {more}\n",
            house.path("samba.log"),
            dir("private"),
            dir("lock"),
            dir("state"),
            dir("cache"),
            dir("pid"),
            dir("ncalrpc"),
        ),
    )
}

fn smbd(house: &House, config: &str) -> Running {
    house.start("smbd", &["--foreground", "--no-process-group", "--debug-stdout", "-s", config])
}

#[test]
fn file_sharing_is_found_named_and_gone_when_it_is_stopped() {
    alone(module_path!(), "file_sharing_is_found_named_and_gone_when_it_is_stopped", |house| {
        let before = look(&[]);
        assert_eq!(failing(&judge("before.exposure.a", &before, &[])), Vec::<String>::new());

        let config = configure(house, "");
        let smbd = smbd(house, &config).on_tcp(445).on_tcp(139);
        let nmbd = house
            .start("nmbd", &["--foreground", "--no-process-group", "--debug-stdout", "-s", &config])
            .on_udp(137)
            .on_udp(138);
        let open = look(&[]);
        for (port, netbios) in [(445, false), (139, true)] {
            let Service::Smb(smb) = tcp(&open, port) else { panic!("{open:#?}") };
            let expected = Smb {
                dialect: Some("3.1.1".into()),
                signing: Signing::Optional,
                smb1: Taken::Refused,
                netbios,
            };
            assert_eq!(smb, expected);
            let all = listeners(&open, Transport::Tcp, port);
            assert!(all.iter().all(|l| l.faces == Faces::AllAddresses), "{all:?}");
            assert!(
                all.iter().all(|l| matches!(&l.holder, Holder::Process { name, .. } if name == "smbd")),
                "{all:?}"
            );
        }
        let Service::NetbiosName { names } = udp(&open, 137) else { panic!("{open:#?}") };
        assert!(names.contains(&"FILES<20>".to_owned()), "{names:?}");

        let a = judge("before.exposure.a", &open, &[]);
        assert_eq!(
            failing(&a),
            [
                "notice-port-exposed tcp/139",
                "notice-port-exposed tcp/445",
                "notice-port-exposed udp/137",
                "notice-port-exposed udp/138"
            ]
        );
        let smb = finding(&a, "notice-port-exposed", "tcp/445");
        assert!(smb.message.ja.contains("SMB（SMB 3.1.1、署名は任意、SMB1 拒否）"), "{}", smb.message.ja);
        assert!(smb.message.ja.contains("192.0.2.10、fe80::") || smb.message.ja.contains("2001:db8::10"));
        assert!(smb.message.en.contains("smbd (PID "), "{}", smb.message.en);

        nmbd.stop();
        smbd.stop();
        let after = look(&[]);
        let a = judge("before.exposure.a", &after, &[]);
        assert_eq!(failing(&a), Vec::<String>::new());
        assert_eq!(unknown(&a), ["wrong-vantage"], "seen from inside it is never verified");
    });
}

#[test]
fn smb1_is_a_fault_even_where_the_port_is_allowed_and_unusual() {
    alone(module_path!(), "smb1_is_a_fault_even_where_the_port_is_allowed_and_unusual", |house| {
        let config =
            configure(house, "smb ports = 1445\n server min protocol = NT1\n server signing = mandatory");
        let _smbd = smbd(house, &config).on_tcp(1445);
        let facts = look(&[]);
        let Service::Smb(smb) = tcp(&facts, 1445) else { panic!("{facts:#?}") };
        assert_eq!((smb.smb1, smb.signing), (Taken::Accepted, Signing::Required));
        let allow = [allowed(Transport::Tcp, 1445, Some("smb"))];
        assert_eq!(failing(&judge("before.exposure.a", &facts, &allow)), Vec::<String>::new());
        assert_eq!(failing(&judge("before.exposure.b", &facts, &allow)), ["smb1-accepted tcp/1445"]);
        let other = [allowed(Transport::Tcp, 1445, Some("https"))];
        assert_eq!(
            failing(&judge("before.exposure.b", &facts, &other)),
            ["smb1-accepted tcp/1445", "other-protocol tcp/1445"]
        );
    });
}

#[test]
fn what_only_faces_loopback_is_no_exposure() {
    alone(module_path!(), "what_only_faces_loopback_is_no_exposure", |house| {
        let config =
            configure(house, "interfaces = 127.0.0.1\n bind interfaces only = yes\n smb ports = 445");
        let _smbd = smbd(house, &config).at("127.0.0.1:445");
        let facts = look(&[]);
        let all = listeners(&facts, Transport::Tcp, 445);
        assert!(!all.is_empty() && all.iter().all(|l| l.faces == Faces::Loopback), "{all:?}");
        assert_eq!(failing(&judge("before.exposure.a", &facts, &[])), Vec::<String>::new());
    });
}

#[test]
fn file_sharing_as_debian_ships_it() {
    alone(module_path!(), "file_sharing_as_debian_ships_it", |house| {
        for place in ["/var/lib/samba", "/var/cache/samba"] {
            run("mount", &["-t", "tmpfs", "tmpfs", place]);
        }
        for place in ["/var/lib/samba/private", "/run/samba", "/var/log/samba"] {
            house.folder(&format!("../..{place}"));
            run("chmod", &["0755", place]);
        }
        run("smbd", &["-D"]);
        crate::house::wait("tcp/445", || std::net::TcpStream::connect("192.0.2.10:445").is_ok());
        let open = look(&[]);
        let a = judge("before.exposure.a", &open, &[]);
        assert_eq!(failing(&a), ["notice-port-exposed tcp/139", "notice-port-exposed tcp/445"]);
        for item in ["tcp/139", "tcp/445"] {
            let message = &finding(&a, "notice-port-exposed", item).message;
            assert!(message.ja.contains("SMB 3.1.1") && message.ja.contains("smbd（PID "), "{}", message.ja);
        }
        let Holder::Process { pid, .. } = listeners(&open, Transport::Tcp, 445)[0].holder else {
            panic!("{open:#?}")
        };
        run("kill", &["-TERM", &pid.to_string()]);
        crate::house::wait("its end", || std::net::TcpStream::connect("192.0.2.10:445").is_err());
        assert_eq!(failing(&judge("before.exposure.a", &look(&[]), &[])), Vec::<String>::new());
    });
}
