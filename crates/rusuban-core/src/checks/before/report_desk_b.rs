//! `before.report-desk.b`: closed by a person's statement.

crate::checks::stated!(
    ReportDeskB,
    "before.report-desk.b",
    "report_desk_b",
    "`before.report-desk.b`; see the guide beside this file."
);
