//! `staff-after.update-before-mail.a`: closed by a person's statement.

crate::checks::stated!(
    UpdateBeforeMailA,
    "staff-after.update-before-mail.a",
    "update_before_mail_a",
    "`staff-after.update-before-mail.a`; see the guide beside this file."
);
