-- Suspensions, each written under the lock of its declaration's head with the event that tells of it.

-- name: suspensions_of
SELECT body FROM suspension WHERE declaration_id = %(id)s::uuid ORDER BY number;

-- The database's time: no clock of a process frees goods.
-- name: suspension_time
SELECT clock_timestamp() AS now;

-- Who said the word that another person has to say, too.
-- name: said_by
SELECT body FROM step WHERE declaration_id = %(id)s::uuid AND event_seq = %(seq)s;

-- What is decided of the declaration depends on it: it is due, unless it has ended.
-- name: suspended
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt)
    SELECT %(id)s::uuid, %(seq)s, %(body)s, %(salt)s WHERE %(body)s::text IS NOT NULL
), kept AS (
    INSERT INTO suspension (declaration_id, number, body, over, deadline, due_at, counted_by)
    VALUES (%(id)s::uuid, %(number)s, %(suspension)s, %(over)s, %(deadline)s::date, %(due_at)s, %(counted_by)s)
    ON CONFLICT (declaration_id, number) DO UPDATE
    SET body = EXCLUDED.body, over = EXCLUDED.over, deadline = EXCLUDED.deadline, due_at = EXCLUDED.due_at,
        counted_by = EXCLUDED.counted_by
)
UPDATE declaration
SET shut = %(shut)s, event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + (ended IS NULL)::int,
    due_at = CASE WHEN ended IS NULL THEN coalesce(due_at, now()) ELSE due_at END,
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- Nothing of it has changed but when it is looked at next.
-- name: suspension_looked_at
UPDATE suspension SET due_at = %(due_at)s, counted_by = %(counted_by)s
WHERE declaration_id = %(id)s::uuid AND number = %(number)s;

-- Those whose clock has run out, or was counted by other holidays, each for a while: where the process ends that takes one, another
-- one finds it again.
-- name: take_suspensions
WITH free AS MATERIALIZED (
    SELECT declaration_id, number FROM suspension
    WHERE due_at <= now() ORDER BY due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE suspension s SET due_at = now() + %(again)s
FROM free WHERE s.declaration_id = free.declaration_id AND s.number = free.number
RETURNING s.declaration_id::text AS id;

-- name: take_suspensions_to_count
WITH free AS MATERIALIZED (
    SELECT declaration_id, number FROM suspension
    WHERE due_at IS NOT NULL AND (counted_by < %(tables)s OR counted_by > %(tables)s)
    ORDER BY counted_by LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE suspension s SET counted_by = %(tables)s
FROM free WHERE s.declaration_id = free.declaration_id AND s.number = free.number
RETURNING s.declaration_id::text AS id;

-- The nearest deadline first, behind a place.
-- name: suspensions_listed
SELECT s.declaration_id::text AS id, s.body, s.deadline::text AS deadline, d.mrn, d.lrn
FROM suspension s JOIN declaration d ON d.id = s.declaration_id
WHERE (NOT s.over OR %(ended)s)
  AND (%(declaration)s::uuid IS NULL OR s.declaration_id = %(declaration)s::uuid)
  AND (%(offices)s::text[] IS NULL OR is_at_offices(d.id, %(offices)s))
  AND (s.deadline, s.declaration_id, s.number) > (%(deadline)s::date, %(after)s::uuid, %(number)s)
ORDER BY s.deadline, s.declaration_id, s.number LIMIT %(limit)s;
