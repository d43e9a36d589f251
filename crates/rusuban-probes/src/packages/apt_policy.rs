//! Reads what `apt-cache policy PACKAGE…` prints: for each package the installed version, the one that apt would
//! install, and every version that its lists hold, newest first. Decides nothing.
//!
//! Format: apt-cache(8), in the C locale.

/// One package in the output.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PackagePolicy {
    /// Its name, with the architecture where it is a foreign one.
    pub name: String,
    /// Installed version, if it is installed.
    pub installed: Option<String>,
    /// The version that apt would install, if there is one.
    pub candidate: Option<String>,
    /// All versions that apt knows of, newest first.
    pub versions: Vec<Version>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// The version itself.
    pub text: String,
    /// Whether it is the installed one.
    pub installed: bool,
    /// Where it comes from, as apt writes it: `http://deb.debian.org/debian bookworm/main amd64 Packages`.
    pub sources: Vec<String>,
}

impl PackagePolicy {
    /// The versions that are newer than the installed one.
    pub fn newer(&self) -> impl Iterator<Item = &Version> {
        let known = self.versions.iter().any(|version| version.installed);
        self.versions.iter().take_while(move |version| known && !version.installed)
    }

    /// The version that apt would install, where it is newer than the installed one. It is what
    /// `apt list --upgradable` lists.
    pub fn upgrade(&self) -> Option<&Version> {
        let (installed, candidate) = (self.installed.as_ref()?, self.candidate.as_ref()?);
        if installed == candidate {
            return None;
        }
        self.newer().find(|version| version.text == *candidate)
    }
}

/// Why the output cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: not a line of a package policy: {text}")]
pub struct PolicyError {
    /// Line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// Reads the output.
///
/// # Errors
/// A line that has no place in it: better no answer than half of one.
pub fn parse(text: &str) -> Result<Vec<PackagePolicy>, PolicyError> {
    let mut packages: Vec<PackagePolicy> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        read(line, &mut packages)
            .ok_or_else(|| PolicyError { line: number + 1, text: line.chars().take(80).collect() })?;
    }
    Ok(packages)
}

fn read(line: &str, packages: &mut Vec<PackagePolicy>) -> Option<()> {
    if !line.starts_with(' ') {
        let name = line.strip_suffix(':').filter(|name| !name.contains(' '))?;
        packages.push(PackagePolicy { name: name.to_owned(), ..PackagePolicy::default() });
        return Some(());
    }
    let package = packages.last_mut()?;
    if let Some(source) = line.strip_prefix("        ") {
        // The first word is the priority.
        let (_, place) = source.trim().split_once(' ')?;
        package.versions.last_mut()?.sources.push(place.trim().to_owned());
    } else if let Some(version) = line.strip_prefix(" *** ").or_else(|| line.strip_prefix("     ")) {
        package.versions.push(Version {
            text: version.split_whitespace().next()?.to_owned(),
            installed: line.starts_with(" *** "),
            sources: Vec::new(),
        });
    } else {
        let (name, value) = line.trim().split_once(':')?;
        let value = Some(value.trim()).filter(|value| *value != "(none)").map(str::to_owned);
        match name {
            "Installed" => package.installed = value,
            "Candidate" => package.candidate = value,
            // "Version table" and "Package pin" carry nothing that the table does not show.
            _ => {}
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OUTPUT: &str = "\
curl:
  Installed: 7.88.1-10+deb12u14
  Candidate: 7.88.1-10+deb12u15
  Version table:
     7.88.1-10+deb12u15 500
        500 http://deb.debian.org/debian bookworm/main amd64 Packages
 *** 7.88.1-10+deb12u14 100
        100 /var/lib/dpkg/status
     7.88.1-10+deb12u5 500
        500 http://deb.debian.org/debian-security bookworm-security/main amd64 Packages
libc6:i386:
  Installed: 2.36-9
  Candidate: 2.36-9
  Package pin: 2.36-9
  Version table:
     2.36-9+deb12u10 500 (phased 30%)
        500 file:/srv/local repository ./ Packages
 *** 2.36-9 1001
        100 /var/lib/dpkg/status
gone:
  Installed: (none)
  Candidate: (none)
  Version table:
";

    #[test]
    fn versions_and_their_sources_are_read() {
        let packages = parse(OUTPUT).unwrap();
        assert_eq!(packages.len(), 3);
        let curl = &packages[0];
        assert_eq!(curl.upgrade().unwrap().text, "7.88.1-10+deb12u15");
        assert_eq!(curl.newer().count(), 1);
        assert_eq!(
            curl.versions[2].sources,
            ["http://deb.debian.org/debian-security bookworm-security/main amd64 Packages"]
        );
        let libc = &packages[1];
        assert_eq!(libc.name, "libc6:i386");
        assert_eq!(libc.upgrade(), None);
        assert_eq!(libc.newer().next().unwrap().text, "2.36-9+deb12u10");
        assert_eq!((packages[2].installed.as_ref(), packages[2].upgrade()), (None, None));
    }

    #[test]
    fn an_older_candidate_is_no_upgrade() {
        let text = "a:\n  Installed: 2\n  Candidate: 1\n  Version table:\n *** 2 100\n        100 /var/lib/dpkg/status\n     1 1001\n        1001 http://x y/z amd64 Packages\n";
        assert_eq!(parse(text).unwrap()[0].upgrade(), None);
    }

    #[test]
    fn a_line_that_has_no_place_is_refused() {
        let error = parse("curl:\n  Installed: 1\nE: 何かがおかしい\n").unwrap_err();
        assert_eq!(error.line, 3);
        assert!(parse("  Installed: 1\n").is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,400}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_order_of_lines_makes_it_panic(lines in proptest::collection::vec(
            prop_oneof!["a:", "  Installed: 1", "  Candidate: 2", "     2 500", " \\*\\*\\* 1 100", "        500 x"], 0..20)
        ) {
            for package in parse(&lines.join("\n")).unwrap_or_default() {
                let _ = package.upgrade();
            }
        }
    }
}
