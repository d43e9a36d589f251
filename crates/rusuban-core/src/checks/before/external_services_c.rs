//! `before.external-services.c`: closed by a person's statement.

crate::checks::stated!(
    ExternalServicesC,
    "before.external-services.c",
    "external_services_c",
    "`before.external-services.c`; see the guide beside this file."
);
