//! The report's data in the order in which the page tells it. Knows nothing of HTML.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use rusuban_core::catalogue::Role;
use rusuban_core::model::closure::Phase;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Level, Verdict};

use crate::report::data::{FindingView, Machine, MeasureView, Report};

/// The measures that one role carries in one phase.
pub(super) struct Group<'a> {
    pub role: Role,
    pub phase: Phase,
    pub verdict: Verdict,
    pub measures: Vec<&'a MeasureView>,
}

/// Groups measures in the order in which each group first appears.
pub(super) fn groups(measures: &[MeasureView]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for measure in measures {
        match groups.iter_mut().find(|g| g.role == measure.role && g.phase == measure.phase) {
            Some(group) => {
                group.verdict = group.verdict.worse_of(measure.verdict);
                group.measures.push(measure);
            }
            None => groups.push(Group {
                role: measure.role,
                phase: measure.phase,
                verdict: measure.verdict,
                measures: vec![measure],
            }),
        }
    }
    groups
}

/// A machine with what the report holds of it.
pub(super) struct MachineRow<'a> {
    pub machine: &'a Machine,
    /// How many pieces of evidence speak of it. None means: nobody has looked.
    pub evidence: usize,
    /// When the newest of them was seen.
    pub newest: Option<Timestamp>,
    /// The worst verdict on it.
    pub verdict: Verdict,
}

/// The machines with their evidence and worst verdict: first those that nobody has looked at, then the worst.
pub(super) fn machines(report: &Report) -> Vec<MachineRow<'_>> {
    let mut worst: BTreeMap<&str, Verdict> = BTreeMap::new();
    for view in report.measures.iter().flat_map(|m| &m.requirements).flat_map(|r| &r.subjects) {
        let held = worst.entry(&view.subject).or_insert(view.verdict);
        *held = held.worse_of(view.verdict);
    }
    let mut seen: BTreeMap<&str, (usize, Timestamp)> = BTreeMap::new();
    for view in &report.evidence {
        let (count, newest) = seen.entry(&view.subject).or_insert((0, view.observed_at));
        *count += 1;
        *newest = view.observed_at.max(*newest);
    }
    let mut rows: Vec<_> = report
        .machines
        .iter()
        .map(|machine| {
            let evidence = seen.get(machine.subject.as_str());
            MachineRow {
                machine,
                evidence: evidence.map_or(0, |(count, _)| *count),
                newest: evidence.map(|(_, newest)| *newest),
                verdict: worst.get(machine.subject.as_str()).copied().unwrap_or(Verdict::Unknown),
            }
        })
        .collect();
    rows.sort_by_key(|row| (row.evidence > 0, Reverse(row.verdict)));
    rows
}

/// Findings that ask for the same thing.
pub(super) struct FindingGroup<'a> {
    pub level: Level,
    pub hint: &'a Text,
    /// Those that stand open.
    pub open: Vec<&'a FindingView>,
    /// Those that are folded away.
    pub folded: Vec<&'a FindingView>,
}

/// A requirement's findings, gathered by what to do about them, the first few open.
pub(super) struct FindingList<'a> {
    /// Groups with at least one finding that stands open.
    pub open: Vec<FindingGroup<'a>>,
    /// Groups that are folded away as a whole.
    pub folded: Vec<FindingGroup<'a>>,
}

impl<'a> FindingList<'a> {
    /// Gathers findings, keeping their order, and leaves `open` of them open.
    pub fn of(findings: &'a [FindingView], open: usize) -> Self {
        let mut list = Self { open: Vec::new(), folded: Vec::new() };
        let mut left = open;
        for (level, hint, mut members) in gather(findings) {
            let folded = members.split_off(left.min(members.len()));
            left -= members.len();
            if members.is_empty() {
                list.folded.push(FindingGroup { level, hint, open: folded, folded: Vec::new() });
            } else {
                list.open.push(FindingGroup { level, hint, open: members, folded });
            }
        }
        list
    }

    /// How many findings are folded away with their whole group.
    pub fn folded_count(&self) -> usize {
        self.folded.iter().map(|group| group.open.len()).sum()
    }
}

type Gathered<'a> = (Level, &'a Text, Vec<&'a FindingView>);

/// Joins neighbours that ask for the same; findings are sorted, so that equal ones stand together.
fn gather(findings: &[FindingView]) -> Vec<Gathered<'_>> {
    let mut gathered: Vec<Gathered<'_>> = Vec::new();
    for view in findings {
        let finding = &view.finding;
        match gathered.last_mut() {
            Some((level, hint, members)) if *level == finding.level && **hint == finding.hint => {
                members.push(view);
            }
            _ => gathered.push((finding.level, &finding.hint, vec![view])),
        }
    }
    gathered
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusuban_core::model::subject::SubjectId;
    use rusuban_core::model::verdict::Finding;

    fn finding(item: usize, hint: &str) -> FindingView {
        let finding = Finding {
            level: Level::Failing,
            code: "security-update-pending".into(),
            subject: SubjectId::host("pc"),
            item: item.to_string(),
            state: String::new(),
            message: Text::new("未適用", "pending"),
            hint: Text::new(hint, hint),
        };
        FindingView { key: finding.key(), finding }
    }

    #[test]
    fn no_finding_is_lost_and_no_more_than_asked_stand_open() {
        let findings: Vec<_> = (0..40).map(|n| finding(n, if n < 15 { "a" } else { "b" })).collect();
        let list = FindingList::of(&findings, 10);
        assert_eq!(list.open.len(), 1);
        assert_eq!(list.open[0].open.len(), 10);
        assert_eq!(list.open[0].folded.len(), 5);
        assert_eq!(list.folded_count(), 25);
        assert_eq!(list.folded[0].open.len(), 25);
    }

    #[test]
    fn findings_that_ask_for_different_things_stay_apart() {
        let findings = [finding(1, "a"), finding(2, "b"), finding(3, "a")];
        let list = FindingList::of(&findings, 10);
        assert_eq!(list.open.iter().map(|g| g.hint.ja.as_str()).collect::<Vec<_>>(), ["a", "b", "a"]);
    }
}
