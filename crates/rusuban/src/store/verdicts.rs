//! The history of verdicts: what each evaluation said of each requirement.

use jiff::Timestamp;
use rusuban_core::evaluation::Evaluation;

use super::{Store, StoreError, on};

impl Store {
    /// Keeps the verdicts of an evaluation.
    ///
    /// # Errors
    /// Where the database cannot write.
    pub async fn keep_verdicts(&self, closure: &str, evaluation: &Evaluation) -> Result<(), StoreError> {
        let at = evaluation.at.to_string();
        on!(&self.db, pool => {
            let mut tx = pool.begin().await?;
            for requirement in evaluation.requirements() {
                sqlx::query("insert into verdict (closure, requirement, at, verdict) values ($1, $2, $3, $4) on conflict do nothing")
                    .bind(closure)
                    .bind(requirement.id.as_str())
                    .bind(&at)
                    .bind(requirement.verdict.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            tx.commit().await?;
        });
        Ok(())
    }

    /// The verdicts that were kept of a closure: requirement, time, verdict, oldest first.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub async fn verdict_history(
        &self,
        closure: &str,
    ) -> Result<Vec<(String, Timestamp, String)>, StoreError> {
        let rows: Vec<(String, String, String)> = on!(&self.db, pool => {
            sqlx::query_as("select requirement, at, verdict from verdict where closure = $1 order by at, requirement")
                .bind(closure)
                .fetch_all(pool)
                .await?
        });
        let read = |(requirement, at, verdict): (String, String, String)| {
            let at = at.parse().map_err(|error: jiff::Error| StoreError::Unreadable {
                what: format!("verdict of {requirement}"),
                reason: error.to_string(),
            })?;
            Ok((requirement, at, verdict))
        };
        rows.into_iter().map(read).collect()
    }
}
