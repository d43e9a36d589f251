//! Sigma correlation rules (Sigma Correlation Rules Specification 2.1): findings from several events.
//!
//! Two steps, both pure:
//!
//! 1. While events stream by, each match of a base rule that some correlation refers to leaves one compact row in
//!    [`Matches`]. Collections merge in any grouping, so files can be spread over workers.
//! 2. [`evaluate`] sorts the rows by *event* time, not by the time or order in which they were read, and slides windows
//!    over them. One burst gives one [`Finding`].
//!
//! What is decided here where the specification leaves it open:
//!
//! - A timespan holds both of its ends: `last - first <= timespan`. Windows are not tied to clock boundaries. A month is
//!   30.436875 days and a year 365.2425 days, as in pySigma.
//! - Conditions are judged on the windows that no further event fits into. So `lt`, `eq` and ranges do not hold for the
//!   beginning of a longer burst, and `not rule_c` means that the rule is not seen in such a window. Windows that hold and
//!   share an event are one burst, and one finding: no event counts twice.
//! - In `temporal_ordered` the whole list is in order and fits into the timespan. A rule under `not` has its place in the
//!   list: it must not be seen there (before the first and after the last rule: within the timespan). At equal times,
//!   events of one file are in the order of the file; between files the order is open.
//! - Events without a time, with a clock that was not set, without a field of `group-by`, or without the counted value
//!   are not correlated; they are counted in the [`Outcome`].
//! - Values are compared without regard to case, as Sigma compares texts.
//! - At most 10,000 findings of a correlation are given, the earliest ones; the others are counted.
//! - Percentiles are nearest ranks. `value_count` over several fields counts different combinations.
//! - An event that several rules of a count match counts once. In time relations it stands for each of them, but never
//!   for two places of an order.
//! - A correlation that another one refers to counts once for each of its bursts, at the moment when its condition was
//!   first met; in time relations it lasts from there to its last event. Its events are grouped by the fields of the
//!   correlation that refers to it.

mod collect;
mod condition;
mod definition;
mod evaluate;
mod field;
mod measure;
mod plan;
mod read;
mod sequence;
mod window;

#[cfg(test)]
mod tests;

pub use collect::{Limits, Matches};
pub use condition::{Expression, Op, Threshold};
pub use definition::{Alias, Condition, Correlation, Kind, Reference};
pub use evaluate::{CorrelationLoss, EventRef, Finding, Outcome, Part, RuleLoss, evaluate};
pub use plan::{Base, Plan, Target};
