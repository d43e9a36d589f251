//! Reads what `apt-get --print-uris update` prints: which files an update would fetch, and so which repositories
//! apt is set up to use, by apt's own reading of its configuration. Nothing is fetched.
//!
//! Format: apt-get(8), `--print-uris`: `'URI' NAME SIZE …`, one line a file.

use std::collections::BTreeMap;

/// A repository (one suite of one address) that apt takes packages from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Where its Release file lies, with a slash at the end and without credentials.
    pub base: String,
    /// The address of its InRelease file as configured. It may hold credentials: never shown or stored.
    pub address: String,
    /// Name of its InRelease file in the directory of lists.
    pub release: String,
    /// Its indexes of binary packages.
    pub indexes: Vec<Index>,
}

/// One index of binary packages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Path below the repository's base, without the ending of a compression: `main/binary-amd64/Packages`.
    pub path: String,
    /// Name of its file in the directory of lists, without the ending of a compression.
    pub file: String,
}

impl Repository {
    /// How people know it: address and suite.
    pub fn id(&self) -> String {
        match self.base.split_once("/dists/") {
            Some((address, suite)) => format!("{address} {}", suite.trim_end_matches('/')),
            None => self.base.clone(),
        }
    }

    /// The machine that it is fetched from; empty where it is a local one.
    pub fn host(&self) -> String {
        let after = self.base.split_once("://").map_or("", |(_, rest)| rest);
        after.split('/').next().unwrap_or("").to_owned()
    }

    /// Whether a place as `apt-cache policy` writes it lies in this repository.
    pub fn holds(&self, place: &str) -> bool {
        let mut words = place.split_whitespace();
        let (Some(address), Some(suite)) = (words.next(), words.next()) else { return false };
        let address = without_credentials(address);
        let address = address.trim_end_matches('/');
        let places = [format!("{address}/dists/{suite}/"), format!("{address}/{suite}")];
        places.iter().any(|place| place.starts_with(&self.base))
    }
}

/// Reads the output: the repositories with binary packages, by their address. What is no line of it is passed over.
pub fn parse(text: &str) -> Vec<Repository> {
    let files: Vec<(&str, &str)> = text.lines().filter_map(line).collect();
    let mut found: BTreeMap<String, Repository> = BTreeMap::new();
    for (uri, name) in &files {
        if let Some(base) = uri.strip_suffix("InRelease") {
            let base = without_credentials(base);
            let (address, release) = ((*uri).to_owned(), (*name).to_owned());
            found.insert(base.clone(), Repository { base, address, release, indexes: Vec::new() });
        }
    }
    for (uri, name) in &files {
        let uri = without_credentials(uri);
        let Some(path) = uri.rsplit_once("Packages").map(|(before, _)| format!("{before}Packages")) else {
            continue;
        };
        // The longest base that fits: one repository's address may begin another's.
        let owner =
            found.values_mut().filter(|one| path.starts_with(&one.base)).max_by_key(|one| one.base.len());
        if let Some(owner) = owner
            && let Some(path) = path.strip_prefix(&owner.base)
        {
            owner.indexes.push(Index { path: path.to_owned(), file: (*name).to_owned() });
        }
    }
    // A repository without binary packages holds sources only, and has no say in what is pending.
    found.into_values().filter(|one| !one.indexes.is_empty()).collect()
}

fn line(line: &str) -> Option<(&str, &str)> {
    let (uri, rest) = line.strip_prefix('\'')?.split_once("' ")?;
    Some((uri, rest.split_whitespace().next()?))
}

/// An address without the credentials that may stand in it.
pub fn without_credentials(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OUTPUT: &str = "\
'http://deb.debian.org/debian/dists/bookworm/InRelease' deb.debian.org_debian_dists_bookworm_InRelease 0 
'http://deb.debian.org/debian-security/dists/bookworm-security/InRelease' deb.debian.org_debian-security_dists_bookworm-security_InRelease 0 
'http://deb.debian.org/debian/dists/bookworm-backports/InRelease' deb.debian.org_debian_dists_bookworm-backports_InRelease 0 
'https://user:secret@repo.example/x/./InRelease' repo.example_x_._InRelease 0 
'file:/srv/repo/./InRelease' _srv_repo_._InRelease 0 
'http://deb.debian.org/debian/dists/bookworm/main/binary-amd64/Packages.xz' deb.debian.org_debian_dists_bookworm_main_binary-amd64_Packages 0 
'http://deb.debian.org/debian/dists/bookworm/main/dep11/Components-amd64.yml.xz' deb.debian.org_debian_dists_bookworm_main_dep11_Components-amd64.yml 0 
'http://deb.debian.org/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz' deb.debian.org_debian-security_dists_bookworm-security_main_binary-amd64_Packages 0 
'http://deb.debian.org/debian/dists/bookworm-backports/main/source/Sources.xz' deb.debian.org_debian_dists_bookworm-backports_main_source_Sources 0 
'https://user:secret@repo.example/x/./Packages.xz' repo.example_x_._Packages 0 
'file:/srv/repo/./Packages' _srv_repo_._Packages 0 
";

    #[test]
    fn repositories_with_packages_are_found_and_others_left_out() {
        let ids: Vec<String> = parse(OUTPUT).iter().map(Repository::id).collect();
        assert_eq!(
            ids,
            [
                "file:/srv/repo/./",
                "http://deb.debian.org/debian-security bookworm-security",
                "http://deb.debian.org/debian bookworm",
                "https://repo.example/x/./",
            ]
        );
    }

    #[test]
    fn no_credentials_are_shown() {
        for repository in parse(OUTPUT) {
            assert!(
                !format!("{} {} {}", repository.id(), repository.base, repository.host()).contains("secret")
            );
        }
    }

    #[test]
    fn a_place_of_the_policy_is_found_in_its_repository() {
        let repositories = parse(OUTPUT);
        let of = |place: &str| -> Vec<String> {
            repositories.iter().filter(|one| one.holds(place)).map(Repository::id).collect()
        };
        assert_eq!(
            of("http://deb.debian.org/debian bookworm/main amd64 Packages"),
            ["http://deb.debian.org/debian bookworm"]
        );
        assert_eq!(
            of("http://deb.debian.org/debian-security bookworm-security/main amd64 Packages"),
            ["http://deb.debian.org/debian-security bookworm-security"]
        );
        assert_eq!(of("https://repo.example/x ./ Packages"), ["https://repo.example/x/./"]);
        assert_eq!(of("file:/srv/repo ./ Packages"), ["file:/srv/repo/./"]);
        assert!(of("/var/lib/dpkg/status").is_empty());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,400}") {
            for repository in parse(&text) {
                let _ = (repository.id(), repository.host(), repository.holds(&text));
            }
        }
    }
}
