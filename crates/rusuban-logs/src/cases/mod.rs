//! Cases (事案): findings that belong together, with timeline, actors, evidence and next steps.
//!
//! Findings belong together where they share an account, a source address from outside or a host and lie close in time.
//! A case holds at least one finding of medium level or above; the rest stays listed. A case that an earlier decision
//! explains stays listed too, with who said so, why, and until when.

mod suppression;
mod union;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rusuban_core::model::case::Pattern;
use rusuban_core::model::text::Text;
use serde::Serialize;

pub use suppression::{Suppressed, Suppression};

use crate::activity::{DAY, Evidence, HOUR, Name, Nanos};
use crate::context::{Account, ClosureContext};
use crate::finding::{Finding, Level, RuleInfo, compare};

/// Findings of one host this close in time belong together.
const HOST_GAP: Nanos = 2 * HOUR;
/// Findings of one account or one outside address this close in time belong together.
const ACTOR_GAP: Nanos = DAY;
/// Accounts that every machine has for itself: the same name on two machines says nothing.
const EVERYWHERE: &[&str] = &["root", "administrator", "admin", "guest", "system", "管理者"];
/// The most lines that a case carries.
const LINES: usize = 60;

/// One case (事案).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Stable: the same findings give the same id. The first characters of the digest.
    pub id: String,
    /// SHA-256 of rule, account, source, host and first time of its findings, in hex.
    pub digest: String,
    /// The gravest level of its findings.
    pub level: Level,
    /// What it is called: the gravest finding's rule.
    pub title: Text,
    /// First time; None where no finding has one.
    pub first: Option<Nanos>,
    /// Last time.
    pub last: Option<Nanos>,
    /// Accounts, sorted.
    pub who: Vec<Name>,
    /// Addresses and names from where, sorted.
    pub from: Vec<Name>,
    /// Hosts, sorted.
    pub hosts: Vec<Name>,
    /// ATT&CK techniques, sorted.
    pub techniques: Vec<String>,
    /// Why it is a case, one sentence a rule, the gravest first.
    pub why: Vec<Text>,
    /// What to do next, the gravest rule's steps first, each once.
    pub next: Vec<Text>,
    /// The findings, in the order of time: the timeline.
    pub timeline: Vec<Finding>,
    /// Lines, in the order of time, each once.
    pub evidence: Vec<Evidence>,
    /// How many events it stands for.
    pub count: u64,
}

/// What came of all findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cases {
    /// The cases, the gravest first.
    pub cases: Vec<Case>,
    /// Findings that open no case: worth keeping, not worth an alarm.
    pub noise: Vec<Finding>,
    /// Cases that a person's earlier decision explains, the gravest first.
    pub suppressed: Vec<Suppressed>,
    /// Decisions that would explain a case, and have expired.
    pub expired: Vec<Suppression>,
}

impl Case {
    /// What its findings are about, each once, without those that open no case.
    pub fn patterns(&self) -> Vec<Pattern> {
        let all: BTreeSet<Pattern> = self.loud().map(Finding::pattern).collect();
        all.into_iter().collect()
    }

    /// Each finding by a digest of what the case's own is made of, sorted.
    pub fn keys(&self) -> Vec<String> {
        let all: BTreeSet<String> =
            self.loud().map(|finding| short(&sha256(&line(content(finding))))).collect();
        all.into_iter().collect()
    }

    /// The findings that make it a case.
    fn loud(&self) -> impl Iterator<Item = &Finding> {
        self.timeline.iter().filter(|finding| !finding.level.is_noise())
    }
}

/// Groups findings. `today` is the day on which the review is made: suppressions that ended before it do not apply.
pub fn group(
    mut findings: Vec<Finding>,
    suppressions: &[Suppression],
    today: jiff::civil::Date,
    context: &ClosureContext,
) -> Cases {
    findings.sort_by(compare);
    let mut result = Cases::default();
    for group in groups(&findings, context) {
        let members: Vec<Finding> = group.into_iter().filter_map(|at| findings.get(at).cloned()).collect();
        if members.iter().all(|f| f.level.is_noise()) {
            result.noise.extend(members);
        } else {
            place(case(members), suppressions, today, &mut result);
        }
    }
    result.noise.sort_by(compare);
    let gravest = |a: &Case, b: &Case| (b.level, a.first, &a.id).cmp(&(a.level, b.first, &b.id));
    result.cases.sort_by(gravest);
    result.suppressed.sort_by(|a, b| gravest(&a.case, &b.case));
    result
}

/// A case is suppressed where one decision covers all of it: what two decisions explain apart may be something else
/// together.
fn place(case: Case, suppressions: &[Suppression], today: jiff::civil::Date, result: &mut Cases) {
    let patterns = case.patterns();
    let covering: Vec<&Suppression> = suppressions.iter().filter(|s| s.covers(&patterns)).collect();
    let longest = covering.iter().filter(|s| s.expires >= today).max_by_key(|s| s.expires);
    if let Some(by) = longest {
        result.suppressed.push(Suppressed { case, by: (*by).clone() });
        return;
    }
    for old in covering {
        if !result.expired.contains(old) {
            result.expired.push(old.clone());
        }
    }
    result.cases.push(case);
}

/// The numbers of findings that belong together.
fn groups(findings: &[Finding], context: &ClosureContext) -> Vec<Vec<usize>> {
    let mut sets = union::Sets::new(findings.len());
    let mut shared: BTreeMap<(u8, String), Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate() {
        let user = Account::of(&finding.who).user;
        if !user.is_empty() && !EVERYWHERE.contains(&user.as_str()) {
            shared.entry((0, user)).or_default().push(at);
        }
        // Inner addresses and hosts are shared by too much to hold a day together.
        if context.is_outside(&finding.from) {
            shared.entry((1, finding.from.to_string())).or_default().push(at);
        } else if !finding.from.is_empty() {
            shared.entry((2, finding.from.to_lowercase())).or_default().push(at);
        }
        if !finding.host.is_empty() {
            let host = context.host(&finding.host).and_then(|h| h.names.first());
            let name = host.map_or_else(|| finding.host.to_lowercase(), |name| name.to_lowercase());
            shared.entry((2, name)).or_default().push(at);
        }
    }
    for ((kind, _), members) in &shared {
        let gap = if *kind == 2 { HOST_GAP } else { ACTOR_GAP };
        join_close(findings, members, gap, *kind == 2, &mut sets);
    }
    sets.groups()
}

/// Joins those of `members` (sorted by their first time) that follow each other within `gap`. Noise joins by account or
/// outside address; on a host it would tie everything together, so there it joins nothing.
fn join_close(findings: &[Finding], members: &[usize], gap: Nanos, host: bool, sets: &mut union::Sets) {
    let mut until: Option<(usize, Option<Nanos>)> = None;
    for at in members {
        let Some(finding) = findings.get(*at) else { continue };
        if host && finding.level.is_noise() {
            continue;
        }
        if let Some((other, end)) = until {
            let close = match (end, finding.first) {
                (Some(end), Some(first)) => first - end <= gap,
                // Without a time nothing says that they are apart.
                _ => true,
            };
            if close {
                sets.join(other, *at);
            }
        }
        let end = until.filter(|(other, _)| sets.same(*other, *at)).and_then(|(_, end)| end);
        // A finding of noise that lasts the whole closure does not stretch the time of what it touches.
        let own = if finding.level.is_noise() { finding.first } else { finding.last };
        until = Some((*at, end.max(own)));
    }
}

/// The case that findings make.
fn case(members: Vec<Finding>) -> Case {
    let level = members.iter().map(|f| f.level).max().unwrap_or(Level::Informational);
    let mut rules: Vec<(Level, Option<Nanos>, Arc<RuleInfo>)> = Vec::new();
    for finding in &members {
        match rules.iter_mut().find(|(_, _, rule)| rule.id == finding.rule.id) {
            Some(known) => known.0 = known.0.max(finding.level),
            None => rules.push((finding.level, finding.first, finding.rule.clone())),
        }
    }
    rules.sort_by(|a, b| (b.0, a.1, &a.2.id).cmp(&(a.0, b.1, &b.2.id)));
    let names = |part: fn(&Finding) -> &Name| -> Vec<Name> {
        let all: BTreeSet<&Name> = members.iter().map(part).filter(|n| !n.is_empty()).collect();
        all.into_iter().cloned().collect()
    };
    let mut techniques: BTreeSet<String> = BTreeSet::new();
    let mut next: Vec<Text> = Vec::new();
    for (_, _, rule) in &rules {
        techniques.extend(rule.techniques.iter().cloned());
        next.extend(rule.next.iter().filter(|step| !next.contains(step)).cloned().collect::<Vec<_>>());
    }
    let title = rules.first().map_or_else(|| Text::new("事案", "Case"), |(_, _, rule)| rule.title.clone());
    let digest = digest(members.iter().filter(|f| !f.level.is_noise()).map(content));
    Case {
        id: short(&digest),
        digest,
        level,
        title,
        first: members.iter().filter_map(|f| f.first).min(),
        last: members.iter().filter_map(|f| f.last).max(),
        who: names(|f| &f.who),
        from: names(|f| &f.from),
        hosts: names(|f| &f.host),
        techniques: techniques.into_iter().collect(),
        why: rules.iter().map(|(_, _, rule)| rule.why.clone()).collect(),
        next,
        evidence: lines(&members),
        count: members.iter().map(|f| f.count).sum(),
        timeline: members,
    }
}

/// The lines of all findings, the gravest findings' first where there are too many.
fn lines(members: &[Finding]) -> Vec<Evidence> {
    let mut order: Vec<&Finding> = members.iter().collect();
    order.sort_by_key(|f| std::cmp::Reverse(f.level));
    let mut seen = BTreeSet::new();
    let mut all: Vec<Evidence> = order
        .iter()
        .flat_map(|f| &f.evidence)
        .filter(|e| seen.insert(e.place))
        .take(LINES)
        .cloned()
        .collect();
    all.sort();
    all
}

/// What a case's id is made of: one finding of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Content<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// The account.
    pub who: &'a str,
    /// The address or name that it came from.
    pub from: &'a str,
    /// The machine.
    pub host: &'a str,
    /// First time.
    pub first: Option<Nanos>,
}

fn content(finding: &Finding) -> Content<'_> {
    Content {
        rule: &finding.rule.id,
        who: &finding.who,
        from: &finding.from,
        host: &finding.host,
        first: finding.first,
    }
}

fn line(content: Content<'_>) -> String {
    serde_json::to_string(&content).unwrap_or_default()
}

/// SHA-256 over the findings of a case (those that open one), in hex. Counts and files do not enter: the same happenings
/// read from other copies are the same case.
pub fn digest<'c>(findings: impl Iterator<Item = Content<'c>>) -> String {
    let mut all: Vec<String> = findings.map(line).collect();
    all.sort();
    all.dedup();
    sha256(&all.join("\n"))
}

pub(crate) fn sha256(text: &str) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in sha2::Sha256::digest(text.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The id of a case with a digest: its first twelve digits, enough to tell the cases of an organisation apart.
pub fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

#[cfg(test)]
mod tests;
