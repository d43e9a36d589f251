//! `after.vulnerabilities.a`: closed by a person's statement.

crate::checks::stated!(
    VulnerabilitiesA,
    "after.vulnerabilities.a",
    "vulnerabilities_a",
    "`after.vulnerabilities.a`; see the guide beside this file."
);
