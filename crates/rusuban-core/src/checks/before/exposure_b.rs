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
        // X servers let programs of their own machine in where they let nobody else in.
        Service::X11 { authentication: Authentication::NotNeeded }
        | Service::Vnc { authentication: Authentication::Unclear, .. }
        | Service::Redis { authentication: Authentication::Unclear } => {
            authentication_unclear(port, service, findings);
        }
        Service::Vnc { authentication: Authentication::NotNeeded, .. }
        | Service::Redis { authentication: Authentication::NotNeeded }
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

fn authentication_unclear(port: &OpenPort<'_>, service: &Service, findings: &mut Findings) {
    let (item, label) = (port.item(), service.label());
    findings.unknown(
        "authentication-unclear",
        &item,
        Text::new(
            format!("{item} の {} が他の機器にも認証なしで応答するか確かめられませんでした", label.ja),
            format!(
                "whether {} on {item} serves other machines without authentication was not seen",
                label.en
            ),
        ),
        Text::new(
            "別の機器から接続して確かめ、結果を担当者が申告してください",
            "connect from another machine, and let the person in charge state the result",
        ),
    );
}

fn again() -> Text {
    Text::new("`rusuban check` をもう一度実行してください", "run `rusuban check` again")
}

#[cfg(test)]
mod tests {
    use super::super::exposure_a::fixture::{self, Judged, allowed, listener};
    use super::*;
    use crate::model::verdict::Verdict;
    use crate::world::exposure::service::Signing;
    use crate::world::exposure::{Answer, Heard, Holder};

    fn judge(facts: &ExposureFacts, allow: &[AllowedPort]) -> Judged {
        fixture::judge::<ExposureB>(facts, allow, "2026-12-20T00:00:00Z")
    }

    fn open(port: u16, heard: Heard) -> ExposureFacts {
        let mut facts = fixture::quiet();
        fixture::open_tcp(&mut facts, port, heard);
        facts
    }

    fn service(port: u16, service: Service) -> Judged {
        judge(&open(port, Heard::Service(service)), &[])
    }

    fn ssh() -> Heard {
        Heard::Service(Service::Ssh { banner: "SSH-2.0-OpenSSH_9.2p1".into() })
    }

    #[test]
    fn what_was_allowed_and_answers_is_still_unknown_from_inside() {
        let judged = judge(&open(22, ssh()), &[allowed(Transport::Tcp, 22, Some("ssh"), None)]);
        assert_eq!(judged.verdict, Verdict::Unknown);
        assert_eq!(judged.unknown(), ["wrong-vantage"]);
        assert_eq!(judge(&fixture::quiet(), &[]).unknown(), ["wrong-vantage"]);
    }

    #[test]
    fn another_protocol_than_the_allowed_one_fails() {
        let https = allowed(Transport::Tcp, 443, Some("https"), None);
        let judged = judge(&open(443, ssh()), std::slice::from_ref(&https));
        assert_eq!(judged.failing(), ["other-protocol tcp/443"]);
        insta::assert_snapshot!(judged.first_failing(), @r"
        tcp/443 で許可しているのは https ですが、SSH（SSH-2.0-OpenSSH_9.2p1） が応答しました。待受: すべての IPv6 アドレス（多くの場合 IPv4 も）。接続できたアドレス: 192.0.2.10、2001:db8::10。プロセス: smbd（PID 4321）
        許可していないサービスなら止め、許可の書き誤りなら [[exposure.allow]] の protocol を直してください
        https is allowed on tcp/443, but SSH (SSH-2.0-OpenSSH_9.2p1) answers; listening on: all IPv6 addresses (mostly IPv4 as well); reached at: 192.0.2.10, 2001:db8::10; process: smbd (PID 4321)
        stop the service if it is not allowed, or mend `protocol` in [[exposure.allow]]
        ");
        let any = allowed(Transport::Tcp, 443, None, None);
        assert_eq!(judge(&open(443, ssh()), &[any]).failing(), Vec::<String>::new());
        let bare = Heard::Service(Service::Tls { version: "1.3".into(), application: None });
        assert!(judge(&open(443, bare), &[https]).has("unknown protocol-unclear tcp/443"));
    }

    #[test]
    fn what_cannot_be_named_is_unknown() {
        for heard in
            [Heard::Silent, Heard::Unrecognised("?".into()), Heard::NotAsked, Heard::Failed("x".into())]
        {
            assert!(
                judge(&open(8009, heard.clone()), &[]).has("unknown protocol-unnamed tcp/8009"),
                "{heard:?}"
            );
        }
        let mut unasked = open(8009, ssh());
        unasked.answers.clear();
        assert!(judge(&unasked, &[]).has("unknown protocol-unnamed tcp/8009"));
        // One socket named does not speak for the other on the same port.
        let mut half = open(8009, ssh());
        let silent = Answer { heard: Heard::Silent, listener: None, ..half.answers[0].clone() };
        half.answers.push(silent);
        assert!(judge(&half, &[]).has("unknown protocol-unnamed tcp/8009"));
    }

    #[test]
    fn smb1_is_a_fault_and_not_knowing_it_is_not_good() {
        let smb = |smb1| {
            Service::Smb(Smb {
                dialect: Some("3.1.1".into()),
                signing: Signing::Required,
                smb1,
                netbios: false,
            })
        };
        assert_eq!(service(445, smb(Taken::Accepted)).failing(), ["smb1-accepted tcp/445"]);
        assert!(service(445, smb(Taken::Unclear)).has("unknown smb1-unclear tcp/445"));
        assert_eq!(service(445, smb(Taken::Refused)).unknown(), ["wrong-vantage"]);
    }

    #[test]
    fn remote_desktop_must_require_nla() {
        use Taken::{Accepted, Refused, Unclear};
        let rdp = |standard, tls, nla| Service::Rdp(Rdp { standard, tls, nla });
        assert_eq!(service(3389, rdp(Refused, Refused, Accepted)).unknown(), ["wrong-vantage"]);
        assert_eq!(service(3389, rdp(Accepted, Refused, Accepted)).failing(), ["rdp-without-nla tcp/3389"]);
        assert_eq!(service(3389, rdp(Refused, Accepted, Accepted)).failing(), ["rdp-without-nla tcp/3389"]);
        assert!(service(3389, rdp(Refused, Unclear, Accepted)).has("unknown nla-unclear tcp/3389"));
    }

    #[test]
    fn services_that_serve_anyone_are_faults_on_any_port() {
        let text = String::new;
        let open = Authentication::NotNeeded;
        for bad in [
            Service::Vnc { version: "3.8".into(), authentication: open },
            Service::Redis { authentication: open },
            Service::Memcached { version: text() },
            Service::DockerApi { server: text() },
            Service::Elasticsearch { version: text() },
        ] {
            assert_eq!(service(7777, bad.clone()).failing(), ["no-authentication tcp/7777"], "{bad:?}");
        }
        let redis = |authentication| service(6379, Service::Redis { authentication });
        assert_eq!(redis(Authentication::Needed).unknown(), ["wrong-vantage"]);
        assert!(redis(Authentication::Unclear).has("unknown authentication-unclear tcp/6379"));
        assert!(
            service(6000, Service::X11 { authentication: open })
                .has("unknown authentication-unclear tcp/6000")
        );
        assert_eq!(
            service(22, Service::Ssh { banner: "SSH-1.99-x".into() }).failing(),
            ["ssh-protocol-1 tcp/22"]
        );
    }

    #[test]
    fn a_default_community_is_a_fault_and_silence_is_no_proof() {
        let snmp = |communities: &[&str]| {
            let mut facts = fixture::quiet();
            facts.listeners.push(listener(Transport::Udp, "0.0.0.0", 161, Holder::Hidden));
            let communities = communities.iter().map(|c| (*c).to_owned()).collect();
            fixture::answered(
                &mut facts,
                Transport::Udp,
                161,
                Heard::Service(Service::Snmp { communities, description: String::new() }),
            );
            facts
        };
        assert_eq!(judge(&snmp(&["public"]), &[]).failing(), ["default-community udp/161"]);
        assert_eq!(judge(&snmp(&[]), &[]).unknown(), ["wrong-vantage"]);
        let mut silent = snmp(&[]);
        silent.answers.clear();
        silent.reaches.iter_mut().for_each(|reach| reach.open.clear());
        assert!(judge(&silent, &[]).has("unknown protocol-unnamed udp/161"));
    }

    #[test]
    fn what_only_the_machine_itself_reaches_is_not_judged() {
        let mut facts = fixture::quiet();
        facts.listeners.push(listener(Transport::Tcp, "127.0.0.1", 6379, Holder::Hidden));
        facts.answers.push(Answer {
            transport: Transport::Tcp,
            port: 6379,
            addresses: vec!["127.0.0.1".parse().unwrap()],
            asked: "127.0.0.1".parse().unwrap(),
            listener: Some("127.0.0.1".parse().unwrap()),
            heard: Heard::Service(Service::Redis { authentication: Authentication::NotNeeded }),
        });
        assert_eq!(judge(&facts, &[]).failing(), Vec::<String>::new());
    }
}
