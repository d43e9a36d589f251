//! Remote login and remote desktops: OpenSSH, xrdp, VNC, X11, Telnet, FTP.

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::service::{Authentication, Rdp, Service, Taken};

use crate::house::{House, Running, alone, look, program, run, tcp};
use crate::judged::{allowed, failing, judge, unknown};

fn sshd(house: &House, port: u16) -> Running {
    let key = house.path("host_key");
    if !std::path::Path::new(&key).exists() {
        run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &key]);
    }
    house.folder("../../run/sshd");
    run("chmod", &["0755", "/run/sshd"]);
    let port_text = port.to_string();
    house.start("sshd", &["-D", "-e", "-f", "/dev/null", "-h", &key, "-p", &port_text]).on_tcp(port)
}

#[test]
fn ssh_is_named_on_any_port_and_held_against_what_is_allowed() {
    alone(module_path!(), "ssh_is_named_on_any_port_and_held_against_what_is_allowed", |house| {
        let _usual = sshd(house, 22);
        let _unusual = sshd(house, 44_322);
        let facts = look(&[]);
        for port in [22, 44_322] {
            let Service::Ssh { banner } = tcp(&facts, port) else { panic!("{facts:#?}") };
            assert!(banner.starts_with("SSH-2.0-OpenSSH_"), "{banner}");
        }
        let a = failing(&judge("before.exposure.a", &facts, &[]));
        assert_eq!(a, ["port-exposed tcp/22", "port-exposed tcp/44322"]);

        let allow =
            [allowed(Transport::Tcp, 22, Some("ssh")), allowed(Transport::Tcp, 44_322, Some("https"))];
        assert_eq!(failing(&judge("before.exposure.a", &facts, &allow)), Vec::<String>::new());
        let b = judge("before.exposure.b", &facts, &allow);
        assert_eq!(failing(&b), ["other-protocol tcp/44322"]);
        assert_eq!(unknown(&b), ["wrong-vantage"]);
    });
}

#[test]
fn remote_desktop_without_nla_is_a_fault() {
    alone(module_path!(), "remote_desktop_without_nla_is_a_fault", |house| {
        house.folder("../../run/xrdp");
        let _xrdp = house.start("xrdp", &["--nodaemon"]).on_tcp(3389);
        let facts = look(&[]);
        let Service::Rdp(rdp) = tcp(&facts, 3389) else { panic!("{facts:#?}") };
        assert_eq!(rdp, Rdp { standard: Taken::Accepted, tls: Taken::Accepted, nla: Taken::Refused });
        let allow = [allowed(Transport::Tcp, 3389, Some("rdp"))];
        assert_eq!(failing(&judge("before.exposure.a", &facts, &[])), ["notice-port-exposed tcp/3389"]);
        assert_eq!(failing(&judge("before.exposure.b", &facts, &allow)), ["rdp-without-nla tcp/3389"]);
    });
}

#[test]
fn screens_that_let_everyone_in_are_a_fault() {
    alone(module_path!(), "screens_that_let_everyone_in_are_a_fault", |house| {
        let password = house.file("password", "secretsecret");
        let common = ["-localhost=0", "-geometry", "640x480", "-listen", "tcp"];
        let display = |number: &'static str, security: &'static str, more: &[&str]| {
            let security = format!("-SecurityTypes={security}");
            let file = format!("-PasswordFile={password}");
            let args = [&[number], common.as_slice(), &[security.as_str(), file.as_str()], more].concat();
            house.start("Xtigervnc", &args)
        };
        let _open = display(":1", "None", &["-ac"]).on_tcp(5901).on_tcp(6001);
        let cookie =
            [&[0xff, 0xff, 0, 0, 0, 0, 0, 18], b"MIT-MAGIC-COOKIE-1".as_slice(), &[0, 16], &[7; 16]].concat();
        let authority = house.path("authority");
        std::fs::write(&authority, cookie).unwrap();
        let _guarded = display(":2", "VncAuth", &["-auth", &authority]).on_tcp(5902).on_tcp(6002);
        let facts = look(&[]);
        let needs = |port| match tcp(&facts, port) {
            Service::Vnc { authentication, version } => {
                assert_eq!(version, "3.8");
                authentication
            }
            Service::X11 { authentication } => authentication,
            other => panic!("{other:?}"),
        };
        assert_eq!([5901, 6001].map(needs), [Authentication::NotNeeded; 2]);
        assert_eq!([5902, 6002].map(needs), [Authentication::Needed; 2]);
        let b = judge("before.exposure.b", &facts, &[]);
        assert_eq!(failing(&b), ["no-authentication tcp/5901"]);
        // X servers let their own machine in where they let nobody else in.
        assert_eq!(unknown(&b), ["authentication-unclear tcp/6001", "wrong-vantage"]);
    });
}

#[test]
fn telnet_and_ftp_are_named() {
    alone(module_path!(), "telnet_and_ftp_are_named", |house| {
        // telnetd wants its connection handed over, as inetd does.
        let listener = TcpListener::bind("0.0.0.0:23").unwrap();
        let telnetd = program("telnetd");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (input, output) = (OwnedFd::from(stream.try_clone().unwrap()), OwnedFd::from(stream));
                let mut child = Command::new(&telnetd)
                    .stdin(Stdio::from(input))
                    .stdout(Stdio::from(output))
                    .stderr(Stdio::null())
                    .spawn()
                    .unwrap();
                std::thread::spawn(move || child.wait());
            }
        });
        let empty = house.folder("empty");
        run("chmod", &["0755", &empty]);
        let config = house.file(
            "vsftpd.conf",
            &format!("listen=YES\nbackground=NO\nanonymous_enable=YES\nsecure_chroot_dir={empty}\n"),
        );
        let _vsftpd = house.start("vsftpd", &[&config]).on_tcp(21);
        let facts = look(&[]);
        assert_eq!(tcp(&facts, 23), Service::Telnet);
        let Service::Ftp { banner } = tcp(&facts, 21) else { panic!("{facts:#?}") };
        assert!(banner.starts_with("220 (vsFTPd"), "{banner}");
    });
}
