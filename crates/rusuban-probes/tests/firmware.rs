//! The firmware probe against the real fwupd, on a message bus and with settings of its own. The pretended camera of
//! fwupd's test plugin stands for a device.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]

mod machine_support;

use std::process::{Command, Stdio};

use machine_support::{Daemon, Tree, installed, until};
use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_core::world::firmware::{DeviceState, FirmwareDevice, FirmwareFacts};
use rusuban_probes::command::Program;
use rusuban_probes::firmware::FirmwareProbe;

/// The version of the pretended camera is 1.2.2.
const CAMERA: &str = "b585990a-003e-5270-89d5-3705a17f9a43";

/// A bus and a fwupd on it. Dropped in this order: fwupd first.
struct Service {
    _fwupd: Daemon,
    _bus: Daemon,
    fwupdmgr: Program,
    tree: Tree,
}

impl Service {
    /// Starts fwupd with one source of lists.
    fn start(remote: &str, list: &str) -> Self {
        let tree = Tree::new();
        tree.physical(10);
        let root = tree.root().display().to_string();
        tree.file("/etc/fwupd/fwupd.conf", "[fwupd]\nTestDevices=true\n");
        tree.file("/etc/fwupd/remotes.d/test.conf", &remote.replace("ROOT", &root));
        tree.file("/list.xml", list);
        let socket = format!("{root}/bus.sock");
        let bus = bus(&tree, &socket);
        let address = format!("unix:path={socket}");
        let daemon = if std::path::Path::new("/usr/libexec/fwupd/fwupd").exists() {
            "/usr/libexec/fwupd/fwupd".into()
        } else {
            installed("/usr/lib/fwupd/fwupd")
        };
        let fwupd = Daemon::start(
            Command::new::<std::path::PathBuf>(daemon)
                .env("DBUS_SYSTEM_BUS_ADDRESS", &address)
                .env("FWUPD_SYSCONFDIR", format!("{root}/etc"))
                .env("FWUPD_LOCALSTATEDIR", format!("{root}/var"))
                .env("FWUPD_LOCKDIR", &root)
                .env("FWUPD_RUNDIR", &root)
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let fwupdmgr = Program::new("fwupdmgr").env("DBUS_SYSTEM_BUS_ADDRESS", &address);
        let path = installed("fwupdmgr");
        until("an answer of fwupd", || {
            let mut ask = Command::new(&path);
            let ask = ask.args(["get-devices", "--json"]).env("DBUS_SYSTEM_BUS_ADDRESS", &address);
            ask.output().ok()?.status.success().then_some(())
        });
        Self { _fwupd: fwupd, _bus: bus, fwupdmgr, tree }
    }

    async fn look(&self) -> FirmwareFacts {
        let probe = FirmwareProbe { host: self.tree.host(), fwupdmgr: self.fwupdmgr.clone() };
        probe.look().await.unwrap()
    }
}

fn bus(tree: &Tree, socket: &str) -> Daemon {
    let conf = tree.file(
        "/bus.conf",
        &format!(
            "<busconfig><type>system</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow user=\"*\"/><allow own=\"*\"/><allow send_destination=\"*\"/>\
             <allow receive_sender=\"*\"/></policy></busconfig>"
        ),
    );
    let bus = Daemon::start(
        Command::new(installed("dbus-daemon"))
            .arg(format!("--config-file={}", conf.display()))
            .args(["--nofork", "--nopidfile", "--nosyslog"])
            .stderr(Stdio::null()),
    );
    until("the bus", || std::path::Path::new(socket).exists().then_some(()));
    bus
}

const LOCAL: &str = "[fwupd Remote]\nEnabled=true\nTitle=Test\nMetadataURI=file://ROOT/list.xml\n";
const DOWNLOAD: &str =
    "[fwupd Remote]\nEnabled=true\nTitle=Test\nMetadataURI=https://lists.invalid/firmware.xml.zst\n";

fn list(guid: &str, version: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><components origin=\"test\" version=\"0.9\">\
         <component type=\"firmware\"><id>org.fwupd.fakedevice</id><name>Camera</name><summary>x</summary>\
         <developer_name>ACME</developer_name><provides><firmware type=\"flashed\">{guid}</firmware></provides>\
         <releases><release version=\"{version}\" timestamp=\"1793491200\"><location>https://lists.invalid/a.cab\
         </location><checksum filename=\"a.cab\" target=\"container\" type=\"sha1\">\
         bc3c32f42cf33fe5eade64f3c1b4e9a1c0c8a2f1</checksum></release></releases></component></components>"
    )
}

fn camera(facts: &FirmwareFacts) -> &FirmwareDevice {
    facts.devices.known().unwrap().iter().find(|device| device.name.contains("Webcam")).unwrap()
}

#[tokio::test]
async fn a_newer_release_is_pending() {
    let facts = Service::start(LOCAL, &list(CAMERA, "1.2.4")).look().await;
    let camera = camera(&facts);
    assert_eq!((camera.version.as_str(), camera.state), ("1.2.2", DeviceState::InLists));
    let pending = camera.pending.as_ref().unwrap();
    assert_eq!(pending.version, "1.2.4");
    assert_eq!(pending.released, "2026-11-01T00:00:00Z".parse().ok());
    assert_eq!(facts.microcode.as_deref(), Some("0xf4"));
    let remotes = facts.remotes.known().unwrap();
    assert!(remotes[0].enabled && remotes[0].refreshed.is_some(), "{remotes:?}");
}

#[tokio::test]
async fn the_release_that_runs_is_known_and_not_pending() {
    let facts = Service::start(LOCAL, &list(CAMERA, "1.2.2")).look().await;
    assert_eq!((camera(&facts).state, &camera(&facts).pending), (DeviceState::InLists, &None));
}

#[tokio::test]
async fn a_list_that_does_not_speak_of_the_device_is_told_apart() {
    let other = list("00000000-0000-0000-0000-000000000001", "9.9");
    let facts = Service::start(LOCAL, &other).look().await;
    assert_eq!((camera(&facts).state, &camera(&facts).pending), (DeviceState::NotInLists, &None));
}

#[tokio::test]
async fn a_list_that_was_never_fetched_says_nothing_although_the_service_says_nothing_is_pending() {
    let facts = Service::start(DOWNLOAD, "").look().await;
    assert_eq!((camera(&facts).state, &camera(&facts).pending), (DeviceState::NotInLists, &None));
    let remotes = facts.remotes.known().unwrap();
    assert!(remotes[0].enabled && remotes[0].refreshed.is_none(), "{remotes:?}");
}

#[tokio::test]
async fn no_service_is_no_answer() {
    installed("fwupdmgr");
    let tree = Tree::new();
    tree.physical(10);
    let nowhere = format!("unix:path={}/no-bus", tree.root().display());
    let fwupdmgr = Program::new("fwupdmgr").env("DBUS_SYSTEM_BUS_ADDRESS", &nowhere);
    let facts = FirmwareProbe { host: tree.host(), fwupdmgr }.look().await.unwrap();
    assert!(matches!(&facts.devices, Seen::Unknown(why) if why.code == UnknownCode::ToolFailed));
    assert!(matches!(&facts.remotes, Seen::Unknown(why) if why.code == UnknownCode::ToolFailed));
}

#[tokio::test]
async fn no_tool_is_unknown() {
    let tree = Tree::new();
    let fwupdmgr = Program::new("no-such-fwupdmgr");
    let facts = FirmwareProbe { host: tree.host(), fwupdmgr }.look().await.unwrap();
    assert!(matches!(&facts.devices, Seen::Unknown(why) if why.code == UnknownCode::ToolMissing));
}
