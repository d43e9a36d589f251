//! A file system tree in a temporary folder, filled by the system's own programs.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rusuban_probes::host::Host;

/// Runs a program of the system; it must be there and succeed.
pub fn run(program: &str, args: &[&str], input: &str) -> String {
    let child = Command::new(program)
        .args(args)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap_or_else(|error| {
        panic!("{program} does not start ({error}); run `cargo xtask test`, which installs it")
    });
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The tree of a machine.
pub struct Tree {
    dir: tempfile::TempDir,
}

impl Tree {
    /// A machine with root alone.
    pub fn new() -> Self {
        let tree = Self { dir: tempfile::tempdir().unwrap() };
        tree.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
        tree.write("etc/shadow", "root:*:20228:0:99999:7:::\n");
        tree.write("etc/group", "root:x:0:\nshadow:x:42:\nsudo:x:27:\n");
        tree.write("etc/gshadow", "");
        tree.write("etc/login.defs", "UID_MIN 1000\nUID_MAX 60000\nUSERGROUPS_ENAB yes\n");
        tree.write("etc/nsswitch.conf", "passwd: files systemd\nsudoers: files\n");
        tree
    }

    /// Writes a file.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Adds a line to a file.
    pub fn append(&self, path: &str, line: &str) {
        let mut file = std::fs::OpenOptions::new().append(true).open(self.path(path)).unwrap();
        writeln!(file, "{line}").unwrap();
    }

    /// The real place of a path.
    pub fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    /// The root as text.
    pub fn root(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }

    /// An account with a password hash, or without one where it is empty.
    pub fn account(&self, name: &str, hash: &str) {
        self.append("etc/passwd", &format!("{name}:x:1000:1000::/home/{name}:/bin/bash"));
        self.append("etc/shadow", &format!("{name}:{hash}:20228:0:99999:7:::"));
    }

    /// The machine.
    pub fn host(&self) -> Host {
        Host::at(self.dir.path())
    }
}
