//! Reads `timedatectl show-timesync --all` and, for the offset alone, `timedatectl timesync-status` (timedatectl(1)),
//! both printed in the C locale and in UTC. Pure functions of their text.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::clock::{ClockState, Follows, ServiceKind};

use super::{number, unreadable};

/// What timesyncd says of the clock.
///
/// `NTPSynchronized=` of `timedatectl show` is left aside: it is a flag of the kernel that outlives its source.
///
/// # Errors
/// A text that is not a whole report.
pub fn state(shown: &str, table: &str) -> Result<ClockState, Unknown> {
    let property =
        |key: &str| shown.lines().find_map(|line| line.trim_end().strip_prefix(key)?.strip_prefix('='));
    // Always there, answer or not.
    if property("PollIntervalMaxUSec").is_none() || property("Frequency").is_none() {
        return Err(bad("report"));
    }
    let Some(message) = property("NTPMessage") else {
        return Ok(nothing());
    };
    let message = message.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let message = message.ok_or_else(|| bad("NTPMessage"))?;
    let field =
        |key: &str| message.split(',').find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('='));
    let stratum: i64 = field("Stratum").and_then(|text| text.parse().ok()).ok_or_else(|| bad("stratum"))?;
    // 3 is "not synchronised" (RFC 5905).
    if field("Leap") == Some("3") || stratum >= 16 {
        return Ok(nothing());
    }
    let received = field("DestinationTimestamp").ok_or_else(|| bad("DestinationTimestamp"))?;
    let received = instant(received).ok_or_else(|| bad("DestinationTimestamp"))?;
    let span = |key: &str| field(key).and_then(number::span).ok_or_else(|| bad(key));
    let server = property("ServerName").filter(|name| !name.is_empty()).unwrap_or("?");
    Ok(ClockState {
        follows: Follows::Source(server.to_owned()),
        offset_us: offset(table),
        error_bound_us: Some(span("RootDelay")? / 2 + span("RootDispersion")?),
        stratum: Some(stratum + 1),
        compared_at: Some(received),
        source_free_running: field("Reference").map(|id| stratum > 1 && id.starts_with("7F7F01")),
    })
}

fn nothing() -> ClockState {
    ClockState {
        follows: Follows::Nothing,
        offset_us: None,
        error_bound_us: None,
        stratum: None,
        compared_at: None,
        source_free_running: None,
    }
}

/// The offset of the last answer: server minus machine, before it was corrected.
fn offset(table: &str) -> Option<i64> {
    let line = table.lines().find_map(|line| line.trim().strip_prefix("Offset:"))?;
    number::span(line)
}

/// `Tue 2026-11-24 12:08:56 UTC`
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim().strip_suffix(" UTC")?;
    let (_, text) = text.split_once(' ')?;
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

fn bad(what: &str) -> Unknown {
    unreadable(ServiceKind::Timesyncd, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusuban_core::model::verdict::UnknownCode;

    /// As systemd 252 prints them.
    const HEAD: &str = "LinkNTPServers=\nSystemNTPServers=127.0.0.1\nRuntimeNTPServers=\n\
        FallbackNTPServers=0.debian.pool.ntp.org 1.debian.pool.ntp.org\nServerName=127.0.0.1\n\
        ServerAddress=127.0.0.1\nRootDistanceMaxUSec=5s\nPollIntervalMinUSec=32s\nPollIntervalMaxUSec=34min 8s\n\
        PollIntervalUSec=32s\n";
    const MESSAGE: &str = "NTPMessage={ Leap=0, Version=4, Mode=4, Stratum=2, Precision=-25, RootDelay=8.117ms, \
        RootDispersion=30us, Reference=7F7F0101, OriginateTimestamp=Tue 2026-11-24 12:09:53 UTC, \
        ReceiveTimestamp=Tue 2026-11-24 12:11:23 UTC, TransmitTimestamp=Tue 2026-11-24 12:11:23 UTC, \
        DestinationTimestamp=Tue 2026-11-24 12:09:53 UTC, Ignored=no, PacketCount=1, Jitter=0 }\n";
    const TABLE: &str = "       Server: 127.0.0.1 (127.0.0.1)\nPoll interval: 32s (min: 32s; max 34min 8s)\n\
        \x20        Leap: normal\n       Offset: +1min 29.216072s\n        Delay: 60us\n Packet count: 1\n";

    #[test]
    fn a_clock_that_follows_a_server() {
        let state = state(&format!("{HEAD}{MESSAGE}Frequency=0\n"), TABLE).unwrap();
        assert_eq!(state.follows, Follows::Source("127.0.0.1".to_owned()));
        assert_eq!(state.offset_us, Some(89_216_072));
        assert_eq!(state.error_bound_us, Some(4_088));
        assert_eq!(state.compared_at, "2026-11-24T12:09:53Z".parse().ok());
        assert_eq!(state.source_free_running, Some(true));
    }

    #[test]
    fn a_server_that_never_answered_is_not_followed() {
        let state = state(&format!("{HEAD}Frequency=0\n"), " Packet count: 0\n").unwrap();
        assert_eq!(state.follows, Follows::Nothing);
    }

    #[test]
    fn without_the_table_only_the_offset_is_missing() {
        let state = state(&format!("{HEAD}{MESSAGE}Frequency=0\n"), "").unwrap();
        assert_eq!(state.offset_us, None);
        assert_eq!(state.stratum, Some(3));
    }

    #[test]
    fn half_a_report_is_no_answer() {
        assert_eq!(state("", TABLE).unwrap_err().code, UnknownCode::Unparsable);
        // A report that breaks off before the message must not read as "no message".
        assert_eq!(state(HEAD, TABLE).unwrap_err().code, UnknownCode::Unparsable);
        let local = MESSAGE.replace(" UTC", " JST");
        let why = state(&format!("{HEAD}{local}Frequency=0\n"), TABLE).unwrap_err();
        assert_eq!(why.code, UnknownCode::Unparsable);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String, table: String) {
            let _ = state(&text, &table);
            let _ = state(&format!("{HEAD}NTPMessage={{{text}}}\nFrequency=0"), &table);
        }
    }
}
