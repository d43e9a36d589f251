//! `before.contacts.b`: closed by a person's statement.

crate::checks::stated!(
    ContactsB,
    "before.contacts.b",
    "contacts_b",
    "`before.contacts.b`; see the guide beside this file."
);
