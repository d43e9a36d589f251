//! Reads `/proc/acpi/wakeup`. A pure function of its text.

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};

/// Names of the ACPI devices that may wake the machine from sleep.
///
/// # Errors
/// A text without the heading that the kernel writes.
pub fn enabled(text: &str) -> Result<Vec<String>, Unknown> {
    let mut lines = text.lines();
    if !lines.next().is_some_and(|heading| heading.starts_with("Device") && heading.contains("Status")) {
        return Err(Unknown::new(
            UnknownCode::Unparsable,
            "/proc/acpi/wakeup",
            Text::new("/proc/acpi/wakeup を読めません", "/proc/acpi/wakeup cannot be read"),
            Text::new("ファイルを確認してください", "look at the file"),
        ));
    }
    let mut names: Vec<String> = Vec::new();
    let mut device = "";
    for line in lines {
        // A second node of the same device stands on a line of its own, indented.
        if !line.starts_with([' ', '\t']) {
            device = line.split_ascii_whitespace().next().unwrap_or("");
        }
        let is_on = line.split_ascii_whitespace().any(|word| word == "*enabled");
        if is_on && !device.is_empty() && names.last().is_none_or(|last| last != device) {
            names.push(device.to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "Device\tS-state\t  Status   Sysfs node\n\
        PEG0\t  S4\t*disabled\n\
        GLAN\t  S4\t*enabled   pci:0000:00:1f.6\n\
        XHC\t  S3\t*enabled   pci:0000:00:14.0\n\
        RP01\t  S4\t*disabled  pci:0000:00:1c.0\n\
        \t\t*enabled   platform:PNP0C0D:00\n";

    #[test]
    fn devices_that_wake() {
        assert_eq!(enabled(LIST).unwrap(), ["GLAN", "XHC", "RP01"]);
        assert!(enabled("Device\tS-state\t  Status   Sysfs node\n").unwrap().is_empty());
    }

    #[test]
    fn another_text_is_no_answer() {
        assert_eq!(enabled("").unwrap_err().code, UnknownCode::Unparsable);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = enabled(&text);
            let _ = enabled(&format!("Device Status\n{text}"));
        }
    }
}
