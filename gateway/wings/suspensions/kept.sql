-- Suspensions, each written under the lock of its declaration's head with the event that tells of it.

-- name: suspensions_of
SELECT body FROM suspension WHERE declaration_id = %(id)s::uuid ORDER BY number;

-- name: suspended_between
SELECT DISTINCT declaration_id::text AS id FROM suspension s, CAST(body::json #>> '{words,0,at}' AS timestamptz) AS began
WHERE began >= %(since)s AND began < coalesce(%(until)s::timestamptz, 'infinity') ORDER BY 1;

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
    INSERT INTO suspension (declaration_id, number, body, over, deadline, due_at, counted_by, officers, tell_at)
    VALUES (%(id)s::uuid, %(number)s, %(suspension)s, %(over)s, %(deadline)s::date, %(due_at)s, %(counted_by)s,
            %(officers)s, CASE WHEN %(tells)s THEN now() END)
    ON CONFLICT (declaration_id, number) DO UPDATE
    SET body = EXCLUDED.body, over = EXCLUDED.over, deadline = EXCLUDED.deadline, due_at = EXCLUDED.due_at,
        counted_by = EXCLUDED.counted_by, officers = EXCLUDED.officers, tell_at = EXCLUDED.tell_at,
        tell_attempt = CASE WHEN %(tells)s THEN suspension.tell_attempt ELSE 0 END,
        tell_cause = CASE WHEN %(tells)s THEN suspension.tell_cause END,
        tell_informed = %(tells)s AND suspension.tell_informed
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, told)
    SELECT n.kind, l.id, l.lrn, l.mrn, l.version, l.state, l.decision_number, l.decision::json -> 'decision' ->> 'effect',
           CASE WHEN n.parties THEN l.eoris ELSE '{}' END, d.confirmed
    FROM last_decided l JOIN declaration d ON d.id = l.id,
         json_to_recordset(%(notices)s::json) AS n (kind text, parties boolean)
    WHERE l.id = %(id)s::uuid
)
UPDATE declaration
SET shut = %(shut)s, event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + (ended IS NULL)::int,
    due_at = CASE WHEN ended IS NULL THEN coalesce(due_at, now()) ELSE due_at END,
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- Nothing of it has changed but when it is looked at next; what a version before did not write of it is written now.
-- name: suspension_looked_at
UPDATE suspension
SET due_at = %(due_at)s, counted_by = %(counted_by)s, officers = %(officers)s,
    tell_at = CASE WHEN %(tells)s THEN coalesce(tell_at, now()) END
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

-- Those of which notices are due, each for a while; an attempt is counted where it begins.
-- name: take_suspensions_to_tell
WITH free AS MATERIALIZED (
    SELECT declaration_id, number FROM suspension
    WHERE tell_at <= now() ORDER BY tell_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE suspension s SET tell_at = now() + %(again)s, tell_attempt = s.tell_attempt + 1
FROM free WHERE s.declaration_id = free.declaration_id AND s.number = free.number
RETURNING s.declaration_id::text AS id, s.body, s.tell_attempt;

-- What was stated with words, in their order.
-- name: stated_with
SELECT body FROM step WHERE declaration_id = %(id)s::uuid AND event_seq = ANY(%(seqs)s::int[]) AND body IS NOT NULL ORDER BY event_seq;

-- Unless nothing is due any more, or another process has taken it since. Officers and customs are notified once of what is due.
-- name: told_in_vain
WITH known AS MATERIALIZED (
    SELECT declaration_id, number, %(informs)s AND NOT tell_informed AS informs FROM suspension
    WHERE declaration_id = %(id)s::uuid AND number = %(number)s AND tell_attempt = %(attempt)s AND tell_at IS NOT NULL
    FOR NO KEY UPDATE
), kept AS (
    UPDATE suspension s SET tell_at = now() + %(again)s, tell_cause = %(cause)s, tell_informed = s.tell_informed OR k.informs
    FROM known k WHERE s.declaration_id = k.declaration_id AND s.number = k.number
)
INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, told)
SELECT n.kind, l.id, l.lrn, l.mrn, l.version, l.state, l.decision_number, l.decision::json -> 'decision' ->> 'effect', '{}', d.confirmed
FROM known k JOIN last_decided l ON l.id = k.declaration_id JOIN declaration d ON d.id = l.id,
     json_to_recordset(%(notices)s::json) AS n (kind text)
WHERE k.informs
RETURNING kind;

-- name: told_in_vain_of
SELECT number, tell_cause FROM suspension WHERE declaration_id = %(id)s::uuid AND tell_cause IS NOT NULL;

-- The nearest deadline first, behind a place.
-- name: suspensions_listed
SELECT s.declaration_id::text AS id, s.body, s.deadline::text AS deadline, s.tell_cause, d.mrn, d.lrn
FROM suspension s JOIN declaration d ON d.id = s.declaration_id
WHERE (NOT s.over OR %(ended)s)
  AND (%(declaration)s::uuid IS NULL OR s.declaration_id = %(declaration)s::uuid)
  AND (%(offices)s::text[] IS NULL OR is_at_offices(d.id, %(offices)s))
  AND (s.deadline, s.declaration_id, s.number) > (%(deadline)s::date, %(after)s::uuid, %(number)s)
ORDER BY s.deadline, s.declaration_id, s.number LIMIT %(limit)s;
