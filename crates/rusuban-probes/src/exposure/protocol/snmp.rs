//! SNMP: sysDescr with the communities that devices are shipped with (RFC 3416, RFC 3584), and the discovery of an
//! SNMPv3 engine, which needs no user (RFC 3414 4).

use rusuban_core::world::exposure::service::Service;

use super::ber;
use super::bytes::{Bytes, shown};

/// Communities that devices are shipped with. Public knowledge, no secrets.
pub const DEFAULT_COMMUNITIES: [&str; 2] = ["public", "private"];

/// Version numbers as they stand in messages.
pub const V1: u8 = 0;
/// SNMPv2c.
pub const V2C: u8 = 1;

const GET: u8 = 0xa0;
const RESPONSE: u8 = 0xa2;
const REPORT: u8 = 0xa8;

/// 1.3.6.1.2.1.1.1.0
const SYS_DESCR: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 1, 0];

/// Asks for sysDescr with a community.
pub fn get(version: u8, community: &str) -> Vec<u8> {
    let binding = ber::sequence(&[&ber::element(6, SYS_DESCR), &ber::element(5, b"")]);
    ber::sequence(&[&ber::element(2, &[version]), &ber::element(4, community.as_bytes()), &pdu(&binding)])
}

/// Asks an SNMPv3 engine for its name: an empty user and engine, and the wish for a report.
pub fn discover() -> Vec<u8> {
    // id, largest answer, flags (reportable), model 3 (USM)
    let global = ber::sequence(&[
        &ber::element(2, &[0x52]),
        &ber::element(2, &[0, 0xff, 0xe3]),
        &ber::element(4, &[4]),
        &ber::element(2, &[3]),
    ]);
    let empty = ber::element(4, b"");
    let zero = ber::element(2, &[0]);
    let security = ber::element(4, &ber::sequence(&[&empty, &zero, &zero, &empty, &empty, &empty]));
    let scoped = ber::sequence(&[&empty, &empty, &pdu(b"")]);
    ber::sequence(&[&ber::element(2, &[3]), &global, &security, &scoped])
}

/// A GET with its bindings: request number, no error.
fn pdu(bindings: &[u8]) -> Vec<u8> {
    let zero = ber::element(2, &[0]);
    let content = [ber::element(2, &[0x52]), zero.clone(), zero, ber::sequence(&[bindings])].concat();
    ber::element(GET, &content)
}

/// Reads an answer to any of these questions. A community in it is one that the server answers to.
pub fn answer(bytes: &[u8]) -> Option<Service> {
    let mut message = Bytes::new(ber::expect(&mut Bytes::new(bytes), 0x30)?);
    let [version] = ber::expect(&mut message, 2)?.try_into().ok()?;
    match version {
        V1 | V2C => {
            let community = shown(ber::expect(&mut message, 4)?);
            let pdu = ber::expect(&mut message, RESPONSE)?;
            let description = description(pdu).unwrap_or_default();
            Some(Service::Snmp { communities: vec![community], description })
        }
        3 => {
            ber::expect(&mut message, 0x30)?;
            ber::expect(&mut message, 4)?;
            // A report in the clear, or something encrypted: both only an SNMPv3 engine sends.
            let (kind, scoped) = ber::next(&mut message)?;
            (kind == 4 || is_report(scoped))
                .then(|| Service::Snmp { communities: vec![], description: String::new() })
        }
        _ => None,
    }
}

fn is_report(scoped: &[u8]) -> bool {
    let mut scoped = Bytes::new(scoped);
    ber::expect(&mut scoped, 4).is_some()
        && ber::expect(&mut scoped, 4).is_some()
        && ber::next(&mut scoped).is_some_and(|(kind, _)| matches!(kind, REPORT | RESPONSE))
}

/// The text of the first binding.
fn description(pdu: &[u8]) -> Option<String> {
    let mut pdu = Bytes::new(pdu);
    for _ in 0..3 {
        ber::expect(&mut pdu, 2)?;
    }
    let mut bindings = Bytes::new(ber::expect(&mut pdu, 0x30)?);
    let mut binding = Bytes::new(ber::expect(&mut bindings, 0x30)?);
    ber::expect(&mut binding, 6)?;
    ber::expect(&mut binding, 4).map(shown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn response(version: u8, value: &[u8]) -> Vec<u8> {
        let binding = ber::sequence(&[&ber::element(6, SYS_DESCR), &ber::element(4, value)]);
        let content = [
            ber::element(2, &[0x52]),
            ber::element(2, &[0]),
            ber::element(2, &[0]),
            ber::sequence(&[&binding]),
        ]
        .concat();
        ber::sequence(&[
            &ber::element(2, &[version]),
            &ber::element(4, b"public"),
            &ber::element(RESPONSE, &content),
        ])
    }

    #[test]
    fn a_community_that_is_answered_to_and_the_description() {
        let expected =
            Service::Snmp { communities: vec!["public".into()], description: "Linux 留守番".into() };
        assert_eq!(answer(&response(V2C, "Linux 留守番".as_bytes())), Some(expected));
        assert_eq!(answer(&get(V2C, "public")), None, "an echo is no answer");
    }

    #[test]
    fn an_engine_of_version_3() {
        let empty = ber::element(4, b"");
        let report = ber::sequence(&[&ber::element(4, b"engine"), &empty, &ber::element(REPORT, b"")]);
        let whole = ber::sequence(&[&ber::element(2, &[3]), &ber::sequence(&[]), &empty, &report]);
        assert_eq!(answer(&whole).unwrap().name(), "snmp");
        assert_eq!(answer(&discover()), None, "an echo is no answer");
    }

    proptest! {
        #[test]
        fn any_answer_is_survived(bytes in prop::collection::vec(any::<u8>(), 0..80), cut in 0usize..60) {
            let whole = response(V2C, b"x");
            let _ = answer(&bytes);
            let _ = answer(&whole[..cut.min(whole.len())]);
            let _ = answer(&response(V1, &bytes));
        }
    }
}
