//! What holds for all detectors, and a quiet office.

use super::fixture::{activity, failures, login, of};
use super::*;
use crate::activity::How;
use crate::context::fixture::office;

#[test]
fn every_detector_is_described_in_both_languages() {
    let mut ids: Vec<_> = DETECTORS.iter().map(|d| d.meta.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), DETECTORS.len());
    for detector in DETECTORS {
        let meta = detector.meta;
        assert!(meta.id.starts_with("closure."), "{}", meta.id);
        assert!(meta.techniques.is_sorted(), "{}", meta.id);
        assert!(!meta.next.is_empty(), "{}", meta.id);
        for (lang, heads) in [
            (Lang::Ja, ["## なぜ", "## 見つけ方", "## 次にすること", "## 出典"]),
            (Lang::En, ["## Why", "## How it is found", "## What to do next", "## Source"]),
        ] {
            let guide = meta.guide(lang);
            assert!(guide.starts_with("# "), "{}", meta.id);
            for head in heads {
                assert!(guide.contains(head), "{} lacks {head}", meta.id);
            }
        }
        for text in [meta.title.0, meta.why.0] {
            assert!(!text.is_ascii(), "{}", meta.id);
        }
    }
}

/// Nine days with the noise of every office: nothing but noise may be found.
#[test]
fn a_quiet_office_opens_no_case() {
    let mut all = Vec::new();
    for day in 1..=31 {
        let date = format!("2026-12-{day:02}");
        for hour in 0..24 {
            // Brute force from the Internet that never succeeds, monitoring, backups.
            let time = format!("{date} {hour:02}:10");
            all.push(failures(How::Ssh, "root", "203.0.113.77", "web1", &time, 40));
            all.push(failures(How::Vpn, "admin", &format!("192.0.2.{hour}"), "vpn1", &time, 3));
            all.push(login(How::Ssh, "zabbix", "10.0.0.9", "web1", &time));
        }
        all.push(login(How::Ssh, "svc-backup", "10.0.0.8", "db1", &format!("{date} 02:00")));
        all.push(Activity {
            object: "restic forget".into(),
            ..activity(Kind::BackupDestroyed, "svc-backup", "", "db1", &format!("{date} 02:30"))
        });
        all.push(Activity {
            object: "ClamAV".into(),
            ..activity(Kind::SecurityToolStopped, "", "", "web1", &format!("{date} 03:00"))
        });
        all.push(Activity {
            object: "ClamAV".into(),
            ..activity(Kind::SecurityToolStarted, "", "", "web1", &format!("{date} 03:01"))
        });
    }
    // The duty officer, from home and at the desk; before the closure too.
    all.push(login(How::Vpn, "yamada", "203.0.113.20", "vpn1", "2026-12-15 09:00"));
    all.push(login(How::Vpn, "yamada", "203.0.113.21", "vpn1", "2026-12-30 09:00"));
    all.push(login(How::Console, "CORP\\yamada", "", "pc1", "2026-12-30 09:30"));
    // The approved vendor.
    all.push(login(How::Ssh, "vendor1", "198.51.100.9", "ups1", "2026-12-31 10:30"));
    let findings = detect(&of(all), &office(true));
    let loud: Vec<_> = findings.list.iter().filter(|f| !f.level.is_noise()).collect();
    assert!(loud.is_empty(), "{loud:#?}");
    let low: Vec<_> = findings.list.iter().filter(|f| &*f.from == "203.0.113.77").collect();
    assert_eq!(low.len(), 1, "one source, one finding: {low:#?}");
}
