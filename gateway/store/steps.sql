-- The declaration's head, locked until the transaction ends.
-- name: lock
SELECT id::text AS id, mrn, accepted_at, current_version, decision_count, invalidating, ended, confirmed, released, given_back,
       event_seq, event_head, examination, erased, due_at IS NOT NULL OR lease_until > now() OR unsettled AS busy
FROM declaration WHERE id = %(id)s::uuid FOR UPDATE;

-- The newest word of an officer about a document.
-- name: newest_verification
SELECT body FROM officer_verification
WHERE declaration_id = %(id)s::uuid AND type = %(type)s AND reference = %(reference)s
ORDER BY event_seq DESC LIMIT 1;

-- name: accepted
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration
SET mrn = %(mrn)s, accepted_at = %(accepted_at)s, event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + 1,
    due_at = coalesce(due_at, now()),
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- name: invalidating
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration
SET invalidating = true, event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + 1,
    due_at = coalesce(due_at, now()),
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- name: verified
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), verification AS (
    INSERT INTO officer_verification (declaration_id, event_seq, type, reference, body, salt)
    VALUES (%(id)s::uuid, %(seq)s, %(type)s, %(reference)s, %(body)s, %(salt)s)
), act AS (
    INSERT INTO act (at, kind, declaration_id, event_seq) VALUES (%(at)s, 'verification', %(id)s::uuid, %(seq)s)
)
UPDATE declaration
SET event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + 1, due_at = coalesce(due_at, now()),
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- name: confirmed
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris)
    SELECT 'confirmed', id, lrn, mrn, version, state, decision_number, decision::json -> 'decision' ->> 'effect', eoris
    FROM last_decided WHERE id = %(id)s::uuid
)
UPDATE declaration SET confirmed = true, event_seq = %(seq)s, event_head = %(hash)s
WHERE id = %(id)s::uuid;

-- The end of the work on it too: a holder's lease is taken away.
-- name: lapsed
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), version AS (
    UPDATE declaration_version SET state = 'lapsed'
    WHERE declaration_id = %(id)s::uuid AND version = %(version)s
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris)
    SELECT 'lapsed', id, lrn, mrn, version, 'lapsed', decision_number, decision::json -> 'decision' ->> 'effect', eoris
    FROM last_decided WHERE id = %(id)s::uuid
)
UPDATE declaration
SET ended = 'lapsed', event_seq = %(seq)s, event_head = %(hash)s, due_at = NULL, look_due_at = NULL, lease_owner = NULL,
    lease_until = NULL
WHERE id = %(id)s::uuid;

-- Work without an event: an authority says that something changed, or somebody wants to know.
-- name: wake
UPDATE declaration SET wanted = wanted + 1, hinted = true, due_at = coalesce(due_at, now()),
    lost = CASE WHEN %(anew)s THEN '{}' ELSE lost END
WHERE id = %(id)s::uuid AND (ended IS NULL OR unsettled) AND NOT erased
RETURNING wanted - taken = 1 AS fresh;
