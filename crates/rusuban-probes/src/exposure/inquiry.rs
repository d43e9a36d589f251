//! What is asked of UDP ports, and what came back. UDP that keeps silent says nothing: it is never closed.

use std::time::Duration;

use rusuban_core::world::exposure::Heard;
use rusuban_core::world::exposure::service::Service;
use tokio::task::JoinSet;

use super::addresses::Own;
use super::datagram::{Returned, exchange};
use super::protocol::bytes::shown;
use super::protocol::{dns, ipmi, key_value, netbios_name, ntp, rpc, snmp};

/// How long an answer over the machine's own addresses may take.
const PATIENCE: Duration = Duration::from_millis(500);

/// A datagram and the reader of what it brings.
struct Question {
    datagram: Vec<u8>,
    read: fn(&[u8]) -> Option<Service>,
}

/// Whether there is anything to ask on a port.
pub fn has_questions(port: u16) -> bool {
    !questions(port).is_empty()
}

fn questions(port: u16) -> Vec<Question> {
    let one = |datagram: Vec<u8>, read: fn(&[u8]) -> Option<Service>| vec![Question { datagram, read }];
    match port {
        53 => one(dns::question(), |bytes| dns::is_answer(bytes).then_some(Service::Dns)),
        111 => one(rpc::call(rpc::RPCBIND), |bytes| rpc::answer(bytes).map(|reply| reply.service("rpcbind"))),
        123 => one(ntp::question(), |bytes| ntp::is_answer(bytes).then_some(Service::Ntp)),
        137 => one(netbios_name::status_question(), |bytes| {
            netbios_name::names(bytes).map(|names| Service::NetbiosName { names })
        }),
        161 => snmp_questions(),
        623 => one(ipmi::PING.to_vec(), |bytes| ipmi::is_pong(bytes).then_some(Service::Ipmi)),
        11211 => one(key_value::VERSION_DATAGRAM.to_vec(), key_value::memcached_datagram),
        _ => Vec::new(),
    }
}

fn snmp_questions() -> Vec<Question> {
    let mut questions = vec![Question { datagram: snmp::discover(), read: snmp::answer }];
    for community in snmp::DEFAULT_COMMUNITIES {
        for version in [snmp::V2C, snmp::V1] {
            questions.push(Question { datagram: snmp::get(version, community), read: snmp::answer });
        }
    }
    questions
}

/// Asks all that there is to ask on a port. Where there is nothing, an empty datagram finds out whether anyone is there.
pub async fn inquire(own: &Own, port: u16) -> (Returned, Option<Heard>) {
    let questions = questions(port);
    if questions.is_empty() {
        return match exchange(own, port, &[], PATIENCE).await {
            Returned::Answer(bytes) => {
                let heard = Heard::Unrecognised(shown(&bytes));
                (Returned::Answer(bytes), Some(heard))
            }
            other => (other, None),
        };
    }
    let mut tasks = JoinSet::new();
    for question in questions {
        let own = own.clone();
        tasks.spawn(async move {
            let returned = exchange(&own, port, &question.datagram, PATIENCE).await;
            let service = match &returned {
                Returned::Answer(bytes) => (question.read)(bytes),
                _ => None,
            };
            (returned, service)
        });
    }
    let mut all = Vec::new();
    while let Some(result) = tasks.join_next().await {
        all.extend(result.ok());
    }
    conclude(all)
}

/// One answer outweighs any silence; being told that nobody is there outweighs silence, too.
fn conclude(all: Vec<(Returned, Option<Service>)>) -> (Returned, Option<Heard>) {
    let mut services = Vec::new();
    let mut best = Returned::Silence;
    for (returned, service) in all {
        services.extend(service);
        if rank(&returned) > rank(&best) {
            best = returned;
        }
    }
    let heard = match (merged(services), &best) {
        (Some(service), _) => Some(Heard::Service(service)),
        (None, Returned::Answer(bytes)) => Some(Heard::Unrecognised(shown(bytes))),
        (None, _) => None,
    };
    (best, heard)
}

fn rank(returned: &Returned) -> u8 {
    match returned {
        Returned::Silence => 0,
        Returned::Failed(_) => 1,
        Returned::AddressUnused => 2,
        Returned::Filtered => 3,
        Returned::Closed => 4,
        Returned::Answer(_) => 5,
    }
}

/// Answers to several questions, as one service: SNMP may know more than one community.
fn merged(services: Vec<Service>) -> Option<Service> {
    let mut services = services.into_iter();
    let mut first = services.next()?;
    for service in services {
        if let (
            Service::Snmp { communities, description },
            Service::Snmp { communities: more, description: other },
        ) = (&mut first, service)
        {
            communities.extend(more);
            communities.sort();
            communities.dedup();
            if description.is_empty() {
                *description = other;
            }
        }
    }
    Some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snmp(communities: &[&str], description: &str) -> Service {
        Service::Snmp {
            communities: communities.iter().map(|c| (*c).to_owned()).collect(),
            description: description.to_owned(),
        }
    }

    #[test]
    fn answers_of_one_server_are_one_service() {
        let all = vec![
            snmp(&[], ""),
            snmp(&["public"], "Linux"),
            snmp(&["public"], "Linux"),
            snmp(&["private"], "Linux"),
        ];
        assert_eq!(merged(all), Some(snmp(&["private", "public"], "Linux")));
    }

    #[test]
    fn silence_is_never_closed_and_never_an_answer() {
        assert_eq!(conclude(vec![]), (Returned::Silence, None));
        let silent = vec![(Returned::Silence, None), (Returned::Silence, None)];
        assert_eq!(conclude(silent), (Returned::Silence, None));
        let odd = vec![(Returned::Silence, None), (Returned::Answer(b"?!".to_vec()), None)];
        assert_eq!(conclude(odd).1, Some(Heard::Unrecognised("?!".into())));
    }
}
