//! Officers, after the closure (責任者・休暇明け).

pub mod carried_out_malware_a;
pub mod definitions_a;
pub mod logs_a;
pub mod logs_b;
pub mod vulnerabilities_a;
