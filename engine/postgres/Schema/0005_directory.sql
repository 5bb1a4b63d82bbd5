-- Where each grain is active.

CREATE TABLE jamemr_activation
(
    cluster_id    text COLLATE "C" NOT NULL,
    provider_id   text COLLATE "C" NOT NULL,
    grain_id      text COLLATE "C" NOT NULL,
    silo_address  text COLLATE "C" NOT NULL,
    activation_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (cluster_id, provider_id, grain_id)
);

-- For a silo that has died: all that was active there.
CREATE INDEX jamemr_activation_silo ON jamemr_activation (cluster_id, provider_id, silo_address);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
-- The first to register counts; whoever comes later is told where the grain is. The change that changes nothing makes a row that was
-- registered a moment ago come back too, which a plain SELECT in the same statement would not see.
('RegisterGrainActivationKey', $query$
INSERT INTO jamemr_activation AS a (cluster_id, provider_id, grain_id, silo_address, activation_id)
VALUES (@ClusterId, @ProviderId, @GrainId, @SiloAddress, @ActivationId)
ON CONFLICT (cluster_id, provider_id, grain_id) DO UPDATE SET activation_id = a.activation_id
RETURNING cluster_id AS ClusterId, provider_id AS ProviderId, grain_id AS GrainId, silo_address AS SiloAddress, activation_id AS ActivationId
$query$),

('LookupGrainActivationKey', $query$
SELECT cluster_id AS ClusterId, provider_id AS ProviderId, grain_id AS GrainId, silo_address AS SiloAddress, activation_id AS ActivationId
FROM jamemr_activation
WHERE cluster_id = @ClusterId AND provider_id = @ProviderId AND grain_id = @GrainId
$query$),

('UnregisterGrainActivationKey', $query$
WITH gone AS (
    DELETE FROM jamemr_activation
    WHERE cluster_id = @ClusterId AND provider_id = @ProviderId AND grain_id = @GrainId AND activation_id = @ActivationId
    RETURNING 1)
SELECT count(*)::integer FROM gone
$query$),

('UnregisterGrainActivationsKey', $query$
WITH gone AS (
    DELETE FROM jamemr_activation
    WHERE cluster_id = @ClusterId AND provider_id = @ProviderId AND silo_address = ANY (string_to_array(@SiloAddresses, '|'))
    RETURNING 1)
SELECT count(*)::integer FROM gone
$query$);
