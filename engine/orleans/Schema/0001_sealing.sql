-- What JamEMR adds to the tables of Orleans' own providers. Applied once, after them.

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
    practice text PRIMARY KEY,
    wrapped  bytea NOT NULL,
    made_at  timestamptz NOT NULL DEFAULT now()
);

-- The provider's first write of a state checks that there is none, but two silos that check at the same moment both insert.
-- This makes the second one fail.
CREATE UNIQUE INDEX jamemr_state_once ON orleansstorage
    (serviceid, graintypestring, grainidn0, grainidn1, coalesce(grainidextensionstring, ''));
