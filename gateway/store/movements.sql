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

-- The documents of which declarations with these MRNs have moved a quantity, or will at their release: each is found by its own,
-- however the plan was made.
-- name: moved_under
SELECT DISTINCT m.type, m.reference
FROM unnest(%(mrns)s::text[]) AS one (mrn)
CROSS JOIN LATERAL (
    SELECT h.id, h.released IS NULL AND h.ended IS NULL AS goes
    FROM declaration h WHERE h.mrn = one.mrn AND h.eoris && %(eoris)s::text[] OFFSET 0
) AS d
CROSS JOIN LATERAL (
    SELECT n.type, n.reference FROM movement n
    WHERE n.declaration_id = d.id AND n.state = 'done' AND n.kind IN ('reserve', 'write_off', 'force', 'amend')
    UNION ALL
    SELECT c.type, c.reference
    FROM last_decided l, json_to_recordset(l.decision::json -> 'decision' -> 'documents') AS c (type text, reference text)
    WHERE d.goes AND l.id = d.id OFFSET 0
) AS m;
