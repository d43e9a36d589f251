//! The list of all checks. One line a requirement, in the notice's order.

use super::{AnyCheck, Erased, after, before, staff_after, staff_before};

/// Every check of this program.
pub static ALL: &[&dyn AnyCheck] = &[
    &Erased::<before::monitoring_a::MonitoringA>::new(),
    &Erased::<before::monitoring_b::MonitoringB>::new(),
    &Erased::<before::monitoring_c::MonitoringC>::new(),
    &Erased::<before::procedure_a::ProcedureA>::new(),
    &Erased::<before::contacts_a::ContactsA>::new(),
    &Erased::<before::contacts_b::ContactsB>::new(),
    &Erased::<before::contacts_c::ContactsC>::new(),
    &Erased::<before::support_desks_a::SupportDesksA>::new(),
    &Erased::<before::report_desk_a::ReportDeskA>::new(),
    &Erased::<before::report_desk_b::ReportDeskB>::new(),
    &Erased::<before::devices_a::DevicesA>::new(),
    &Erased::<before::devices_b::DevicesB>::new(),
    &Erased::<before::devices_c::DevicesC>::new(),
    &Erased::<before::external_services_a::ExternalServicesA>::new(),
    &Erased::<before::external_services_b::ExternalServicesB>::new(),
    &Erased::<before::external_services_c::ExternalServicesC>::new(),
    &Erased::<before::patches_a::PatchesA>::new(),
    &Erased::<before::patches_b::PatchesB>::new(),
    &Erased::<before::patches_c::PatchesC>::new(),
    &Erased::<before::patch_schedule_a::PatchScheduleA>::new(),
    &Erased::<before::backups_a::BackupsA>::new(),
    &Erased::<before::backups_b::BackupsB>::new(),
    &Erased::<before::backups_c::BackupsC>::new(),
    &Erased::<before::backups_d::BackupsD>::new(),
    &Erased::<before::accounts_a::AccountsA>::new(),
    &Erased::<before::accounts_b::AccountsB>::new(),
    &Erased::<before::accounts_c::AccountsC>::new(),
    &Erased::<before::accounts_d::AccountsD>::new(),
    &Erased::<before::exposure_a::ExposureA>::new(),
    &Erased::<before::exposure_b::ExposureB>::new(),
    &Erased::<before::staff_notice_a::StaffNoticeA>::new(),
    &Erased::<after::logs_a::LogsA>::new(),
    &Erased::<after::logs_b::LogsB>::new(),
    &Erased::<after::vulnerabilities_a::VulnerabilitiesA>::new(),
    &Erased::<after::carried_out_malware_a::CarriedOutMalwareA>::new(),
    &Erased::<after::definitions_a::DefinitionsA>::new(),
    &Erased::<staff_before::power_off_a::PowerOffA>::new(),
    &Erased::<staff_before::carry_out_rules_a::CarryOutRulesA>::new(),
    &Erased::<staff_before::carried_out_care_a::CarriedOutCareA>::new(),
    &Erased::<staff_after::update_before_mail_a::UpdateBeforeMailA>::new(),
    &Erased::<staff_after::suspicious_mail_a::SuspiciousMailA>::new(),
];

/// The check of a requirement; none for a requirement of another catalogue, which only a statement closes.
pub fn find(requirement: &str) -> Option<&'static dyn AnyCheck> {
    ALL.iter().copied().find(|check| check.meta().id == requirement)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::checks::machine_fixture::{of_no_evidence, of_nothing};
    use crate::model::verdict::Verdict;
    use std::collections::BTreeSet;

    #[test]
    fn every_requirement_has_a_check_and_every_check_a_requirement() {
        let notice = Catalogue::notice().unwrap();
        let wanted: Vec<&str> = notice.requirements().map(|(_, r)| r.id.as_str()).collect();
        let have: Vec<&str> = ALL.iter().map(|c| c.meta().id).collect();
        assert_eq!(have, wanted);
        assert_eq!(have.iter().collect::<BTreeSet<_>>().len(), have.len());
    }

    #[test]
    fn no_facts_show_nothing() {
        for check in ALL {
            assert_eq!(of_no_evidence(*check), Verdict::Unknown, "{}", check.meta().id);
        }
        let judged = [
            of_nothing::<before::monitoring_c::MonitoringC>(),
            of_nothing::<before::procedure_a::ProcedureA>(),
            of_nothing::<before::devices_a::DevicesA>(),
            of_nothing::<before::devices_c::DevicesC>(),
            of_nothing::<before::patches_a::PatchesA>(),
            of_nothing::<before::backups_a::BackupsA>(),
            of_nothing::<before::backups_b::BackupsB>(),
            of_nothing::<before::accounts_a::AccountsA>(),
            of_nothing::<before::accounts_c::AccountsC>(),
            of_nothing::<before::accounts_d::AccountsD>(),
            of_nothing::<before::exposure_a::ExposureA>(),
            of_nothing::<before::exposure_b::ExposureB>(),
            of_nothing::<after::logs_a::LogsA>(),
            of_nothing::<after::logs_b::LogsB>(),
            of_nothing::<after::definitions_a::DefinitionsA>(),
            of_nothing::<staff_before::carried_out_care_a::CarriedOutCareA>(),
        ];
        assert_eq!(judged, [Verdict::Unknown; 16]);
        assert_eq!(ALL.iter().filter(|check| check.topic().is_some()).count(), judged.len());
    }

    #[test]
    fn every_guide_has_its_four_headings() {
        for check in ALL {
            let meta = check.meta();
            let headings = |guide: &str| -> Vec<String> {
                guide.lines().filter_map(|l| l.strip_prefix("## ")).map(str::to_owned).collect()
            };
            assert_eq!(headings(meta.guide_ja), ["なぜ", "確かめ方", "直し方", "出典"], "{}", meta.id);
            assert_eq!(
                headings(meta.guide_en),
                ["Why", "How it is verified", "How to fix", "Source"],
                "{}",
                meta.id
            );
        }
    }
}
