//! Without root: what cannot be read is Unknown, and the rest is still told.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use rusuban_core::model::verdict::{Seen, UnknownCode};
use rusuban_core::world::Port;
use rusuban_probes::accounts::AccountProbe;
use rusuban_probes::password_audit::PasswordAuditProbe;

use crate::tree::run;

/// Says to the test below that it runs without rights.
const MARK: &str = "RUSUBAN_TEST_UNPRIVILEGED";

#[test]
fn without_root_passwords_are_unknown_and_the_rest_is_told() {
    if run("id", &["-u"], "").trim() != "0" {
        // Then the test below itself runs without rights.
        return;
    }
    // The build folder may be closed to others.
    let dir = tempfile::tempdir().unwrap();
    std::fs::set_permissions(dir.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let copy = dir.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
        .arg(copy)
        .args(["--exact", "unprivileged::what_nobody_sees"])
        .current_dir("/")
        .env(MARK, "1")
        .output()
        .expect("setpriv does not start; run `cargo xtask test`, which installs it");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn what_nobody_sees() {
    if std::env::var_os(MARK).is_none() && run("id", &["-u"], "").trim() == "0" {
        return;
    }
    let facts = AccountProbe::default().look().await.unwrap();
    assert!(facts.accounts.iter().any(|account| account.uid == 0));
    assert!(facts.groups.known().is_some());
    let Seen::Unknown(why) = facts.shadow else { panic!("nobody reads the shadow file") };
    assert_eq!((why.code, why.item.as_str()), (UnknownCode::NoPermission, "/etc/shadow"));
    let why = PasswordAuditProbe::default().look().await.unwrap_err();
    assert_eq!((why.code, why.item.as_str()), (UnknownCode::NoPermission, "/etc/shadow"));
    if std::path::Path::new("/etc/sudoers").exists() {
        assert!(facts.sudo.blind.iter().any(|why| why.code == UnknownCode::NoPermission));
    }
}
