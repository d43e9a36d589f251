//! `before.support-desks.a`: closed by a person's statement.

crate::checks::stated!(
    SupportDesksA,
    "before.support-desks.a",
    "support_desks_a",
    "`before.support-desks.a`; see the guide beside this file."
);
