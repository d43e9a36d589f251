//! `before.staff-notice.a`: closed by a person's statement.

crate::checks::stated!(
    StaffNoticeA,
    "before.staff-notice.a",
    "staff_notice_a",
    "`before.staff-notice.a`; see the guide beside this file."
);
