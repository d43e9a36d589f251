//! `after.logs.a`: closed by a person's statement.

crate::checks::stated!(LogsA, "after.logs.a", "logs_a", "`after.logs.a`; see the guide beside this file.");
