//! The words of the house as types. No behaviour that needs the outside.

pub mod case;
pub mod chain;
pub mod closure;
pub mod evidence;
pub mod id;
pub mod policy;
pub mod register;
pub mod statement;
pub mod subject;
pub mod text;
pub mod verdict;
