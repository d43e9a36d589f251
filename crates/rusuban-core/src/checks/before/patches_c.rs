//! `before.patches.c`: closed by a person's statement.

crate::checks::stated!(
    PatchesC,
    "before.patches.c",
    "patches_c",
    "`before.patches.c`; see the guide beside this file."
);
