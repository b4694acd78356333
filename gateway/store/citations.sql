-- name: cites
SELECT EXISTS (
    SELECT 1 FROM citation c JOIN party p USING (declaration_id)
    WHERE c.reference = ANY (%(references)s::text[]) AND c.type = %(type)s AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= c.last
) AS cited;

-- Versions of a declarant that is not told again of a document: received within a day before one of its own, and not accepted. Where few
-- cite the document they are found among these, else among the declarant's own, the newest first: what is not accepted lapses after
-- 30 days, and is not amended any more.
-- name: told_often
SELECT g.place, t.told, t.uncounted
FROM json_to_recordset(%(documents)s::json) AS g (place int, type text, refs text[]) CROSS JOIN LATERAL (
    WITH ours AS MATERIALIZED (
        SELECT own.declarant, this.received_at FROM declaration own JOIN declaration_version this ON this.declaration_id = own.id
        WHERE own.id = %(id)s::uuid AND this.version = %(version)s
    ), citing AS MATERIALIZED (
        SELECT DISTINCT c.declaration_id AS id FROM (
            SELECT declaration_id FROM citation WHERE reference = ANY (g.refs) AND type = g.type LIMIT %(few)s
        ) AS c
    ), many AS MATERIALIZED (
        SELECT count(*) >= %(few)s AS cite FROM citing
    ), candidate AS (
        SELECT d.id FROM ours CROSS JOIN citing c CROSS JOIN LATERAL (
            SELECT * FROM declaration d WHERE d.id = c.id AND d.declarant = ours.declarant AND d.accepted_at IS NULL OFFSET 0
        ) AS d
        WHERE NOT (SELECT cite FROM many)
        UNION ALL
        SELECT d.id FROM ours CROSS JOIN LATERAL (
            SELECT p.number FROM party p WHERE p.eori = ours.declarant ORDER BY p.number DESC LIMIT %(most_own)s
        ) AS o CROSS JOIN LATERAL (
            SELECT * FROM declaration d WHERE d.number = o.number AND d.declarant = ours.declarant AND d.accepted_at IS NULL
              AND d.received_at > ours.received_at - interval '62 days' OFFSET 0
        ) AS d CROSS JOIN LATERAL (
            SELECT FROM citation c
            WHERE c.declaration_id = d.id AND c.reference = ANY (g.refs) AND c.type = g.type LIMIT 1
        ) AS c
        WHERE (SELECT cite FROM many)
    )
    SELECT others.told, others.told < %(most)s AND (SELECT cite FROM many) AND EXISTS (
        -- There are more of the declarant's than were looked at.
        SELECT FROM ours CROSS JOIN LATERAL (
            SELECT p.number FROM party p WHERE p.eori = ours.declarant ORDER BY p.number DESC LIMIT 1 OFFSET %(most_own)s
        ) AS o CROSS JOIN LATERAL (
            SELECT FROM declaration d WHERE d.number = o.number AND d.received_at > ours.received_at - interval '62 days' OFFSET 0
        ) AS d
    ) AS uncounted
    FROM (
        SELECT count(*) AS told FROM (
            SELECT FROM ours CROSS JOIN candidate k CROSS JOIN LATERAL (
                SELECT FROM declaration_version v WHERE v.declaration_id = k.id
                  AND (v.declaration_id, v.version) <> (%(id)s::uuid, %(version)s)
                  AND v.received_at <= ours.received_at AND v.received_at > ours.received_at - interval '1 day' OFFSET 0
            ) AS v
            LIMIT %(most)s
        ) AS found
    ) AS others
) AS t;

-- What declarations say that cite documents now, were accepted and have not ended: those released, or accepted before this one.
-- name: taken_before
SELECT g.place, t.model
FROM json_to_recordset(%(documents)s::json) AS g (place int, type text, refs text[]) CROSS JOIN LATERAL (
    SELECT v.model FROM (
        SELECT declaration_id AS id, max(last) AS last FROM citation WHERE reference = ANY (g.refs) AND type = g.type GROUP BY 1
    ) AS c CROSS JOIN LATERAL (
        SELECT * FROM declaration d
        WHERE d.id = c.id AND d.id IS DISTINCT FROM %(id)s::uuid AND d.accepted_at IS NOT NULL AND d.ended IS NULL
          AND c.last >= d.current_version AND (d.released IS NOT NULL OR coalesce((
              SELECT (d.accepted_at, d.number) < (own.accepted_at, own.number) FROM declaration own WHERE own.id = %(id)s::uuid
          ), true)) OFFSET 0
    ) AS d
    JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
    ORDER BY d.number LIMIT %(most)s
) AS t;

-- name: citing
SELECT DISTINCT c.declaration_id::text AS id
FROM citation c CROSS JOIN LATERAL (
    SELECT FROM declaration d WHERE d.id = c.declaration_id AND d.ended IS NULL OFFSET 0
) AS open
WHERE c.reference = ANY (%(references)s::text[]) AND c.type = %(type)s;

-- Citations kept as they were declared: their identity was not known then, or is not worked out yet.
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
-- reports stays under the name in the event: it is found by its spelling.
-- name: identify_citations
WITH known AS (
    SELECT k.* FROM json_to_recordset(%(known)s::json) AS k (type text, reference text, identity text)
), untold AS (
    SELECT b.id FROM unnest(%(before)s::uuid[]) AS b (id)
    WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.declaration_id = b.id AND strpos(e.text, '"citation ') > 0)
), found AS (
    SELECT c.type, c.reference, c.declaration_id, c.last, k.identity
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
    INSERT INTO citation (reference, type, declaration_id, identified, last)
    SELECT f.identity, f.type, f.declaration_id, true, max(f.last) FROM found f WHERE f.identity <> f.reference GROUP BY 1, 2, 3
    ON CONFLICT DO NOTHING
)
SELECT count(DISTINCT (f.type, f.reference)) AS done FROM found f;

-- The newest declarations that cite a document, as they are now, each with what it ordered of documents of the type.
-- name: citing_page
SELECT r.*, v.model::json ->> 'customs_office' AS office, v.model::json ->> 'presentation_office' AS presentation_office,
       ARRAY(SELECT m.body FROM movement m WHERE m.declaration_id = r.id AND m.type = %(type)s ORDER BY m.number) AS movements,
       verified.digest AS facts_digest, f.body AS facts, (
           SELECT min(p.since) FROM party p WHERE p.declaration_id = r.id AND p.eori = ANY (%(eoris)s::text[])
       ) AS since
FROM (
    SELECT DISTINCT d.number FROM citation c JOIN declaration d ON d.id = c.declaration_id
    WHERE c.reference = ANY (%(references)s::text[]) AND c.type = %(type)s AND d.number < %(before)s
      AND (%(eoris)s::text[] IS NULL
           OR EXISTS (SELECT 1 FROM party p WHERE p.declaration_id = d.id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= c.last))
    ORDER BY d.number DESC LIMIT %(limit)s
) AS numbers
CROSS JOIN LATERAL (
    SELECT * FROM declaration_record d WHERE d.number = numbers.number AND d.version = d.current_version OFFSET 0
) AS r
JOIN declaration_version v ON v.declaration_id = r.id AND v.version = r.version
LEFT JOIN LATERAL (
    SELECT e.seq, substring(e.text FROM '"facts":"(sha256:[0-9a-f]{64})"') AS digest FROM event e
    WHERE e.declaration_id = r.id AND e.kind = 'documents.verified' ORDER BY e.seq DESC LIMIT 1
) AS verified ON true
LEFT JOIN LATERAL evidence_of(r.id, verified.digest, verified.seq) AS f ON true
ORDER BY r.number DESC;

-- What was known at the last assessments of declarations that cite a document, the latest first. They are put in their order before
-- any is read: as many are as are asked for.
-- name: known_of_cited
SELECT f.body AS facts, latest.digest
FROM (
    SELECT citing.id, verified.* FROM (
        SELECT DISTINCT d.number, d.id FROM citation c JOIN declaration d ON d.id = c.declaration_id
        WHERE c.reference = ANY (%(references)s::text[]) AND c.type = %(type)s
        ORDER BY d.number DESC LIMIT 1000
    ) AS citing
    CROSS JOIN LATERAL (
        SELECT e.at, e.seq, substring(e.text FROM '"facts":"(sha256:[0-9a-f]{64})"') AS digest FROM event e
        WHERE e.declaration_id = citing.id AND e.kind = 'documents.verified' ORDER BY e.seq DESC LIMIT 1
    ) AS verified
    ORDER BY verified.at DESC OFFSET 0
) AS latest
CROSS JOIN LATERAL evidence_of(latest.id, latest.digest, latest.seq) AS f
ORDER BY latest.at DESC LIMIT %(limit)s;
