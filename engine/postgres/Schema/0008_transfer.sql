-- The move of an embedded practice into this database, if there was one. Until it is finished no silo may work here.
CREATE TABLE jamemr_transfer
(
    only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    -- The embedded store that it comes from, and the record of the audit log that tells of the move.
    source_id   bytea NOT NULL CHECK (length(source_id) = 16),
    record_id   uuid NOT NULL,
    begun_at    timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
);
