//! `before.devices.b`: closed by a person's statement.

crate::checks::stated!(
    DevicesB,
    "before.devices.b",
    "devices_b",
    "`before.devices.b`; see the guide beside this file."
);
