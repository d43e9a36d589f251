//! What the organisation has, as rows of JSON by kind and id.

use super::{Store, StoreError, on};

/// One row of the register.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RegisterRow {
    /// Which table of the register, such as `assets`.
    pub kind: String,
    /// Id in that table.
    pub id: String,
    /// The row as JSON.
    pub record: String,
}

impl Store {
    /// All rows, by kind and id.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn register_rows(&self) -> Result<Vec<RegisterRow>, StoreError> {
        let rows: Vec<(String, String, String)> = on!(&self.db, pool => {
            sqlx::query_as("select kind, id, record from register order by kind, id").fetch_all(pool).await?
        });
        Ok(rows.into_iter().map(|(kind, id, record)| RegisterRow { kind, id, record }).collect())
    }
}
