//! What steps do to rules, and what is refused.

use proptest::prelude::*;

use super::*;
use crate::sigma::rule::{Item, Search};
use crate::sigma::{Document, condition, load};

fn rule(detection: &str) -> Rule {
    let text = format!(
        "title: T\nid: i\nstatus: test\nlevel: high\ndate: 2026-12-01\ntags: [attack.t1059]\nfields: [CommandLine, User]\nlogsource: {{category: process_creation, product: windows}}\ndetection:\n  {}\n",
        detection.replace('\n', "\n  ")
    );
    let loaded = load("r.yml", &text);
    assert_eq!(loaded.problems, []);
    loaded.into_rules().remove(0)
}

fn pipeline(steps: &str) -> Pipelines {
    let text = format!("name: P\ntransformations:\n{steps}\n");
    Pipelines::new(vec![Pipeline::of_text("p.yml", &text).unwrap()])
}

/// Items of a rule after the steps: `field|modifiers=value,value`, searches joined with `;`.
fn changed(steps: &str, detection: &str) -> String {
    let mut rule = rule(detection);
    match pipeline(steps).apply(&mut rule) {
        Ok(()) => rule.detection.searches.iter().map(|(_, s)| shown(s)).collect::<Vec<_>>().join("; "),
        Err(problem) => problem.to_string(),
    }
}

fn shown(search: &Search) -> String {
    let list = |l: &[Search], with: &str| l.iter().map(shown).collect::<Vec<_>>().join(with);
    match search {
        Search::All(l) if l.len() == 1 => list(l, ""),
        Search::All(l) => format!("({})", list(l, " & ")),
        Search::Any(l) => format!("({})", list(l, " | ")),
        Search::Item(Item { field, modifiers, values, .. }) => {
            let values: Vec<&str> = values.iter().map(Scalar::text).collect();
            let modifiers: Vec<String> = modifiers.iter().map(|m| format!("|{m:?}")).collect();
            let modifiers = modifiers.concat();
            format!("{}{modifiers}={}", field.as_deref().unwrap_or("-"), values.join(","))
        }
    }
}

const PLAIN: &str = "s: {CommandLine|contains: [a, b], User: x}\ncondition: s";

fn one(step: &str) -> String {
    changed(step, PLAIN)
}

#[test]
fn fields_get_other_names() {
    let map = "- type: field_name_mapping\n  mapping: {CommandLine: process.command_line, User: [user.name, user.id]}";
    assert_eq!(one(map), "(process.command_line|Contains=a,b & (user.name=x | user.id=x))");
    let mut r = rule(PLAIN);
    pipeline(map).apply(&mut r).unwrap();
    assert_eq!(r.fields, ["process.command_line", "user.name", "user.id"].map(Into::into));
}

#[test]
fn prefixes_and_suffixes() {
    assert_eq!(
        one("- {type: field_name_prefix, prefix: win.}"),
        "(win.CommandLine|Contains=a,b & win.User=x)"
    );
    assert_eq!(one("- {type: field_name_suffix, suffix: .k}"), "(CommandLine.k|Contains=a,b & User.k=x)");
    let step = "- {type: field_name_prefix_mapping, mapping: {Comm: [a.Comm, b.Comm]}}";
    assert_eq!(one(step), "((a.CommandLine|Contains=a,b | b.CommandLine|Contains=a,b) & User=x)");
}

#[test]
fn references_to_fields_are_renamed_too() {
    let step = "- {type: field_name_mapping, mapping: {User: user.name}}";
    assert_eq!(changed(step, "s: {A|fieldref: User}\ncondition: s"), "A|FieldRef=user.name");
}

#[test]
fn keywords_become_a_field() {
    let step = "- type: field_name_mapping\n  mapping:\n    ~: message";
    assert_eq!(changed(step, "s: [one, two]\ncondition: s"), "message|Contains=one,two");
}

#[test]
fn field_conditions_choose_names() {
    let step =
        |c: &str| one(&format!("- type: field_name_prefix\n  prefix: p.\n  field_name_conditions: [{c}]"));
    let user = "(CommandLine|Contains=a,b & p.User=x)";
    assert_eq!(step("{type: include_fields, fields: [User]}"), user);
    assert_eq!(step("{type: exclude_fields, fields: [CommandLine]}"), user);
    assert_eq!(step("{type: include_fields, fields: ['U.*'], mode: re}"), user);
    let not = "- type: field_name_prefix\n  prefix: p.\n  field_name_cond_not: true\n  field_name_conditions: [{type: include_fields, fields: [CommandLine]}]";
    assert_eq!(one(not), user);
}

#[test]
fn dropped_items_leave_the_condition_too() {
    let drop = |name: &str| {
        format!(
            "- type: drop_detection_item\n  field_name_conditions: [{{type: include_fields, fields: [{name}]}}]"
        )
    };
    assert_eq!(one(&drop("User")), "CommandLine|Contains=a,b");
    let mut r = rule("s: {A: 1}\nf: {B: 1}\ncondition: s and not f");
    pipeline(&drop("B")).apply(&mut r).unwrap();
    assert_eq!(r.detection.conditions, [condition::Condition::And(vec![condition::parse("s").unwrap().0])]);
    let all = changed("- type: drop_detection_item", "s: {A: 1}\ncondition: s");
    assert_eq!(all, "r.yml:1: pipeline: p.yml:3: nothing is left of the rule's condition");
}

#[test]
fn conditions_are_added() {
    let step = "- type: add_condition\n  conditions: {index: 'logs-$product', channel: $$x}\n  template: true\n  rule_conditions: [{type: logsource, product: windows}]";
    let mut r = rule("s: {A: 1}\ncondition: 1 of them");
    pipeline(step).apply(&mut r).unwrap();
    assert_eq!(shown(&r.detection.searches[1].1), "(index=logs-windows & channel=$x)");
    assert_eq!(r.detection.conditions, [condition::parse("1 of them and _cond").unwrap().0]);
    let mut r = rule("s: {A: 1}\ncondition: 1 of them");
    let not = "- {type: add_condition, name: s, negated: true, conditions: {B: 2}}";
    pipeline(not).apply(&mut r).unwrap();
    assert_eq!(r.detection.conditions, [condition::parse("1 of them and not _cond0").unwrap().0]);
}

#[test]
fn log_sources_are_changed() {
    let mut r = rule(PLAIN);
    pipeline("- {type: change_logsource, product: Windows, service: sysmon}").apply(&mut r).unwrap();
    assert_eq!(
        (&*r.logsource.category, &*r.logsource.product, &*r.logsource.service),
        ("", "windows", "sysmon")
    );
}

#[test]
fn strings_are_replaced_with_their_wildcards() {
    let step = |detection: &str, regex: &str, replacement: &str, more: &str| {
        let step =
            format!("- type: replace_string\n  regex: '{regex}'\n  replacement: '{replacement}'{more}");
        changed(&step, &format!("s: {{{detection}}}\ncondition: s"))
    };
    // The end of a path becomes a whole name.
    assert_eq!(step(r"Image|endswith: '\cmd.exe'", r"^\*\\([^\\]+)$", r"\1", ""), "Image=cmd.exe");
    assert_eq!(step(r"P: 'C:\Users\x'", r"^C:", r"D:\\", ""), r"P=D:\\\\Users\\x");
    assert_eq!(step("A|contains: b", "b", "c", ""), "A=*c*");
    assert_eq!(step("A: 'a*b'", "[*]", "x", ""), "A=axb");
    assert_eq!(step("A: 'a*b'", "[a-z]", "?", "\n  skip_special: true"), r"A=\?*\?");
    assert_eq!(step("A: 'a*b'", "[a-z]", "?", "\n  skip_special: true\n  interpret_special: true"), "A=?*?");
    assert_eq!(step("A|re: b", "b", "c", ""), "A|Re=b");
    assert_eq!(step("A: 15", "5", "6", ""), "A=16");
    assert_eq!(
        step("A|base64: b", "b", "c", ""),
        "r.yml:10: pipeline: p.yml:3: values that a modifier encodes cannot be changed"
    );
}

#[test]
fn whole_values_are_mapped() {
    let step = "- type: map_string\n  mapping: {a: x, '*b*': [y, z]}";
    assert_eq!(changed(step, "s: {A: [a, c]}\ncondition: s"), "A=x,c");
    assert_eq!(one(step), "(CommandLine=*a*,y,z & User=x)");
}

#[test]
fn values_are_set_and_converted() {
    let set = |v: &str| {
        changed(&format!("- {{type: set_value, value: {v}}}"), "s: {A|contains: [a, b]}\ncondition: s")
    };
    assert_eq!(set("5"), "A=5");
    let kind = |step: &str, value: &str| {
        let mut r = rule(&format!("s: {{A: {value}}}\ncondition: s"));
        pipeline(step).apply(&mut r).map_err(|p| p.to_string())?;
        let mut kind = String::new();
        r.detection.searches[0].1.items(&mut |i| kind = format!("{:?}", i.values[0]));
        Ok::<_, String>(kind)
    };
    assert_eq!(kind("- {type: convert_type, target_type: str}", "5").unwrap(), "Text(\"5\")");
    assert_eq!(kind("- {type: convert_type, target_type: num}", "'5'").unwrap(), "Number(5.0, \"5\")");
    assert_eq!(
        kind("- {type: convert_type, target_type: num}", "five").unwrap_err(),
        "r.yml:10: pipeline: p.yml:3: `five` is no number"
    );
    assert_eq!(kind("- {type: set_value, value: 7, force_type: str}", "1").unwrap(), "Text(\"7\")");
}

#[test]
fn placeholders_get_the_values_of_vars() {
    let text = "vars: {admins: [root, admin], dc: dc1}\ntransformations:\n- type: value_placeholders";
    let p = Pipelines::new(vec![Pipeline::of_text("p.yml", text).unwrap()]);
    assert_eq!(p.placeholders()["admins"], ["root", "admin"]);
    let mut r = rule("s: {User|expand: '%admins%@%dc%'}\ncondition: s");
    p.apply(&mut r).unwrap();
    assert_eq!(shown(&r.detection.searches[0].1), "User=root@dc1,admin@dc1");
    let mut r = rule("s: {User|expand: '%nobody%'}\ncondition: s");
    let error = p.apply(&mut r).unwrap_err().to_string();
    assert_eq!(error, "r.yml:10: pipeline: p.yml:3: there is no value for the placeholder `nobody`");
    let wild = "- {type: wildcard_placeholders, include: [x]}";
    assert_eq!(changed(wild, "s: {User|expand: ['a%x%', '%y%']}\ncondition: s"), "User|Expand=a*,%y%");
}

#[test]
fn failures_refuse_the_rule_by_name() {
    let step = "- type: rule_failure\n  message: not here\n  rule_conditions: [{type: is_sigma_rule}]";
    assert_eq!(one(step), "r.yml:1: pipeline: p.yml:3: not here");
    let step = |value: &str| {
        one(&format!(
            "- type: detection_item_failure\n  message: no\n  detection_item_conditions: [{{type: match_string, cond: any, pattern: '{value}'}}]"
        ))
    };
    assert_eq!(step("x"), "r.yml:10: pipeline: p.yml:3: no");
    // As pySigma's patterns see it, `contains` has its wildcards, and a pattern starts at the start.
    assert_eq!(step("a"), "(CommandLine|Contains=a,b & User=x)");
    assert_eq!(step("[*]a"), "r.yml:10: pipeline: p.yml:3: no");
    let (changed, problems) = pipeline("- {type: rule_failure, message: m}").apply_all(vec![rule(PLAIN)]);
    assert_eq!((changed.len(), problems.len()), (0, 1));
}

#[test]
fn rule_conditions() {
    let holds = |conditions: &str| {
        one(&format!("- type: rule_failure\n  message: m\n{conditions}")).starts_with("r.yml")
    };
    let single = |c: &str| holds(&format!("  rule_conditions: [{{{c}}}]"));
    assert!(single("type: logsource, category: process_creation"));
    assert!(!single("type: logsource, product: linux"));
    assert!(single("type: contains_detection_item, field: User, value: X"));
    assert!(!single("type: contains_detection_item, field: User, value: y"));
    assert!(single("type: contains_field, field: User"));
    assert!(single("type: tag, tag: attack.t1059"));
    assert!(!single("type: is_sigma_correlation_rule"));
    assert!(single("type: rule_attribute, attribute: level, op: gte, value: medium"));
    assert!(!single("type: rule_attribute, attribute: level, op: gt, value: high"));
    assert!(single("type: rule_attribute, attribute: status, op: lt, value: stable"));
    assert!(single("type: rule_attribute, attribute: date, op: lte, value: '2026-12-01'"));
    assert!(single("type: rule_attribute, attribute: tags, op: in, value: attack.t1059"));
    assert!(!single("type: rule_attribute, attribute: title, value: U"));
    let two = "  rule_conditions: [{type: tag, tag: a.b}, {type: is_sigma_rule}]";
    assert!(!holds(two));
    assert!(holds(&format!("{two}\n  rule_cond_op: or")));
    assert!(holds(&format!("{two}\n  rule_cond_not: true")));
    let named = "  rule_conditions:\n    t: {type: tag, tag: a.b}\n    s: {type: is_sigma_rule}\n  rule_cond_expr: s and not t";
    assert!(holds(named));
}

#[test]
fn item_conditions() {
    let drops = |c: &str, d: &str| {
        let step = format!("- type: drop_detection_item\n  detection_item_conditions: [{{{c}}}]");
        !changed(&step, &format!("s: {{A: {d}, Z: keep}}\ncondition: s")).contains("A=")
    };
    assert!(drops("type: is_null, cond: any", "null") && !drops("type: is_null, cond: any", "x"));
    assert!(
        drops("type: match_value, cond: all, value: 5", "5")
            && !drops("type: match_value, cond: all, value: 5", "[5, 6]")
    );
    assert!(
        drops("type: contains_wildcard, cond: any", "'a*'")
            && !drops("type: contains_wildcard, cond: any", r"'a\*'")
    );
    assert!(drops("type: match_string, cond: all, pattern: a, negate: true", "b"));
}

#[test]
fn steps_see_what_steps_before_them_did() {
    let steps = "- {id: first, type: set_state, key: index, val: win}\n- type: field_name_prefix\n  prefix: p.\n  rule_conditions: [{type: processing_state, key: index, val: win}, {type: processing_item_applied, processing_item_id: first}]";
    assert_eq!(one(steps), "(p.CommandLine|Contains=a,b & p.User=x)");
    let nested = "- type: nest\n  items:\n  - {type: field_name_suffix, suffix: .a}\n  - {type: field_name_suffix, suffix: .b}";
    assert_eq!(one(nested), "(CommandLine.a.b|Contains=a,b & User.a.b=x)");
}

/// Fields that a mapping has not named get a prefix.
#[test]
fn items_and_names_remember_the_steps_that_changed_them() {
    let steps = |condition: &str| {
        format!(
            "- {{id: map, type: field_name_mapping, mapping: {{User: [user.name, uid]}}}}\n- type: field_name_prefix\n  prefix: win.\n  {condition}_cond_not: true\n  {condition}_conditions: [{{type: processing_item_applied, processing_item_id: map}}]"
        )
    };
    let prefixed = "(win.CommandLine|Contains=a,b & (user.name=x | uid=x))";
    assert_eq!(one(&steps("field_name")), prefixed);
    assert_eq!(one(&steps("detection_item")), prefixed);
    let mut r = rule(PLAIN);
    pipeline(&steps("field_name")).apply(&mut r).unwrap();
    assert_eq!(r.fields, ["win.CommandLine", "user.name", "uid"].map(Into::into));
}

#[test]
fn lists_of_fields() {
    let fields = |step: &str| {
        let mut r = rule(PLAIN);
        pipeline(step).apply(&mut r).unwrap();
        r.fields.join(",")
    };
    assert_eq!(fields("- {type: add_field, field: X}"), "CommandLine,User,X");
    assert_eq!(fields("- {type: remove_field, field: [User, Z]}"), "CommandLine");
    assert_eq!(fields("- {type: set_field, fields: [Y]}"), "Y");
}

#[test]
fn pipelines_run_by_priority() {
    let p = |priority: i32, suffix: &str| {
        let text =
            format!("priority: {priority}\ntransformations: [{{type: field_name_suffix, suffix: {suffix}}}]");
        Pipeline::of_text("p.yml", &text).unwrap()
    };
    let mut r = rule("s: {A: 1}\ncondition: s");
    Pipelines::new(vec![p(50, "x"), p(10, "y")]).apply(&mut r).unwrap();
    assert_eq!(shown(&r.detection.searches[0].1), "Ayx=1");
}

#[test]
fn correlations_get_the_names_too() {
    let text = "title: C\ncorrelation:\n  type: value_count\n  rules: [i]\n  group-by: [User, alias]\n  timespan: 1h\n  condition: {field: Host, gte: 2}\n  aliases: {alias: {i: User}}";
    let loaded = load("c.yml", text);
    let Some(Document::Correlation(place, node)) = loaded.documents.first() else { panic!() };
    let mut c = Correlation::of_node(place, node).unwrap();
    let step = "- type: field_name_mapping\n  mapping: {User: user.name, Host: host.name, alias: no}\n  rule_conditions: [{type: logsource, product: windows}]";
    pipeline(step).apply_to_correlation(&mut c, &[rule(PLAIN)]).unwrap();
    assert_eq!(
        (c.group_by.join(","), c.fields.join(",")),
        ("user.name,alias".to_owned(), "host.name".to_owned())
    );
    assert_eq!(c.aliases[0].fields[0].1, "user.name");
    let many = "- {type: field_name_mapping, mapping: {user.name: [a, b]}}";
    let error = pipeline(many).apply_to_correlation(&mut c, &[]).unwrap_err().to_string();
    assert_eq!(
        error,
        "c.yml:2: pipeline: p.yml:3: the field `user.name` of a correlation can only have one name"
    );
}

#[test]
fn what_is_not_supported_is_named() {
    let refused = |text: &str| {
        let problems = Pipeline::of_text("p.yml", text).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join(" / ")
    };
    let step = |s: &str| refused(&format!("transformations:\n- {s}"));
    assert_eq!(
        step("type: query_expression_placeholders\n  expression: x"),
        "p.yml:2: pipeline: the transformation `query_expression_placeholders` is not supported"
    );
    assert_eq!(step("{type: field_name_prefix}"), "p.yml:2: pipeline: `prefix` is missing");
    assert_eq!(
        step("type: drop_detection_item\n  prefix: x"),
        "p.yml:3: pipeline: `prefix` has no meaning with `drop_detection_item`"
    );
    assert_eq!(
        step("type: drop_detection_item\n  rule_conditions:\n  - {type: weather}"),
        "p.yml:4: pipeline: the condition `weather` is not supported here"
    );
    assert_eq!(
        step("type: replace_string\n  regex: '('\n  replacement: x"),
        "p.yml:3: pipeline: the pattern `(` cannot be read, or is too large"
    );
    assert_eq!(
        step("type: replace_string\n  regex: 'a'\n  replacement: '\\1'"),
        "p.yml:4: pipeline: the replacement `\\1` cannot be read"
    );
    assert_eq!(
        refused("postprocessing: [{type: embed}]\ntransformations: []"),
        "p.yml:1: pipeline: `postprocessing` is not supported"
    );
    assert_eq!(refused("allowed_backends: [splunk]"), "p.yml:1: pipeline: it is for other backends: splunk");
    assert_eq!(refused("a: [").split(':').take(2).collect::<Vec<_>>()[0], "p.yml");
    assert!(
        step("type: add_condition\n  conditions:\n    A|re: '('").starts_with("p.yml:4: regular expression")
    );
    // Every problem of a file is named, not only the first.
    assert_eq!(step("{type: a}\n- {type: b}").matches(" / ").count(), 1);
}

proptest! {
    #[test]
    fn reading_never_panics(text in "\\PC{0,80}|[-a-z_:{}\\[\\] \n]{0,80}") {
        let _ = Pipeline::of_text("p.yml", &text);
        let _ = Pipeline::of_text("p.yml", &format!("transformations:\n- type: field_name_mapping\n  mapping: {text}"));
        let _ = Pipeline::of_text("p.yml", &format!("transformations:\n- type: replace_string\n  regex: a\n  replacement: '{text}'"));
    }

    #[test]
    fn a_value_read_and_written_means_the_same(raw in "[a\\\\*?]{0,12}") {
        let parts = values::Parts::of(&raw);
        prop_assert_eq!(values::Parts::of(&parts.raw()), parts);
    }

    #[test]
    fn changes_never_panic(value in "[a-c%*?\\\\x]{0,12}", regex in "[a-c.*+?]{0,5}", replacement in "[a-c*?\\\\g<1>]{0,6}") {
        let text = format!("vars: {{a: [b, c]}}\ntransformations:\n- {{type: value_placeholders}}\n- {{type: replace_string, regex: '{regex}', replacement: '{replacement}'}}");
        if let Ok(p) = Pipeline::of_text("p.yml", &text) {
            let mut r = rule(&format!("s: {{A|contains|expand: '{value}', B: '{value}'}}\ncondition: s"));
            let _ = Pipelines::new(vec![p]).apply(&mut r);
        }
    }
}
