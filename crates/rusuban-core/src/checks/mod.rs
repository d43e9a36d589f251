//! The checks (点検): one requirement, one file, named after the requirement's id.
//!
//! A check observes through ports and judges facts. Judging is pure: the same facts, policy and time give the same
//! verdict, today and when an auditor repeats it.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::case::{self, Dispositions};
use crate::model::closure::{Closure, Phase};
use crate::model::evidence::{Evidence, EvidenceKind, Outcome};
use crate::model::policy::Policy;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown, UnknownCode};
use crate::world::{Facts, World};

#[cfg(test)]
pub(crate) mod machine_fixture;

pub mod after;
pub mod before;
pub mod registry;
pub mod staff_after;
pub mod staff_before;

/// What it takes to close a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Facts from the real system; a statement can stand in where nothing could be seen.
    Observation,
    /// A person's statement; no probe of this program sees it.
    Statement,
    /// Facts that show no fault, and a person's statement beside them.
    Both,
}

/// Whom a requirement is asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Every machine: this one, and those of the register.
    Machine,
    /// The organisation as a whole.
    Organisation,
}

/// What is fixed about a check.
#[derive(Debug, Clone, Copy)]
pub struct CheckMeta {
    /// Id of its requirement.
    pub id: &'static str,
    /// What closes it.
    pub needs: Needs,
    /// Whom it is asked of.
    pub scope: Scope,
    /// The guide in Japanese (Markdown).
    pub guide_ja: &'static str,
    /// The guide in English (Markdown).
    pub guide_en: &'static str,
}

/// The meta data of a check whose guides lie beside it as `<stem>.ja.md` and `<stem>.en.md`.
macro_rules! meta {
    ($id:literal, $needs:ident, $scope:ident, $stem:literal) => {
        $crate::checks::CheckMeta {
            id: $id,
            needs: $crate::checks::Needs::$needs,
            scope: $crate::checks::Scope::$scope,
            guide_ja: include_str!(concat!($stem, ".ja.md")),
            guide_en: include_str!(concat!($stem, ".en.md")),
        }
    };
}
pub(crate) use meta;

/// A check that only a person's statement closes: nothing but its guide and its meta data.
macro_rules! stated {
    ($name:ident, $id:literal, $stem:literal, $doc:literal) => {
        #[doc = $doc]
        pub struct $name;

        impl $crate::checks::Check for $name {
            const META: $crate::checks::CheckMeta =
                $crate::checks::meta!($id, Statement, Organisation, $stem);
            type Facts = $crate::checks::NoFacts;
        }
    };
}
pub(crate) use stated;

/// What a judgement rests on besides the facts.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The closure that is being prepared, watched or reviewed.
    pub closure: &'a Closure,
    /// The limits.
    pub policy: &'a Policy,
    /// When the judgement is made.
    pub at: Timestamp,
    /// What people decided about the cases of the log review.
    pub decisions: &'a Dispositions,
}

impl<'a> Context<'a> {
    /// What a judgement rests on where nobody decided anything about cases.
    pub fn new(closure: &'a Closure, policy: &'a Policy, at: Timestamp) -> Self {
        Self { closure, policy, at, decisions: &case::NONE }
    }

    /// The phase of the closure at the time of the judgement.
    pub fn phase(&self) -> Phase {
        self.closure.phase_at(self.at)
    }
}

/// Facts with where they come from.
#[derive(Debug, Clone)]
pub struct Dated<'a, F> {
    /// The evidence that holds the facts.
    pub evidence: &'a Evidence,
    /// What they say.
    pub facts: F,
}

impl<F> Dated<'_, F> {
    /// What the facts speak of.
    pub fn subject(&self) -> &SubjectId {
        &self.evidence.record.draft.subject
    }

    /// When they were seen.
    pub fn observed_at(&self) -> Timestamp {
        self.evidence.record.draft.observed_at
    }

    /// From where they were seen.
    pub fn vantage(&self) -> &str {
        &self.evidence.record.draft.vantage
    }

    /// Which kind of evidence they are.
    pub fn kind(&self) -> EvidenceKind {
        self.evidence.record.draft.kind
    }
}

/// One requirement's check.
#[async_trait]
pub trait Check: Send + Sync + 'static {
    /// What is fixed about it.
    const META: CheckMeta;
    /// What it judges. Checks that share a topic share one observation.
    type Facts: Facts;

    /// Whether `rusuban check` can ask by itself. The facts of others are made by commands of their own.
    const ASKS: bool = true;

    /// Asks the world. Never called for a check that only a statement closes, or whose facts another command makes.
    ///
    /// # Errors
    /// The reason why nothing could be seen.
    async fn observe(_world: &World) -> Result<Self::Facts, Unknown> {
        Err(not_observed(Self::META.id))
    }

    /// Judges the facts about one subject: the newest of each source and vantage, strongest kind first, never empty.
    fn judge(facts: &[Dated<'_, Self::Facts>], _context: &Context<'_>) -> Judgement {
        let mut findings = Findings::about(facts.first().map_or(&SubjectId::organisation(), Dated::subject));
        findings.unseen(&not_observed(Self::META.id));
        findings.judgement()
    }

    /// Why nothing is known of a subject about which there are no facts.
    fn unlooked(subject: &SubjectId) -> Unknown {
        not_looked(subject)
    }

    /// Digest of what a person reviews under this requirement. When it changes, an earlier review is void.
    fn review_basis(_facts: &[Dated<'_, Self::Facts>]) -> Option<String> {
        None
    }
}

fn not_observed(id: &str) -> Unknown {
    Unknown::new(
        UnknownCode::NotSupported,
        id,
        Text::new("この要件を見る観測機能はありません", "no probe of this program sees this requirement"),
        Text::new("担当者の申告で確認してください", "let the person in charge state it"),
    )
}

/// The facts of a check that has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoFacts;

impl Facts for NoFacts {
    const TOPIC: &'static str = "none/1";
}

/// A check without its type, as the registry holds it.
#[async_trait]
pub trait AnyCheck: Send + Sync {
    /// What is fixed about it.
    fn meta(&self) -> CheckMeta;

    /// The topic that it observes and judges; none where only a statement closes it.
    fn topic(&self) -> Option<&'static str>;

    /// Whether `rusuban check` can ask by itself; see [`Check::ASKS`].
    fn asks(&self) -> bool;

    /// What is to be said of a subject without any facts: Unknown, where no finding at all would mean Verified.
    fn unlooked(&self, subject: &SubjectId) -> Judgement;

    /// Asks the world and gives the facts as JSON, or the reason why there are none.
    async fn observe(&self, world: &World) -> Outcome;

    /// Judges stored evidence about one subject.
    fn judge(&self, subject: &SubjectId, evidence: &[&Evidence], context: &Context<'_>) -> Judged;
}

/// A judgement with the digest of what was reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What was concluded.
    pub judgement: Judgement,
    /// See [`Check::review_basis`].
    pub basis: Option<String>,
}

/// Gives a [`Check`] the untyped shape of [`AnyCheck`].
pub struct Erased<C>(std::marker::PhantomData<fn() -> C>);

impl<C> Erased<C> {
    /// The one value of this type.
    pub const fn new() -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<C> Default for Erased<C> {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl<C: Check> AnyCheck for Erased<C> {
    fn meta(&self) -> CheckMeta {
        C::META
    }

    fn topic(&self) -> Option<&'static str> {
        (C::META.needs != Needs::Statement).then_some(C::Facts::TOPIC)
    }

    fn asks(&self) -> bool {
        C::ASKS && self.topic().is_some()
    }

    fn unlooked(&self, subject: &SubjectId) -> Judgement {
        let mut findings = Findings::about(subject);
        findings.unseen(&C::unlooked(subject));
        findings.judgement()
    }

    async fn observe(&self, world: &World) -> Outcome {
        match C::observe(world).await {
            Ok(facts) => serde_json::to_value(facts).map_or_else(
                |error| Outcome::Unknown(unreadable(C::Facts::TOPIC, &error.to_string())),
                Outcome::Facts,
            ),
            Err(why) => Outcome::Unknown(why),
        }
    }

    fn judge(&self, subject: &SubjectId, evidence: &[&Evidence], context: &Context<'_>) -> Judged {
        let mut facts: Vec<Dated<'_, C::Facts>> = Vec::with_capacity(evidence.len());
        let mut blind: Vec<Unknown> = Vec::new();
        for item in evidence {
            match read::<C::Facts>(item, context) {
                Ok(read) => facts.push(Dated { evidence: item, facts: read }),
                Err(why) => blind.push(why),
            }
        }
        facts.sort_by(|a, b| {
            (b.kind(), b.observed_at(), b.evidence.id()).cmp(&(a.kind(), a.observed_at(), a.evidence.id()))
        });
        if facts.is_empty() {
            if blind.is_empty() {
                return Judged { judgement: self.unlooked(subject), basis: None };
            }
            let mut findings = Findings::about(subject);
            for why in &blind {
                findings.unseen(why);
            }
            return Judged { judgement: findings.judgement(), basis: None };
        }
        let mut judgement = C::judge(&facts, context);
        // Another source did see it: the blind one is worth a note, no more.
        let mut notes = Findings::about(subject);
        for why in &blind {
            notes.note(why.code.as_str(), &why.item, why.message.clone(), why.hint.clone());
        }
        judgement.findings.extend(notes.judgement().findings);
        Judged { judgement, basis: C::review_basis(&facts) }
    }
}

/// Facts out of stored evidence, refused where they are too old or of another shape.
fn read<F: Facts>(evidence: &Evidence, context: &Context<'_>) -> Result<F, Unknown> {
    let draft = &evidence.record.draft;
    let (outcome, value) = match &draft.body {
        Value::Object(map) => {
            map.iter().next().map_or(("", &Value::Null), |(key, value)| (key.as_str(), value))
        }
        _ => ("", &Value::Null),
    };
    match outcome {
        "facts" => {
            if draft.observed_at > context.at + CLOCK_SLACK {
                return Err(from_future(F::TOPIC, draft.observed_at));
            }
            let age = context.at.duration_since(draft.observed_at).as_hours();
            if F::AGES && age > context.policy.evidence.max_age_hours {
                return Err(stale(F::TOPIC, age));
            }
            F::deserialize(value).map_err(|error| unreadable(F::TOPIC, &error.to_string()))
        }
        "unknown" => {
            Err(Unknown::deserialize(value).unwrap_or_else(|error| unreadable(F::TOPIC, &error.to_string())))
        }
        _ => Err(unreadable(F::TOPIC, "neither facts nor a reason")),
    }
}

/// How far clocks of two machines may differ before evidence counts as from the future.
const CLOCK_SLACK: SignedDuration = SignedDuration::from_mins(5);

fn from_future(topic: &str, at: Timestamp) -> Unknown {
    Unknown::new(
        UnknownCode::FromFuture,
        topic,
        Text::new(
            format!("見た時刻（{at}）が未来です。時計が狂っていたか、いま狂っています"),
            format!("it was seen in the future ({at}): a clock was wrong, or is wrong now"),
        ),
        Text::new(
            "時計を合わせ、`rusuban check` をもう一度実行してください",
            "set the clock and run `rusuban check` again",
        ),
    )
}

/// What is to be said of a subject without any facts: Unknown, where no finding at all would mean Verified.
pub(crate) fn nobody_looked(subject: &SubjectId) -> Judgement {
    let mut findings = Findings::about(subject);
    findings.unseen(&not_looked(subject));
    findings.judgement()
}

fn not_looked(subject: &SubjectId) -> Unknown {
    Unknown::new(
        UnknownCode::NotLooked,
        "",
        Text::new(format!("{subject} はまだ誰も見ていません"), format!("nobody has looked at {subject} yet")),
        Text::new(
            "その機器で `rusuban check` を実行するか、担当者が申告してください",
            "run `rusuban check` on it, or let the person in charge state it",
        ),
    )
}

fn stale(topic: &str, hours: i64) -> Unknown {
    Unknown::new(
        UnknownCode::Stale,
        topic,
        Text::new(
            format!("最後に見たのは{hours}時間前で、判定に使うには古すぎます"),
            format!("last looked at {hours} hours ago, too old to judge by"),
        ),
        Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
    )
}

fn unreadable(topic: &str, reason: &str) -> Unknown {
    Unknown::new(
        UnknownCode::Unparsable,
        topic,
        Text::new(
            format!("保存された事実を読めません（{reason}）"),
            format!("the stored facts cannot be read ({reason})"),
        ),
        Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again"),
    )
}
