-- How adapters stand in each process.

-- Writes what a process knows, and forgets what was written before a time.
-- name: note_adapter_processes
WITH forgotten AS (
    DELETE FROM adapter_process WHERE until < %(forget)s AND process <> %(process)s
)
INSERT INTO adapter_process (
    adapter, process, at, until, tier, why, runs_in, breaker, in_flight, last_at, last_outcome, last_ms
)
SELECT g.adapter, %(process)s, clock_timestamp(), clock_timestamp() + %(lasts)s, g.tier, g.why, g.runs_in, g.breaker, g.in_flight,
    g.last_at, g.last_outcome, g.last_ms
FROM unnest(
    %(adapters)s::text[], %(tiers)s::text[], %(why)s::text[], %(runs_in)s::text[], %(breakers)s::text[], %(in_flight)s::integer[],
    %(last_at)s::timestamptz[], %(last_outcome)s::text[], %(last_ms)s::integer[]
) AS g (adapter, tier, why, runs_in, breaker, in_flight, last_at, last_outcome, last_ms)
ON CONFLICT (adapter, process) DO UPDATE
SET at = EXCLUDED.at, until = EXCLUDED.until, tier = EXCLUDED.tier, why = EXCLUDED.why, runs_in = EXCLUDED.runs_in,
    breaker = EXCLUDED.breaker, in_flight = EXCLUDED.in_flight, last_at = EXCLUDED.last_at, last_outcome = EXCLUDED.last_outcome,
    last_ms = EXCLUDED.last_ms;

-- name: end_adapter_process
UPDATE adapter_process SET until = clock_timestamp(), in_flight = 0 WHERE process = %(process)s;

-- name: adapter_processes
SELECT adapter, process, at, until > clock_timestamp() AS lives, tier, why, runs_in, breaker, in_flight, last_at, last_outcome, last_ms
FROM adapter_process
ORDER BY adapter, process;
