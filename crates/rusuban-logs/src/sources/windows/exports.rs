//! Windows events as two programs export them with nothing but the message for people: Event Viewer's "Save as CSV" (Japanese
//! or English), and the blocks of `name=value` lines that Splunk's forwarder collects.

use super::nxlog::{message, system_value};
use super::rendered;
use super::text::number;
use crate::event::{Event, EventTime, Field, TimeReader, Value, civil_seconds};
use crate::sources::{Context, Line, Refusal, Source, SourceMeta, csv};

/// Exports of Windows events.
#[derive(Debug)]
pub struct Exports;

static META: SourceMeta = SourceMeta { id: "windows", product: "Windows", vendor: "Microsoft" };

/// Event Viewer's columns; the message has none and comes last.
const COLUMNS: [(&str, [&str; 4]); 5] = [
    ("Level", ["Level", "Keywords", "レベル", "キーワード"]),
    ("Time", ["Date and Time", "日付と時刻", "", ""]),
    ("Source", ["Source", "ソース", "", ""]),
    ("EventID", ["Event ID", "イベント ID", "", ""]),
    ("Category", ["Task Category", "タスクのカテゴリ", "", ""]),
];

/// Splunk's names of what stands in an event's System part.
const SPLUNK: [(&str, &str); 7] = [
    ("LogName", "Channel"),
    ("SourceName", "Provider_Name"),
    ("EventCode", "EventID"),
    ("ComputerName", "Computer"),
    ("RecordNumber", "EventRecordID"),
    ("Sid", "UserID"),
    ("OpCode", "OpcodeName"),
];

impl Source for Exports {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if let Some(columns) =
            line.columns.filter(|c| place(c, "EventID").is_some() && place(c, "Source").is_some())
        {
            clear(event);
            return viewer(line.text, columns, context, event);
        }
        let Some((head, rest)) = line.text.split_once('\n') else { return Err(Refusal::NotMine) };
        if !rest.starts_with("LogName=") {
            return Err(Refusal::NotMine);
        }
        clear(event);
        splunk(head, rest, context, event)
    }
}

/// What looked like an envelope is part of the record.
fn clear(event: &mut Event<'_>) {
    for field in [Field::HostHostname, Field::LogSyslogAppname, Field::ProcessPid, Field::Message] {
        event.unset(field);
    }
    event.time = None;
}

/// Where a column stands.
fn place(columns: &[&str], name: &str) -> Option<usize> {
    let (_, names) = COLUMNS.iter().find(|(known, _)| *known == name)?;
    columns.iter().position(|c| names.contains(c))
}

/// A row of Event Viewer.
fn viewer<'a>(
    text: &'a str,
    columns: &[&str],
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    let separator = if text.split(',').next().is_some_and(|first| first.contains('\t')) { '\t' } else { ',' };
    let cells =
        csv::fields(text, separator, context.arena).ok_or(Refusal::Broken("a quote that is never closed"))?;
    let cell =
        |name| place(columns, name).and_then(|at| cells.get(at)).map(|c| c.trim()).filter(|c| !c.is_empty());
    let id = cell("EventID")
        .map(Value::Str)
        .and_then(number)
        .ok_or(Refusal::Broken("the event has no EventID"))?;
    let provider = cell("Source").unwrap_or_default();
    event.time = cell("Time").and_then(|t| time(t, context.time));
    if event.time.is_none() {
        return Err(Refusal::Broken("the time of the event is not known"));
    }
    event.native.push(("Provider_Name", Value::Str(provider)));
    event.native.push(("EventID", Value::UInt(id)));
    let channel = channel(provider, id);
    if !channel.is_empty() {
        event.native.push(("Channel", Value::Str(channel)));
    }
    level(event, cell("Level").unwrap_or_default());
    if let Some(category) = cell("Category") {
        event.native.push(("TaskCategory", Value::Str(category)));
    }
    told(event, cells.get(columns.len()).copied(), context);
    Ok(())
}

/// A block of Splunk's: a time, `name=value` lines, and a message to the end.
fn splunk<'a>(
    head: &'a str,
    rest: &'a str,
    context: &Context<'a, '_>,
    event: &mut Event<'a>,
) -> Result<(), Refusal> {
    event.time = time(head.trim(), context.time);
    let (pairs, text) = match rest.split_once("\nMessage=") {
        Some((pairs, text)) => (pairs, Some(text)),
        None => (rest, None),
    };
    for line in pairs.lines() {
        let Some((name, value)) = line.trim_end().split_once('=') else { continue };
        match name {
            "Keywords" | "Type" => level(event, value),
            _ => {
                let name = SPLUNK.iter().find(|(theirs, _)| *theirs == name).map_or(name, |(_, ours)| *ours);
                event.native.push((name, system_value(name, Value::Str(value))));
            }
        }
    }
    if event.native("EventID").and_then(number).is_none() {
        return Err(Refusal::Broken("the event has no EventID"));
    }
    if let Some(Value::UInt(record)) = event.native("EventRecordID") {
        event.position.record = Some(record);
    }
    told(event, text, context);
    Ok(())
}

/// The message, and what it says.
fn told<'a>(event: &mut Event<'a>, text: Option<&'a str>, context: &Context<'a, '_>) {
    message(event, text);
    if let Some(text) = text {
        event.native.push(("Message", Value::Str(text)));
        rendered::fields(event, text);
    }
    super::map(event, context.arena);
}

/// Words for levels and for how an audit went.
fn level(event: &mut Event<'_>, word: &str) {
    let level = match word {
        "Critical" | "重大" => 1,
        "Error" | "エラー" => 2,
        "Warning" | "警告" => 3,
        "Information" | "情報" => 4,
        "Verbose" | "詳細" => 5,
        "Audit Success" | "成功の監査" => {
            event.native.push(("Keywords", Value::Hex(0x8020_0000_0000_0000)));
            return;
        }
        "Audit Failure" | "失敗の監査" => {
            event.native.push(("Keywords", Value::Hex(0x8010_0000_0000_0000)));
            return;
        }
        _ => return,
    };
    event.native.push(("Level", Value::UInt(level)));
}

/// The channel that a provider writes to: an export does not name it.
fn channel(provider: &str, id: u64) -> &'static str {
    const OPERATIONAL: [(&str, &str); 7] = [
        (
            "TerminalServices-LocalSessionManager",
            "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
        ),
        (
            "TerminalServices-RemoteConnectionManager",
            "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
        ),
        ("Windows Defender", "Microsoft-Windows-Windows Defender/Operational"),
        ("TaskScheduler", "Microsoft-Windows-TaskScheduler/Operational"),
        ("Sysmon", "Microsoft-Windows-Sysmon/Operational"),
        ("PowerShell", "Microsoft-Windows-PowerShell/Operational"),
        ("SMBServer", "Microsoft-Windows-SMBServer/Security"),
    ];
    let short = provider.strip_prefix("Microsoft-Windows-").unwrap_or(provider);
    let found = OPERATIONAL.iter().find(|(name, _)| *name == short).map(|(_, channel)| *channel);
    let security =
        short == "Security-Auditing" || provider.eq_ignore_ascii_case("Microsoft Windows security auditing.");
    match short {
        _ if security => "Security",
        "Eventlog" | "EventLog" if matches!(id, 1100..=1105) => "Security",
        "Eventlog"
        | "EventLog"
        | "Service Control Manager"
        | "Kernel-General"
        | "Kernel-Power"
        | "Kernel-Boot" => "System",
        _ => found.unwrap_or_default(),
    }
}

/// `2026/12/26 3:04:05`, `12/26/2026 3:04:05 AM`, `26/12/2026 03:04:05` (where the clock has 24 hours, the day comes first).
fn time(text: &str, reader: &TimeReader) -> Option<EventTime> {
    let mut words = text.split_whitespace();
    let (day, clock, half) = (words.next()?, words.next()?, words.next());
    let numbers = |text: &str, marks: &[char]| -> Option<[u32; 3]> {
        let mut parts = text.split(marks).map(|n| n.parse().ok());
        let three = [parts.next()??, parts.next()??, parts.next()??];
        parts.next().is_none().then_some(three)
    };
    let [a, b, c] = numbers(day, &['/', '-', '.'])?;
    let (clock, _) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = numbers(clock, &[':'])?;
    let (year, month, day) = match half {
        _ if a > 31 => (a, b, c),
        Some(_) => (c, a, b),
        None if b > 12 => (c, a, b),
        None => (c, b, a),
    };
    let hour = match half {
        Some("AM" | "午前") if hour <= 12 => hour % 12,
        Some("PM" | "午後") if hour <= 12 => hour % 12 + 12,
        None => hour,
        Some(_) => return None,
    };
    reader.local(civil_seconds(i64::from(year), month, day, hour, minute, second)?, 0, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::to_json;
    use crate::sources::testing;
    use bumpalo::Bump;

    const JA: &[&str] = &["キーワード", "日付と時刻", "ソース", "イベント ID", "タスクのカテゴリ"];
    const EN: &[&str] = &["Keywords", "Date and Time", "Source", "Event ID", "Task Category"];

    fn row(text: &str, columns: &[&str]) -> Result<serde_json::Value, Refusal> {
        let arena = Bump::new();
        let time = testing::reader();
        let line = Line {
            text,
            envelope: crate::sources::Envelope::default(),
            message: text,
            json: None,
            columns: Some(columns),
        };
        let mut event = Event::new(&META);
        Exports.parse(&line, &Context::new(&arena, &time), &mut event)?;
        Ok(to_json(&event, "-"))
    }

    #[test]
    fn a_failed_login_in_japanese_and_english() {
        let ja = "失敗の監査,2026/12/26 3:04:05,Microsoft-Windows-Security-Auditing,4625,Logon,\"アカウントがログオンに失敗しました。\n\nサブジェクト:\n\tセキュリティ ID:\t\tSYSTEM\n\tアカウント名:\t\tFS1$\n\tアカウント ドメイン:\t\tOFFICE\n\nログオン タイプ:\t\t\t10\n\nログオンを失敗したアカウント:\n\tセキュリティ ID:\t\tNULL SID\n\tアカウント名:\t\ttaro\n\tアカウント ドメイン:\t\tOFFICE\n\nエラー情報:\n\t失敗の原因:\t\tユーザー名を認識できないか、またはパスワードが間違っています。\n\tステータス:\t\t\t0xC000006D\n\tサブ ステータス:\t\t0xC000006A\n\nネットワーク情報:\n\tワークステーション名:\tPC9\n\tソース ネットワーク アドレス:\t203.0.113.9\n\tソース ポート:\t\t50000\"";
        let en = "Audit Failure,12/26/2026 3:04:05 AM,Microsoft-Windows-Security-Auditing,4625,Logon,\"An account failed to log on.\n\nSubject:\n\tSecurity ID:\t\tSYSTEM\n\tAccount Name:\t\tFS1$\n\tAccount Domain:\t\tOFFICE\n\nLogon Type:\t\t\t10\n\nAccount For Which Logon Failed:\n\tSecurity ID:\t\tNULL SID\n\tAccount Name:\t\ttaro\n\tAccount Domain:\t\tOFFICE\n\nFailure Information:\n\tFailure Reason:\t\tUnknown user name or bad password.\n\tStatus:\t\t\t0xC000006D\n\tSub Status:\t\t0xC000006A\n\nNetwork Information:\n\tWorkstation Name:\tPC9\n\tSource Network Address:\t203.0.113.9\n\tSource Port:\t\t50000\"";
        for (text, columns) in [(ja, JA), (en, EN)] {
            let event = row(text, columns).unwrap();
            assert_eq!(event["@timestamp"], "2026-12-25T18:04:05.000000Z");
            assert_eq!(
                (&event["user"]["name"], &event["user"]["domain"]),
                (&"taro".into(), &"OFFICE".into())
            );
            assert_eq!(
                (&event["source"]["ip"], &event["source"]["port"]),
                (&"203.0.113.9".into(), &50000.into())
            );
            assert_eq!(
                (&event["event"]["outcome"], &event["event"]["reason"]),
                (&"failure".into(), &"wrong password".into())
            );
            assert_eq!(event["winlog"]["logon"]["type"], "RemoteInteractive");
        }
    }

    #[test]
    fn other_rows_of_event_viewer() {
        let service = "情報,2026/12/26 3:04:05,Service Control Manager,7045,なし,\"サービスがシステムにインストールされました。\n\nサービス名:  updater\nサービス ファイル名:  C:\\Temp\\u.exe\nサービスの種類:  ユーザー モード サービス\"";
        let event = row(service, JA).unwrap();
        assert_eq!(
            (&event["service"]["name"], &event["winlog"]["channel"]),
            (&"updater".into(), &"System".into())
        );
        let cleared = "Information,26/12/2026 03:04:05,Microsoft-Windows-Eventlog,1102,Log clear,\"The audit log was cleared.\nSubject:\n\tSecurity ID:\tS-1-5-21\n\tAccount Name:\ttaro\n\tDomain Name:\tOFFICE\"";
        let event = row(cleared, EN).unwrap();
        assert_eq!(
            (&event["event"]["action"], &event["user"]["name"]),
            (&"audit-log-cleared".into(), &"taro".into())
        );
        assert!(matches!(
            row("情報,いつか,Service Control Manager,7045,なし,x", JA),
            Err(Refusal::Broken(_))
        ));
        assert!(matches!(row("情報,2026/12/26 3:04:05,S,1,なし,\"x", JA), Err(Refusal::Broken(_))));
    }

    #[test]
    fn a_block_of_splunk() {
        let text = "12/26/2026 03:04:05 AM\nLogName=Security\nEventCode=4771\nEventType=0\nComputerName=DC1.example.jp\nSourceName=Microsoft Windows security auditing.\nType=Information\nRecordNumber=77\nKeywords=Audit Failure\nTaskCategory=Kerberos Authentication Service\nOpCode=Info\nMessage=Kerberos pre-authentication failed.\n\nAccount Information:\n\tSecurity ID:\t\tS-1-5-21-1\n\tAccount Name:\t\ttaro\n\nNetwork Information:\n\tClient Address:\t\t::ffff:203.0.113.9\n\tClient Port:\t\t50000\n\nAdditional Information:\n\tFailure Code:\t\t0x18\n";
        let event = testing::read(text, |event| to_json(event, "-")).unwrap();
        assert_eq!((&event["user"]["name"], &event["source"]["ip"]), (&"taro".into(), &"203.0.113.9".into()));
        assert_eq!(
            (&event["event"]["outcome"], &event["event"]["reason"]),
            (&"failure".into(), &"wrong password".into())
        );
        assert_eq!(
            (&event["host"]["name"], &event["winlog"]["record_id"]),
            (&"DC1.example.jp".into(), &77.into())
        );
        assert_eq!(event["@timestamp"], "2026-12-25T18:04:05.000000Z");
        assert!(matches!(
            testing::read("12/26/2026 03:04:05 AM\nLogName=Security\nEventType=0", |_| ()),
            Err(Refusal::Broken(_))
        ));
    }
}
