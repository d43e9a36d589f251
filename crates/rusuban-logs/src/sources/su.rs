//! su: util-linux, shadow and BSD forms.

use crate::event::{Event, Field};

use super::unix::{DENIED, INFO, LOGIN, START, mark, program, user, word};
use super::{Context, Line, Refusal, Source, SourceMeta, pam};

/// su.
#[derive(Debug)]
pub struct Su;

static META: SourceMeta = SourceMeta { id: "su", product: "su", vendor: "" };

impl Source for Su {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        if !matches!(program(line.envelope.app), "su" | "su-l" | "runuser") {
            return Err(Refusal::NotMine);
        }
        let message = line.message.trim_ascii();
        event.logsource.product = "linux";
        event.logsource.service = "auth";
        event.set(Field::ProcessName, "su");
        if !su(message, event) && !pam::read(message, "su", context, event) {
            mark(event, LOGIN, INFO, "message");
        }
        Ok(())
    }
}

/// The forms: `(to root) taro on pts/0`, `FAILED SU (to root) taro on pts/0`, `Successful su for root by taro`, `FAILED su for
/// root by taro`, `+ pts/0 taro:root`, `- pts/0 taro:root`, `BAD SU taro to root on /dev/ttyp0`, `taro to root on
/// /dev/ttyp1`, `failed: ttyq4 changing from taro to root`, `'su root' failed for taro on /dev/pts/0`.
fn su<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    let (success, who, whom) = if let Some(rest) = m.strip_prefix("FAILED SU (to ") {
        let Some((whom, who)) = rest.split_once(") ") else { return false };
        (false, word(who).0, whom)
    } else if let Some((whom, who)) = m.strip_prefix("(to ").and_then(|r| r.split_once(") ")) {
        (true, word(who).0, whom)
    } else if let Some((whom, who)) = m.strip_prefix("Successful su for ").and_then(|r| r.split_once(" by "))
    {
        (true, who, whom)
    } else if let Some((whom, who)) = m.strip_prefix("FAILED su for ").and_then(|r| r.split_once(" by ")) {
        (false, who, whom)
    } else if let Some((_, rest)) = m.split_once(" changing from ") {
        let Some((who, whom)) = rest.split_once(" to ") else { return false };
        (!m.starts_with("failed"), who, whom)
    } else if let Some((whom, rest)) = m.strip_prefix("'su ").and_then(|r| r.split_once("' ")) {
        let Some((how, who)) = rest.split_once(" for ") else { return false };
        (how != "failed", word(who).0, whom)
    } else if let Some(pair) = m.strip_prefix("+ ").or_else(|| m.strip_prefix("- ")) {
        let Some((who, whom)) = word(pair).1.split_once([':', '-']) else { return false };
        (m.starts_with('+'), who, whom)
    } else {
        let (success, rest) = match m.strip_prefix("BAD SU ") {
            Some(rest) => (false, rest),
            None => (true, m),
        };
        let Some((who, rest)) = rest.split_once(" to ") else { return false };
        let Some((whom, _)) = rest.split_once(" on ") else { return false };
        if who.contains(' ') || whom.contains(' ') {
            return false;
        }
        (success, who, whom)
    };
    user(event, who);
    event.set_text(Field::UserEffectiveName, whom);
    mark(event, LOGIN, if success { START } else { DENIED }, "su");
    event.outcome(success);
    true
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::check;

    #[test]
    fn forms() {
        for (text, outcome) in [
            ("FAILED SU (to root) taro on pts/1", "failure"),
            ("(to root) taro on pts/1", "success"),
            ("Successful su for root by taro", "success"),
            ("FAILED su for root by taro", "failure"),
            ("BAD SU taro to root on /dev/ttyp0", "failure"),
            ("taro to root on /dev/ttyp1", "success"),
            ("failed: ttyq4 changing from taro to root", "failure"),
            ("- pts/1 taro:root", "failure"),
            ("'su root' failed for taro on /dev/pts/0", "failure"),
        ] {
            check(
                &format!("Dec 26 03:04:05 host su[1]: {text}"),
                &[("user.name", "taro"), ("user.effective.name", "root"), ("event.outcome", outcome)],
            );
        }
    }
}
