//! Services over UDP: SNMP, IPMI, DNS, NTP, rpcbind; and sockets that keep silent.

use std::net::UdpSocket;

use rusuban_core::model::policy::Transport;
use rusuban_core::world::exposure::service::Service;

use crate::house::{alone, look, tcp, udp};
use crate::judged::{allowed, failing, finding, judge, unknown};

#[test]
fn snmp_with_a_default_community_is_a_fault() {
    alone(module_path!(), "snmp_with_a_default_community_is_a_fault", |house| {
        let config = house.file("snmpd.conf", "agentaddress udp:161\nrocommunity public\n");
        let args = ["-f", "-Lo", "-C", "-c", &config, "-I", "-smux"];
        let snmpd = house.start("snmpd", &args).on_udp(161);
        let facts = look(&[]);
        let Service::Snmp { communities, description } = udp(&facts, 161) else { panic!("{facts:#?}") };
        assert_eq!(communities, ["public"]);
        assert!(description.starts_with("Linux "), "{description}");
        let allow = [allowed(Transport::Udp, 161, Some("snmp"))];
        assert_eq!(failing(&judge("before.exposure.b", &facts, &allow)), ["default-community udp/161"]);
        snmpd.stop();

        house.file("snmpd.conf", "agentaddress udp:161\nrocommunity not-in-any-manual\n");
        let _snmpd = house.start("snmpd", &args).on_udp(161);
        let facts = look(&[]);
        assert_eq!(udp(&facts, 161), Service::Snmp { communities: vec![], description: String::new() });
        let b = judge("before.exposure.b", &facts, &allow);
        assert_eq!((failing(&b), unknown(&b)), (vec![], vec!["wrong-vantage".to_owned()]));
    });
}

#[test]
fn a_management_controller_is_named() {
    alone(module_path!(), "a_management_controller_is_named", |house| {
        let config = house.file(
            "lan.conf",
            "name \"bmc\"\nset_working_mc 0x20\nstartlan 1\n addr 0.0.0.0 623\n priv_limit admin\n\
             allowed_auths_admin md5\nendlan\nuser 1 true \"\" \"test\" admin 10 none\n",
        );
        let commands = house.file("bmc.emu", "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n");
        let state = house.folder("ipmi");
        let _bmc = house.start("ipmi_sim", &["-c", &config, "-f", &commands, "-s", &state, "-n"]).on_udp(623);
        let facts = look(&[]);
        assert_eq!(udp(&facts, 623), Service::Ipmi);
        assert_eq!(failing(&judge("before.exposure.a", &facts, &[])), ["port-exposed udp/623"]);
    });
}

#[test]
fn name_and_time_servers_are_named() {
    alone(module_path!(), "name_and_time_servers_are_named", |house| {
        let config = house.file(
            "unbound.conf",
            "server:\n directory: \"/tmp/house\"\n chroot: \"\"\n username: \"\"\n pidfile: \"\"\n use-syslog: no\n\
             interface: 0.0.0.0\n interface: ::0\n access-control: 0.0.0.0/0 refuse\n do-not-query-localhost: yes\n\
             remote-control:\n control-enable: no\n",
        );
        let _unbound = house.start("unbound", &["-d", "-p", "-c", &config]).on_tcp(53);
        house.folder("../../run/chrony");
        let config = house.file("chrony.conf", "local stratum 10\nallow all\ncmdport 0\nport 123\n");
        let _chronyd = house.start("chronyd", &["-x", "-d", "-u", "root", "-f", &config]).on_udp(123);
        house.folder("../../run/rpcbind");
        let _rpcbind = house.start("rpcbind", &["-f"]).on_tcp(111);
        let facts = look(&[]);
        assert_eq!(tcp(&facts, 53), Service::Dns);
        assert_eq!(udp(&facts, 53), Service::Dns);
        assert_eq!(udp(&facts, 123), Service::Ntp);
        let rpcbind = Service::Rpc { program: "rpcbind".into() };
        assert_eq!((tcp(&facts, 111), udp(&facts, 111)), (rpcbind.clone(), rpcbind));
    });
}

#[test]
fn a_silent_udp_socket_is_open_all_the_same() {
    alone(module_path!(), "a_silent_udp_socket_is_open_all_the_same", |_| {
        let _server = UdpSocket::bind("0.0.0.0:138").unwrap();
        let _other = UdpSocket::bind("[::]:5000").unwrap();
        let _client = UdpSocket::bind("0.0.0.0:40000").unwrap();
        let connected = UdpSocket::bind("192.0.2.10:6000").unwrap();
        connected.connect("192.0.2.20:53").unwrap();
        let facts = look(&[]);
        let a = judge("before.exposure.a", &facts, &[]);
        assert_eq!(failing(&a), ["notice-port-exposed udp/138", "port-exposed udp/5000"]);
        let clients = finding(&a, "client-ports", "udp");
        assert!(clients.message.en.starts_with("1 UDP socket") && clients.message.en.contains("udp/40000"));
        let b = judge("before.exposure.b", &facts, &[allowed(Transport::Udp, 138, Some("netbios-name"))]);
        assert_eq!(unknown(&b), ["protocol-unnamed udp/138", "protocol-unnamed udp/5000", "wrong-vantage"]);
    });
}
