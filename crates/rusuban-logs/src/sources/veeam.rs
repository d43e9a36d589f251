//! Veeam Backup & Replication syslog events (Veeam: event reference): `[categoryId=0 instanceId=23090 JobID="…" …
//! Description="…"]` after an RFC 5424 header, or as its structured data. Values may hold XML with quotes of its own.

use crate::event::{Event, Field, Value};

use super::cloud;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct Veeam;

static META: SourceMeta = SourceMeta { id: "veeam", product: "Veeam Backup & Replication", vendor: "Veeam" };

impl Source for Veeam {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if line.json.is_some() {
            return Err(Refusal::NotMine);
        }
        let (_, body) = line.text.split_once("[categoryId=").ok_or(Refusal::NotMine)?;
        let from = line.text.len() - body.len() - "categoryId=".len();
        let body = line.text.get(from..).unwrap_or_default();
        if !body.contains("instanceId=") {
            return Err(Refusal::NotMine);
        }
        event.logsource.product = "veeam";
        event.logsource.service = "backup";
        let mut rest = body;
        while let Some((name, value, after)) = pair(rest) {
            event.native.push((name, Value::Str(value)));
            rest = after;
        }
        let description = event.native_text("Description").unwrap_or_default();
        event.set_text(Field::EventReason, description);
        event.set_text(Field::Message, description);
        let code = event.native_text("instanceId").unwrap_or_default();
        event.set_text(Field::EventCode, code);
        let job = event.native_text("JobName").unwrap_or_default();
        event.set_text(Field::ServiceName, job);
        who(description, event);
        kinds(description, event);
        if event.time.is_none() {
            // The server's own local time, of the restore point.
            let stated = event.native_text("DateTime").and_then(cloud::american);
            event.time = stated.and_then(|t| context.time.local(t.seconds(), 0, None));
        }
        Ok(())
    }
}

/// The next `name=value` or `name="value"`, and what follows. A value in quotes ends where another name follows, or where
/// the list ends; an XML value ends after its last tag.
fn pair(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches([' ', '[']);
    let (name, rest) = text.split_once('=')?;
    if name.is_empty() || name.contains([' ', '"', ']']) {
        return None;
    }
    let Some(quoted) = rest.strip_prefix('"') else {
        let end = rest.find([' ', ']']).unwrap_or(rest.len());
        let (value, after) = rest.split_at_checked(end)?;
        return Some((name, value, after));
    };
    let xml = quoted.starts_with('<');
    let mut from = 0;
    while let Some(at) = quoted.get(from..).and_then(|t| memchr::memchr(b'"', t.as_bytes())).map(|i| from + i)
    {
        let (value, after) = (quoted.get(..at)?, quoted.get(at + 1..)?);
        let ends = after.is_empty() || after.starts_with(']') || after.starts_with(' ') && names(after);
        if ends && (!xml || value.ends_with('>')) {
            return Some((name, value, after));
        }
        from = at + 1;
    }
    Some((name, quoted, ""))
}

/// Whether a text begins with blanks and a name with `=`.
fn names(text: &str) -> bool {
    let text = text.trim_start_matches(' ');
    let len = text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    len > 0 && text.as_bytes().get(len) == Some(&b'=')
}

fn who<'a>(description: &'a str, event: &mut Event<'a>) {
    if let Some(user) = event.native_text("UserName").or_else(|| event.native_text("InitiatorName")) {
        cloud::account(event, user, false);
    } else if let Some((_, rest)) = description.split_once(" by user ") {
        let user = rest.trim_end_matches('.');
        cloud::account(event, user, false);
    }
    if let Some(host) = event.native_text("VbrHostName") {
        event.set_text(Field::HostName, host);
    }
    for (name, field) in [("AccountName", Field::UserTargetName), ("TargetUserName", Field::UserTargetName)] {
        if let Some(value) = event.native_text(name) {
            event.set_text(field, value);
        }
    }
}

/// What happened. Veeam's descriptions are sentences with fixed words; the ids are many and grow with each version.
fn kinds(description: &str, event: &mut Event<'_>) {
    let has = |words: &[&str]| words.iter().any(|w| cloud::has(description, w));
    let (verb, kind): (&str, &'static [Value<'static>]) = if has(&[
        "has been deleted",
        "have been deleted",
        "has been removed",
        "have been removed",
        "was deleted",
        "was removed",
    ]) {
        ("deleted", &[Value::Str("deletion")])
    } else if has(&[
        "has been created",
        "have been created",
        "has been added",
        "have been added",
        "was added",
        "was created",
    ]) {
        ("added", &[Value::Str("creation")])
    } else if has(&["changed", "updated", "modified", "enabled", "disabled", "renamed", "reset", "edited"]) {
        ("changed", &[Value::Str("change")])
    } else if has(&["finished", "completed", "failed", "stopped", "has ended"]) {
        ("finished", &[Value::Str("end")])
    } else if has(&["started", "initiated", "resumed"]) {
        ("started", &[Value::Str("start")])
    } else {
        ("reported", &[Value::Str("info")])
    };
    let change = matches!(verb, "deleted" | "added" | "changed");
    let account = has(&[
        "user or group",
        "user role",
        "role",
        "multi-factor",
        "MFA",
        "four-eyes",
        "credentials",
        "password",
    ]) || has(&["user account"]);
    let action = match verb {
        _ if has(&["malware", "ransomware", "suspicious"]) => "malware-reported",
        "finished" if has(&["restore"]) => "restore-finished",
        "started" if has(&["restore"]) => "restore-started",
        "deleted" if has(&["restore point"]) => "restore-point-deleted",
        "added" if has(&["restore point"]) => "restore-point-created",
        "deleted" if has(&["repository"]) => "repository-deleted",
        "deleted" if account => "account-deleted",
        "added" if account => "account-added",
        "changed" if account => "account-changed",
        "deleted" if has(&["job"]) => "job-deleted",
        "deleted" if has(&["backup"]) => "backup-deleted",
        "deleted" => "object-deleted",
        "added" if has(&["job"]) => "job-created",
        "changed" if has(&["job"]) => "job-changed",
        "started" => "job-started",
        "finished" => "job-finished",
        "changed" => "settings-changed",
        "added" => "object-added",
        _ => "reported",
    };
    event.set(Field::EventAction, action);
    event.kind(kind);
    if action == "malware-reported" {
        event.category(&[Value::Str("malware")]);
        if !change {
            event.set(Field::EventKind, "alert");
        }
    } else if action.starts_with("restore-point") || action == "backup-deleted" {
        event.category(&[Value::Str("file"), Value::Str("configuration")]);
    } else if account && change {
        event.category(&[Value::Str("iam"), Value::Str("configuration")]);
    } else if change {
        event.category(&[Value::Str("configuration")]);
    } else {
        event.category(&[Value::Str("process")]);
    }
    // Result: 0 success, 1 warning, 2 failure (sessions alone; other events use the word otherwise).
    let result = event.native_text("Result").filter(|_| verb == "finished").unwrap_or_default();
    if has(&["with Failed", "has failed", "with Error", "failed to"]) || result == "2" {
        event.outcome(false);
    } else if verb == "finished" && (has(&["Success", "Warning"]) || matches!(result, "0" | "1")) || change {
        event.outcome(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_job_is_deleted() {
        let body = r#"[categoryId=0 instanceId=23090 JobID="j" JobName="Files" ChangesXML="<changes><object id="1" a="b"><p internal="X" type="Y"></p></object></changes>" UserName="OFFICE\taro" Version="1" Description="Backup job 'Files' has been deleted."]"#;
        for text in [
            body.to_owned(),
            format!(
                r#"<14>1 2026-12-30T15:00:00+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] {body}"#
            ),
        ] {
            read(&Veeam, &text, |event| {
                assert_eq!(shown(event, "event.action"), "job-deleted");
                assert_eq!(shown(event, "event.type"), "deletion");
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "service.name"), "Files");
                assert_eq!(shown(event, "event.code"), "23090");
            });
        }
    }

    #[test]
    fn a_job_fails() {
        let text = r#"[categoryId=0 instanceId=190 JobSessionID="s" Result="2" Version="1" Description="Backup job 'Files' finished with Failed."]"#;
        read(&Veeam, text, |event| {
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "event.action"), "job-finished");
        });
        ask(&Veeam, "[categoryId=1]", |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }
}
