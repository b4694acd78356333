-- The newest verification of a document by an officer.
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
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, told)
    SELECT 'confirmed', id, lrn, mrn, version, state, decision_number, decision::json -> 'decision' ->> 'effect', eoris, true
    FROM last_decided WHERE id = %(id)s::uuid
)
UPDATE declaration SET confirmed = true, event_seq = %(seq)s, event_head = %(hash)s
WHERE id = %(id)s::uuid;

-- Whoever has taken the reports to send them is overtaken: what is over is not written over.
-- name: report_made
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), made AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
), act AS (
    INSERT INTO act (at, kind, declaration_id, event_seq) VALUES (%(at)s, 'intervention', %(id)s::uuid, %(seq)s)
), release AS (
    UPDATE step SET reports = %(reports)s, reports_taken = reports_taken + 1,
        reports_due_at = CASE WHEN %(open)s::boolean THEN reports_due_at END
    WHERE declaration_id = %(id)s::uuid AND event_seq = %(step)s
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(hash)s WHERE id = %(id)s::uuid;

-- The end of the work on it too: a holder's lease is taken away.
-- name: lapsed
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), version AS (
    UPDATE declaration_version SET state = 'lapsed'
    WHERE declaration_id = %(id)s::uuid AND version = %(version)s
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, told)
    SELECT 'lapsed', l.id, l.lrn, l.mrn, l.version, 'lapsed', decision_number, decision::json -> 'decision' ->> 'effect', l.eoris, d.confirmed
    FROM last_decided l JOIN declaration d ON d.id = l.id WHERE l.id = %(id)s::uuid
)
UPDATE declaration
SET ended = 'lapsed', event_seq = %(seq)s, event_head = %(hash)s, due_at = NULL, look_due_at = NULL, lease_owner = NULL,
    lease_until = NULL, held_since = NULL
WHERE id = %(id)s::uuid;

-- name: controlled
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration SET examination = %(examination)s, event_seq = %(seq)s, event_head = %(hash)s
WHERE id = %(id)s::uuid;

-- Declarations whose goods an announced examination keeps, the newest first; the whole table is read for it.
-- name: examinations_awaited
SELECT coalesce(mrn, lrn) AS name, count(*) OVER () AS declarations FROM declaration
WHERE examination IS NOT NULL AND ended IS NULL
  AND examination::jsonb ->> 'took_place_at' IS NULL AND examination::jsonb ->> 'withdrawn_at' IS NULL
  AND coalesce(released::jsonb ->> 'whole', 'false') = 'false'
ORDER BY number DESC LIMIT %(limit)s;

-- Releases and interventions of a declaration, with the decision that stands.
-- name: orders
SELECT s.event_seq, s.kind, s.body, s.outcome FROM step s
WHERE s.declaration_id = %(id)s::uuid AND s.kind IS NOT NULL ORDER BY s.event_seq;

-- name: last_decision
SELECT body, is_looked_at(declaration_id) AS assessed,
       ARRAY(
           SELECT e.number FROM contingency_document e JOIN contingency_window w ON w.number = e.number
           WHERE e.declaration_id = decision.declaration_id AND e.let_through AND e.afterwards = 'awaited'
             AND NOT is_in_force(w)
           ORDER BY e.number
       ) AS ended_windows
FROM decision WHERE declaration_id = %(id)s::uuid ORDER BY number DESC LIMIT 1;

-- name: ordered
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt, kind)
    VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s, %(kind)s)
), act AS (
    INSERT INTO act (at, kind, declaration_id, event_seq)
    SELECT %(at)s, %(act)s::text, %(id)s::uuid, %(seq)s WHERE %(act)s::text IS NOT NULL
)
UPDATE declaration
SET event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + 1, due_at = coalesce(due_at, now()),
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- When a new assessment was asked for last.
-- name: assessed_anew
SELECT max(at) AS at FROM event WHERE declaration_id = %(id)s::uuid AND kind = 'assessment.requested';

-- name: assessing
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration
SET event_seq = %(seq)s, event_head = %(hash)s, hinted = true, wanted = wanted + 1, due_at = coalesce(due_at, now()),
    lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- Whether the presentation of its goods was received already.
-- name: presented_before
SELECT EXISTS (
    SELECT FROM event WHERE declaration_id = %(id)s::uuid AND kind = 'presentation.received'
) AS received;

-- name: presented
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(hash)s WHERE id = %(id)s::uuid;

-- name: dormant
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
)
UPDATE declaration
SET given_back = true, event_seq = %(seq)s, event_head = %(hash)s, wanted = wanted + 1, due_at = coalesce(due_at, now())
WHERE id = %(id)s::uuid;

-- Whatever was moved last of each document is in doubt: it has to be read back.
-- name: doubting
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), moved AS (
    UPDATE movement m SET state = 'in_doubt', body = n.body
    FROM json_to_recordset(%(movements)s::json) AS n (number integer, body text)
    WHERE m.declaration_id = %(id)s::uuid AND m.number = n.number
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration
SET event_seq = %(seq)s, event_head = %(hash)s, unsettled = true, wanted = wanted + 1, due_at = coalesce(due_at, now())
WHERE id = %(id)s::uuid;
