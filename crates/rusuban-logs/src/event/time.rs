//! Times in logs: read by hand (a log line's time is read millions of times), resolved against a zone and a reference.
//!
//! RFC 3164 times carry no year and no zone; many vendors' times carry no zone. What was assumed is kept with the time,
//! so that the report can say how many lines rest on an assumption.

use std::cell::Cell;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What a time rests on, from sure to unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TimeBasis {
    /// Date, time and offset stand in the line.
    Stated,
    /// The line names no zone; the reader's zone was assumed.
    ZoneAssumed,
    /// The line names neither year nor zone; the year was found from the reference (RFC 3164).
    YearInferred,
    /// The clock was plainly not set (before 1994: routers without a battery start in 1970, 1980 or 1993). The time says
    /// nothing about when it happened.
    ClockUnset,
}

/// An instant in nanoseconds since 1970-01-01T00:00:00Z, with what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime {
    /// Nanoseconds since the Unix epoch, UTC.
    pub nanos: i64,
    /// What it rests on.
    pub basis: TimeBasis,
}

/// Seconds before which a clock counts as not set: 1994-01-01T00:00:00Z.
const CLOCK_IS_SET_FROM: i64 = 757_382_400;

impl EventTime {
    /// A time from seconds and nanoseconds; None outside 1678–2261.
    pub fn new(seconds: i64, nanos: u32, basis: TimeBasis) -> Option<Self> {
        let nanos = seconds.checked_mul(1_000_000_000)?.checked_add(i64::from(nanos))?;
        let basis = if seconds < CLOCK_IS_SET_FROM { TimeBasis::ClockUnset } else { basis };
        Some(Self { nanos, basis })
    }

    /// Whole seconds since the epoch, rounded down.
    pub fn seconds(self) -> i64 {
        self.nanos.div_euclid(1_000_000_000)
    }

    /// As a jiff timestamp.
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_nanosecond(i128::from(self.nanos)).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// True unless the clock was not set.
    pub fn is_known(self) -> bool {
        self.basis != TimeBasis::ClockUnset
    }
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// Seconds since the epoch of a date and time read as UTC; None where a part is out of range. A leap second (`:60`)
/// counts as the last second of its minute.
pub fn civil_seconds(year: i64, month: u32, day: u32, hour: u32, minute: u32, second: u32) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if day == 0 || day > longest || hour > 23 || minute > 59 || second > 60 || !(1601..=2261).contains(&year)
    {
        return None;
    }
    let second = second.min(59);
    Some(
        days(year, i64::from(month), i64::from(day)) * 86_400
            + i64::from(hour) * 3600
            + i64::from(minute) * 60
            + i64::from(second),
    )
}

/// A time zone for lines that name none.
#[derive(Debug, Clone)]
pub struct Zone(pub TimeZone);

impl Default for Zone {
    /// UTC.
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

/// No text starts with these bytes.
const NO_HOUR: ([u8; 9], i64) = ([0xff; 9], 0);

/// Reads times. One for each worker; remembers the offset of the hour it saw last.
#[derive(Debug, Clone)]
pub struct TimeReader {
    zone: Zone,
    /// Lines are not later than this by more than a day (seconds since the epoch): the file's time, or the closure's end.
    reference: i64,
    /// The reference's year (UTC).
    year: i64,
    /// Local hour number and its offset in seconds.
    last: Cell<(i64, i32)>,
    /// `Dec 26 03` of the line before, and where that hour starts (seconds since the epoch).
    hour: Cell<([u8; 9], i64)>,
}

impl TimeReader {
    /// A reader that assumes `zone`, and takes `reference` (seconds since the epoch: file time, else the closure's end)
    /// to find years.
    pub fn new(zone: Zone, reference: i64) -> Self {
        let year = jiff::Timestamp::from_second(reference)
            .map_or(1970, |t| i64::from(t.to_zoned_datetime(TimeZone::UTC).year()));
        Self { zone, reference, year, last: Cell::new((i64::MIN, 0)), hour: Cell::new(NO_HOUR) }
    }

    /// The same reader in another zone.
    #[must_use]
    pub fn in_zone(&self, zone: Zone) -> Self {
        Self { zone, last: Cell::new((i64::MIN, 0)), hour: Cell::new(NO_HOUR), ..*self }
    }

    /// Offset east of UTC, in seconds, of a local time in the assumed zone. In a gap or an overlap: the earlier offset.
    fn offset(&self, local: i64) -> i32 {
        let hour = local.div_euclid(3600);
        let (known, offset) = self.last.get();
        if known == hour {
            return offset;
        }
        let civil =
            jiff::Timestamp::from_second(local).map(|t| t.to_zoned_datetime(TimeZone::UTC).datetime());
        let offset =
            civil.ok().and_then(|c: DateTime| self.zone.0.to_ambiguous_timestamp(c).compatible().ok());
        let offset = offset.map_or(0, |t| i32::try_from(local - t.as_second()).unwrap_or(0));
        self.last.set((hour, offset));
        offset
    }

    /// A local time (seconds as if UTC) with the offset the line states, or none.
    pub fn local(&self, local: i64, nanos: u32, offset: Option<i32>) -> Option<EventTime> {
        match offset {
            Some(offset) => EventTime::new(local - i64::from(offset), nanos, TimeBasis::Stated),
            None => EventTime::new(local - i64::from(self.offset(local)), nanos, TimeBasis::ZoneAssumed),
        }
    }

    /// Seconds (and nanoseconds) since the epoch, as the line states them.
    pub fn epoch(&self, seconds: i64, nanos: u32) -> Option<EventTime> {
        EventTime::new(seconds, nanos, TimeBasis::Stated)
    }

    /// An epoch number in text of unknown unit: 10 digits are seconds, 13 milliseconds, 16 microseconds, 19 nanoseconds; a
    /// fraction belongs to seconds.
    pub fn epoch_text(&self, text: &str) -> Option<EventTime> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let number: i64 = whole.parse().ok()?;
        let scale = match whole.len() {
            0..=11 => 1_000_000_000,
            12..=14 => 1_000_000,
            15..=17 => 1000,
            _ => 1,
        };
        let mut total = number.checked_mul(scale)?;
        if scale == 1_000_000_000 {
            total = total.checked_add(i64::from(fraction_nanos(fraction)?))?;
        }
        EventTime::new(
            total.div_euclid(1_000_000_000),
            u32::try_from(total.rem_euclid(1_000_000_000)).ok()?,
            TimeBasis::Stated,
        )
    }

    /// A month, day and time without a year (RFC 3164): the latest year in which it is not more than a day after the
    /// reference. 29 February goes back to a leap year.
    pub fn yearless(
        &self,
        month: u32,
        day: u32,
        hour: u32,
        minute: u32,
        second: u32,
        nanos: u32,
    ) -> Option<EventTime> {
        let this = self.year + 1;
        for year in (this - 9..=this).rev() {
            let Some(local) = civil_seconds(year, month, day, hour, minute, second) else { continue };
            // Zones lie within 26 hours of UTC: what is later than that is not looked up, so that the hour that is
            // remembered stays the file's.
            if local > self.reference + 2 * 86_400 + 7200 {
                continue;
            }
            let utc = local - i64::from(self.offset(local));
            if utc <= self.reference + 86_400 {
                return EventTime::new(utc, nanos, TimeBasis::YearInferred);
            }
        }
        None
    }

    /// `2026-12-26T03:04:05.123+09:00` and its relatives (RFC 3339, ISO 8601): `T` or blank between; `-` or `/` in the
    /// date; `.` or `,` before a fraction; `Z`, `+09:00`, `+0900`, `+09`, or no offset. The whole text must be one.
    pub fn iso(&self, text: &str) -> Option<EventTime> {
        let (time, rest) = self.iso_prefix(text)?;
        rest.is_empty().then_some(time)
    }

    /// The same at the start of a text, with what follows.
    pub fn iso_prefix<'t>(&self, text: &'t str) -> Option<(EventTime, &'t str)> {
        let b = text.as_bytes();
        let (head, tail) = b.split_first_chunk::<19>()?;
        let &[y0, y1, y2, y3, s0, m0, m1, s1, d0, d1, gap, h0, h1, c0, n0, n1, c1, x0, x1] = head;
        if !(matches!(s0, b'-' | b'/')
            && s0 == s1
            && matches!(gap, b'T' | b't' | b' ')
            && c0 == b':'
            && c1 == b':')
        {
            return None;
        }
        let year = i64::from(two(y0, y1)?) * 100 + i64::from(two(y2, y3)?);
        let local =
            civil_seconds(year, two(m0, m1)?, two(d0, d1)?, two(h0, h1)?, two(n0, n1)?, two(x0, x1)?)?;
        let mut rest = text.get(text.len() - tail.len()..)?;
        let mut nanos = 0;
        if let [b'.' | b',', digit, ..] = rest.as_bytes()
            && digit.is_ascii_digit()
        {
            let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
            nanos = fraction_nanos(rest.get(1..=digits)?)?;
            rest = rest.get(digits + 1..)?;
        }
        let (offset, rest) = offset_prefix(rest);
        Some((self.local(local, nanos, offset)?, rest))
    }

    /// `26/Dec/2026:03:04:05 +0900` (Apache and NGINX access logs), also without an offset.
    pub fn clf(&self, text: &str) -> Option<EventTime> {
        let mut parts = text.splitn(3, '/');
        let day: u32 = parts.next()?.parse().ok()?;
        let month = month_of(parts.next()?)?;
        let rest = parts.next()?;
        let (year, clock) = rest.split_once(':')?;
        let (hms, rest) = clock.split_at_checked(8)?;
        let (hour, minute, second) = clock_of(hms)?;
        let local = civil_seconds(year.parse().ok()?, month, day, hour, minute, second)?;
        let (nanos, rest) = match rest.strip_prefix('.') {
            Some(f) => {
                let digits = f.bytes().take_while(u8::is_ascii_digit).count();
                (fraction_nanos(f.get(..digits)?)?, f.get(digits..)?)
            }
            None => (0, rest),
        };
        let (offset, _) = offset_prefix(rest.trim_start());
        self.local(local, nanos, offset)
    }

    /// `Dec 26 03:04:05`, `Dec  6 …`, `Dec 26 2026 …`, `12月 26 …` (Japanese locale), each with an optional fraction, at the
    /// start of a text (RFC 3164 4.1.2), with what follows it.
    pub fn bsd_prefix<'t>(&self, text: &'t str) -> Option<(EventTime, &'t str)> {
        let (bsd, rest) = bsd(text)?;
        Some((self.bsd_time(&bsd, None)?, rest))
    }

    /// `Dec 26 03:04:05 ` or `Dec  6 03:04:05 ` at the start of a text, with what follows it: the form that most lines have.
    /// Lines come hour by hour, so the hour before is remembered as it was written. None says nothing: ask
    /// [`TimeReader::bsd_prefix`].
    pub fn bsd_head<'t>(&self, text: &'t str) -> Option<(EventTime, &'t str)> {
        let (day, clock) = text.as_bytes().split_first_chunk::<9>()?;
        let &[b':', m0, m1, b':', s0, s1, b' '] = clock.first_chunk::<7>()? else { return None };
        let (minute, second) = (two(m0, m1)?, two(s0, s1)?);
        if minute > 59 || second > 60 {
            return None;
        }
        let (known, start) = self.hour.get();
        let start = if known == *day {
            start
        } else {
            let &[_, _, _, b' ', d0, d1, b' ', h0, h1] = day else { return None };
            let (day_of_month, hour) = (two(if d0 == b' ' { b'0' } else { d0 }, d1)?, two(h0, h1)?);
            let month = month_of(text)?;
            let start = self.yearless(month, day_of_month, hour, 0, 0, 0)?;
            // The same year for the whole hour, or not from here.
            if self.yearless(month, day_of_month, hour, 59, 59, 0)?.nanos - start.nanos != 3_599_000_000_000 {
                return None;
            }
            let seconds = start.seconds();
            self.hour.set((*day, seconds));
            seconds
        };
        let seconds = start + i64::from(minute * 60 + second.min(59));
        Some((EventTime::new(seconds, 0, TimeBasis::YearInferred)?, text.get(16..)?))
    }

    /// The same, followed by the name of a zone or an offset (Cisco: `Dec 26 03:04:05.123 JST`, `… UTC+9`). A name that is
    /// not known is left in what follows, and the reader's zone is assumed.
    pub fn bsd_zone_prefix<'t>(&self, text: &'t str) -> Option<(EventTime, &'t str)> {
        let (bsd, rest) = bsd(text)?;
        let (offset, rest) = match rest.strip_prefix(' ').and_then(zone_prefix) {
            Some((offset, rest)) => (Some(offset), rest),
            None => (None, rest),
        };
        Some((self.bsd_time(&bsd, offset)?, rest))
    }

    fn bsd_time(&self, bsd: &Bsd, offset: Option<i32>) -> Option<EventTime> {
        let (hour, minute, second) = bsd.clock;
        match (bsd.year, offset) {
            (Some(year), _) => {
                let local = civil_seconds(i64::from(year), bsd.month, bsd.day, hour, minute, second)?;
                self.local(local, bsd.nanos, offset)
            }
            (None, None) => self.yearless(bsd.month, bsd.day, hour, minute, second, bsd.nanos),
            (None, Some(offset)) => {
                let fixed = TimeReader::new(
                    Zone(jiff::tz::Offset::from_seconds(offset).ok()?.to_time_zone()),
                    self.reference,
                );
                fixed.yearless(bsd.month, bsd.day, hour, minute, second, bsd.nanos)
            }
        }
    }
}

/// The parts of a time in the manner of BSD.
struct Bsd {
    year: Option<u32>,
    month: u32,
    day: u32,
    clock: (u32, u32, u32),
    nanos: u32,
}

fn bsd(text: &str) -> Option<(Bsd, &str)> {
    let (month, rest) = month_prefix(text)?;
    let rest = rest.trim_start_matches(' ');
    let (day, rest) = number_prefix(rest, 2)?;
    let rest = rest.strip_prefix('日').unwrap_or(rest).trim_start_matches([' ', ',']);
    let (year, rest) = match number_prefix(rest, 4) {
        Some((year, after)) if year > 1900 && after.starts_with([' ', ',']) => {
            (Some(year), after.trim_start_matches([' ', ',']))
        }
        _ => (None, rest),
    };
    let (hms, mut rest) = rest.split_at_checked(8)?;
    let clock = clock_of(hms)?;
    let mut nanos = 0;
    if let [b'.' | b',', d, ..] = rest.as_bytes()
        && d.is_ascii_digit()
    {
        let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
        nanos = fraction_nanos(rest.get(1..=digits)?)?;
        rest = rest.get(digits + 1..)?;
    }
    Some((Bsd { year, month, day, clock, nanos }, rest))
}

/// Names of zones that devices write, with hours and minutes east of UTC. Where two zones share a name, the one that the
/// makers' own documents use it for.
const ZONE_NAMES: [(&str, i32); 47] = [
    ("ACST", 570),
    ("ADT", -180),
    ("AEDT", 660),
    ("AEST", 600),
    ("AKDT", -480),
    ("AKST", -540),
    ("ART", -180),
    ("AST", -240),
    ("AWST", 480),
    ("BRT", -180),
    ("BST", 60),
    ("CDT", -300),
    ("CEDT", 120),
    ("CEST", 120),
    ("CET", 60),
    ("CLT", -240),
    ("COT", -300),
    ("CST", -360),
    ("EAT", 180),
    ("EDT", -240),
    ("EEST", 180),
    ("EET", 120),
    ("EST", -300),
    ("GMT", 0),
    ("HKT", 480),
    ("HST", -600),
    ("ICT", 420),
    ("IST", 330),
    ("JST", 540),
    ("KST", 540),
    ("MDT", -360),
    ("MEST", 120),
    ("MET", 60),
    ("MSK", 180),
    ("MST", -420),
    ("NZDT", 780),
    ("NZST", 720),
    ("PDT", -420),
    ("PHT", 480),
    ("PST", -480),
    ("SAST", 120),
    ("SGT", 480),
    ("UTC", 0),
    ("WEST", 60),
    ("WET", 0),
    ("WIB", 420),
    ("Z", 0),
];

/// The name of a zone, `UTC+9`, `+09:00` or `Z` at the start of a text, as seconds east of UTC, with what follows.
pub fn zone_prefix(text: &str) -> Option<(i32, &str)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (name, rest) = text.split_at_checked(letters)?;
    let minutes = match ZONE_NAMES.binary_search_by_key(&name, |z| z.0) {
        Ok(at) => ZONE_NAMES.get(at)?.1,
        Err(_) if name.is_empty() => 0,
        Err(_) => return None,
    };
    if !rest.starts_with(['+', '-']) {
        return (!name.is_empty() && !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
            .then_some((minutes * 60, rest));
    }
    if let (Some(offset), rest) = offset_prefix(rest) {
        return Some((minutes * 60 + offset, rest));
    }
    // `UTC+9`
    let (sign, digits) = (if rest.starts_with('-') { -1 } else { 1 }, rest.get(1..)?);
    let (hours, rest) = number_prefix(digits, 1)?;
    Some((minutes * 60 + sign * i32::try_from(hours).ok()? * 3600, rest))
}

/// `Z`, `+09:00`, `+0900`, `+09`, `-05:00` at the start of a text, as seconds east of UTC, with what follows.
fn offset_prefix(text: &str) -> (Option<i32>, &str) {
    let b = text.as_bytes();
    match b {
        [b'Z' | b'z', ..] => (Some(0), text.get(1..).unwrap_or_default()),
        [sign @ (b'+' | b'-'), h0, h1, rest @ ..] => {
            let Some(hours) = two(*h0, *h1) else { return (None, text) };
            let (minutes, used) = match rest {
                [b':', m0, m1, ..] => (two(*m0, *m1), 6),
                [m0, m1, ..] => (two(*m0, *m1), 5),
                _ => (None, 3),
            };
            let (minutes, used) = minutes.map_or((0, 3), |m| (m, used));
            let seconds = i32::try_from(hours * 3600 + minutes * 60).unwrap_or(0);
            (Some(if *sign == b'-' { -seconds } else { seconds }), text.get(used..).unwrap_or_default())
        }
        _ => (None, text),
    }
}

/// Two ASCII digits as a number.
fn two(a: u8, b: u8) -> Option<u32> {
    (a.is_ascii_digit() && b.is_ascii_digit()).then(|| u32::from(a - b'0') * 10 + u32::from(b - b'0'))
}

/// `03:04:05`; a blank in the place of the first zero is taken.
fn clock_of(text: &str) -> Option<(u32, u32, u32)> {
    let &[h0, h1, b':', m0, m1, b':', s0, s1] = text.as_bytes().first_chunk::<8>()? else { return None };
    Some((two(if h0 == b' ' { b'0' } else { h0 }, h1)?, two(m0, m1)?, two(s0, s1)?))
}

/// The digits after the point, as nanoseconds; digits past the ninth are dropped.
fn fraction_nanos(digits: &str) -> Option<u32> {
    let mut nanos = 0;
    let mut left = 9;
    for d in digits.bytes().take(9) {
        if !d.is_ascii_digit() {
            return None;
        }
        nanos = nanos * 10 + u32::from(d - b'0');
        left -= 1;
    }
    Some(nanos * 10_u32.pow(left))
}

/// The number of an English month, three letters or whole, in any case.
fn month_of(text: &str) -> Option<u32> {
    let &[a, b, c] = text.as_bytes().first_chunk::<3>()?;
    Some(match [a.to_ascii_lowercase(), b.to_ascii_lowercase(), c.to_ascii_lowercase()] {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    })
}

/// `Dec ` or `12月` (also with a leading blank) at the start of a text.
fn month_prefix(text: &str) -> Option<(u32, &str)> {
    if let Some(month) = month_of(text) {
        let rest = text.get(3..)?;
        return rest.starts_with(' ').then_some((month, rest));
    }
    let (month, rest) = number_prefix(text.trim_start_matches(' '), 2)?;
    let rest = rest.strip_prefix('月')?;
    (1..=12).contains(&month).then_some((month, rest))
}

/// A number of at most `most` digits at the start of a text.
fn number_prefix(text: &str, most: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    Some((text.get(..digits)?.parse().ok()?, text.get(digits..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> TimeReader {
        // 2027-01-04T00:00:00Z
        TimeReader::new(Zone(TimeZone::get("Asia/Tokyo").unwrap()), 1_798_934_400 + 86_400)
    }

    fn shown(t: Option<EventTime>) -> String {
        let t = t.unwrap();
        format!("{} {:?}", t.timestamp(), t.basis)
    }

    #[test]
    fn iso_with_and_without_offset() {
        let r = tokyo();
        assert_eq!(shown(r.iso("2026-12-26T03:04:05.5+09:00")), "2026-12-25T18:04:05.5Z Stated");
        assert_eq!(shown(r.iso("2026/12/26 03:04:05")), "2026-12-25T18:04:05Z ZoneAssumed");
        assert_eq!(shown(r.iso("2026-12-26T03:04:05,123Z")), "2026-12-26T03:04:05.123Z Stated");
        assert_eq!(shown(r.iso("2026-12-26 03:04:05-0530")), "2026-12-26T08:34:05Z Stated");
        assert!(r.iso("2026-02-29T00:00:00Z").is_none());
        assert!(r.iso("2026-12-26T03:04:05Z and more").is_none());
    }

    #[test]
    fn a_year_is_found_on_both_sides_of_new_year() {
        let r = tokyo();
        assert_eq!(
            shown(r.bsd_prefix("Dec 31 23:59:59 rt").map(|t| t.0)),
            "2026-12-31T14:59:59Z YearInferred"
        );
        assert_eq!(
            shown(r.bsd_prefix("Jan  1 00:00:01 rt").map(|t| t.0)),
            "2026-12-31T15:00:01Z YearInferred"
        );
        assert_eq!(
            shown(r.bsd_prefix("12月 26 03:04:05 rt").map(|t| t.0)),
            "2026-12-25T18:04:05Z YearInferred"
        );
        assert_eq!(
            shown(r.bsd_prefix(" 1月  3 03:04:05 rt").map(|t| t.0)),
            "2027-01-02T18:04:05Z YearInferred"
        );
        assert_eq!(
            shown(r.bsd_prefix("Feb 29 00:00:00 rt").map(|t| t.0)),
            "2024-02-28T15:00:00Z YearInferred"
        );
        assert_eq!(
            shown(r.bsd_prefix("Dec 26 2020 03:04:05.25: x").map(|t| t.0)),
            "2020-12-25T18:04:05.25Z ZoneAssumed"
        );
    }

    #[test]
    fn other_forms() {
        let r = tokyo();
        assert_eq!(shown(r.clf("26/Dec/2026:03:04:05 +0900")), "2026-12-25T18:04:05Z Stated");
        assert_eq!(shown(r.epoch_text("1545949776")), "2018-12-27T22:29:36Z Stated");
        assert_eq!(shown(r.epoch_text("1637681708541881380")), "2021-11-23T15:35:08.54188138Z Stated");
        assert_eq!(shown(r.epoch_text("1673516966.834663913")), "2023-01-12T09:49:26.834663913Z Stated");
        assert_eq!(shown(r.iso("1980-01-01T00:00:27+09:00")), "1979-12-31T15:00:27Z ClockUnset");
    }

    #[test]
    fn zones_by_name() {
        assert_eq!(zone_prefix("JST: x"), Some((32_400, ": x")));
        assert_eq!(zone_prefix("UTC+9"), Some((32_400, "")));
        assert_eq!(zone_prefix("+0900"), Some((32_400, "")));
        assert_eq!(zone_prefix("XYZ"), None);
        assert_eq!(zone_prefix("PSTN"), None);
        assert!(ZONE_NAMES.is_sorted_by_key(|z| z.0));
        let t = tokyo();
        let (time, rest) = t.bsd_zone_prefix("Dec 31 23:59:58.5 UTC: x").unwrap();
        assert_eq!((time.timestamp().to_string().as_str(), rest), ("2026-12-31T23:59:58.5Z", ": x"));
        let (time, rest) = t.bsd_zone_prefix("Dec 31 2026 23:59:58 host").unwrap();
        assert_eq!((time.timestamp().to_string().as_str(), rest), ("2026-12-31T14:59:58Z", " host"));
    }
}
