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
-- Every row is changed once, when it is taken: on its page, where there is room. Rows come and go: the dead ones at a queue's head are
-- what a reader has to step over.
WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

ALTER TABLE jamemr_stream_event ALTER COLUMN payload SET STORAGE EXTERNAL;

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('QueueStreamMessageKey', $query$
INSERT INTO jamemr_stream_event (service_id, provider_id, queue_id, payload)
VALUES (@ServiceId, @ProviderId, @QueueId, @Payload)
RETURNING service_id AS ServiceId, provider_id AS ProviderId, queue_id AS QueueId, id AS MessageId
$query$),

-- The oldest first: all that can be seen up to the last of the batch. Of two silos that take from a queue at once, the second waits and
-- then takes what comes next, so that nothing is overtaken. One range of the index, and no join: a join's plan, once made while the
-- queue was empty, would be kept and read a queue that has grown long many times over. The commit is not waited for: what a crash of
-- the database takes back is that an event was taken, and it comes again, as it may.
('GetStreamMessagesKey', $query$
UPDATE jamemr_stream_event e
SET dequeued = e.dequeued + 1, visible_on = now() + @VisibilityTimeout * interval '1 second'
WHERE e.service_id = @ServiceId AND e.provider_id = @ProviderId AND e.queue_id = @QueueId AND e.visible_on <= now()
    AND e.id <= (
        SELECT max(batch.id)
        FROM (
            SELECT id FROM jamemr_stream_event
            WHERE service_id = @ServiceId AND provider_id = @ProviderId AND queue_id = @QueueId AND visible_on <= now()
            ORDER BY service_id, provider_id, queue_id, id
            LIMIT @MaxCount) batch)
    AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
RETURNING e.service_id AS ServiceId, e.provider_id AS ProviderId, e.queue_id AS QueueId, e.id AS MessageId, e.dequeued AS Dequeued,
    e.visible_on AS VisibleOn, 'infinity'::timestamptz AS ExpiresOn, e.created_on AS CreatedOn, now() AS ModifiedOn, e.payload AS Payload
$query$),

-- Items are receipts: 17:1|18:1|20:2. One that is out of date, because the event was taken again, confirms nothing. Whatever the plan, it
-- reads no more of the queue than from the first of them to the last. Not waited for either.
('ConfirmStreamMessagesKey', $query$
DELETE FROM jamemr_stream_event e
USING (
    SELECT split_part(receipt, ':', 1)::bigint AS id, split_part(receipt, ':', 2)::integer AS dequeued
    FROM unnest(string_to_array(@Items, '|')) receipt) confirmed
WHERE e.service_id = @ServiceId AND e.provider_id = @ProviderId AND e.queue_id = @QueueId
    AND e.id >= (SELECT min(split_part(receipt, ':', 1)::bigint) FROM unnest(string_to_array(@Items, '|')) receipt)
    AND e.id <= (SELECT max(split_part(receipt, ':', 1)::bigint) FROM unnest(string_to_array(@Items, '|')) receipt)
    AND e.id = confirmed.id AND e.dequeued = confirmed.dequeued
    AND (SELECT set_config('synchronous_commit', 'off', true)) = 'off'
RETURNING e.service_id AS ServiceId, e.provider_id AS ProviderId, e.queue_id AS QueueId, e.id AS MessageId
$query$),

('FailStreamMessageKey', $query$
UPDATE jamemr_stream_event SET visible_on = now()
WHERE service_id = @ServiceId AND provider_id = @ProviderId AND queue_id = @QueueId AND id = @MessageId
$query$),

-- The provider wants to know them; they evict nothing.
('EvictStreamMessagesKey', 'SELECT WHERE false'),
('EvictStreamDeadLettersKey', 'SELECT WHERE false');
