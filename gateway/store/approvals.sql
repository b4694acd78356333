-- name: approval
SELECT * FROM approval_standing WHERE id = %(id)s::uuid;

-- The approval, and nobody else may end it meanwhile.
-- name: lock_approval
SELECT 1 AS locked FROM approval WHERE id = %(id)s::uuid FOR UPDATE;

-- Approvals that may be of this very order: only with the salt of each can it be compared. The newest first.
-- name: approvals_alike
SELECT *, ends_at > now() AND stands_on = approval_basis(kind, declaration_id) AS unchanged
FROM approval_standing
WHERE declaration_id = %(declaration)s::uuid AND kind = %(kind)s AND (state = 'open' OR ends_at > now())
ORDER BY number DESC;

-- The same for orders that are about no declaration.
-- name: approvals_alike_elsewhere
SELECT *, ends_at > now() AND stands_on = approval_basis(kind, declaration_id) AS unchanged
FROM approval_standing
WHERE declaration_id IS NULL AND kind = %(kind)s AND (state = 'open' OR ends_at > now())
ORDER BY number DESC;

-- name: clock
SELECT clock_timestamp() AS at;

-- name: one_request_at_a_time
SELECT pg_advisory_xact_lock(hashtextextended('approval of ' || %(kind)s, 0));

-- name: request_approval
INSERT INTO approval (id, kind, declaration_id, request, stands_on, ends_at, body, salt)
VALUES (%(id)s::uuid, %(kind)s, %(declaration)s::uuid, %(request)s, approval_basis(%(kind)s, %(declaration)s::uuid),
        coalesce(now() + %(valid_for)s::interval, %(no_end)s), %(body)s, %(salt)s)
RETURNING kind, request, stands_on, asked_at, ends_at;

-- name: end_approval
UPDATE approval
SET state = %(state)s, ended_at = now(), event_seq = %(seq)s, ending = %(ending)s, ending_salt = %(salt)s
WHERE id = %(id)s::uuid AND state = 'open';

-- An event of the declaration that changes nothing else of it.
-- name: note_event
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(hash)s WHERE id = %(id)s::uuid;

-- name: approvals
SELECT * FROM approval_standing
WHERE number < %(before)s
  AND (%(standing)s::text IS NULL OR standing = %(standing)s::text)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
  AND (%(declaration)s::uuid IS NULL OR declaration_id = %(declaration)s::uuid)
  AND (%(offices)s::text[] IS NULL OR declaration_id IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(person)s::text IS NULL OR (body::jsonb #>> '{by,person}' IS NOT DISTINCT FROM %(person)s::text) <> %(of_others)s)
ORDER BY number DESC LIMIT %(limit)s;

-- name: open_approvals
SELECT * FROM approval_standing
WHERE number < %(before)s AND state = 'open' AND standing = 'open'
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
  AND (%(declaration)s::uuid IS NULL OR declaration_id = %(declaration)s::uuid)
  AND (%(offices)s::text[] IS NULL OR declaration_id IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(person)s::text IS NULL OR (body::jsonb #>> '{by,person}' IS NOT DISTINCT FROM %(person)s::text) <> %(of_others)s)
ORDER BY number DESC LIMIT %(limit)s;
