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
        who(description, context, event);
        kinds(code, description, event);
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

fn who<'a>(description: &'a str, context: &Context<'a, '_>, event: &mut Event<'a>) {
    let full = ["UserFullInfo", "InitiatorFullInfo"].iter().find_map(|n| event.native_text(n));
    let full = full
        .and_then(|t| t.split_once("fullName=\""))
        .and_then(|(_, t)| t.split_once('"'))
        .map(|(name, _)| name);
    let named = ["UserName", "FriendlyName"].iter().find_map(|n| event.native_text(n)).or(full);
    let said = description.rsplit_once(" by user ").map(|(_, user)| user.trim_end_matches('.'));
    if let Some(user) = named.or(said) {
        cloud::account(event, user, false);
    }
    if let Some(address) = ["SourceIpAddress", "Endpoint"].iter().find_map(|n| event.native_text(n)) {
        cloud::source(event, address, context.arena);
    }
    for (name, field) in [
        ("VbrHostName", Field::HostName),
        ("AccountName", Field::UserTargetName),
        ("JobName", Field::ServiceName),
    ] {
        let value = event.native_text(name).unwrap_or_default();
        event.set_text(field, value);
    }
}

/// Event ids that matter whatever the words, with the action that they are (Veeam's list of event ids).
const EVENTS: [(&str, &str); 49] = [
    ("115", "tape-erase-started"),
    ("122", "tape-freed"),
    ("124", "tape-deleted"),
    ("210", "restore-started"),
    ("290", "restore-finished"),
    ("10010", "restore-point-created"),
    ("10050", "restore-point-deleted"),
    ("23010", "job-created"),
    ("23050", "job-changed"),
    ("23090", "job-deleted"),
    ("23210", "job-created"),
    ("23220", "job-changed"),
    ("23230", "job-deleted"),
    ("23320", "job-objects-deleted"),
    ("23440", "job-created"),
    ("23450", "job-changed"),
    ("23490", "job-deleted"),
    ("25300", "credentials-added"),
    ("25400", "credentials-changed"),
    ("25500", "credentials-deleted"),
    ("28200", "repository-deleted"),
    ("28980", "repository-deleted"),
    ("29900", "repository-deleted"),
    ("30200", "repository-deleted"),
    ("31200", "user-added"),
    ("31210", "user-add-failed"),
    ("31300", "role-added"),
    ("31310", "role-changed"),
    ("31320", "role-deleted"),
    ("31400", "user-deleted"),
    ("31800", "encryption-password-deleted"),
    ("32120", "job-objects-deleted"),
    ("32200", "repository-deleted"),
    ("40100", "console-opened"),
    ("40101", "console-closed"),
    ("40201", "mfa-disabled"),
    ("40202", "mfa-token-revoked"),
    ("40204", "mfa-disabled"),
    ("40205", "mfa-failed"),
    ("40206", "mfa-failed"),
    ("40207", "mfa-failed"),
    ("40210", "restore-started"),
    ("40290", "restore-finished"),
    ("41402", "repository-deleted"),
    ("41600", "malware-reported"),
    ("42220", "malware-reported"),
    ("42401", "four-eyes-disabled"),
    ("44002", "login-denied"),
    ("44003", "login-granted"),
];

/// What happened: by the id where it is one that matters, else by the fixed words of Veeam's descriptions; the ids are many
/// and grow with each version.
fn kinds(code: &str, description: &str, event: &mut Event<'_>) {
    let has = |words: &[&str]| words.iter().any(|w| cloud::has(description, w));
    let (verb, kind): (&str, &'static [Value<'static>]) =
        if has(&["been deleted", "been removed", "was deleted", "was removed"]) {
            ("deleted", &[Value::Str("deletion")])
        } else if has(&["been created", "been added", "was added", "was created"]) {
            ("added", &[Value::Str("creation")])
        } else if has(&[
            "changed", "updated", "modified", "enabled", "disabled", "renamed", "reset", "edited",
        ]) {
            ("changed", &[Value::Str("change")])
        } else if has(&["finished", "completed", "failed", "stopped", "has ended"]) {
            ("finished", &[Value::Str("end")])
        } else if has(&["started", "initiated", "resumed", "launched"]) {
            ("started", &[Value::Str("start")])
        } else {
            ("reported", &[Value::Str("info")])
        };
    let known = EVENTS.iter().find(|(id, _)| *id == code).map(|(_, action)| *action);
    let action = known.unwrap_or(match verb {
        "deleted" if has(&["repository"]) => "repository-deleted",
        "deleted" if has(&["job"]) => "job-deleted",
        "deleted" if has(&["backup"]) => "backup-deleted",
        "deleted" => "object-deleted",
        "added" if has(&["job"]) => "job-created",
        "added" => "object-added",
        "changed" if has(&["job"]) => "job-changed",
        "changed" => "settings-changed",
        "started" => "job-started",
        "finished" => "job-finished",
        _ => "reported",
    });
    event.set(Field::EventAction, action);
    event.kind(kind);
    let change = matches!(verb, "deleted" | "added" | "changed");
    event.category(if has(&["malware", "infected"]) || action == "malware-reported" {
        &[Value::Str("malware")]
    } else if action.starts_with("restore-point") {
        &[Value::Str("file")]
    } else if change {
        &[Value::Str("configuration")]
    } else {
        &[Value::Str("process")]
    });
    // Result: 0 success, 1 warning, 2 failure (of sessions; other events use the word otherwise).
    let result = event.native_text("Result").filter(|_| verb == "finished").unwrap_or_default();
    if has(&["with Failed", "has failed", "with Error", "failed to"]) || result == "2" {
        event.outcome(false);
    } else if verb == "finished" && (has(&["Success", "Warning"]) || matches!(result, "0" | "1")) || change {
        event.outcome(true);
    }
    people(action, event);
}

/// Who may do what on the backup server, and who came in.
fn people(action: &'static str, event: &mut Event<'_>) {
    let name = event.native_text("Name").unwrap_or_default();
    match action {
        "malware-reported" => {
            event.set(Field::EventKind, "alert");
            event.kind(&[Value::Str("info")]);
        }
        // Everybody with a role on the backup server can reach the backups.
        "user-added" => {
            event.category(&[Value::Str("iam"), Value::Str("configuration")]);
            event.kind(&[Value::Str("admin"), Value::Str("creation")]);
            event.set_text(Field::UserTargetName, name);
            let changes = event.native_text("ChangesXML").unwrap_or_default();
            let role = changes.split_once("assignedRoleName=\"").and_then(|(_, t)| t.split_once('"'));
            event.set_text(Field::UserRoles, role.map_or("", |(role, _)| role));
        }
        "user-deleted" => {
            event.category(&[Value::Str("iam"), Value::Str("configuration")]);
            event.kind(&[Value::Str("user"), Value::Str("deletion")]);
            event.set_text(Field::UserTargetName, name);
        }
        "role-added" | "role-changed" | "role-deleted" | "mfa-disabled" | "mfa-token-revoked"
        | "four-eyes-disabled" => {
            event.category(&[Value::Str("iam"), Value::Str("configuration")]);
        }
        "mfa-failed" | "login-denied" => {
            cloud::sign_in(event, Some(false), (action == "mfa-failed").then_some(true));
        }
        "login-granted" => cloud::sign_in(event, Some(true), None),
        "console-opened" => {
            cloud::sign_in(event, Some(true), None);
            event.category(&[Value::Str("authentication"), Value::Str("session")]);
        }
        "console-closed" => {
            event.category(&[Value::Str("authentication"), Value::Str("session")]);
            event.kind(&[Value::Str("end")]);
        }
        "restore-started" | "tape-erase-started" => event.kind(&[Value::Str("start")]),
        _ => {}
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
    fn people_on_the_backup_server() {
        let text = r#"1 2026-12-30T15:00:00.5+09:00 VBR01 Veeam_MP - - [origin enterpriseId="31023"] [categoryId=0 instanceId=31200 ID="i" Name="OFFICE\jiro" ChangesXML="<changes><object id="i" name="OFFICE\jiro" assignedRoleName="Veeam Backup Administrator" /></changes>" UserFullInfo="<ModifiedUserInfo fullName="OFFICE\taro" loginType="0" />" Version="1" Description="User or group OFFICE\jiro has been added."]"#;
        read(&Veeam, text, |event| {
            assert_eq!(shown(event, "user.name"), "taro");
            assert_eq!(shown(event, "user.target.name"), "OFFICE\\jiro");
            assert_eq!(shown(event, "user.roles"), "Veeam Backup Administrator");
        });
        let text = r#"[categoryId=0 instanceId=44002 SourceIpAddress="203.0.113.9" FriendlyName="taro" Description="Authorization request was denied: an authentication has failed."]"#;
        read(&Veeam, text, |event| {
            assert_eq!(shown(event, "event.category"), "authentication");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
        });
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
