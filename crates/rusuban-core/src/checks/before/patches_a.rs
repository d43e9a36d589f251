//! `before.patches.a`: no known security update is missing.
//!
//! A list of pending updates is worth what its package lists are worth, so those are judged first: "nothing pending"
//! out of an old list, or without a source of security updates, is Unknown. A pending security update is a fault
//! however old the list is.

use std::collections::BTreeSet;

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown};
use crate::world::World;
use crate::world::packages::PackageFacts;

mod lists;
mod restart;
mod updates;

#[cfg(test)]
mod tests;

/// `before.patches.a`; see the guide beside this file.
pub struct PatchesA;

#[async_trait]
impl Check for PatchesA {
    const META: CheckMeta = meta!("before.patches.a", Observation, Machine, "patches_a");
    type Facts = PackageFacts;

    async fn observe(world: &World) -> Result<PackageFacts, Unknown> {
        world.packages.look().await
    }

    fn judge(facts: &[Dated<'_, PackageFacts>], context: &Context<'_>) -> Judgement {
        let mut findings = Findings::about(facts.first().map_or(&SubjectId::organisation(), Dated::subject));
        // Strongest and newest first: of each package manager the first word counts.
        let mut heard = BTreeSet::new();
        let first: Vec<_> = facts.iter().filter(|dated| heard.insert(dated.facts.manager)).collect();
        for dated in &first {
            updates::judge(&dated.facts, &mut findings);
            lists::judge(dated, context, &mut findings);
        }
        restart::judge(first.iter().filter_map(|dated| dated.facts.restart.as_ref()), &mut findings);
        if !first.iter().any(|dated| dated.facts.manager.covers_system()) {
            system_not_seen(&mut findings);
        }
        findings.judgement()
    }
}

fn system_not_seen(findings: &mut Findings) {
    findings.unknown(
        "system-updates-not-seen",
        "",
        Text::new(
            "アプリの更新一覧だけで、OS の更新が確認されていません",
            "only a list of application updates was given; the updates of the operating system were not looked at",
        ),
        Text::new(
            "Windows Update の一覧も取り込んでください（手順は点検ガイド）",
            "import the list of Windows Update too (the guide of this check says how)",
        ),
    );
}
