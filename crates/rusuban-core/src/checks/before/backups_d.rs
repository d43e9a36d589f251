//! `before.backups.d`: closed by a person's statement.

crate::checks::stated!(
    BackupsD,
    "before.backups.d",
    "backups_d",
    "`before.backups.d`; see the guide beside this file."
);
