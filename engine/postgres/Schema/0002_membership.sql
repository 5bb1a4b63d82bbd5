-- Who is in a cluster. Every change of a silo's row moves the cluster's version on by one, in the same statement, and is refused when
-- the version is not the one that the silo had read: all silos agree on the order of changes.

CREATE TABLE jamemr_cluster
(
    id         text COLLATE "C" PRIMARY KEY,
    version    integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- host_name and silo_name are what the silo says of itself; suspect_times is the list of votes against it, in the provider's own form.
CREATE TABLE jamemr_silo
(
    cluster_id    text COLLATE "C" NOT NULL REFERENCES jamemr_cluster (id) ON DELETE CASCADE,
    address       text COLLATE "C" NOT NULL,
    port          integer NOT NULL,
    generation    integer NOT NULL,
    silo_name     text NOT NULL,
    host_name     text NOT NULL,
    status        integer NOT NULL,
    proxy_port    integer NOT NULL,
    suspect_times text,
    started_at    timestamptz NOT NULL,
    alive_at      timestamptz NOT NULL,
    PRIMARY KEY (cluster_id, address, port, generation)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $query$
WITH made AS (
    INSERT INTO jamemr_cluster (id) VALUES (@DeploymentId) ON CONFLICT DO NOTHING RETURNING 1)
SELECT count(*)::integer FROM made
$query$),

('InsertMembershipKey', $query$
WITH moved AS (
    UPDATE jamemr_cluster c SET version = c.version + 1, changed_at = now()
    WHERE c.id = @DeploymentId AND c.version = @Version
        AND NOT EXISTS (
            SELECT FROM jamemr_silo s
            WHERE s.cluster_id = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
    RETURNING c.id),
added AS (
    INSERT INTO jamemr_silo
        (cluster_id, address, port, generation, silo_name, host_name, status, proxy_port, started_at, alive_at)
    SELECT moved.id, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
    FROM moved
    RETURNING 1)
SELECT count(*)::integer FROM added
$query$),

('UpdateMembershipKey', $query$
WITH moved AS (
    UPDATE jamemr_cluster c SET version = c.version + 1, changed_at = now()
    WHERE c.id = @DeploymentId AND c.version = @Version
        AND EXISTS (
            SELECT FROM jamemr_silo s
            WHERE s.cluster_id = @DeploymentId AND s.address = @Address AND s.port = @Port AND s.generation = @Generation)
    RETURNING c.id),
changed AS (
    UPDATE jamemr_silo s SET status = @Status, suspect_times = @SuspectTimes, alive_at = @IAmAliveTime
    FROM moved
    WHERE s.cluster_id = moved.id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
    RETURNING 1)
SELECT count(*)::integer FROM changed
$query$),

('UpdateIAmAlivetimeKey', $query$
UPDATE jamemr_silo SET alive_at = @IAmAliveTime
WHERE cluster_id = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$query$),

-- Both answer the version with no silo beside it where there is none.
('MembershipReadRowKey', $query$
SELECT c.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName,
    s.host_name AS HostName, s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes,
    s.started_at AS StartTime, s.alive_at AS IAmAliveTime
FROM jamemr_cluster c
LEFT JOIN jamemr_silo s ON s.cluster_id = c.id AND s.address = @Address AND s.port = @Port AND s.generation = @Generation
WHERE c.id = @DeploymentId
$query$),

('MembershipReadAllKey', $query$
SELECT c.version AS Version, s.address AS Address, s.port AS Port, s.generation AS Generation, s.silo_name AS SiloName,
    s.host_name AS HostName, s.status AS Status, s.proxy_port AS ProxyPort, s.suspect_times AS SuspectTimes,
    s.started_at AS StartTime, s.alive_at AS IAmAliveTime
FROM jamemr_cluster c
LEFT JOIN jamemr_silo s ON s.cluster_id = c.id
WHERE c.id = @DeploymentId
$query$),

('GatewaysQueryKey', $query$
SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
FROM jamemr_silo
WHERE cluster_id = @DeploymentId AND status = @Status AND proxy_port > 0
$query$),

('DeleteMembershipTableEntriesKey', $query$
DELETE FROM jamemr_cluster WHERE id = @DeploymentId
$query$),

-- 3 is an active silo. One that is active and has said nothing for days is a matter for the silos' votes.
('CleanupDefunctSiloEntriesKey', $query$
DELETE FROM jamemr_silo WHERE cluster_id = @DeploymentId AND alive_at < @IAmAliveTime AND status <> 3
$query$);
