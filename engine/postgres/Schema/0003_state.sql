-- Grain states: one row per service, state and key. The payload is sealed before it comes here.

CREATE TABLE jamemr_state
(
    service_id text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    key        text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    -- NULL once the state was cleared. The row stays, so that its versions are never used a second time: an activation that has slept
    -- through a clear and a new first write still holds a version that is refused.
    payload    bytea,
    PRIMARY KEY (service_id, name, key)
)
-- A write changes nothing that is indexed: with room on the page, the new row stays there and no index is touched. Up to a page in
-- size, a row is kept whole: a state of some kilobytes beside the table would cost a second table's rows and index on each write.
WITH (fillfactor = 70, toast_tuple_target = 8160);

-- Sealed bytes cannot be compressed.
ALTER TABLE jamemr_state ALTER COLUMN payload SET STORAGE EXTERNAL;

-- The provider offers a key also as two numbers. Ours are texts, as the storage above checks: no row is written for another key.
INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
-- The version that the write made; no row where the writer's version is not the stored one. Of two first writes at once, the one that
-- comes second waits for the first and answers no row.
('WriteToStorageKey', $query$
WITH changed AS (
    UPDATE jamemr_state SET payload = @PayloadBinary, version = version + 1
    WHERE service_id = @ServiceId AND name = @GrainTypeString AND key = @GrainIdExtensionString AND version = @GrainStateVersion
    RETURNING version),
made AS (
    INSERT INTO jamemr_state (service_id, name, key, version, payload)
    SELECT @ServiceId, @GrainTypeString, @GrainIdExtensionString, 1, @PayloadBinary
    WHERE @GrainStateVersion IS NULL AND @GrainIdN0 = 0 AND @GrainIdN1 = 0
    ON CONFLICT DO NOTHING
    RETURNING version)
SELECT version AS NewGrainStateVersion FROM changed
UNION ALL
SELECT version FROM made
$query$),

('ReadFromStorageKey', $query$
SELECT payload AS PayloadBinary, version AS Version
FROM jamemr_state
WHERE service_id = @ServiceId AND name = @GrainTypeString AND key = @GrainIdExtensionString
$query$),

('ClearStorageKey', $query$
UPDATE jamemr_state SET payload = NULL, version = version + 1
WHERE service_id = @ServiceId AND name = @GrainTypeString AND key = @GrainIdExtensionString AND version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion
$query$),

('DeleteStorageKey', $query$
DELETE FROM jamemr_state
WHERE service_id = @ServiceId AND name = @GrainTypeString AND key = @GrainIdExtensionString AND version = @GrainStateVersion
RETURNING version + 1 AS NewGrainStateVersion
$query$);
