//! Finds the process that holds a socket, by its inode number. Only root can look into all processes.

use std::collections::{HashMap, HashSet};

use procfs::process::{FDTarget, Process, all_processes_with_root};
use rusuban_core::world::exposure::Holder;

use crate::host::Host;
use crate::printable::printable;

/// Who holds which socket.
#[derive(Debug, Default)]
pub struct Holders {
    by_inode: HashMap<u64, (i64, String)>,
    /// Whether every process could be looked into.
    complete: bool,
}

impl Holders {
    /// Looks into every process for the sockets asked for.
    pub fn read(host: &Host, inodes: impl Iterator<Item = u64>) -> Self {
        let wanted: HashSet<u64> = inodes.collect();
        let Ok(processes) = all_processes_with_root(host.path("/proc")) else {
            return Self::default();
        };
        let mut holders = Self { by_inode: HashMap::new(), complete: true };
        // A process may end while it is looked at; one that has ended holds nothing.
        for process in processes.flatten() {
            holders.look_into(&process, &wanted);
        }
        holders
    }

    fn look_into(&mut self, process: &Process, wanted: &HashSet<u64>) {
        let descriptors = match process.fd() {
            Ok(descriptors) => descriptors,
            Err(procfs::ProcError::PermissionDenied(_)) => {
                self.complete = false;
                return;
            }
            Err(_) => return,
        };
        let mut name: Option<String> = None;
        for descriptor in descriptors {
            let descriptor = match descriptor {
                Ok(descriptor) => descriptor,
                Err(procfs::ProcError::PermissionDenied(_)) => {
                    self.complete = false;
                    continue;
                }
                // Closed while it was looked at.
                Err(_) => continue,
            };
            let FDTarget::Socket(inode) = descriptor.target else { continue };
            if !wanted.contains(&inode) {
                continue;
            }
            let name = name.get_or_insert_with(|| {
                process.stat().map_or_else(|_| "?".to_owned(), |stat| printable(&stat.comm))
            });
            let pid = i64::from(process.pid());
            let held = self.by_inode.entry(inode).or_insert_with(|| (pid, name.clone()));
            // Of several that share it, the first to start is mostly the service itself.
            if pid < held.0 {
                *held = (pid, name.clone());
            }
        }
    }

    /// Who holds a socket.
    pub fn of(&self, inode: u64) -> Holder {
        match self.by_inode.get(&inode) {
            Some((pid, name)) => Holder::Process { name: name.clone(), pid: *pid },
            None if self.complete => Holder::NoProcess,
            None => Holder::Hidden,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_socket_of_this_process_is_held_by_it() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&listener);
        let inode = std::fs::metadata(format!("/proc/self/fd/{fd}")).unwrap().ino();
        let holders = Holders::read(&Host::default(), std::iter::once(inode));
        let Holder::Process { pid, .. } = holders.of(inode) else { panic!("{holders:?}") };
        assert_eq!(pid, i64::from(std::process::id()));
    }

    #[test]
    fn a_name_that_a_process_gave_itself_steers_no_terminal() {
        let own = "/proc/self/comm";
        let before = std::fs::read(own).unwrap();
        std::fs::write(own, "x\u{1b}[2J\u{202e}").unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let fd = std::os::fd::AsRawFd::as_raw_fd(&listener);
        let inode = std::fs::metadata(format!("/proc/self/fd/{fd}")).unwrap().ino();
        let holders = Holders::read(&Host::default(), std::iter::once(inode));
        std::fs::write(own, before).unwrap();
        let Holder::Process { name, .. } = holders.of(inode) else { panic!("{holders:?}") };
        assert_eq!(name, "x\u{fffd}[2J\u{fffd}");
    }

    #[test]
    fn without_processes_to_look_into_holders_are_hidden() {
        let root = tempfile::tempdir().unwrap();
        let holders = Holders::read(&Host::at(root.path()), std::iter::once(1));
        assert_eq!(holders.of(1), Holder::Hidden);
    }
}
