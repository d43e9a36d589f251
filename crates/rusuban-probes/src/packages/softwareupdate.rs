//! Reads what macOS's softwareupdate(8) prints with `--list`, in its older shape (up to macOS 10.14: a star, the
//! label, and one line with the title below) and in its newer one (from macOS 10.15: `* Label:` and fields below).
//!
//! The tool says neither when it was asked nor of which system it speaks; [`COMMAND`] writes both before its output.

use jiff::Timestamp;
use rusuban_core::model::verdict::Seen;
use rusuban_core::world::packages::{
    Asked, Lists, Manager, PackageFacts, Restart, System, Update, UpdateKind,
};

use super::import::ImportError;

/// The command for the shell whose output is read.
pub const COMMAND: &str = "{ date -u '+SearchedAt: %Y-%m-%dT%H:%M:%SZ'; sw_vers; echo \"Receipts: $(pkgutil --pkgs | wc -l)\"; softwareupdate --list; } > softwareupdate.txt 2>&1";

/// What the tool says before its list, and where there is none.
const LIST: &str = "Software Update found the following new or updated software";
const NOTHING: &str = "No new software available";

/// Reads the output.
///
/// # Errors
/// An output that neither lists updates nor says that there are none, or a line in the list that has no place there.
pub fn parse(text: &str) -> Result<PackageFacts, ImportError> {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim_end()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    let heading = lines.iter().position(|(_, line)| line.starts_with(LIST));
    let pending = match heading {
        Some(at) => updates(lines.get(at + 1..).unwrap_or_default())?,
        None if lines.iter().any(|(_, line)| line.contains(NOTHING)) => Vec::new(),
        None => return Err(no_answer(&lines)),
    };
    if let (Some(at), true) = (heading, pending.is_empty()) {
        let line = lines.get(at).map_or(1, |(number, _)| *number);
        return Err(ImportError::new(line, "Label", "更新が一つも書かれていません", "no update is listed"));
    }
    let asked = value(&lines, "SearchedAt").map(|(line, text)| searched(line, text)).transpose()?;
    let word = |name: &str| value(&lines, name).map(|(_, text)| text.to_owned()).unwrap_or_default();
    let system = System {
        id: "macos".to_owned(),
        version: word("ProductVersion"),
        codename: String::new(),
        name: word("ProductName"),
    };
    let lists = Seen::Known(asked.map_or(Lists::Undated, Lists::Asked));
    Ok(PackageFacts {
        installed: word("Receipts").parse().ok(),
        pending,
        // macOS keeps an update in the list until it has restarted into it.
        restart: Some(Seen::Known(Restart::default())),
        ..PackageFacts::new(Manager::SoftwareUpdate, system, lists)
    })
}

/// The value of a line `NAME: VALUE` that the command writes before the tool's own output.
fn value<'a>(lines: &[(usize, &'a str)], name: &str) -> Option<(usize, &'a str)> {
    lines.iter().find_map(|(number, line)| {
        let value = line.strip_prefix(name)?.trim_start().strip_prefix(':')?;
        Some((*number, value.trim()))
    })
}

fn searched(line: usize, text: &str) -> Result<Asked, ImportError> {
    let at: Timestamp =
        text.parse().map_err(|_| ImportError::new(line, "SearchedAt", "日時ではありません", "not a time"))?;
    Ok(Asked { at, service: "Apple Software Update".to_owned(), online: true })
}

fn no_answer(lines: &[(usize, &str)]) -> ImportError {
    let (line, last) = lines.last().copied().unwrap_or((1, ""));
    let last: String = last.chars().take(80).collect();
    ImportError::new(
        line,
        "softwareupdate",
        format!("更新の一覧も「なし」の知らせもありません（{last}）"),
        format!("neither a list of updates nor the word that there are none ({last})"),
    )
}

fn updates(lines: &[(usize, &str)]) -> Result<Vec<Update>, ImportError> {
    let mut found: Vec<Update> = Vec::new();
    for (number, line) in lines {
        if let Some(label) = line.trim_start().strip_prefix('*') {
            let label = label.trim();
            let name = label.strip_prefix("Label:").map_or(label, str::trim);
            found.push(update(name, *number)?);
        } else if line.starts_with(char::is_whitespace) {
            let last = found.last_mut().ok_or_else(|| misplaced(*number, line))?;
            describe(last, line.trim());
        } else {
            return Err(misplaced(*number, line));
        }
    }
    Ok(found)
}

fn misplaced(number: usize, line: &str) -> ImportError {
    let line: String = line.chars().take(80).collect();
    ImportError::new(
        number,
        "Label",
        format!("一覧の行ではありません（{line}）"),
        format!("not a line of the list ({line})"),
    )
}

fn update(label: &str, line: usize) -> Result<Update, ImportError> {
    if label.is_empty() {
        return Err(ImportError::new(line, "Label", "名前がありません", "the label is missing"));
    }
    Ok(Update {
        name: label.to_owned(),
        installed: String::new(),
        candidate: String::new(),
        kind: kind(label),
        sources: Vec::new(),
        advisories: Vec::new(),
    })
}

/// The line below a label: `Title: X, Version: 1, Size: 2K, …`, or `X (1), 2K [recommended]` in the older shape.
fn describe(update: &mut Update, line: &str) {
    let newer = line.split_once("Version:").map(|(_, rest)| rest.split(',').next().unwrap_or("").trim());
    let older = || {
        let inner = line.split_once('(').map_or("", |(_, rest)| rest);
        inner.split_once(')').map_or("", |(version, _)| version.trim())
    };
    newer.unwrap_or_else(older).clone_into(&mut update.candidate);
    if kind(line) == UpdateKind::Security {
        update.kind = UpdateKind::Security;
    }
}

/// Apple calls some updates security updates by name. All others may hold security fixes too, and do not tell.
fn kind(text: &str) -> UpdateKind {
    let security = ["Security Update", "Security Response", "セキュリティアップデート", "セキュリティ対応"];
    if security.iter().any(|words| text.contains(words)) {
        UpdateKind::Security
    } else {
        UpdateKind::Unclassified
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NEWER: &str = "SearchedAt: 2026-11-24T09:00:00Z\nProductName:\t\tmacOS\nProductVersion:\t\t14.7\nBuildVersion:\t\t23H124\nReceipts:       42\nSoftware Update Tool\n\nFinding available software\nSoftware Update found the following new or updated software:\n* Label: macOS Sequoia 15.1-24B83\n\tTitle: macOS Sequoia, Version: 15.1, Size: 6713200KiB, Recommended: YES, Action: restart, \n* Label: Security Update 2026-001-14.7\n\tTitle: Security Update 2026-001, Version: 14.7, Size: 10K, Recommended: YES, \n";
    const OLDER: &str = "Software Update Tool\n\nFinding available software\nSoftware Update found the following new or updated software:\n   * Security Update 2019-001-10.13.6\n\tSecurity Update 2019-001 (10.13.6), 1882550K [recommended] [restart]\n   * iTunesX-12.8.2\n\tiTunes (12.8.2), 273614K [recommended]\n";

    fn short(facts: &PackageFacts) -> Vec<(&str, &str, UpdateKind)> {
        facts.pending.iter().map(|one| (one.name.as_str(), one.candidate.as_str(), one.kind)).collect()
    }

    #[test]
    fn both_shapes_are_read() {
        let newer = parse(NEWER).unwrap();
        assert_eq!(
            short(&newer),
            [
                ("macOS Sequoia 15.1-24B83", "15.1", UpdateKind::Unclassified),
                ("Security Update 2026-001-14.7", "14.7", UpdateKind::Security)
            ]
        );
        assert_eq!((newer.installed, newer.system.version.as_str()), (Some(42), "14.7"));
        assert!(matches!(newer.lists, Seen::Known(Lists::Asked(_))));
        let older = parse(OLDER).unwrap();
        assert_eq!(
            short(&older),
            [
                ("Security Update 2019-001-10.13.6", "10.13.6", UpdateKind::Security),
                ("iTunesX-12.8.2", "12.8.2", UpdateKind::Unclassified)
            ]
        );
        assert_eq!((older.installed, older.lists), (None, Seen::Known(Lists::Undated)));
    }

    #[test]
    fn nothing_pending_must_be_said_in_words() {
        let facts = parse("Software Update Tool\n\nFinding available software\nNo new software available.\n")
            .unwrap();
        assert!(facts.pending.is_empty());
        // The sentence goes to standard error: an output without it was cut off.
        let error = parse("Software Update Tool\n\nFinding available software\n").unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (3, "softwareupdate"));
        let error = parse("Software Update Tool\n\nFinding available software\nCan’t connect to the Apple Software Update server, because of a network configuration problem.\n").unwrap_err();
        assert_eq!(error.line, 4);
        assert_eq!(parse(&format!("{LIST}:\n")).unwrap_err().field, "Label");
    }

    #[test]
    fn a_line_that_has_no_place_is_refused() {
        assert_eq!(parse(&format!("{NEWER}何か\n")).unwrap_err().line, 14);
        assert_eq!(parse(&NEWER.replace("2026-11-24T09:00:00Z", "きょう")).unwrap_err().field, "SearchedAt");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", lines in "(\\* ?(Label:)? ?x|\tTitle: x, Version: \\)|\\(|\n){0,10}") {
            let _ = (parse(&text), parse(&format!("{LIST}:\n{lines}")));
        }
    }
}
