//! Changes of accounts and groups from ECS fields, and the names of privileged groups.

use crate::activity::Kind;

use super::glance::{Categories, Glance, Types};
use super::{Found, cow, holds};

/// Groups whose members rule the machine or the directory, in lower case.
const GROUPS: &[&str] = &[
    // Windows, Active Directory
    "administrators",
    "domain admins",
    "enterprise admins",
    "schema admins",
    "group policy creator owners",
    "account operators",
    "server operators",
    "backup operators",
    "print operators",
    "remote desktop users",
    "remote management users",
    "dnsadmins",
    "hyper-v administrators",
    "key admins",
    "enterprise key admins",
    "exchange organization administrators",
    "organization management",
    // Unix
    "root",
    "sudo",
    "wheel",
    "admin",
    "adm",
    "docker",
    "lxd",
    "libvirt",
    "disk",
    "shadow",
];

/// Words that make a role privileged wherever they stand in its name, in lower case.
const ROLE_WORDS: &[&str] =
    &["administrator", "admin", "管理者", "特権", "superuser", "super_user", "root", "owner", "オーナー"];

/// Security identifiers of privileged groups: built-in ones by their whole, those of a domain by their end.
const GROUP_SIDS: &[&str] =
    &["S-1-5-32-544", "S-1-5-32-548", "S-1-5-32-549", "S-1-5-32-551", "S-1-5-32-555", "S-1-5-32-580"];
const DOMAIN_RIDS: &[&str] = &["-512", "-518", "-519", "-520", "-526", "-527"];

/// Whether a group or role, by its name in English or Japanese or by its security identifier, is privileged.
pub fn is_privileged_group(name: &str) -> bool {
    let name = name.trim();
    let name = name.rsplit('\\').next().unwrap_or(name);
    if name.starts_with("S-1-5-") {
        return GROUP_SIDS.contains(&name)
            || (name.starts_with("S-1-5-21-") && DOMAIN_RIDS.iter().any(|rid| name.ends_with(rid)));
    }
    GROUPS.iter().any(|group| name.eq_ignore_ascii_case(group))
        || ROLE_WORDS.iter().any(|word| holds(name, word))
}

pub(super) fn found<'a>(glance: &Glance<'_, 'a>) -> Option<Found<'a>> {
    if !glance.categories.has(Categories::IAM) || glance.failed() {
        return None;
    }
    let types = glance.types;
    let action = cow(glance.action());
    let says = |word: &str| holds(&action, word);
    let undone = types.has(Types::DELETION) || says("remove") || says("delete") || says("disable");
    let target = glance.target_name().or(glance.target_email());
    let group = [glance.target_group(), glance.group_name(), glance.user_group(), glance.roles()]
        .into_iter()
        .flatten()
        .find(|v| !v.is_empty());
    let member = target.or(glance.user_name());
    let kind = if undone {
        return None;
    } else if says("password") {
        // Somebody who changes the own password is nobody's concern.
        if !(says("reset") || target.is_some_and(|t| Some(t) != glance.user_name())) {
            return None;
        }
        Kind::PasswordReset
    } else if types.has(Types::USER)
        && types.has(Types::CREATION)
        && !holds(Glance::str(glance.message()), "uauth:")
    {
        Kind::AccountCreated
    } else if says("enable") || says("unlock") {
        Kind::AccountEnabled
    } else if (types.has(Types::GROUP) || types.has(Types::ADMIN) || says("role") || says("group"))
        && member.is_some()
        && !(types.has(Types::GROUP) && types.has(Types::CREATION))
        && (types.has(Types::ADMIN) || group.is_some_and(|g| is_privileged_group(&cow(Some(g)))))
    {
        Kind::PrivilegeGranted
    } else {
        return None;
    };
    let mut found = Found::by(kind, glance);
    found.object = cow(member);
    if target.is_none() {
        // The line names one account only: the one that was changed.
        found.who = cow(glance.effective_name());
    }
    if kind == Kind::PrivilegeGranted {
        found.detail = group.map_or_else(|| action.clone(), |g| cow(Some(g)));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::is_privileged_group;

    #[test]
    fn privileged_groups_in_both_languages() {
        for name in [
            "Domain Admins",
            "CORP\\Domain Admins",
            "wheel",
            "sudo",
            "Global Administrator",
            "全体管理者",
            "グローバル管理者",
            "S-1-5-32-544",
            "S-1-5-21-1-2-3-512",
            "roles/owner",
        ] {
            assert!(is_privileged_group(name), "{name}");
        }
        for name in ["Users", "総務課", "Domain Users", "S-1-5-32-545", "S-1-5-21-1-2-3-513", "audio", ""]
        {
            assert!(!is_privileged_group(name), "{name}");
        }
    }
}
