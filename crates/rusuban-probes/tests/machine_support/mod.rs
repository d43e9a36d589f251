//! What the tests of one machine's probes share: a tree of files that stands for a machine, and real programs that end
//! with the test.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use rusuban_probes::command::Program;
use rusuban_probes::host::Host;

/// A machine made of files in a temporary folder.
pub struct Tree(tempfile::TempDir);

impl Tree {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn host(&self) -> Host {
        Host::at(self.0.path())
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    fn place(&self, path: &str) -> PathBuf {
        let place = self.0.path().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        place
    }

    pub fn file(&self, path: &str, text: &str) -> PathBuf {
        let place = self.place(path);
        std::fs::write(&place, text).unwrap();
        place
    }

    pub fn folder(&self, path: &str) {
        std::fs::create_dir_all(self.place(path)).unwrap();
    }

    pub fn link(&self, path: &str, target: &str) {
        symlink(target, self.place(path)).unwrap();
    }

    /// A script that stands for a program which cannot run on a test machine.
    pub fn script(&self, path: &str, text: &str) -> Program {
        use std::os::unix::fs::PermissionsExt;
        let place = self.file(path, &format!("#!/bin/sh\n{text}"));
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
        Program::new(place.to_str().unwrap())
    }

    /// Hardware with this enclosure type.
    pub fn physical(&self, chassis: u8) {
        self.file("/proc/cpuinfo", "processor\t: 0\nmicrocode\t: 0xf4\nflags\t\t: fpu sse2\n");
        self.file("/sys/class/dmi/id/chassis_type", &format!("{chassis}\n"));
    }
}

/// A real program, started by a test and ended with it.
pub struct Daemon(Child);

impl Daemon {
    pub fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The path of a program that a test needs.
pub fn installed(name: &str) -> PathBuf {
    let path = Program::new(name).find();
    path.unwrap_or_else(|| panic!("{name} is not installed; run `cargo xtask test`, which installs it"))
}

/// What a program prints.
pub fn printed(program: &str, args: &[&str]) -> String {
    let output = Command::new(installed(program)).args(args).env("LC_ALL", "C.UTF-8").output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Asks again until the answer is there, at most 300 times in 30 seconds.
pub fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    for _ in 0..300 {
        if let Some(answer) = ask() {
            return answer;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{what} did not come about");
}
