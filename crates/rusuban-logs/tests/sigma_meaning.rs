//! What each modifier and each form of a condition means, row by row.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use bumpalo::Bump;
use jiff::tz::TimeZone;
use rusuban_logs::event::{Event, EventTime, Field, TimeBasis, Value, Zone};
use rusuban_logs::sigma::{Engine, Never, Options, load};
use rusuban_logs::sources::{SourceMeta, json};

static META: SourceMeta = SourceMeta { id: "test", product: "Test", vendor: "" };

/// A rule of a `detection`.
fn rule(detection: &str) -> String {
    let indented = detection.replace('\n', "\n    ");
    format!("title: T\nlogsource: {{product: test}}\ndetection:\n    {indented}\n")
}

fn options() -> Options {
    let mut options = Options { zone: Zone(TimeZone::get("Asia/Tokyo").unwrap()), ..Options::default() };
    options.placeholders.insert("admins".into(), vec!["root".into(), "adm*".into()]);
    options.placeholders.insert("hosts".into(), vec!["h1".into(), "h2".into()]);
    options
}

/// Whether a rule matches an event of these fields (JSON).
fn matches(detection: &str, fields: &str) -> bool {
    let loaded = load("t", &rule(detection));
    assert!(loaded.problems.is_empty(), "{detection}: {:?}", loaded.problems);
    let rules = loaded.into_rules();
    let (engine, problems) = Engine::compile(&rules, &options());
    assert!(problems.is_empty(), "{detection}: {problems:?}");
    let arena = Bump::new();
    let mut event = Event::new(&META);
    event.logsource.product = "test";
    json::flatten(json::parse(fields, &arena).unwrap(), &arena, &mut event);
    let mut scratch = engine.scratch();
    let first = !engine.matches(&event, &mut scratch).is_empty();
    assert_eq!(!engine.matches(&event, &mut scratch).is_empty(), first, "a second run says the same");
    first
}

/// Item, fields, whether it matches.
fn table(rows: &[(&str, &str, bool)]) {
    for (item, fields, expected) in rows {
        let detection = format!("s:\n    {}\ncondition: s", item.replace('\n', "\n    "));
        assert_eq!(matches(&detection, fields), *expected, "{item} on {fields}");
    }
}

#[test]
fn plain_values() {
    table(&[
        ("A: abc", r#"{"A":"ABC"}"#, true),
        ("A: abc", r#"{"A":"abcd"}"#, false),
        ("A: abc", r#"{"B":"abc"}"#, false),
        ("A: [x, abc]", r#"{"A":"abc"}"#, true),
        ("A: abc\nB: x", r#"{"A":"abc","B":"x"}"#, true),
        ("A: abc\nB: x", r#"{"A":"abc","B":"y"}"#, false),
        ("- A: abc\n- B: x", r#"{"A":"-","B":"x"}"#, true),
        ("- A: abc\n  C: z\n- B: x", r#"{"A":"abc","B":"y"}"#, false),
        ("A: 4688", r#"{"A":4688}"#, true),
        ("A: 4688", r#"{"A":"4688"}"#, true),
        ("A: '4688'", r#"{"A":4688}"#, true),
        ("A: 0x10", r#"{"A":16}"#, true),
        ("A: 0x10", r#"{"A":"0x10"}"#, true),
        ("A: true", r#"{"A":true}"#, true),
        ("A: 'true'", r#"{"A":true}"#, true),
        ("A: true", r#"{"A":"True"}"#, true),
        ("A: x", r#"{"A":["y","x"]}"#, true),
        ("A.B: x", r#"{"A":{"B":"x"}}"#, true),
        ("a: x", r#"{"A":"x"}"#, true),
        ("ThreatName: x", r#"{"Threat Name":"x"}"#, true),
    ]);
}

#[test]
fn null_empty_and_exists() {
    table(&[
        ("A: null", r#"{"B":"x"}"#, true),
        ("A: null", r#"{"A":null}"#, true),
        ("A: null", r#"{"A":""}"#, false),
        ("A: ''", r#"{"A":""}"#, true),
        ("A: ''", r#"{"A":null}"#, true),
        ("A: ''", r#"{"B":"x"}"#, false),
        ("A: [null, x]", r#"{"A":"x"}"#, true),
        ("A: '*'", r#"{"A":"x"}"#, true),
        ("A: '*'", r#"{"A":null}"#, false),
        ("A: '?*'", r#"{"A":""}"#, false),
        ("A|exists: true", r#"{"A":null}"#, true),
        ("A|exists: true", r#"{"B":"x"}"#, false),
        ("A|exists: false", r#"{"B":"x"}"#, true),
        ("A|exists: no", r#"{"A":"x"}"#, false),
    ]);
}

#[test]
fn wildcards_and_escapes() {
    table(&[
        (r"A: 'a*d'", r#"{"A":"AbcD"}"#, true),
        (r"A: 'a?d'", r#"{"A":"abcd"}"#, false),
        (r"A: 'a\*'", r#"{"A":"a*"}"#, true),
        (r"A: 'a\*'", r#"{"A":"ab"}"#, false),
        (r"A: 'c:\x'", r#"{"A":"C:\\X"}"#, true),
        (r"A: 'c:\\x'", r#"{"A":"C:\\X"}"#, true),
        (r"A: 'c:\\*'", r#"{"A":"c:\\anything"}"#, true),
        (r"A: 'c:\\\*'", r#"{"A":"c:\\*"}"#, true),
        (r"A: 'c:\\\*'", r#"{"A":"c:\\x"}"#, false),
        (r"A: '\\\\srv\x'", r#"{"A":"\\\\srv\\x"}"#, true),
        (r"A|contains: 'b*d'", r#"{"A":"abcde"}"#, true),
        (r"A|endswith: '\cmd.exe'", r#"{"A":"C:\\Windows\\CMD.EXE"}"#, true),
        (r"A|endswith: '\cmd.exe'", r#"{"A":"C:\\xcmd.exe"}"#, false),
        (r"A|startswith: 'c:\'", r#"{"A":"C:\\a"}"#, true),
        (r"A|contains: 'Ω?日'", r#"{"A":"xωa日x"}"#, true),
    ]);
}

#[test]
fn modifiers_of_text() {
    table(&[
        ("A|contains: b", r#"{"A":"aBc"}"#, true),
        ("A|contains|all: [a, c]", r#"{"A":"xcxa"}"#, true),
        ("A|contains|all: [a, d]", r#"{"A":"xcxa"}"#, false),
        ("A|all|contains: [a, c]", r#"{"A":"ca"}"#, true),
        ("A|cased: Abc", r#"{"A":"Abc"}"#, true),
        ("A|cased: Abc", r#"{"A":"abc"}"#, false),
        ("A|contains|cased: B", r#"{"A":"aBc"}"#, true),
        ("A|contains|cased: B", r#"{"A":"abc"}"#, false),
        ("A|neq: x", r#"{"A":"y"}"#, true),
        ("A|neq: x", r#"{"A":"X"}"#, false),
        ("A|neq: 5", r#"{"A":5}"#, false),
        ("A|contains|neq: x", r#"{"A":"axb"}"#, false),
        ("A|windash|contains: ' -e '", r#"{"A":"p /e x"}"#, true),
        ("A|contains|windash: ' -e '", r#"{"A":"p –E x"}"#, true),
        ("A|contains|windash: ' /e '", r#"{"A":"p ―e x"}"#, true),
        ("A|contains|windash: '-a -b -c -d'", r#"{"A":"p /a —b -c –d"}"#, true),
        ("A|windash: 'a-b'", r#"{"A":"a/b"}"#, false),
        ("A|base64: foobar", r#"{"A":"Zm9vYmFy"}"#, true),
        ("A|base64offset|contains: /bin/bash", r#"{"A":"IyEvYmluL2Jhc2g="}"#, true),
        ("A|wide|base64offset|contains: ping", r#"{"A":"cABpAG4AZwA="}"#, true),
        ("A|utf16|base64: ab", r#"{"A":"//5hAGIA"}"#, true),
        ("A|utf16be|base64: ab", r#"{"A":"AGEAYg=="}"#, true),
        ("A|utf16le|contains: ab", "{\"A\":\"xa\\u0000b\\u0000\"}", true),
        ("A|expand: '%admins%'", r#"{"A":"ADMIN1"}"#, true),
        ("A|expand: '%admins%'", r#"{"A":"guest"}"#, false),
        ("A|expand: '%admins%@%hosts%'", r#"{"A":"root@h2"}"#, true),
        ("A|contains|expand: '%hosts%'", r#"{"A":"on h1 now"}"#, true),
        ("A: '%admins%'", r#"{"A":"%admins%"}"#, true),
        (r"A|expand: '\%plain%hosts%'", r#"{"A":"%plainh1"}"#, true),
        ("A|expand: '100%'", r#"{"A":"100%"}"#, true),
    ]);
}

#[test]
fn regular_expressions() {
    table(&[
        ("A|re: 'b+c'", r#"{"A":"abbcd"}"#, true),
        ("A|re: 'b+c'", r#"{"A":"aBBCd"}"#, false),
        ("A|re|i: 'b+c'", r#"{"A":"aBBCd"}"#, true),
        ("A|re: '^abc$'", r#"{"A":"x\nabc\ny"}"#, false),
        ("A|re|m: '^abc$'", r#"{"A":"x\nabc\ny"}"#, true),
        ("A|re: 'a.b'", r#"{"A":"a\nb"}"#, false),
        ("A|re|s: 'a.b'", r#"{"A":"a\nb"}"#, true),
        ("A|re|i|s: 'A.B'", r#"{"A":"a\nb"}"#, true),
        (r"A|re: 'a\\b\d'", r#"{"A":"a\\b5"}"#, true),
        ("A|re: ['x', 'y$']", r#"{"A":"aby"}"#, true),
        ("A|re|all: ['x', 'y$']", r#"{"A":"aby"}"#, false),
    ]);
}

#[test]
fn numbers_networks_and_other_fields() {
    table(&[
        ("A|lt: 5", r#"{"A":4}"#, true),
        ("A|lt: 5", r#"{"A":5}"#, false),
        ("A|lte: 5", r#"{"A":"5"}"#, true),
        ("A|gt: 5", r#"{"A":5.5}"#, true),
        ("A|gte: 16", r#"{"A":"0x10"}"#, true),
        ("A|gt: 5", r#"{"A":"x"}"#, false),
        ("A|cidr: 10.0.0.0/8", r#"{"A":"10.9.8.7"}"#, true),
        ("A|cidr: ['192.168.0.0/16', 'fe80::/10']", r#"{"A":"FE80::1%3"}"#, true),
        ("A|cidr: 10.0.0.0/8", r#"{"A":"10.9.8"}"#, false),
        ("A|fieldref: B", r#"{"A":"Abc","B":"aBC"}"#, true),
        ("A|fieldref: B", r#"{"A":"Abc"}"#, false),
        ("A|fieldref|cased: B", r#"{"A":"Abc","B":"aBC"}"#, false),
        ("A|fieldref|startswith: B", r#"{"A":"abcd","B":"AB"}"#, true),
        ("A|fieldref|endswith: B", r#"{"A":"abcd","B":"cd"}"#, true),
        ("A|contains|fieldref: B", r#"{"A":"abcd","B":"bc"}"#, true),
    ]);
}

#[test]
fn parts_of_times_in_the_zone_of_the_review() {
    table(&[
        // 18:30 UTC is 03:30 of the next day in Tokyo.
        ("A|hour: 3", r#"{"A":"2026-12-31T18:30:00Z"}"#, true),
        ("A|minute: 30", r#"{"A":"2026-12-31T18:30:00Z"}"#, true),
        ("A|day: 1", r#"{"A":"2026-12-31T18:30:00Z"}"#, true),
        ("A|month: 1", r#"{"A":"2026-12-31T18:30:00Z"}"#, true),
        ("A|year: 2027", r#"{"A":"2026-12-31T18:30:00Z"}"#, true),
        ("A|week: 53", r#"{"A":"2026-12-31T18:30:00Z"}"#, true),
        ("A|hour|gte: 18", r#"{"A":"2026-12-31 18:30:00"}"#, true),
        ("A|hour|lt: 18", r#"{"A":"2026-12-31 18:30:00"}"#, false),
        ("A|hour: 3", r#"{"A":"no time"}"#, false),
        ("UtcTime|hour: 3", r#"{"UtcTime":"2026-12-31 18:30:00.001"}"#, true),
    ]);
    let rules = load("t", &rule("s: {'@timestamp|hour': 3}\ncondition: s")).into_rules();
    let (engine, _) = Engine::compile(&rules, &options());
    let mut event = Event::new(&META);
    event.logsource.product = "test";
    event.time = EventTime::new(1_798_741_800, 0, TimeBasis::Stated);
    assert_eq!(engine.matches(&event, &mut engine.scratch()).len(), 1);
}

#[test]
fn keywords() {
    let hit = |detection: &str, line: &str, native: &[(&'static str, Value<'static>)]| {
        let rules = load("t", &rule(detection)).into_rules();
        let (engine, problems) = Engine::compile(&rules, &options());
        assert!(problems.is_empty(), "{problems:?}");
        let mut event = Event::new(&META);
        event.logsource.product = "test";
        event.original = line;
        event.native.extend_from_slice(native);
        !engine.matches(&event, &mut engine.scratch()).is_empty()
    };
    let list = "k:\n  - Foo\n  - 'b*r'\n  - 42\ncondition: k";
    assert!(hit(list, "a FOO b", &[]) && hit(list, "xbazry", &[]) && hit(list, "n=421", &[]));
    assert!(!hit(list, "nothing", &[]));
    assert!(hit(list, "", &[("A", Value::Str("xfoox"))]) && hit(list, "{}", &[("A", Value::Str("foo"))]));
    let all = "k:\n  '|all':\n    - foo\n    - bar\ncondition: k";
    assert!(hit(all, "bar foo", &[]) && !hit(all, "foo", &[]));
    assert!(hit("k: foo\ncondition: k", "a foo", &[]));
    assert!(hit("k: {'|re': 'fo+$'}\ncondition: k", "a foo", &[]));
    assert!(hit("k:\n  - foo\n  - A: x\ncondition: k", "", &[("A", Value::Str("x"))]));
}

#[test]
fn conditions() {
    let searches = "a: {A: 1}\nb: {B: 1}\nsel_c: {C: 1}\nsel_d: {D: 1}\n_x: {X: 1}\n";
    for (condition, fields, expected) in [
        ("a and b", r#"{"A":1,"B":1}"#, true),
        ("a and b", r#"{"A":1}"#, false),
        ("a or b", r#"{"B":1}"#, true),
        ("not a", r#"{"B":1}"#, true),
        ("a and not b", r#"{"A":1,"B":1}"#, false),
        ("a or b and sel_c", r#"{"A":1}"#, true),
        ("(a or b) and sel_c", r#"{"A":1}"#, false),
        ("1 of sel_*", r#"{"D":1}"#, true),
        ("all of sel_*", r#"{"D":1}"#, false),
        ("all of sel_*", r#"{"D":1,"C":1}"#, true),
        ("any of sel*", r#"{"C":1}"#, true),
        ("1 of *_d", r#"{"D":1}"#, true),
        ("2 of them", r#"{"A":1,"D":1}"#, true),
        ("2 of them", r#"{"A":1,"X":1}"#, false),
        ("3 of sel_*", r#"{"C":1,"D":1}"#, false),
        ("1 of them", r#"{"X":1}"#, false),
        ("_x", r#"{"X":1}"#, true),
        ("all of them", r#"{"A":1,"B":1,"C":1,"D":1}"#, true),
        ("not 1 of sel_*", r#"{"A":1}"#, true),
        ("a and not (b or sel_c)", r#"{"A":1,"C":1}"#, false),
        ("[a, b]", r#"{"B":1}"#, true),
    ] {
        let detection = format!("{searches}condition: {condition}");
        assert_eq!(matches(&detection, fields), expected, "{condition} on {fields}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let problem = |detection: &str| {
        let loaded = load("t", &rule(detection));
        if let Some(problem) = loaded.problems.first() {
            return problem.to_string();
        }
        let rules = loaded.into_rules();
        let (_, problems) = Engine::compile(&rules, &options());
        problems.first().map(ToString::to_string).unwrap_or_default()
    };
    for (detection, expected) in [
        ("s: {A|nope: 1}\ncondition: s", "t:4: there is no modifier \"nope\""),
        ("s: {A: 1}\ncondition: t", "condition: there is no search \"t\""),
        ("s: {A: 1}\ncondition: 1 of t*", "there is no search \"t*\""),
        ("s: {A: 1}\ncondition: s and", "ends too early"),
        ("s: {A|re: '('}\ncondition: s", "regular expression"),
        ("s: {A|re: '(?=a)'}\ncondition: s", "regular expression"),
        ("s: {A|cidr: 10.0.0.0/40}\ncondition: s", "no IP network"),
        ("s: {A|lt: x}\ncondition: s", "no number"),
        ("s: {A|exists: maybe}\ncondition: s", "exists takes true or false"),
        ("s: {A|base64: 'a*'}\ncondition: s", "wildcards cannot be encoded"),
        ("s: {A|i: a}\ncondition: s", "belong to re"),
        ("s: {A|re|cidr: a}\ncondition: s", "more than one kind"),
        ("s: {A|re|windash: a}\ncondition: s", "not one of text"),
        ("s: {A: []}\ncondition: s", "not of the form"),
        ("s: {A: {B: c}}\ncondition: s", "not of the form"),
        ("s: {A: 1}", "`condition` is missing"),
        ("s: {A: 1}\ncondition: s | near t", "aggregation"),
    ] {
        assert!(problem(detection).contains(expected), "{detection}: {}", problem(detection));
    }
}

#[test]
fn a_rule_that_waits_for_values_never_matches_and_says_so() {
    let rules = load("t", &rule("s: {A|expand: '%nobody_said%'}\ncondition: not s")).into_rules();
    let (engine, problems) = Engine::compile(&rules, &options());
    assert!(problems.is_empty());
    assert!(matches!(&engine.stats().never[..], [(0, Never::NeedsValues(n))] if n.contains("nobody_said")));
    let mut event = Event::new(&META);
    event.logsource.product = "test";
    assert!(engine.matches(&event, &mut engine.scratch()).is_empty());
}

#[test]
fn windows_events_go_to_the_rules_of_their_channel() {
    let text = "title: P\nlogsource: {product: windows, category: process_creation}\n\
        detection: {s: {Image|endswith: '\\x.exe', User|contains: AUTHORI}, condition: s}\n---\n\
        title: S\nlogsource: {product: windows, service: security}\n\
        detection: {s: {EventID: [4688, 4624]}, condition: s}\n---\n\
        title: W\nlogsource: {product: windows}\ndetection: {s: {Computer: c}, condition: s}\n---\n\
        title: R\nlogsource: {product: windows, category: registry_set}\n\
        detection: {s: {TargetObject|endswith: '\\Run\\x', Details: y}, condition: s}\n---\n\
        title: D\nlogsource: {product: windows, category: registry_delete}\n\
        detection: {s: {TargetObject|endswith: '\\Run\\x'}, condition: s}\n---\n\
        title: H\nlogsource: {product: windows, category: image_load}\n\
        detection: {s: {sha256: ab, Provider_Name: Sysmon}, condition: s}\n";
    let rules = load("t", text).into_rules();
    let (engine, problems) = Engine::compile(&rules, &Options::default());
    assert!(problems.is_empty(), "{problems:?}");
    let found = |fields: &str| {
        let arena = Bump::new();
        let mut event = Event::new(&META);
        event.logsource.product = "windows";
        json::flatten(json::parse(fields, &arena).unwrap(), &arena, &mut event);
        engine.matches(&event, &mut engine.scratch()).to_vec()
    };
    let sysmon = r#""Channel":"Microsoft-Windows-Sysmon/Operational""#;
    assert_eq!(
        found(&format!(r#"{{{sysmon},"EventID":1,"Image":"c:\\x.exe","User":"NT AUTHORITY\\SYSTEM"}}"#)),
        [0]
    );
    assert_eq!(
        found(
            r#"{"Channel":"Security","EventID":4688,"NewProcessName":"c:\\x.exe","SubjectDomainName":"NT AUTHORITY","SubjectUserName":"SYSTEM","Computer":"C"}"#
        ),
        [0, 1, 2]
    );
    assert_eq!(found(r#"{"Channel":"security","EventID":"4624"}"#), [1]);
    assert_eq!(found(r#"{"Channel":"Other","EventID":4624,"Computer":"c"}"#), [2]);
    let registry = r#""EventID":13,"EventType":"SetValue","TargetObject":"HKLM\\Run\\x","Details":"y""#;
    assert_eq!(found(&format!("{{{sysmon},{registry}}}")), [3]);
    assert_eq!(
        found(
            r#"{"Channel":"Security","EventID":4657,"OperationType":"%%1905","ObjectName":"\\REGISTRY\\Run","ObjectValueName":"x","NewValue":"y"}"#
        ),
        [3]
    );
    let key = |kind: &str| {
        format!(r#"{{{sysmon},"EventID":12,"EventType":"{kind}","TargetObject":"HKLM\\Run\\x"}}"#)
    };
    assert_eq!(found(&key("DeleteValue")), [4]);
    assert!(found(&key("CreateKey")).is_empty());
    assert_eq!(
        found(&format!(r#"{{{sysmon},"EventID":7,"Hashes":"MD5=x,SHA256=AB","Provider_Name":"sysmon"}}"#)),
        [5]
    );
}

#[test]
fn taxonomy_fields_are_found_under_ecs_names() {
    let text = "title: W\nlogsource: {category: webserver}\ndetection:\n  s:\n    cs-method: POST\n    \
        cs-uri-query|contains: '/admin.php?'\n    sc-status: 200\n    c-ip|cidr: 192.0.2.0/24\n    source.port: 5\n  condition: s\n";
    let rules = load("t", text).into_rules();
    let (engine, _) = Engine::compile(&rules, &Options::default());
    let mut event = Event::new(&META);
    event.logsource.category = "webserver";
    event.set(Field::HttpRequestMethod, "POST");
    event.set(Field::UrlOriginal, "/x/Admin.php?a=1");
    event.set(Field::HttpResponseStatusCode, 200_u64);
    event.set(Field::SourceIp, "192.0.2.9");
    event.set(Field::SourcePort, 5_u64);
    let mut scratch = engine.scratch();
    assert_eq!(engine.matches(&event, &mut scratch), [0]);
    // The source's own field is asked too where the two are cut in different ways.
    event.native.push(("cs-uri-query", Value::Str("a=1")));
    assert_eq!(engine.matches(&event, &mut scratch), [0]);
}
