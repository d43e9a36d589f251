//! A house of its own for a test: network, processes, /tmp and /run that nobody else sees, and that are gone when the test
//! ends, however it ends. Servers can take their real ports there.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use rusuban_core::model::policy::Transport;
use rusuban_core::world::Port;
use rusuban_core::world::exposure::service::Service;
use rusuban_core::world::exposure::{Answer, ExposureFacts, Listener};
use rusuban_probes::exposure::ExposureProbe;

/// Set inside the house.
const INSIDE: &str = "RUSUBAN_TEST_HOUSE";

/// Where programs are looked for.
const PROGRAMS: [&str; 6] =
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/lib/postgresql/15/bin", "/usr/local/sbin"];

/// The address of the house in its own network (RFC 5737).
pub const ADDRESS: &str = "192.0.2.10";

/// The house, seen from inside.
pub struct House {
    /// A folder for the test's files.
    pub dir: PathBuf,
}

/// Runs a test in a house of its own. `module` is `module_path!()`, `name` the test's name.
pub fn alone(module: &str, name: &str, body: impl FnOnce(&House)) {
    if std::env::var_os(INSIDE).is_some() {
        let house = House::furnish();
        body(&house);
        return;
    }
    let exe = std::env::current_exe().unwrap();
    let test = format!("{}::{name}", module.split_once("::").unwrap().1);
    let mut command = Command::new(program("unshare"));
    if !is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--net", "--pid", "--fork", "--kill-child", "--mount-proc"]).arg(exe);
    command.args(["--exact", &test, "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said =
        format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    // That the name was found is part of the proof: running no test is no failure to the test runner.
    assert!(output.status.success() && said.contains("1 passed"), "{test} in its own house:\n{said}");
}

/// Whether this is root.
pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

/// The place of a program.
pub fn program(name: &str) -> PathBuf {
    PROGRAMS
        .iter()
        .map(|dir| Path::new(dir).join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed: run `cargo xtask test`, which installs it"))
}

/// Runs a program to its end.
pub fn run(name: &str, args: &[&str]) {
    let output = Command::new(program(name)).args(args).stdin(Stdio::null()).output().unwrap();
    assert!(
        output.status.success(),
        "{name} {args:?}: {} {}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

impl House {
    fn furnish() -> Self {
        for place in ["/tmp", "/run", "/var/log"] {
            run("mount", &["-t", "tmpfs", "tmpfs", place]);
        }
        run("ip", &["link", "set", "lo", "up"]);
        run("ip", &["link", "add", "house0", "type", "veth", "peer", "name", "house1"]);
        // Addresses are to be usable at once, without asking the link for duplicates first.
        for end in ["house0", "house1"] {
            run("ip", &["link", "set", end, "addrgenmode", "none"]);
        }
        run("ip", &["addr", "add", "192.0.2.10/24", "dev", "house0"]);
        run("ip", &["addr", "add", "2001:db8::10/64", "dev", "house0", "nodad"]);
        run("ip", &["addr", "add", "fe80::10/64", "dev", "house0", "nodad"]);
        run("ip", &["link", "set", "house1", "up"]);
        run("ip", &["link", "set", "house0", "up"]);
        let dir = PathBuf::from("/tmp/house");
        fs::create_dir(&dir).unwrap();
        open_to_all(&dir);
        Self { dir }
    }

    /// A file of the test.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// A folder of the test.
    pub fn folder(&self, name: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        open_to_all(Path::new(&path));
        path
    }

    /// A place in the folder of the test.
    pub fn path(&self, name: &str) -> String {
        self.dir.join(name).to_str().unwrap().to_owned()
    }

    /// Starts a server; it ends with the value.
    pub fn start(&self, name: &str, args: &[&str]) -> Running {
        let log = self.path(&format!("{name}.out"));
        let out = fs::File::options().create(true).append(true).open(&log).unwrap();
        let child = Command::new(program(name))
            .args(args)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out)
            // Samba ends its whole process group when it is asked to end.
            .process_group(0)
            .spawn()
            .unwrap();
        Running { name: name.to_owned(), child, log }
    }
}

/// Looks at the machine that this is. Only ever called inside a house: nowhere else may a test connect to what is there.
pub fn look(extra_ports: &[u16]) -> ExposureFacts {
    assert!(std::env::var_os(INSIDE).is_some(), "not in a house");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let probe = ExposureProbe { extra_ports: extra_ports.to_vec(), ..ExposureProbe::default() };
    runtime.block_on(probe.look()).unwrap()
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
}

/// Waits until something is so.
pub fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..1200 {
        if is_so() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("waited in vain for {what}");
}

/// A server that runs until this is dropped.
pub struct Running {
    name: String,
    child: Child,
    log: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Running {
    /// Waits until its TCP port takes connections.
    pub fn on_tcp(self, port: u16) -> Self {
        self.at(&format!("{ADDRESS}:{port}"))
    }

    /// The same at another address.
    pub fn at(mut self, address: &str) -> Self {
        let socket: SocketAddr = address.parse().unwrap();
        self.wait_for(address, || TcpStream::connect(socket).is_ok());
        self
    }

    /// Waits until it holds its UDP port.
    pub fn on_udp(mut self, port: u16) -> Self {
        self.wait_for(&format!("udp/{port}"), || {
            ["/proc/net/udp", "/proc/net/udp6"].iter().any(|table| {
                let text = fs::read_to_string(table).unwrap();
                text.lines().any(|line| {
                    line.split_whitespace().nth(1).is_some_and(|a| a.ends_with(&format!(":{port:04X}")))
                })
            })
        });
        self
    }

    fn wait_for(&mut self, what: &str, ready: impl Fn() -> bool) {
        let what = format!("{} on {what}", self.name);
        let (child, log) = (&mut self.child, &self.log);
        wait(&what, || {
            if let Ok(Some(status)) = child.try_wait() {
                panic!("{what} ended with {status}: {}", fs::read_to_string(log).unwrap_or_default());
            }
            ready()
        });
    }

    /// Asks it to end, as a service manager would, and waits for it.
    pub fn stop(mut self) {
        run("kill", &["-TERM", &self.child.id().to_string()]);
        self.child.wait().unwrap();
    }
}

/// What answers on a port, as the facts have it for the house's IPv4 address.
pub fn answer(facts: &ExposureFacts, transport: Transport, port: u16) -> &Answer {
    let address: std::net::IpAddr = ADDRESS.parse().unwrap();
    facts
        .answers
        .iter()
        .find(|answer| {
            answer.transport == transport && answer.port == port && answer.addresses.contains(&address)
        })
        .unwrap_or_else(|| panic!("no answer on {port}: {facts:#?}"))
}

/// The protocol that confirmed itself on a TCP port.
pub fn tcp(facts: &ExposureFacts, port: u16) -> Service {
    service(answer(facts, Transport::Tcp, port))
}

/// The protocol that confirmed itself on a UDP port.
pub fn udp(facts: &ExposureFacts, port: u16) -> Service {
    service(answer(facts, Transport::Udp, port))
}

fn service(answer: &Answer) -> Service {
    answer.heard.service().unwrap_or_else(|| panic!("not named: {answer:#?}")).clone()
}

/// The sockets that wait on a port.
pub fn listeners(facts: &ExposureFacts, transport: Transport, port: u16) -> Vec<&Listener> {
    facts.listeners.iter().filter(|l| l.transport == transport && l.port == port).collect()
}
