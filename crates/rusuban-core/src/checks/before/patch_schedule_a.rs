//! `before.patch-schedule.a`: closed by a person's statement.

crate::checks::stated!(
    PatchScheduleA,
    "before.patch-schedule.a",
    "patch_schedule_a",
    "`before.patch-schedule.a`; see the guide beside this file."
);
