//! What an intruder does in the office, one function a detector, each with something that looks like it and is none.

use super::formats;
use super::{HOUR, Log, MINUTE, Office, moment};

/// Plants everything.
pub fn plant(office: &mut Office) {
    off_duty(office);
    leave(office);
    declared_off(office);
    carried_out(office);
    new_country(office);
    one_source(office);
    many_sources(office);
    spray(office);
    administrators(office);
    services(office);
    tasks(office);
    cleared(office);
    protection(office);
    backups(office);
    remote_management(office);
    volume(office);
    gap(office);
    clock(office);
}

fn off_duty(office: &mut Office) {
    let at = moment(4, 2, 13);
    office.line(Log::Firewall, at, formats::vpn(at, true, "sato", "203.0.113.21", "Japan"));
    office.line(Log::Firewall, at + HOUR, formats::vpn(at + HOUR, false, "sato", "203.0.113.21", "Japan"));
    office.planted(
        "closure.login-off-duty",
        "sato",
        "fw1",
        at,
        "VPN at night by somebody who is not on duty",
    );
    // Approved for this afternoon.
    let at = moment(3, 13, 5);
    office.line(Log::Srv2, at, formats::ssh(at, "srv2", true, "yamamoto", "192.168.10.30"));
    office.near_miss("closure.login-off-duty", "yamamoto", "srv2", at, "maintenance that was approved");
    let at = moment(8, 10, 0);
    office.line(Log::Srv2, at, formats::ssh(at, "srv2", true, "vendor-fuji", "192.0.2.200"));
    office.near_miss(
        "closure.login-off-duty",
        "vendor-fuji",
        "srv2",
        at,
        "the vendor's maintenance that was approved",
    );
}

fn leave(office: &mut Office) {
    let at = moment(2, 23, 40);
    office.line(Log::Dc1, at, formats::logon(at, "suzuki", 2, "127.0.0.1"));
    office.planted(
        "closure.login-on-leave",
        "suzuki",
        "dc1",
        at,
        "logon at the machine by somebody who is on leave",
    );
    let at = moment(7, 4, 2);
    office.line(Log::Srv2, at, formats::ssh(at, "srv2", true, "ito", "192.168.10.77"));
    office.planted("closure.login-on-leave", "ito", "srv2", at, "logon by somebody who has left");
}

fn declared_off(office: &mut Office) {
    let at = moment(6, 3, 0);
    let text = "[DHCPD] LAN1(port3) Allocates 192.168.10.27: 00:a0:de:00:00:27";
    office.line(Log::Router, at, formats::rtx(at, text));
    office.line(
        Log::Firewall,
        at + 30,
        formats::traffic(at + 30, "192.168.10.27", "198.51.100.9", 443, 30_000, 90_000),
    );
    office.planted(
        "closure.host-declared-off-spoke",
        "",
        "pc-27",
        at,
        "a machine that is declared off talks",
    );
    // Before it was turned off.
    let at = moment(-1, 17, 50);
    office.line(
        Log::Firewall,
        at,
        formats::traffic(at, "192.168.10.28", "198.51.100.9", 443, 30_000, 90_000),
    );
    office.near_miss("closure.host-declared-off-spoke", "", "pc-28", at, "it talked before the closure");
}

fn carried_out(office: &mut Office) {
    // nb-29 is at mori's home; while its tunnel is open from there, it is in the office as well.
    let at = moment(3, 10, 0);
    office.line(Log::Firewall, at, formats::vpn(at, true, "mori", "203.0.113.29", "Japan"));
    let other = at + 20 * MINUTE;
    office.line(Log::Firewall, other, formats::vpn(other, true, "mori", "198.51.100.77", "Japan"));
    office.line(
        Log::Firewall,
        at + 2 * HOUR,
        formats::vpn(at + 2 * HOUR, false, "mori", "203.0.113.29", "Japan"),
    );
    office.line(
        Log::Firewall,
        at + 3 * HOUR,
        formats::vpn(at + 3 * HOUR, false, "mori", "198.51.100.77", "Japan"),
    );
    office.planted(
        "closure.carried-out-two-places",
        "mori",
        "nb-29",
        at,
        "one device from two places at once",
    );
}

fn new_country(office: &mut Office) {
    let at = moment(5, 15, 30);
    office.line(Log::Firewall, at, formats::vpn(at, true, "hayashi", "198.51.100.200", "Romania"));
    office.line(
        Log::Firewall,
        at + HOUR,
        formats::vpn(at + HOUR, false, "hayashi", "198.51.100.200", "Romania"),
    );
    office.planted("closure.vpn-new-origin", "hayashi", "fw1", at, "VPN from a country never seen before");
    // The one on duty, from a neighbouring address of the same network.
    let at = moment(4, 12, 0);
    office.line(Log::Firewall, at, formats::vpn(at, true, "tanaka", "203.0.113.40", "Japan"));
    office.line(Log::Firewall, at + HOUR, formats::vpn(at + HOUR, false, "tanaka", "203.0.113.40", "Japan"));
    office.near_miss("closure.vpn-new-origin", "tanaka", "fw1", at, "another address of the same network");
}

fn one_source(office: &mut Office) {
    let start = moment(1, 3, 10);
    for n in 0..80 {
        let at = start + n * 7;
        office.line(Log::Srv1, at, formats::ssh(at, "srv1", false, "webadmin", "198.51.100.66"));
    }
    let at = start + 80 * 7 + 5;
    office.line(Log::Srv1, at, formats::ssh(at, "srv1", true, "webadmin", "198.51.100.66"));
    office.planted(
        "closure.brute-force-success",
        "webadmin",
        "srv1",
        at,
        "many failures from one source, then a success",
    );
    // Somebody on duty mistypes three times.
    let at = moment(2, 9, 50);
    for n in 0..3 {
        office.line(
            Log::Srv2,
            at + n * 8,
            formats::ssh(at + n * 8, "srv2", false, "tanaka", "10.212.134.200"),
        );
    }
    office.line(Log::Srv2, at + 30, formats::ssh(at + 30, "srv2", true, "tanaka", "10.212.134.200"));
    office.near_miss("closure.brute-force-success", "tanaka", "srv2", at, "three typing mistakes");
}

fn many_sources(office: &mut Office) {
    let start = moment(6, 21, 0);
    for n in 0..60 {
        let at = start + n * 20;
        office.line(
            Log::Firewall,
            at,
            formats::vpn_failure(at, "kobayashi", &format!("198.51.100.{}", 100 + n), "Brazil"),
        );
    }
    let at = start + 60 * 20 + 10;
    office.line(Log::Firewall, at, formats::vpn(at, true, "kobayashi", "198.51.100.170", "Brazil"));
    office.planted(
        "closure.brute-force-success",
        "kobayashi",
        "fw1",
        at,
        "failures from many sources, then a success",
    );
}

fn spray(office: &mut Office) {
    let start = moment(8, 1, 0);
    for n in 0..40 {
        let at = start + n * 9;
        office.line(Log::Dc1, at, formats::logon_failure(at, &format!("user{n:02}"), 3, "192.168.10.99"));
    }
    let at = start + 40 * 9 + 4;
    office.line(Log::Dc1, at, formats::logon(at, "nakamura", 3, "192.168.10.99"));
    office.planted(
        "closure.brute-force-success",
        "nakamura",
        "dc1",
        at,
        "one source tries many accounts, then a success",
    );
}

fn administrators(office: &mut Office) {
    let at = moment(1, 3, 30);
    office.line(
        Log::Dc1,
        at,
        formats::security(
            at,
            4732,
            &[
                ("MemberName", "CN=helpdesk2,CN=Users,DC=office,DC=example"),
                ("MemberSid", "S-1-5-21-1-2-3-2201"),
                ("TargetUserName", "Administrators"),
                ("TargetDomainName", "Builtin"),
                ("TargetSid", "S-1-5-32-544"),
                ("SubjectUserName", "webadmin"),
                ("SubjectDomainName", "OFFICE"),
            ],
        ),
    );
    office.planted("closure.new-administrator", "webadmin", "dc1", at, "an account becomes an administrator");
    let at = moment(1, 3, 36);
    let text = "add 'backdoor' to group 'sudo'";
    office.line(Log::Srv1, at, formats::syslog(at, "srv1", "usermod[900]", text));
    office.planted("closure.new-administrator", "", "srv1", at, "an account joins the group sudo");
    let at = moment(-3, 11, 0);
    let text = "add 'takahashi' to group 'printers'";
    office.line(Log::Srv2, at, formats::syslog(at, "srv2", "usermod[901]", text));
    office.near_miss(
        "closure.new-administrator",
        "",
        "srv2",
        at,
        "a group without rights, before the closure",
    );
}

fn services(office: &mut Office) {
    let service = |at: i64, name: &str, path: &str| {
        let data = [
            ("ServiceName", name),
            ("ImagePath", path),
            ("ServiceType", "user mode service"),
            ("StartType", "auto start"),
            ("AccountName", "LocalSystem"),
        ];
        formats::windows(at, "System", "Service Control Manager", 7045, &data)
    };
    let at = moment(1, 3, 40);
    office.line(Log::Dc1, at, service(at, "WinHelpSvc", "C:\\\\Windows\\\\Temp\\\\h.exe"));
    office.planted("closure.new-service", "", "dc1", at, "a service is installed");
    let at = moment(-4, 14, 0);
    office.line(Log::Dc1, at, service(at, "PrinterSupport", "C:\\\\Program Files\\\\Printer\\\\p.exe"));
    office.near_miss("closure.new-service", "", "dc1", at, "a service that was installed before the closure");
}

fn tasks(office: &mut Office) {
    let at = moment(1, 3, 44);
    let data = [
        ("SubjectUserName", "webadmin"),
        ("SubjectDomainName", "OFFICE"),
        ("TaskName", "\\\\Updater"),
        ("TaskContent", "<Exec><Command>C:\\\\Windows\\\\Temp\\\\h.exe</Command></Exec>"),
    ];
    office.line(Log::Dc1, at, formats::security(at, 4698, &data));
    office.planted("closure.new-task", "webadmin", "dc1", at, "a scheduled task is made");
}

fn cleared(office: &mut Office) {
    let at = moment(1, 3, 58);
    let data = [("SubjectUserName", "webadmin"), ("SubjectDomainName", "OFFICE")];
    office.line(Log::Dc1, at, formats::windows(at, "Security", "Microsoft-Windows-Eventlog", 1102, &data));
    office.planted("closure.log-cleared", "webadmin", "dc1", at, "the security log is cleared");
}

fn protection(office: &mut Office) {
    let at = moment(1, 3, 50);
    let channel = "Microsoft-Windows-Windows Defender/Operational";
    let data = [("Product Name", "Microsoft Defender Antivirus")];
    office.line(
        Log::Dc1,
        at,
        formats::windows(at, channel, "Microsoft-Windows-Windows Defender", 5001, &data),
    );
    office.planted("closure.security-tool-stopped", "", "dc1", at, "real-time protection is turned off");
}

fn backups(office: &mut Office) {
    let process = |at: i64, command: &str| {
        let data = [
            ("SubjectUserName", "webadmin"),
            ("SubjectDomainName", "OFFICE"),
            ("NewProcessName", "C:\\\\Windows\\\\System32\\\\vssadmin.exe"),
            ("CommandLine", command),
            ("ParentProcessName", "C:\\\\Windows\\\\System32\\\\cmd.exe"),
        ];
        formats::security(at, 4688, &data)
    };
    let at = moment(1, 3, 55);
    office.line(Log::Dc1, at, process(at, "vssadmin delete shadows /all /quiet"));
    office.planted("closure.backup-destroyed", "webadmin", "dc1", at, "shadow copies are deleted");
    let at = moment(2, 2, 40);
    office.line(Log::Dc1, at, process(at, "vssadmin list shadows"));
    office.near_miss("closure.backup-destroyed", "webadmin", "dc1", at, "shadow copies are listed");
}

fn remote_management(office: &mut Office) {
    let at = moment(9, 0, 20);
    office.line(Log::Firewall, at, formats::admin_login(at, "admin", "198.51.100.44"));
    office.planted(
        "closure.remote-admin-from-outside",
        "admin",
        "fw1",
        at,
        "the firewall's administration from the internet",
    );
    let at = moment(2, 9, 30);
    office.line(Log::Firewall, at, formats::admin_login(at, "tanaka", "10.212.134.200"));
    office.near_miss(
        "closure.remote-admin-from-outside",
        "tanaka",
        "fw1",
        at,
        "the one on duty, from inside",
    );
}

fn volume(office: &mut Office) {
    for n in 0..6 {
        let at = moment(2, 1, 0) + n * 5 * MINUTE;
        office.line(
            Log::Firewall,
            at,
            formats::traffic(at, "192.168.10.12", "198.51.100.99", 443, 6_000_000_000, 20_000_000),
        );
    }
    office.planted(
        "closure.unusual-volume-out",
        "",
        "192.168.10.12",
        moment(2, 1, 0),
        "36 GB leave a server that sends little",
    );
    office.near_miss(
        "closure.unusual-volume-out",
        "",
        "192.168.10.5",
        moment(0, 3, 30),
        "the nightly backup, as every night",
    );
}

fn gap(office: &mut Office) {
    // The lines themselves are left out where the noise is written.
    office.planted("closure.log-gap", "", "rt1", moment(5, 1, 0), "the router's log is silent for six hours");
}

fn clock(office: &mut Office) {
    // The server's clock is put back by three hours for a while: what is written then carries an earlier time.
    for n in 0..30 {
        let at = moment(9, 4, 0) + n * 20;
        let shown = at - 3 * HOUR;
        office.line(Log::Srv2, at, formats::ssh(shown, "srv2", false, "root", "192.168.10.77"));
    }
    office.planted(
        "closure.clock-jumped",
        "",
        "srv2",
        moment(9, 4, 0),
        "log time runs backwards by three hours",
    );
}
