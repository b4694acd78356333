-- Replicas, and the changes of which all of them have to know.

-- name: sign_of_life
WITH forgotten AS (
    DELETE FROM replica WHERE at < now() - interval '1 day'
)
INSERT INTO replica (owner, version, reads, at) VALUES (%(owner)s, %(version)s, %(reads)s::text[], clock_timestamp())
ON CONFLICT (owner) DO UPDATE SET version = EXCLUDED.version, reads = EXCLUDED.reads, at = EXCLUDED.at;

-- Replicas that lately gave a sign of life and did not say that they can read something: those of before say nothing, and are
-- known by their leases, the figures of their calls and how their adapters stand.
-- name: replicas_without
SELECT owner, max(at) AS at FROM (
    SELECT lease_owner AS owner, lease_until AS at FROM declaration WHERE due_at IS NOT NULL AND lease_owner IS NOT NULL
    UNION ALL SELECT process, at FROM adapter_process
    UNION ALL SELECT process, slot FROM authority_figures WHERE slot > now() - interval '1 day'
    UNION ALL SELECT owner, at FROM replica
) AS seen
WHERE at > now() - %(within)s::interval AND NOT EXISTS (
    SELECT FROM replica r WHERE r.owner = seen.owner AND r.reads @> ARRAY[%(name)s::text]
)
GROUP BY owner ORDER BY owner;
