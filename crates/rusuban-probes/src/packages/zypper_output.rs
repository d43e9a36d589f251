//! Reads what zypper prints with `--xmlout`: patches, package updates, repositories, locks, installed packages.

use rusuban_core::world::packages::{Update, UpdateKind};

use super::xml_elements::{self, Element, XmlError};

/// One repository that zypper is set up to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repository {
    /// Its alias, which names its directories too.
    pub alias: String,
    /// Whether it is used.
    pub enabled: bool,
}

/// A document of zypper's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    elements: Vec<Element>,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// No well-formed XML, or no document of zypper's.
    pub fn parse(text: &str) -> Result<Self, XmlError> {
        let elements = xml_elements::read(text)?;
        if elements.first().is_none_or(|root| root.path != "stream") {
            return Err(XmlError { at: 0, reason: "not an output of zypper".to_owned() });
        }
        Ok(Self { elements })
    }

    fn at<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |one| one.path == path)
    }

    /// What zypper says is wrong.
    pub fn complaints(&self) -> Vec<String> {
        self.at("stream/message")
            .filter(|one| matches!(one.get("type"), "error" | "warning"))
            .map(|one| one.text.chars().take(200).collect())
            .collect()
    }

    /// Patches that are needed (`list-patches`), with what they fix.
    pub fn patches(&self) -> Vec<Update> {
        let mut patches: Vec<Update> = Vec::new();
        for element in &self.elements {
            match element.path.as_str() {
                "stream/update-status/update-list/update" if element.get("kind") == "patch" => {
                    let kind = if element.get("category") == "security" {
                        UpdateKind::Security
                    } else {
                        UpdateKind::Other
                    };
                    patches.push(update(element.get("name"), kind));
                }
                "stream/update-status/update-list/update/source" => {
                    if let Some(last) = patches.last_mut() {
                        last.sources.push(element.get("alias").to_owned());
                    }
                }
                "stream/update-status/update-list/update/issue-list/issue" => {
                    if let Some(last) = patches.last_mut() {
                        last.advisories.push(element.get("id").to_owned());
                    }
                }
                _ => {}
            }
        }
        patches
    }

    /// Newer versions of packages (`list-updates`). What they are for is told by patches alone.
    pub fn packages(&self) -> Vec<Update> {
        let mut packages: Vec<Update> = Vec::new();
        for element in &self.elements {
            match element.path.as_str() {
                "stream/update-status/update-list/update" if element.get("kind") == "package" => {
                    let mut package = update(element.get("name"), UpdateKind::Unclassified);
                    element.get("edition-old").clone_into(&mut package.installed);
                    element.get("edition").clone_into(&mut package.candidate);
                    packages.push(package);
                }
                "stream/update-status/update-list/update/source" => {
                    if let Some(last) = packages.last_mut() {
                        last.sources.push(element.get("alias").to_owned());
                    }
                }
                _ => {}
            }
        }
        packages
    }

    /// Repositories (`repos`).
    pub fn repositories(&self) -> Vec<Repository> {
        self.at("stream/repo-list/repo")
            .map(|one| Repository { alias: one.get("alias").to_owned(), enabled: one.get("enabled") == "1" })
            .collect()
    }

    /// Names or patterns that are locked (`locks`).
    pub fn locks(&self) -> Vec<String> {
        self.at("stream/locks/lock/name")
            .map(|one| one.text.clone())
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// How many packages are installed (`search --installed-only`).
    pub fn installed(&self) -> usize {
        self.at("stream/search-result/solvable-list/solvable")
            .filter(|one| one.get("kind") == "package")
            .count()
    }
}

fn update(name: &str, kind: UpdateKind) -> Update {
    Update {
        name: name.to_owned(),
        installed: String::new(),
        candidate: String::new(),
        kind,
        sources: Vec::new(),
        advisories: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_read_with_what_they_fix() {
        let document = Document::parse(
            "<?xml version='1.0'?>\n<stream>\n<message type=\"info\">Loading repository data...</message>\n\
             <message type=\"warning\">Repository 'x' is out-of-date.</message>\n\
             <update-status version=\"0.6\">\n<update-list>\n\
             <update kind=\"patch\" name=\"SUSE-2026-1\" edition=\"1\" arch=\"noarch\" status=\"needed\" category=\"security\" severity=\"important\">\
             <summary>Security update for openssl</summary><source url=\"https://x\" alias=\"updates\"/>\
             <issue-list><issue type=\"bugzilla\" id=\"1\"/><issue type=\"cve\" id=\"CVE-2026-0001\"><title>x</title></issue></issue-list></update>\
             <update kind=\"patch\" name=\"SUSE-2026-2\" category=\"recommended\"/>\
             </update-list>\n</update-status>\n</stream>\n",
        )
        .unwrap();
        let patches = document.patches();
        assert_eq!(patches[0].kind, UpdateKind::Security);
        assert_eq!(patches[0].advisories, ["1", "CVE-2026-0001"]);
        assert_eq!(patches[0].sources, ["updates"]);
        assert_eq!(patches[1].kind, UpdateKind::Other);
        assert_eq!(document.complaints(), ["Repository 'x' is out-of-date."]);
    }

    #[test]
    fn what_is_no_output_of_zypper_is_refused() {
        assert!(Document::parse("<html></html>").is_err());
        assert!(Document::parse("<stream><update-status>").is_err());
    }
}
