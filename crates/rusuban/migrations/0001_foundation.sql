-- The same text runs on SQLite and on PostgreSQL: times and JSON are text, ids are text, numbers are bigint.

-- Evidence is only ever added to. `record` is the canonical JSON that `hash` covers; the other columns are copies for
-- finding records, and `rusuban verify-chain` compares them with it.
create table evidence (
    seq bigint not null primary key check (seq >= 1),
    id text not null unique,
    closure text not null,
    topic text not null,
    subject text not null,
    record text not null,
    hash text not null
);
create index evidence_by_closure on evidence (closure, seq);

-- Signed statements that the chain had a certain end at a certain time.
create table checkpoint (
    signature text not null primary key,
    seq bigint not null,
    record text not null
);

-- Closures defined by hand; those of the calendar are computed.
create table closure (
    id text not null primary key,
    record text not null
);

-- What the organisation has: one row a section, person, asset, service, vendor or dataset, as JSON.
create table register (
    kind text not null,
    id text not null,
    record text not null,
    primary key (kind, id)
);

-- The verdicts of each evaluation that was kept, for history.
create table verdict (
    closure text not null,
    requirement text not null,
    at text not null,
    verdict text not null,
    primary key (closure, requirement, at)
);
