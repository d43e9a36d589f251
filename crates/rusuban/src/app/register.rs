//! What the organisation has: the register in the store.

use std::collections::BTreeMap;

use super::AppError;
use crate::store::Store;

/// Placeholder until the register's model is merged.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Assets by id.
    pub assets: BTreeMap<String, Asset>,
}

/// An asset.
#[derive(Debug, Clone, Default)]
pub struct Asset {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Host name.
    pub hostname: Option<String>,
    /// Section.
    pub section: Option<String>,
}

/// Loads the register.
pub async fn load(_store: &Store) -> Result<Register, AppError> {
    Ok(Register::default())
}

/// The machines of the register, by subject.
pub fn machines(
    _register: &Register,
) -> BTreeMap<rusuban_core::model::subject::SubjectId, rusuban_core::model::subject::Subject> {
    BTreeMap::new()
}

/// The sections of the register: id and name.
pub fn sections(_register: &Register) -> Vec<(String, String)> {
    Vec::new()
}
