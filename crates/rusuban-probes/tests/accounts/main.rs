//! The account and password probes against what the real tools of a Linux system write and say.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests stop where something is not as it must be"
)]

mod machine;
mod passwords;
mod real_tools;
mod tree;
mod unprivileged;
