//! Sigma 2.1 rules: reading, compiling, matching (<https://sigmahq.io>).
//!
//! Text of rule files → [`load`] → [`Rule`]s (which pipelines and filters may change).

pub mod condition;
pub mod correlation;
pub mod filter;
mod load;
mod modifiers;
pub mod pipeline;
mod problem;
mod rule;
pub mod yaml;

pub use load::{Document, Loaded, load, load_all};
pub use modifiers::Modifier;
pub use problem::{Place, Problem, Reason};
pub use rule::{Detection, Item, Level, Related, Rule, RuleLogSource, Search, Wrong};

/// The number of a rule in the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub u32);
