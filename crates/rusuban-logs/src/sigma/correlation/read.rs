//! Reads correlation rules from their documents. What has no meaning here is a fault with its line, never passed over.

use std::sync::Arc;

use super::condition::{Expression, Op, Threshold};
use super::definition::{Alias, Condition, Correlation, Kind, Reference, problem};
use crate::sigma::condition::Aggregation;
use crate::sigma::yaml::{Entry, Node, Scalar};
use crate::sigma::{Level, Place, Problem, Rule, Words};

impl Correlation {
    /// Reads a document with `correlation`. `place` is where the document stands.
    pub fn of_node(place: &Place, node: &Node) -> Result<Self, Problem> {
        let reader = Reader { file: &place.file };
        let (line, section) = match node.map().and_then(|m| m.iter().find(|e| &*e.key == "correlation")) {
            Some(entry) => (entry.line, reader.map(entry)?),
            None => return Err(reader.wrong(place.line, "there is no `correlation`")),
        };
        let known = |key: &str| {
            matches!(key, "type" | "rules" | "group-by" | "timespan" | "condition" | "aliases" | "generate")
        };
        if let Some(entry) = section.iter().find(|e| !known(&e.key)) {
            return Err(reader.wrong(entry.line, format!("`{}` is not supported", entry.key)));
        }
        let get = |key: &str| section.iter().find(|e| &*e.key == key);
        let missing = |key: &str| reader.wrong(line, format!("`{key}` is missing"));
        let top = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default();
        let list = |key: &str| -> Vec<Box<str>> {
            node.get(key)
                .map(Node::items)
                .unwrap_or_default()
                .iter()
                .filter_map(Node::text)
                .map(Into::into)
                .collect()
        };
        let level = match node.get("level").and_then(|n| Some((n.line, n.text()?))) {
            None => None,
            Some((line, name)) => Some(
                Level::of_name(&name.to_ascii_lowercase())
                    .ok_or_else(|| reader.wrong(line, format!("there is no level `{name}`")))?,
            ),
        };
        let title = top("title");
        if title.is_empty() {
            return Err(reader.wrong(place.line, "`title` is missing"));
        }
        let kind_entry = get("type").ok_or_else(|| missing("type"))?;
        let (condition, fields, percentile) = match get("condition") {
            Some(entry) => {
                let (condition, fields, percentile) = reader.condition(entry)?;
                (Some(condition), fields, percentile)
            }
            None => (None, Vec::new(), None),
        };
        let kind = reader.kind(kind_entry, percentile)?;
        let temporal = matches!(kind, Kind::Temporal | Kind::TemporalOrdered);
        let rules = match (get("rules"), &condition) {
            (Some(entry), _) => reader.references(entry)?,
            // The rules of an expression are those that it names, in the order in which it names them.
            (None, Some(Condition::Expression(text, line))) if temporal => named(text, *line),
            _ => return Err(missing("rules")),
        };
        let condition = match condition {
            Some(condition) => condition,
            None if temporal => {
                let all = super::measure::number(super::measure::count(rules.len()));
                Condition::Threshold(Threshold::new([(Op::Gte, all)]))
            }
            None => return Err(missing("condition")),
        };
        let counted = !temporal && kind != Kind::EventCount;
        if counted && fields.is_empty() {
            return Err(reader.wrong(kind_entry.line, "`field` is missing in the condition"));
        }
        if fields.len() > 1 && kind != Kind::ValueCount {
            return Err(reader.wrong(kind_entry.line, "only `value_count` takes several fields"));
        }
        if !fields.is_empty() && !counted {
            return Err(reader.wrong(kind_entry.line, "`field` has no meaning with this `type`"));
        }
        let timespan = get("timespan").ok_or_else(|| missing("timespan"))?;
        Ok(Self {
            title: title.to_owned(),
            id: top("id").to_owned(),
            name: top("name").to_owned(),
            kind,
            rules,
            group_by: get("group-by").map(|e| reader.texts(e)).transpose()?.unwrap_or_default(),
            span: reader.timespan(timespan)?,
            condition,
            fields,
            aliases: get("aliases").map(|e| reader.aliases(e)).transpose()?.unwrap_or_default(),
            generate: reader.generate(node, get("generate"))?,
            level,
            tags: list("tags"),
            description: top("description").into(),
            falsepositives: list("falsepositives"),
            words: Words::of_node(node),
            place: Place { file: Arc::clone(&place.file), line },
        })
    }

    /// The correlation that the aggregation of a Sigma 1 rule means: `count() by x > 5` with its `timeframe`. The rule
    /// itself becomes the base rule, by its [`Rule::key`]. None where the rule has no aggregation.
    pub fn of_aggregation(rule: &Rule) -> Option<Result<Self, Problem>> {
        let aggregation = rule.detection.aggregation.as_ref()?;
        Some(of_aggregation(rule, aggregation))
    }
}

fn of_aggregation(rule: &Rule, aggregation: &Aggregation) -> Result<Correlation, Problem> {
    let wrong = |text: String| problem(&rule.place.file, rule.place.line, text);
    let kind = match (&*aggregation.function, &aggregation.field) {
        ("count", None) => Kind::EventCount,
        ("count", Some(_)) => Kind::ValueCount,
        ("sum", Some(_)) => Kind::ValueSum,
        ("avg", Some(_)) => Kind::ValueAvg,
        (function, _) => return Err(wrong(format!("the aggregation `{function}` is not supported"))),
    };
    let op = match &*aggregation.comparison {
        ">" => Op::Gt,
        ">=" => Op::Gte,
        "<" => Op::Lt,
        "<=" => Op::Lte,
        "=" | "==" => Op::Eq,
        other => return Err(wrong(format!("the comparison `{other}` is not supported"))),
    };
    if rule.key().is_empty() {
        return Err(wrong("a rule with an aggregation needs an id or a name".to_owned()));
    }
    let span = span(&rule.detection.timeframe)
        .ok_or_else(|| wrong(format!("`{}` is no time span", rule.detection.timeframe)))?;
    Ok(Correlation {
        title: rule.title.to_string(),
        id: String::new(),
        name: String::new(),
        kind,
        rules: vec![Reference { text: rule.key().to_owned(), line: rule.place.line }],
        group_by: aggregation.by.iter().map(ToString::to_string).collect(),
        span,
        condition: Condition::Threshold(Threshold::new([(op, aggregation.value)])),
        fields: aggregation.field.iter().map(ToString::to_string).collect(),
        aliases: Vec::new(),
        generate: false,
        level: rule.level,
        tags: rule.tags.clone(),
        description: rule.description.clone(),
        falsepositives: rule.falsepositives.clone(),
        words: rule.words.clone(),
        place: rule.place.clone(),
    })
}

/// The names of an expression, each once, in its order.
fn named(text: &str, line: u32) -> Vec<Reference> {
    let mut rules: Vec<Reference> = Vec::new();
    for name in Expression::names(text) {
        if !rules.iter().any(|r| r.text == name) {
            rules.push(Reference { text: name.to_owned(), line });
        }
    }
    rules
}

/// `90m` in nanoseconds: a whole number above zero and one of `s m h d w M y`.
pub(super) fn span(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 604_800,
        // A year of 365.2425 days, and its twelfth part.
        'M' => 2_629_746,
        'y' => 31_556_952,
        _ => return None,
    };
    let number = text.strip_suffix(unit)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i64 = number.parse().ok().filter(|n| *n > 0)?;
    number.checked_mul(seconds)?.checked_mul(1_000_000_000)
}

struct Reader<'f> {
    file: &'f Arc<str>,
}

impl Reader<'_> {
    fn wrong(&self, line: u32, text: impl Into<Box<str>>) -> Problem {
        problem(self.file, line, text)
    }

    fn form(&self, line: u32, key: &str) -> Problem {
        self.wrong(line, format!("`{key}` is not of the form that is read here"))
    }

    fn map<'n>(&self, entry: &'n Entry) -> Result<&'n [Entry], Problem> {
        entry.value.map().ok_or_else(|| self.form(entry.line, &entry.key))
    }

    fn text<'n>(&self, entry: &'n Entry) -> Result<&'n str, Problem> {
        let text = entry.value.text().filter(|t| !t.is_empty());
        text.ok_or_else(|| self.form(entry.line, &entry.key))
    }

    fn texts(&self, entry: &Entry) -> Result<Vec<String>, Problem> {
        let one = |n: &Node| n.text().map(str::to_owned).ok_or_else(|| self.form(n.line, &entry.key));
        entry.value.items().iter().map(one).collect()
    }

    fn references(&self, entry: &Entry) -> Result<Vec<Reference>, Problem> {
        let one = |n: &Node| {
            let text = n.text().ok_or_else(|| self.form(n.line, &entry.key))?;
            Ok(Reference { text: text.to_owned(), line: n.line })
        };
        let rules: Vec<Reference> = entry.value.items().iter().map(one).collect::<Result<_, _>>()?;
        if rules.is_empty() { Err(self.wrong(entry.line, "`rules` is empty")) } else { Ok(rules) }
    }

    fn kind(&self, entry: &Entry, percentile: Option<(f64, u32)>) -> Result<Kind, Problem> {
        let kind = match self.text(entry)? {
            "event_count" => Kind::EventCount,
            "value_count" => Kind::ValueCount,
            "temporal" => Kind::Temporal,
            "temporal_ordered" => Kind::TemporalOrdered,
            "value_sum" => Kind::ValueSum,
            "value_avg" => Kind::ValueAvg,
            "value_median" => Kind::ValueMedian,
            "value_percentile" => {
                let missing = || self.wrong(entry.line, "`percentile` is missing in the condition");
                return Ok(Kind::ValuePercentile(percentile.ok_or_else(missing)?.0));
            }
            other => return Err(self.wrong(entry.line, format!("there is no type `{other}`"))),
        };
        match percentile {
            Some((_, line)) => Err(self.wrong(line, "`percentile` belongs to `value_percentile`")),
            None => Ok(kind),
        }
    }

    /// The condition, its fields, and the percentile with its line.
    #[expect(clippy::type_complexity, reason = "three parts of one mapping")]
    fn condition(&self, entry: &Entry) -> Result<(Condition, Vec<String>, Option<(f64, u32)>), Problem> {
        let Some(map) = entry.value.map() else {
            let text = self.text(entry)?.to_owned();
            return Ok((Condition::Expression(text, entry.value.line), Vec::new(), None));
        };
        let mut bounds = Vec::new();
        let mut fields = Vec::new();
        let mut percentile = None;
        for part in map {
            let number = || {
                let number = part.value.scalar().and_then(Scalar::number).filter(|n| n.is_finite());
                number.ok_or_else(|| self.wrong(part.line, format!("`{}` is no number", part.key)))
            };
            match (&*part.key, Op::from_name(&part.key)) {
                (_, Some(op)) => bounds.push((op, number()?)),
                ("field", _) => fields = self.texts(part)?,
                ("percentile", _) => {
                    let value = Some(number()?).filter(|p| (0.0..=100.0).contains(p));
                    let value =
                        value.ok_or_else(|| self.wrong(part.line, "a percentile lies between 0 and 100"))?;
                    percentile = Some((value, part.line));
                }
                (other, _) => {
                    return Err(self.wrong(part.line, format!("there is no condition `{other}`")));
                }
            }
        }
        if bounds.is_empty() {
            return Err(self.wrong(entry.line, "the condition has no bound"));
        }
        Ok((Condition::Threshold(Threshold::new(bounds)), fields, percentile))
    }

    fn timespan(&self, entry: &Entry) -> Result<i64, Problem> {
        let text = self.text(entry)?;
        span(text).ok_or_else(|| self.wrong(entry.line, format!("`{text}` is no time span")))
    }

    fn aliases(&self, entry: &Entry) -> Result<Vec<Alias>, Problem> {
        let mut aliases = Vec::new();
        for alias in self.map(entry)? {
            let mut fields = Vec::new();
            for rule in self.map(alias)? {
                let reference = Reference { text: rule.key.to_string(), line: rule.line };
                fields.push((reference, self.text(rule)?.to_owned()));
            }
            aliases.push(Alias { name: alias.key.to_string(), fields });
        }
        Ok(aliases)
    }

    /// `generate` stands in `correlation`, or beside it (the schema has it there).
    fn generate(&self, node: &Node, inside: Option<&Entry>) -> Result<bool, Problem> {
        let outside = node.map().and_then(|m| m.iter().find(|e| &*e.key == "generate"));
        match inside.or(outside) {
            None => Ok(false),
            Some(entry) => match entry.value.scalar() {
                Some(Scalar::Bool(generate)) => Ok(*generate),
                _ => Err(self.wrong(entry.line, "`generate` is true or false")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sigma::{Document, load};

    fn read(text: &str) -> Result<Correlation, String> {
        let loaded = load("c.yml", text);
        match loaded.documents.first() {
            Some(Document::Correlation(place, node)) => {
                Correlation::of_node(place, node).map_err(|p| p.to_string())
            }
            _ => Err(format!("{:?}", loaded.problems)),
        }
    }

    fn section(lines: &str) -> Result<Correlation, String> {
        read(&format!(
            "title: T\nid: i\nname: n\nlevel: high\ncorrelation:\n  {}\n",
            lines.replace('\n', "\n  ")
        ))
    }

    const COUNT: &str = "type: event_count\nrules: [a, b]\ngroup-by: [x]\ntimespan: 1h\n";

    #[test]
    fn a_whole_correlation() {
        let c = section(&format!(
            "{COUNT}condition: {{gt: 1, lte: 5}}\naliases:\n  x:\n    a: source.ip\n    b: destination.ip\ngenerate: true"
        ))
        .unwrap();
        assert_eq!(
            (c.title.as_str(), c.id.as_str(), c.name.as_str(), c.level),
            ("T", "i", "n", Some(Level::High))
        );
        assert_eq!((c.kind, c.span, c.generate), (Kind::EventCount, 3_600_000_000_000, true));
        assert_eq!(c.rules[1], Reference { text: "b".to_owned(), line: 7 });
        assert_eq!(c.condition, Condition::Threshold(Threshold::new([(Op::Gt, 1.0), (Op::Lte, 5.0)])));
        assert_eq!(c.aliases[0].fields[1].1, "destination.ip");
        assert_eq!(c.place.to_string(), "c.yml:5");
    }

    #[test]
    fn time_spans() {
        let seconds = |t| span(t).map(|n| n / 1_000_000_000);
        assert_eq!(["1s", "90m", "2h", "1d", "1w"].map(seconds), [1, 5400, 7200, 86_400, 604_800].map(Some));
        assert_eq!(["1M", "1y"].map(seconds), [2_629_746, 31_556_952].map(Some));
        assert_eq!(["", "m", "0m", "-1m", "1.5h", "5", "5x", "999999999999y", "+5m"].map(seconds), [None; 9]);
    }

    #[test]
    fn time_relations_need_no_condition() {
        let c = section("type: temporal\nrules: [a, b]\ntimespan: 5m").unwrap();
        assert_eq!(c.condition, Condition::Threshold(Threshold::new([(Op::Gte, 2.0)])));
    }

    #[test]
    fn an_expression_can_stand_for_the_list() {
        let c = section("type: temporal\ntimespan: 5m\ncondition: (a or c) and not a_b").unwrap();
        let names: Vec<_> = c.rules.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(names, ["a", "c", "a_b"]);
    }

    #[test]
    fn percentiles_and_fields() {
        let value = "type: value_percentile\nrules: a\ntimespan: 1h\ncondition:\n  field: x\n  gte: 5";
        assert_eq!(section(&format!("{value}\n  percentile: 95")).unwrap().kind, Kind::ValuePercentile(95.0));
        assert_eq!(
            section(value).unwrap_err(),
            "c.yml:6: correlation: `percentile` is missing in the condition"
        );
        let many = "type: value_count\nrules: a\ntimespan: 1h\ncondition:\n  field: [x, y]\n  gte: 5";
        assert_eq!(section(many).unwrap().fields, ["x", "y"]);
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let fault =
            |text: &str| section(text).unwrap_err().replace("c.yml:", "").replace("correlation: ", "");
        assert_eq!(
            fault("type: nope\nrules: a\ntimespan: 1h\ncondition: {gte: 1}"),
            "6: there is no type `nope`"
        );
        assert_eq!(fault(&format!("{COUNT}window: session")), "10: `window` is not supported");
        assert_eq!(fault(COUNT), "5: `condition` is missing");
        assert_eq!(fault("type: temporal\nrules: a"), "5: `timespan` is missing");
        assert_eq!(fault("type: temporal\nrules: a\ntimespan: soon"), "8: `soon` is no time span");
        assert_eq!(fault("type: temporal\nrules: []\ntimespan: 1h"), "7: `rules` is empty");
        assert_eq!(fault(&format!("{COUNT}condition: {{gte: x}}")), "10: `gte` is no number");
        assert_eq!(fault(&format!("{COUNT}condition: {{ge: 1}}")), "10: there is no condition `ge`");
        assert_eq!(fault(&format!("{COUNT}condition: {{field: x}}")), "10: the condition has no bound");
        assert_eq!(
            fault(&format!("{COUNT}condition: {{gte: 1, field: x}}")),
            "6: `field` has no meaning with this `type`"
        );
        assert_eq!(
            fault(&format!("{COUNT}condition: {{gte: 1}}\ngenerate: maybe")),
            "11: `generate` is true or false"
        );
    }

    #[test]
    fn aggregations_of_sigma_1_are_correlations() {
        let rule = |condition: &str| {
            let text = format!(
                "title: T\nid: i\nlogsource: {{product: linux}}\ndetection:\n  s: {{A: 1}}\n  timeframe: 5m\n  condition: {condition}\n"
            );
            Correlation::of_aggregation(load("r.yml", &text).rules().next().unwrap())
        };
        let c = rule("s | count(user) by host >= 5").unwrap().unwrap();
        assert_eq!(
            (c.kind, c.fields, c.group_by, c.span),
            (Kind::ValueCount, vec!["user".to_owned()], vec!["host".to_owned()], 300_000_000_000)
        );
        assert!(rule("s").is_none());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,80}", key in "type|rules|group-by|timespan|condition|aliases|generate") {
            let _ = section(&format!("{COUNT}condition: {{gte: 1}}").replace(&key, &text));
            let _ = section(&format!("{key}: {text}"));
        }
    }
}
