-- Reminders. Each silo looks after those whose grain's hash is in its part of the ring.

-- A version is used once: whoever removes a reminder that was removed and made again meanwhile removes nothing.
CREATE SEQUENCE jamemr_reminder_version AS integer CYCLE;

CREATE TABLE jamemr_reminder
(
    service_id    text COLLATE "C" NOT NULL,
    grain_id      text COLLATE "C" NOT NULL,
    name          text COLLATE "C" NOT NULL,
    grain_hash    integer NOT NULL,
    first_tick    timestamptz NOT NULL,
    period_millis bigint NOT NULL,
    version       integer NOT NULL DEFAULT nextval('jamemr_reminder_version'),
    PRIMARY KEY (service_id, grain_id, name)
);

CREATE INDEX jamemr_reminder_range ON jamemr_reminder (service_id, grain_hash);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('UpsertReminderRowKey', $query$
INSERT INTO jamemr_reminder (service_id, grain_id, name, grain_hash, first_tick, period_millis)
VALUES (@ServiceId, @GrainId, @ReminderName, @GrainHash, @StartTime, @Period)
ON CONFLICT (service_id, grain_id, name) DO UPDATE
    SET grain_hash = excluded.grain_hash, first_tick = excluded.first_tick, period_millis = excluded.period_millis, version = excluded.version
RETURNING version AS Version
$query$),

('ReadReminderRowKey', $query$
SELECT grain_id AS GrainId, name AS ReminderName, first_tick AS StartTime, period_millis AS Period, version AS Version
FROM jamemr_reminder
WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName
$query$),

('ReadReminderRowsKey', $query$
SELECT grain_id AS GrainId, name AS ReminderName, first_tick AS StartTime, period_millis AS Period, version AS Version
FROM jamemr_reminder
WHERE service_id = @ServiceId AND grain_id = @GrainId
$query$),

-- A part of the ring, and one that goes past its end.
('ReadRangeRows1Key', $query$
SELECT grain_id AS GrainId, name AS ReminderName, first_tick AS StartTime, period_millis AS Period, version AS Version
FROM jamemr_reminder
WHERE service_id = @ServiceId AND grain_hash > @BeginHash AND grain_hash <= @EndHash
$query$),

('ReadRangeRows2Key', $query$
SELECT grain_id AS GrainId, name AS ReminderName, first_tick AS StartTime, period_millis AS Period, version AS Version
FROM jamemr_reminder
WHERE service_id = @ServiceId AND (grain_hash > @BeginHash OR grain_hash <= @EndHash)
$query$),

('DeleteReminderRowKey', $query$
WITH gone AS (
    DELETE FROM jamemr_reminder
    WHERE service_id = @ServiceId AND grain_id = @GrainId AND name = @ReminderName AND version = @Version
    RETURNING 1)
SELECT count(*)::integer FROM gone
$query$),

('DeleteReminderRowsKey', $query$
DELETE FROM jamemr_reminder WHERE service_id = @ServiceId
$query$);
