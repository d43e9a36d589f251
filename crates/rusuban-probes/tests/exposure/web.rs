//! HTTP and HTTPS on usual and unusual ports, and the rsync daemon.

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::service::Service;

use crate::house::{alone, look, run, tcp};
use crate::judged::{allowed, failing, judge, unknown};

#[test]
fn http_and_https_are_named_on_any_port() {
    alone(module_path!(), "http_and_https_are_named_on_any_port", |house| {
        let (key, certificate) = (house.path("key.pem"), house.path("certificate.pem"));
        run(
            "openssl",
            &[
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=house.invalid",
                "-keyout",
                &key,
                "-out",
                &certificate,
            ],
        );
        let log = house.path("nginx.log");
        let config = house.file(
            "nginx.conf",
            &format!(
                "daemon off;\npid {};\nerror_log {log};\nuser root;\nevents {{}}\nhttp {{\n access_log off;\n\
                 client_body_temp_path /tmp/a;\n proxy_temp_path /tmp/b;\n fastcgi_temp_path /tmp/c;\n\
                 uwsgi_temp_path /tmp/d;\n scgi_temp_path /tmp/e;\n\
                 ssl_certificate {certificate};\n ssl_certificate_key {key};\n\
                 server {{ listen 80; listen [::]:80; listen 44080; location / {{ return 204; }} }}\n\
                 server {{ listen 443 ssl; listen 44443 ssl; ssl_protocols TLSv1.2 TLSv1.3; }}\n\
                 server {{ listen 44444 ssl; ssl_protocols TLSv1.3; }}\n}}\n",
                house.path("nginx.pid")
            ),
        );
        let _nginx = house.start("nginx", &["-c", &config, "-e", &log]).on_tcp(80).on_tcp(443).on_tcp(44_444);
        let facts = look(&[]);
        for port in [80, 44_080] {
            let Service::Http { status, server } = tcp(&facts, port) else { panic!("{facts:#?}") };
            assert_eq!(status, 204);
            assert!(server.starts_with("nginx"), "{server}");
        }
        for port in [443, 44_443] {
            assert_eq!(
                tcp(&facts, port),
                Service::Tls { version: "1.2".into(), application: Some("http".into()) }
            );
        }
        assert_eq!(tcp(&facts, 44_444), Service::Tls { version: "1.3".into(), application: None });

        let allow = [80, 443, 44_080, 44_443, 44_444]
            .map(|port| allowed(Transport::Tcp, port, Some(if port % 100 == 80 { "http" } else { "https" })));
        let b = judge("before.exposure.b", &facts, &allow);
        assert_eq!(failing(&b), Vec::<String>::new());
        assert_eq!(unknown(&b), ["protocol-unclear tcp/44444", "wrong-vantage"]);
    });
}

#[test]
fn the_rsync_daemon_is_named() {
    alone(module_path!(), "the_rsync_daemon_is_named", |house| {
        let config = house.file("rsyncd.conf", "use chroot = no\n");
        let _rsync = house.start("rsync", &["--daemon", "--no-detach", "--config", &config]).on_tcp(873);
        let facts = look(&[]);
        let Service::Rsync { banner } = tcp(&facts, 873) else { panic!("{facts:#?}") };
        assert!(banner.starts_with("@RSYNCD: "), "{banner}");
    });
}
