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

-- With the notice at a follower's place, and the identity that the feed has now.
-- name: last_notice
SELECT c.last, EXISTS (SELECT 1 FROM notice WHERE number IS NULL) AS unnumbered,
       (SELECT notice_mark(n) FROM notice n WHERE n.number = %(after)s) AS mark,
       (SELECT f.identity FROM notice_feed f ORDER BY f.number DESC LIMIT 1) AS feed
FROM notice_counter c;

-- name: mark_of_notice
SELECT notice_mark(n) AS mark FROM notice n WHERE n.number = %(number)s;

-- The last number before the feed became another one than the follower's.
-- name: continue_at
SELECT later.began_after FROM notice_feed own, notice_feed later
WHERE own.identity = %(feed)s AND later.number > own.number ORDER BY later.number LIMIT 1;

-- name: begin_feed
INSERT INTO notice_feed (number, began_after)
SELECT (SELECT max(number) + 1 FROM notice_feed), last FROM notice_counter RETURNING began_after;

-- A page out of the next notices, of which no more than a stretch is read.
-- name: notices
SELECT number, at, kind, declaration_id::text AS id, lrn, mrn, version, state, decision, effect, eoris, documents, told, released,
       notice_mark(n) AS mark
FROM notice n
WHERE number > %(after)s AND number <= %(until)s
  AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s::text[]))
  AND (%(eoris)s::text[] IS NULL OR (eoris && %(eoris)s::text[] AND kind <> 'alert'))
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
ORDER BY number LIMIT %(limit)s;

-- name: notices_by_number
SELECT number, at, kind, declaration_id::text AS id, lrn, mrn, version, state, decision, effect, eoris, documents, told, released,
       notice_mark(n) AS mark
FROM notice n WHERE number = ANY (%(numbers)s);

-- The other way round, for a page that shows what is new.
-- Backwards from a place, out of the stretch before it.
-- name: newest_notices
SELECT number, at, kind, declaration_id::text AS id, lrn, mrn, version, state, decision, effect, eoris, documents, told, released,
       notice_mark(n) AS mark
FROM notice n
WHERE number > %(after)s AND number < %(before)s
  AND (%(kinds)s::text[] IS NULL OR kind = ANY (%(kinds)s::text[]))
  AND (%(eoris)s::text[] IS NULL OR (eoris && %(eoris)s::text[] AND kind <> 'alert'))
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
ORDER BY number DESC LIMIT %(limit)s;

-- name: forget_notices
DELETE FROM notice WHERE at < now() - %(age)s;
