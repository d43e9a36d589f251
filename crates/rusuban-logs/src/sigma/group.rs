//! Rules that look at the same kind of events.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::compile::Expr;
use super::engine::{Engine, RuleIndex};
use super::fields::Slot;
use super::index::{Builder, FieldIndex, Hit};
use super::predicate::SlotId;
use super::witness::{self, Key, PredId};

/// A group of rules, ready to run.
#[derive(Debug)]
pub(super) struct Group {
    /// An index for each field in which witnesses are looked for.
    pub fields: Vec<(SlotId, FieldIndex)>,
    /// Witnesses by number.
    pub witnesses: Vec<Watch>,
    /// Rules without a witness.
    pub always: Vec<RuleIndex>,
    /// The texts of an event hold all its values, numbers too: keywords of both kinds are looked for in one pass.
    pub joined: bool,
}

/// A witness and the rules that it stands for.
#[derive(Debug)]
pub(super) struct Watch {
    /// The test.
    pub pred: PredId,
    /// The rules.
    pub rules: Vec<RuleIndex>,
}

impl Group {
    /// Builds the group of these rules. `joined`: of events that are lines of text, which have few values besides.
    pub fn build(engine: &Engine, rules: &[RuleIndex], joined: bool) -> Self {
        let cost = |p: PredId| engine.predicates.get(p as usize).and_then(|p| p.cost);
        let mut watches: HashMap<PredId, Vec<RuleIndex>, FixedState> = HashMap::default();
        let mut always = Vec::new();
        for rule in rules {
            let Some(expr) = engine.exprs.get(*rule as usize).and_then(Option::as_ref) else { continue };
            match witness::of(expr, &cost) {
                Some((_, preds)) => {
                    for pred in preds {
                        watches.entry(pred).or_default().push(*rule);
                    }
                }
                None if matches!(expr, Expr::Const(false)) => {}
                None => always.push(*rule),
            }
        }
        let mut witnesses: Vec<Watch> =
            watches.into_iter().map(|(pred, rules)| Watch { pred, rules }).collect();
        witnesses.sort_unstable_by_key(|w| w.pred);
        let slot_where =
            |is: fn(&Slot) -> bool| (0..).zip(&engine.slots).find(|(_, s)| is(s)).map(|(number, _)| number);
        let texts: Option<SlotId> = slot_where(Slot::is_texts).filter(|_| joined);
        let whole: Option<SlotId> = slot_where(Slot::is_whole);
        let mut builders: BTreeMap<SlotId, Builder> = BTreeMap::new();
        for (number, watch) in (0..).zip(&witnesses) {
            let Some(pred) = engine.predicates.get(watch.pred as usize) else { continue };
            witness::keys(&pred.leaf.spec, |key, sure| {
                // A text without an end of a line that is in the joined values is in one of them.
                let slot = match (texts, key) {
                    (Some(texts), Key::Inside(text))
                        if Some(pred.slot) == whole && !text.contains(&b'\n') =>
                    {
                        texts
                    }
                    _ => pred.slot,
                };
                builders.entry(slot).or_default().add(key, Hit { witness: number, sure });
            });
        }
        let fields = builders.into_iter().map(|(slot, b)| (slot, b.build())).collect();
        Self { fields, witnesses, always, joined }
    }
}
