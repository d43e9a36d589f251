//! `before.external-services.a`: closed by a person's statement.

crate::checks::stated!(
    ExternalServicesA,
    "before.external-services.a",
    "external_services_a",
    "`before.external-services.a`; see the guide beside this file."
);
