-- Intents, before they are sent: only the holder of a lease that has not run out writes them, and only if nothing was received
-- meanwhile; the lease is renewed with them.
-- name: intend
WITH head AS (
    UPDATE declaration SET event_seq = %(seq)s, event_head = %(head)s, unsettled = true, lease_until = now() + %(lease)s
    WHERE id = %(id)s::uuid AND lease_token = %(token)s AND lease_owner = %(owner)s AND event_seq = %(read_seq)s
      AND lease_until > now()
    RETURNING id
), moved AS (
    UPDATE movement m SET state = n.state, settled_at = n.settled_at, body = n.body
    FROM head, json_to_recordset(%(settled)s::json) AS n (number integer, state text, settled_at timestamptz, body text)
    WHERE m.declaration_id = head.id AND m.number = n.number
    RETURNING m.number
), movement AS (
    -- Counting what was settled has it written first: a document has one open movement at most.
    INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, settled_at, body)
    SELECT head.id, m.*
    FROM head, (SELECT count(*) FROM moved) AS first, json_to_recordset(%(movements)s::json) AS m (
        number integer, type text, reference text, adapter text, kind text, state text, planned_at timestamptz,
        settled_at timestamptz, body text
    )
), evidence AS (
    INSERT INTO evidence (digest, body)
    SELECT e.digest, e.body
    FROM head, unnest(%(evidence_digests)s::text[], %(evidence_bodies)b::bytea[]) AS e (digest, body)
    ON CONFLICT DO NOTHING
), link AS (
    INSERT INTO evidence_link (declaration_id, digest)
    SELECT head.id, e.digest FROM head, unnest(%(evidence_digests)s::text[]) AS e (digest)
    ON CONFLICT DO NOTHING
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT head.id, e.*
    FROM head, json_to_recordset(%(events)s::json) AS e (seq integer, kind text, at timestamptz, text text, hash text)
)
SELECT id FROM head;

-- name: movements
SELECT body FROM movement WHERE declaration_id = %(id)s::uuid ORDER BY number;

-- name: open_movements
SELECT d.id::text AS id, d.lrn, d.mrn, m.body
FROM movement m JOIN declaration d ON d.id = m.declaration_id
WHERE m.state IN ('planned', 'in_doubt')
ORDER BY m.planned_at LIMIT %(limit)s;

-- The last movement of each document of declarations of which an authority has something that no order puts right.
-- name: left_standing
SELECT d.id::text AS id, d.lrn, d.mrn, m.body
FROM (SELECT * FROM declaration WHERE left_since IS NOT NULL ORDER BY left_since LIMIT %(limit)s) AS d
JOIN LATERAL (
    SELECT DISTINCT ON (n.type, n.reference) n.number, n.body FROM movement n WHERE n.declaration_id = d.id
    ORDER BY n.type, n.reference, n.number DESC
) AS m ON true
ORDER BY d.left_since, d.number, m.number;

-- What may have moved on since: whatever was touched, and whatever could still be released then.
-- name: moved_since
SELECT d.id::text AS id FROM declaration d
WHERE d.accepted_at IS NOT NULL AND (
    d.holding_since IS NOT NULL OR d.unsettled
    OR EXISTS (SELECT 1 FROM event e WHERE e.declaration_id = d.id AND e.at >= %(since)s)
)
ORDER BY d.number;

-- name: abandoned
SELECT id::text AS id FROM declaration
WHERE holding_since < %(before)s AND NOT given_back AND ended IS NULL AND released IS NULL
ORDER BY holding_since LIMIT %(limit)s;

-- The documents of which declarations with these MRNs have moved a quantity.
-- name: moved_under
SELECT DISTINCT m.type, m.reference
FROM declaration d JOIN movement m ON m.declaration_id = d.id
WHERE d.mrn = ANY (%(mrns)s::text[]) AND d.eoris && %(eoris)s::text[] AND m.state = 'done' AND m.kind IN ('reserve', 'write_off', 'force', 'amend');

-- name: citing
SELECT DISTINCT c.declaration_id::text AS id
FROM citation c JOIN declaration d ON d.id = c.declaration_id
WHERE c.reference = ANY (%(references)s::text[]) AND c.type = %(type)s AND d.ended IS NULL;

-- What stands as it was declared: its identity was not known then, or is not worked out yet.
-- name: cited_as_declared
SELECT DISTINCT reference FROM citation WHERE NOT identified AND type = %(type)s;

-- name: citations_to_identify
SELECT DISTINCT type, reference FROM citation
WHERE NOT identified AND (type, reference) > (%(after_type)s, %(after_reference)s)
ORDER BY type, reference LIMIT %(limit)s;

-- Declarations of before that cite one of these documents: none of them is sealed or amended until the transaction ends.
-- name: lock_to_identify
SELECT d.id FROM declaration d
WHERE d.covered_from IS NULL AND EXISTS (
    SELECT 1 FROM citation c JOIN json_to_recordset(%(known)s::json) AS k (type text, reference text, identity text)
        ON (c.type, c.reference) = (k.type, k.reference)
    WHERE c.declaration_id = d.id AND NOT c.identified AND k.identity <> k.reference
)
FOR UPDATE OF d SKIP LOCKED;

-- Puts citations under their identities; a declaration that cites a document in two spellings cites it once. What an event
-- tells of stays under the name that it tells: it is found by its spelling.
-- name: identify_citations
WITH known AS (
    SELECT k.* FROM json_to_recordset(%(known)s::json) AS k (type text, reference text, identity text)
), untold AS (
    SELECT b.id FROM unnest(%(before)s::uuid[]) AS b (id)
    WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.declaration_id = b.id AND strpos(e.text, '"citation ') > 0)
), found AS (
    SELECT c.type, c.reference, c.declaration_id, k.identity
    FROM citation c JOIN known k ON (c.type, c.reference) = (k.type, k.reference)
    WHERE NOT c.identified AND (k.identity = k.reference OR c.declaration_id IN (SELECT id FROM untold))
    FOR UPDATE OF c SKIP LOCKED
), same AS (
    UPDATE citation c SET identified = true
    FROM found f
    WHERE (c.reference, c.type, c.declaration_id) = (f.reference, f.type, f.declaration_id) AND f.identity = f.reference
), other AS (
    DELETE FROM citation c
    USING found f
    WHERE (c.reference, c.type, c.declaration_id) = (f.reference, f.type, f.declaration_id) AND f.identity <> f.reference
), put AS (
    INSERT INTO citation (reference, type, declaration_id, identified)
    SELECT DISTINCT f.identity, f.type, f.declaration_id, true FROM found f WHERE f.identity <> f.reference
    ON CONFLICT DO NOTHING
)
SELECT count(DISTINCT (f.type, f.reference)) AS done FROM found f;

-- Releases and interventions of a declaration, with the decision that stands.
-- name: orders
SELECT s.event_seq, s.kind, s.body, s.outcome FROM step s
WHERE s.declaration_id = %(id)s::uuid AND s.kind IS NOT NULL ORDER BY s.event_seq;

-- name: decision_standing
SELECT body, is_looked_at(declaration_id) AS looked,
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

-- name: giving_back
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
