//! Reads `manage-bde -status` of Windows, in English and in Japanese. A pure function of its text.
//!
//! What decides is the share that is encrypted, a number in every language, and whether protection is on: a volume
//! that is encrypted while protection is off keeps its key in the clear.

use rusuban_core::world::disk_encryption::{Encryption, Volume};

/// Volumes with their state; empty where the text is no such report.
pub fn volumes(text: &str) -> Vec<Volume> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for line in text.lines() {
        if let Some(name) = heading(line) {
            blocks.push(Block { name, fields: Vec::new() });
        } else if let Some(block) = blocks.last_mut()
            && let Some((label, value)) = line.split_once([':', '：'])
        {
            block.fields.push((label.trim(), value.trim()));
        }
    }
    blocks.iter().map(Block::volume).collect()
}

struct Block<'a> {
    name: &'a str,
    fields: Vec<(&'a str, &'a str)>,
}

/// The name of a volume in its heading: `Volume C: [Windows]`, `ボリューム C: [Windows]`.
fn heading(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}');
    let rest = line.strip_prefix("Volume ").or_else(|| line.strip_prefix("ボリューム "))?;
    rest.split_ascii_whitespace().next()
}

impl Block<'_> {
    fn field(&self, labels: [&str; 2]) -> Option<&str> {
        self.fields.iter().find(|(label, _)| labels.contains(label)).map(|(_, value)| *value)
    }

    fn volume(&self) -> Volume {
        let name = self.name.to_owned();
        Volume {
            mounts: vec![name.clone()],
            name,
            filesystem: None,
            external: false,
            encryption: self.encryption(),
        }
    }

    fn encryption(&self) -> Encryption {
        let method = self.field(["Encryption Method", "暗号化の方法"]).unwrap_or_default();
        // A locked volume shows nothing else, and only an encrypted one can be locked.
        if matches!(self.field(["Lock Status", "ロック状態"]), Some("Locked" | "ロック")) {
            return Encryption::On("BitLocker".to_owned());
        }
        let share = self.field(["Percentage Encrypted", "暗号化された割合"]).and_then(thousandths);
        match (share, self.protection()) {
            (None, _) => Encryption::NotSeen("no percentage".to_owned()),
            (Some(0), _) => Encryption::Off,
            (Some(1000), Some(true)) => Encryption::On(format!("BitLocker {method}").trim().to_owned()),
            (Some(1000), Some(false)) => Encryption::Suspended,
            (Some(1000), None) => Encryption::NotSeen("no protection status".to_owned()),
            (Some(share), _) => Encryption::Partly(Some(share)),
        }
    }

    /// Whether protection is on. More may follow the words: how many restarts it is off for.
    fn protection(&self) -> Option<bool> {
        let status = self.field(["Protection Status", "保護状態"])?;
        let starts = |words: [&str; 2]| words.iter().any(|word| status.starts_with(word));
        if starts(["Protection On", "保護はオン"]) {
            Some(true)
        } else if starts(["Protection Off", "保護はオフ"]) {
            Some(false)
        } else {
            None
        }
    }
}

/// `100.0%` as 1000.
fn thousandths(text: &str) -> Option<i64> {
    let (whole, rest) =
        text.strip_suffix('%')?.split_once(['.', ',']).unwrap_or((text.strip_suffix('%')?, "0"));
    let whole: i64 = whole.parse().ok().filter(|percent| (0..=100).contains(percent))?;
    let tenth = i64::from(rest.chars().next()?.to_digit(10)?);
    let is_number = rest.chars().all(|c| c.is_ascii_digit());
    // Anything above nothing, however little, is more than nothing.
    let more = i64::from(whole == 0 && tenth == 0 && rest.chars().any(|c| c != '0'));
    is_number.then_some((whole * 10 + tenth + more).min(1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "BitLocker Drive Encryption: Configuration Tool version 10.0.22621\r\n\
        Copyright (C) 2013 Microsoft Corporation. All rights reserved.\r\n\r\n\
        Disk volumes that can be protected with\r\nBitLocker Drive Encryption:\r\n\
        Volume C: [Windows]\r\n[OS Volume]\r\n\r\n\
        \x20   Size:                 475.69 GB\r\n    BitLocker Version:    2.0\r\n\
        \x20   Conversion Status:    Used Space Only Encrypted\r\n    Percentage Encrypted: 100.0%\r\n\
        \x20   Encryption Method:    XTS-AES 128\r\n    Protection Status:    Protection On\r\n\
        \x20   Lock Status:          Unlocked\r\n    Identification Field: Unknown\r\n\
        \x20   Key Protectors:\r\n        TPM\r\n        Numerical Password\r\n\r\n\
        Volume D: [Label Unknown]\r\n[Data Volume]\r\n\r\n\
        \x20   Size:                 Unknown GB\r\n    Conversion Status:    Unknown\r\n\
        \x20   Percentage Encrypted: Unknown%\r\n    Encryption Method:    XTS-AES 128\r\n\
        \x20   Protection Status:    Unknown\r\n    Lock Status:          Locked\r\n";

    const JAPANESE: &str = "BitLocker ドライブ暗号化: 構成ツール Version 10.0.26100\r\n\
        Copyright (C) 2013 Microsoft Corporation. All rights reserved.\r\n\r\n\
        ボリューム C: [Windows]\r\n[OS ボリューム]\r\n\r\n\
        \x20   サイズ:                 930.52 GB\r\n    BitLocker のバージョン: なし\r\n\
        \x20   変換状態:               暗号化は完全に解除されています\r\n    暗号化された割合:       0.0%\r\n\
        \x20   暗号化の方法:           なし\r\n    保護状態:               保護はオフです\r\n\
        \x20   ロック状態:             ロック解除\r\n    識別子フィールド:       なし\r\n\
        \x20   キーの保護機能:         見つかりません\r\n";

    fn states(text: &str) -> Vec<(String, Encryption)> {
        volumes(text).into_iter().map(|volume| (volume.name, volume.encryption)).collect()
    }

    #[test]
    fn english() {
        assert_eq!(
            states(ENGLISH),
            [
                ("C:".to_owned(), Encryption::On("BitLocker XTS-AES 128".to_owned())),
                ("D:".to_owned(), Encryption::On("BitLocker".to_owned())),
            ]
        );
    }

    #[test]
    fn japanese() {
        assert_eq!(states(JAPANESE), [("C:".to_owned(), Encryption::Off)]);
        let on = JAPANESE.replace("0.0%", "100.0%").replace("保護はオフです", "保護はオンです");
        assert!(matches!(states(&on)[0].1, Encryption::On(_)));
    }

    #[test]
    fn suspended_is_not_protected() {
        let off = ENGLISH.replace("Protection On", "Protection Off (1 reboots left)");
        assert_eq!(states(&off)[0].1, Encryption::Suspended);
        let off = JAPANESE.replace("0.0%", "100.0%");
        assert_eq!(states(&off)[0].1, Encryption::Suspended);
    }

    #[test]
    fn half_way_is_not_there() {
        let half = ENGLISH.replace("100.0%", "45.3%");
        assert_eq!(states(&half)[0].1, Encryption::Partly(Some(453)));
        let nearly = ENGLISH.replace("100.0%", "99.9%");
        assert_eq!(states(&nearly)[0].1, Encryption::Partly(Some(999)));
        assert_eq!(thousandths("0.01%"), Some(1));
        assert_eq!(thousandths("101.0%"), None);
        assert_eq!(thousandths("Unknown%"), None);
    }

    #[test]
    fn a_report_that_breaks_off_was_not_seen() {
        let (half, _) = ENGLISH.split_once("    Protection Status").unwrap();
        assert!(matches!(states(half)[0].1, Encryption::NotSeen(_)));
        let (half, _) = ENGLISH.split_once("    Size").unwrap();
        assert!(matches!(states(half)[0].1, Encryption::NotSeen(_)));
        assert!(states("ERROR: An attempt to access a required resource was denied.\r\n").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = volumes(&text);
            let _ = volumes(&format!("Volume C:\nPercentage Encrypted: {text}%\nProtection Status: {text}"));
            let _ = thousandths(&text);
        }
    }
}
