//! Reads what the Windows Update agent says of a machine: the JSON that [`COMMAND`] writes.
//!
//! The command asks the agent twice: for what is not installed, and, as the positive control, for what is. It also
//! tells when, whether the service itself was asked, and whether that is the organisation's own WSUS, which offers
//! approved updates only.
//!
//! The agent: <https://learn.microsoft.com/windows/win32/api/wuapi/>. Categories are told by their ids, which are the
//! same in every language: <https://learn.microsoft.com/previous-versions/windows/desktop/ff357803(v=vs.85)>.

use jiff::Timestamp;
use rusuban_core::model::verdict::Seen;
use rusuban_core::world::packages::{
    Asked, Lists, Manager, PackageFacts, Restart, System, Update, UpdateKind,
};
use serde_json::{Map, Value};

use super::import::ImportError;

/// The command for PowerShell (5.1 or later, with administrator's rights) whose output is read.
pub const COMMAND: &str = include_str!("windows_update.ps1");

/// Which shape the command writes.
const FORMAT: &str = "rusuban-windows-update/1";

const SECURITY_UPDATES: &str = "0fa1201d-4330-4fa8-8ae9-b877473b6441";

/// Categories whose updates fix no security: updates (not for security, by definition), critical updates (likewise),
/// feature packs, definitions (which another check looks at), tools, guidance, upgrades.
const OTHERS: [&str; 7] = [
    "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83",
    "e6cf1350-c01b-414d-a61f-263d14d133b4",
    "b54e7d24-7add-428f-8b75-90a396fa584f",
    "e0789628-ce08-4437-be74-2495b842f43b",
    "b4832bd8-e735-4761-8daf-37f882276dab",
    "9511d615-35b2-47bb-927f-f73d8e9260bb",
    "3689bdc8-b205-4af4-8d4a-a63924c5e9d5",
];

/// The agent's word that a search has succeeded (`orcSucceeded`), and that it has with errors.
const SUCCEEDED: i64 = 2;
const SUCCEEDED_WITH_ERRORS: i64 = 3;

/// Reads the JSON.
///
/// # Errors
/// No JSON of the command's shape, or a search that has not succeeded.
pub fn parse(text: &str) -> Result<PackageFacts, ImportError> {
    let value: Value = serde_json::from_str(text).map_err(|error| {
        ImportError::new(
            error.line(),
            "JSON",
            format!("JSON として読めません（{error}）"),
            format!("not JSON ({error})"),
        )
    })?;
    let file = Fields { text, value: value.as_object().ok_or_else(no_object)?, nth: 0 };
    if file.text("format")? != FORMAT {
        return Err(file.wrong("format", &format!("{FORMAT} ではありません"), &format!("not {FORMAT}")));
    }
    let remarks = results(&file)?;
    let (mut pending, mut withheld) = (Vec::new(), Vec::new());
    for (nth, value) in file.list("updates")?.iter().enumerate() {
        let object =
            value.as_object().ok_or_else(|| file.wrong("updates", "更新ではありません", "not an update"))?;
        let one = Fields { text, value: object, nth };
        let update = update(&one)?;
        if one.flag("hidden")? && update.kind == UpdateKind::Security {
            withheld.push(update);
        } else {
            pending.push(update);
        }
    }
    let system = System {
        id: "windows".to_owned(),
        version: file.text("version")?.to_owned(),
        codename: String::new(),
        name: file.text("system")?.to_owned(),
    };
    let asked = Asked {
        at: moment(&file)?,
        service: if file.flag("wsus")? { "WSUS" } else { "Windows Update" }.to_owned(),
        online: file.flag("online")?,
    };
    Ok(PackageFacts {
        installed: Some(u64::try_from(file.number("installed")?).unwrap_or_default()),
        pending,
        withheld,
        restart: Some(Seen::Known(Restart { asked: file.flag("rebootRequired")?, ..Restart::default() })),
        remarks,
        ..PackageFacts::new(Manager::WindowsUpdate, system, Seen::Known(Lists::Asked(asked)))
    })
}

fn no_object() -> ImportError {
    ImportError::new(1, "JSON", "JSON のオブジェクトではありません", "not a JSON object")
}

/// What the two searches came to: nothing, a remark, or a reason to refuse the file.
fn results(file: &Fields<'_>) -> Result<Vec<String>, ImportError> {
    let codes: Vec<i64> = file.list("resultCodes")?.iter().filter_map(Value::as_i64).collect();
    if codes.len() != 2 || codes.iter().any(|code| ![SUCCEEDED, SUCCEEDED_WITH_ERRORS].contains(code)) {
        return Err(file.wrong("resultCodes", "検索が成功していません", "the search has not succeeded"));
    }
    let errors = codes.contains(&SUCCEEDED_WITH_ERRORS);
    Ok(if errors { vec!["ResultCode 3 (orcSucceededWithErrors)".to_owned()] } else { Vec::new() })
}

fn moment(file: &Fields<'_>) -> Result<Timestamp, ImportError> {
    file.text("searchedAt")?.parse().map_err(|_| file.wrong("searchedAt", "日時ではありません", "not a time"))
}

fn update(one: &Fields<'_>) -> Result<Update, ImportError> {
    let categories = one.texts("categories")?;
    let has = |ids: &[&str]| categories.iter().any(|id| ids.contains(&id.to_ascii_lowercase().as_str()));
    let kind = if has(&[SECURITY_UPDATES]) || !one.text("severity")?.is_empty() {
        UpdateKind::Security
    } else if has(&OTHERS) {
        UpdateKind::Other
    } else {
        // Update rollups and service packs hold whatever has come before; drivers do not tell.
        UpdateKind::Unclassified
    };
    Ok(Update {
        name: one.text("title")?.to_owned(),
        installed: String::new(),
        candidate: String::new(),
        kind,
        sources: Vec::new(),
        advisories: one.texts("kb")?,
    })
}

/// The fields of one object, with what it takes to say where one of them is wrong.
struct Fields<'a> {
    text: &'a str,
    value: &'a Map<String, Value>,
    /// Which object with a field of that name it is, from 0.
    nth: usize,
}

impl Fields<'_> {
    fn wrong(&self, name: &str, ja: &str, en: &str) -> ImportError {
        let key = format!("\"{name}\"");
        let lines = self.text.lines().enumerate().filter(|(_, line)| line.contains(&key));
        let line = lines.map(|(number, _)| number + 1).nth(self.nth).unwrap_or(1);
        ImportError::new(line, name, ja, en)
    }

    fn get(&self, name: &str) -> Result<&Value, ImportError> {
        self.value.get(name).ok_or_else(|| self.wrong(name, "項目がありません", "the field is missing"))
    }

    fn text(&self, name: &str) -> Result<&str, ImportError> {
        self.get(name)?.as_str().ok_or_else(|| self.wrong(name, "文字列ではありません", "not a text"))
    }

    fn flag(&self, name: &str) -> Result<bool, ImportError> {
        self.get(name)?
            .as_bool()
            .ok_or_else(|| self.wrong(name, "真偽値ではありません", "neither true nor false"))
    }

    fn number(&self, name: &str) -> Result<i64, ImportError> {
        self.get(name)?.as_i64().ok_or_else(|| self.wrong(name, "整数ではありません", "not a whole number"))
    }

    /// A list. PowerShell 5.1 may wrap one as `{"value": […], "Count": n}`.
    fn list(&self, name: &str) -> Result<&Vec<Value>, ImportError> {
        let value = self.get(name)?;
        let inner = value.get("value").filter(|_| value.get("Count").is_some()).unwrap_or(value);
        inner.as_array().ok_or_else(|| self.wrong(name, "配列ではありません", "not a list"))
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, ImportError> {
        let text = |value: &Value| {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| self.wrong(name, "文字列ではありません", "not a text"))
        };
        self.list(name)?.iter().map(text).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: &str = r#"{
    "format":  "rusuban-windows-update/1",
    "searchedAt":  "2026-11-24T09:00:00Z",
    "resultCodes":  [2, 2],
    "online":  true,
    "wsus":  false,
    "installed":  212,
    "rebootRequired":  true,
    "system":  "Microsoft Windows 11 Pro",
    "version":  "10.0.22631",
    "updates":  [
        {
            "title":  "2026-11 x64 ベース システム用 Windows 11 Version 23H2 の累積更新プログラム (KB5046633)",
            "kb":  ["KB5046633"],
            "severity":  "Critical",
            "categories":  ["0FA1201D-4330-4FA8-8AE9-B877473B6441", "8c3fcc84-7410-4a95-8b89-a166a0190486"],
            "hidden":  false
        },
        {
            "title":  "Microsoft Defender Antivirus のセキュリティ インテリジェンス更新プログラム - KB2267602",
            "kb":  {"value": ["KB2267602"], "Count": 1},
            "severity":  "",
            "categories":  ["e0789628-ce08-4437-be74-2495b842f43b"],
            "hidden":  false
        },
        {
            "title":  "Intel - Firmware - 1.2.3",
            "kb":  [],
            "severity":  "",
            "categories":  ["ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0"],
            "hidden":  false
        },
        {
            "title":  "隠した更新 (KB1)",
            "kb":  ["KB1"],
            "severity":  "Important",
            "categories":  [],
            "hidden":  true
        }
    ]
}
"#;

    #[test]
    fn updates_are_told_apart_by_category_and_severity() {
        let facts = parse(FILE).unwrap();
        let kinds: Vec<_> = facts.pending.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [UpdateKind::Security, UpdateKind::Other, UpdateKind::Unclassified]);
        assert_eq!(facts.pending[0].advisories, ["KB5046633"]);
        assert_eq!(facts.pending[1].advisories, ["KB2267602"]);
        assert_eq!(facts.withheld[0].name, "隠した更新 (KB1)");
        assert_eq!(facts.installed, Some(212));
        assert_eq!(facts.system.name, "Microsoft Windows 11 Pro");
        assert!(matches!(&facts.restart, Some(Seen::Known(restart)) if restart.asked));
        let Seen::Known(Lists::Asked(asked)) = &facts.lists else { panic!("{:?}", facts.lists) };
        assert_eq!(asked.at, "2026-11-24T09:00:00Z".parse().unwrap());
        assert!(asked.online && asked.service == "Windows Update");
    }

    #[test]
    fn a_search_that_failed_is_no_list_without_updates() {
        let error = parse(&FILE.replace("[2, 2]", "[4, 2]")).unwrap_err();
        assert_eq!((error.line, error.field.as_str()), (4, "resultCodes"));
        let facts = parse(&FILE.replace("[2, 2]", "[3, 2]")).unwrap();
        assert_eq!(facts.remarks, ["ResultCode 3 (orcSucceededWithErrors)"]);
    }

    #[test]
    fn what_is_wrong_is_named_with_line_and_field() {
        let wrong = |from: &str, to: &str| parse(&FILE.replacen(from, to, 1)).unwrap_err();
        assert_eq!(wrong("\"online\":  true,", "").field, "online");
        assert_eq!(wrong("2026-11-24T09:00:00Z", "昨日").to_string(), "line 3: searchedAt: not a time");
        assert_eq!(wrong("212", "\"many\"").line, 7);
        let second = wrong("{\"value\": [\"KB2267602\"], \"Count\": 1}", "7");
        assert_eq!((second.line, second.field.as_str()), (21, "kb"));
        assert_eq!(parse("[]").unwrap_err().field, "JSON");
        assert_eq!(parse("{\n\"format\": \"other\"\n}").unwrap_err().line, 2);
    }

    #[test]
    fn a_truncated_file_is_refused() {
        let cut: String = FILE.chars().take(FILE.chars().count() - 10).collect();
        assert_eq!(parse(&cut).unwrap_err().field, "JSON");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}") {
            let _ = parse(&text);
        }
    }
}
