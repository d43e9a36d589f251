//! ClamAV: clamd, clamonacc, clamscan, clamdscan, clamav-milter, freshclam; through syslog, in their own files (`Sat Dec 26 03:04:05
//! 2026 -> …`, LogTime) and as the scanner prints.

use crate::event::{Event, Field};

use super::unix::{
    CHANGE, CONFIGURATION, END, ERROR, INFO, MALWARE, PROCESS, START, between, mark, program, source, word,
};
use super::{Context, Form, Line, Refusal, Source, SourceMeta};

/// ClamAV.
#[derive(Debug)]
pub struct Clamav;

static META: SourceMeta = SourceMeta { id: "clamav", product: "ClamAV", vendor: "Cisco" };

impl Source for Clamav {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(&self, line: &Line<'a>, _: &Context<'a, '_>, event: &mut Event<'a>) -> Result<(), Refusal> {
        let app = program(line.envelope.app);
        let named = matches!(
            app,
            "clamd"
                | "clamav"
                | "freshclam"
                | "clamonacc"
                | "clamscan"
                | "clamdscan"
                | "clamav-milter"
                | "clamav-daemon"
        );
        let own_file = line.envelope.host == "->" || line.text.starts_with("-> ");
        let m = if own_file {
            line.text.split_once("-> ").map_or(line.message, |(_, m)| m).trim_ascii()
        } else {
            line.message.trim_ascii()
        };
        let bare = line.envelope.form == Form::Bare && m.ends_with(" FOUND") && m.contains(": ");
        if !named && !own_file && !bare {
            return Err(Refusal::NotMine);
        }
        if own_file {
            event.unset(Field::HostHostname);
            event.unset(Field::LogSyslogAppname);
            event.set(Field::Message, m);
        }
        event.logsource.product = "linux";
        event.logsource.service = "clamav";
        event.set(Field::ProcessName, if named { app } else { "clamd" });
        if !found(m, event) {
            if bare {
                return Err(Refusal::NotMine);
            }
            state(m, event);
        }
        Ok(())
    }
}

/// `/path/file: Name(hash:size) FOUND`, `ScanOnAccess: /path: Name FOUND`, `instream(192.0.2.1@3310): Name FOUND`, milter's `Message x from <a> to
/// <b> infected by Name`.
fn found<'a>(m: &'a str, event: &mut Event<'a>) -> bool {
    if let Some((head, name)) = m.split_once(" infected by ") {
        event.set_text(Field::ThreatSoftwareName, word(name).0);
        event.set_text(Field::EmailFromAddress, between(head, "from <", ">").unwrap_or_default());
        event.set_text(Field::EmailToAddress, between(head, "to <", ">").unwrap_or_default());
        mark(event, MALWARE, INFO, "virus_found");
        return true;
    }
    let Some(head) = m.strip_suffix(" FOUND") else { return false };
    let Some((path, name)) = head.rsplit_once(": ") else { return false };
    if name.is_empty() || name.contains(' ') {
        return false;
    }
    let path = path.strip_prefix("ScanOnAccess: ").unwrap_or(path);
    let (name, detail) = name.split_once('(').unwrap_or((name, ""));
    event.set(Field::ThreatSoftwareName, name);
    event.set(Field::RuleName, name);
    if let Some(inner) = path.strip_prefix("instream(") {
        let peer = inner.trim_end_matches(')');
        source(event, peer.split_once('@').map_or(peer, |(a, _)| a));
    } else {
        event.set_text(Field::FilePath, path);
        event.set_text(Field::FileName, path.rsplit(['/', '\\']).next().unwrap_or_default());
    }
    if let Some((hash, _)) = detail.split_once(':')
        && hash.len() == 32
    {
        event.set(Field::FileHashMd5, hash);
    }
    mark(event, MALWARE, INFO, "virus_found");
    true
}

/// What the daemons say of themselves.
fn state<'a>(m: &'a str, event: &mut Event<'a>) {
    let starts = |list: &[&str]| list.iter().any(|p| m.contains(p));
    if starts(&["Database updated", "atabase correctly reloaded", "updated (version", "Database correctly"]) {
        mark(event, CONFIGURATION, CHANGE, "signatures_updated");
        event.outcome(true);
    } else if starts(&["is up-to-date", "is up to date", "Database status OK", "Database has not changed"]) {
        mark(event, CONFIGURATION, INFO, "signatures_current");
        event.outcome(true);
    } else if starts(&[
        "OUTDATED",
        "older than 7 days",
        "Update failed",
        "Can't download",
        "getpatch",
        "Can't connect",
        "WARNING: Mirror",
        "ERROR",
    ]) {
        mark(event, CONFIGURATION, ERROR, if m.contains("ERROR") { "error" } else { "signatures_outdated" });
        event.outcome(false);
    } else if starts(&["shutdown", "Exiting", "Stopped at", "stopped"]) {
        mark(event, PROCESS, END, "clamav_stopped");
    } else if starts(&["+++ Started", "daemon ", "process started"]) {
        mark(event, PROCESS, START, "clamav_started");
    } else {
        mark(event, PROCESS, INFO, "message");
    }
}

#[cfg(test)]
mod tests {
    use crate::sources::unix::test::{check, read};

    #[test]
    fn findings() {
        check(
            "Dec 26 03:04:05 fs clamd[9]: /srv/a b.exe: Win.Trojan.X-1(0123456789abcdef0123456789abcdef:68) FOUND",
            &[
                ("threat.software.name", "Win.Trojan.X-1"),
                ("file.path", "/srv/a b.exe"),
                ("event.category", "[\"malware\"]"),
            ],
        );
        check(
            "Sat Dec 26 03:04:05 2020 -> ScanOnAccess: /home/taro/x: Eicar-Signature FOUND",
            &[
                ("file.path", "/home/taro/x"),
                ("@timestamp", "2020-12-26T03:04:05.000000Z"),
                ("event.module", "clamav"),
            ],
        );
        check("/srv/x: Eicar-Signature FOUND", &[("file.name", "x")]);
        assert!(read("Nothing was FOUND").is_null());
    }

    #[test]
    fn signatures() {
        check(
            "Dec 26 03:04:05 fs freshclam[9]: daily.cld updated (version: 1, sigs: 2)",
            &[("event.action", "signatures_updated")],
        );
        check(
            "Dec 26 03:04:05 fs freshclam[9]: Your ClamAV installation is OUTDATED!",
            &[("event.outcome", "failure")],
        );
    }
}
