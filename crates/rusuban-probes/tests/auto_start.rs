//! The auto-start probe against trees of files, with the real systemctl as the judge of what is enabled and masked, and
//! against this machine with the real ethtool.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod machine_support;

use machine_support::{Tree, installed, printed};
use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::auto_start::{AutoStartFacts, Manager, WakeOnLan, WakeTimer};
use rusuban_probes::auto_start::AutoStartProbe;

const WAKING: &str =
    "[Timer]\nOnCalendar=*-*-* 07:30:00\nWakeSystem=yes\n[Install]\nWantedBy=timers.target\n";
const PLAIN: &str = "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n";

fn timers() -> Tree {
    let tree = Tree::new();
    tree.physical(3);
    tree.folder("/sys/class/net/lo");
    let usr = "/usr/lib/systemd/system";
    let etc = "/etc/systemd/system";
    tree.file("/usr/lib/systemd/systemd", "");
    for (name, text) in [
        ("morning.timer", WAKING),
        ("idle.timer", WAKING),
        ("plain.timer", PLAIN),
        ("masked.timer", WAKING),
        ("emptied.timer", WAKING),
        ("turned-off.timer", WAKING),
        ("turned-on.timer", PLAIN),
        ("shadowed.timer", WAKING),
        ("backup@.timer", WAKING),
    ] {
        tree.file(&format!("{usr}/{name}"), text);
    }
    tree.link(&format!("{etc}/masked.timer"), "/dev/null");
    tree.file(&format!("{etc}/emptied.timer"), "");
    tree.file(&format!("{etc}/shadowed.timer"), PLAIN);
    tree.file(&format!("{usr}/turned-off.timer.d/10.conf"), "[Timer]\nWakeSystem=yes\n");
    tree.file(&format!("{etc}/turned-off.timer.d/20.conf"), "[Timer]\nWakeSystem=no\n");
    tree.file(&format!("{etc}/turned-on.timer.d/wake.conf"), "[Timer]\nWakeSystem=true\n");
    tree.link(&format!("{etc}/alias.timer"), "/usr/lib/systemd/system/morning.timer");
    for name in ["morning", "plain", "masked", "turned-off", "turned-on", "shadowed"] {
        let unit = format!("{name}.timer");
        tree.link(&format!("{etc}/timers.target.wants/{unit}"), &format!("{usr}/{unit}"));
    }
    tree.link(&format!("{etc}/timers.target.wants/backup@daily.timer"), &format!("{usr}/backup@.timer"));
    tree
}

async fn look(tree: &Tree) -> AutoStartFacts {
    AutoStartProbe { host: tree.host(), ..AutoStartProbe::default() }.look().await.unwrap()
}

fn wake(facts: &AutoStartFacts) -> Vec<WakeTimer> {
    facts.timers.known().unwrap().wake.clone()
}

#[tokio::test]
async fn timers_that_wake_are_found_through_drop_ins_masks_aliases_and_templates() {
    let facts = look(&timers()).await;
    let found: Vec<(String, bool)> = wake(&facts).into_iter().map(|t| (t.unit, t.enabled)).collect();
    let expected = [
        ("backup@.timer", false),
        ("backup@daily.timer", true),
        ("idle.timer", false),
        ("morning.timer", true),
        ("turned-on.timer", true),
    ];
    assert_eq!(found, expected.map(|(unit, enabled)| (unit.to_owned(), enabled)));
    assert_eq!(facts.timers.known().unwrap().manager, Seen::Known(Manager::NotRunning));
}

#[tokio::test]
async fn the_real_systemctl_agrees_on_what_is_enabled_and_masked() {
    let tree = timers();
    let root = format!("--root={}", tree.root().display());
    let list = printed("systemctl", &[&root, "list-unit-files", "--type=timer", "--no-legend", "--no-pager"]);
    let state = |unit: &str| {
        let line = list.lines().find(|line| line.split_ascii_whitespace().next() == Some(unit));
        line.and_then(|line| line.split_ascii_whitespace().nth(1)).unwrap_or("absent").to_owned()
    };
    for timer in wake(&look(&tree).await) {
        // A template is "indirect" or "disabled"; its instance is no file of its own.
        if !timer.unit.contains('@') {
            assert_eq!(state(&timer.unit) == "enabled", timer.enabled, "{} in\n{list}", timer.unit);
        }
    }
    // An empty file loads as masked (systemd.unit(5)); by its files alone systemctl calls only the link so.
    assert_eq!(state("masked.timer"), "masked", "{list}");
    let instance = printed("systemctl", &[&root, "is-enabled", "backup@daily.timer"]);
    assert_eq!(instance.trim(), "enabled");
}

#[tokio::test]
async fn systemd_without_a_single_timer_is_a_failed_control() {
    let tree = Tree::new();
    tree.file("/usr/lib/systemd/systemd", "");
    let facts = look(&tree).await;
    assert!(matches!(&facts.timers, Seen::Unknown(why) if why.code == UnknownCode::ControlFailed));
}

#[tokio::test]
async fn a_running_service_manager_adds_what_no_file_shows() {
    let tree = timers();
    tree.folder("/run/systemd/system");
    let systemctl = tree.script(
        "/bin/systemctl",
        "printf 'WakeSystem=yes\\nId=morning.timer\\nActiveState=active\\n\\nWakeSystem=yes\\nId=run-r1.timer\\n\
         ActiveState=active\\n\\nWakeSystem=no\\nId=plain.timer\\nActiveState=active\\n'\n",
    );
    let probe = AutoStartProbe { host: tree.host(), systemctl, ..AutoStartProbe::default() };
    let facts = probe.look().await.unwrap();
    assert_eq!(facts.timers.known().unwrap().manager, Seen::Known(Manager::Running { timers: 3 }));
    let found = wake(&facts);
    let active = |unit: &str| found.iter().find(|timer| timer.unit == unit).and_then(|timer| timer.active);
    assert_eq!((active("morning.timer"), active("run-r1.timer")), (Some(true), Some(true)));
    assert_eq!(active("turned-on.timer"), Some(false));
}

#[tokio::test]
async fn a_service_manager_that_does_not_answer_hides_no_file() {
    let tree = timers();
    tree.folder("/run/systemd/system");
    for text in ["echo no bus >&2; exit 1\n", "exit 0\n"] {
        let systemctl = tree.script("/bin/systemctl", text);
        let probe = AutoStartProbe { host: tree.host(), systemctl, ..AutoStartProbe::default() };
        let facts = probe.look().await.unwrap();
        assert!(matches!(facts.timers.known().unwrap().manager, Seen::Unknown(_)));
        assert_eq!(wake(&facts).len(), 5);
    }
}

/// A desktop on which everything is set to start by itself.
fn desktop() -> (Tree, AutoStartProbe) {
    let tree = Tree::new();
    tree.physical(3);
    tree.folder("/sys/class/net/lo");
    tree.file("/sys/class/net/bonding_masters", "\n");
    tree.folder("/sys/class/net/eno1/device");
    tree.file("/sys/class/net/eno1/device/power/wakeup", "enabled\n");
    tree.file("/sys/class/rtc/rtc0/wakealarm", "1798497000\n");
    tree.file("/sys/class/rtc/rtc1/wakealarm", "\n");
    tree.folder("/sys/class/rtc/rtc2");
    tree.file("/etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n");
    tree.file(
        "/proc/acpi/wakeup",
        "Device\tS-state\t  Status   Sysfs node\nGLAN\t  S4\t*enabled   pci:0000:00:1f.6\n",
    );
    let attributes = "/sys/class/firmware-attributes/thinklmi/attributes";
    tree.file(&format!("{attributes}/WakeOnLAN/current_value"), "Automatic\n");
    tree.file(&format!("{attributes}/BootOrder/current_value"), "NVMe\n");
    tree.file(&format!("{attributes}/PowerOnPassword/current_value"), "x\n");
    tree.file("/dev/ipmi0", "");
    let ethtool = tree.script(
        "/bin/ethtool",
        "printf 'Settings for %s:\\n\\tSupports Wake-on: pumbg\\n\\tWake-on: ug\\n\\tLink detected: yes\\n' \"$1\"\n",
    );
    let ipmitool = tree.script(
        "/bin/ipmitool",
        "echo 'System Power         : on'; echo 'Power Restore Policy : always-on'\n",
    );
    let probe = AutoStartProbe { host: tree.host(), ethtool, ipmitool, ..AutoStartProbe::default() };
    (tree, probe)
}

#[tokio::test]
async fn alarms_firmware_settings_and_devices_of_a_desktop() {
    let (_tree, probe) = desktop();
    insta::assert_json_snapshot!(probe.look().await.unwrap(), @r#"
    {
      "platform": {
        "machine": {
          "known": "physical"
        },
        "dmi": {
          "known": {
            "sys_vendor": null,
            "product_name": null,
            "bios_vendor": null,
            "bios_version": null,
            "bios_date": null,
            "chassis_type": 3
          }
        }
      },
      "interfaces": {
        "known": [
          {
            "name": "eno1",
            "wake_on_lan": {
              "known": {
                "supported": {
                  "modes": "pumbg",
                  "enabled": "ug"
                }
              }
            },
            "wakeup": true
          },
          {
            "name": "lo",
            "wake_on_lan": {
              "known": "not_applicable"
            },
            "wakeup": null
          }
        ]
      },
      "clocks": {
        "known": [
          {
            "name": "rtc0",
            "alarm": 1798497000,
            "can_wake": true,
            "local_time": true
          },
          {
            "name": "rtc1",
            "alarm": null,
            "can_wake": true,
            "local_time": true
          },
          {
            "name": "rtc2",
            "alarm": null,
            "can_wake": false,
            "local_time": true
          }
        ]
      },
      "timers": {
        "known": {
          "units_read": 0,
          "manager": {
            "known": "not_running"
          },
          "wake": []
        }
      },
      "acpi": {
        "known": [
          "GLAN"
        ]
      },
      "firmware_settings": {
        "known": [
          {
            "name": "WakeOnLAN",
            "value": "Automatic"
          }
        ]
      },
      "power_restore": {
        "known": "always-on"
      }
    }
    "#);
}

#[tokio::test]
async fn a_tool_that_is_missing_is_told_for_each_card() {
    let tree = Tree::new();
    tree.folder("/sys/class/net/lo");
    tree.folder("/sys/class/net/eno1/device");
    let ethtool = rusuban_probes::command::Program::new("no-such-ethtool");
    let facts =
        AutoStartProbe { host: tree.host(), ethtool, ..AutoStartProbe::default() }.look().await.unwrap();
    let interfaces = facts.interfaces.known().unwrap();
    assert!(matches!(&interfaces[0].wake_on_lan, Seen::Unknown(why) if why.code == UnknownCode::ToolMissing));
    assert_eq!(interfaces[1].wake_on_lan, Seen::Known(WakeOnLan::NotApplicable));
}

#[tokio::test]
async fn a_machine_without_even_a_loopback_was_not_seen() {
    let facts = look(&Tree::new()).await;
    assert!(matches!(&facts.interfaces, Seen::Unknown(why) if why.code == UnknownCode::ControlFailed));
}

#[tokio::test]
async fn this_machine_is_seen_with_the_real_ethtool() {
    installed("ethtool");
    let facts = AutoStartProbe::default().look().await.unwrap();
    let interfaces = facts.interfaces.known().unwrap();
    let loopback = interfaces.iter().find(|interface| interface.name == "lo").unwrap();
    assert_eq!(loopback.wake_on_lan, Seen::Known(WakeOnLan::NotApplicable));
    for interface in interfaces {
        if let Seen::Unknown(why) = &interface.wake_on_lan {
            // Without the right to ask it must say so, and nothing else is excused.
            assert_eq!(why.code, UnknownCode::NoPermission, "{interface:?}");
        }
    }
}
