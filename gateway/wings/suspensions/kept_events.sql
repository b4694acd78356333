-- Words that were pushed, by the authority's number of the case and version.

-- name: receive_event
INSERT INTO pushed_event (adapter, reference, version, digest, mrn, body, result, due_at)
VALUES (%(adapter)s, %(reference)s, %(version)s, %(digest)s, %(mrn)s, %(body)s, 'received', now() + %(again)s)
ON CONFLICT DO NOTHING
RETURNING version;

-- With whether a higher version of its case is known, and whether one came before it.
-- name: pushed_event
SELECT digest, result, answer,
       EXISTS (SELECT FROM pushed_event h
               WHERE h.adapter = e.adapter AND h.reference = e.reference AND h.version > e.version) AS followed,
       EXISTS (SELECT FROM pushed_event h
               WHERE h.adapter = e.adapter AND h.reference = e.reference AND h.version > e.version
                 AND h.received_at < e.received_at) AS preceded
FROM pushed_event e WHERE adapter = %(adapter)s AND reference = %(reference)s AND version = %(version)s;

-- The words of its case that came before it and whose effect is still to be determined.
-- name: events_before
SELECT adapter, body, received_at, result FROM pushed_event
WHERE adapter = %(adapter)s AND reference = %(reference)s AND version < %(version)s AND result IN ('waiting', 'received')
  AND body IS NOT NULL
ORDER BY version;

-- What has had its effect is forgotten but for its digest; what has had none is kept for officers.
-- name: event_answered
UPDATE pushed_event
SET result = %(result)s, answer = %(answer)s, declaration_id = coalesce(%(declaration)s::uuid, declaration_id), due_at = %(due_at)s,
    body = CASE WHEN %(keep)s THEN body END
WHERE adapter = %(adapter)s AND reference = %(reference)s AND version = %(version)s;

-- Those that wait for their declaration once it is accepted, those whose receipt was interrupted, and those that waited for too long.
-- name: take_events
WITH free AS MATERIALIZED (
    SELECT adapter, reference, version FROM pushed_event
    WHERE due_at <= now() ORDER BY due_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE pushed_event e SET due_at = now() + %(again)s
FROM free WHERE (e.adapter, e.reference, e.version) = (free.adapter, free.reference, free.version)
RETURNING e.adapter, e.body, e.received_at, e.result;

-- From the words, which are few, to their declarations: never from all declarations.
-- name: waiting_events_accepted
SELECT e.adapter, e.body, e.received_at, e.result
FROM pushed_event e
WHERE e.result = 'waiting' AND e.body IS NOT NULL
  AND (SELECT d.accepted_at FROM declaration d WHERE d.mrn = e.mrn) IS NOT NULL
ORDER BY e.received_at LIMIT %(limit)s;

-- name: events_listed
SELECT e.adapter, e.reference, e.version, e.mrn, e.body, e.received_at, e.result, e.answer, e.declaration_id::text AS declaration_id
FROM pushed_event e
WHERE e.result <> 'done' AND (%(offices)s::text[] IS NULL OR e.declaration_id IS NULL OR is_at_offices(e.declaration_id, %(offices)s))
  AND (%(before)s::timestamptz IS NULL OR e.received_at < %(before)s)
ORDER BY e.received_at DESC LIMIT %(limit)s;

-- name: forget_events
UPDATE pushed_event SET body = NULL WHERE body IS NOT NULL AND result <> 'done' AND result NOT IN ('waiting', 'received') AND received_at < %(before)s;
