//! What happens in an office that nobody attacks, over the weeks before the closure and the closure itself: people at work,
//! people on duty, machines that talk to each other, and the noise of the internet that knocks and never gets in.

use super::formats;
use super::{BASELINE_DAYS, CLOSED_DAYS, DAY, HOUR, Log, MINUTE, Office, moment};

/// People who work in the office on working days, with the address of their machine.
const STAFF: [(&str, &str); 9] = [
    ("sato", "192.168.10.21"),
    ("suzuki", "192.168.10.22"),
    ("takahashi", "192.168.10.23"),
    ("tanaka", "192.168.10.24"),
    ("watanabe", "192.168.10.25"),
    ("nakamura", "192.168.10.26"),
    ("kobayashi", "192.168.10.27"),
    ("kato", "192.168.10.28"),
    ("mori", "192.168.10.29"),
];

/// From where people use the VPN: their homes.
pub const HOMES: [(&str, &str); 4] = [
    ("tanaka", "203.0.113.24"),
    ("watanabe", "203.0.113.25"),
    ("mori", "203.0.113.29"),
    ("hayashi", "203.0.113.31"),
];

/// Who is on duty on a day of the closure.
pub fn on_duty(day: i64) -> (&'static str, &'static str) {
    if day.rem_euclid(2) == 0 { ("tanaka", "203.0.113.24") } else { ("watanabe", "203.0.113.25") }
}

/// Days are counted from 2026-12-26, a Saturday.
fn is_working_day(day: i64) -> bool {
    day < 0 && !matches!(day.rem_euclid(7), 0 | 1)
}

/// Hours in which the router's log is silent on purpose (a planted gap): no line is written in them.
pub fn router_is_silent(at: i64) -> bool {
    (moment(5, 1, 0)..moment(5, 7, 0)).contains(&at)
}

/// Writes all of it.
pub fn fill(office: &mut Office) {
    for day in -BASELINE_DAYS..CLOSED_DAYS {
        if is_working_day(day) {
            work(office, day);
        }
        if day >= 0 {
            duty(office, day);
        }
        machines(office, day);
        internet(office, day);
        remote_work(office, day);
    }
}

/// A working day: logons in the morning, browsing, mail, a look at a server now and then.
fn work(office: &mut Office, day: i64) {
    for (user, address) in STAFF {
        let start = moment(day, 8, office.random.between(10, 55));
        office.line(Log::Dc1, start, formats::logon(start, user, 3, address));
        // One in six mistypes the password first.
        if office.random.between(0, 6) == 0 {
            office.line(Log::Dc1, start - 20, formats::logon_failure(start - 20, user, 3, address));
        }
        for _ in 0..office.random.between(20, 60) {
            let at = start + office.random.between(0, 9 * HOUR);
            let to = format!("198.51.100.{}", office.random.between(1, 250));
            let sent = office.random.between(2_000, 400_000);
            let received = office.random.between(10_000, 4_000_000);
            office.line(Log::Firewall, at, formats::traffic(at, address, &to, 443, sent, received));
        }
    }
    let at = moment(day, 10, office.random.between(0, 50));
    office.line(Log::Srv2, at, formats::ssh(at, "srv2", true, "tanaka", "192.168.10.24"));
    let sudo = "tanaka : TTY=pts/0 ; PWD=/home/tanaka ; USER=root ; COMMAND=/usr/bin/apt upgrade";
    office.line(Log::Srv2, at + 60, formats::syslog(at + 60, "srv2", "sudo", sudo));
}

/// The one on duty looks at things from home twice a day.
fn duty(office: &mut Office, day: i64) {
    let (user, home) = on_duty(day);
    for hour in [9, 20] {
        let at = moment(day, hour, office.random.between(5, 40));
        office.line(Log::Firewall, at, formats::vpn(at, true, user, home, "Japan"));
        office.line(Log::Srv2, at + 90, formats::ssh(at + 90, "srv2", true, user, "10.212.134.200"));
        let end = at + 25 * MINUTE;
        office.line(Log::Firewall, end, formats::vpn(end, false, user, home, "Japan"));
    }
}

/// People who work from home some days, before the closure.
fn remote_work(office: &mut Office, day: i64) {
    if !is_working_day(day) {
        return;
    }
    for (user, home) in HOMES {
        if office.random.between(0, 2) == 0 {
            let at = moment(day, 9, office.random.between(0, 40));
            office.line(Log::Firewall, at, formats::vpn(at, true, user, home, "Japan"));
            let end = at + 7 * HOUR;
            office.line(Log::Firewall, end, formats::vpn(end, false, user, home, "Japan"));
        }
    }
}

/// What machines do by themselves, day and night.
fn machines(office: &mut Office, day: i64) {
    // The nightly backup: the same account, from the same machine, and much the same amount out.
    let at = moment(day, 2, 30);
    office.line(Log::Srv2, at, formats::ssh(at, "srv2", true, "svc-backup", "192.168.10.5"));
    office.line(Log::Dc1, at + 5, formats::logon(at + 5, "svc-backup", 3, "192.168.10.5"));
    let sent = 4_000_000_000 + office.random.between(0, 300_000_000);
    office.line(
        Log::Firewall,
        at + HOUR,
        formats::traffic(at + HOUR, "192.168.10.5", "192.0.2.80", 443, sent, 9_000_000),
    );
    for hour in 0..24 {
        for _ in 0..4 {
            let at = moment(day, hour, 0) + office.random.between(0, HOUR);
            let text = "pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)";
            office.line(Log::Srv1, at, formats::syslog(at, "srv1", "CRON[4242]", text));
            office.line(Log::Srv2, at + 1, formats::syslog(at + 1, "srv2", "CRON[4243]", text));
            office.line(Log::Dc1, at + 2, formats::logon(at + 2, "svc-monitor", 3, "192.168.10.6"));
        }
        for _ in 0..office.random.between(2, 6) {
            let at = moment(day, hour, 0) + office.random.between(0, HOUR);
            office.line(
                Log::Firewall,
                at,
                formats::traffic(at, "192.168.10.6", "192.0.2.123", 443, 3_000, 9_000),
            );
            let queue = format!("{:010X}", at.rem_euclid(1 << 40));
            let text = format!("{queue}: from=<monitor@office.example>, size=1032, nrcpt=1 (queue active)");
            office.line(Log::Mail, at, formats::syslog(at, "srv1", "postfix/qmgr[800]", &text));
        }
    }
    for minute in (0..24 * 60).step_by(10) {
        let at = moment(day, 0, minute) + office.random.between(0, 500);
        if !router_is_silent(at) {
            let port = office.random.between(1, 8);
            let text = format!(
                "[DHCPD] LAN1(port{port}) Extends 192.168.10.{}: 00:a0:de:00:00:{port:02x}",
                40 + port
            );
            office.line(Log::Router, at, formats::rtx(at, &text));
        }
    }
}

/// The internet knocks: it tries passwords on the outer server and the VPN, scans the router, asks the web server for things
/// that are not there.
fn internet(office: &mut Office, day: i64) {
    let users = ["root", "admin", "test", "oracle", "ubuntu", "postgres", "guest"];
    for _ in 0..office.random.between(4, 9) {
        let from = format!("198.18.{}.{}", office.random.between(0, 250), office.random.between(1, 250));
        let start = moment(day, 0, 0) + office.random.between(0, DAY - HOUR);
        for n in 0..office.random.between(20, 120) {
            let at = start + n * 11;
            let user = office.random.pick(&users).copied().unwrap_or("root");
            office.line(Log::Srv1, at, formats::ssh(at, "srv1", false, user, &from));
        }
    }
    for _ in 0..office.random.between(3, 12) {
        let from = format!("198.18.{}.{}", office.random.between(0, 250), office.random.between(1, 250));
        let at = moment(day, 0, 0) + office.random.between(0, DAY);
        let user = office.random.pick(&users).copied().unwrap_or("admin");
        office.line(Log::Firewall, at, formats::vpn_failure(at, user, &from, "Netherlands"));
    }
    for _ in 0..300 {
        let at = moment(day, 0, 0) + office.random.between(0, DAY);
        let from = format!("198.18.{}.{}", office.random.between(0, 250), office.random.between(1, 250));
        let port = office.random.pick(&[22, 23, 445, 3389, 8080]).copied().unwrap_or(23);
        if !router_is_silent(at) {
            let text = format!("LAN2 Rejected at IN(2000) filter: TCP {from}:51234 > 203.0.113.1:{port}");
            office.line(Log::Router, at, formats::rtx(at, &text));
        }
        let page =
            office.random.pick(&["/", "/wp-login.php", "/index.html", "/.env"]).copied().unwrap_or("/");
        let status = if page.len() > 1 && page != "/index.html" { 404 } else { 200 };
        office.line(Log::Web, at, formats::web(at, &from, &format!("GET {page} HTTP/1.1"), status, 512));
    }
}
