//! `before.report-desk.a`: closed by a person's statement.

crate::checks::stated!(
    ReportDeskA,
    "before.report-desk.a",
    "report_desk_a",
    "`before.report-desk.a`; see the guide beside this file."
);
