//! Reads the system variables that `ntpq -c rv` prints (ntpq(1)), of NTPsec and of the reference implementation. A
//! pure function of its text.
//!
//! The words of the status line are left aside: NTPsec prints `sync_unspec` while it follows a server.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::clock::{ClockState, Follows, ServiceKind};

use super::{number, unreadable};

/// Seconds from 1900-01-01 to 1970-01-01.
const NTP_TO_UNIX: i64 = 2_208_988_800;

/// Whether the text is an answer of a daemon at all; ntpq ends with status 0 either way.
pub fn is_answer(text: &str) -> bool {
    text.contains("associd=") && text.contains("stratum=")
}

/// What ntpd says of the clock.
///
/// # Errors
/// A variable that is missing or cannot be read.
pub fn variables(text: &str) -> Result<ClockState, Unknown> {
    let variables = split(text);
    let get = |key: &'static str| variables.get(key).map(String::as_str).ok_or_else(|| bad(key));
    let leap = get("leap")?;
    let stratum: i64 = get("stratum")?.parse().map_err(|_| bad("stratum"))?;
    let id = get("refid")?;
    let follows = if leap == "11" || stratum >= 16 || stratum == 0 {
        Follows::Nothing
    } else if id.starts_with("127.127.1.") || id.starts_with("LOC") {
        Follows::Itself
    } else {
        Follows::Source(id.to_owned())
    };
    let millis = |key: &'static str| number::scaled(get(key)?, 1_000).ok_or_else(|| bad(key));
    let compared_at = instant(get("reftime")?).ok_or_else(|| bad("reftime"))?;
    Ok(ClockState {
        offset_us: Some(millis("offset")?),
        error_bound_us: Some(millis("rootdelay")? / 2 + millis("rootdisp")?),
        stratum: Some(stratum),
        compared_at: (follows != Follows::Nothing).then_some(compared_at),
        source_free_running: None,
        follows,
    })
}

/// `key=value` pairs, apart by commas outside quotes. A value ends at its first space: dates for people follow there.
fn split(text: &str) -> BTreeMap<String, String> {
    let mut parts = vec![String::new()];
    let mut is_quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => parts.push(String::new()),
            '\n' | '\r' => parts.last_mut().into_iter().for_each(|part| part.push(' ')),
            other => parts.last_mut().into_iter().for_each(|part| part.push(other)),
        }
    }
    let mut variables = BTreeMap::new();
    for part in parts {
        if let Some((key, value)) = part.split_once('=') {
            let value = value.split_ascii_whitespace().next().unwrap_or_default();
            variables.entry(key.trim().to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    variables
}

/// A time as NTP writes it in hex: `eeaffddd.09196273`. The era changes in 2036.
fn instant(text: &str) -> Option<Timestamp> {
    let (seconds, _) = text.split_once('.')?;
    if seconds.len() != 8 {
        return None;
    }
    let seconds = i64::from_str_radix(seconds, 16).ok()?;
    let era = if seconds < 0x8000_0000 { 1 << 32 } else { 0 };
    Timestamp::from_second(seconds + era - NTP_TO_UNIX).ok()
}

fn bad(what: &str) -> Unknown {
    unreadable(ServiceKind::Ntpd, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusuban_core::model::verdict::UnknownCode;

    /// As NTPsec 1.2.2 prints them.
    const FOLLOWS: &str = "associd=0 status=0014 leap_none, sync_unspec, 1 event, freq_mode,\n\
        leap=00, stratum=3, precision=-24, rootdelay=0.04, rootdisp=187.552,\n\
        refid=10.9.9.1, reftime=eeaffddd.09196273 2026-11-24T12:13:17.035Z, tc=3,\n\
        peer=17767, offset=0.008745, frequency=0.0, sys_jitter=0.0,\n\
        clk_jitter=0.002918, clock=eeaffdde.27017498 2026-11-24T12:13:18.152Z,\n\
        processor=\"x86_64\", system=\"Linux/6.18.44\", version=\"ntpd ntpsec-1.2.2\", mintc=0\n";
    const NOTHING: &str = "associd=0 status=c016 leap_alarm, sync_unspec, 1 event, restart,\n\
        leap=11, stratum=16, precision=-24, rootdelay=0.0, rootdisp=0.075,\n\
        refid=INIT, reftime=00000000.00000000 2036-02-07T06:28:16.000Z, tc=0, peer=0,\n\
        offset=0.0, frequency=0.0, sys_jitter=0.0, clk_jitter=6e-05\n";
    /// As the reference implementation prints them: dates with a comma in them.
    const CLASSIC: &str = "associd=0 status=0615 leap_none, sync_ntp, 1 event, clock_sync,\n\
        version=\"ntpd 4.2.8p15@1.3728-o Wed, Sep 23 2020\", processor=\"x86_64\",\n\
        leap=00, stratum=6, precision=-23, rootdelay=0.000, rootdisp=11.190, refid=LOCAL(0),\n\
        reftime=eeaffddd.09196273  Tue, Nov 24 2026 12:13:17.035, offset=-1500.250, tc=6\n";

    #[test]
    fn a_clock_that_follows_a_server() {
        let state = variables(FOLLOWS).unwrap();
        assert_eq!(state.follows, Follows::Source("10.9.9.1".to_owned()));
        assert_eq!((state.offset_us, state.error_bound_us), (Some(9), Some(187_572)));
        assert_eq!(state.compared_at, "2026-11-24T12:13:17Z".parse().ok());
    }

    #[test]
    fn a_clock_that_follows_nothing_or_itself() {
        let state = variables(NOTHING).unwrap();
        assert_eq!((state.follows, state.compared_at), (Follows::Nothing, None));
        let state = variables(CLASSIC).unwrap();
        assert_eq!((state.follows, state.offset_us), (Follows::Itself, Some(-1_500_250)));
    }

    #[test]
    fn no_answer_has_status_0_as_well() {
        assert!(is_answer(FOLLOWS) && is_answer(NOTHING));
        assert!(!is_answer("***Request timed out\n"));
        assert!(!is_answer("***Socket error; probably ntpd is not running\n"));
        assert!(!is_answer("ntpq: read: Connection refused\n"));
    }

    #[test]
    fn an_answer_that_breaks_off_is_none() {
        let half: String = FOLLOWS.chars().take(170).collect();
        assert_eq!(variables(&half).unwrap_err().code, UnknownCode::Unparsable);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = variables(&text);
            let _ = variables(&format!("leap=00,stratum=2,refid=x,reftime={text},offset={text}"));
        }
    }
}
