//! The log review (`after.logs`): from the bytes of logs to events, findings and cases.
//!
//! - The review of one block of a file is a pure function of its bytes, the rules and the closure's context. It gives
//!   findings, partial aggregates and coverage; merging two results is associative, so files can be spread over workers.
//! - No clock, no disk, no environment, no network, no global state. Bytes, rules and context come in as values.
//! - What cannot be parsed is counted by file, with examples. Nothing is dropped in silence.

pub mod activity;
pub mod cases;
pub mod context;
pub mod coverage;
pub mod detectors;
pub mod event;
pub mod evtx;
pub mod finding;
pub mod frame;
pub mod outcome;
pub mod reader;
pub mod review;
pub mod rules;
pub mod sigma;
pub mod sources;
