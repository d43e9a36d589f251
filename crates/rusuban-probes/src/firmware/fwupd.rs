//! Reads the JSON of fwupdmgr(1), versions 1.7 to 2.0. Pure functions of its text.
//!
//! A failed question is a JSON object with `Error`; "nothing to do" is one of these, and good news only where the
//! devices and the lists were seen.

use jiff::Timestamp;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::firmware::{DeviceState, FirmwareDevice, FirmwareRemote, PendingFirmware};
use serde::Deserialize;
use serde_json::Value;

use crate::printable::{self, printable};

/// `FWUPD_ERROR_NOTHING_TO_DO`.
const NOTHING_TO_DO: i64 = 9;

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "Devices")]
    devices: Option<Vec<Device>>,
    #[serde(rename = "Remotes")]
    remotes: Option<Vec<Remote>>,
    #[serde(rename = "Error")]
    error: Option<Refusal>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal {
    #[serde(default)]
    domain: String,
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Device {
    #[serde(rename = "DeviceId")]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    plugin: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    update_state: Value,
    #[serde(default)]
    releases: Vec<Release>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Release {
    version: String,
    #[serde(default)]
    urgency: String,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    issues: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Remote {
    id: String,
    #[serde(default)]
    kind: String,
    /// A yes or no, in older versions as a word.
    #[serde(default)]
    enabled: Value,
    /// 2.x: seconds since 1970; -1 where there is no copy.
    #[serde(default)]
    mtime: Option<i64>,
    /// 1.x, likewise; 0 where there is no copy.
    #[serde(default)]
    modification_time: Option<i64>,
}

/// What is pending for one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    device_id: String,
    pending: Option<PendingFirmware>,
}

/// Devices, from `get-devices --json`.
///
/// # Errors
/// The service refused, lists nothing at all, or the text is not its JSON.
pub fn devices(json: &str) -> Result<Vec<FirmwareDevice>, Unknown> {
    let answer = read(json)?;
    let devices = answer.devices.ok_or_else(|| refused(answer.error.as_ref()))?;
    if devices.is_empty() {
        return Err(no_device());
    }
    Ok(devices.into_iter().map(Device::into_fact).collect())
}

/// What is pending, from `get-updates --json`. Empty where the service says that there is nothing to do.
///
/// # Errors
/// The service refused, or the text is not its JSON.
pub fn updates(json: &str) -> Result<Vec<Update>, Unknown> {
    let answer = read(json)?;
    match (answer.devices, answer.error) {
        (Some(devices), _) => Ok(devices.into_iter().map(Device::into_update).collect()),
        (None, Some(error)) if error.domain == "FwupdError" && error.code == NOTHING_TO_DO => Ok(Vec::new()),
        (None, error) => Err(refused(error.as_ref())),
    }
}

/// The lists that the service goes by, from `get-remotes --json`.
///
/// # Errors
/// The service refused, or the text is not its JSON.
pub fn remotes(json: &str) -> Result<Vec<FirmwareRemote>, Unknown> {
    let answer = read(json)?;
    match (answer.remotes, answer.error) {
        (Some(remotes), _) => Ok(remotes.into_iter().map(Remote::into_fact).collect()),
        (None, Some(error)) if error.domain == "FwupdError" && error.code == NOTHING_TO_DO => Ok(Vec::new()),
        (None, error) => Err(refused(error.as_ref())),
    }
}

/// Lays what is pending beside the devices.
///
/// # Errors
/// An update for a device that was not listed: the two answers do not belong together.
pub fn join(devices: &mut [FirmwareDevice], updates: &[Update]) -> Result<(), Unknown> {
    for update in updates {
        let device = devices.iter_mut().find(|device| device.id == update.device_id);
        let device = device.ok_or_else(|| unreadable("an update for a device that is not listed"))?;
        device.pending.clone_from(&update.pending);
    }
    Ok(())
}

impl Device {
    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|own| own == flag)
    }

    fn state(&self) -> DeviceState {
        if self.has("updatable-hidden") || self.has("locked") {
            DeviceState::HeldBack
        } else if !self.has("updatable") {
            DeviceState::ListedOnly
        } else if self.has("supported") {
            DeviceState::InLists
        } else {
            DeviceState::NotInLists
        }
    }

    fn waits_for(&self) -> Option<String> {
        let flag =
            ["needs-reboot", "needs-shutdown", "needs-activation"].into_iter().find(|flag| self.has(flag));
        let state = self.update_state.as_str().filter(|state| *state == "needs-reboot");
        flag.or(state).map(str::to_owned)
    }

    fn into_fact(self) -> FirmwareDevice {
        FirmwareDevice {
            state: self.state(),
            waits_for: self.waits_for(),
            name: printable(if self.name.is_empty() { &self.plugin } else { &self.name }),
            id: self.id,
            vendor: printable(&self.vendor),
            plugin: self.plugin,
            version: printable(&self.version),
            pending: None,
        }
    }

    fn into_update(self) -> Update {
        // The service puts the newest release first; one that is no step up is no update.
        let newest = self.releases.into_iter().find(|release| {
            release.flags.is_empty() || release.flags.iter().any(|flag| flag == "is-upgrade")
        });
        Update {
            device_id: self.id,
            pending: newest.map(|release| PendingFirmware {
                version: release.version,
                urgency: release.urgency,
                released: release.created.and_then(|at| Timestamp::from_second(at).ok()),
                issues: release.issues,
            }),
        }
    }
}

impl Remote {
    fn into_fact(self) -> FirmwareRemote {
        let written = self.mtime.or(self.modification_time).filter(|at| *at > 0);
        FirmwareRemote {
            id: self.id,
            kind: self.kind,
            enabled: self.enabled == Value::Bool(true) || self.enabled == Value::String("true".to_owned()),
            refreshed: written.and_then(|at| Timestamp::from_second(at).ok()),
        }
    }
}

fn read(json: &str) -> Result<Answer, Unknown> {
    serde_json::from_str(json).map_err(|error| unreadable(&error.to_string()))
}

fn refused(error: Option<&Refusal>) -> Unknown {
    let Some(error) = error else { return unreadable("neither an answer nor an error") };
    let message = printable::within(&error.message, 300);
    Unknown::new(
        UnknownCode::ToolFailed,
        "fwupdmgr",
        Text::new(
            format!("fwupd が答えませんでした（{message}）"),
            format!("fwupd gave no answer ({message})"),
        ),
        Text::new(
            "`systemctl start fwupd` を実行し、`fwupdmgr get-devices` で確かめてください",
            "run `systemctl start fwupd` and look with `fwupdmgr get-devices`",
        ),
    )
}

fn no_device() -> Unknown {
    Unknown::new(
        UnknownCode::ControlFailed,
        "fwupdmgr",
        Text::new(
            "fwupd が装置を1つも見つけていないため、更新の有無は分かりません",
            "fwupd found not a single device, so it could not have seen an update",
        ),
        Text::new("`fwupdmgr get-devices` で確かめてください", "look with `fwupdmgr get-devices`"),
    )
}

fn unreadable(reason: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        "fwupdmgr",
        Text::new(
            format!("fwupdmgr の答えを読めません（{reason}）"),
            format!("the answer of fwupdmgr cannot be read ({reason})"),
        ),
        Text::new(
            "`fwupdmgr get-updates --json` で確かめてください",
            "look with `fwupdmgr get-updates --json`",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As fwupdmgr 2.0.20 answers without a daemon.
    const NO_DAEMON: &str = r#"{"Error":{"Domain":"g-io-error-quark","Code":1,
        "Message":"Failed to connect to daemon: Could not connect: No such file or directory"}}"#;
    const NOTHING: &str = r#"{"Error":{"Domain":"FwupdError","Code":9,"Message":"No updatable devices"}}"#;

    fn device(flags: &str) -> FirmwareDevice {
        let json =
            format!(r#"{{"Devices":[{{"DeviceId":"d","Name":"System Firmware","Flags":[{flags}]}}]}}"#);
        devices(&json).unwrap().remove(0)
    }

    #[test]
    fn no_daemon_is_no_answer_to_any_question() {
        assert_eq!(devices(NO_DAEMON).unwrap_err().code, UnknownCode::ToolFailed);
        assert_eq!(updates(NO_DAEMON).unwrap_err().code, UnknownCode::ToolFailed);
        assert_eq!(remotes(NO_DAEMON).unwrap_err().code, UnknownCode::ToolFailed);
    }

    #[test]
    fn nothing_to_do_is_an_answer_about_updates_and_none_about_devices() {
        assert_eq!(updates(NOTHING), Ok(Vec::new()));
        assert_eq!(devices(NOTHING).unwrap_err().code, UnknownCode::ToolFailed);
        let other = NOTHING.replace("FwupdError", "GIOError");
        assert_eq!(updates(&other).unwrap_err().code, UnknownCode::ToolFailed);
    }

    #[test]
    fn no_device_at_all_is_a_failed_control() {
        assert_eq!(devices(r#"{"Devices":[]}"#).unwrap_err().code, UnknownCode::ControlFailed);
        assert_eq!(devices("{}").unwrap_err().code, UnknownCode::Unparsable);
        assert_eq!(devices("No devices").unwrap_err().code, UnknownCode::Unparsable);
    }

    #[test]
    fn flags_tell_what_can_be_done() {
        assert_eq!(device(r#""internal""#).state, DeviceState::ListedOnly);
        assert_eq!(device(r#""updatable""#).state, DeviceState::NotInLists);
        assert_eq!(device(r#""updatable","supported""#).state, DeviceState::InLists);
        assert_eq!(device(r#""updatable-hidden","supported""#).state, DeviceState::HeldBack);
        assert_eq!(device(r#""updatable","needs-reboot""#).waits_for.as_deref(), Some("needs-reboot"));
    }

    #[test]
    fn a_release_that_is_no_step_up_is_no_update() {
        let json = |flag: &str| {
            format!(
                r#"{{"Devices":[{{"DeviceId":"d","Releases":[{{"Version":"1.4","Urgency":"high",
                "Created":1793491200,"Issues":["CVE-2026-0001"],"Flags":["trusted-metadata","{flag}"]}}]}}]}}"#
            )
        };
        let pending = |flag: &str| updates(&json(flag)).unwrap().remove(0).pending;
        assert_eq!(pending("is-downgrade"), None);
        let up = pending("is-upgrade").unwrap();
        assert_eq!((up.version.as_str(), up.urgency.as_str()), ("1.4", "high"));
        assert_eq!(up.issues, ["CVE-2026-0001"]);
    }

    #[test]
    fn an_update_for_an_unlisted_device_spoils_the_answer() {
        let mut listed = vec![device(r#""updatable","supported""#)];
        let other = updates(r#"{"Devices":[{"DeviceId":"e","Releases":[{"Version":"2"}]}]}"#).unwrap();
        assert_eq!(join(&mut listed, &other).unwrap_err().code, UnknownCode::Unparsable);
    }

    #[test]
    fn lists_of_both_generations() {
        let new = r#"{"Remotes":[{"Id":"lvfs","Kind":"download","Enabled":true,"Mtime":-1}]}"#;
        let seen = remotes(new).unwrap().remove(0);
        assert!(seen.enabled && seen.refreshed.is_none());
        let old =
            r#"{"Remotes":[{"Id":"lvfs","Kind":"download","Enabled":"true","ModificationTime":1795521308}]}"#;
        let seen = remotes(old).unwrap().remove(0);
        assert!(seen.enabled);
        assert_eq!(seen.refreshed, Timestamp::from_second(1_795_521_308).ok());
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = devices(&text);
            let _ = updates(&text);
            let _ = remotes(&text);
        }
    }
}
