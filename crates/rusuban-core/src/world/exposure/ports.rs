//! The ports that are connected to whether or not anything is known to listen on them, with the reason for each.
//!
//! Lists of "top ports" of scanners leave out many of these (137/tcp, 623, 2375, 5985, 6379, 8006, 10443 …), so the list
//! is our own. It does not say which ports may be open.

use crate::model::policy::Transport;
use crate::model::text::Text;

/// A port that is worth connecting to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownPort {
    /// TCP or UDP.
    pub transport: Transport,
    /// Port number.
    pub port: u16,
    /// Whether the notice names it.
    pub notice: bool,
    /// What usually answers there, and why it matters, in Japanese.
    ja: &'static str,
    /// The same in English.
    en: &'static str,
}

impl KnownPort {
    /// What usually answers there.
    pub fn name(&self) -> Text {
        Text::new(self.ja, self.en)
    }
}

/// What is known of a port, if anything.
pub fn known(transport: Transport, port: u16) -> Option<&'static KnownPort> {
    KNOWN.iter().find(|known| known.transport == transport && known.port == port)
}

/// All known port numbers of a transport.
pub fn numbers(transport: Transport) -> impl Iterator<Item = u16> {
    KNOWN.iter().filter(move |known| known.transport == transport).map(|known| known.port)
}

const fn notice(transport: Transport, port: u16, ja: &'static str, en: &'static str) -> KnownPort {
    KnownPort { transport, port, notice: true, ja, en }
}

const fn tcp(port: u16, ja: &'static str, en: &'static str) -> KnownPort {
    KnownPort { transport: Transport::Tcp, port, notice: false, ja, en }
}

const fn udp(port: u16, ja: &'static str, en: &'static str) -> KnownPort {
    KnownPort { transport: Transport::Udp, port, notice: false, ja, en }
}

/// The ports that the notice names come first, then those of remote management, shares, databases and consoles that are
/// found open and attacked most, by number.
pub const KNOWN: &[KnownPort] = &[
    notice(Transport::Tcp, 137, "NetBIOS 名前サービス", "NetBIOS name service"),
    notice(Transport::Udp, 137, "NetBIOS 名前サービス", "NetBIOS name service"),
    notice(Transport::Udp, 138, "NetBIOS データグラム", "NetBIOS datagrams"),
    notice(Transport::Tcp, 139, "ファイル共有（NetBIOS 経由の SMB）", "file sharing (SMB over NetBIOS)"),
    notice(Transport::Tcp, 445, "ファイル共有（SMB）", "file sharing (SMB)"),
    notice(Transport::Udp, 445, "ファイル共有（SMB）", "file sharing (SMB)"),
    notice(Transport::Tcp, 3389, "リモートデスクトップ", "remote desktop"),
    udp(3389, "リモートデスクトップ（UDP）", "remote desktop over UDP"),
    tcp(21, "FTP（暗号化なしの転送）", "FTP, transfers in the clear"),
    tcp(22, "SSH（遠隔ログイン）", "SSH, remote login"),
    tcp(23, "Telnet（暗号化なしの遠隔ログイン）", "Telnet, remote login in the clear"),
    tcp(53, "DNS", "DNS"),
    udp(53, "DNS（踏み台にされやすい）", "DNS, used to amplify attacks"),
    udp(69, "TFTP（認証なしの転送）", "TFTP, transfers without authentication"),
    tcp(80, "HTTP（管理画面を含む）", "HTTP, management pages among it"),
    tcp(111, "rpcbind", "rpcbind"),
    udp(111, "rpcbind（踏み台にされやすい）", "rpcbind, used to amplify attacks"),
    udp(123, "NTP", "NTP"),
    tcp(135, "MSRPC（Windows の遠隔管理）", "MSRPC, remote management of Windows"),
    udp(161, "SNMP（機器の管理）", "SNMP, device management"),
    tcp(389, "LDAP（アカウント情報）", "LDAP, account data"),
    tcp(443, "HTTPS（管理画面・VPN を含む）", "HTTPS, management pages and VPN among it"),
    udp(500, "IKE（IPsec VPN）", "IKE, IPsec VPN"),
    tcp(512, "rexec（認証の弱い遠隔実行）", "rexec, remote commands, weakly authenticated"),
    tcp(513, "rlogin（認証の弱い遠隔ログイン）", "rlogin, remote login, weakly authenticated"),
    tcp(514, "rsh（認証の弱い遠隔実行）", "rsh, remote commands, weakly authenticated"),
    tcp(515, "LPD（印刷）", "LPD, printing"),
    tcp(548, "AFP（ファイル共有）", "AFP, file sharing"),
    tcp(623, "IPMI・AMT（電源と遠隔操作盤）", "IPMI and AMT, power and console"),
    udp(623, "IPMI（電源と遠隔操作盤）", "IPMI, power and console"),
    tcp(636, "LDAPS（アカウント情報）", "LDAPS, account data"),
    tcp(873, "rsync（ファイル転送）", "rsync, file transfer"),
    tcp(902, "VMware（仮想基盤の管理）", "VMware, management of virtual machines"),
    tcp(1099, "Java RMI", "Java RMI"),
    udp(1194, "OpenVPN", "OpenVPN"),
    tcp(1433, "SQL Server（データベース）", "SQL Server, database"),
    udp(1434, "SQL Server Browser", "SQL Server Browser"),
    tcp(1521, "Oracle（データベース）", "Oracle, database"),
    udp(1900, "SSDP（踏み台にされやすい）", "SSDP, used to amplify attacks"),
    tcp(2049, "NFS（ファイル共有）", "NFS, file sharing"),
    tcp(2222, "SSH（別番号）", "SSH on another number"),
    tcp(2375, "Docker API（認証なし）", "Docker API, without authentication"),
    tcp(2376, "Docker API（TLS）", "Docker API over TLS"),
    tcp(2379, "etcd", "etcd"),
    tcp(3128, "プロキシ", "proxy"),
    tcp(3260, "iSCSI（ディスク）", "iSCSI, disks"),
    tcp(3306, "MySQL（データベース）", "MySQL, database"),
    udp(4500, "IKE（IPsec VPN、NAT 越え）", "IKE, IPsec VPN through NAT"),
    tcp(4786, "Cisco Smart Install", "Cisco Smart Install"),
    tcp(4899, "Radmin（遠隔操作）", "Radmin, remote control"),
    tcp(5000, "NAS などの管理画面", "management pages of NAS and others"),
    udp(5353, "mDNS", "mDNS"),
    tcp(5355, "LLMNR", "LLMNR"),
    udp(5355, "LLMNR", "LLMNR"),
    tcp(5432, "PostgreSQL（データベース）", "PostgreSQL, database"),
    tcp(5555, "Android デバッグ", "Android debugging"),
    tcp(5601, "Kibana", "Kibana"),
    tcp(5800, "VNC（Web 版の遠隔操作）", "VNC in the browser, remote control"),
    tcp(5900, "VNC（遠隔操作）", "VNC, remote control"),
    tcp(5901, "VNC（遠隔操作）", "VNC, remote control"),
    tcp(5902, "VNC（遠隔操作）", "VNC, remote control"),
    tcp(5938, "TeamViewer（遠隔操作）", "TeamViewer, remote control"),
    tcp(5984, "CouchDB（データベース）", "CouchDB, database"),
    tcp(5985, "WinRM（Windows の遠隔管理）", "WinRM, remote management of Windows"),
    tcp(5986, "WinRM（TLS）", "WinRM over TLS"),
    tcp(6000, "X11（画面）", "X11, the screen"),
    tcp(6379, "Redis（データベース）", "Redis, database"),
    tcp(6443, "Kubernetes API", "Kubernetes API"),
    tcp(7001, "WebLogic（管理画面）", "WebLogic, management pages"),
    tcp(8000, "HTTP（管理画面など）", "HTTP, management pages and others"),
    tcp(8006, "Proxmox VE（仮想基盤の管理画面）", "Proxmox VE, management of virtual machines"),
    tcp(8009, "AJP（Tomcat）", "AJP, Tomcat"),
    tcp(8080, "HTTP（管理画面・プロキシなど）", "HTTP, management pages, proxies and others"),
    tcp(8443, "HTTPS（管理画面・VPN など）", "HTTPS, management pages, VPN and others"),
    tcp(8728, "MikroTik 管理 API", "MikroTik management API"),
    tcp(8888, "HTTP（Jupyter など）", "HTTP, Jupyter and others"),
    tcp(9000, "HTTP（管理画面など）", "HTTP, management pages and others"),
    tcp(9090, "HTTP（Cockpit、Prometheus など）", "HTTP, Cockpit, Prometheus and others"),
    tcp(9100, "プリンターへの直接印刷", "direct printing"),
    tcp(9200, "Elasticsearch（データベース）", "Elasticsearch, database"),
    tcp(10000, "Webmin（管理画面）", "Webmin, management pages"),
    tcp(10050, "Zabbix エージェント", "Zabbix agent"),
    tcp(10250, "kubelet", "kubelet"),
    tcp(10443, "HTTPS（SSL-VPN など）", "HTTPS, SSL VPN and others"),
    tcp(11211, "memcached（認証なし）", "memcached, without authentication"),
    udp(11211, "memcached（踏み台にされやすい）", "memcached, used to amplify attacks"),
    tcp(27017, "MongoDB（データベース）", "MongoDB, database"),
    udp(47808, "BACnet（設備の制御）", "BACnet, building control"),
    udp(51820, "WireGuard（VPN）", "WireGuard, VPN"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_notice_s_ports_are_the_notice_s() {
        let named: Vec<String> = KNOWN
            .iter()
            .filter(|known| known.notice)
            .map(|known| format!("{}/{}", known.port, known.transport.as_str()))
            .collect();
        // 137(TCP/UDP)、138（UDP）、139(TCP)、445(TCP/UDP)、3389(TCP)
        let notice = ["137/tcp", "137/udp", "138/udp", "139/tcp", "445/tcp", "445/udp", "3389/tcp"];
        assert_eq!(named, notice);
    }

    #[test]
    fn no_port_stands_twice() {
        let all: BTreeSet<_> = KNOWN.iter().map(|known| (known.transport, known.port)).collect();
        assert_eq!(all.len(), KNOWN.len());
    }
}
