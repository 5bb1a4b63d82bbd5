-- The audit ledger of an installation: one log per practice. Runs once, in a schema of its own, which is the search path.

-- One row a log. Whoever appends locks it first: that is what gives all of them one sequence.
CREATE TABLE ledger_log
(
    id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text COLLATE "C" NOT NULL UNIQUE,
    size     bigint NOT NULL,
    root     bytea NOT NULL,
    edge     bytea NOT NULL,              -- roots of the tree's complete subtrees, largest first
    terms    integer NOT NULL DEFAULT 0,  -- numbers given out in ledger_term
    epoch    integer NOT NULL DEFAULT 0,  -- changes when terms are taken away, so that nobody goes on using their numbers
    archived bigint NOT NULL DEFAULT 0    -- records below were released to an archive
) WITH (fillfactor = 50);

-- The texts that records are found by, each once a log and kind. UTF-8 bytes: their order is the order of sorted pages,
-- whatever encoding and collation the database has.
CREATE TABLE ledger_term
(
    log   integer NOT NULL,
    id    integer NOT NULL,
    kind  smallint NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (log, id),
    UNIQUE (log, kind, value)
);

-- One row a record. The leaf hash lies with its record; tiles above the leaves are in ledger_tile. Wide columns first: no padding.
CREATE TABLE ledger_entry
(
    idx         bigint NOT NULL,
    time        bigint NOT NULL,          -- milliseconds since 1970, UTC
    log         integer NOT NULL,
    event       integer NOT NULL,
    category    integer,
    action      integer,
    outcome     integer,
    actor       integer,
    actor_kind  integer,
    patient     integer,
    entity_type integer,
    entity      integer,
    correlation integer,
    address     integer,
    record_id   uuid NOT NULL,
    hash        bytea NOT NULL,
    body        bytea NOT NULL,
    PRIMARY KEY (log, idx)
);

CREATE UNIQUE INDEX ledger_entry_record ON ledger_entry (log, record_id);

-- Records with the same value that are near each other share a key, which PostgreSQL stores once; within a key they are few to sort.
CREATE INDEX ledger_entry_event ON ledger_entry (log, event, (idx >> 10));
CREATE INDEX ledger_entry_category ON ledger_entry (log, category, (idx >> 10));
CREATE INDEX ledger_entry_action ON ledger_entry (log, action, (idx >> 10));
CREATE INDEX ledger_entry_outcome ON ledger_entry (log, outcome, (idx >> 10));
CREATE INDEX ledger_entry_actor ON ledger_entry (log, actor, (idx >> 10));
CREATE INDEX ledger_entry_actor_kind ON ledger_entry (log, actor_kind, (idx >> 10));
CREATE INDEX ledger_entry_patient ON ledger_entry (log, patient, (idx >> 10));
CREATE INDEX ledger_entry_entity_type ON ledger_entry (log, entity_type, (idx >> 10));
CREATE INDEX ledger_entry_entity ON ledger_entry (log, entity, (idx >> 10));
CREATE INDEX ledger_entry_correlation ON ledger_entry (log, correlation, (idx >> 10));
CREATE INDEX ledger_entry_address ON ledger_entry (log, address, (idx >> 10));

-- The times of every 1024 records: records come nearly in the order of time, so this says where in a log a time lies.
CREATE TABLE ledger_span
(
    log   integer NOT NULL,
    span  bigint NOT NULL,
    first bigint NOT NULL,
    last  bigint NOT NULL,
    PRIMARY KEY (log, span)
) WITH (fillfactor = 50);

-- Tiles of level 1 and above.
CREATE TABLE ledger_tile
(
    log    integer NOT NULL,
    level  smallint NOT NULL,
    n      bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (log, level, n)
);

-- Checkpoints and holds name the log: they may be there before it is. Times in ticks of 100 ns since year 1, UTC.
CREATE TABLE ledger_checkpoint
(
    log     text COLLATE "C" NOT NULL,
    place   text COLLATE "C" NOT NULL,    -- why it is kept: newest, last of its hour, newest of its witness
    size    bigint NOT NULL,
    time    bigint NOT NULL,
    witness text COLLATE "C",
    note    text NOT NULL,
    PRIMARY KEY (log, place)
);

CREATE TABLE ledger_hold
(
    log    text COLLATE "C" NOT NULL,
    id     uuid NOT NULL,
    placed bigint NOT NULL,
    reason text NOT NULL,
    lifted bigint,
    PRIMARY KEY (log, id)
);

-- Written to find out whether writing is possible.
CREATE TABLE ledger_probe
(
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    written  bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO ledger_probe(written) VALUES (0);
