//! `before.patches.b`: closed by a person's statement.

crate::checks::stated!(
    PatchesB,
    "before.patches.b",
    "patches_b",
    "`before.patches.b`; see the guide beside this file."
);
