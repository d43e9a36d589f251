//! Lines of the group list (group(5)). Pure.

use std::collections::BTreeMap;

use rusuban_core::world::accounts::Group;

/// Reads a group list; of two lines with one name the members of both count.
pub fn parse(text: &str) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, members] = fields.as_slice() else { continue };
        let Ok(gid) = gid.parse() else { continue };
        if name.is_empty() || name.starts_with(['+', '-', '#']) {
            continue;
        }
        let members =
            members.split(',').map(str::trim).filter(|member| !member.is_empty()).map(str::to_owned);
        let group = groups.entry((*name).to_owned()).or_insert(Group { gid, members: Vec::new() });
        group.members.extend(members);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_are_read() {
        let groups = parse("root:x:0:\nsudo:x:27:tanaka,suzuki\r\nsudo:x:27:sato\nbad:x:y:a\n+:::\n");
        assert_eq!(groups["sudo"].members, ["tanaka", "suzuki", "sato"]);
        assert_eq!(groups.keys().collect::<Vec<_>>(), ["root", "sudo"]);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*", lines in "[a:,0-9\\n]*") {
            parse(&text);
            parse(&lines);
        }
    }
}
