//! Reads `chronyc -c tracking` (chronyc(1)). A pure function of its text.

use jiff::Timestamp;
use rusuban_core::model::verdict::Unknown;
use rusuban_core::world::clock::{ClockState, Follows, ServiceKind};

use super::{number, unreadable};

/// The 14 fields of the tracking report.
///
/// # Errors
/// Another number of fields, or a field that is no number.
pub fn tracking(text: &str) -> Result<ClockState, Unknown> {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let fields: Vec<&str> = match lines.as_slice() {
        [line] => line.trim().split(',').collect(),
        _ => return Err(bad("report")),
    };
    let &[id, name, stratum, ref_time, system_time, _, _, _, _, _, delay, dispersion, _, leap] =
        fields.as_slice()
    else {
        return Err(bad("report"));
    };
    let micros = |text: &str, what: &str| number::scaled(text, 1_000_000).ok_or_else(|| bad(what));
    let follows = follows(id, name, leap)?;
    let seconds = ref_time.split('.').next().and_then(|text| text.parse().ok());
    let compared_at = Timestamp::from_second(seconds.ok_or_else(|| bad("reference time"))?);
    let compared_at = compared_at.map_err(|_| bad("reference time"))?;
    let bound = micros(delay, "root delay")? / 2 + micros(dispersion, "root dispersion")?;
    Ok(ClockState {
        // "slow" is positive: what is to be added to the clock.
        offset_us: Some(micros(system_time, "system time")?),
        error_bound_us: Some(bound),
        stratum: Some(stratum.parse().map_err(|_| bad("stratum"))?),
        compared_at: (follows != Follows::Nothing).then_some(compared_at),
        source_free_running: None,
        follows,
    })
}

fn follows(id: &str, name: &str, leap: &str) -> Result<Follows, Unknown> {
    if id.len() != 8 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(bad("reference id"));
    }
    match leap {
        "Not synchronised" => return Ok(Follows::Nothing),
        "Normal" | "Insert second" | "Delete second" => {}
        _ => return Err(bad("leap status")),
    }
    if id == "00000000" {
        return Ok(Follows::Nothing);
    }
    // 127.127.1.x: the `local` directive, which calls a clock without any source "Normal".
    if id.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("7f7f01")) {
        return Ok(Follows::Itself);
    }
    Ok(Follows::Source(if name.is_empty() { id.to_owned() } else { name.to_owned() }))
}

fn bad(what: &str) -> Unknown {
    unreadable(ServiceKind::Chrony, what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusuban_core::model::verdict::UnknownCode;

    /// As chrony 4.3 prints them.
    const SYNCHRONISED: &str = "7F000001,127.0.0.1,4,1795521673.442527762,-0.000001866,0.000000075,0.000000163,\
        -0.023,0.002,0.092,0.000006973,0.000002103,1.0,Normal\n";
    const LOCAL: &str = "7F7F0101,,3,1795521662.245393307,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,\
        0.000000000,0.000000000,0.0,Normal\n";
    const NOTHING: &str = "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,\
        1.000000000,1.000000000,0.0,Not synchronised\n";

    #[test]
    fn a_clock_that_follows_a_server() {
        let state = tracking(SYNCHRONISED).unwrap();
        assert_eq!(state.follows, Follows::Source("127.0.0.1".to_owned()));
        assert_eq!((state.offset_us, state.error_bound_us, state.stratum), (Some(-2), Some(5), Some(4)));
        assert_eq!(state.compared_at, Timestamp::from_second(1_795_521_673).ok());
    }

    #[test]
    fn a_clock_that_follows_itself_is_not_synchronised_whatever_it_says() {
        assert_eq!(tracking(LOCAL).unwrap().follows, Follows::Itself);
    }

    #[test]
    fn a_clock_that_follows_nothing() {
        let state = tracking(NOTHING).unwrap();
        assert_eq!((state.follows, state.compared_at), (Follows::Nothing, None));
    }

    #[test]
    fn another_text_is_no_answer() {
        for text in ["", "506 Cannot talk to daemon\n", "7F000001,127.0.0.1,4", "a\nb\n"] {
            assert_eq!(tracking(text).unwrap_err().code, UnknownCode::Unparsable, "{text}");
        }
        let sick = SYNCHRONISED.replace("-0.000001866", "fast");
        assert_eq!(tracking(&sick).unwrap_err().code, UnknownCode::Unparsable);
        let other = SYNCHRONISED.replace("Normal", "正常");
        assert_eq!(tracking(&other).unwrap_err().code, UnknownCode::Unparsable);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String, fields in proptest::collection::vec("[^\n]{0,12}", 14)) {
            let _ = tracking(&text);
            let _ = tracking(&fields.join(","));
        }
    }
}
