//! Reads what dnf 4 and dnf 5 print: packages by a format of our own, advisories and repositories by theirs.

/// The format to ask `dnf repoquery --qf` for. dnf 4 ends a line by itself, dnf 5 does not; an empty line is nothing.
pub const FORMAT: &str = "%{name}\t%{arch}\t%{evr}\t%{repoid}\n";

/// One line in [`FORMAT`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its architecture.
    pub arch: String,
    /// Epoch (where it is not 0), version and release.
    pub evr: String,
    /// Id of the repository that it is in.
    pub repository: String,
}

/// A package that a security advisory brings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advised {
    /// Id of the advisory.
    pub advisory: String,
    /// The package; its repository is not told.
    pub package: Package,
}

/// Why an output cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what} is missing: {text}")]
pub struct DnfError {
    /// Line, from 1.
    pub line: usize,
    /// What is missing in it.
    pub what: &'static str,
    /// What stands there.
    pub text: String,
}

fn missing(line: usize, what: &'static str, text: &str) -> DnfError {
    DnfError { line: line + 1, what, text: text.chars().take(80).collect() }
}

/// Reads packages in [`FORMAT`].
///
/// # Errors
/// A line that is none.
pub fn packages(text: &str) -> Result<Vec<Package>, DnfError> {
    let mut packages = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut fields = line.split('\t').map(|field| field.trim().to_owned());
        let mut next =
            |what| fields.next().filter(|field| !field.is_empty()).ok_or_else(|| missing(number, what, line));
        packages.push(Package {
            name: next("name")?,
            arch: next("architecture")?,
            evr: next("version")?,
            repository: next("repository").unwrap_or_default(),
        });
    }
    Ok(packages)
}

/// Reads the output of `dnf updateinfo list --security`: `ID Important/Sec. NAME-VERSION-RELEASE.ARCH` in dnf 4, and
/// in dnf 5 a table with the columns Name, Type, Severity, Package, Issued.
///
/// # Errors
/// A line that names no package.
pub fn advisories(text: &str) -> Result<Vec<Advised>, DnfError> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        let Some(advisory) = words.next() else { continue };
        if advisory == "Name" {
            continue;
        }
        let package = words.find_map(nevra).ok_or_else(|| missing(number, "package", line))?;
        found.push(Advised { advisory: advisory.to_owned(), package });
    }
    Ok(found)
}

/// Reads the output of `dnf repolist --enabled`: ids of repositories, under the heading `repo id`.
pub fn repositories(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.starts_with("repo id"))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect()
}

/// Takes `NAME-[EPOCH:]VERSION-RELEASE.ARCH` apart. A word of another shape (a date, a severity) is none.
fn nevra(word: &str) -> Option<Package> {
    let (rest, arch) = word.rsplit_once('.')?;
    let (rest, release) = rest.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let whole = [name, version, release, arch].iter().all(|part| !part.is_empty()) && !arch.contains('/');
    whole.then(|| Package {
        name: name.to_owned(),
        arch: arch.to_owned(),
        evr: format!("{}-{release}", version.strip_prefix("0:").unwrap_or(version)),
        repository: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packages_are_read_by_field() {
        let found =
            packages("alpha\tnoarch\t1.1-1\texample\n\nbind\tx86_64\t32:9.16-1\tappstream\r\n").unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].evr.as_str(), found[1].repository.as_str()), ("32:9.16-1", "appstream"));
        assert_eq!(
            packages("Error: ネットワーク\n").unwrap_err().to_string(),
            "line 1: architecture is missing: Error: ネットワーク"
        );
    }

    #[test]
    fn advisories_of_both_generations_are_read() {
        let four = advisories(
            "EX-2026:0001 Important/Sec. alpha-1.1-1.noarch\n\
             RHSA-2026:1 Critical/Sec.  bind-libs-32:9.16.23-1.el9_4.x86_64\n",
        )
        .unwrap();
        assert_eq!(four[1].package.name, "bind-libs");
        assert_eq!(four[1].package.evr, "32:9.16.23-1.el9_4");
        let five = advisories(
            "Name                   Type     Severity   Package                     Issued\n\
             FEDORA-2024-0cb6e5a4c4 security Important  firefox-124.0-1.fc40.x86_64 2024-03-20 01:01:01\n",
        )
        .unwrap();
        assert_eq!(
            (five[0].advisory.as_str(), five[0].package.name.as_str()),
            ("FEDORA-2024-0cb6e5a4c4", "firefox")
        );
        assert!(advisories("Failed to download metadata\n").is_err());
    }

    #[test]
    fn repositories_are_read_below_their_heading() {
        assert_eq!(
            repositories(
                "repo id                 repo name\nbaseos                  BaseOS 日本語\nextras  Extras\n"
            ),
            ["baseos", "extras"]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}") {
            let _ = (packages(&text), advisories(&text), repositories(&text), nevra(&text));
        }
    }
}
