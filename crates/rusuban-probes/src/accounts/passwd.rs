//! Lines of the account list (passwd(5)), and the range of user ids that are people's (login.defs(5)). Pure.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

/// Shells that end at once: whoever is given one cannot work.
const NO_SHELLS: [&str; 8] = ["nologin", "false", "true", "sync", "halt", "shutdown", "reboot", "poweroff"];

/// One account as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Login name.
    pub name: String,
    /// Password field: `x` where the shadow file has it.
    pub password: Zeroizing<String>,
    /// User id.
    pub uid: u32,
    /// Id of the primary group.
    pub gid: u32,
    /// Full name and more, by commas.
    pub full_name: String,
    /// Home directory.
    pub home: String,
    /// Shell.
    pub shell: String,
}

/// What an account list says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct List {
    /// Accounts in their order; of two with one name the first, which is the one that counts.
    pub lines: Vec<Line>,
    /// Whether a line that begins with `+` draws in accounts of NIS.
    pub compat: bool,
}

/// Reads an account list. Lines that the system itself would skip are skipped.
pub fn parse(text: &str) -> List {
    let mut list = List::default();
    let mut seen = HashSet::new();
    for line in text.lines() {
        if line.starts_with('+') {
            list.compat = true;
        } else if let Some(line) = parse_line(line)
            && seen.insert(line.name.clone())
        {
            list.lines.push(line);
        }
    }
    list
}

fn parse_line(line: &str) -> Option<Line> {
    // As the C library reads it: what follows the sixth colon is the shell, and numbers may begin with blanks.
    let fields: Vec<&str> = line.splitn(7, ':').collect();
    let [name, password, uid, gid, full_name, home, shell] = fields.as_slice() else { return None };
    if name.is_empty() || name.starts_with(['-', '#']) {
        return None;
    }
    Some(Line {
        name: (*name).to_owned(),
        password: Zeroizing::new((*password).to_owned()),
        uid: uid.trim_start().parse().ok()?,
        gid: gid.trim_start().parse().ok()?,
        full_name: (*full_name).to_owned(),
        home: (*home).to_owned(),
        shell: (*shell).trim().to_owned(),
    })
}

/// Whether a shell lets anybody work. An empty one stands for `/bin/sh`.
pub fn is_login_shell(shell: &str) -> bool {
    let name = shell.rsplit('/').next().unwrap_or_default();
    !(NO_SHELLS.contains(&name) || shell == "/dev/null")
}

/// The user ids of people, by the settings of login.defs; its documented defaults where it says nothing.
pub fn person_ids(login_defs: &str) -> RangeInclusive<u32> {
    let value = |name: &str| {
        let mut lines = login_defs.lines().map(str::split_whitespace);
        lines.find_map(|mut words| if words.next() == Some(name) { words.next()?.parse().ok() } else { None })
    };
    value("UID_MIN").unwrap_or(1000)..=value("UID_MAX").unwrap_or(60_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A Debian 12 server with an operator, and lines that the system skips.
    const PASSWD: &str = "root:x:0:0:root:/root:/bin/bash\n\
        sync:x:4:65534:sync:/bin:/bin/sync\n\
        www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\n\
        postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n\
        tanaka:x:1000:1000:田中 花子,,,:/home/tanaka:\n\
        tanaka:x:0:0:later:/:/bin/sh\n\
        # comment:x:1:1:::\n\
        hidden:x: 0:0::/:/bin/sh:\n\
        broken:x:abc:1:::\n\
        short:x:1\n\
        +::::::\n";

    #[test]
    fn the_lines_of_a_server_are_read() {
        let list = parse(PASSWD);
        let names: Vec<&str> = list.lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["root", "sync", "www-data", "postgres", "tanaka", "hidden"]);
        assert!(list.compat);
        assert_eq!(list.lines[5].uid, 0);
        let tanaka = &list.lines[4];
        assert_eq!(
            (tanaka.uid, tanaka.full_name.as_str(), tanaka.shell.as_str()),
            (1000, "田中 花子,,,", "")
        );
    }

    #[test]
    fn shells_that_end_at_once_are_no_login_shells() {
        for shell in
            ["/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/bin/sync", "/sbin/halt", "/dev/null"]
        {
            assert!(!is_login_shell(shell), "{shell}");
        }
        for shell in ["", "/bin/sh", "/bin/bash", "/usr/bin/zsh", "/opt/own/shell", "/usr/bin/git-shell"] {
            assert!(is_login_shell(shell), "{shell}");
        }
    }

    #[test]
    fn the_range_of_people_follows_login_defs() {
        assert_eq!(person_ids("# UID_MIN 5\nUID_MIN\t\t\t 500\nSYS_UID_MIN 100\n"), 500..=60_000);
        assert_eq!(person_ids(""), 1000..=60_000);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", lines in proptest::collection::vec("[a:+0-9\\r\\n田]*", 0..20)) {
            parse(&text);
            parse(&lines.join("\n"));
            person_ids(&text);
        }
    }
}
