//! Reads what Microsoft Defender says about itself: `Get-MpComputerStatus` (MSFT_MpComputerStatus) and `mdatp health`.
//!
//! Properties that are not there are not known; none is guessed.

use jiff::{SignedDuration, Timestamp};
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Seen, Unknown, UnknownCode};
use rusuban_core::world::definitions::{DefenderFacts, DefenderProduct};
use serde_json::{Map, Value};

use super::import::{Format, ImportError, decode};

type Properties = Map<String, Value>;

/// Ages in days from here on mean that there never was an update (0xFFFF and 0xFFFFFFFF have been seen).
const NEVER: i64 = 65_535;

/// Reads a status in any encoding that is known.
pub(super) fn parse(format: Format, bytes: &[u8]) -> Result<DefenderFacts, ImportError> {
    let text = decode(bytes)?;
    let properties = properties(&text)?;
    let (marks, read): (&[&str], fn(&Properties) -> DefenderFacts) = match format {
        Format::DefenderStatus => {
            (&["AMServiceEnabled", "AntivirusEnabled", "AntivirusSignatureVersion"], windows)
        }
        Format::MdatpHealth => (&["healthy", "definitionsVersion", "realTimeProtectionEnabled"], mdatp),
    };
    if !marks.iter().any(|mark| properties.contains_key(*mark)) {
        return Err(ImportError::OtherShape(format));
    }
    Ok(read(&properties))
}

/// The one JSON object of a text. Words before it (warnings on the same stream) are skipped.
fn properties(text: &str) -> Result<Properties, ImportError> {
    let json = text.find(['{', '[']).and_then(|at| text.get(at..)).unwrap_or_default();
    let value: Value =
        serde_json::from_str(json.trim_end()).map_err(|error| ImportError::NotJson(error.to_string()))?;
    let value = match value {
        Value::Array(mut list) if list.len() == 1 => list.pop().unwrap_or_default(),
        Value::Array(list) => return Err(ImportError::SeveralMachines(list.len())),
        value => value,
    };
    match value {
        Value::Object(properties) => Ok(properties),
        _ => Err(ImportError::NotJson("no object".to_owned())),
    }
}

fn windows(status: &Properties) -> DefenderFacts {
    let age = status.get("AntivirusSignatureAge").and_then(Value::as_i64);
    let updated_at = match (age, status.get("AntivirusSignatureLastUpdated")) {
        (Some(days), _) if days >= NEVER => Seen::Known(None),
        (_, None) => Seen::Unknown(undated()),
        (_, Some(Value::Null)) => Seen::Known(None),
        (_, Some(value)) => match time(value) {
            // 1601-01-01, the zero of Windows' clock, and its like.
            Some(time) if time <= Timestamp::UNIX_EPOCH => Seen::Known(None),
            Some(time) => Seen::Known(Some(time)),
            None => Seen::Unknown(undated()),
        },
    };
    // The age is in whole days; a day more for what was cut off, and one for the zones.
    let made_by = made_by(&updated_at, age.and_then(|days| days.checked_add(2)?.checked_mul(24 * 60)));
    let mode = word(status, "AMRunningMode");
    let flags = [flag(status, "AMServiceEnabled"), flag(status, "AntivirusEnabled")];
    let stopped = mode.as_deref() == Some("Not running");
    DefenderFacts {
        product: DefenderProduct::Windows,
        product_version: word(status, "AMProductVersion"),
        engine_version: word(status, "AMEngineVersion"),
        definitions_version: word(status, "AntivirusSignatureVersion"),
        updated_at,
        made_by,
        active: if stopped || flags.contains(&Some(false)) { Some(false) } else { flags[1] },
        real_time: flag(status, "RealTimeProtectionEnabled"),
        passive: mode.map(|mode| mode.contains("Passive") || mode.contains("EDR Block")),
        says_outdated: flag(status, "DefenderSignaturesOutOfDate"),
    }
}

fn mdatp(health: &Properties) -> DefenderFacts {
    let updated_at = match health.get("definitionsUpdated") {
        None => Seen::Unknown(undated()),
        Some(Value::Null) => Seen::Known(None),
        Some(value) => match milliseconds(value) {
            Some(0) => Seen::Known(None),
            Some(millis) => Timestamp::from_millisecond(millis)
                .map_or_else(|_| Seen::Unknown(undated()), |time| Seen::Known(Some(time))),
            None => Seen::Unknown(undated()),
        },
    };
    let minutes = health.get("definitionsUpdatedMinutesAgo").and_then(Value::as_i64);
    let made_by = made_by(&updated_at, minutes.and_then(|minutes| minutes.checked_add(5)));
    let status = health.get("definitionsStatus").and_then(|status| match status {
        Value::Object(variant) => variant.get("$type")?.as_str(),
        other => other.as_str(),
    });
    DefenderFacts {
        product: DefenderProduct::Mdatp,
        product_version: word(health, "appVersion"),
        engine_version: word(health, "engineVersion"),
        definitions_version: word(health, "definitionsVersion"),
        updated_at,
        made_by,
        active: flag(health, "healthy"),
        real_time: flag(health, "realTimeProtectionEnabled"),
        passive: flag(health, "passiveModeEnabled"),
        says_outdated: match status.map(str::to_ascii_lowercase).as_deref() {
            Some("uptodate" | "up_to_date") => Some(false),
            Some("outdated" | "outofdate" | "out_of_date") => Some(true),
            _ => None,
        },
    }
}

/// The latest instant at which a status that calls its definitions `minutes` old can have been made.
fn made_by(updated_at: &Seen<Option<Timestamp>>, minutes: Option<i64>) -> Option<Timestamp> {
    let updated = (*updated_at.known()?)?;
    updated.checked_add(SignedDuration::from_secs(minutes?.checked_mul(60)?)).ok()
}

fn word(properties: &Properties, name: &str) -> Option<String> {
    let word = properties.get(name)?.as_str()?.trim();
    (!word.is_empty()).then(|| word.chars().take(100).collect())
}

/// A truth value, bare or in an object beside what set it (`{"value": true}`).
fn flag(properties: &Properties, name: &str) -> Option<bool> {
    match properties.get(name)? {
        Value::Object(setting) => setting.get("value")?.as_bool(),
        value => value.as_bool(),
    }
}

fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        value => value.as_i64(),
    }
}

/// A time as ConvertTo-Json writes it: `/Date(1795270500000)/` (Windows PowerShell), ISO 8601 with an offset
/// (PowerShell 7), or either as the `value` of an object.
fn time(value: &Value) -> Option<Timestamp> {
    let text = match value {
        Value::Object(object) => object.get("value")?.as_str()?,
        value => value.as_str()?,
    };
    match text.strip_prefix("/Date(") {
        Some(rest) => {
            let inner = rest.strip_suffix(")/")?;
            // An offset may follow; the milliseconds are UTC all the same.
            let digits = inner.char_indices().skip(1).find(|(_, c)| matches!(c, '+' | '-'));
            let millis = digits.map_or(Some(inner), |(at, _)| inner.get(..at))?;
            Timestamp::from_millisecond(millis.parse().ok()?).ok()
        }
        None => text.parse().ok(),
    }
}

fn undated() -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        "defender:updated",
        Text::new(
            "Defender の定義の更新日時を読み取れません",
            "the time of the last update of Defender's definitions cannot be read",
        ),
        Text::new(
            "`Get-MpComputerStatus | ConvertTo-Json`（Linux と macOS は `mdatp health --output json`）で出力し直してください",
            "make it again with `Get-MpComputerStatus | ConvertTo-Json` (`mdatp health --output json` on Linux and macOS)",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::SHIFT_JIS;
    use proptest::prelude::*;

    /// As Windows PowerShell 5.1 writes it; only some of the properties.
    const STATUS: &str = r#"{
    "AMEngineVersion":  "1.1.26110.2",
    "AMProductVersion":  "4.18.26110.1",
    "AMRunningMode":  "Normal",
    "AMServiceEnabled":  true,
    "AntivirusEnabled":  true,
    "AntivirusSignatureAge":  0,
    "AntivirusSignatureLastUpdated":  "\/Date(1795270500000)\/",
    "AntivirusSignatureVersion":  "1.443.22.0",
    "ComputerState":  0,
    "DefenderSignaturesOutOfDate":  false,
    "FullScanAge":  4294967295,
    "FullScanEndTime":  null,
    "RealTimeProtectionEnabled":  true,
    "PSComputerName":  null,
    "CimSystemProperties":  { "Namespace":  "root/Microsoft/Windows/Defender", "ServerName":  "端末０１" }
}"#;

    const HEALTH: &str = r#"{
  "healthy": true,
  "healthIssues": [],
  "licensed": true,
  "engineVersion": "1.1.26100.1",
  "appVersion": "101.26092.0003",
  "definitionsUpdated": "1795270500000",
  "definitionsUpdatedMinutesAgo": 42,
  "definitionsVersion": "1.443.22.0",
  "definitionsStatus": { "$type": "upToDate" },
  "passiveModeEnabled": { "value": false, "source": "notSet" },
  "realTimeProtectionEnabled": { "value": true, "source": "managed" }
}"#;

    fn status(bytes: &[u8]) -> DefenderFacts {
        parse(Format::DefenderStatus, bytes).unwrap()
    }

    fn with(from: &str, to: &str) -> DefenderFacts {
        assert!(STATUS.contains(from));
        status(STATUS.replace(from, to).as_bytes())
    }

    fn updated(facts: &DefenderFacts) -> Option<String> {
        facts.updated_at.known().and_then(|time| time.map(|time| time.to_string()))
    }

    #[test]
    fn a_status_of_windows() {
        insta::assert_json_snapshot!(status(STATUS.as_bytes()), @r#"
        {
          "product": "windows",
          "product_version": "4.18.26110.1",
          "engine_version": "1.1.26110.2",
          "definitions_version": "1.443.22.0",
          "updated_at": {
            "known": "2026-11-21T14:15:00Z"
          },
          "made_by": "2026-11-23T14:15:00Z",
          "active": true,
          "real_time": true,
          "passive": false,
          "says_outdated": false
        }
        "#);
    }

    #[test]
    fn every_encoding_of_powershell_gives_the_same() {
        let expected = status(STATUS.as_bytes());
        let crlf = STATUS.replace('\n', "\r\n");
        let utf16 = |bom: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            bom.into_iter().chain(crlf.encode_utf16().flat_map(bytes)).collect()
        };
        assert_eq!(status(crlf.as_bytes()), expected);
        assert_eq!(status(format!("\u{feff}{crlf}").as_bytes()), expected);
        assert_eq!(status(&utf16([0xff, 0xfe], u16::to_le_bytes)), expected);
        assert_eq!(status(&utf16([0xfe, 0xff], u16::to_be_bytes)), expected);
        assert_eq!(status(&SHIFT_JIS.encode(&crlf).0), expected);
        assert_eq!(status(format!("[{STATUS}]").as_bytes()), expected);
    }

    #[test]
    fn every_form_of_a_date_is_read() {
        let date = r#""\/Date(1795270500000)\/""#;
        for form in [
            r#""\/Date(1795270500000+0900)\/""#,
            r#""2026-11-21T23:15:00+09:00""#,
            r#""2026-11-21T14:15:00.0000000Z""#,
            r#"{"value": "\/Date(1795270500000)\/", "DisplayHint": 2, "DateTime": "2026年11月21日 23:15:00"}"#,
        ] {
            assert_eq!(updated(&with(date, form)).as_deref(), Some("2026-11-21T14:15:00Z"), "{form}");
        }
        // Without an offset nobody knows which hour it was.
        for form in [r#""2026-11-21T23:15:00""#, r#""yesterday""#, "5", r#""\/Date()\/""#] {
            assert!(matches!(with(date, form).updated_at, Seen::Unknown(_)), "{form}");
        }
    }

    #[test]
    fn definitions_that_were_never_updated() {
        let age = r#""AntivirusSignatureAge":  0"#;
        assert_eq!(with(age, r#""AntivirusSignatureAge": 65535"#).updated_at, Seen::Known(None));
        assert_eq!(with(age, r#""AntivirusSignatureAge": 4294967295"#).updated_at, Seen::Known(None));
        let date = r#""\/Date(1795270500000)\/""#;
        assert_eq!(with(date, "null").updated_at, Seen::Known(None));
        assert_eq!(with(date, r#""\/Date(-11644473600000)\/""#).updated_at, Seen::Known(None));
    }

    #[test]
    fn off_passive_and_untold() {
        assert_eq!(with(r#""AntivirusEnabled":  true"#, r#""AntivirusEnabled": false"#).active, Some(false));
        assert_eq!(with(r#""Normal""#, r#""Not running""#).active, Some(false));
        assert_eq!(with(r#""Normal""#, r#""SxS Passive Mode""#).passive, Some(true));
        let untold = with(r#""RealTimeProtectionEnabled":  true,"#, "");
        assert_eq!(untold.real_time, None);
    }

    #[test]
    fn a_health_of_mdatp() {
        insta::assert_json_snapshot!(parse(Format::MdatpHealth, HEALTH.as_bytes()).unwrap(), @r#"
        {
          "product": "mdatp",
          "product_version": "101.26092.0003",
          "engine_version": "1.1.26100.1",
          "definitions_version": "1.443.22.0",
          "updated_at": {
            "known": "2026-11-21T14:15:00Z"
          },
          "made_by": "2026-11-21T15:02:00Z",
          "active": true,
          "real_time": true,
          "passive": false,
          "says_outdated": false
        }
        "#);
        let outdated = HEALTH.replace("upToDate", "outOfDate");
        let outdated = format!("ATTENTION: no license found\n{outdated}");
        assert_eq!(parse(Format::MdatpHealth, outdated.as_bytes()).unwrap().says_outdated, Some(true));
    }

    #[test]
    fn what_is_no_status_is_refused() {
        let refused = |bytes: &[u8]| parse(Format::DefenderStatus, bytes).unwrap_err();
        assert!(matches!(refused(b""), ImportError::NotJson(_)));
        let half = STATUS.get(..200).unwrap();
        assert!(matches!(refused(half.as_bytes()), ImportError::NotJson(_)));
        assert_eq!(refused(HEALTH.as_bytes()), ImportError::OtherShape(Format::DefenderStatus));
        assert_eq!(refused(format!("[{STATUS},{STATUS}]").as_bytes()), ImportError::SeveralMachines(2));
        assert_eq!(refused(&[b'{', 0x80, 0xff, 0xfe]), ImportError::Encoding);
        assert_eq!(refused(&vec![b' '; 2_000_000]), ImportError::TooLarge);
        assert_eq!(
            parse(Format::MdatpHealth, STATUS.as_bytes()).unwrap_err(),
            ImportError::OtherShape(Format::MdatpHealth)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(Format::DefenderStatus, &bytes);
        }

        #[test]
        fn any_value_is_read(date in "[ -~あ]{0,30}", age in any::<i64>(), minutes in any::<i64>()) {
            let value = serde_json::json!({
                "AntivirusEnabled": true, "healthy": true, "AntivirusSignatureAge": age,
                "AntivirusSignatureLastUpdated": format!("/Date({date})/"),
                "definitionsUpdated": age.to_string(), "definitionsUpdatedMinutesAgo": minutes,
            });
            let _ = parse(Format::DefenderStatus, value.to_string().as_bytes());
            let _ = parse(Format::MdatpHealth, value.to_string().as_bytes());
        }
    }
}
