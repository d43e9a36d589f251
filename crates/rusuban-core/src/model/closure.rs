//! A closure (休業期間): a run of days on which the organisation does not work, and its three phases.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit};
use serde::{Deserialize, Serialize};

use super::text::Text;

/// The zone that civil dates are read in where nothing else is configured.
pub const DEFAULT_ZONE: &str = "Asia/Tokyo";

/// Where a closure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosureOrigin {
    /// Found in the calendar by itself.
    Calendar,
    /// Defined by hand, as summer closures are.
    Manual,
}

/// The three parts of a closure's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Before the closure (休暇前).
    Prepare,
    /// During the closure (休暇中).
    Watch,
    /// After the closure (休暇明け).
    Reopen,
}

impl Phase {
    /// The word that people read.
    pub fn label(self) -> Text {
        match self {
            Self::Prepare => Text::new("休暇前", "Before the closure"),
            Self::Watch => Text::new("休暇中", "During the closure"),
            Self::Reopen => Text::new("休暇明け", "After the closure"),
        }
    }
}

/// A closure (休業期間).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Stable id: the first closed day, and a word where two closures begin on one day.
    pub id: String,
    /// What people call it, such as 年末年始休業.
    pub name: Text,
    /// The first closed day, in `time_zone`.
    pub first_day: Date,
    /// The last closed day, in `time_zone`.
    pub last_day: Date,
    /// IANA name of the zone that the days are read in.
    pub time_zone: String,
    /// Found by itself or defined by hand.
    pub origin: ClosureOrigin,
}

/// Why a closure cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClosure {
    /// The last day lies before the first.
    #[error("the last day {last} is before the first day {first}")]
    Backwards {
        /// First day as given.
        first: Date,
        /// Last day as given.
        last: Date,
    },
    /// The time zone is not in the IANA database.
    #[error("`{0}` is no time zone of the IANA database (example: Asia/Tokyo)")]
    NoSuchZone(String),
    /// The days lie outside what can be represented.
    #[error("the day {0} is out of range")]
    OutOfRange(Date),
}

impl Closure {
    /// Days of the closure, both ends included.
    pub fn days(&self) -> i32 {
        self.first_day.until((Unit::Day, self.last_day)).map_or(0, |span| span.get_days() + 1)
    }

    /// The closure as a half-open interval: from midnight of the first day to midnight after the last.
    ///
    /// # Errors
    /// Where the days are reversed, the zone unknown, or an end out of range.
    pub fn interval(&self) -> Result<(Timestamp, Timestamp), InvalidClosure> {
        if self.last_day < self.first_day {
            return Err(InvalidClosure::Backwards { first: self.first_day, last: self.last_day });
        }
        let zone =
            TimeZone::get(&self.time_zone).map_err(|_| InvalidClosure::NoSuchZone(self.time_zone.clone()))?;
        let midnight = |day: Date| {
            day.to_zoned_datetime(zone.clone())
                .map(|at| at.timestamp())
                .map_err(|_| InvalidClosure::OutOfRange(day))
        };
        let after =
            self.last_day.checked_add(1.day()).map_err(|_| InvalidClosure::OutOfRange(self.last_day))?;
        Ok((midnight(self.first_day)?, midnight(after)?))
    }

    /// The phase at an instant. A closure whose interval cannot be computed is still being prepared.
    pub fn phase_at(&self, at: Timestamp) -> Phase {
        match self.interval() {
            Ok((start, end)) if at >= end && end > start => Phase::Reopen,
            Ok((start, _)) if at >= start => Phase::Watch,
            _ => Phase::Prepare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn new_year() -> Closure {
        Closure {
            id: "2026-12-29".into(),
            name: Text::new("年末年始休業", "New Year closure"),
            first_day: date(2026, 12, 29),
            last_day: date(2027, 1, 3),
            time_zone: DEFAULT_ZONE.into(),
            origin: ClosureOrigin::Calendar,
        }
    }

    #[test]
    fn the_interval_is_half_open_in_the_local_zone() {
        let (start, end) = new_year().interval().unwrap();
        assert_eq!(start.to_string(), "2026-12-28T15:00:00Z");
        assert_eq!(end.to_string(), "2027-01-03T15:00:00Z");
        assert_eq!(new_year().days(), 6);
    }

    #[test]
    fn phases_change_at_the_edges() {
        let (start, end) = new_year().interval().unwrap();
        let before = start - jiff::SignedDuration::from_nanos(1);
        assert_eq!(new_year().phase_at(before), Phase::Prepare);
        assert_eq!(new_year().phase_at(start), Phase::Watch);
        assert_eq!(new_year().phase_at(end), Phase::Reopen);
    }
}
