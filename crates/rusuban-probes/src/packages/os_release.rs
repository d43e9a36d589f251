//! Reads os-release(5): which operating system it is. Knows nothing of packages.

use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::packages::System;

use crate::host::Host;
use crate::printable::printable;

/// The operating system of a machine; empty fields where it does not say.
///
/// # Errors
/// The file is there and cannot be read.
pub fn look(host: &Host) -> Result<System, Unknown> {
    let text = match host.read_text("/etc/os-release")? {
        Some(text) => Some(text),
        None => host.read_text("/usr/lib/os-release")?,
    };
    Ok(text.map(|text| parse(&text)).unwrap_or_default())
}

/// Reads the text of an os-release file. Of a variable that is set twice the last value counts, as in a shell.
pub fn parse(text: &str) -> System {
    let value = |wanted: &str| -> Option<String> {
        text.lines()
            .filter_map(|line| line.trim().split_once('='))
            .filter(|(name, _)| *name == wanted)
            .map(|(_, value)| printable(&unquote(value)))
            .next_back()
            .filter(|value| !value.is_empty())
    };
    System {
        id: value("ID").unwrap_or_default(),
        version: value("VERSION_ID").unwrap_or_default(),
        codename: value("UBUNTU_CODENAME")
            .or_else(|| value("DEBIAN_CODENAME"))
            .or_else(|| value("VERSION_CODENAME"))
            .unwrap_or_default(),
        name: value("PRETTY_NAME").unwrap_or_default(),
    }
}

fn unquote(value: &str) -> String {
    let value = value.trim();
    let single = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    if let Some(inner) = single {
        return inner.to_owned();
    }
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value);
    let mut text = String::with_capacity(inner.len());
    let mut escaped = false;
    for c in inner.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            text.push(c);
            escaped = false;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_names_itself() {
        let system = parse(
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\r\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nID=debian\n",
        );
        assert_eq!(
            (system.id.as_str(), system.version.as_str(), system.codename.as_str(), system.name.as_str()),
            ("debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)")
        );
    }

    #[test]
    fn a_derived_system_is_known_by_its_base() {
        let mint = parse("ID=linuxmint\nVERSION_CODENAME=virginia\nUBUNTU_CODENAME=jammy\n");
        assert_eq!(mint.codename, "jammy");
    }

    #[test]
    fn quotes_and_escapes_are_taken_off() {
        assert_eq!(parse("PRETTY_NAME=\"a \\\"b\\\" \\$c\"").name, "a \"b\" $c");
        assert_eq!(parse("PRETTY_NAME='社内 Linux'").name, "社内 Linux");
        assert_eq!(parse(""), System::default());
    }
}
