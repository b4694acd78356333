-- Declarations that wait for an authority which did not answer, and since when each authority answers again.

-- name: authority_returned
INSERT INTO adapter_return (adapter, at) VALUES (%(adapter)s, clock_timestamp())
ON CONFLICT (adapter) DO UPDATE SET at = greatest(adapter_return.at, EXCLUDED.at);

-- The authorities that declarations wait for, with how many and since when; since when it is known that one answers again, or its
-- adapter is run again; and since when a contingency window is in force for it.
-- name: waited_for
SELECT a.adapter, count(*) AS declarations, min(d.waits_since) AS since,
       greatest(
           (SELECT r.at FROM adapter_return r WHERE r.adapter = a.adapter),
           (SELECT max(s.at) FROM adapter_switch s WHERE s.adapter = a.adapter AND s.enabled)
       ) AS back_at,
       (SELECT max(w.opened_at) FROM contingency_window w WHERE w.adapter = a.adapter AND is_in_force(w)) AS window_at
FROM declaration d CROSS JOIN LATERAL unnest(d.waits_for) AS a (adapter)
WHERE d.waits_for <> '{}' AND d.ended IS NULL AND NOT d.erased
GROUP BY a.adapter ORDER BY a.adapter;

-- Declarations that have waited for an authority since before it answered again, what was asked about longest ago first: what failed
-- again is at the end, behind it what a process knows to have got no answer (`behind`). One that waits in spite of that is not
-- taken sooner than after a pause that grows with the time for which it has waited. The assessment is requested and taken at once,
-- as by `take_due`.
-- name: take_waiting
WITH free AS MATERIALIZED (
    SELECT id, waits_at AS asked, id::text = ANY (%(behind)s) AS last FROM declaration
    WHERE waits_for <> '{}' AND %(adapter)s = ANY (waits_for) AND waits_at < %(before)s
      AND now() - waits_at >= least(%(pause)s, waits_at - waits_since)
      AND due_at IS NULL AND ended IS NULL AND NOT erased
      AND lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= now()) AND lost = '{}'
    ORDER BY last, waits_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), held AS (
    UPDATE declaration d
    SET lease_owner = %(owner)s, lease_token = d.lease_token + 1, wanted = d.wanted + 1, taken = d.wanted + 1, hinted = true,
        due_at = now(), look_due_at = NULL, lease_until = now() + %(lease)s
    FROM free WHERE d.id = free.id
    RETURNING d.id
)
-- What an update returns has no order.
SELECT id FROM held JOIN free USING (id) ORDER BY last, asked;

-- The first one of them, to find out whether the authority is back: beside another one only where that is slow to find out.
-- name: take_probe
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE waits_for <> '{}' AND %(adapter)s = ANY (waits_for) AND now() - waits_at >= %(pause)s
      AND NOT EXISTS (
          SELECT 1 FROM declaration o
          WHERE o.waits_for <> '{}' AND %(adapter)s = ANY (o.waits_for)
            AND (now() - o.waits_at < %(pause)s OR o.lease_owner IS NOT NULL AND now() - o.due_at < %(slow)s)
      )
      AND due_at IS NULL AND ended IS NULL AND NOT erased
      AND lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= now()) AND lost = '{}'
    ORDER BY id::text = ANY (%(behind)s), waits_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_owner = %(owner)s, lease_token = d.lease_token + 1, wanted = d.wanted + 1, taken = d.wanted + 1, hinted = true,
    due_at = now(), look_due_at = NULL, lease_until = now() + %(lease)s
FROM free WHERE d.id = free.id
RETURNING d.id;
