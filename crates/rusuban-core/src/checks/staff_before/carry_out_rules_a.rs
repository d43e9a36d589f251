//! `staff-before.carry-out-rules.a`: closed by a person's statement.

crate::checks::stated!(
    CarryOutRulesA,
    "staff-before.carry-out-rules.a",
    "carry_out_rules_a",
    "`staff-before.carry-out-rules.a`; see the guide beside this file."
);
