//! Cisco ASA, FTD (Secure Firewall), PIX and FWSM: `%ASA-6-302013: …` by message number. After Cisco's "ASA Series Syslog
//! Messages" and "Secure Firewall Threat Defense Syslog Messages".

mod ftd;
mod messages;

use crate::event::{Event, EventTime, Field, LogSource, TimeBasis, TimeReader};

use super::firewall as fw;
use super::{Context, Line, Refusal, Source, SourceMeta};

/// ASA and its relatives.
#[derive(Debug)]
pub struct CiscoAsa;

static META: SourceMeta = SourceMeta { id: "cisco_asa", product: "ASA", vendor: "Cisco" };

/// What stands after `%`.
const FACILITIES: [&str; 4] = ["ASA-", "FTD-", "PIX-", "FWSM-"];

impl Source for CiscoAsa {
    fn meta(&self) -> &'static SourceMeta {
        &META
    }

    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let Some((header, level, number, text)) = tagged(line.text) else {
            if !is_untagged(line.message.trim_start()) {
                return Err(Refusal::NotMine);
            }
            base(event);
            event.logsource = LogSource { category: "", product: "cisco", service: "asa" };
            messages::fill(0, line.message.trim_start(), context, event);
            return Ok(());
        };
        base(event);
        event.logsource = LogSource { category: "", product: "cisco", service: "asa" };
        if let Some(time) = header_time(header, context.time) {
            event.time = Some(time);
        }
        if let Some(host) = header_host(header)
            && event.get(Field::HostHostname).is_none()
        {
            event.set(Field::HostHostname, host);
        }
        event.set(Field::EventSeverity, u64::from(level));
        event.set(Field::EventCode, number);
        event.set(Field::Message, text);
        event.native.push(("message_id", number.into()));
        // Six digits, checked.
        let number: u32 = number.parse().map_err(|_| Refusal::Broken("a message number that is none"))?;
        if (111_008..=111_010).contains(&number) {
            // Sigma's rules for commands.
            event.logsource.service = "aaa";
        }
        if (430_001..=430_005).contains(&number) {
            ftd::fill(number, text, context, event);
        } else {
            messages::fill(number, text, context, event);
        }
        Ok(())
    }
}

fn base(event: &mut Event<'_>) {
    event.set(Field::ObserverVendor, "Cisco");
    event.set(Field::ObserverType, "firewall");
    event.category(fw::NETWORK);
    event.kind(fw::INFO);
}

/// Header, level, number and text of a message: `%ASA-6-302013: …`, `%ASA-session-6-106015: …`, `%FTD--6-430003: …`,
/// also without the colon.
fn tagged(text: &str) -> Option<(&str, u8, &str, &str)> {
    let (at, name) = memchr::memchr_iter(b'%', text.as_bytes().get(..300).unwrap_or(text.as_bytes()))
        .find_map(|at| {
            let rest = text.get(at + 1..)?;
            FACILITIES.iter().find(|f| rest.starts_with(**f)).map(|f| (at, *f))
        })?;
    let mut rest = text.get(at + 1 + name.len()..)?;
    let level = loop {
        let (word, after) = rest.split_once('-')?;
        rest = after;
        match word.as_bytes() {
            [d @ b'0'..=b'7'] => break d - b'0',
            w if w.len() <= 16 && w.iter().all(u8::is_ascii_alphabetic) => {}
            _ => return None,
        }
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(5..=7).contains(&digits) {
        return None;
    }
    let (number, body) = rest.split_at_checked(digits)?;
    Some((text.get(..at)?, level, number, body.trim_start_matches([':', ' ']).trim_end()))
}

/// Messages about VPN sessions whose tag was cut off by a collector.
fn is_untagged(message: &str) -> bool {
    let is = |start: &str, more: &str| message.starts_with(start) && message.contains(more);
    is("Group <", "> User <")
        || is("TunnelGroup <", "> User <")
        || is("Group = ", ", Username = ")
        || message.starts_with("Tunnel group search using certificate maps failed")
}

/// The time that a header states best: one with a zone before one without, and the device's own (the last) before a relay's.
fn header_time(header: &str, reader: &TimeReader) -> Option<EventTime> {
    let mut best: Option<EventTime> = None;
    let mut start = true;
    for (at, c) in header.char_indices() {
        if start && c.is_ascii_alphanumeric() {
            let rest = header.get(at..).unwrap_or_default();
            let time = reader.bsd_zone_prefix(rest).or_else(|| reader.iso_prefix(rest)).map(|t| t.0);
            if let Some(time) = time
                && best.is_none_or(|b| b.basis != TimeBasis::Stated || time.basis == TimeBasis::Stated)
            {
                best = Some(time);
            }
        }
        start = !c.is_ascii_alphanumeric() && c != ':';
    }
    best
}

/// `… 192.0.2.1 : %ASA`, `… fw01 %ASA`: the last word of a header that is no time, if it can be a host.
fn header_host(header: &str) -> Option<&str> {
    let word = header.trim_end_matches([' ', ':']).rsplit([' ', '>']).next()?;
    let is_host = word.len() > 1
        && word.bytes().any(|b| b.is_ascii_alphabetic() || b == b'.')
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
        && !word.bytes().all(|b| b.is_ascii_uppercase());
    is_host.then_some(word)
}

#[cfg(test)]
mod tests;
