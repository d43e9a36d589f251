//! Reads systemd unit files as far as timers need it (systemd.syntax(7), systemd.unit(5), systemd.timer(5)). Pure
//! functions of their text and names.

/// What a timer's unit file and drop-ins say together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TimerSettings {
    /// `WakeSystem=`.
    pub wake_system: bool,
    /// The schedule as written, such as `OnCalendar=daily`.
    pub schedule: Vec<String>,
}

/// Reads a unit file and its drop-ins, in the order in which systemd reads them: the later wins.
pub fn timer_settings<'a>(texts: impl IntoIterator<Item = &'a str>) -> TimerSettings {
    let mut settings = TimerSettings::default();
    for text in texts {
        let mut section = String::new();
        for line in logical_lines(text) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                name.clone_into(&mut section);
            } else if section == "Timer"
                && let Some((key, value)) = line.split_once('=')
            {
                apply(&mut settings, key.trim_end(), value.trim());
            }
        }
    }
    settings
}

fn apply(settings: &mut TimerSettings, key: &str, value: &str) {
    if key == "WakeSystem" {
        // systemd keeps the earlier value where it cannot read the new one.
        settings.wake_system = boolean(value).unwrap_or(settings.wake_system);
        return;
    }
    let is_schedule = key == "OnCalendar" || (key.starts_with("On") && key.ends_with("Sec"));
    if !is_schedule {
        return;
    }
    if value.is_empty() {
        // An empty value takes back all schedules so far, of every kind.
        settings.schedule.clear();
    } else {
        settings.schedule.push(format!("{key}={value}"));
    }
}

/// Lines with continuations joined, comments and empty lines left out.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        // Comments do not end a continuation.
        if trimmed.starts_with(['#', ';']) {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        let joined = match open.take() {
            Some(before) => format!("{before} {}", part.trim()),
            None => part.trim().to_owned(),
        };
        if goes_on {
            open = Some(joined);
        } else if !joined.is_empty() {
            lines.push(joined);
        }
    }
    lines.extend(open.filter(|line| !line.is_empty()));
    lines
}

/// A yes or no as systemd writes it.
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

/// The template that an instance is made of: `backup@.timer` for `backup@daily.timer`.
pub fn template_of(unit: &str) -> Option<String> {
    let (stem, suffix) = unit.rsplit_once('.')?;
    let (prefix, instance) = stem.split_once('@')?;
    (!instance.is_empty()).then(|| format!("{prefix}@.{suffix}"))
}

/// Names of the folders that may hold drop-ins of a unit.
pub fn drop_in_folders(unit: &str) -> Vec<String> {
    let mut folders = Vec::new();
    let Some((_, suffix)) = unit.rsplit_once('.') else { return folders };
    for name in std::iter::once(unit.to_owned()).chain(template_of(unit)) {
        folders.push(format!("{name}.d"));
        let stem = name.strip_suffix(&format!(".{suffix}")).unwrap_or(&name);
        // `a-b-c.timer` also takes `a-b-.timer.d` and `a-.timer.d`.
        let mut rest = stem;
        while let Some((before, after)) = rest.rsplit_once('-') {
            if !after.is_empty() {
                folders.push(format!("{before}-.{suffix}.d"));
            }
            rest = before;
        }
    }
    folders.push(format!("{suffix}.d"));
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_that_wakes() {
        let text = "# 朝の更新\r\n[Unit]\r\nDescription=朝\r\n[Timer]\r\nOnCalendar=*-*-* 07:30:00\r\nWakeSystem = true\r\n";
        let settings = timer_settings([text]);
        assert!(settings.wake_system);
        assert_eq!(settings.schedule, ["OnCalendar=*-*-* 07:30:00"]);
    }

    #[test]
    fn the_later_wins_and_a_word_that_is_none_changes_nothing() {
        assert!(!timer_settings(["[Timer]\nWakeSystem=yes\n", "[Timer]\nWakeSystem=off\n"]).wake_system);
        assert!(timer_settings(["[Timer]\nWakeSystem=1\nWakeSystem=maybe\nWakeSystem=\n"]).wake_system);
    }

    #[test]
    fn another_section_and_a_comment_say_nothing() {
        let text =
            "[X-Timer]\nWakeSystem=true\n[Timer]\n#WakeSystem=true\n; WakeSystem=true\nwakesystem=true\n";
        assert!(!timer_settings([text]).wake_system);
    }

    #[test]
    fn an_empty_schedule_takes_all_back() {
        let settings = timer_settings([
            "[Timer]\nOnCalendar=daily\nOnBootSec=5min\n",
            "[Timer]\nOnCalendar=\nOnCalendar=Mon 08:00\n",
        ]);
        assert_eq!(settings.schedule, ["OnCalendar=Mon 08:00"]);
    }

    #[test]
    fn continued_lines_are_one() {
        let settings =
            timer_settings(["[Timer]\nOnCalendar=Mon \\\n# in between\n  08:00\nWakeSystem=\\\ntrue"]);
        assert_eq!(settings.schedule, ["OnCalendar=Mon 08:00"]);
        assert!(settings.wake_system);
    }

    #[test]
    fn folders_of_drop_ins() {
        assert_eq!(
            drop_in_folders("a-b@x.timer"),
            ["a-b@x.timer.d", "a-.timer.d", "a-b@.timer.d", "a-.timer.d", "timer.d"]
        );
        assert_eq!(template_of("a.timer"), None);
        assert_eq!(template_of("a@.timer"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text: String, unit: String) {
            let _ = timer_settings([text.as_str()]);
            let _ = timer_settings([format!("[Timer]\n{text}").as_str()]);
            let _ = drop_in_folders(&unit);
            let _ = drop_in_folders(&format!("{unit}.timer"));
        }
    }
}
