//! Reads the rules of sudo and doas with everything that they include.

use std::collections::BTreeMap;

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::accounts::{SudoFacts, SudoRule};

use super::nss;
use super::sudoers::{self, Include, Member, Parsed};
use crate::host::{Host, unreadable};

/// The most files that are read; sudo itself stops at a depth of 128.
const MAX_FILES: usize = 500;

/// The rules of sudo and doas.
pub fn rules(host: &Host) -> SudoFacts {
    let mut reader = Reader { host, files: Vec::new(), blind: Vec::new() };
    reader.sudoers("/etc/sudoers", true);
    match host.read_text("/etc/doas.conf") {
        Ok(Some(text)) => reader.keep("/etc/doas.conf", sudoers::parse_doas(&text)),
        Ok(None) => {}
        Err(why) => reader.blind.push(why),
    }
    match nss::directories(host, "sudoers") {
        Ok(services) => reader.blind.extend(services.iter().map(|service| elsewhere(service))),
        Err(why) => reader.blind.push(why),
    }
    reader.finish()
}

struct Reader<'a> {
    host: &'a Host,
    files: Vec<(String, Parsed)>,
    blind: Vec<Unknown>,
}

impl Reader<'_> {
    fn sudoers(&mut self, path: &str, first: bool) {
        if self.files.len() >= MAX_FILES || self.files.iter().any(|(known, _)| known == path) {
            return;
        }
        match self.host.read_text(path) {
            Ok(Some(text)) => {
                let parsed = sudoers::parse(&text);
                let includes = parsed.includes.clone();
                self.keep(path, parsed);
                for include in &includes {
                    self.include(include, path);
                }
            }
            // Without its first file sudo lets nobody do anything; a missing included one stops it.
            Ok(None) if first => {}
            Ok(None) => self.blind.push(not_there(path)),
            Err(why) => self.blind.push(why),
        }
    }

    fn keep(&mut self, path: &str, parsed: Parsed) {
        self.blind.extend(parsed.nonsense.iter().map(|line| nonsense(path, *line)));
        self.files.push((path.to_owned(), parsed));
    }

    fn include(&mut self, include: &Include, from: &str) {
        let absolute = |path: &str| {
            let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
            let path = path.replace("%h", &host_name(self.host));
            if path.starts_with('/') { path } else { format!("{folder}/{path}") }
        };
        match include {
            Include::File(path) => self.sudoers(&absolute(path), false),
            Include::Folder(path) => {
                let folder = absolute(path);
                match file_names(self.host, &folder) {
                    Ok(names) => {
                        for name in names.iter().filter(|name| !name.contains('.') && !name.ends_with('~')) {
                            self.sudoers(&format!("{}/{name}", folder.trim_end_matches('/')), false);
                        }
                    }
                    Err(why) => self.blind.push(why),
                }
            }
        }
    }

    fn finish(self) -> SudoFacts {
        let mut aliases: BTreeMap<String, Vec<Member>> = BTreeMap::new();
        for (_, parsed) in &self.files {
            for (name, members) in &parsed.user_aliases {
                aliases.entry(name.clone()).or_default().extend(members.iter().cloned());
            }
        }
        let mut rules = Vec::new();
        for (file, parsed) in &self.files {
            for (members, grants) in &parsed.rules {
                for who in sudoers::resolve(members, &aliases) {
                    rules.push(SudoRule { who, grants: grants.clone(), file: file.clone() });
                }
            }
        }
        let definitions = self.files.into_iter().flat_map(|(_, parsed)| parsed.definitions).collect();
        SudoFacts { rules, definitions, blind: self.blind }
    }
}

/// The machine's name without its domain.
pub fn host_name(host: &Host) -> String {
    let name = host.read_text("/etc/hostname").ok().flatten().unwrap_or_default();
    name.trim().split('.').next().unwrap_or_default().to_owned()
}

/// Names in a folder, sorted; none where there is no such folder.
pub fn file_names(host: &Host, folder: &str) -> Result<Vec<String>, Unknown> {
    let entries = match std::fs::read_dir(host.path(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, &error)),
    };
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().into_string().ok())
        .take(10_000)
        .collect();
    names.sort();
    Ok(names)
}

fn nonsense(path: &str, line: usize) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        format!("{path}:{line}"),
        Text::new(
            format!("{path} の{line}行目の規則を読めません"),
            format!("the rule in line {line} of {path} cannot be read"),
        ),
        Text::new("`visudo -c` で文法を確かめてください", "check the syntax with `visudo -c`"),
    )
}

fn not_there(path: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ToolFailed,
        path,
        Text::new(
            format!("sudo の設定が参照する {path} がありません"),
            format!("{path} does not exist, which the settings of sudo refer to"),
        ),
        Text::new("`visudo -c` で設定を確かめてください", "check the settings with `visudo -c`"),
    )
}

fn elsewhere(service: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        format!("sudoers {service}"),
        Text::new(
            format!("sudo の規則の一部はディレクトリ（{service}）にあり、ここからは見えません"),
            format!("some rules of sudo lie in a directory ({service}) and are not to be seen from here"),
        ),
        Text::new(
            "`sudo -l -U アカウント名` で各人の権限を確認し、担当者が申告してください",
            "look at each person's rights with `sudo -l -U ACCOUNT`, and let the person in charge state it",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::fixture::tree;
    use rusuban_core::world::accounts::SudoWho;

    #[test]
    fn included_files_are_read_and_skipped_as_sudo_does() {
        let (_dir, host) = tree(&[
            ("etc/sudoers", "OPS ALL=ALL\n@includedir sudoers.d\n@include missing\n@include /etc/sudoers\n"),
            ("etc/sudoers.d/10-ops", "User_Alias OPS = tanaka\n"),
            ("etc/sudoers.d/README.txt", "evil ALL=ALL\n"),
            ("etc/sudoers.d/old~", "evil ALL=ALL\n"),
            ("etc/doas.conf", "permit :wheel\n"),
        ]);
        let facts = rules(&host);
        let who: Vec<&SudoWho> = facts.rules.iter().map(|rule| &rule.who).collect();
        assert_eq!(who, [&SudoWho::User("tanaka".into()), &SudoWho::Group("wheel".into())]);
        let blind: Vec<&str> = facts.blind.iter().map(|why| why.item.as_str()).collect();
        assert_eq!(blind, ["/etc/missing"]);
    }

    #[test]
    fn a_machine_without_sudo_has_no_rules_and_no_blind_spot() {
        let (_dir, host) = tree(&[("etc/hostname", "fs01.example.jp\n")]);
        let facts = rules(&host);
        assert!(facts.rules.is_empty() && facts.blind.is_empty());
        assert_eq!(host_name(&host), "fs01");
    }

    #[test]
    fn rules_in_a_directory_are_a_blind_spot() {
        let (_dir, host) = tree(&[("etc/nsswitch.conf", "sudoers: files sss\n")]);
        assert_eq!(rules(&host).blind[0].item, "sudoers sss");
    }
}
