//! Looks at this machine: every topic once, all at the same time, each with a limit; what was seen becomes drafts of
//! evidence, and so does what could not be seen.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rusuban_core::checks::{AnyCheck, Scope, registry};
use rusuban_core::model::evidence::{Draft, EvidenceKind, Outcome, Source};
use rusuban_core::model::subject::SubjectId;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::World;
use tokio::task::JoinSet;

use super::Session;

/// How long one topic may take. A last resort: adapters have tighter limits of their own, part by part, and keep what
/// they have seen when one of them is reached.
const LIMIT: Duration = Duration::from_mins(30);

/// How long one topic may take where thorough looks were asked for.
const DEEP_LIMIT: Duration = Duration::from_hours(48);

/// Hears how the work goes on. Called from the thread that waits.
pub trait Progress {
    /// So many topics will be looked at.
    fn begin(&mut self, topics: &[&'static str]);
    /// A topic was looked at.
    fn done(&mut self, topic: &'static str, outcome: &Outcome);
}

/// One topic to look at.
#[derive(Clone, Copy)]
struct Look {
    topic: &'static str,
    check: &'static dyn AnyCheck,
    scope: Scope,
}

/// The topics of some checks, each once.
fn looks(wanted: impl Fn(&str) -> bool) -> Vec<Look> {
    let mut looks: BTreeMap<&'static str, Look> = BTreeMap::new();
    for check in registry::ALL.iter().copied().filter(|check| wanted(check.meta().id)) {
        if let Some(topic) = check.topic().filter(|_| check.asks()) {
            looks.entry(topic).or_insert(Look { topic, check, scope: check.meta().scope });
        }
    }
    looks.into_values().collect()
}

/// Looks at the topics of the wanted requirements and gives drafts of evidence for a closure.
pub async fn observe(
    session: &Session,
    closure: &str,
    world: World,
    deep: bool,
    wanted: impl Fn(&str) -> bool,
    progress: &mut dyn Progress,
) -> Vec<Draft> {
    let looks = looks(wanted);
    let topics: Vec<&'static str> = looks.iter().map(|look| look.topic).collect();
    progress.begin(&topics);
    let limit = if deep { DEEP_LIMIT } else { LIMIT };
    let world = Arc::new(world);
    let mut running = JoinSet::new();
    let mut by_task = BTreeMap::new();
    for look in looks {
        let world = Arc::clone(&world);
        let work = async move {
            let outcome = tokio::time::timeout(limit, look.check.observe(&world)).await;
            (outcome.unwrap_or_else(|_| Outcome::Unknown(too_slow(look.topic, limit))), Timestamp::now())
        };
        by_task.insert(running.spawn(work).id(), look);
    }
    let mut drafts = Vec::new();
    while let Some(joined) = running.join_next_with_id().await {
        let (id, (outcome, at)) = match joined {
            Ok((id, result)) => (id, result),
            // A fault of one adapter must not take the others' facts away.
            Err(error) => (error.id(), (Outcome::Unknown(broken(&error.to_string())), Timestamp::now())),
        };
        let Some(look) = by_task.get(&id) else { continue };
        progress.done(look.topic, &outcome);
        drafts.push(draft(session, closure, look, &outcome, at));
    }
    drafts.sort_by(|a, b| a.topic.cmp(&b.topic));
    drafts
}

fn draft(session: &Session, closure: &str, look: &Look, outcome: &Outcome, at: Timestamp) -> Draft {
    let subject = match look.scope {
        Scope::Machine => session.machine.subject.id.clone(),
        Scope::Organisation => SubjectId::organisation(),
    };
    Draft {
        id: Session::new_id(),
        closure: closure.to_owned(),
        kind: EvidenceKind::Observation,
        topic: look.topic.to_owned(),
        requirement: None,
        subject,
        source: Source { name: "rusuban".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        vantage: session.machine.hostname.clone(),
        observed_at: at,
        received_at: at,
        effective_at: None,
        body: serde_json::to_value(outcome).unwrap_or_default(),
    }
}

fn too_slow(topic: &str, limit: Duration) -> Unknown {
    let seconds = limit.as_secs();
    Unknown::new(
        UnknownCode::TimedOut,
        topic,
        Text::new(
            format!("{seconds}秒以内に見終わりませんでした"),
            format!("not seen within {seconds} seconds"),
        ),
        Text::new("負荷の低い時にもう一度実行してください", "run it again when the machine is less busy"),
    )
}

fn broken(reason: &str) -> Unknown {
    Unknown::new(
        UnknownCode::ToolFailed,
        "rusuban",
        Text::new(format!("観測機能の不具合です（{reason}）"), format!("a fault of this program ({reason})")),
        Text::new("不具合として報告してください", "please report it as a fault"),
    )
}
