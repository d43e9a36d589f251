//! The main use case: look at this machine, keep what was seen, judge, report.

use jiff::Timestamp;

use super::evaluate::{self, Selection};
use super::observe::{self, Progress};
use super::world::{self, WorldInput};
use super::{AppError, Session, statements};
use crate::report::data::Report;
use crate::store::evidence::Change;

/// What `check` is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Id of the closure; the running or next one where none.
    pub closure: Option<String>,
    /// Take the time that thorough looks need.
    pub deep: bool,
    /// Ask nothing over the network.
    pub offline: bool,
    /// Which measures to show.
    pub selection: Selection,
}

/// Looks, keeps, judges, reports.
///
/// # Errors
/// Where there is no such closure or the store cannot be used. What could not be seen is no error: it is Unknown.
pub async fn check(
    session: &Session,
    request: &Request,
    progress: &mut dyn Progress,
) -> Result<Report, AppError> {
    let closure = session.closure(request.closure.as_deref()).await?;
    let before = session.store.evidence_of(&closure.id).await?;
    let input = WorldInput {
        documents: statements::registered_documents(&before),
        deep: request.deep,
        offline: request.offline,
    };
    let world = world::build(session, &before, input);
    let drafts = observe::observe(session, &closure.id, world, request.deep, |_| true, progress).await;
    session.record(drafts, Change::None).await?;
    let evaluated = evaluate::evaluate(session, closure, Timestamp::now()).await?;
    session.store.keep_verdicts(&evaluated.closure.id, &evaluated.evaluation).await?;
    evaluate::report(session, &evaluated, request.selection).await
}

/// Judges what was seen before, without looking again.
///
/// # Errors
/// Where there is no such closure or the store cannot be read.
pub async fn report(
    session: &Session,
    closure: Option<&str>,
    selection: Selection,
) -> Result<Report, AppError> {
    let closure = session.closure(closure).await?;
    let evaluated = evaluate::evaluate(session, closure, Timestamp::now()).await?;
    evaluate::report(session, &evaluated, selection).await
}
