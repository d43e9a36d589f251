//! Reads `repomd.xml`, the index of an rpm repository: when it was made, and whether it says of its updates what they
//! are for (`updateinfo`). Format: <https://github.com/rpm-software-management/createrepo_c>.

use jiff::Timestamp;

use super::xml_elements::{self, XmlError};

/// What the index of an rpm repository says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repomd {
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// Whether it has information about updates, and so tells security updates from others.
    pub has_update_info: bool,
}

/// Reads the index.
///
/// # Errors
/// No well-formed XML, or not the index of a repository.
pub fn parse(text: &str) -> Result<Repomd, XmlError> {
    let elements = xml_elements::read(text)?;
    if elements.first().is_none_or(|root| root.path != "repomd") {
        return Err(XmlError { at: 0, reason: "not the index of a repository (repomd)".to_owned() });
    }
    // A revision is the time in seconds unless its maker chose otherwise; each part bears its own time.
    let stamps =
        elements.iter().filter(|one| one.path == "repomd/revision" || one.path == "repomd/data/timestamp");
    let made_at = stamps.filter_map(|one| moment(&one.text)).max();
    let has_update_info =
        elements.iter().any(|one| one.path == "repomd/data" && one.get("type").starts_with("updateinfo"));
    Ok(Repomd { made_at, has_update_info })
}

fn moment(text: &str) -> Option<Timestamp> {
    // Some makers write fractions of a second.
    let seconds: i64 = text.split('.').next()?.parse().ok()?;
    // Small numbers are counted revisions, no times.
    (seconds > 1_000_000_000).then(|| Timestamp::from_second(seconds).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_update_information_are_read() {
        let repomd = parse(
            "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\"><revision>1795522423</revision>\
             <data type=\"primary\"><timestamp>1795522400.5</timestamp></data>\
             <data type=\"updateinfo\"><timestamp>1795522500</timestamp></data></repomd>",
        )
        .unwrap();
        assert_eq!(repomd.made_at, Some(Timestamp::from_second(1_795_522_500).unwrap()));
        assert!(repomd.has_update_info);
    }

    #[test]
    fn a_counted_revision_is_no_time() {
        let repomd = parse("<repomd><revision>42</revision><data type=\"primary\"/></repomd>").unwrap();
        assert_eq!(repomd, Repomd { made_at: None, has_update_info: false });
        assert!(parse("<html><body>login</body></html>").is_err());
    }
}
