//! `before.contacts.c`: closed by a person's statement.

crate::checks::stated!(
    ContactsC,
    "before.contacts.c",
    "contacts_c",
    "`before.contacts.c`; see the guide beside this file."
);
