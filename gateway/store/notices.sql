-- name: lock_counter
SELECT last FROM notice_counter FOR UPDATE;

-- Gives numbers to what is committed. A declaration's notices are in the order of their ids: each was written under its lease.
-- name: number_notices
WITH fresh AS (
    SELECT id, row_number() OVER (ORDER BY id) AS place
    FROM (SELECT id FROM notice WHERE number IS NULL ORDER BY id LIMIT %(most)s) AS next
), numbered AS (
    UPDATE notice n SET number = %(last)s + fresh.place FROM fresh WHERE n.id = fresh.id AND n.number IS NULL
    RETURNING n.number
)
UPDATE notice_counter SET last = last + (SELECT count(*) FROM numbered) RETURNING last;

-- name: last_notice
SELECT last, EXISTS (SELECT 1 FROM notice WHERE number IS NULL) AS unnumbered FROM notice_counter;

-- A page out of the next notices, of which no more than a stretch is looked at.
-- name: notices
SELECT number, at, kind, declaration_id::text AS id, lrn, mrn, version, state, decision, effect
FROM notice
WHERE number > %(after)s AND number <= %(until)s
  AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s::text[]))
  AND (%(eoris)s::text[] IS NULL OR (eoris && %(eoris)s::text[] AND kind <> 'alert'))
ORDER BY number LIMIT %(limit)s;

-- name: forget_notices
DELETE FROM notice WHERE at < now() - %(age)s;
