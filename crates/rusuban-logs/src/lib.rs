//! The log review (`after.logs`): from the bytes of logs to events, findings and cases.
//!
//! - The review of one block of a file is a pure function of its bytes, the rules and the closure's context. It gives
//!   findings, partial aggregates and coverage; merging two results is associative, so files can be spread over workers.
//! - No clock, no disk, no environment, no network, no global state. Bytes, rules and context come in as values.
//! - What cannot be parsed is counted by file, with examples. Nothing is dropped in silence.

pub mod event;
pub mod evtx;
pub mod sigma;
pub mod sources;
