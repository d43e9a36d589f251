//! Staff, after the closure (職員等・休暇明け).

pub mod suspicious_mail_a;
pub mod update_before_mail_a;
