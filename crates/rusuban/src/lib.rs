//! The program's rooms behind its command line and its pages.

pub mod inventory;
