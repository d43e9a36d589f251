//! The formats. One file a source; [`SOURCES`] is the list, most particular first.
//!
//! A source is asked with a [`Line`]: the text, what an envelope around it said (syslog), and the message itself. It
//! either takes the line and fills the event, or says that the line is not its own. What nobody takes is counted as not
//! parsed, with examples.
//!
//! # Writing a source
//!
//! - Decline fast: the first thing `parse` does is a cheap look (a prefix, a needle, the program's name).
//! - Build from the vendor's documentation; name it in the module's first lines.
//! - Borrow. Text that must be changed (escapes) goes to [`Context::arena`].
//! - Set `event.category`, `event.type` (ECS allowed values), `event.action`, `event.outcome` where the line says so, and who,
//!   from where, to where. Push the source's own fields to [`Event::native`] under the vendor's names.
//! - A message of a known source with an unknown text is still an event: time, host and message, no guess.

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, TimeReader};

pub mod accounts;
pub mod apache;
pub mod auditd;
pub mod cef;
pub mod checkpoint;
pub mod cisco_asa;
pub mod cisco_ios;
pub mod cisco_meraki;
pub mod citrix_adc;
pub mod clamav;
pub mod dovecot;
pub mod f5_bigip;
pub mod firewall;
pub mod fortigate;
pub mod freeradius;
pub mod ftpd;
pub mod haproxy;
pub mod iis_w3c;
pub mod iptables;
pub mod journald;
pub mod json;
pub mod juniper_srx;
pub mod leef;
pub mod linux;
mod netkit;
pub mod nginx;
pub mod openbsd_pf;
pub mod openvpn;
pub mod pairs;
pub mod paloalto;
pub mod pam;
pub mod pfsense;
pub mod postfix;
pub mod pulse_connect;
pub mod samba;
pub mod sonicwall;
pub mod sophos;
pub mod squid;
pub mod sshd;
pub mod strongswan;
pub mod su;
pub mod sudo;
pub mod syslog;
#[cfg(test)]
mod testing;
mod unix;
pub mod watchguard;
mod weblog;
pub mod yamaha_rtx;

/// Who wrote a line.
#[derive(Debug, PartialEq, Eq)]
pub struct SourceMeta {
    /// Stable id, `fortigate`; also the name of its file under `sources/`, and `event.module`.
    pub id: &'static str,
    /// The product, as its maker writes it.
    pub product: &'static str,
    /// The maker; empty where there is none.
    pub vendor: &'static str,
}

/// What stood around a message.
#[derive(Debug, Clone, Copy, Default)]
pub struct Envelope<'a> {
    /// The form of the envelope.
    pub form: Form,
    /// Syslog priority: facility × 8 + severity.
    pub priority: Option<u8>,
    /// The envelope's time.
    pub time: Option<EventTime>,
    /// The host that wrote; empty where there is none.
    pub host: &'a str,
    /// The program (RFC 3164 TAG, RFC 5424 APP-NAME, journald SYSLOG_IDENTIFIER); empty where there is none.
    pub app: &'a str,
    /// Process id, as text.
    pub pid: &'a str,
    /// RFC 5424 MSGID.
    pub msgid: &'a str,
    /// RFC 5424 STRUCTURED-DATA with its brackets; empty where there is none.
    pub structured: &'a str,
    /// How often rsyslog says the message came again (`message repeated N times: [ … ]`); 0 where it does not.
    pub repeated: u32,
}

/// Forms of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// No envelope: the line is the message.
    #[default]
    Bare,
    /// RFC 3164, with the variations that are found in the field.
    Rfc3164,
    /// RFC 5424.
    Rfc5424,
    /// The systemd journal, exported or as JSON.
    Journal,
}

/// One line (or JSON document) on its way to a source.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The whole text.
    pub text: &'a str,
    /// What stood around the message.
    pub envelope: Envelope<'a>,
    /// The message: what is left without the envelope.
    pub message: &'a str,
    /// The message as JSON, where it is an object.
    pub json: Option<json::Object<'a>>,
    /// Column names, in formats that state them once (W3C, CSV with a header).
    pub columns: Option<&'a [&'a str]>,
}

/// What a source may use while it reads a line.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a, 'c> {
    /// Memory for text that cannot be borrowed.
    pub arena: &'a Bump,
    /// Reads times.
    pub time: &'c TimeReader,
}

/// Why a source did not make an event of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another source's line.
    NotMine,
    /// This source's line, but broken: what is wrong with it, in English, for the list of lines not parsed.
    Broken(&'static str),
}

/// One format.
pub trait Source: Sync {
    /// Who it is.
    fn meta(&self) -> &'static SourceMeta;

    /// Fills `event`, which already carries what the envelope said (time, host, program, process id), or declines. A
    /// source that declines may leave the event in any state.
    fn parse<'a>(
        &self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal>;
}

/// Every source, most particular first: the first that takes a line has it.
pub static SOURCES: &[&dyn Source] = &[
    // Security products and services
    // Routers, firewalls, VPN
    &cisco_asa::CiscoAsa,
    &cisco_ios::CiscoIos,
    &cisco_meraki::CiscoMeraki,
    &fortigate::Fortigate,
    &paloalto::Paloalto,
    &checkpoint::Checkpoint,
    &sonicwall::Sonicwall,
    &sophos::Sophos,
    &yamaha_rtx::YamahaRtx,
    &juniper_srx::JuniperSrx,
    &watchguard::Watchguard,
    &pulse_connect::PulseConnect,
    &citrix_adc::CitrixAdc,
    &f5_bigip::F5Bigip,
    &pfsense::Pfsense,
    &openbsd_pf::OpenbsdPf,
    &iptables::Iptables,
    &openvpn::Openvpn,
    &strongswan::Strongswan,
    // Web, mail, other servers
    &postfix::Postfix,
    &dovecot::Dovecot,
    &haproxy::Haproxy,
    &freeradius::Freeradius,
    &samba::Samba,
    &clamav::Clamav,
    &squid::Squid,
    &nginx::Nginx,
    &apache::Apache,
    &iis_w3c::IisW3c,
    // Operating systems
    &auditd::Auditd,
    &sshd::Sshd,
    &sudo::Sudo,
    &su::Su,
    &accounts::Accounts,
    &linux::Linux,
    &ftpd::Ftpd,
    &pam::Pam,
    // Fallbacks: keep last
    &cef::Cef,
    &leef::Leef,
    &syslog::Syslog,
];

/// Reads lines into events. One for each worker.
#[derive(Debug, Default)]
pub struct Dispatcher {
    /// The source that took the last line, and the program's name of that line.
    last: Option<(usize, Box<str>)>,
}

impl Dispatcher {
    /// Reads one line. On success the event is filled; otherwise it holds only the text and the reason is given.
    pub fn read<'a>(
        &mut self,
        text: &'a str,
        columns: Option<&'a [&'a str]>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let (envelope, message) = syslog::envelope(text, context.time);
        let json = if message.starts_with('{') { json::parse(message, context.arena) } else { None };
        if let Some(object) = json.filter(|o| journald::is_entry(*o)) {
            return journald::read_json(object, text, self, context, event);
        }
        let line = Line { text, envelope, message, json, columns };
        self.read_line(&line, context, event)
    }

    /// Reads a line whose envelope is known already.
    pub fn read_line<'a>(
        &mut self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let position = event.position;
        let mut refusal = Refusal::NotMine;
        // The source of the last line is asked first, if the same program wrote this one; never a fallback, which would
        // take a line from the source that it belongs to.
        let sticky = match &self.last {
            Some((index, app)) if **app == *line.envelope.app => Some(*index),
            _ => None,
        };
        let order = sticky.into_iter().chain((0..SOURCES.len()).filter(|i| Some(*i) != sticky));
        for index in order {
            // A line that a source knows as its own and finds broken is not for the fallbacks to make something of.
            if refusal != Refusal::NotMine && index >= SOURCES.len() - FALLBACKS {
                break;
            }
            let Some(source) = SOURCES.get(index) else { continue };
            event.clear();
            event.position = position;
            event.source = source.meta();
            apply(line, event);
            match source.parse(line, context, event) {
                Ok(()) => {
                    event.source = source.meta();
                    if sticky != Some(index) && index < SOURCES.len() - FALLBACKS {
                        self.last = Some((index, line.envelope.app.into()));
                    }
                    return Ok(());
                }
                Err(Refusal::NotMine) => {}
                Err(broken) => refusal = broken,
            }
        }
        event.clear();
        event.position = position;
        event.original = line.text;
        Err(refusal)
    }
}

/// How many of the last [`SOURCES`] are fallbacks.
const FALLBACKS: usize = 3;

/// Puts into the event what the envelope said.
fn apply<'a>(line: &Line<'a>, event: &mut Event<'a>) {
    let e = &line.envelope;
    event.original = line.text;
    event.time = e.time;
    event.set_text(Field::HostHostname, e.host);
    event.set_text(Field::LogSyslogAppname, e.app);
    if let Ok(pid) = e.pid.parse::<u64>() {
        event.set(Field::ProcessPid, pid);
    }
    if let Some(p) = e.priority {
        event.set(Field::LogSyslogPriority, u64::from(p));
    }
    if !line.message.is_empty() {
        event.set(Field::Message, line.message);
    }
    if e.repeated > 0 {
        event.native.push(("repeated", e.repeated.into()));
    }
}
