//! Reads `fdesetup status` of macOS. A pure function of its text.

use rusuban_core::world::disk_encryption::Encryption;

/// The state of the start-up volume; none where the text is no such report.
///
/// "On" may stand there while the disk is still being encrypted or decrypted: every line counts.
pub fn state(text: &str) -> Option<Encryption> {
    let lines = || text.lines().map(str::trim);
    let is_on = lines().any(|line| line.starts_with("FileVault is On"));
    let is_off = lines().any(|line| line.starts_with("FileVault is Off"));
    let moving = lines().find(|line| line.contains("in progress"));
    let waits = lines().any(|line| line.starts_with("FileVault is On, but"));
    match (is_on, is_off, moving) {
        (false, false, None) | (true, true, _) => None,
        (_, _, Some(line)) => Some(Encryption::Partly(done(line))),
        (true, ..) if waits => Some(Encryption::Partly(None)),
        (true, ..) => Some(Encryption::On("FileVault".to_owned())),
        (false, ..) => Some(Encryption::Off),
    }
}

/// `Encryption in progress: Percent completed = 34.5` as 345; for a decryption that is what is left.
fn done(line: &str) -> Option<i64> {
    let (_, number) = line.rsplit_once('=')?;
    let (whole, rest) = number.trim().split_once('.').unwrap_or((number.trim(), "0"));
    let whole: i64 = whole.parse().ok().filter(|percent| (0..=100).contains(percent))?;
    let tenth = i64::from(rest.chars().next()?.to_digit(10)?);
    let share = (whole * 10 + tenth).min(1000);
    Some(if line.starts_with("Decryption") { 1000 - share } else { share })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_macos_prints() {
        assert_eq!(state("FileVault is On.\n"), Some(Encryption::On("FileVault".to_owned())));
        assert_eq!(state("FileVault is Off.\n"), Some(Encryption::Off));
        let later = "FileVault is Off, but will be enabled after the next restart.\n";
        assert_eq!(state(later), Some(Encryption::Off));
        let restart = "FileVault is On, but needs to be restarted to finish.\n";
        assert_eq!(state(restart), Some(Encryption::Partly(None)));
        let moving = "FileVault is On.\r\nEncryption in progress: Percent completed = 34.5\r\n";
        assert_eq!(state(moving), Some(Encryption::Partly(Some(345))));
        let back = "FileVault is On.\nDecryption in progress: Percent completed = 34\n";
        assert_eq!(state(back), Some(Encryption::Partly(Some(660))));
    }

    #[test]
    fn another_text_is_no_answer() {
        assert_eq!(state(""), None);
        assert_eq!(state("fdesetup: command not found\n"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = state(&text);
            let _ = state(&format!("Encryption in progress: Percent completed = {text}"));
        }
    }
}
