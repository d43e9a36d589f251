//! `before.external-services.b`: closed by a person's statement.

crate::checks::stated!(
    ExternalServicesB,
    "before.external-services.b",
    "external_services_b",
    "`before.external-services.b`; see the guide beside this file."
);
