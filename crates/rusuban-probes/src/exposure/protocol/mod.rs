//! Own small clients of many protocols, one file a protocol: what to ask, and how to read the answer. All are pure: bytes
//! to bytes, and bytes to what they show. None logs in, none reads data, none knows a socket.

pub mod ber;
pub mod bytes;
pub mod dns;
pub mod greeting;
pub mod http;
pub mod ipmi;
pub mod key_value;
pub mod ldap;
pub mod mongodb;
pub mod mssql;
pub mod mysql;
pub mod netbios_name;
pub mod ntp;
pub mod postgresql;
pub mod rdp;
pub mod rpc;
pub mod smb;
pub mod snmp;
pub mod tls;
pub mod vnc;
pub mod x11;
