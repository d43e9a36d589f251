//! Closures that were defined by hand.

use rusuban_core::model::closure::Closure;

use super::{Store, StoreError, on};

impl Store {
    /// Adds a closure, or replaces the one of the same id.
    ///
    /// # Errors
    /// Where the database cannot write.
    pub async fn put_closure(&self, closure: &Closure) -> Result<(), StoreError> {
        let record = serde_json::to_string(closure).map_err(|error| StoreError::Unreadable {
            what: "closure".to_owned(),
            reason: error.to_string(),
        })?;
        on!(&self.db, pool => {
            sqlx::query("insert into closure (id, record) values ($1, $2) on conflict (id) do update set record = excluded.record")
                .bind(&closure.id)
                .bind(record)
                .execute(pool)
                .await?;
        });
        Ok(())
    }

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
