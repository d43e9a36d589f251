//! Sign-ins and audits of Microsoft Entra ID as the portal's "Download" button gives them in CSV, in English or Japanese.

use crate::event::{Event, Field, Value};

use super::cloud::{self, own};
use super::entra_id::META;
use super::{Context, Line, Refusal, Source, SourceMeta, csv};

/// The source.
#[derive(Debug)]
pub struct EntraCsv;

/// The columns of a row, by name.
struct Row<'a> {
    columns: &'a [&'a str],
    fields: &'a [&'a str],
}

impl<'a> Row<'a> {
    /// The field of the first of several names that is not empty.
    fn get(&self, names: &[&str]) -> Option<&'a str> {
        let found = names.iter().find_map(|n| csv::column(self.columns, self.fields, n));
        found.map(str::trim).filter(|f| !f.is_empty())
    }

    fn set(&self, event: &mut Event<'a>, field: Field, names: &[&str]) {
        cloud::set(event, field, self.get(names).map(Value::Str));
    }
}

/// The times' column, which says that they are UTC.
const DATE: [&str; 2] = ["Date (UTC)", "日付 (UTC)"];

impl Source for EntraCsv {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let columns = line.columns.ok_or(Refusal::NotMine)?;
        let there =
            |names: &[&str]| columns.iter().any(|c| names.iter().any(|n| c.trim().eq_ignore_ascii_case(n)));
        let sign_ins = there(&["Sign-in error code", "サインインのエラー コード", "Incoming token type"]);
        let audits = there(&["ActorUserPrincipalName"]) && there(&["Activity"]);
        if !there(&DATE) || !(sign_ins || audits) {
            return Err(Refusal::NotMine);
        }
        let fields = csv::fields(line.text, ',', context.arena)
            .filter(|f| f.len() <= columns.len())
            .ok_or(Refusal::Broken("row that does not fit its header"))?;
        let row = Row { columns, fields };
        event.unset(Field::HostHostname);
        event.unset(Field::LogSyslogAppname);
        event.unset(Field::Message);
        event.time = row.get(&DATE).and_then(|t| cloud::utc(t, context.time));
        if event.time.is_none() {
            return Err(Refusal::Broken("row whose date cannot be read"));
        }
        for (name, value) in columns.iter().zip(fields).filter(|(_, v)| !v.is_empty()) {
            event.native.push((name.trim(), Value::Str(value)));
        }
        event.logsource.product = "azure";
        event.set(Field::CloudProvider, "azure");
        row.set(event, Field::TraceId, &["Correlation ID", "CorrelationId", "相関 ID"]);
        if let Some(address) = row.get(&["IP address", "IPAddress", "IP アドレス"]) {
            cloud::source(event, address, context.arena);
        }
        if sign_ins {
            sign_in(&row, event);
        } else {
            audit(&row, event);
        }
        Ok(())
    }
}

fn sign_in<'a>(row: &Row<'a>, event: &mut Event<'a>) {
    event.logsource.service = "signinlogs";
    event.set(Field::EventAction, "Sign-in activity");
    let status = row.get(&["Status", "状態"]);
    let success = match status {
        Some("Success" | "成功") => Some(true),
        Some("Failure" | "Interrupted" | "失敗" | "中断") => Some(false),
        _ => None,
    };
    let requirement = row.get(&["Authentication requirement", "認証要件"]);
    let multi = requirement.map(|r| r.starts_with("Multi") || r.starts_with("多要素"));
    cloud::sign_in(event, success, multi);
    if let Some(name) = row.get(&["Username", "ユーザー名", "Sign-in identifier"]) {
        cloud::account(event, name, true);
    }
    row.set(event, Field::UserFullName, &["User", "ユーザー"]);
    row.set(event, Field::UserId, &["User ID", "ユーザー ID"]);
    row.set(event, Field::UserAgentOriginal, &["User agent", "ユーザー エージェント"]);
    row.set(event, Field::UserAgentName, &["Browser", "ブラウザー"]);
    row.set(event, Field::HostOsFull, &["Operating System", "オペレーティング システム"]);
    row.set(event, Field::ServiceName, &["Application", "アプリケーション"]);
    row.set(event, Field::DeviceId, &["Device ID", "デバイス ID"]);
    row.set(event, Field::SessionId, &["Session ID", "セッション ID"]);
    // `City, State, JP`.
    if let Some(place) = row.get(&["Location", "場所"]) {
        let mut parts = place.rsplit(", ");
        if let Some(country) = parts.next().filter(|c| c.len() == 2) {
            event.set(Field::SourceGeoCountryIsoCode, country);
        }
        if let Some(region) = parts.next() {
            event.set_text(Field::SourceGeoRegionName, region);
        }
        if let Some(city) = parts.next() {
            event.set_text(Field::SourceGeoCityName, city);
        }
    }
    let code = row.get(&["Sign-in error code", "サインインのエラー コード"]);
    cloud::set(event, Field::EventCode, code.map(Value::Str));
    if success == Some(false) {
        cloud::set(event, Field::ErrorCode, code.map(Value::Str));
        row.set(event, Field::EventReason, &["Failure reason", "エラーの理由"]);
    }
    own(event, "ResultType", code.map(Value::Str).or(success.filter(|s| *s).map(|_| Value::Str("0"))));
    own(
        event,
        "AuthenticationRequirement",
        multi.map(|m| Value::Str(if m { "multiFactorAuthentication" } else { "singleFactorAuthentication" })),
    );
    own(event, "userAgent", row.get(&["User agent"]).map(Value::Str));
    own(event, "ClientApp", row.get(&["Client app", "クライアント アプリ"]).map(Value::Str));
    own(event, "ResourceDisplayName", row.get(&["Resource", "リソース"]).map(Value::Str));
}

fn audit<'a>(row: &Row<'a>, event: &mut Event<'a>) {
    event.logsource.service = "auditlogs";
    let action = row.get(&["Activity"]).unwrap_or_default();
    event.set_text(Field::EventAction, action);
    event.category(&[Value::Str("iam")]);
    event.kind(cloud::iam_types(action));
    match row.get(&["Result"]) {
        Some(r) if r.eq_ignore_ascii_case("success") => event.outcome(true),
        Some(r) if r.eq_ignore_ascii_case("failure") => event.outcome(false),
        _ => {}
    }
    if let Some(name) = row.get(&["ActorUserPrincipalName"]) {
        cloud::account(event, name, true);
    }
    row.set(event, Field::UserId, &["ActorObjectId"]);
    row.set(event, Field::UserFullName, &["ActorDisplayName"]);
    row.set(event, Field::EventReason, &["ResultReason"]);
    row.set(event, Field::EventProvider, &["Service"]);
    row.set(event, Field::EventDataset, &["Category"]);
    row.set(event, Field::UserTargetName, &["Target1UserPrincipalName"]);
    match row.get(&["Target1Type"]) {
        Some("Group") => row.set(event, Field::GroupName, &["Target1DisplayName"]),
        Some("Device") => row.set(event, Field::HostName, &["Target1DisplayName"]),
        _ => {}
    }
    for (name, field) in [("Role.DisplayName", Field::UserRoles), ("Group.DisplayName", Field::GroupName)] {
        let at = row.fields.iter().position(|f| *f == name);
        let new = at
            .and_then(|i| row.fields.get(i + 2).filter(|v| !v.is_empty()).or_else(|| row.fields.get(i + 1)));
        cloud::set(event, field, new.map(|v| Value::Str(cloud::bare(v))));
    }
    for name in ["properties.message", "operationName", "OperationName", "ActivityDisplayName"] {
        own(event, name, Some(Value::Str(action)));
    }
    own(event, "LoggedByService", row.get(&["Service"]).map(Value::Str));
    own(event, "Status", row.get(&["Result"]).map(Value::Str));
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::*;
    use crate::event::{TimeReader, Zone};
    use crate::sources::Dispatcher;
    use crate::sources::cloud::testing::shown;

    fn read(columns: &[&str], row: &str, check: impl FnOnce(&Event<'_>)) {
        let arena = Bump::new();
        let time = TimeReader::new(Zone(jiff::tz::TimeZone::get("Asia/Tokyo").unwrap()), 1_798_934_400);
        let mut event = Event::new(&META);
        Dispatcher::default().read(row, Some(columns), &Context::new(&arena, &time), &mut event).unwrap();
        assert_eq!(event.source.id, "entra_id");
        check(&event);
    }

    #[test]
    fn a_failed_sign_in() {
        let columns = [
            "Date (UTC)",
            "User",
            "Username",
            "IP address",
            "Location",
            "Status",
            "Sign-in error code",
            "Failure reason",
        ];
        let row = "2026-12-30T15:00:00Z,山田太郎,taro@example.co.jp,203.0.113.9,\"Riga, Riga, LV\",Failure,50126,Invalid password.";
        read(&columns, row, |event| {
            assert_eq!(shown(event, "user.name"), "taro@example.co.jp");
            assert_eq!(shown(event, "source.geo.country_iso_code"), "LV");
            assert_eq!(shown(event, "event.outcome"), "failure");
            assert_eq!(
                event.time.map(|t| t.timestamp().to_string()).as_deref(),
                Some("2026-12-30T15:00:00Z")
            );
        });
    }

    #[test]
    fn a_role_is_given() {
        let columns = [
            "Date (UTC)",
            "Service",
            "Category",
            "Activity",
            "Result",
            "ActorUserPrincipalName",
            "IPAddress",
            "Target1Type",
            "Target1UserPrincipalName",
            "Target1ModifiedProperty1Name",
            "Target1ModifiedProperty1OldValue",
            "Target1ModifiedProperty1NewValue",
        ];
        let row = "2026-12-30T15:00:00Z,Core Directory,RoleManagement,Add member to role,success,admin@example.co.jp,203.0.113.9,User,taro@example.co.jp,Role.DisplayName,,\"\"\"Global Administrator\"\"\"";
        read(&columns, row, |event| {
            assert_eq!(shown(event, "user.roles"), "Global Administrator");
            assert_eq!(shown(event, "user.target.name"), "taro@example.co.jp");
        });
    }
}
