//! Lines that a collector put into JSON: Docker's `{"log":"…\n","stream":"stdout","time":…}`, Fluentd's, Filebeat's and
//! Logstash's `{"message":"…","@timestamp":…,"host":…}`, Graylog's (GELF) and Loki's. The line inside is read as if it
//! stood alone; what it does not say itself (time, host) comes from around it.

use crate::event::{Event, Field, Value};

use super::json::Object;
use super::{Context, cloud};

/// The original line, where an object carries one.
pub fn inside(root: Object<'_>) -> Option<&str> {
    let text = [
        "event.original",
        "message",
        "log",
        "full_message",
        "short_message",
        "line",
        "raw",
        "_raw",
        "MESSAGE",
    ]
    .iter()
    .find_map(|n| root.text(n))?
    .trim();
    (!text.is_empty()).then_some(text)
}

/// Adds to the event of the line inside what the object around it says.
pub fn complete<'a>(root: Object<'a>, context: &Context<'a, '_>, event: &mut Event<'a>) {
    if event.time.is_none() {
        let stamp = ["@timestamp", "time", "timestamp"].iter().find_map(|n| root.value(n));
        event.time = match stamp {
            Some(Value::Str(text)) => context.time.iso(text),
            Some(number) => context.time.epoch_text(&number.to_text()),
            None => None,
        };
    }
    if event.get(Field::HostHostname).is_none() {
        let host = ["host.hostname", "host.name", "agent.hostname", "host", "hostname", "beat.hostname"]
            .iter()
            .find_map(|n| root.value(n));
        cloud::set(event, Field::HostHostname, host);
    }
    let container = root.value("container.name").or_else(|| root.value("container_name"));
    cloud::set(event, Field::ContainerName, container);
    cloud::set(event, Field::ContainerId, root.value("container.id").or_else(|| root.value("container_id")));
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::event::{TimeReader, Zone};
    use crate::sources::cloud::testing::shown;
    use crate::sources::{Dispatcher, SOURCES};

    fn read(text: &str, check: impl FnOnce(&Event<'_>)) {
        let arena = Bump::new();
        let time = TimeReader::new(Zone::default(), 1_798_934_400);
        let mut event = Event::new(SOURCES[0].meta());
        Dispatcher::default().read(text, None, &Context::new(&arena, &time), &mut event).unwrap();
        assert_eq!(event.original, text);
        check(&event);
    }

    #[test]
    fn a_line_of_docker() {
        let text = r#"{"log":"2026-12-31 00:00:00,123 WARN  [org.keycloak.events] (x) type=\"LOGIN_ERROR\", ipAddress=\"203.0.113.9\", error=\"e\"\n","stream":"stdout","time":"2026-12-30T15:00:00.5Z"}"#;
        read(text, |event| {
            assert_eq!(event.source.id, "keycloak");
            assert_eq!(shown(event, "source.ip"), "203.0.113.9");
        });
    }

    #[test]
    fn a_line_of_filebeat_with_time_and_host_from_around() {
        let text = r#"{"@timestamp":"2026-12-30T15:00:00Z","host":{"name":"vc01"},"message":"[categoryId=0 instanceId=23090 JobName=\"Files\" Description=\"Backup job 'Files' has been deleted.\"]"}"#;
        read(text, |event| {
            assert_eq!(event.source.id, "veeam");
            assert_eq!(shown(event, "host.hostname"), "vc01");
            assert_eq!(
                event.time.map(|t| t.timestamp().to_string()).as_deref(),
                Some("2026-12-30T15:00:00Z")
            );
        });
    }

    #[test]
    fn a_line_that_nobody_knows_is_still_an_event() {
        read(
            r#"{"log":"something happened\n","stream":"stdout","time":"2026-12-30T15:00:00.5Z"}"#,
            |event| {
                assert_eq!(event.source.id, "json_lines");
                assert!(event.time.is_some());
            },
        );
        let ecs = r#"{"@timestamp":"2026-12-30T15:00:00Z","message":"Dec 30 15:00:00 h x: y","event":{"action":"a"},"user":{"name":"taro"}}"#;
        read(ecs, |event| assert_eq!(shown(event, "user.name"), "taro"));
    }
}
