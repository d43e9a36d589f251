//! The shadow suite (useradd, usermod, userdel, groupadd, groupmod, groupdel, gpasswd, passwd, chage, chpasswd, chsh, chfn,
//! newusers, adduser) and unix_chkpwd: who was made, changed, put into a group.

use crate::event::{Event, Field, Value};

use super::unix::{AUTHENTICATION, DENIED, IAM, INFO, between, mark, program, unquote, user, word};
use super::{Context, Line, Refusal, Source, SourceMeta, pam};

/// The shadow suite.
#[derive(Debug)]
pub struct Accounts;

static META: SourceMeta = SourceMeta { id: "accounts", product: "shadow-utils", vendor: "" };

const USER_CREATION: &[Value<'static>] = &[Value::Str("user"), Value::Str("creation")];
const USER_CHANGE: &[Value<'static>] = &[Value::Str("user"), Value::Str("change")];
const USER_DELETION: &[Value<'static>] = &[Value::Str("user"), Value::Str("deletion")];
const GROUP_CREATION: &[Value<'static>] = &[Value::Str("group"), Value::Str("creation")];
const GROUP_CHANGE: &[Value<'static>] = &[Value::Str("group"), Value::Str("change")];
const GROUP_DELETION: &[Value<'static>] = &[Value::Str("group"), Value::Str("deletion")];

const PROGRAMS: [&str; 22] = [
    "useradd",
    "usermod",
    "userdel",
    "groupadd",
    "groupmod",
    "groupdel",
    "gpasswd",
    "passwd",
    "chage",
    "chpasswd",
    "chgpasswd",
    "chsh",
    "chfn",
    "newusers",
    "adduser",
    "deluser",
    "vipw",
    "pwconv",
    "unix_chkpwd",
    "groupmems",
    "newgrp",
    "lpasswd",
];

impl Source for Accounts {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let name = program(line.envelope.app);
        if !PROGRAMS.contains(&name) {
            return Err(Refusal::NotMine);
        }
        let message = line.message.trim_ascii();
        event.logsource.product = "linux";
        event.logsource.service = "auth";
        event.set(Field::ProcessName, name);
        if !read(message, name, event) && !pam::read(message, name, context, event) {
            mark(event, IAM, INFO, "message");
        }
        Ok(())
    }
}

/// The messages.
fn read<'a>(m: &'a str, program: &str, event: &mut Event<'a>) -> bool {
    if let Some(rest) = m.strip_prefix("password check failed for user ") {
        user(event, rest.trim_matches(['(', ')']));
        mark(event, AUTHENTICATION, DENIED, "password_check_failed");
        event.outcome(false);
        return true;
    }
    if let Some(rest) = m.strip_prefix("new user: ") {
        for pair in rest.split(", ") {
            let Some((name, value)) = pair.split_once('=') else { continue };
            match name {
                "name" => target(event, value, true),
                "UID" => {
                    event.set_text(Field::UserId, value);
                    event.set_text(Field::UserTargetId, value);
                }
                "GID" => event.set_text(Field::GroupId, value),
                "home" | "shell" | "from" => event.native.push((name, value.into())),
                _ => {}
            }
        }
        return done(event, USER_CREATION, "added-user-account");
    }
    if let Some(rest) = m.strip_prefix("new group: ") {
        group_pairs(rest, event);
        return done(event, GROUP_CREATION, "added-group-account-to");
    }
    if let Some(rest) = m.strip_prefix("group added to ") {
        group_pairs(rest.split_once(": ").map_or(rest, |(_, r)| r), event);
        return done(event, GROUP_CREATION, "added-group-account-to");
    }
    if m.starts_with("failed adding user ") || m.starts_with("failed adding group ") {
        let name = between(m, "'", "'").unwrap_or_else(|| m.rsplit(' ').next().unwrap_or_default());
        let user_failed = m.starts_with("failed adding user");
        if user_failed {
            target(event, name, true);
        } else {
            event.set_text(Field::GroupName, name);
        }
        done(event, if user_failed { USER_CREATION } else { GROUP_CREATION }, "added-user-account");
        event.outcome(false);
        return true;
    }
    membership(m, event) || changes(m, program, event)
}

/// Who the change is about. Where the line does not name who made it, `user.name` is the account as well.
fn target<'a>(event: &mut Event<'a>, name: &'a str, only: bool) {
    let name = unquote(name);
    event.set_text(Field::UserTargetName, name);
    if only {
        event.set_text(Field::UserName, name);
    }
}

/// Marks a change that was made.
fn done(event: &mut Event<'_>, kind: &'static [Value<'static>], action: &'static str) -> bool {
    mark(event, IAM, kind, action);
    event.outcome(true);
    true
}

/// `name=wheel, GID=10`.
fn group_pairs<'a>(text: &'a str, event: &mut Event<'a>) {
    for pair in text.split(", ") {
        match pair.split_once('=') {
            Some(("name", value)) => event.set_text(Field::GroupName, value),
            Some(("GID", value)) => event.set_text(Field::GroupId, value),
            _ => {}
        }
    }
}

/// Into and out of groups.
fn membership<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    // usermod: `add 'taro' to group 'wheel'`, `delete 'taro' from shadow group 'wheel'`.
    for (prefix, middle, action) in
        [("add '", "' to ", "group-member-added"), ("delete '", "' from ", "group-member-removed")]
    {
        if let Some((name, rest)) = m.strip_prefix(prefix).and_then(|r| r.split_once(middle)) {
            let rest = rest.strip_prefix("shadow ").unwrap_or(rest);
            let Some(group) = rest.strip_prefix("group ") else { return false };
            target(event, name, false);
            event.set_text(Field::GroupName, unquote(group));
            return done(event, GROUP_CHANGE, action);
        }
    }
    // gpasswd: `user taro added by root to group wheel`, `user taro removed by root from group wheel`.
    if let Some((name, rest)) = m.strip_prefix("user ").and_then(|r| r.split_once(' ')) {
        let added = rest.strip_prefix("added by ").and_then(|r| r.split_once(" to group "));
        let removed = rest.strip_prefix("removed by ").and_then(|r| r.split_once(" from group "));
        let action = if added.is_some() { "group-member-added" } else { "group-member-removed" };
        if let Some((actor, group)) = added.or(removed) {
            target(event, name, false);
            user(event, actor);
            event.set_text(Field::GroupName, group);
            return done(event, GROUP_CHANGE, action);
        }
    }
    // gpasswd: `members of group wheel set by root to a,b`, `administrators of group wheel set by root to a`.
    if let Some((what, rest)) = m.split_once(" of group ")
        && matches!(what, "members" | "administrators" | "set members" | "set administrators")
        && let Some((group, rest)) = rest.split_once(" set by ")
    {
        event.set_text(Field::GroupName, group);
        let (actor, members) = rest.split_once(" to ").unwrap_or((rest, ""));
        user(event, actor);
        event.native.push(("members", members.into()));
        return done(event, GROUP_CHANGE, "group-members-set");
    }
    // gpasswd: `password of group wheel changed by root`.
    if let Some((group, actor)) =
        m.strip_prefix("password of group ").and_then(|r| r.split_once(" changed by "))
    {
        event.set_text(Field::GroupName, group);
        user(event, actor);
        return done(event, GROUP_CHANGE, "changed-group-password");
    }
    false
}

/// Changes of accounts and groups, and their end.
fn changes<'a>(m: &'a str, program: &str, event: &mut Event<'a>) -> bool {
    // userdel: `delete user 'taro'`; groupdel, userdel: `removed group 'x' owned by 'y'`, `group 'x' removed`.
    if let Some(name) = m.strip_prefix("delete user ") {
        target(event, word(name).0, true);
        return done(event, USER_DELETION, "deleted-user-account");
    }
    if let Some(name) = m.strip_prefix("removed group ").or_else(|| m.strip_prefix("removed shadow group ")) {
        event.set_text(Field::GroupName, unquote(word(name).0));
        if let Some((_, owner)) = name.split_once(" owned by ") {
            target(event, owner, true);
        }
        return done(event, GROUP_DELETION, "deleted-group-account-from");
    }
    if let Some(rest) = m.strip_prefix("group ") {
        let (name, what) = word(rest);
        event.set_text(Field::GroupName, unquote(name));
        if what.starts_with("removed") || what.starts_with("deleted") {
            return done(event, GROUP_DELETION, "deleted-group-account-from");
        }
        return done(event, GROUP_CHANGE, "modified-group-account");
    }
    // usermod: `change user 'taro' password`, `… UID from '1' to '2'`, `lock user 'taro' password`, `unlock user …`.
    let verbs: [(&str, &'static str); 4] = [
        ("change user ", "modified-user-account"),
        ("lock user ", "locked-account"),
        ("unlock user ", "unlocked-account"),
        ("changed user ", "modified-user-account"),
    ];
    if let Some((prefix, action)) = verbs.iter().find(|(p, _)| m.starts_with(p)) {
        let (name, what) = word(m.get(prefix.len()..).unwrap_or_default());
        target(event, name, true);
        event.set_text(Field::EventReason, what);
        let action = if what.starts_with("password") && *action == "modified-user-account" {
            "changed-password"
        } else {
            action
        };
        return done(event, USER_CHANGE, action);
    }
    if let Some(rest) = m.strip_prefix("changed password expiry for ") {
        target(event, rest, true);
        return done(event, USER_CHANGE, "changed-password-expiry");
    }
    // shadow's passwd: `password for 'taro' changed by 'root'`; chpasswd: `password for taro changed`…
    if let Some((who, actor)) = m.strip_prefix("password for ").and_then(|r| r.split_once(" changed by ")) {
        target(event, who, false);
        user(event, unquote(actor));
        return done(event, USER_CHANGE, "changed-password");
    }
    if let Some(rest) = m.strip_prefix("changed user '") {
        target(event, rest.split('\'').next().unwrap_or_default(), true);
        return done(event, USER_CHANGE, "modified-user-account");
    }
    // chsh, chfn: `changed user 'taro' shell to '/bin/sh'`, `changed shell for taro to …`.
    if program == "chsh"
        && m.contains("shell")
        && let Some(name) = between(m, "'", "'")
    {
        target(event, name, true);
        return done(event, USER_CHANGE, "modified-user-account");
    }
    if m.starts_with("can't view or modify password information for ")
        || m.starts_with("can't change pwd for ")
    {
        target(event, m.rsplit(' ').next().unwrap_or_default(), true);
        done(event, USER_CHANGE, "changed-password");
        event.outcome(false);
        return true;
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    fn at(program: &str, message: &str, expected: &[(&str, &str)]) {
        check(&format!("2026-11-20T03:04:05.1+09:00 host {program}[5]: {message}"), expected);
    }

    #[test]
    fn accounts_come_and_go() {
        at(
            "useradd",
            "new user: name=evil, UID=0, GID=0, home=/root, shell=/bin/bash, from=/dev/pts/1",
            &[
                ("user.name", "evil"),
                ("user.id", "0"),
                ("event.action", "added-user-account"),
                ("event.type", "[\"user\",\"creation\"]"),
            ],
        );
        at("groupadd", "new group: name=ops, GID=77", &[("group.name", "ops"), ("group.id", "77")]);
        at(
            "userdel",
            "delete user 'taro'",
            &[("user.target.name", "taro"), ("event.action", "deleted-user-account")],
        );
        at(
            "useradd",
            "failed adding user 'taro', data deleted",
            &[("event.outcome", "failure"), ("user.name", "taro")],
        );
    }

    #[test]
    fn groups_and_passwords() {
        at(
            "usermod",
            "add 'taro' to shadow group 'sudo'",
            &[("event.action", "group-member-added"), ("group.name", "sudo")],
        );
        at(
            "gpasswd",
            "user taro removed by root from group sudo",
            &[("user.name", "root"), ("user.target.name", "taro"), ("group.name", "sudo")],
        );
        at(
            "passwd",
            "password for 'taro' changed by 'root'",
            &[("user.name", "root"), ("event.action", "changed-password")],
        );
        at(
            "passwd",
            "pam_unix(passwd:chauthtok): password changed for taro",
            &[("user.name", "taro"), ("event.action", "changed-password")],
        );
        at(
            "unix_chkpwd",
            "password check failed for user (taro)",
            &[("user.name", "taro"), ("event.outcome", "failure")],
        );
    }
}
