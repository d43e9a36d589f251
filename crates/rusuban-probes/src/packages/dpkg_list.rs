//! Reads dpkg's list of packages: which are installed, which are on hold, which are left halfway.

/// The format to ask `dpkg-query --show` for, one line a package: name, state, version, architecture.
pub const FORMAT: &str = "${binary:Package}\\t${db:Status-Abbrev}\\t${Version}\\t${Architecture}\\n";

/// The packages that dpkg knows of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DpkgList {
    /// Installed packages (also those that are left halfway), named as apt does: with the architecture only where it
    /// is a foreign one.
    pub installed: Vec<Installed>,
    /// Packages on hold.
    pub held: Vec<String>,
    /// Packages that are left halfway.
    pub incomplete: Vec<String>,
}

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Reads the output of `dpkg-query --show --showformat` with [`FORMAT`].
///
/// The state is three letters: wanted, present, error. See dpkg-query(1).
pub fn parse(text: &str) -> DpkgList {
    let mut list = DpkgList::default();
    let native = native_architecture(text);
    for line in text.lines() {
        let mut fields = line.split('\t');
        let (Some(name), Some(state), Some(version)) = (fields.next(), fields.next(), fields.next()) else {
            continue;
        };
        let name = match name.rsplit_once(':') {
            Some((plain, architecture)) if Some(architecture) == native => plain,
            _ => name,
        };
        let mut letters = state.chars();
        let (wanted, present) = (letters.next().unwrap_or(' '), letters.next().unwrap_or(' '));
        if wanted == 'h' {
            list.held.push(name.to_owned());
        }
        // U unpacked, F half-configured, H half-installed, W and t waiting for triggers; R must be installed again.
        let halfway = matches!(present, 'U' | 'F' | 'H' | 'W' | 't') || state.contains('R');
        if halfway {
            list.incomplete.push(name.to_owned());
        }
        if present == 'i' || (halfway && present != 'H' && !version.is_empty()) {
            list.installed.push(Installed { name: name.to_owned(), version: version.to_owned() });
        }
    }
    list
}

/// The architecture that dpkg itself is built for.
fn native_architecture(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let mut fields = line.split('\t');
        (fields.next() == Some("dpkg")).then(|| fields.nth(2)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_told_apart() {
        let list = parse(
            "adduser\tii \t3.134\tall\ndpkg\tii \t1.21\tamd64\nlibc6:amd64\thi \t2.36-9\tamd64\n\
             libc6:i386\tii \t2.36-9\ti386\nold\trc \t1.0\tall\nhalf\tiF \t2\tall\nbad\tiHR\t3\tall\nshort\n",
        );
        let names: Vec<&str> = list.installed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["adduser", "dpkg", "libc6", "libc6:i386", "half"]);
        assert_eq!(list.held, ["libc6"]);
        assert_eq!(list.incomplete, ["half", "bad"]);
    }
}
