-- Events on their way to those who subscribe. An event stays until it is confirmed, however old it is and however often it was taken:
-- nothing here ever throws one away.

CREATE TABLE jamemr_stream_event
(
    service_id  text COLLATE "C" NOT NULL,
    provider_id text COLLATE "C" NOT NULL,
    queue_id    text COLLATE "C" NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    -- How often it was taken; with the id, the receipt that a confirmation must show.
    dequeued    integer NOT NULL DEFAULT 0,
    -- Until then it is with the silo that took it.
    visible_on  timestamptz NOT NULL DEFAULT now(),
    created_on  timestamptz NOT NULL DEFAULT now(),
    payload     bytea NOT NULL,
    PRIMARY KEY (service_id, provider_id, queue_id, id)
)
-- Rows come and go: the dead ones at a queue's head are what a reader has to step over.
WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

ALTER TABLE jamemr_stream_event ALTER COLUMN payload SET STORAGE EXTERNAL;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('QueueStreamMessageKey', $query$
INSERT INTO jamemr_stream_event (service_id, provider_id, queue_id, payload)
VALUES (@ServiceId, @ProviderId, @QueueId, @Payload)
RETURNING service_id AS ServiceId, provider_id AS ProviderId, queue_id AS QueueId, id AS MessageId
$query$),

-- The oldest first. Rows that another silo has hold of are left to it.
('GetStreamMessagesKey', $query$
WITH batch AS MATERIALIZED (
    SELECT id FROM jamemr_stream_event
    WHERE service_id = @ServiceId AND provider_id = @ProviderId AND queue_id = @QueueId AND visible_on <= now()
    ORDER BY service_id, provider_id, queue_id, id
    LIMIT @MaxCount
    FOR NO KEY UPDATE SKIP LOCKED)
UPDATE jamemr_stream_event e
SET dequeued = e.dequeued + 1, visible_on = now() + @VisibilityTimeout * interval '1 second'
FROM batch
WHERE e.service_id = @ServiceId AND e.provider_id = @ProviderId AND e.queue_id = @QueueId AND e.id = batch.id
RETURNING e.service_id AS ServiceId, e.provider_id AS ProviderId, e.queue_id AS QueueId, e.id AS MessageId, e.dequeued AS Dequeued,
    e.visible_on AS VisibleOn, 'infinity'::timestamptz AS ExpiresOn, e.created_on AS CreatedOn, now() AS ModifiedOn, e.payload AS Payload
$query$),

-- Items are receipts: 17:1|18:1|20:2. One that is out of date, because the event was taken again, confirms nothing.
('ConfirmStreamMessagesKey', $query$
DELETE FROM jamemr_stream_event e
USING (
    SELECT split_part(receipt, ':', 1)::bigint AS id, split_part(receipt, ':', 2)::integer AS dequeued
    FROM unnest(string_to_array(@Items, '|')) receipt
    ORDER BY 1) confirmed
WHERE e.service_id = @ServiceId AND e.provider_id = @ProviderId AND e.queue_id = @QueueId
    AND e.id = confirmed.id AND e.dequeued = confirmed.dequeued
RETURNING e.service_id AS ServiceId, e.provider_id AS ProviderId, e.queue_id AS QueueId, e.id AS MessageId
$query$),

('FailStreamMessageKey', $query$
UPDATE jamemr_stream_event SET visible_on = now()
WHERE service_id = @ServiceId AND provider_id = @ProviderId AND queue_id = @QueueId AND id = @MessageId
$query$),

-- The provider wants to know them; they evict nothing.
('EvictStreamMessagesKey', 'SELECT WHERE false'),
('EvictStreamDeadLettersKey', 'SELECT WHERE false');
