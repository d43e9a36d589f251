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
            for port in facts.open_ports() {
                judge_port(&port, facts, context, findings);
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
        Role::DhcpClient => client(port, "dhcp-client", "DHCP クライアント", "the DHCP client", findings),
        Role::ClientPort => client(
            port,
            "client-port",
            "応答を待つクライアントとみられるソケット",
            "most likely a client waiting for answers",
            findings,
        ),
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
                "{} は待ち受けていますが、この機器自身のフィルターが接続を遮断しました。外部から届くかは分かりません。{}",
                port.item(),
                place.ja
            ),
            format!(
                "{} is listened on, but a filter of this machine blocked the connection; whether it can be reached from \
                 outside is not known; {}",
                port.item(),
                place.en
            ),
        ),
        how_to_close(port),
    );
}

fn client(port: &OpenPort<'_>, code: &str, ja: &str, en: &str, findings: &mut Findings) {
    let place = port.place();
    findings.note(
        code,
        &port.item(),
        Text::new(
            format!("{}: {ja}。{}", port.item(), place.ja),
            format!("{}: {en}; {}", port.item(), place.en),
        ),
        Text::new(
            format!("心当たりがなければ `sudo ss -lnup 'sport = :{}'` で確かめてください", port.port),
            format!("if it is not expected, look with `sudo ss -lnup 'sport = :{}'`", port.port),
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
