//! `before.contacts.a`: closed by a person's statement.

crate::checks::stated!(
    ContactsA,
    "before.contacts.a",
    "contacts_a",
    "`before.contacts.a`; see the guide beside this file."
);
