//! What is true about a closure: its days, its measures, the evidence and the verdicts.
//!
//! This crate knows no clock, no disk, no environment and no network: time and facts come in as values, questions to
//! the outside go through the ports in [`world`]. Everything here can be judged again later from stored facts.

pub mod calendar;
pub mod catalogue;
pub mod checks;
pub mod evaluation;
pub mod model;
pub mod world;
