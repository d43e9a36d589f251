//! The language of sudoers(5) and doas.conf(5), as far as it says whom a rule speaks of. Pure: knows no files.

use std::collections::BTreeMap;

use rusuban_core::world::accounts::SudoWho;

/// How deep aliases may name each other.
const MAX_DEPTH: usize = 16;

/// What one file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parsed {
    /// Lists of users and what each list may do, in order.
    pub rules: Vec<(Vec<Member>, String)>,
    /// Members of each `User_Alias`.
    pub user_aliases: BTreeMap<String, Vec<Member>>,
    /// Other aliases as written: what the rules grant depends on them.
    pub definitions: Vec<String>,
    /// Files and folders to read as well, in order.
    pub includes: Vec<Include>,
    /// Numbers of lines that make no sense, from 1.
    pub nonsense: Vec<usize>,
}

/// Something else to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Include {
    /// A file.
    File(String),
    /// Every file of a folder but those with a dot in their name or a tilde at its end.
    Folder(String),
}

/// One member of a list of users. Excluded ones are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Member {
    /// Stands for itself.
    Who(SudoWho),
    /// A name in capitals: an alias if there is one, else a user.
    Alias(String),
}

/// Reads a sudoers file.
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    for (number, line) in logical_lines(text) {
        let line = line.trim();
        if line.is_empty() || include(line, &mut parsed.includes) {
            continue;
        }
        // A comment; but `#1000` at the beginning is a user by id.
        if line.starts_with('#') && !line.chars().nth(1).is_some_and(|c| c.is_ascii_digit()) {
            continue;
        }
        if statement(line, &mut parsed).is_none() {
            parsed.nonsense.push(number);
        }
    }
    parsed
}

/// Lines with those joined that end in a backslash, each with the number of its first.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (index, line) in text.lines().enumerate() {
        let (part, more) = line.strip_suffix('\\').map_or((line, false), |part| (part, true));
        match lines.last_mut() {
            Some((_, joined)) if open => joined.push_str(part),
            _ => lines.push((index + 1, part.to_owned())),
        }
        open = more;
    }
    lines
}

fn include(line: &str, includes: &mut Vec<Include>) -> bool {
    let Some(directive) = line.strip_prefix(['@', '#']) else { return false };
    let Some((word, path)) = directive.split_once(char::is_whitespace) else { return false };
    let path = path.trim().trim_matches('"').replace("\\ ", " ");
    match word {
        "include" => includes.push(Include::File(path)),
        "includedir" => includes.push(Include::Folder(path)),
        _ => return false,
    }
    true
}

fn statement(line: &str, parsed: &mut Parsed) -> Option<()> {
    let first = line.split_whitespace().next().unwrap_or_default();
    match first {
        "User_Alias" => user_aliases(line.strip_prefix(first)?, parsed),
        "Runas_Alias" | "Host_Alias" | "Cmnd_Alias" | "Cmd_Alias" => {
            parsed.definitions.push(tidy(line));
            Some(())
        }
        // Also `Defaults:user`, `Defaults@host` and their like: settings, no rights.
        _ if first.starts_with("Defaults") => Some(()),
        _ => {
            let (members, rest) = members(line)?;
            let grants = tidy(rest);
            // A rule without hosts and commands is none.
            grants.contains('=').then(|| parsed.rules.push((members, grants)))
        }
    }
}

/// `NAME = a, b : OTHER = c`
fn user_aliases(text: &str, parsed: &mut Parsed) -> Option<()> {
    let mut rest = text;
    loop {
        let (name, list) = rest.split_once('=')?;
        let (found, after) = members(list)?;
        parsed.user_aliases.entry(name.trim().to_owned()).or_default().extend(found);
        match after.trim().strip_prefix(':') {
            Some(next) => rest = next,
            None => return Some(()),
        }
    }
}

/// A list of users at the beginning of a text, and what follows it.
fn members(text: &str) -> Option<(Vec<Member>, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let mut excluded = false;
        while let Some(after) = rest.strip_prefix('!') {
            excluded = !excluded;
            rest = after.trim_start();
        }
        let (name, after) = word(rest)?;
        if !excluded {
            found.push(member(&name));
        }
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None => return Some((found, rest)),
        }
    }
}

/// One name, quoted or with escaped characters, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut quoted = false;
    let mut chars = text.char_indices();
    while let Some((at, letter)) = chars.next() {
        match letter {
            '"' => quoted = !quoted,
            '\\' => name.push(chars.next()?.1),
            ',' | '=' | ':' if !(quoted || letter == ':' && name == "%") => {
                return end(name, text.get(at..)?);
            }
            _ if letter.is_whitespace() && !quoted => return end(name, text.get(at..)?),
            _ => name.push(letter),
        }
    }
    end(name, "")
}

fn end(name: String, rest: &str) -> Option<(String, &str)> {
    (!name.is_empty()).then_some((name, rest))
}

fn member(name: &str) -> Member {
    let who = if name == "ALL" {
        SudoWho::Everyone
    } else if name.starts_with('+') || name.starts_with("%:") {
        SudoWho::Other(name.to_owned())
    } else if let Some(group) = name.strip_prefix('%') {
        match group.strip_prefix('#').and_then(|id| id.parse().ok()) {
            Some(gid) => SudoWho::Gid(gid),
            None => SudoWho::Group(group.to_owned()),
        }
    } else if let Some(uid) = name.strip_prefix('#').and_then(|id| id.parse().ok()) {
        SudoWho::Uid(uid)
    } else if is_alias_name(name) {
        return Member::Alias(name.to_owned());
    } else {
        SudoWho::User(name.to_owned())
    };
    Member::Who(who)
}

fn is_alias_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// A list with its aliases resolved; a name in capitals that is no alias is a user's.
pub fn resolve(members: &[Member], aliases: &BTreeMap<String, Vec<Member>>) -> Vec<SudoWho> {
    let mut found = Vec::new();
    expand(members, aliases, MAX_DEPTH, &mut found);
    found.sort();
    found.dedup();
    found
}

fn expand(
    members: &[Member],
    aliases: &BTreeMap<String, Vec<Member>>,
    depth: usize,
    found: &mut Vec<SudoWho>,
) {
    for member in members {
        match member {
            Member::Who(who) => found.push(who.clone()),
            Member::Alias(name) => match aliases.get(name) {
                Some(inner) if depth > 0 => expand(inner, aliases, depth - 1, found),
                Some(_) => found.push(SudoWho::Other(name.clone())),
                None => found.push(SudoWho::User(name.clone())),
            },
        }
    }
}

/// A rule's text with one space for many, and without the comment at its end.
fn tidy(text: &str) -> String {
    let mut kept = String::new();
    let mut quoted = false;
    let mut escaped = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter == '#' && !quoted && !escaped && !letters.peek().is_some_and(char::is_ascii_digit) {
            break;
        }
        quoted ^= letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        kept.push(letter);
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads doas.conf: `permit [options] user|:group [as target] [cmd command …]`.
pub fn parse_doas(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    for (number, line) in logical_lines(text) {
        let line = tidy(&line);
        let mut words = line.split_whitespace();
        match words.next() {
            None | Some("deny") => {}
            Some("permit") => match doas_identity(&mut words) {
                Some(who) => parsed.rules.push((vec![Member::Who(who)], line)),
                None => parsed.nonsense.push(number),
            },
            Some(_) => parsed.nonsense.push(number),
        }
    }
    parsed
}

fn doas_identity<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<SudoWho> {
    let mut braces = false;
    for word in words {
        if braces {
            braces = !word.ends_with('}');
            continue;
        }
        match word {
            "nopass" | "nolog" | "persist" | "keepenv" => {}
            _ if word == "setenv" || word.starts_with('{') => {
                braces = !word.ends_with('}') && word != "setenv";
            }
            _ => {
                return Some(word.strip_prefix(':').map_or_else(
                    || word.parse().map_or_else(|_| SudoWho::User(word.to_owned()), SudoWho::Uid),
                    |group| SudoWho::Group(group.to_owned()),
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(text: &str) -> Vec<(Vec<SudoWho>, String)> {
        let parsed = parse(text);
        assert_eq!(parsed.nonsense, [0; 0]);
        parsed.rules.iter().map(|(who, what)| (resolve(who, &parsed.user_aliases), what.clone())).collect()
    }

    fn user(name: &str) -> SudoWho {
        SudoWho::User(name.to_owned())
    }

    fn group(name: &str) -> SudoWho {
        SudoWho::Group(name.to_owned())
    }

    #[test]
    fn the_usual_file_is_read() {
        let text = "# comment\nDefaults\tenv_reset\nDefaults:tanaka !lecture\nroot\tALL=(ALL:ALL) ALL\n\
            %sudo\tALL=(ALL:ALL) ALL  # admins\n@includedir /etc/sudoers.d\n#include /etc/sudoers.local\n";
        assert_eq!(
            rules(text),
            [
                (vec![user("root")], "ALL=(ALL:ALL) ALL".to_owned()),
                (vec![group("sudo")], "ALL=(ALL:ALL) ALL".to_owned())
            ]
        );
        assert_eq!(
            parse(text).includes,
            [Include::Folder("/etc/sudoers.d".into()), Include::File("/etc/sudoers.local".into())]
        );
    }

    #[test]
    fn all_ways_of_naming_users_are_read() {
        let text = "#1000, %#27 , \"%domain admins\",%ad\\ ops, +net, %:remote, ALL, !guest, DOM\\\\taro ALL = (#0) NOPASSWD: \\\n  /bin/ls \\#1\n";
        assert_eq!(
            rules(text),
            [(
                vec![
                    user("DOM\\taro"),
                    SudoWho::Uid(1000),
                    group("ad ops"),
                    group("domain admins"),
                    SudoWho::Gid(27),
                    SudoWho::Everyone,
                    SudoWho::Other("%:remote".into()),
                    SudoWho::Other("+net".into()),
                ],
                "ALL = (#0) NOPASSWD: /bin/ls \\#1".to_owned()
            )]
        );
    }

    #[test]
    fn aliases_are_resolved_also_through_others_and_in_circles() {
        let text = "User_Alias OPS = tanaka, %ops : LEADS=OPS,suzuki\nUser_Alias LOOP = LOOP, sato\n\
            Cmnd_Alias RESTART = /usr/bin/systemctl restart app # only this\nLEADS ALL = RESTART\nLOOP ALL=ALL\nROBO ALL=ALL\n";
        let found = rules(text);
        assert_eq!(found[0].0, [user("suzuki"), user("tanaka"), group("ops")]);
        assert!(found[1].0.contains(&user("sato")));
        assert_eq!(found[2].0, [user("ROBO")]);
        assert_eq!(parse(text).definitions, ["Cmnd_Alias RESTART = /usr/bin/systemctl restart app"]);
    }

    #[test]
    fn lines_that_make_no_sense_are_counted() {
        assert_eq!(parse("tanaka\n, ALL=ALL\nUser_Alias X\n\nok ALL=ALL\n").nonsense, [1, 2, 3]);
    }

    #[test]
    fn doas_is_read() {
        let text = "# ops\npermit nopass keepenv :wheel\npermit setenv { PATH=/bin LANG } tanaka as root cmd reboot\n\
            deny guest\npermit 1001\nallow x\n";
        let parsed = parse_doas(text);
        let who: Vec<Vec<SudoWho>> =
            parsed.rules.iter().map(|(who, _)| resolve(who, &parsed.user_aliases)).collect();
        assert_eq!(who, [vec![group("wheel")], vec![user("tanaka")], vec![SudoWho::Uid(1001)]]);
        assert_eq!(parsed.nonsense, [6]);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", lines in "[A-Za-z#%+!,=:\\\\\" \\n田]*") {
            for text in [&text, &lines] {
                let parsed = parse(text);
                for (who, _) in &parsed.rules {
                    resolve(who, &parsed.user_aliases);
                }
                parse_doas(text);
            }
        }
    }
}
