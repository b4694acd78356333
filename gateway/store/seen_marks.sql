-- What persons saw last.

-- Moves a mark, returns where it was, and forgets some that are old; never the one that is moved.
-- name: see_declaration
WITH before AS (
    SELECT at, event, shown FROM seen_mark WHERE person = %(person)s AND declaration_id = %(id)s::uuid
), old AS (
    SELECT person, declaration_id FROM seen_mark
    WHERE at < %(forget)s AND (person, declaration_id) <> (%(person)s, %(id)s::uuid)
    LIMIT 100 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM seen_mark m USING old WHERE (m.person, m.declaration_id) = (old.person, old.declaration_id)
), moved AS (
    INSERT INTO seen_mark (person, declaration_id, event, shown)
    VALUES (%(person)s, %(id)s::uuid, %(event)s, %(shown)s)
    ON CONFLICT (person, declaration_id) DO UPDATE SET at = now(), event = EXCLUDED.event, shown = EXCLUDED.shown
)
SELECT at, event, shown FROM before;

-- name: seen_declarations
SELECT declaration_id::text AS id, at, event, shown FROM seen_mark
WHERE person = %(person)s AND declaration_id = ANY(%(ids)s::uuid[]);

-- name: see_alert
WITH old AS (
    SELECT person, notice FROM seen_alert
    WHERE at < %(forget)s AND (person, notice) <> (%(person)s, %(notice)s) LIMIT 100 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM seen_alert a USING old WHERE (a.person, a.notice) = (old.person, old.notice)
)
INSERT INTO seen_alert (person, notice) VALUES (%(person)s, %(notice)s) ON CONFLICT DO NOTHING;

-- name: seen_alerts
SELECT notice FROM seen_alert WHERE person = %(person)s AND notice = ANY(%(notices)s::bigint[]);
