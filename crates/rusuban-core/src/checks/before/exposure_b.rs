//! `before.exposure.b`: is what answers what was allowed, and is it sound?
//!
//! It judges what confirmed itself on ports that face others. That a port is open at all is the business of
//! `before.exposure.a`.

use async_trait::async_trait;

use super::exposure_a::blind_spots;
use crate::checks::{Check, CheckMeta, Context, Dated, meta};
use crate::model::policy::{AllowedPort, Transport};
use crate::model::text::Text;
use crate::model::verdict::{Findings, Judgement, Unknown};
use crate::world::World;
use crate::world::exposure::ExposureFacts;
use crate::world::exposure::open::{OpenPort, Role};
use crate::world::exposure::service::{Authentication, Fit, Rdp, Service, Smb, Taken};

/// `before.exposure.b`; see the guide beside this file.
pub struct ExposureB;

#[async_trait]
impl Check for ExposureB {
    const META: CheckMeta = meta!("before.exposure.b", Observation, Machine, "exposure_b");
    type Facts = ExposureFacts;

    async fn observe(world: &World) -> Result<ExposureFacts, Unknown> {
        world.exposure.look().await
    }

    fn judge(facts: &[Dated<'_, ExposureFacts>], context: &Context<'_>) -> Judgement {
        blind_spots::judge_all(facts, |facts, findings| {
            for port in facts.open_ports() {
                let serves = port.role(&facts.client_ports) == Role::Server;
                if serves {
                    judge_port(&port, context, findings);
                }
            }
            blind_spots::find(facts, findings);
        })
    }
}

fn judge_port(port: &OpenPort<'_>, context: &Context<'_>, findings: &mut Findings) {
    let wanted = wanted_protocols(&context.policy.exposure.allow, port);
    let mut named = false;
    for service in port.answers.iter().filter_map(|answer| answer.heard.service()) {
        named = true;
        weaknesses(port, service, findings);
        if !wanted.is_empty() {
            compare(port, service, &wanted, findings);
        }
    }
    let all_named = named && port.answers.iter().all(|answer| answer.heard.service().is_some());
    if !all_named {
        unnamed(port, findings);
    }
}

/// The protocols that may answer on a port. Empty where it is not allowed, or allowed for any protocol.
fn wanted_protocols<'p>(allow: &'p [AllowedPort], port: &OpenPort<'_>) -> Vec<&'p str> {
    let entries: Vec<&AllowedPort> =
        allow.iter().filter(|a| a.transport == port.transport && a.port == port.port).collect();
    if entries.iter().any(|allowed| allowed.protocol.is_none()) {
        return Vec::new();
    }
    entries.iter().filter_map(|allowed| allowed.protocol.as_deref()).collect()
}

fn compare(port: &OpenPort<'_>, service: &Service, wanted: &[&str], findings: &mut Findings) {
    let fits: Vec<Fit> = wanted.iter().map(|wanted| service.fit(wanted)).collect();
    if fits.contains(&Fit::Same) {
        return;
    }
    let (item, label, wanted) = (port.item(), service.label(), wanted.join(", "));
    let place = port.place();
    if fits.contains(&Fit::Unclear) {
        findings.unknown(
            "protocol-unclear",
            &item,
            Text::new(
                format!(
                    "{item} は {} で応答しました。中身が許可した {wanted} かは確かめられません",
                    label.ja
                ),
                format!(
                    "{item} answers with {}; whether {wanted}, which is allowed, is inside was not seen",
                    label.en
                ),
            ),
            Text::new(
                format!("許可を protocol = \"{}\" に直すか、担当者が申告してください", service.name()),
                format!("allow protocol = \"{}\", or let the person in charge state it", service.name()),
            ),
        );
    } else {
        findings.failing(
            "other-protocol",
            &item,
            Text::new(
                format!("{item} で許可しているのは {wanted} ですが、{} が応答しました。{}", label.ja, place.ja),
                format!("{wanted} is allowed on {item}, but {} answers; {}", label.en, place.en),
            ),
            Text::new(
                "許可していないサービスなら止め、許可の書き誤りなら [[exposure.allow]] の protocol を直してください",
                "stop the service if it is not allowed, or mend `protocol` in [[exposure.allow]]",
            ),
        );
    }
}

/// A port that serves others and whose protocol was not confirmed everywhere.
fn unnamed(port: &OpenPort<'_>, findings: &mut Findings) {
    let (item, heard, place) = (port.item(), port.heard(), port.place());
    let hint = match port.transport {
        Transport::Tcp => format!("sudo ss -lntp 'sport = :{}'", port.port),
        Transport::Udp => format!("sudo ss -lnup 'sport = :{}'", port.port),
    };
    findings.unknown(
        "protocol-unnamed",
        &item,
        Text::new(
            format!("{item} で何が応答するか確かめられませんでした。{}。{}", heard.ja, place.ja),
            format!("what answers on {item} was not confirmed: {}; {}", heard.en, place.en),
        ),
        Text::new(
            format!("`{hint}` で確かめ、何であるかを担当者が申告してください"),
            format!("look with `{hint}` and let the person in charge state what it is"),
        ),
    );
}

/// Faults of what answers, whether or not it is allowed.
fn weaknesses(port: &OpenPort<'_>, service: &Service, findings: &mut Findings) {
    match service {
        Service::Smb(smb) => smb_weaknesses(port, smb, findings),
        Service::Rdp(rdp) => rdp_weaknesses(port, rdp, findings),
        Service::Snmp { communities, .. } if !communities.is_empty() => {
            default_community(port, communities, findings);
        }
        Service::Ssh { banner } if banner.starts_with("SSH-1.") => old_ssh(port, banner, findings),
        Service::Vnc { authentication: Authentication::NotNeeded, .. }
        | Service::Redis { authentication: Authentication::NotNeeded }
        | Service::X11 { authentication: Authentication::NotNeeded }
        | Service::Memcached { .. }
        | Service::DockerApi { .. }
        | Service::Elasticsearch { .. } => no_authentication(port, service, findings),
        _ => {}
    }
}

fn smb_weaknesses(port: &OpenPort<'_>, smb: &Smb, findings: &mut Findings) {
    let item = port.item();
    match smb.smb1 {
        Taken::Accepted => findings.failing(
            "smb1-accepted",
            &item,
            Text::new(
                format!("{item} は SMB1 を受け入れます。{}", port.place().ja),
                format!("{item} accepts SMB1; {}", port.place().en),
            ),
            Text::new(
                "SMB1 を無効にしてください（Samba: smb.conf の [global] に `server min protocol = SMB2_02` を書き、\
                 `testparm -s` で確かめて `sudo systemctl restart smbd`）",
                "switch SMB1 off (Samba: `server min protocol = SMB2_02` in [global] of smb.conf, check with `testparm -s`, \
                 then `sudo systemctl restart smbd`)",
            ),
        ),
        Taken::Unclear => findings.unknown(
            "smb1-unclear",
            &item,
            Text::new(
                format!("{item} が SMB1 を受け入れるか確かめられませんでした"),
                format!("whether {item} accepts SMB1 was not seen"),
            ),
            again(),
        ),
        Taken::Refused => {}
    }
}

fn rdp_weaknesses(port: &OpenPort<'_>, rdp: &Rdp, findings: &mut Findings) {
    let (item, label) = (port.item(), Service::Rdp(rdp.clone()).label());
    if rdp.without_nla() {
        findings.failing(
            "rdp-without-nla",
            &item,
            Text::new(
                format!("{item} のリモートデスクトップは NLA なしで接続できます。{}", label.ja),
                format!("remote desktop on {item} can be used without NLA; {}", label.en),
            ),
            Text::new(
                "不要なら止めてください。必要なら NLA を必須にし（Windows: システムのプロパティ→リモート）、\
                 NLA のない実装（xrdp など）は VPN の内側に置いてください",
                "stop it if it is not needed; otherwise require NLA (Windows: System Properties, Remote), and keep what has \
                 no NLA, such as xrdp, inside the VPN",
            ),
        );
    } else if rdp.standard == Taken::Unclear || rdp.tls == Taken::Unclear {
        findings.unknown(
            "nla-unclear",
            &item,
            Text::new(
                format!("{item} のリモートデスクトップが NLA を必須としているか確かめられませんでした"),
                format!("whether remote desktop on {item} requires NLA was not seen"),
            ),
            again(),
        );
    }
}

fn default_community(port: &OpenPort<'_>, communities: &[String], findings: &mut Findings) {
    let (item, names) = (port.item(), communities.join(", "));
    findings.failing(
        "default-community",
        &item,
        Text::new(
            format!("{item} の SNMP が既定のコミュニティ名（{names}）に応答します。{}", port.place().ja),
            format!("SNMP on {item} answers to a default community ({names}); {}", port.place().en),
        ),
        Text::new(
            "コミュニティ名を変えて接続元を絞るか、SNMPv3 だけにしてください（net-snmp: /etc/snmp/snmpd.conf の rocommunity）",
            "change the community and limit who may ask, or use SNMPv3 only (net-snmp: rocommunity in \
             /etc/snmp/snmpd.conf)",
        ),
    );
}

fn old_ssh(port: &OpenPort<'_>, banner: &str, findings: &mut Findings) {
    let item = port.item();
    findings.failing(
        "ssh-protocol-1",
        &item,
        Text::new(
            format!("{item} の SSH は古いプロトコル 1 を受け入れます（{banner}）"),
            format!("SSH on {item} takes the old protocol 1 ({banner})"),
        ),
        Text::new("SSH サーバーを更新してください", "update the SSH server"),
    );
}

fn no_authentication(port: &OpenPort<'_>, service: &Service, findings: &mut Findings) {
    let (item, label, place) = (port.item(), service.label(), port.place());
    findings.failing(
        "no-authentication",
        &item,
        Text::new(
            format!("{item} の {} は誰にでも応答します。{}", label.ja, place.ja),
            format!("{} on {item} serves anyone; {}", label.en, place.en),
        ),
        Text::new(
            "認証を設定するか、ループバック（127.0.0.1）だけで待ち受けるようにしてください",
            "set authentication up, or let it listen on loopback (127.0.0.1) only",
        ),
    );
}

fn again() -> Text {
    Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again")
}
