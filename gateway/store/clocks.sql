-- Time limits of the law that declarations run into. Nothing else moves their time, whatever becomes of the declaration: it is not
-- due work, and no authority is asked because of it.

-- Those whose time has come, each for a while: whoever takes one acts on it and sets its next time; where that process ends before,
-- another one finds it again.
-- name: take_clocks
WITH free AS MATERIALIZED (
    SELECT id FROM declaration WHERE clock_due_at <= now() ORDER BY clock_due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE declaration d SET clock_due_at = now() + %(again)s
FROM free WHERE d.id = free.id
RETURNING d.id::text AS id, d.kind, d.office, d.received_at, d.accepted_at, d.ended;

-- The time at which the next limit of a declaration is acted on; none runs: NULL.
-- name: set_clock
UPDATE declaration SET clock_due_at = %(at)s WHERE id = %(id)s::uuid;
