//! `after.logs.b`: closed by a person's statement.

crate::checks::stated!(LogsB, "after.logs.b", "logs_b", "`after.logs.b`; see the guide beside this file.");
