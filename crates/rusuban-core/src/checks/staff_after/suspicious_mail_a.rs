//! `staff-after.suspicious-mail.a`: closed by a person's statement.

crate::checks::stated!(
    SuspiciousMailA,
    "staff-after.suspicious-mail.a",
    "suspicious_mail_a",
    "`staff-after.suspicious-mail.a`; see the guide beside this file."
);
