//! Finds the systemd timers that wake the machine: in the unit files, and in the running service manager.
//!
//! Unit files are read in systemd's own order of precedence (systemd.unit(5)): the first folder that names a unit
//! decides it, a link to `/dev/null` or an empty file there masks it, and drop-ins of all folders add to it. Timers
//! of users' own service managers are left out: these lack the right to wake the machine.

use std::collections::{BTreeMap, BTreeSet};

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::auto_start::{Manager, WakeTimer, WakeTimers};

use super::units;
use crate::command::Program;
use crate::host::Host;
use crate::printable::printable;
use crate::sysfs;

/// Folders of system units, the first decides.
const FOLDERS: [&str; 13] = [
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
];

/// Looks for timers that wake the machine.
pub(super) async fn look(host: &Host, systemctl: &Program) -> Result<WakeTimers, Unknown> {
    let index = Index::read(host)?;
    let units: BTreeSet<String> = index.startable();
    let mut wake = Vec::new();
    for unit in &units {
        wake.extend(index.wake_timer(host, unit)?);
    }
    // systemd always brings a timer that cleans temporary files.
    let has_systemd =
        ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].iter().any(|p| sysfs::exists(host, p));
    if has_systemd && units.is_empty() {
        return Err(no_timer("/usr/lib/systemd/system"));
    }
    let manager = ask_manager(host, systemctl, &mut wake).await;
    for timer in &mut wake {
        timer.unit = printable(&timer.unit);
        timer.path = printable(&timer.path);
        for schedule in &mut timer.schedule {
            *schedule = printable(schedule);
        }
    }
    wake.sort();
    Ok(WakeTimers {
        units_read: i64::try_from(units.len()).unwrap_or(i64::MAX),
        manager: manager.into(),
        wake,
    })
}

/// What a unit's name stands for.
enum Entry {
    File(String),
    Alias(String),
    Masked,
}

/// All timer units by name, and those that another unit wants.
struct Index {
    entries: BTreeMap<String, Entry>,
    wanted: BTreeSet<String>,
    /// Every folder of drop-ins that exists, by its own name, in order of precedence.
    drop_ins: BTreeMap<String, Vec<String>>,
}

impl Index {
    fn read(host: &Host) -> Result<Self, Unknown> {
        let mut index = Self { entries: BTreeMap::new(), wanted: BTreeSet::new(), drop_ins: BTreeMap::new() };
        for folder in FOLDERS {
            for name in sysfs::names(host, folder)?.unwrap_or_default() {
                let path = format!("{folder}/{name}");
                if is_timer(&name) {
                    if !index.entries.contains_key(&name) {
                        index.entries.insert(name.clone(), entry(host, &name, &path)?);
                    }
                } else if [".wants", ".requires", ".upholds"].iter().any(|end| name.ends_with(end)) {
                    let wanted = sysfs::names(host, &path)?.unwrap_or_default();
                    index.wanted.extend(wanted.into_iter().filter(|unit| is_timer(unit)));
                } else if name == "timer.d" || name.ends_with(".timer.d") {
                    index.drop_ins.entry(name).or_default().push(path);
                }
            }
        }
        index.wanted = index.wanted.iter().map(|unit| index.real_name(unit)).collect();
        Ok(index)
    }

    fn real_name(&self, unit: &str) -> String {
        let mut name = unit.to_owned();
        // A chain of aliases longer than this is a ring.
        for _ in 0..8 {
            match self.entries.get(&name) {
                Some(Entry::Alias(target)) => target.clone_into(&mut name),
                _ => break,
            }
        }
        name
    }

    /// Units that can start: those with a file of their own, and wanted instances of templates.
    fn startable(&self) -> BTreeSet<String> {
        let with_file = self.entries.iter().filter(|(_, entry)| matches!(entry, Entry::File(_)));
        let own = with_file.map(|(name, _)| name.clone());
        let instances = self.wanted.iter().filter(|unit| {
            !self.entries.contains_key(*unit)
                && units::template_of(unit).is_some_and(|t| self.path(&t).is_some())
        });
        own.chain(instances.cloned()).collect()
    }

    fn path(&self, unit: &str) -> Option<&str> {
        match self.entries.get(unit) {
            Some(Entry::File(path)) => Some(path),
            _ => None,
        }
    }

    /// The unit as a timer that wakes the machine; none where it does not.
    fn wake_timer(&self, host: &Host, unit: &str) -> Result<Option<WakeTimer>, Unknown> {
        let path = self.path(unit).map(str::to_owned);
        let path = path.or_else(|| units::template_of(unit).and_then(|t| self.path(&t).map(str::to_owned)));
        let Some(path) = path else { return Ok(None) };
        let mut texts = vec![host.read_text(&path)?.unwrap_or_default()];
        for drop_in in self.drop_ins_of(host, unit)? {
            texts.push(host.read_text(&drop_in)?.unwrap_or_default());
        }
        let settings = units::timer_settings(texts.iter().map(String::as_str));
        Ok(settings.wake_system.then(|| WakeTimer {
            unit: unit.to_owned(),
            path,
            enabled: self.wanted.contains(unit),
            active: None,
            schedule: settings.schedule,
        }))
    }

    /// Paths of the drop-ins of a unit in the order in which they are read: by file name, whatever the folder.
    fn drop_ins_of(&self, host: &Host, unit: &str) -> Result<Vec<String>, Unknown> {
        let mut by_name: BTreeMap<String, String> = BTreeMap::new();
        for folder in units::drop_in_folders(unit) {
            for path in self.drop_ins.get(&folder).into_iter().flatten() {
                for file in sysfs::names(host, path)?.unwrap_or_default() {
                    if std::path::Path::new(&file).extension().is_some_and(|end| end == "conf") {
                        by_name.entry(file.clone()).or_insert_with(|| format!("{path}/{file}"));
                    }
                }
            }
        }
        let mut paths = Vec::new();
        for path in by_name.into_values() {
            if let Some(real) = follow(host, &path) {
                paths.push(real);
            }
        }
        Ok(paths)
    }
}

fn is_timer(name: &str) -> bool {
    name.strip_suffix(".timer").is_some_and(|stem| !stem.is_empty())
}

/// What the first file of a name makes of it.
fn entry(host: &Host, name: &str, path: &str) -> Result<Entry, Unknown> {
    if let Some(target) = sysfs::link_target(host, path) {
        let file = target.rsplit('/').next().unwrap_or_default();
        if target != "/dev/null" && is_timer(file) && file != name {
            return Ok(Entry::Alias(file.to_owned()));
        }
    }
    let Some(real) = follow(host, path) else { return Ok(Entry::Masked) };
    match host.read(&real)? {
        Some(bytes) if bytes.is_empty() => Ok(Entry::Masked),
        _ => Ok(Entry::File(real)),
    }
}

/// Follows links within the machine's own file system. None where they end in `/dev/null`, or nowhere.
fn follow(host: &Host, path: &str) -> Option<String> {
    let mut path = path.to_owned();
    for _ in 0..8 {
        match sysfs::link_target(host, &path) {
            Some(target) if target == "/dev/null" => return None,
            Some(target) => path = target,
            None => return Some(path),
        }
    }
    None
}

/// Asks the running service manager, and adds what it knows to what the files say.
async fn ask_manager(
    host: &Host,
    systemctl: &Program,
    wake: &mut Vec<WakeTimer>,
) -> Result<Manager, Unknown> {
    // sd_booted(3)
    if !sysfs::exists(host, "/run/systemd/system") {
        return Ok(Manager::NotRunning);
    }
    let properties = "--property=Id,WakeSystem,ActiveState";
    let output = systemctl.clone().args(["show", "--no-pager", properties, "*.timer"]).run().await?;
    if output.status != Some(0) {
        return Err(systemctl.failed(&output.complaint()));
    }
    let loaded = loaded_timers(&output.text());
    if loaded.is_empty() {
        return Err(no_timer("systemctl"));
    }
    for timer in wake.iter_mut() {
        timer.active = Some(loaded.iter().any(|other| other.unit == timer.unit && other.active));
    }
    for timer in loaded.iter().filter(|timer| timer.wake_system) {
        if !wake.iter().any(|known| known.unit == timer.unit) {
            wake.push(WakeTimer {
                unit: timer.unit.clone(),
                path: String::new(),
                enabled: false,
                active: Some(timer.active),
                schedule: Vec::new(),
            });
        }
    }
    Ok(Manager::Running { timers: i64::try_from(loaded.len()).unwrap_or(i64::MAX) })
}

/// A timer as the service manager has loaded it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Loaded {
    unit: String,
    wake_system: bool,
    active: bool,
}

/// Reads `systemctl show`: properties by line, units apart by an empty line.
fn loaded_timers(text: &str) -> Vec<Loaded> {
    let mut timers = Vec::new();
    let mut unit = Loaded { unit: String::new(), wake_system: false, active: false };
    for line in text.lines().chain([""]) {
        match line.trim_end().split_once('=') {
            Some(("Id", value)) => value.clone_into(&mut unit.unit),
            Some(("WakeSystem", value)) => unit.wake_system = value == "yes",
            Some(("ActiveState", value)) => unit.active = value == "active",
            Some(_) => {}
            None => {
                if is_timer(&unit.unit) {
                    timers.push(unit);
                }
                unit = Loaded { unit: String::new(), wake_system: false, active: false };
            }
        }
    }
    timers
}

fn no_timer(item: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        item,
        Text::new(
            "systemd のタイマーが1つも見つからないため、見落としがあるかもしれません",
            "not a single systemd timer was found, so some may have been missed",
        ),
        Text::new(
            "`systemctl list-timers --all` で確かめてください",
            "look with `systemctl list-timers --all`",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As systemd 252 prints it; a machine without an alarm clock leaves the waking timer failed.
    const SHOW: &str = "NextElapseUSecRealtime=\nWakeSystem=yes\nId=wake.timer\nActiveState=failed\n\n\
        NextElapseUSecRealtime=Wed 2026-11-25 00:00:00 UTC\nWakeSystem=no\nId=plain.timer\nActiveState=active\n";

    #[test]
    fn the_service_manager_names_its_timers() {
        let timers = loaded_timers(SHOW);
        assert_eq!(
            timers,
            [
                Loaded { unit: "wake.timer".to_owned(), wake_system: true, active: false },
                Loaded { unit: "plain.timer".to_owned(), wake_system: false, active: true },
            ]
        );
        assert!(loaded_timers("").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = loaded_timers(&text);
        }
    }
}
