//! What people and machines see: projections of one evaluation. Nothing here looks at systems or judges.

pub mod data;
pub mod dates;
pub mod html;
pub mod review;
pub mod words;
pub mod xlsx;
