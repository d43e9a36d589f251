//! The running machine itself, against getent.

use rusuban_core::model::verdict::Seen;
use rusuban_core::world::Port;
use rusuban_probes::accounts::AccountProbe;

use crate::tree::run;

#[tokio::test]
async fn the_machine_has_the_accounts_that_getent_lists() {
    let facts = AccountProbe::default().look().await.unwrap();
    let listed = run("getent", &["passwd"], "");
    let mut names: Vec<&str> = listed.lines().filter_map(|line| line.split(':').next()).collect();
    let mut ours: Vec<&str> = facts.accounts.iter().map(|account| account.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    ours.sort_unstable();
    assert_eq!(ours, names);
    assert_eq!(facts.accounts[0].uid, 0);
    let groups = facts.groups.known().unwrap();
    assert!(groups.values().any(|group| group.gid == 0));
    match &facts.shadow {
        Seen::Known(shadow) => assert!(shadow.contains_key(&facts.accounts[0].name)),
        Seen::Unknown(why) => assert_eq!(why.code.as_str(), "no-permission"),
    }
}
