-- The declaration's head, locked until the transaction ends.
-- name: lock
SELECT id::text AS id, mrn, accepted_at, current_version, decision_count, invalidating, ended, confirmed, released, given_back,
       event_seq, event_head, examination, shut, controlled, erased, kind, due_at IS NOT NULL OR lease_until > now() OR unsettled AS busy,
       CASE WHEN invalidating OR ended = 'invalidated' THEN (
           SELECT i.text FROM event i WHERE i.declaration_id = d.id AND i.kind = 'invalidation.received' ORDER BY i.seq DESC LIMIT 1
       ) END AS invalidation,
       -- What an authority said of it, and is not entered yet, is said first.
       EXISTS (SELECT FROM pushed_event p WHERE p.mrn = d.mrn AND p.result IN ('received', 'waiting')) AS words_wait,
       (SELECT v.decision_number FROM declaration_version v WHERE v.declaration_id = d.id AND v.version = d.current_version)
           AS decision_number
FROM declaration d WHERE id = %(id)s::uuid FOR UPDATE;

-- The declaration and whichever other one carries the MRN, locked in one order: two that want each other's wait, and never
-- for each other.
-- name: lock_for_mrn
SELECT id::text AS id, mrn, accepted_at, event_seq, event_head FROM declaration
WHERE id = %(id)s::uuid OR mrn = %(mrn)s
ORDER BY id FOR UPDATE;

-- name: mrn_yielded
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
)
UPDATE declaration
SET mrn = NULL, event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + 1, hinted = true,
    due_at = CASE WHEN ended IS NULL THEN coalesce(due_at, now()) ELSE due_at END
WHERE id = %(id)s::uuid;
