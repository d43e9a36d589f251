//! Numbers as time services print them, as whole microseconds.

/// A decimal number times `scale`, rounded; none where it is no finite number of a size that facts can hold.
pub fn scaled(text: &str, scale: u32) -> Option<i64> {
    const LARGEST: f64 = 9_007_199_254_740_991.0;
    let number: f64 = text.trim().parse().ok()?;
    let scaled = (number * f64::from(scale)).round();
    if !scaled.is_finite() || scaled.abs() > LARGEST {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within ±2^53, as checked above")]
    Some(scaled as i64)
}

/// Microseconds of a time span as systemd prints it (systemd.time(7)): `+1min 29.216072s`, `-12us`, `0`.
pub fn span(text: &str) -> Option<i64> {
    const UNITS: [(&str, i64); 10] = [
        ("month", 2_629_800_000_000),
        ("min", 60_000_000),
        ("ms", 1_000),
        ("us", 1),
        ("s", 1_000_000),
        ("h", 3_600_000_000),
        ("d", 86_400_000_000),
        ("w", 604_800_000_000),
        ("y", 31_557_600_000_000),
        ("", 1_000_000),
    ];
    let text = text.trim();
    let (is_negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut total: i64 = 0;
    let mut words = 0;
    for word in rest.split_ascii_whitespace() {
        let (number, unit) = UNITS.iter().find_map(|(unit, size)| {
            let number = word.strip_suffix(unit)?;
            number.ends_with(|c: char| c.is_ascii_digit()).then_some((number, *size))
        })?;
        // Parts of a second are the smallest that are printed; larger units come whole.
        total = total.checked_add(parts(number, unit)?)?;
        words += 1;
    }
    (words > 0).then_some(if is_negative { -total } else { total })
}

fn parts(number: &str, unit: i64) -> Option<i64> {
    let scale = u32::try_from(unit).ok();
    match (scale, number.contains('.')) {
        (Some(scale), _) => scaled(number, scale),
        (None, false) => number.parse::<i64>().ok()?.checked_mul(unit),
        (None, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        assert_eq!(scaled("-0.000001866", 1_000_000), Some(-2));
        assert_eq!(scaled("89.907226562", 1_000_000), Some(89_907_227));
        assert_eq!(scaled("6e-05", 1_000), Some(0));
        assert_eq!(scaled("inf", 1), None);
        assert_eq!(scaled("NaN", 1), None);
        assert_eq!(scaled("1e300", 1), None);
        assert_eq!(scaled("", 1), None);
    }

    #[test]
    fn spans() {
        assert_eq!(span("+12us"), Some(12));
        assert_eq!(span("-1.203ms"), Some(-1_203));
        assert_eq!(span("+1min 29.216072s"), Some(89_216_072));
        assert_eq!(span("-2h 3s"), Some(-7_203_000_000));
        assert_eq!(span("0"), Some(0));
        assert_eq!(span("1y 2month"), Some(36_817_200_000_000));
        assert_eq!(span(""), None);
        assert_eq!(span("n/a"), None);
        assert_eq!(span("ms"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String) {
            let _ = scaled(&text, 1_000_000);
            let _ = span(&text);
        }

        #[test]
        fn no_span_panics(text in "[+-]?([0-9.]{1,25}(us|ms|s|min|h|d|w|month|y)? ?){1,4}") {
            let _ = span(&text);
        }
    }
}
