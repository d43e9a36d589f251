//! How many tests passed, failed and were skipped, from what the runners print.
//!
//! It must not run anything.

use std::fmt;
use std::ops::AddAssign;

/// Counted tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl Tally {
    /// Whether no test failed.
    pub(crate) fn holds(self) -> bool {
        self.failed == 0
    }

    /// Reads cargo-nextest's closing line: `Summary [ 1.5s] 15 tests run: 14 passed (1 slow), 1 failed, 2 skipped`.
    ///
    /// A run that was cut short says `7/15 tests run`; what it did not run counts as skipped.
    pub(crate) fn of_nextest(line: &str) -> Option<Self> {
        let line = without_colours(line);
        let (_, rest) = line.trim_start().strip_prefix("Summary")?.split_once(']')?;
        let (run, results) = rest.split_once(" run:")?;
        let run = run.split_whitespace().next()?;
        let mut tally = Self::default();
        if let Some((ran, all)) = run.split_once('/') {
            tally.skipped += all.parse::<u64>().ok()?.saturating_sub(ran.parse().ok()?);
        }
        for result in without_brackets(results).split(',') {
            tally.add(result)?;
        }
        Some(tally)
    }

    /// Reads a closing line of libtest: `test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; …`.
    pub(crate) fn of_libtest(line: &str) -> Option<Self> {
        let line = without_colours(line);
        let (_, results) = line.trim_start().strip_prefix("test result:")?.split_once(". ")?;
        let mut tally = Self::default();
        for result in results.split(';').filter(|result| !result.trim_start().starts_with("finished")) {
            tally.add(result)?;
        }
        Some(tally)
    }

    /// Adds `12 passed` and the like.
    fn add(&mut self, result: &str) -> Option<()> {
        let (number, outcome) = result.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        match outcome {
            "passed" => self.passed += number,
            "skipped" | "ignored" | "filtered out" => self.skipped += number,
            "measured" => {}
            // `failed`, `exec failed`, `timed out`, and whatever else is not a success.
            _ => self.failed += number,
        }
        Some(())
    }
}

/// `14 passed (1 slow, 1 leaky), 1 failed` without what stands in brackets: those are among the passed ones.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let outside = |c: &char| {
        let inside = depth > 0 || *c == '(';
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        !inside
    };
    text.chars().filter(outside).collect()
}

/// A line without the escape sequences that colour it: `ESC [ … letter`.
fn without_colours(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped }
    }

    #[test]
    fn nextest_is_counted() {
        for (line, expected) in [
            ("     Summary [   1.552s] 15 tests run: 15 passed, 0 skipped\n", Some(tally(15, 0, 0))),
            ("     Summary [   0.1s] 1 test run: 1 passed, 3 skipped", Some(tally(1, 0, 3))),
            (
                "     Summary [  61.0s] 9 tests run: 5 passed (1 slow, 2 leaky), 2 failed, 1 exec failed, 1 timed out, 4 skipped",
                Some(tally(5, 4, 4)),
            ),
            (
                "     Summary [   0.2s] 7/15 tests run: 6 passed (1 flaky), 1 failed, 2 skipped",
                Some(tally(6, 1, 10)),
            ),
            (
                "\u{1b}[32;1m     Summary\u{1b}[0m [   0.4s] \u{1b}[1m22\u{1b}[0m tests run: \u{1b}[1m22\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m \u{1b}[33;1mskipped\u{1b}[0m",
                Some(tally(22, 0, 0)),
            ),
            ("        PASS [   0.006s] (10/15) rusuban Summary [] 1 test run: 1 passed", None),
            ("     Summary of things", None),
            ("", None),
        ] {
            assert_eq!(Tally::of_nextest(line), expected, "{line}");
        }
    }

    #[test]
    fn doc_tests_are_counted() {
        for (line, expected) in [
            (
                "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.42s",
                Some(tally(3, 0, 1)),
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 1 measured; 4 filtered out; finished in 0.42s\n",
                Some(tally(3, 2, 4)),
            ),
            (
                "test result: \u{1b}[32mok\u{1b}[0m. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
                Some(tally(1, 0, 0)),
            ),
            ("test result", None),
            ("running 3 tests", None),
        ] {
            assert_eq!(Tally::of_libtest(line), expected, "{line}");
        }
    }

    #[test]
    fn the_closing_line_adds_up() {
        let mut sum = Tally { passed: 20, failed: 0, skipped: 1 };
        assert!(sum.holds());
        sum += Tally { passed: 3, failed: 2, skipped: 4 };
        assert_eq!(sum.to_string(), "23 passed, 2 failed, 5 skipped");
        assert!(!sum.holds());
    }
}
