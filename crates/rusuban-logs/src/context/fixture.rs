//! A small office for tests: nine days closed, people, machines, networks.

use jiff::tz::TimeZone;

use super::lists::List;
use super::{ClosureContext, Lists, Period};
use crate::activity::Nanos;

/// The nanoseconds of a time in Tokyo: `2026-12-30 03:04` or with seconds.
pub(crate) fn at(text: &str) -> Nanos {
    let text = if text.len() == 16 { format!("{text}:00") } else { text.to_owned() };
    let stamp: jiff::Timestamp = format!("{}+09:00", text.replace(' ', "T")).parse().unwrap();
    i64::try_from(stamp.as_nanosecond()).unwrap()
}

/// The closure is 2026-12-26 to 2027-01-03. `yamada` is on duty on the 30th by day, `sato` on leave, `suzuki` has left.
pub(crate) fn office(baseline: bool) -> ClosureContext {
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    let mut lists = Lists::default();
    let files = [
        (
            List::People,
            "id,name,logins,leave_from,leave_to,left_on\n1,山田 太郎,yamada,,,\n2,佐藤 花子,sato,2026-12-26,2027-01-03,\n\
             3,鈴木 一郎,suzuki,,,2026-09-30\n4,高橋 次郎,takahashi,,,\n",
        ),
        (List::Roster, "who,from,to,role\n山田 太郎,2026-12-30 08:00,2026-12-30 20:00,監視\n"),
        (List::Approved, "who,from,to,reason,host\nvendor1,2026-12-31 10:00,2026-12-31 12:00,UPS交換,\n"),
        (List::Services, "account,from,purpose\nsvc-*,10.0.0.0/8,バックアップ\nzabbix,,監視\n"),
        (
            List::Hosts,
            "name,addresses,off_from,off_to,always_on\nfs1,10.0.0.5,2026-12-26,2027-01-03,\nfw1,10.0.0.1,,,はい\n",
        ),
        (List::CarriedOut, "id,names,who,from,to,place\nPC-7,NOTE7,takahashi,2026-12-25,2027-01-04,自宅\n"),
        (List::Networks, "network,kind,note\n198.51.100.0/24,業者,保守\n"),
    ];
    for (list, text) in files {
        lists.read(list, list.file_name(), text, &zone).unwrap();
    }
    let closure = Period { from: at("2026-12-26 00:00"), to: at("2027-01-04 00:00") };
    ClosureContext::new(closure, zone, baseline.then(|| at("2026-12-01 00:00")), lists)
}
