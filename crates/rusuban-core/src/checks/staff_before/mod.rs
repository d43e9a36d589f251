//! Staff, before the closure (職員等・休暇前).

pub mod carried_out_care_a;
pub mod carry_out_rules_a;
pub mod power_off_a;
