//! `before.monitoring.a`: closed by a person's statement.

crate::checks::stated!(
    MonitoringA,
    "before.monitoring.a",
    "monitoring_a",
    "`before.monitoring.a`; see the guide beside this file."
);
