//! What the tests need of the machine, and installing it on Debian and Ubuntu.
//!
//! Only what is missing is installed, so that a second run is quick and needs no network. It must not know how the tests
//! are run.

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail, ensure};

use crate::process::{output, run, succeeds};

/// Something that tests need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Need {
    /// Names of the package, best first: Debian and Ubuntu differ in some.
    packages: &'static [&'static str],
    /// A program that shows that it is there, whichever package it came from; none where there is no single one.
    program: Option<&'static str>,
    /// Which tests need it.
    tests: &'static str,
}

const fn package(name: &'static [&'static str], tests: &'static str) -> Need {
    Need { packages: name, program: None, tests }
}

const fn program(name: &'static [&'static str], program: &'static str, tests: &'static str) -> Need {
    Need { packages: name, program: Some(program), tests }
}

/// Everything that tests need. A new need is one line.
const NEEDS: &[Need] = &[
    package(&["borgbackup"], "backups: repositories of BorgBackup"),
    package(&["chrony"], "clock: a real time daemon on loopback"),
    package(&["clamav"], "definitions: sigtool, and clamscan with definitions of our own"),
    package(&["clamav-daemon"], "definitions: the daemon on a socket"),
    package(&["clamdscan"], "definitions: the daemon's own client"),
    program(&["chromium", "chromium-browser"], "chromium", "browser: the report as people see it"),
    package(&["createrepo-c"], "packages: a dnf repository made on the spot"),
    program(&["dnf"], "dnf", "packages: what dnf says of updates"),
    package(&["dbus"], "firmware: a bus of its own for fwupd"),
    package(&["ethtool"], "auto-start: wake-on-LAN of interfaces"),
    package(&["fwupd"], "firmware: a daemon with a test device"),
    package(&["fonts-noto-cjk"], "browser: Japanese glyphs"),
    package(&["inetutils-telnetd"], "exposure: Telnet answers for real"),
    package(&["iproute2"], "exposure: network namespaces and listening sockets"),
    package(&["john"], "password audit: hashes judged by another program"),
    package(&["libreoffice-calc"], "inventory: a workbook saved by another program"),
    package(&["mariadb-server-core", "mariadb-server-core-10.6"], "exposure: MySQL's greeting"),
    package(&["memcached"], "exposure: a cache without a password"),
    package(&["nftables"], "exposure: filtered ports, and a count of what leaves"),
    package(&["nginx-light"], "exposure: HTTP and HTTPS answer for real"),
    program(&["nodejs"], "node", "browser: the driver of the browser"),
    program(&["npm"], "npm", "browser: the driver's packages"),
    package(&["openssh-server"], "exposure: SSH answers for real"),
    program(&["openssl"], "openssl", "exposure: certificates for services that speak TLS"),
    package(&["login"], "accounts: lastlog writes real login records"),
    package(&["openipmi"], "exposure: a management controller answers"),
    package(&["openssh-client"], "accounts: a real login over SSH"),
    package(&["passwd"], "accounts: useradd and usermod write real account files"),
    package(&["postgresql"], "store: PostgreSQL in a directory of its own"),
    program(
        &["python3"],
        "python3",
        "exposure: servers that are slow, silent or lying; report: second opinions",
    ),
    package(&["procps"], "store: kill takes the program at any instant"),
    package(&["python3-openpyxl"], "inventory: a workbook edited by another program"),
    package(&["redis-server"], "exposure: a database without a password"),
    package(&["restic"], "backups: repositories of restic"),
    package(&["rpcbind"], "exposure: the portmapper answers"),
    package(&["rpm"], "packages: a small rpm for the repository made on the spot"),
    package(&["rsync"], "exposure: a file service answers"),
    package(&["samba"], "exposure: SMB and NetBIOS answer for real"),
    package(&["slapd"], "exposure: a directory answers"),
    package(&["snmpd"], "exposure: the default community of SNMP"),
    package(&["sqlite3"], "store: the database read by another program"),
    package(&["sudo"], "accounts: cvtsudoers reads the same rules"),
    package(&["systemd"], "auto-start: systemctl reads the same unit files"),
    package(&["systemd-journal-remote"], "accounts: a journal written by systemd"),
    package(&["tigervnc-standalone-server"], "exposure: VNC answers for real"),
    package(&["unbound"], "exposure: DNS answers for real"),
    package(&["util-linux"], "accounts: utmpdump writes login records; store: a disk of its own"),
    package(&["vsftpd"], "exposure: FTP answers for real"),
    package(&["whois"], "password audit: mkpasswd makes hashes of every scheme"),
    package(&["xrdp"], "exposure: RDP answers for real"),
    package(&["zypper"], "packages: what zypper says of updates"),
];

/// Installs what is missing.
pub(crate) fn install() -> anyhow::Result<()> {
    if !succeeds("dpkg-query", &["--version"]) {
        let names: Vec<&str> = NEEDS.iter().filter_map(|need| need.packages.first().copied()).collect();
        println!("xtask: this is neither Debian nor Ubuntu; the tests need: {}", names.join(" "));
        return Ok(());
    }
    let installed = installed()?;
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_met(&installed)).collect();
    if missing.is_empty() {
        println!("xtask: every package that the tests need is installed");
        return Ok(());
    }
    for need in &missing {
        println!("xtask: missing: {} ({})", need.packages.join(" or "), need.tests);
    }
    let first_names: Vec<&str> = missing.iter().filter_map(|need| need.packages.first().copied()).collect();
    let apt = Apt::of_this_user().with_context(|| {
        format!("as root, run: apt-get install --no-install-recommends {}", first_names.join(" "))
    })?;
    ensure!(apt.run(&["update"])?, "`apt-get update` failed");
    let names: Vec<&str> = missing.iter().filter_map(|need| need.available()).collect();
    let mut arguments = vec!["install", "-y", "--no-install-recommends"];
    arguments.extend(names);
    ensure!(apt.run(&arguments)?, "`apt-get install` failed");
    Ok(())
}

impl Need {
    fn is_met(&self, installed: &[String]) -> bool {
        let has_package = self.packages.iter().any(|name| installed.iter().any(|other| other == name));
        has_package || self.program.is_some_and(is_on_path)
    }

    /// The first of its packages that this system's lists hold; the best known where none does, for apt to say so.
    fn available(&self) -> Option<&'static str> {
        let mut names = self.packages.iter().copied();
        names
            .find(|name| succeeds("apt-cache", &["show", "--no-all-versions", name]))
            .or(self.packages.first().copied())
    }
}

/// Names of the packages that are installed and configured.
fn installed() -> anyhow::Result<Vec<String>> {
    let list = output(Command::new("dpkg-query").args(["-W", "-f", "${db:Status-Status} ${Package}\n"]))?;
    Ok(list.lines().filter_map(|line| line.strip_prefix("installed ")).map(str::to_owned).collect())
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Whether this process is root's.
pub(crate) fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|metadata| metadata.uid() == 0)
}

/// apt-get, as root.
struct Apt {
    sudo: Option<&'static [&'static str]>,
}

impl Apt {
    fn of_this_user() -> anyhow::Result<Self> {
        if is_root() {
            return Ok(Self { sudo: None });
        }
        if !is_on_path("sudo") {
            bail!("packages are missing, and this user is neither root nor has sudo");
        }
        // Without a terminal nobody can type a password.
        let sudo: &'static [&'static str] =
            if std::io::stdin().is_terminal() { &["sudo"] } else { &["sudo", "-n"] };
        Ok(Self { sudo: Some(sudo) })
    }

    fn run(&self, arguments: &[&str]) -> anyhow::Result<bool> {
        // sudo clears the environment, so it is set behind it.
        let quiet =
            ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"];
        let words: Vec<&str> = self
            .sudo
            .unwrap_or_default()
            .iter()
            .copied()
            .chain(quiet)
            .chain(arguments.iter().copied())
            .collect();
        let (program, arguments) = words.split_first().context("the command has a program")?;
        run(Command::new(program).args(arguments))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_need_is_met_by_any_of_its_packages_or_its_program() {
        let installed = ["chromium-browser".to_owned()];
        assert!(package(&["chromium", "chromium-browser"], "").is_met(&installed));
        assert!(!package(&["chromium"], "").is_met(&installed));
        assert!(program(&["no-such-package"], "sh", "").is_met(&installed));
        assert!(!program(&["no-such-package"], "no-such-program", "").is_met(&installed));
    }

    #[test]
    fn every_need_stands_once() {
        let mut names: Vec<&str> = NEEDS.iter().filter_map(|need| need.packages.first().copied()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NEEDS.len());
    }
}
