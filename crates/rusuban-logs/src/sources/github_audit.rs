//! GitHub organisation and enterprise audit log (GitHub documentation: audit log events; streamed and exported as JSON).

use crate::event::{Event, Field, Value};

use super::cloud;
use super::json;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// The source.
#[derive(Debug)]
pub struct GithubAudit;

static META: SourceMeta = SourceMeta { id: "github_audit", product: "GitHub", vendor: "GitHub" };

impl Source for GithubAudit {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let root = line.json.ok_or(Refusal::NotMine)?;
        let action = root.text("action").ok_or(Refusal::NotMine)?;
        let there = |name: &str| root.get(name).is_some();
        let stamp = root.value("@timestamp").or_else(|| root.value("created_at"));
        // Its times are milliseconds since 1970, its actions `area.what`.
        let Some(stamp @ (Value::UInt(_) | Value::Int(_))) = stamp else { return Err(Refusal::NotMine) };
        if !action.contains('.')
            || !(there("_document_id") || (there("actor") && (there("org") || there("business"))))
        {
            return Err(Refusal::NotMine);
        }
        event.time = context.time.epoch_text(&stamp.to_text());
        json::flatten(root, context.arena, event);
        event.logsource.product = "github";
        event.logsource.service = "audit";
        event.unset(Field::Message);
        event.set(Field::EventAction, action);
        cloud::set(event, Field::EventId, root.value("_document_id"));
        cloud::set(event, Field::UserName, root.value("actor"));
        cloud::set(event, Field::UserId, root.value("actor_id"));
        cloud::set(event, Field::UserTargetName, root.value("user"));
        cloud::set(event, Field::GroupName, root.value("team"));
        cloud::set(event, Field::OrganizationName, root.value("org"));
        cloud::set(event, Field::UserAgentOriginal, root.value("user_agent"));
        cloud::set(event, Field::UserRoles, root.value("permission"));
        cloud::set(event, Field::SourceGeoCountryIsoCode, root.value("actor_location.country_code"));
        if let Some(address) = root.text("actor_ip") {
            cloud::source(event, address, context.arena);
        }
        let area = action.split('.').next().unwrap_or_default();
        if matches!(area, "org" | "team" | "business" | "repo")
            && (action.contains("member") || action.contains("role"))
        {
            event.category(&[Value::Str("iam")]);
            event.kind(cloud::iam_types(action));
        } else if matches!(action, "git.clone" | "git.fetch" | "git.push" | "repo.download_zip") {
            event.category(&[Value::Str("file")]);
            event.kind(&[Value::Str("access")]);
        } else {
            event.category(&[Value::Str("configuration")]);
            event.kind(cloud::iam_types(action));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::cloud::testing::{ask, read, shown};

    #[test]
    fn a_member_is_added() {
        read(
            &GithubAudit,
            r#"{"@timestamp":1798642800000,"_document_id":"d","action":"org.add_member","actor":"taro","user":"jiro","org":"example","actor_location":{"country_code":"LV"}}"#,
            |event| {
                assert_eq!(shown(event, "user.name"), "taro");
                assert_eq!(shown(event, "user.target.name"), "jiro");
                assert_eq!(
                    event.time.map(|t| t.timestamp().to_string()).as_deref(),
                    Some("2026-12-30T15:00:00Z")
                );
            },
        );
        ask(&GithubAudit, r#"{"action":"a.b"}"#, |result, _| assert_eq!(result, Err(Refusal::NotMine)));
    }
}
