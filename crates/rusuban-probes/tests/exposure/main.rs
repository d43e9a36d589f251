//! The look at exposure against real servers, each in a network of its own that ends with the test.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test's own tools may fail the test")]

mod blind;
mod databases;
mod datagrams;
mod house;
mod judged;
mod remote;
mod samba;
mod web;
