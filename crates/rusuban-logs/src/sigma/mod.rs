//! Sigma 2.1 rules: reading, compiling, matching (<https://sigmahq.io>).
//!
//! Text of rule files → [`load`] → [`Rule`]s (which pipelines and filters may change) → [`Engine::compile`] →
//! [`Engine::matches`] for each event.

pub mod compile;
pub mod condition;
pub mod correlation;
mod encode;
mod engine;
mod fields;
pub mod filter;
mod group;
mod index;
mod literal;
mod load;
mod modifiers;
mod pattern;
pub mod pipeline;
mod predicate;
mod problem;
mod route;
mod rule;
mod ruleset;
mod scratch;
mod sieve;
mod taxonomy;
mod windows;
mod witness;
mod words;
pub mod yaml;

pub use compile::Placeholders;
pub use engine::{Engine, Never, Options, RuleIndex, Stats};
pub use load::{Document, Loaded, load, load_all};
pub use modifiers::Modifier;
pub use problem::{Place, Problem, Reason};
pub use rule::{Detection, Item, Level, Related, Rule, RuleLogSource, Search, Wrong};
pub use ruleset::RuleSet;
pub use scratch::Scratch;
pub use words::Words;
