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

use std::collections::HashMap;
use std::ops::Range;

use bumpalo::Bump;

use crate::event::{Event, EventTime, Field, TimeReader};

pub mod accounts;
pub mod apache;
pub mod auditd;
pub mod aws_cloudtrail;
pub mod azure_activity;
pub mod cef;
pub mod checkpoint;
pub mod cisco_asa;
pub mod cisco_ios;
pub mod cisco_meraki;
pub mod citrix_adc;
pub mod clamav;
pub mod cloud;
pub mod csv;
pub mod dovecot;
pub mod duo;
pub mod entra_csv;
pub mod entra_id;
pub mod f5_bigip;
pub mod firewall;
pub mod fortigate;
pub mod freeradius;
pub mod ftpd;
pub mod gcp_audit;
pub mod github_audit;
pub mod google_workspace;
pub mod haproxy;
pub mod iis_w3c;
pub mod iptables;
pub mod journald;
pub mod json;
pub mod json_lines;
pub mod jumpcloud;
pub mod juniper_srx;
pub mod keycloak;
pub mod leef;
pub mod linux;
pub mod mapping;
pub mod microsoft365;
mod netkit;
pub mod nginx;
pub mod okta;
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
pub mod veeam;
pub mod vmware;
pub mod watchguard;
mod weblog;
pub mod windows;
pub mod wrapped;
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
    /// What the configuration says about the fields of formats that nobody knows.
    pub mapping: &'c mapping::FieldMapping,
}

impl<'a, 'c> Context<'a, 'c> {
    /// A context without a mapping.
    pub fn new(arena: &'a Bump, time: &'c TimeReader) -> Self {
        Self { arena, time, mapping: &mapping::EMPTY }
    }
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
    &entra_id::EntraId,
    &entra_csv::EntraCsv,
    &azure_activity::AzureActivity,
    &microsoft365::Microsoft365,
    &google_workspace::GoogleWorkspace,
    &gcp_audit::GcpAudit,
    &okta::Okta,
    &aws_cloudtrail::AwsCloudTrail,
    &keycloak::Keycloak,
    &duo::Duo,
    &jumpcloud::JumpCloud,
    &github_audit::GithubAudit,
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
    &veeam::Veeam,
    &vmware::VCenter,
    &vmware::Esxi,
    // Operating systems
    &auditd::Auditd,
    &sshd::Sshd,
    &sudo::Sudo,
    &su::Su,
    &accounts::Accounts,
    &linux::Linux,
    &ftpd::Ftpd,
    &pam::Pam,
    &windows::exports::Exports,
    &windows::nxlog::NxLog,
    &windows::winlogbeat::Winlogbeat,
    &windows::flat::Flat,
    &windows::xml::Xml,
    &windows::ias::Ias,
    &windows::cbs::Cbs,
    // Fallbacks: keep last
    &cef::Cef,
    &leef::Leef,
    &json_lines::JsonLines,
    &json_lines::CsvRows,
    &syslog::Syslog,
];

/// How many programs' sources are remembered.
const REMEMBERED: usize = 256;

/// Reads lines into events. One for each worker.
#[derive(Debug, Default)]
pub struct Dispatcher {
    /// The source that took the last line of a program, by the program's name. Never a fallback, which would take a line
    /// from the source that it belongs to.
    known: HashMap<Box<str>, usize, foldhash::fast::RandomState>,
    /// The program of the last line, and its source: lines of one program stand together.
    last: (String, Option<usize>),
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
        let line = line(text, columns, context);
        if let Some(object) = line.json.filter(|o| journald::is_entry(*o)) {
            return journald::read_json(object, text, self, context, event);
        }
        let Some((root, inside)) = line.json.and_then(|root| Some((root, wrapped::inside(root)?))) else {
            return self.read_line(&line, context, event);
        };
        // An object with a line inside: a known source may know the object as it is; else the line inside is read.
        match self.ask(&line, 0..KNOWN, context, event) {
            Err(Refusal::NotMine) => {}
            known => return known,
        }
        if self.read_inside(root, inside, context, event) {
            event.original = line.text;
            return Ok(());
        }
        self.ask(&line, KNOWN..SOURCES.len(), context, event)
    }

    /// Reads the line inside an object; one level only. False where it says nothing that the object does not.
    fn read_inside<'a>(
        &mut self,
        root: json::Object<'a>,
        inside: &'a str,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> bool {
        let line = line(inside, None, context);
        // Where the object itself names users and addresses, a line that nobody knows adds nothing.
        let most = if json_lines::speaks(root) { KNOWN } else { SOURCES.len() };
        let read = self.ask(&line, 0..most, context, event).is_ok();
        if read {
            wrapped::complete(root, context, event);
        }
        read
    }

    /// Reads a line whose envelope is known already.
    pub fn read_line<'a>(
        &mut self,
        line: &Line<'a>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        // A line that a source knows as its own and finds broken is not for the fallbacks to make something of.
        match self.ask(line, 0..KNOWN, context, event) {
            Err(Refusal::NotMine) => self.ask(line, KNOWN..SOURCES.len(), context, event),
            answer => answer,
        }
    }

    /// The source that took the program's last line.
    fn source_of(&mut self, app: &str) -> Option<usize> {
        if self.last.0 != app {
            self.last.1 = self.known.get(app).copied();
            app.clone_into(&mut self.last.0);
        }
        self.last.1
    }

    /// Asks some of the sources; the one that took the program's last line first.
    fn ask<'a>(
        &mut self,
        line: &Line<'a>,
        sources: Range<usize>,
        context: &Context<'a, '_>,
        event: &mut Event<'a>,
    ) -> Result<(), Refusal> {
        let position = event.position;
        let app = line.envelope.app;
        let mut refusal = Refusal::NotMine;
        let sticky = self.source_of(app).filter(|index| sources.contains(index));
        let order = sticky.into_iter().chain(sources.filter(|i| Some(*i) != sticky));
        for index in order {
            let Some(source) = SOURCES.get(index) else { continue };
            event.clear();
            event.position = position;
            event.source = source.meta();
            apply(line, event);
            match source.parse(line, context, event) {
                Ok(()) => {
                    event.source = source.meta();
                    if sticky != Some(index) && index < KNOWN {
                        if self.known.len() >= REMEMBERED {
                            self.known.clear();
                        }
                        self.known.insert(app.into(), index);
                        self.last.1 = Some(index);
                    }
                    return Ok(());
                }
                Err(Refusal::NotMine) => {}
                Err(broken) => {
                    // Its own line, and broken: nobody else is to make something of it.
                    refusal = broken;
                    break;
                }
            }
        }
        event.clear();
        event.position = position;
        event.original = line.text;
        Err(refusal)
    }
}

/// How many of the last [`SOURCES`] are fallbacks.
const FALLBACKS: usize = 5;

/// How many are not.
const KNOWN: usize = SOURCES.len() - FALLBACKS;

/// A text with its envelope taken off.
fn line<'a>(text: &'a str, columns: Option<&'a [&'a str]>, context: &Context<'a, '_>) -> Line<'a> {
    // Blanks before an object say nothing; before other texts they may.
    let text = if text.trim_start().starts_with('{') { text.trim_start() } else { text };
    let (envelope, message) = syslog::envelope(text, context.time);
    let message = if message.trim_start().starts_with('{') { message.trim_start() } else { message };
    let json = if message.starts_with('{') { json::parse(message, context.arena) } else { None };
    Line { text, envelope, message, json, columns }
}

/// Puts into the event what the envelope said.
fn apply<'a>(line: &Line<'a>, event: &mut Event<'a>) {
    let e = &line.envelope;
    event.original = line.text;
    event.time = e.time;
    for (field, text) in [(Field::HostHostname, e.host), (Field::LogSyslogAppname, e.app)] {
        if !text.is_empty() && text != "-" {
            event.push(field, text);
        }
    }
    if let Ok(pid) = e.pid.parse::<u64>() {
        event.push(Field::ProcessPid, pid);
    }
    if let Some(p) = e.priority {
        event.push(Field::LogSyslogPriority, u64::from(p));
    }
    if !line.message.is_empty() {
        event.push(Field::Message, line.message);
    }
    if e.repeated > 0 {
        event.native.push(("repeated", e.repeated.into()));
    }
}
