//! The store: SQLite in the data directory, or PostgreSQL by URL, with the same SQL.
