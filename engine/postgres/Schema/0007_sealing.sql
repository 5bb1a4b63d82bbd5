-- With what the states and events are sealed.

-- One row: which store this is. The id and the check bind it to the master key that it was made with.
CREATE TABLE jamemr_store
(
    only_one  boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    id        bytea NOT NULL CHECK (length(id) = 16),
    key_check bytea NOT NULL
);

-- The data key of each practice, wrapped under the master key. Destroying a row makes that practice's data unreadable.
CREATE TABLE jamemr_practice_key
(
    practice text COLLATE "C" PRIMARY KEY,
    wrapped  bytea NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now()
);
