//! `before.monitoring.b`: closed by a person's statement.

crate::checks::stated!(
    MonitoringB,
    "before.monitoring.b",
    "monitoring_b",
    "`before.monitoring.b`; see the guide beside this file."
);
