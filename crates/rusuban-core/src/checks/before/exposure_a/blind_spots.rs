//! What the look at a machine's exposure could not have seen. Shared by both requirements of `before.exposure`.

use std::collections::BTreeSet;

use crate::checks::Dated;
use crate::model::policy::Transport;
use crate::model::subject::SubjectId;
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Level, Seen, Unknown, UnknownCode};
use crate::world::exposure::{Control, ExposureFacts, Family, OwnAddress, Reach, TableState};

/// Judges the facts of every source and adds that all of them were seen from inside. What two sources say alike is said
/// once.
pub(in crate::checks::before) fn judge_all(
    facts: &[Dated<'_, ExposureFacts>],
    judge: impl Fn(&ExposureFacts, &mut Findings),
) -> Judgement {
    let mut findings = Findings::about(facts.first().map_or(&SubjectId::organisation(), Dated::subject));
    for dated in facts {
        judge(&dated.facts, &mut findings);
    }
    super::wrong_vantage(&mut findings);
    let mut judgement = findings.judgement();
    let mut said: BTreeSet<(Level, String, String)> = BTreeSet::new();
    judgement.findings.retain(|f| said.insert((f.level, f.code.clone(), f.item.clone())));
    judgement
}

/// Names every blind spot of one look.
pub(in crate::checks::before) fn find(facts: &ExposureFacts, findings: &mut Findings) {
    for transport in [Transport::Tcp, Transport::Udp] {
        for family in [Family::Ipv4, Family::Ipv6] {
            table(facts, transport, family, findings);
        }
    }
    if let Seen::Unknown(why) = &facts.client_ports {
        findings.unseen(why);
    }
    match &facts.addresses {
        Seen::Unknown(why) => findings.unseen(why),
        Seen::Known(addresses) => {
            for own in addresses {
                address(facts, own, findings);
            }
        }
    }
}

fn table(facts: &ExposureFacts, transport: Transport, family: Family, findings: &mut Findings) {
    let state =
        facts.tables.iter().find(|t| t.transport == transport && t.family == family).map(|t| &t.state);
    let name = match family {
        Family::Ipv4 => transport.as_str().to_owned(),
        Family::Ipv6 => format!("{}6", transport.as_str()),
    };
    let has_family = facts
        .addresses
        .known()
        .is_none_or(|addresses| addresses.iter().any(|own| Family::of(own.address) == family));
    match state {
        Some(TableState::Read) => {}
        Some(TableState::Absent) if !has_family => {}
        Some(TableState::Unreadable(why)) => findings.unseen(why),
        Some(TableState::ControlMissing) => findings.unseen(&Unknown::new(
            UnknownCode::ControlFailed,
            format!("/proc/net/{name}"),
            Text::new(
                format!("/proc/net/{name} に、直前に開いた対照用のソケットがありません。ほかの待受も見えていない恐れがあります"),
                format!(
                    "/proc/net/{name} does not show the control socket that was opened just before; others may be missing"
                ),
            ),
            Text::new(
                "コンテナーなどの制限された環境でなく、機器そのものの上で実行してください",
                "run it on the machine itself, not in a restricted environment such as a container",
            ),
        )),
        Some(TableState::Absent) | None => findings.unseen(&Unknown::new(
            UnknownCode::NotLooked,
            format!("/proc/net/{name}"),
            Text::new(
                format!("ソケット表 /proc/net/{name} を読んでいません"),
                format!("the socket table /proc/net/{name} was not read"),
            ),
            again(),
        )),
    }
}

fn address(facts: &ExposureFacts, own: &OwnAddress, findings: &mut Findings) {
    for transport in [Transport::Tcp, Transport::Udp] {
        let item = format!("{}@{own}", transport.as_str());
        match facts.reaches.iter().find(|reach| reach.transport == transport && reach.to == *own) {
            None => not_tried(&item, own, transport, findings),
            Some(reach) => reach_of(reach, &item, findings),
        }
    }
}

fn not_tried(item: &str, own: &OwnAddress, transport: Transport, findings: &mut Findings) {
    let name = transport.as_str();
    findings.unseen(&Unknown::new(
        UnknownCode::NotLooked,
        item,
        Text::new(
            format!("{own} の {name} ポートには接続を試みていません"),
            format!("{name} ports of {own} were not tried"),
        ),
        again(),
    ));
}

fn reach_of(reach: &Reach, item: &str, findings: &mut Findings) {
    let (own, name) = (&reach.to, reach.transport.as_str());
    match &reach.control {
        Control::Found => {}
        Control::AddressUnused => {
            findings.note(
                "address-unused",
                item,
                Text::new(
                    format!("{own}（{}）は現在使われていません", own.interface),
                    format!("{own} ({}) is not in use at present", own.interface),
                ),
                Text::new("対応は不要です", "nothing to do"),
            );
            return;
        }
        Control::Missing(why) => findings.unseen(&Unknown::new(
            UnknownCode::ControlFailed,
            item,
            Text::new(
                format!("{own} で対照用に開いた {name} ポートに届きませんでした（{why}）。閉じているという結果は信用できません"),
                format!(
                    "the control port ({name}) opened on {own} was not reached ({why}); that others are closed cannot be \
                     relied on"
                ),
            ),
            Text::new(
                "この機器のフィルター（`sudo nft list ruleset`）を確かめてください",
                "look at this machine's filter (`sudo nft list ruleset`)",
            ),
        )),
    }
    let untried = reach.not_tried.len() + reach.failed.len();
    if untried > 0 {
        let why = reach.failed.first().map_or("no time left", |failed| failed.error.as_str());
        findings.unseen(&Unknown::new(
            UnknownCode::NotLooked,
            format!("{item}#ports"),
            Text::new(
                format!("{own} の {name} ポートのうち{untried}個を試せませんでした（{why}）"),
                format!("{untried} of the {name} ports of {own} could not be tried ({why})"),
            ),
            again(),
        ));
    }
}

fn again() -> Text {
    Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again")
}
