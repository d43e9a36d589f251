//! Who and what stands in most findings.

use std::collections::HashMap;

use rusuban_core::model::text::Text;

use crate::report::review::data::{FindingView, ReviewReport};

/// The length of a list.
const TOP: usize = 10;

/// One list.
#[derive(Debug)]
pub(super) struct Top<'a> {
    /// What it counts.
    pub title: Text,
    /// What its rows are.
    pub head: Text,
    /// Names with their numbers, the greatest first.
    pub rows: Vec<(&'a str, u64)>,
    /// How many names there are besides.
    pub more: usize,
}

/// The lists. What a person has judged before is not counted.
pub(super) fn tops(report: &ReviewReport) -> Vec<Top<'_>> {
    let of = |part: fn(&FindingView) -> &str| {
        let findings = report.cases.iter().flat_map(|case| &case.timeline).chain(&report.noise);
        sums(findings.map(|finding| (part(finding), finding.count)))
    };
    let rules = sums(report.findings.iter().map(|rule| (rule.rule_id.as_str(), rule.count)));
    [
        (Text::new("接続元", "Sources of connections"), Text::new("接続元", "From"), of(|f| &f.from)),
        (Text::new("アカウント", "Accounts"), Text::new("アカウント", "Account"), of(|f| &f.who)),
        (Text::new("機器", "Machines"), Text::new("機器", "Machine"), of(|f| &f.host)),
        (Text::new("規則", "Rules"), Text::new("規則", "Rule"), rules),
    ]
    .into_iter()
    .map(|(title, head, mut rows)| {
        let more = rows.len().saturating_sub(TOP);
        rows.truncate(TOP);
        Top { title, head, rows, more }
    })
    .collect()
}

/// Names with their sums, the greatest first, then by name.
fn sums<'a>(counts: impl Iterator<Item = (&'a str, u64)>) -> Vec<(&'a str, u64)> {
    let mut sums: HashMap<&str, u64> = HashMap::new();
    for (name, count) in counts.filter(|(name, _)| !name.is_empty()) {
        let sum = sums.entry(name).or_default();
        *sum = sum.saturating_add(count);
    }
    let mut rows: Vec<(&str, u64)> = sums.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_comes_first_and_the_nameless_is_left_out() {
        let rows = sums([("b", 1), ("", 9), ("a", 1), ("c", 2), ("c", 1)].into_iter());
        assert_eq!(rows, [("c", 3), ("a", 1), ("b", 1)]);
    }
}
