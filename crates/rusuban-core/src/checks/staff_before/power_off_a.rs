//! `staff-before.power-off.a`: closed by a person's statement.

crate::checks::stated!(
    PowerOffA,
    "staff-before.power-off.a",
    "power_off_a",
    "`staff-before.power-off.a`; see the guide beside this file."
);
