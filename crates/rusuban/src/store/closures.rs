//! Closures that were defined by hand.

use rusuban_core::model::closure::Closure;

use super::{Store, StoreError, on};

impl Store {
    /// All closures that were defined by hand, by id.
    ///
    /// # Errors
    /// Where the database or one of its records cannot be read.
    pub async fn closures(&self) -> Result<Vec<Closure>, StoreError> {
        let rows: Vec<(String, String)> = on!(&self.db, pool => {
            sqlx::query_as("select id, record from closure order by id").fetch_all(pool).await?
        });
        let read = |(id, record): (String, String)| {
            serde_json::from_str(&record).map_err(|error| StoreError::Unreadable {
                what: format!("closure {id}"),
                reason: error.to_string(),
            })
        };
        rows.into_iter().map(read).collect()
    }
}
