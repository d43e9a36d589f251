//! Reads what ethtool(8) prints of one interface. A pure function of its output.

use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::auto_start::WakeOnLan;

/// What the output of `ethtool <interface>` says of wake-on-LAN.
///
/// Without the right to ask, ethtool prints everything else, leaves the two lines out and ends with status 0: exactly
/// what it prints for a driver without wake-on-LAN. Only its complaint tells the two apart.
///
/// # Errors
/// No right to ask, or an output that says nothing.
pub fn parse(interface: &str, output: &str, complaint: &str) -> Result<WakeOnLan, Unknown> {
    let field = |key: &str| {
        output.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.trim() == key).then(|| value.trim().to_owned())
        })
    };
    match (field("Supports Wake-on"), field("Wake-on")) {
        (Some(modes), Some(enabled)) if is_modes(&modes) && is_modes(&enabled) => {
            return Ok(WakeOnLan::Supported { modes, enabled });
        }
        (None, None) => {}
        _ => return Err(unreadable(interface)),
    }
    if complaint.contains("not permitted") || complaint.contains("Permission denied") {
        return Err(forbidden(interface));
    }
    // The link state comes last and every driver has one: with it the output is whole.
    let is_whole = output.lines().any(|line| line.trim_start().starts_with("Link detected:"));
    if is_whole || output.trim() == "No data available" {
        return Ok(WakeOnLan::NotSupported);
    }
    Err(unreadable(interface))
}

/// Letters of ethtool(8): `pumbgasfd`.
fn is_modes(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| "pumbgasfd".contains(c))
}

fn forbidden(interface: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NoPermission,
        format!("wake-on-lan {interface}"),
        Text::new(
            format!("{interface} の Wake-on-LAN の設定を読む権限がありません"),
            format!("no right to read the wake-on-LAN setting of {interface}"),
        ),
        Text::new("root 権限（sudo）で実行してください", "run it as root (sudo)"),
    )
}

fn unreadable(interface: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        format!("wake-on-lan {interface}"),
        Text::new(
            format!("ethtool が示した {interface} の状態を読めません"),
            format!("what ethtool prints of {interface} cannot be read"),
        ),
        Text::new(
            format!("`ethtool {interface}` を手で実行して確かめてください"),
            format!("run `ethtool {interface}` by hand and look"),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "Settings for enp0s31f6:\n\tSupported ports: [ TP ]\n\tSpeed: 1000Mb/s\n\
        \tSupports Wake-on: pumbg\n\tWake-on: g\n        Current message level: 0x00000007 (7)\n\
        \t\t\t       drv probe link\n\tLink detected: yes\n";

    /// As ethtool 6.1 prints a virtio card.
    const WITHOUT: &str =
        "Settings for eth0:\n\tSupported ports: [  ]\n\tSpeed: Unknown!\n\tLink detected: yes\n";

    #[test]
    fn a_card_that_listens() {
        let seen = parse("enp0s31f6", CARD, "").unwrap();
        assert_eq!(seen, WakeOnLan::Supported { modes: "pumbg".to_owned(), enabled: "g".to_owned() });
        assert_eq!(seen.on(), Some("g"));
    }

    #[test]
    fn a_card_that_could_and_does_not() {
        let seen = parse("enp0s31f6", &CARD.replace("\tWake-on: g", "\tWake-on: d"), "").unwrap();
        assert_eq!(seen.on(), None);
        assert!(matches!(seen, WakeOnLan::Supported { .. }));
    }

    #[test]
    fn a_driver_without_it() {
        assert_eq!(parse("eth0", WITHOUT, ""), Ok(WakeOnLan::NotSupported));
        assert_eq!(
            parse("ifb0", "No data available\n", "netlink error: Operation not supported\n"),
            Ok(WakeOnLan::NotSupported)
        );
    }

    #[test]
    fn the_same_output_without_the_right_to_ask_is_no_answer() {
        let why = parse("eth0", WITHOUT, "netlink error: Operation not permitted\n").unwrap_err();
        assert_eq!(why.code, UnknownCode::NoPermission);
    }

    #[test]
    fn output_that_breaks_off_is_no_answer() {
        let half: String = CARD.lines().take(3).collect::<Vec<_>>().join("\n");
        assert_eq!(parse("eth0", &half, "").unwrap_err().code, UnknownCode::Unparsable);
        assert_eq!(parse("eth0", "", "").unwrap_err().code, UnknownCode::Unparsable);
        let one = "Settings for eth0:\n\tSupports Wake-on: pumbg\n";
        assert_eq!(parse("eth0", one, "").unwrap_err().code, UnknownCode::Unparsable);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(output: String, complaint: String) {
            let _ = parse("eth0", &output, &complaint);
        }
    }
}
