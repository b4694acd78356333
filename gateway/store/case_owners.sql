-- Who works on which case.

-- Nobody's, or the person's own: theirs, from now on if it was not. Another's stays another's. What is over is forgotten, some at a time.
-- name: take_case
WITH old AS (
    SELECT declaration_id FROM case_owner WHERE until <= now() AND declaration_id <> %(id)s::uuid LIMIT 100 FOR UPDATE SKIP LOCKED
), forgotten AS (
    DELETE FROM case_owner c USING old WHERE c.declaration_id = old.declaration_id
)
INSERT INTO case_owner AS c (declaration_id, person, note, until)
VALUES (%(id)s::uuid, %(person)s, %(note)s, now() + %(lasts)s)
ON CONFLICT (declaration_id) DO UPDATE
SET person = EXCLUDED.person, note = EXCLUDED.note, until = EXCLUDED.until,
    since = CASE WHEN c.person = EXCLUDED.person AND c.until > now() THEN c.since ELSE now() END
WHERE c.person = EXCLUDED.person OR c.until <= now()
RETURNING person, note, since, until;

-- name: give_case_back
DELETE FROM case_owner WHERE declaration_id = %(id)s::uuid AND person = %(person)s;

-- name: case_owners
SELECT declaration_id::text AS id, person, note, since, until FROM case_owner
WHERE declaration_id = ANY(%(ids)s::uuid[]) AND until > now();

-- name: forget_case_owners
DELETE FROM case_owner WHERE until <= now();

-- Who of one role opened one case lately: among its last readings alone, however often it was read.
-- name: case_opened
SELECT person, max(at) AS at
FROM (SELECT person, at, what, role FROM reading WHERE declaration_id = %(id)s::uuid ORDER BY number DESC LIMIT %(limit)s) last
WHERE what = %(what)s AND role = %(role)s AND at > now() - %(within)s AND person IS NOT NULL AND person <> %(person)s
GROUP BY person ORDER BY max(at) DESC;
