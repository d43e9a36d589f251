//! The days of the equinoxes in Japan, by the approximation in 『新こよみ便利帳』 (暦計算研究会編, 恒星社厚生閣).
//!
//! It knows no holiday: that 春分の日 and 秋分の日 fall on these days is the law's matter. The binding dates are those
//! of the 暦要項, which the 国立天文台 publishes in 官報 in February for the year after.

/// Millionths of a day: the formula's constants have at most six decimals, and integers round alike everywhere.
const DAY: i64 = 1_000_000;

/// What the tropical year (365.242194 days) has over 365 days.
const DRIFT: i64 = 242_194;

/// Day of March on which the vernal equinox falls (春分日), for 1900–2099.
pub(super) fn vernal(year: i16) -> Option<i8> {
    match year {
        1900..=1979 => day(year, 20_835_700),
        1980..=2099 => day(year, 20_843_100),
        _ => None,
    }
}

/// Day of September on which the autumnal equinox falls (秋分日), for 1900–2099.
pub(super) fn autumnal(year: i16) -> Option<i8> {
    match year {
        1900..=1979 => day(year, 23_258_800),
        1980..=2099 => day(year, 23_248_800),
        _ => None,
    }
}

/// The formula also has constants for 2100–2150. They are left out: for 2107 they miss the astronomical date.
fn day(year: i16, in_1980: i64) -> Option<i8> {
    let years = i64::from(year) - 1980;
    let leap_days = years.div_euclid(4);
    i8::try_from((in_1980 + DRIFT * years - DAY * leap_days).div_euclid(DAY)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_days_published_for_recent_years() {
        assert_eq!([2024, 2025, 2026, 2027].map(vernal), [Some(20), Some(20), Some(20), Some(21)]);
        assert_eq!([2024, 2025, 2026, 2027].map(autumnal), [Some(22), Some(23), Some(23), Some(23)]);
    }

    #[test]
    fn nothing_is_claimed_outside_the_formula() {
        assert_eq!([1899, 2100].map(vernal), [None, None]);
        assert_eq!([1899, 2100].map(autumnal), [None, None]);
    }
}
