-- The embedded engine's tables. Times are UTC in .NET ticks (100 ns). Payloads are sealed: see SealedRow.

-- One row: who this store is, and a proof of the master key it was made with.
CREATE TABLE store (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    id        BLOB    NOT NULL,
    key_proof BLOB    NOT NULL
) STRICT;

-- The data key of each practice, wrapped under the master key.
CREATE TABLE practice_key (
    practice TEXT PRIMARY KEY,
    wrapped  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE grain_state (
    id         INTEGER PRIMARY KEY,
    grain_key  TEXT    NOT NULL,
    grain_type TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    version    INTEGER NOT NULL,
    payload    BLOB    NOT NULL
) STRICT;

-- The key first: all of a practice's rows are one range of it.
CREATE UNIQUE INDEX grain_state_identity ON grain_state (grain_key, grain_type, name);

CREATE TABLE reminder (
    id         INTEGER PRIMARY KEY,
    grain_key  TEXT    NOT NULL,
    grain_type TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    first_tick INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    period     INTEGER NOT NULL,
    version    INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX reminder_identity ON reminder (grain_key, grain_type, name);

CREATE TABLE stream (
    id         INTEGER PRIMARY KEY,
    stream_key TEXT    NOT NULL,
    namespace  TEXT    NOT NULL,
    last       INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX stream_identity ON stream (stream_key, namespace);

-- id is the stream's id in the upper 24 bits and the event's sequence in the lower 40, so that a stream's events are
-- one range of the table: appended at its end, read in order, removed from its start.
CREATE TABLE stream_event (
    id      INTEGER PRIMARY KEY,
    payload BLOB    NOT NULL
) STRICT;

CREATE TABLE stream_cursor (
    stream          INTEGER NOT NULL REFERENCES stream (id),
    subscriber_type TEXT    NOT NULL,
    subscriber_key  TEXT    NOT NULL,
    acknowledged    INTEGER NOT NULL,
    PRIMARY KEY (stream, subscriber_type, subscriber_key)
) STRICT, WITHOUT ROWID;
