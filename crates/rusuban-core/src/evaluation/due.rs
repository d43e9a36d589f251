//! When a requirement is due: working days before or after the closure, by the office's calendar.

use jiff::civil::Date;

use crate::calendar::OfficeCalendar;
use crate::catalogue::{Due, DueFrom};
use crate::model::closure::Closure;

/// The day on which a requirement is due; none where the calendar does not reach that far.
pub fn due_date(due: Due, closure: &Closure, calendar: &OfficeCalendar) -> Option<Date> {
    match due.from {
        DueFrom::Start => calendar.add_working_days(closure.first_day, due.working_days),
        DueFrom::End => {
            let back = calendar.next_working_day(closure.last_day)?;
            calendar.add_working_days(back, due.working_days)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::closure::{ClosureOrigin, DEFAULT_ZONE};
    use crate::model::text::Text;
    use jiff::civil::date;

    #[test]
    fn due_days_skip_weekends_and_the_closure() {
        let closure = Closure {
            id: "x".into(),
            name: Text::new("年末年始", "New Year"),
            first_day: date(2026, 12, 29),
            last_day: date(2027, 1, 3),
            time_zone: DEFAULT_ZONE.into(),
            origin: ClosureOrigin::Calendar,
        };
        let calendar = OfficeCalendar::statutory();
        let due = |from, working_days| due_date(Due { from, working_days }, &closure, &calendar);
        assert_eq!(due(DueFrom::Start, -1), Some(date(2026, 12, 28)));
        assert_eq!(due(DueFrom::Start, -2), Some(date(2026, 12, 25)));
        assert_eq!(due(DueFrom::End, 0), Some(date(2027, 1, 4)));
        assert_eq!(due(DueFrom::End, 1), Some(date(2027, 1, 5)));
    }
}
