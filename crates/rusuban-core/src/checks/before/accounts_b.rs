//! `before.accounts.b`: closed by a person's statement.

crate::checks::stated!(
    AccountsB,
    "before.accounts.b",
    "accounts_b",
    "`before.accounts.b`; see the guide beside this file."
);
