//! The lists that a review asks for, as an officer would write them.

use std::fmt::Write as _;
use std::path::Path;

use super::formats::iso;
use super::{CLOSED_DAYS, moment, noise};

/// Writes them all.
pub fn write(out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out)?;
    let mut roster = String::from("当番,開始,終了,役割\n");
    for day in 0..CLOSED_DAYS {
        let (who, _) = noise::on_duty(day);
        writeln!(roster, "{who},{},{},当番", iso(moment(day, 0, 0)), iso(moment(day + 1, 0, 0)))?;
    }
    std::fs::write(out.join("roster.csv"), roster)?;
    for (name, text) in FILES {
        std::fs::write(out.join(name), text)?;
    }
    Ok(())
}

const FILES: [(&str, &str); 6] = [
    (
        "people.csv",
        "職員番号,氏名,ログイン名,休暇開始,休暇終了,退職日
1001,佐藤,sato,,,
1002,鈴木,suzuki,2026-12-24,2027-01-08,
1003,高橋,takahashi,,,
1004,田中,tanaka,,,
1005,伊藤,ito,,,2026-11-30
1006,渡辺,watanabe,,,
1007,山本,yamamoto,,,
1008,中村,nakamura,,,
1009,小林,kobayashi,,,
1010,加藤,kato,,,2027-03-31
1011,森,mori,,,
1012,林,hayashi,,,
",
    ),
    (
        "approved.csv",
        "作業者,開始,終了,理由,対象機器
yamamoto,2026-12-29T13:00,2026-12-29T16:00,空調工事の立会い,srv2
vendor-fuji,2027-01-03T09:00,2027-01-03T12:00,保守（富士システム）,srv2
mori,2026-12-26,2027-01-05,在宅での作業,
hayashi,2026-12-26,2027-01-05,在宅での作業,
",
    ),
    (
        "services.csv",
        "アカウント,接続元,用途
svc-backup,192.168.10.5,夜間バックアップ
svc-monitor,192.168.10.6,監視
",
    ),
    (
        "hosts.csv",
        "機器名,IPアドレス,停止開始,停止終了,常時記録
pc-27,192.168.10.27,2026-12-26,2027-01-05,
pc-28,192.168.10.28,2026-12-26,2027-01-05,
rt1,192.168.10.1,,,yamaha_rtx
fw1,192.168.10.2,,,fortigate
",
    ),
    (
        "carried-out.csv",
        "機器番号,識別名,持出者,持出日,返却日,持出先
nb-29,nb-29,mori,2026-12-25,2027-01-05,自宅
",
    ),
    (
        "networks.csv",
        "ネットワーク,区分,備考
203.0.113.1,自組織,回線の固定アドレス
203.0.113.2,自組織,回線の固定アドレス
192.0.2.200,業者,富士システム
",
    ),
];
