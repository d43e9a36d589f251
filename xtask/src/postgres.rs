//! A PostgreSQL for the tests alone: in a directory of its own, on a free port of loopback, gone when the tests end.
//!
//! Nothing that it holds is kept, so it never waits for a disk. It must not know what the tests store.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::packages::is_root;
use crate::process::{output, succeeds};

/// How long starting and stopping may take each.
const PATIENCE: Duration = Duration::from_mins(1);
/// The account of the system that PostgreSQL runs as where this process is root: it refuses root itself.
const ACCOUNT: &str = "postgres";

/// Start of the directory's name; the number of the process that made it follows.
const DIRECTORY: &str = "rusuban-test-postgres-";

/// A running server; dropping it stops it and removes what it stored.
pub(crate) struct Postgres {
    server: Child,
    dir: PathBuf,
    port: u16,
}

impl Postgres {
    /// Makes and starts a server.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs = programs()?;
        remove_leftovers();
        let dir = std::env::temp_dir().join(format!("{DIRECTORY}{}", std::process::id()));
        fs::create_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        let server = Self::start_in(&dir, &programs);
        if server.is_err() {
            // Otherwise dropping the server removes it.
            let _ = fs::remove_dir_all(&dir);
        }
        server
    }

    fn start_in(dir: &Path, programs: &Path) -> anyhow::Result<Self> {
        if is_root() {
            let (user, group) = (id("-u")?, id("-g")?);
            std::os::unix::fs::chown(dir, Some(user), Some(group))?;
        }
        let data = dir.join("data");
        let mut initdb = as_account(&programs.join("initdb"));
        initdb.args(["--username=rusuban", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        output(initdb.arg("-D").arg(&data)).context("cannot make a database cluster")?;

        let port = free_port()?;
        let log = dir.join("log");
        let server = server(programs, &data, port, &log)?;
        let mut postgres = Self { server, dir: dir.to_owned(), port };
        postgres.wait_until_ready(programs, &log)?;
        Ok(postgres)
    }

    /// URL of the server, as a user who may do everything.
    pub(crate) fn url(&self) -> String {
        format!("postgresql://rusuban@127.0.0.1:{}/postgres", self.port)
    }

    fn wait_until_ready(&mut self, programs: &Path, log: &Path) -> anyhow::Result<()> {
        let is_ready = programs.join("pg_isready");
        let port = self.port.to_string();
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if let Some(status) = self.server.try_wait()? {
                bail!("PostgreSQL ended with {status}: {}", fs::read_to_string(log).unwrap_or_default());
            }
            if succeeds(&is_ready.to_string_lossy(), &["-q", "-h", "127.0.0.1", "-p", &port, "-U", "rusuban"])
            {
                return Ok(());
            }
            sleep(Duration::from_millis(100));
        }
        bail!("PostgreSQL is not ready after {PATIENCE:?}: {}", fs::read_to_string(log).unwrap_or_default())
    }

    fn stop(&mut self) -> io::Result<()> {
        // A fast shutdown: open connections are cut.
        succeeds("kill", &["-INT", &self.server.id().to_string()]);
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            if self.server.try_wait()?.is_some() {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        self.server.kill()?;
        self.server.wait().map(|_| ())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let stopped = self.stop().and_then(|()| fs::remove_dir_all(&self.dir));
        if let Err(error) = stopped {
            eprintln!("xtask: PostgreSQL in {} is left behind: {error}", self.dir.display());
        }
    }
}

fn server(programs: &Path, data: &Path, port: u16, log: &Path) -> anyhow::Result<Child> {
    let mut server = as_account(&programs.join("postgres"));
    server.arg("-D").arg(data).args(["-h", "127.0.0.1", "-p", &port.to_string(), "-k", ""]);
    for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"] {
        server.args(["-c", setting]);
    }
    let log = fs::File::create(log)?;
    server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    server.spawn().context("cannot run setpriv (package util-linux)")
}

/// A program that runs as PostgreSQL's account, and is told to stop when this process dies, however it dies.
fn as_account(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.arg(format!("--reuid={ACCOUNT}")).arg(format!("--regid={ACCOUNT}")).arg("--init-groups");
    }
    // The directory of whoever started this may be closed to that account.
    command.args(["--pdeathsig", "INT", "--"]).arg(program).current_dir("/");
    command
}

/// A number of PostgreSQL's account.
fn id(option: &str) -> anyhow::Result<u32> {
    let number = output(Command::new("id").args([option, ACCOUNT]))?;
    number.trim().parse().with_context(|| format!("id {option} {ACCOUNT}: {number}"))
}

/// The newest version's programs: Debian keeps them out of PATH.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let newest = versions
        .filter_map(Result::ok)
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("postgres").is_file())
        .max();
    let (_, bin) = newest.context("PostgreSQL's server is not installed")?;
    ensure!(bin.join("initdb").is_file(), "{} has no initdb", bin.display());
    Ok(bin)
}

/// Removes the directories of processes that were killed before they could: their servers stopped with them.
fn remove_leftovers() {
    let entries = fs::read_dir(std::env::temp_dir()).into_iter().flatten().filter_map(Result::ok);
    for entry in entries {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(DIRECTORY)?.parse::<u32>().ok());
        if process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists()) {
            // Another user's cannot be removed, and need not be.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_runs_and_leaves_nothing_behind() {
        let postgres = Postgres::start().expect("run `cargo xtask test`, which installs PostgreSQL");
        let (dir, url, pid) = (postgres.dir.clone(), postgres.url(), postgres.server.id());
        let psql = output(Command::new("psql").args([&url, "-tAc", "show server_encoding"])).unwrap();
        assert_eq!(psql.trim(), "UTF8");
        drop(postgres);
        assert!(!dir.exists());
        assert!(!succeeds("kill", &["-0", &pid.to_string()]), "the server still runs");
    }
}
