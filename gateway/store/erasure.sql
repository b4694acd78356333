-- name: texts_of_step
SELECT event_seq, body FROM step WHERE declaration_id = %(id)s::uuid ORDER BY event_seq;

-- name: texts_of_officer_verification
SELECT event_seq, body FROM officer_verification WHERE declaration_id = %(id)s::uuid ORDER BY event_seq;

-- name: texts_of_approval
SELECT id, body, ending FROM approval WHERE declaration_id = %(id)s::uuid ORDER BY id;

-- Of approvals that are about no declaration, and wait for nobody.
-- name: texts_of_approvals_before
SELECT id, body, ending FROM approval_standing
WHERE declaration_id IS NULL AND asked_at < %(before)s AND standing <> 'open' ORDER BY id;

-- name: erase_approval
UPDATE approval SET body = %(body)s, salt = %(salt)s, ending = %(ending)s, ending_salt = %(ending_salt)s
WHERE id = %(id)s::uuid;

-- name: erase_windows
UPDATE contingency_window w SET opening = NULL, opening_salt = NULL, closing = NULL, closing_salt = NULL
WHERE opened_at < %(before)s AND NOT is_in_force(w) AND (opening IS NOT NULL OR closing IS NOT NULL)
RETURNING number;

-- name: erase_switches
UPDATE table_switch SET officer = NULL, reason = NULL, actor = NULL, approver = NULL, salt = NULL
WHERE ordered_at < %(before)s AND (officer IS NOT NULL OR reason IS NOT NULL OR actor IS NOT NULL)
RETURNING number;

-- name: erase_installation_step
UPDATE installation_step SET body = %(body)s, salt = %(salt)s WHERE event_seq = %(seq)s;

-- name: erase_step
UPDATE step SET body = %(body)s, salt = %(salt)s WHERE declaration_id = %(id)s::uuid AND event_seq = %(seq)s;

-- name: erase_officer_verification
UPDATE officer_verification SET body = %(body)s, salt = %(salt)s
WHERE declaration_id = %(id)s::uuid AND event_seq = %(seq)s;

-- name: erase_models
WITH found_by AS (DELETE FROM transport_number WHERE declaration_id = %(id)s::uuid)
UPDATE declaration_version SET model = NULL WHERE declaration_id = %(id)s::uuid AND model IS NOT NULL RETURNING version;

-- name: erase_applied
UPDATE application SET model = NULL WHERE declaration_id = %(id)s::uuid AND model IS NOT NULL RETURNING id::text AS id;

-- Evidence that another declaration has, too, stays with that one.
-- name: erase_evidence
WITH gone AS (
    DELETE FROM evidence_link WHERE declaration_id = %(id)s::uuid RETURNING digest, day
), evidence AS (
    DELETE FROM evidence e USING gone g
    WHERE (e.digest, e.day) = (g.digest, g.day) AND NOT EXISTS (
        SELECT 1 FROM evidence_link l
        WHERE l.digest = e.digest AND l.day = e.day AND l.declaration_id <> %(id)s::uuid
    )
)
SELECT digest FROM gone;

-- name: erase_bundles
DELETE FROM evidence_bundle WHERE declaration_id = %(id)s::uuid RETURNING digests;

-- name: erase_piece
WITH gone AS (
    DELETE FROM evidence_link WHERE declaration_id = %(id)s::uuid AND digest = %(digest)s RETURNING digest, day
), evidence AS (
    DELETE FROM evidence e USING gone g
    WHERE (e.digest, e.day) = (g.digest, g.day) AND NOT EXISTS (
        SELECT 1 FROM evidence_link l
        WHERE l.digest = e.digest AND l.day = e.day AND l.declaration_id <> %(id)s::uuid
    )
)
SELECT digest FROM gone;

-- name: erased
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
)
UPDATE declaration
SET event_seq = %(seq)s, event_head = %(hash)s, erased = erased OR %(content)s,
    look_due_at = CASE WHEN NOT %(content)s THEN look_due_at END,
    listing = CASE WHEN NOT %(content)s THEN listing END
WHERE id = %(id)s::uuid;

-- Orders that are not carried out yet or wait for a second person, and applications that are open.
-- name: outstanding
SELECT 1 FROM step WHERE declaration_id = %(id)s::uuid AND kind IS NOT NULL AND outcome IS NULL
UNION ALL
SELECT 1 FROM approval WHERE declaration_id = %(id)s::uuid AND state = 'open' AND ends_at > now()
UNION ALL
SELECT 1 FROM application WHERE declaration_id = %(id)s::uuid AND state = 'open';

-- name: expire_default
WITH bundle AS (
    DELETE FROM evidence_bundle_default WHERE day < %(before)s
)
DELETE FROM evidence_default WHERE day < %(before)s;

-- name: installation_texts_before
SELECT s.event_seq, s.body FROM installation_step s JOIN installation_event e ON e.seq = s.event_seq
WHERE e.at < %(before)s ORDER BY s.event_seq;
