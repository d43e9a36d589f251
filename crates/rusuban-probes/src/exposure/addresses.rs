//! The machine's own addresses, and the only kind of address that this probe can send anything to.
//!
//! An [`Own`] can only be had from the list of the machine's interfaces. Every socket is bound to the address before it
//! connects to it: should the address have left the machine meanwhile, binding fails and nothing is sent (unless the
//! system was told to bind to foreign addresses, `net.ipv4.ip_nonlocal_bind`).

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use if_addrs::Interface;
use rusuban_core::model::text::Text;
use rusuban_core::model::verdict::{Unknown, UnknownCode};
use rusuban_core::world::exposure::{AddressScope, OwnAddress};

/// An address of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    address: OwnAddress,
    /// Index of the interface; needed to reach IPv6 addresses of one link.
    index: u32,
}

impl Own {
    /// The address, with its interface and scope.
    pub fn address(&self) -> &OwnAddress {
        &self.address
    }

    /// The address itself.
    pub fn ip(&self) -> IpAddr {
        self.address.address
    }

    /// The address with a port, as the system wants it.
    pub fn socket(&self, port: u16) -> SocketAddr {
        match self.address.address {
            IpAddr::V6(v6) if self.address.scope == AddressScope::LinkLocal => {
                SocketAddr::V6(SocketAddrV6::new(v6, port, 0, self.index))
            }
            ip => SocketAddr::new(ip, port),
        }
    }
}

#[cfg(test)]
impl Own {
    /// An address that is not this machine's, to see that it stays unused.
    pub fn imagined(ip: &str) -> Self {
        let address: IpAddr = ip.parse().unwrap();
        let scope = AddressScope::of(address);
        Self { address: OwnAddress { address, interface: "nowhere".into(), scope }, index: 0 }
    }
}

/// All addresses of all interfaces: those that reach furthest first, IPv4 before IPv6.
///
/// # Errors
/// The system does not list its interfaces.
pub fn list() -> Result<Vec<Own>, Unknown> {
    if_addrs::get_if_addrs().map(own_addresses).map_err(|error| {
        Unknown::new(
            UnknownCode::ToolFailed,
            "getifaddrs",
            Text::new(
                format!("この機器のアドレスを調べられません（{error}）"),
                format!("the addresses of this machine cannot be listed ({error})"),
            ),
            Text::new("`ip address` で確かめてください", "look with `ip address`"),
        )
    })
}

fn own_addresses(interfaces: Vec<Interface>) -> Vec<Own> {
    let mut own: Vec<Own> = interfaces
        .into_iter()
        .map(|interface| Own {
            address: OwnAddress {
                address: interface.ip(),
                scope: AddressScope::of(interface.ip()),
                interface: interface.name,
            },
            index: interface.index.unwrap_or(0),
        })
        .collect();
    own.sort_by(|a, b| {
        let key = |own: &Own| (std::cmp::Reverse(own.address.scope), own.ip().is_ipv6(), own.ip());
        key(a).cmp(&key(b)).then_with(|| a.address.interface.cmp(&b.address.interface))
    });
    own.dedup();
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use if_addrs::{IfAddr, IfOperStatus, Ifv4Addr, Ifv6Addr};

    fn interface(name: &str, index: u32, ip: &str) -> Interface {
        let addr = match ip.parse().unwrap() {
            IpAddr::V4(ip) => IfAddr::V4(Ifv4Addr {
                ip,
                netmask: [255, 255, 255, 0].into(),
                prefixlen: 24,
                broadcast: None,
            }),
            IpAddr::V6(ip) => IfAddr::V6(Ifv6Addr {
                ip,
                netmask: "ffff:ffff:ffff:ffff::".parse().unwrap(),
                prefixlen: 64,
                broadcast: None,
            }),
        };
        Interface {
            name: name.into(),
            addr,
            index: Some(index),
            oper_status: IfOperStatus::Up,
            is_p2p: false,
        }
    }

    #[test]
    fn the_furthest_reaching_address_comes_first_and_links_keep_their_interface() {
        let own = own_addresses(vec![
            interface("lo", 1, "127.0.0.1"),
            interface("eth0", 4, "fe80::1"),
            interface("eth0", 4, "10.0.0.1"),
            interface("eth0", 4, "2001:db8::1"),
            interface("eth0", 4, "203.0.113.7"),
        ]);
        let sockets: Vec<String> = own.iter().map(|own| own.socket(22).to_string()).collect();
        assert_eq!(
            sockets,
            ["203.0.113.7:22", "[2001:db8::1]:22", "10.0.0.1:22", "[fe80::1%4]:22", "127.0.0.1:22"]
        );
        assert_eq!(own[3].address().to_string(), "fe80::1%eth0");
    }
}
