//! `before.backups.c`: closed by a person's statement.

crate::checks::stated!(
    BackupsC,
    "before.backups.c",
    "backups_c",
    "`before.backups.c`; see the guide beside this file."
);
