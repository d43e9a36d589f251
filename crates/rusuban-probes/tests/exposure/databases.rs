//! Databases and directories: Redis, memcached, PostgreSQL, MariaDB, OpenLDAP.

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::service::{Authentication, Service};

use crate::house::{alone, look, run, tcp, udp};
use crate::judged::{allowed, failing, judge};

#[test]
fn redis_with_and_without_a_password() {
    alone(module_path!(), "redis_with_and_without_a_password", |house| {
        let dir = house.folder("redis");
        let redis = |port: u16, more: &[&str]| {
            let port_text = port.to_string();
            let args =
                [&["--port", &port_text, "--bind", "0.0.0.0", "--save", "", "--dir", &dir], more].concat();
            house.start("redis-server", &args).on_tcp(port)
        };
        let _open = redis(6379, &["--protected-mode", "no"]);
        let _guarded = redis(6380, &["--requirepass", "correct horse"]);
        let _protected = redis(6381, &["--protected-mode", "yes"]);
        let facts = look(&[]);
        let needs = |port| match tcp(&facts, port) {
            Service::Redis { authentication } => authentication,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            [6379, 6380, 6381].map(needs),
            [Authentication::NotNeeded, Authentication::Needed, Authentication::Needed]
        );
        let allow = [6379, 6380, 6381].map(|port| allowed(Transport::Tcp, port, Some("redis")));
        assert_eq!(failing(&judge("before.exposure.b", &facts, &allow)), ["no-authentication tcp/6379"]);
    });
}

#[test]
fn memcached_over_both_transports() {
    alone(module_path!(), "memcached_over_both_transports", |house| {
        let _memcached =
            house.start("memcached", &["-u", "nobody", "-l", "0.0.0.0", "-U", "11211"]).on_tcp(11211);
        let facts = look(&[]);
        let (Service::Memcached { version }, over_udp) = (tcp(&facts, 11211), udp(&facts, 11211)) else {
            panic!("{facts:#?}")
        };
        assert!(version.starts_with("1."), "{version}");
        assert_eq!(over_udp, Service::Memcached { version });
        assert_eq!(
            failing(&judge("before.exposure.a", &facts, &[])),
            ["port-exposed tcp/11211", "port-exposed udp/11211"]
        );
        assert_eq!(
            failing(&judge("before.exposure.b", &facts, &[])),
            ["no-authentication tcp/11211", "no-authentication udp/11211"]
        );
    });
}

#[test]
fn postgresql_is_named_on_any_port() {
    alone(module_path!(), "postgresql_is_named_on_any_port", |house| {
        let data = house.path("postgres");
        let initdb = crate::house::program("initdb");
        let postgres = crate::house::program("postgres");
        run(
            "runuser",
            &[
                "-u",
                "postgres",
                "--",
                initdb.to_str().unwrap(),
                "-A",
                "scram-sha-256",
                "--no-sync",
                "--pwfile",
                &house.file("pw", "correct horse\n"),
                "-D",
                &data,
            ],
        );
        for (port, tls) in [(5432, false), (45_432, false)] {
            let port_text = port.to_string();
            let server = house
                .start(
                    "runuser",
                    &[
                        "-u",
                        "postgres",
                        "--",
                        postgres.to_str().unwrap(),
                        "-D",
                        &data,
                        "-p",
                        &port_text,
                        "-h",
                        "0.0.0.0",
                        "-k",
                        "/tmp",
                    ],
                )
                .on_tcp(port);
            let facts = look(&[]);
            assert_eq!(tcp(&facts, port), Service::Postgresql { tls: Some(tls) });
            server.stop();
        }
    });
}

#[test]
fn mariadb_is_named_by_its_greeting() {
    alone(module_path!(), "mariadb_is_named_by_its_greeting", |house| {
        let data = house.folder("mariadb");
        let _server = house
            .start(
                "mariadbd",
                &[
                    "--no-defaults",
                    "--user=nobody",
                    "--skip-grant-tables",
                    "--skip-networking=0",
                    "--bind-address=0.0.0.0",
                    "--port=3306",
                    &format!("--datadir={data}"),
                    &format!("--socket={data}/socket"),
                    &format!("--pid-file={data}/pid"),
                    "--innodb-buffer-pool-size=8M",
                    "--aria-log-dir-path=/tmp/house/mariadb",
                ],
            )
            .on_tcp(3306);
        let facts = look(&[]);
        let Service::Mysql { version } = tcp(&facts, 3306) else { panic!("{facts:#?}") };
        assert!(version.contains("MariaDB"), "{version}");
    });
}

#[test]
fn a_directory_is_named_without_binding() {
    alone(module_path!(), "a_directory_is_named_without_binding", |house| {
        let config = house.file(
            "slapd.conf",
            &format!(
                "pidfile {}\nmodulepath /usr/lib/ldap\nmoduleload back_null\ndatabase null\nsuffix \"\"\n",
                house.path("slapd.pid")
            ),
        );
        let _slapd = house
            .start("slapd", &["-d", "0", "-f", &config, "-h", "ldap://0.0.0.0:389 ldap://0.0.0.0:40389"])
            .on_tcp(389)
            .on_tcp(40_389);
        let facts = look(&[]);
        assert_eq!(tcp(&facts, 389), Service::Ldap);
        assert_eq!(tcp(&facts, 40_389), Service::Ldap);
    });
}
