//! `before.exposure.a`: is anything open to others that is not allowed?
//!
//! The facts are seen from the machine itself. They can show that a port is open; that nothing can be reached from
//! outside they can never show, so this is at best unknown until a person states what a scan from outside gave.

use async_trait::async_trait;

use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::policy::{Allowance, Transport};
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown, UnknownCode};
use crate::world::World;
use crate::world::exposure::open::{OpenPort, Role};
use crate::world::exposure::{ExposureFacts, ports};

pub(super) mod blind_spots;
#[cfg(test)]
pub(super) mod fixture;

/// How many client sockets a note names.
const NAMED_CLIENTS: usize = 10;

/// `before.exposure.a`; see the guide beside this file.
pub struct ExposureA;

#[async_trait]
impl Check for ExposureA {
    const META: CheckMeta = meta!("before.exposure.a", Observation, Machine, "exposure_a");
    type Facts = ExposureFacts;

    async fn observe(world: &World) -> Result<ExposureFacts, Unknown> {
        world.exposure.look().await
    }

    fn judge(facts: &[Dated<'_, ExposureFacts>], context: &Context<'_>) -> Judgement {
        blind_spots::judge_all(facts, |facts, findings| {
            let (clients, others): (Vec<_>, Vec<_>) = facts
                .open_ports()
                .into_iter()
                .partition(|port| port.role(&facts.client_ports) == Role::ClientPort);
            for port in &others {
                judge_port(port, facts, context, findings);
            }
            if !clients.is_empty() {
                client_ports(&clients, findings);
            }
            blind_spots::find(facts, findings);
            looked_at(facts, findings);
        })
    }
}

fn judge_port(port: &OpenPort<'_>, facts: &ExposureFacts, context: &Context<'_>, findings: &mut Findings) {
    match context.policy.exposure.allowance(port.transport, port.port, context.closure, context.at) {
        Allowance::Valid(allowed) => findings.note(
            "port-allowed",
            &port.item(),
            Text::new(
                format!(
                    "{} は許可されています（担当: {}、理由: {}）",
                    port.item(),
                    allowed.owner,
                    allowed.reason
                ),
                format!("{} is allowed (owner: {}, reason: {})", port.item(), allowed.owner, allowed.reason),
            ),
            Text::new("休業の前に許可を見直してください", "review the permission before the closure"),
        ),
        Allowance::EndsInClosure(allowed, until) => ends_in_closure(port, &allowed.owner, until, findings),
        Allowance::Expired(allowed, until) => {
            let expired = Text::new(
                format!("許可は {until} で切れています（担当: {}）。", allowed.owner),
                format!("its permission ended on {until} (owner: {}); ", allowed.owner),
            );
            judge_role(port, facts, &expired, findings);
        }
        Allowance::None => judge_role(port, facts, &Text::new("", ""), findings),
    }
}

fn ends_in_closure(port: &OpenPort<'_>, owner: &str, until: jiff::civil::Date, findings: &mut Findings) {
    findings.failing(
        "allowance-ends-in-closure",
        &port.item(),
        Text::new(
            format!("{} の許可は休業が終わる前の {until} で切れます（担当: {owner}）", port.item()),
            format!("the permission of {} ends on {until}, before the closure does (owner: {owner})", port.item()),
        ),
        Text::new(
            "休業の最終日まで必要なら [[exposure.allow]] の until を延ばし、不要なら休業前に閉じてください",
            "extend `until` in [[exposure.allow]] past the closure's last day, or close the port before the closure",
        ),
    );
}

/// A port that no permission covers.
fn judge_role(port: &OpenPort<'_>, facts: &ExposureFacts, expired: &Text, findings: &mut Findings) {
    match port.role(&facts.client_ports) {
        Role::Server if port.blocked => blocked(port, findings),
        Role::Server => exposed(port, expired, findings),
        // Told together with all others of its kind.
        Role::ClientPort => {}
        Role::DhcpClient => dhcp_client(port, findings),
        Role::Unclear => findings.unknown(
            "udp-role-unclear",
            &port.item(),
            Text::new(
                format!(
                    "{} が待ち受けていますが、サービスかクライアントか分かりません。{}",
                    port.item(),
                    port.place().ja
                ),
                format!(
                    "{} takes datagrams; whether it serves or asks is unclear; {}",
                    port.item(),
                    port.place().en
                ),
            ),
            Text::new("root 権限（sudo）で実行してください", "run it as root (sudo)"),
        ),
    }
}

fn exposed(port: &OpenPort<'_>, expired: &Text, findings: &mut Findings) {
    let (code, named_ja, named_en) = if port.in_notice() {
        ("notice-port-exposed", "注意喚起が名指しするポートです", "the notice names this port")
    } else {
        ("port-exposed", "許可されていません", "it is not allowed")
    };
    let usual = ports::known(port.transport, port.port).map(ports::KnownPort::name);
    let (usual_ja, usual_en) = usual.map_or_else(Default::default, |name| {
        (format!("（通常は{}）", name.ja), format!(" (usually {})", name.en))
    });
    let (heard, place, item) = (port.heard(), port.place(), port.item());
    findings.failing(
        code,
        &item,
        Text::new(
            format!(
                "{item} が開いています。{named_ja}{usual_ja}。{}応答: {}。{}",
                expired.ja, heard.ja, place.ja
            ),
            format!("{item} is open; {named_en}{usual_en}; {}answer: {}; {}", expired.en, heard.en, place.en),
        ),
        how_to_close(port),
    );
    findings.in_state(&port.serves());
}

fn how_to_close(port: &OpenPort<'_>) -> Text {
    let find = match (port.pid(), port.transport) {
        (Some(pid), _) => format!("systemctl status {pid}"),
        (None, _) if port.listeners.is_empty() => "sudo nft list ruleset".to_owned(),
        (None, Transport::Tcp) => format!("sudo ss -lntp 'sport = :{}'", port.port),
        (None, Transport::Udp) => format!("sudo ss -lnup 'sport = :{}'", port.port),
    };
    Text::new(
        format!(
            "`{find}` で何が開いているか確かめ、不要なら止めてください（`sudo systemctl disable --now サービス名`）。\
             必要なら設定の [[exposure.allow]] に担当者・理由・期限を書いてください"
        ),
        format!(
            "see what it is with `{find}` and stop it if it is not needed (`sudo systemctl disable --now SERVICE`); \
             if it is, write owner, reason and end into [[exposure.allow]] of the configuration"
        ),
    )
}

fn blocked(port: &OpenPort<'_>, findings: &mut Findings) {
    let place = port.place();
    findings.unknown(
        "port-filtered",
        &port.item(),
        Text::new(
            format!(
                "{} は待ち受けていますが、この機器自身からの接続は遮断されたか、応答がありません。外部から届くかは分かりません。{}",
                port.item(),
                place.ja
            ),
            format!(
                "{} is listened on, but connections from this machine were filtered or not answered; whether it can \
                 be reached from outside is not known; {}",
                port.item(),
                place.en
            ),
        ),
        how_to_close(port),
    );
}

fn dhcp_client(port: &OpenPort<'_>, findings: &mut Findings) {
    let (item, place) = (port.item(), port.place());
    findings.note(
        "dhcp-client",
        &item,
        Text::new(
            format!("{item} は DHCP クライアントです。{}", place.ja),
            format!("{item} is the DHCP client; {}", place.en),
        ),
        Text::new("対応は不要です", "nothing to do"),
    );
}

/// A name server may hold thousands of these, so they are told at once.
fn client_ports(clients: &[OpenPort<'_>], findings: &mut Findings) {
    let named: Vec<String> = clients
        .iter()
        .take(NAMED_CLIENTS)
        .map(|port| format!("{} {}", port.item(), port.process().unwrap_or("?")))
        .collect();
    let (count, named) = (clients.len(), named.join(", "));
    findings.note(
        "client-ports",
        "udp",
        Text::new(
            format!("応答を待つクライアントとみられる UDP ソケットが{count}個あります（{named}）"),
            format!("{count} UDP sockets most likely belong to clients waiting for answers ({named})"),
        ),
        Text::new(
            "心当たりがなければ `sudo ss -lnup` で確かめてください",
            "if they are not expected, look with `sudo ss -lnup`",
        ),
    );
}

/// How many attempts gave what: closed, filtered and silent are told apart, and not having tried from all of them.
fn looked_at(facts: &ExposureFacts, findings: &mut Findings) {
    let count = |transport: Transport, of: fn(&crate::world::exposure::Reach) -> usize| -> usize {
        facts.reaches.iter().filter(|reach| reach.transport == transport).map(of).sum()
    };
    for transport in [Transport::Tcp, Transport::Udp] {
        let open = count(transport, |r| r.open.len());
        let closed = count(transport, |r| r.closed.len());
        let silent = count(transport, |r| r.no_answer.len());
        let filtered = count(transport, |r| r.filtered.len());
        let untried = count(transport, |r| r.failed.len() + r.not_tried.len());
        let name = transport.as_str();
        findings.note(
            "looked-at",
            name,
            Text::new(
                format!("自機アドレスへの {name} 接続: 開 {open}、閉 {closed}、無応答 {silent}、遮断 {filtered}、未実施 {untried}"),
                format!(
                    "{name} to own addresses: {open} open, {closed} closed, {silent} without answer, {filtered} filtered, \
                     {untried} not tried"
                ),
            ),
            Text::new("対応は不要です", "nothing to do"),
        );
    }
}

/// From inside nobody sees what comes through from outside.
pub(super) fn wrong_vantage(findings: &mut Findings) {
    findings.unseen(&Unknown::new(
        UnknownCode::WrongVantage,
        "",
        Text::new(
            "この機器の内側から見た結果です。外部から届かないことは、外部からの走査でしか確かめられません",
            "this was seen from inside the machine; that nothing can be reached from outside only a scan from outside shows",
        ),
        Text::new(
            "組織の外の回線から自組織のアドレスを走査し（例: `sudo nmap -Pn -sS -sU -p \
             T:137,139,445,3389,U:137,138,445 アドレス`）、結果を担当者が申告してください",
            "scan your own address from a line outside the organisation (such as `sudo nmap -Pn -sS -sU -p \
             T:137,139,445,3389,U:137,138,445 ADDRESS`) and let the person in charge state the result",
        ),
    ));
}

#[cfg(test)]
mod tests {
    use super::fixture::{self, Judged, allowed, listener, own, reach};
    use super::*;
    use crate::model::policy::AllowedPort;
    use crate::model::verdict::{Seen, Verdict};
    use crate::world::exposure::service::{Service, Signing, Smb, Taken};
    use crate::world::exposure::{Control, FailedPort, Heard, Holder, TableState};

    fn judge(facts: &ExposureFacts, allow: &[AllowedPort]) -> Judged {
        fixture::judge::<ExposureA>(facts, allow, "2026-12-20T00:00:00Z")
    }

    fn with_samba() -> ExposureFacts {
        let mut facts = fixture::quiet();
        fixture::open_tcp(
            &mut facts,
            445,
            Heard::Service(Service::Smb(Smb {
                dialect: Some("3.1.1".into()),
                signing: Signing::Required,
                smb1: Taken::Refused,
                netbios: false,
            })),
        );
        facts
    }

    #[test]
    fn nothing_open_is_still_unknown_from_inside() {
        let judged = judge(&fixture::quiet(), &[]);
        assert_eq!(judged.verdict, Verdict::Unknown);
        insta::assert_snapshot!(judged.shown(), @r"
        note looked-at tcp
        note looked-at udp
        unknown wrong-vantage
        ");
    }

    #[test]
    fn an_open_port_of_the_notice_fails_and_says_what_answers() {
        let judged = judge(&with_samba(), &[]);
        assert_eq!(judged.verdict, Verdict::Failing);
        insta::assert_snapshot!(judged.shown(), @r"
        failing notice-port-exposed tcp/445
        note looked-at tcp
        note looked-at udp
        unknown wrong-vantage
        ");
        insta::assert_snapshot!(judged.first_failing(), @r"
        tcp/445 が開いています。注意喚起が名指しするポートです（通常はファイル共有（SMB））。応答: SMB（SMB 3.1.1、署名必須、SMB1 拒否）。待受: すべての IPv6 アドレス（多くの場合 IPv4 も）。接続できたアドレス: 192.0.2.10、2001:db8::10。プロセス: smbd（PID 4321）
        `systemctl status 4321` で何が開いているか確かめ、不要なら止めてください（`sudo systemctl disable --now サービス名`）。必要なら設定の [[exposure.allow]] に担当者・理由・期限を書いてください
        tcp/445 is open; the notice names this port (usually file sharing (SMB)); answer: SMB (SMB 3.1.1, signing required, SMB1 refused); listening on: all IPv6 addresses (mostly IPv4 as well); reached at: 192.0.2.10, 2001:db8::10; process: smbd (PID 4321)
        see what it is with `systemctl status 4321` and stop it if it is not needed (`sudo systemctl disable --now SERVICE`); if it is, write owner, reason and end into [[exposure.allow]] of the configuration
        ");
    }

    #[test]
    fn an_allowed_port_is_noted() {
        let judged = judge(&with_samba(), &[allowed(Transport::Tcp, 445, None, None)]);
        assert_eq!(judged.verdict, Verdict::Unknown);
        assert!(judged.has("note port-allowed tcp/445"), "{}", judged.shown());
        let other = judge(&with_samba(), &[allowed(Transport::Udp, 445, None, None)]);
        assert_eq!(other.verdict, Verdict::Failing, "UDP allowed is not TCP allowed");
    }

    #[test]
    fn a_permission_must_last_to_the_closure_s_last_day() {
        let until = |day: &str| judge(&with_samba(), &[allowed(Transport::Tcp, 445, None, Some(day))]);
        assert!(until("2027-01-03").has("note port-allowed tcp/445"));
        assert!(until("2027-01-02").has("failing allowance-ends-in-closure tcp/445"));
        // 2026-12-20 in Japan, where the judgement is made.
        assert!(until("2026-12-20").has("failing allowance-ends-in-closure tcp/445"));
        assert!(until("2026-12-19").has("failing notice-port-exposed tcp/445"));
        let two = [
            allowed(Transport::Tcp, 445, None, Some("2026-12-01")),
            allowed(Transport::Tcp, 445, None, Some("2027-01-31")),
        ];
        assert!(judge(&with_samba(), &two).has("note port-allowed tcp/445"), "the longest counts");
    }

    #[test]
    fn any_listening_port_that_is_not_allowed_fails() {
        let mut facts = fixture::quiet();
        facts.listeners.push(listener(Transport::Tcp, "192.0.2.10", 7777, Holder::Hidden));
        facts.listeners.push(listener(Transport::Tcp, "127.0.0.1", 8888, Holder::Hidden));
        facts.listeners.push(listener(Transport::Tcp, "::ffff:127.0.0.1", 8889, Holder::Hidden));
        let judged = judge(&facts, &[]);
        assert_eq!(judged.failing(), ["port-exposed tcp/7777"]);
        assert!(judged.first_failing().contains("不明（root 権限が必要）"), "{}", judged.first_failing());
    }

    #[test]
    fn udp_servers_fail_and_clients_are_noted() {
        let mut facts = fixture::quiet();
        let process = |name: &str| Holder::Process { name: name.into(), pid: 7 };
        for (port, holder) in [
            (138, process("nmbd")),
            (5353, process("avahi-daemon")),
            (51_820, Holder::NoProcess),
            (68, process("dhclient")),
            (546, process("unexpected")),
            (41_000, process("rsyslogd")),
        ] {
            facts.listeners.push(listener(Transport::Udp, "0.0.0.0", port, holder));
        }
        let judged = judge(&facts, &[]);
        assert_eq!(
            judged.failing(),
            [
                "notice-port-exposed udp/138",
                "port-exposed udp/546",
                "port-exposed udp/5353",
                "port-exposed udp/51820"
            ]
        );
        assert!(judged.has("note dhcp-client udp/68") && judged.has("note client-ports udp"));
    }

    #[test]
    fn a_udp_socket_whose_role_cannot_be_seen_is_unknown() {
        let mut facts = fixture::quiet();
        facts.listeners.push(listener(Transport::Udp, "0.0.0.0", 68, Holder::Hidden));
        assert!(judge(&facts, &[]).has("unknown udp-role-unclear udp/68"));
        facts.client_ports = Seen::Unknown(fixture::why());
        facts.listeners.push(listener(Transport::Udp, "0.0.0.0", 41_000, Holder::Hidden));
        assert!(judge(&facts, &[]).has("unknown udp-role-unclear udp/41000"));
    }

    #[test]
    fn a_connection_that_is_taken_without_a_socket_in_the_table_fails() {
        let mut facts = fixture::quiet();
        facts.reaches.iter_mut().filter(|r| r.transport == Transport::Tcp).for_each(|r| r.open.push(8080));
        let judged = judge(&facts, &[]);
        assert_eq!(judged.failing(), ["port-exposed tcp/8080"]);
        assert!(judged.first_failing().contains("ソケット表にありません"), "{}", judged.first_failing());
    }

    #[test]
    fn silence_behind_a_control_that_was_found_is_a_filter_and_without_it_nothing() {
        let mut facts = fixture::quiet();
        facts.listeners.push(listener(Transport::Tcp, "0.0.0.0", 445, Holder::Hidden));
        facts.reaches.iter_mut().for_each(|reach| reach.no_answer.push(445));
        assert!(judge(&facts, &[]).has("unknown port-filtered tcp/445"));
        facts.reaches.iter_mut().for_each(|reach| reach.control = Control::Missing("no answer".into()));
        let judged = judge(&facts, &[]);
        assert_eq!(judged.failing(), ["notice-port-exposed tcp/445"]);
        assert!(judged.has("unknown control-failed tcp@192.0.2.10"), "{}", judged.shown());
    }

    #[test]
    fn every_blind_spot_is_named() {
        let mut facts = fixture::quiet();
        facts.tables[0].state = TableState::ControlMissing;
        facts.tables[1].state = TableState::Unreadable(fixture::why());
        facts.tables[2].state = TableState::Absent;
        facts.tables.pop();
        facts.addresses = Seen::Known(vec![own("192.0.2.10"), own("2001:db8::10"), own("198.51.100.1")]);
        facts.reaches[0].not_tried = vec![22];
        facts.reaches[1].failed = vec![FailedPort { port: 161, error: "too many open files".into() }];
        facts.reaches[2].control = Control::AddressUnused;
        insta::assert_snapshot!(judge(&facts, &[]).shown(), @r"
        unknown control-failed /proc/net/tcp
        unknown tool-failed here
        unknown not-looked /proc/net/udp
        unknown not-looked /proc/net/udp6
        unknown not-looked tcp@192.0.2.10#ports
        unknown not-looked udp@192.0.2.10#ports
        note address-unused tcp@2001:db8::10
        unknown not-looked tcp@198.51.100.1
        unknown not-looked udp@198.51.100.1
        note looked-at tcp
        note looked-at udp
        unknown wrong-vantage
        ");
    }

    #[test]
    fn a_family_that_the_machine_does_not_have_is_no_blind_spot() {
        let mut facts = fixture::quiet();
        facts.addresses = Seen::Known(vec![own("192.0.2.10")]);
        for table in &mut facts.tables {
            if table.family == crate::world::exposure::Family::Ipv6 {
                table.state = TableState::Absent;
            }
        }
        facts.reaches.retain(|reach| reach.to == own("192.0.2.10"));
        assert_eq!(judge(&facts, &[]).unknown(), ["wrong-vantage"]);
    }

    #[test]
    fn without_addresses_sockets_are_judged_all_the_same() {
        let mut facts = fixture::quiet();
        facts.addresses = Seen::Unknown(fixture::why());
        facts.reaches.clear();
        facts.listeners.push(listener(Transport::Tcp, "::", 3389, Holder::NoProcess));
        let judged = judge(&facts, &[]);
        assert_eq!(judged.failing(), ["notice-port-exposed tcp/3389"]);
        assert!(judged.has("unknown tool-failed here"), "{}", judged.shown());
    }

    #[test]
    fn an_address_that_was_not_tried_is_named() {
        let mut facts = fixture::quiet();
        facts.reaches = vec![reach(Transport::Tcp, "192.0.2.10")];
        let judged = judge(&facts, &[]);
        assert!(judged.has("unknown not-looked udp@192.0.2.10"), "{}", judged.shown());
        assert!(judged.has("unknown not-looked tcp@2001:db8::10"), "{}", judged.shown());
    }
}
