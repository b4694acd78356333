-- How the calls to authorities went, over all replicas.

-- Writes what a process knows of some slots, over what it wrote of them before, and forgets slots that are old. Old ones that
-- another process is forgetting just now are left to it.
-- name: note_authority_figures
WITH old AS (
    SELECT adapter, slot, process FROM authority_figures WHERE slot < %(forget)s LIMIT 1000 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM authority_figures f USING old
    WHERE (f.adapter, f.slot, f.process) = (old.adapter, old.slot, old.process)
)
INSERT INTO authority_figures (adapter, slot, process, latencies, faults, last_ok_at, down_since, away_at)
SELECT g.adapter, g.slot, %(process)s, g.latencies::integer[], g.faults::jsonb, g.last_ok_at, g.down_since, g.away_at
FROM unnest(
    %(adapters)s::text[], %(slots)s::timestamptz[], %(latencies)s::text[], %(faults)s::text[],
    %(last_ok_at)s::timestamptz[], %(down_since)s::timestamptz[], %(away_at)s::timestamptz[]
) AS g (adapter, slot, latencies, faults, last_ok_at, down_since, away_at)
ON CONFLICT (adapter, slot, process) DO UPDATE
SET latencies = EXCLUDED.latencies, faults = EXCLUDED.faults, last_ok_at = EXCLUDED.last_ok_at,
    down_since = EXCLUDED.down_since, away_at = EXCLUDED.away_at;

-- What other processes wrote last of each authority.
-- name: authorities_answering
SELECT DISTINCT ON (adapter, process) adapter, last_ok_at, down_since, away_at FROM authority_figures
WHERE process <> %(process)s
ORDER BY adapter, process, slot DESC;

-- name: authority_slots
SELECT adapter, slot, latencies, faults::text AS faults FROM authority_figures
WHERE process <> %(process)s AND slot >= %(since)s AND (%(adapter)s::text IS NULL OR adapter = %(adapter)s::text)
ORDER BY slot;
