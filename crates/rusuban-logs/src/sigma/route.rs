//! Which events a rule looks at.

use std::collections::BTreeSet;

use crate::event::LogSource;

use super::rule::RuleLogSource;
use super::windows;

/// Events of Windows that a rule looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowsRoute {
    /// The channel, folded; None is every channel.
    pub channel: Option<Box<[u8]>>,
    /// Event ids; None is every id.
    pub ids: Option<BTreeSet<u64>>,
}

/// Where a rule looks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes {
    /// Channels of Windows.
    pub windows: Vec<WindowsRoute>,
    /// Whether events without a channel can be the rule's, by their `logsource`.
    pub other: bool,
}

/// Where a rule looks; `ids` are those that its detection asks for.
pub fn routes(source: &RuleLogSource, ids: Option<&BTreeSet<u64>>) -> Routes {
    let product = &*source.product;
    let category = windows::category(&source.category);
    let is_windows = product == "windows" || (product.is_empty() && category.is_some());
    if !is_windows {
        return Routes { windows: Vec::new(), other: true };
    }
    let channels: Option<Vec<Box<str>>> = match &*source.service {
        "" => None,
        name => Some(match windows::service(name) {
            Some(list) => list.iter().map(|c| c.to_lowercase().into()).collect(),
            // A service that nobody defined may be the channel's own name.
            None => vec![name.into()],
        }),
    };
    let both = |own: Option<BTreeSet<u64>>| match (own, ids) {
        (Some(a), Some(b)) => Some(a.intersection(b).copied().collect()),
        (Some(a), None) => Some(a),
        (None, b) => b.cloned(),
    };
    let mut list = Vec::new();
    match category {
        Some(rows) => {
            for row in rows {
                let name: Box<str> = row.name.to_lowercase().into();
                if channels.as_ref().is_some_and(|c| !c.contains(&name)) {
                    continue;
                }
                let ids = both(Some(row.ids.iter().copied().collect()));
                list.push(WindowsRoute { channel: Some(name.into_boxed_bytes()), ids });
            }
        }
        None => match channels {
            Some(names) => list.extend(
                names
                    .into_iter()
                    .map(|n| WindowsRoute { channel: Some(n.into_boxed_bytes()), ids: both(None) }),
            ),
            // A category that Windows does not know stands for no channel.
            None if !source.category.is_empty() => {}
            None => list.push(WindowsRoute { channel: None, ids: both(None) }),
        },
    }
    list.retain(|r| r.ids.as_ref().is_none_or(|ids| !ids.is_empty()));
    Routes { windows: list, other: true }
}

/// True where a rule looks at events of this source: a part that the rule names must be the event's.
pub fn takes(rule: &RuleLogSource, event: LogSource) -> bool {
    let product = rule.product.is_empty() || same_product(&rule.product, event.product);
    if !product {
        return false;
    }
    let category = rule.category.is_empty()
        || *rule.category == *event.category
        // Sigma files everything that programs write under `application`; the product says which.
        || (&*rule.category == "application" && event.category.is_empty() && !rule.product.is_empty());
    category && takes_service(rule, event)
}

fn same_product(rule: &str, event: &str) -> bool {
    let plain = |name| match name {
        "fortios" => "fortigate",
        "pan-os" | "panos" | "palo_alto" => "paloalto",
        other => other,
    };
    plain(rule) == plain(event)
}

fn takes_service(rule: &RuleLogSource, event: LogSource) -> bool {
    let service = &*rule.service;
    if service.is_empty() || service == event.service {
        return true;
    }
    // `service: apache` without a product.
    if rule.product.is_empty() && service == event.product {
        return true;
    }
    if event.product == "linux" {
        return match service {
            "auth" => matches!(
                event.service,
                "sshd" | "sudo" | "su" | "login" | "pam" | "polkit" | "systemd-logind"
            ),
            // What goes through syslog is in its file, whichever program wrote it.
            "syslog" => !matches!(event.service, "auditd" | "sysmon"),
            _ => false,
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(category: &str, product: &str, service: &str) -> RuleLogSource {
        RuleLogSource {
            category: category.into(),
            product: product.into(),
            service: service.into(),
            definition: "".into(),
        }
    }

    #[test]
    fn windows_categories_and_services() {
        let r = routes(&source("process_creation", "windows", ""), None);
        assert_eq!(r.windows.len(), 2);
        assert_eq!(r.windows[1].ids, Some(BTreeSet::from([4688])));
        let r = routes(&source("process_creation", "windows", "sysmon"), None);
        assert_eq!(r.windows.len(), 1);
        let r = routes(&source("", "windows", "security"), Some(&BTreeSet::from([4624])));
        assert_eq!(r.windows[0].channel.as_deref(), Some(&b"security"[..]));
        assert_eq!(r.windows[0].ids, Some(BTreeSet::from([4624])));
        assert_eq!(routes(&source("", "windows", ""), None).windows[0].channel, None);
        assert!(routes(&source("file_access", "windows", ""), None).windows.is_empty());
        assert!(routes(&source("process_creation", "linux", ""), None).windows.is_empty());
    }

    #[test]
    fn other_sources() {
        let sshd = LogSource { category: "", product: "linux", service: "sshd" };
        assert!(takes(&source("", "linux", ""), sshd) && takes(&source("", "linux", "sshd"), sshd));
        assert!(takes(&source("", "linux", "auth"), sshd) && takes(&source("", "linux", "syslog"), sshd));
        assert!(!takes(&source("", "linux", "auditd"), sshd) && !takes(&source("", "windows", ""), sshd));
        assert!(!takes(&source("process_creation", "linux", ""), sshd));
        let web = LogSource { category: "webserver", product: "apache", service: "" };
        assert!(takes(&source("webserver", "", ""), web) && takes(&source("", "", "apache"), web));
        assert!(!takes(&source("proxy", "", ""), web));
    }
}
