-- Receipts of declarations: everything of each in one statement, or nothing of one whose LRN or MRN is taken. In the order of the
-- unique key, so that two processes that receive the same ones never wait for each other. MRNs are unique, too, and in another
-- order: of two statements with the same one, the second leaves it out, for whoever sent it to receive it alone.
-- name: receive, receive_gathered
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(heads)s::json) AS g (
        id uuid, declarant text, lrn text, mrn text, direction text, kind text, eoris text[], received_at timestamptz,
        accepted_at timestamptz, seq integer, head text, leased boolean, office text, presentation_office text,
        clock_due_at timestamptz, asks boolean
    )
), again AS (
    -- What is not accepted and new to this process, whose declarant has others, and that cites what others cite: it may have been told of that before. Who has
    -- none of the last 62 days has none that could still be amended: 30 days, and what holidays add.
    SELECT g.id FROM given g
    WHERE CASE WHEN g.asks AND EXISTS (
        SELECT FROM (SELECT p.number FROM party p WHERE p.eori = g.declarant ORDER BY p.number DESC LIMIT 1) AS newest
        CROSS JOIN LATERAL (
            SELECT FROM declaration o WHERE o.number = newest.number AND o.received_at > g.received_at - interval '62 days' OFFSET 0
        ) AS o
    ) THEN EXISTS (
        SELECT FROM json_to_recordset(%(cited)s::json) AS c (id uuid, reference text, type text)
        CROSS JOIN LATERAL (SELECT FROM citation k WHERE k.reference = c.reference AND k.type = c.type LIMIT 1) AS k
        WHERE c.id = g.id
    ) END
), head AS (
    INSERT INTO declaration (id, declarant, lrn, mrn, direction, kind, eoris, received_at, accepted_at, current_version,
                             event_seq, event_head, taken, due_at, lease_owner, lease_token, lease_until, office,
                             presentation_office, clock_due_at)
    SELECT id, declarant, lrn, mrn, direction, kind, eoris, received_at, accepted_at, 1, seq, head, leased::integer, now(),
           CASE WHEN leased THEN %(owner)s::text END, leased::integer, CASE WHEN leased THEN now() + %(lease)s END, office,
           presentation_office, clock_due_at
    FROM given
    WHERE mrn IS NULL OR pg_try_advisory_xact_lock(hashtextextended('received under ' || mrn, 0)) -- gathered
    ORDER BY declarant, lrn
    ON CONFLICT DO NOTHING
    RETURNING id, number, eoris
), version AS (
    INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model, raw, documents)
    SELECT id, 1, v.digest, 'received', v.received_at, convert_from(substr(%(texts)b::bytea, start, size), 'UTF8'), v.raw, v.documents
    FROM head JOIN json_to_recordset(%(versions)s::json) AS v (
        id uuid, digest text, received_at timestamptz, raw text, documents text, start integer, size integer
    ) USING (id)
), party AS (
    INSERT INTO party (eori, number, declaration_id)
    SELECT e.eori, head.number, head.id FROM head, unnest(head.eoris) AS e (eori)
), citation AS (
    INSERT INTO citation (reference, type, declaration_id, identified)
    SELECT c.reference, c.type, id, c.identified
    FROM head JOIN json_to_recordset(%(cited)s::json) AS c (id uuid, reference text, type text, identified boolean) USING (id)
), transport_number AS (
    INSERT INTO transport_number (declaration_id, number)
    SELECT id, n.number FROM head JOIN json_to_recordset(%(numbers)s::json) AS n (id uuid, number text) USING (id)
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT id, e.seq, e.kind, e.at, convert_from(substr(%(texts)b::bytea, start, size), 'UTF8'), e.hash
    FROM head JOIN json_to_recordset(%(events)s::json) AS e (
        id uuid, seq integer, kind text, at timestamptz, hash text, start integer, size integer
    ) USING (id)
), bundle AS (
    INSERT INTO evidence_bundle (declaration_id, seq, part, day, digests, body)
    SELECT b.id, b.seq, part, day, digests, substring(%(bodies)b::bytea FROM start FOR size)
    FROM head JOIN json_to_recordset(%(evidence)s::json) AS b (
        id uuid, seq int, part int, day date, digests bytea[], start int, size int
    ) ON b.id = head.id
)
SELECT head.id, again.id IS NOT NULL AS asks_again FROM head LEFT JOIN again USING (id);

-- The declaration stored under a declarant's LRN, and the content of its first version.
-- name: same_lrn
SELECT d.id::text AS id, v.digest
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = 1
WHERE d.declarant = %(declarant)s AND d.lrn = %(lrn)s;

-- A further version in place of the current one, which is locked by the caller's transaction.
-- name: add_version
WITH named AS (
    -- Since when its parties are named at the latest: what none of them was too late for need not be written anew.
    SELECT CASE WHEN EXISTS (
        SELECT FROM unnest(%(eoris)s::text[]) AS e (eori)
        WHERE NOT EXISTS (SELECT FROM party p WHERE p.declaration_id = %(id)s::uuid AND p.eori = e.eori)
    ) THEN %(version)s ELSE (SELECT max(p.since) FROM party p WHERE p.declaration_id = %(id)s::uuid) END AS since
), head AS (
    UPDATE declaration
    SET current_version = %(version)s, mrn = coalesce(mrn, %(mrn)s), direction = %(direction)s, kind = %(kind)s,
        eoris = %(eoris)s, office = %(office)s, presentation_office = %(presentation_office)s,
        event_seq = %(seq)s, event_head = %(head)s, wanted = wanted + 1, given_back = false,
        due_at = coalesce(due_at, now()), lost = CASE WHEN due_at IS NOT NULL THEN lost ELSE '{}' END
    WHERE id = %(id)s::uuid
    RETURNING id, number
), superseded AS (
    UPDATE declaration_version v SET state = 'superseded'
    FROM head WHERE v.declaration_id = head.id AND v.version = %(version)s - 1
), version AS (
    INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model, raw, documents)
    SELECT id, %(version)s, %(digest)s, 'received', %(received_at)s, %(model)s, %(raw)s, %(documents)s FROM head
), left_out AS (
    DELETE FROM party p USING head WHERE p.declaration_id = head.id AND p.eori <> ALL (%(eoris)s::text[])
), party AS (
    INSERT INTO party (eori, number, declaration_id, since)
    SELECT e.eori, head.number, head.id, %(version)s FROM head, unnest(%(eoris)s::text[]) AS e (eori)
    ON CONFLICT DO NOTHING
), citation AS (
    INSERT INTO citation (reference, type, declaration_id, identified, last)
    SELECT c.reference, c.type, head.id, c.identified, %(version)s
    FROM head, json_to_recordset(%(cited)s::json) AS c (reference text, type text, identified boolean)
    ON CONFLICT (reference, type, declaration_id) DO UPDATE SET identified = excluded.identified, last = excluded.last
    WHERE citation.identified <> excluded.identified OR citation.last < (SELECT since FROM named)
), transport_number AS (
    INSERT INTO transport_number (declaration_id, number, last)
    SELECT head.id, n.number, %(version)s FROM head, json_to_recordset(%(numbers)s::json) AS n (number text)
    ON CONFLICT (declaration_id, number) DO UPDATE SET last = excluded.last
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT head.id, e.*
    FROM head, json_to_recordset(%(events)s::json) AS e (seq integer, kind text, at timestamptz, text text, hash text)
)
SELECT id FROM head;

-- name: record
SELECT r.*, v.model, d.shut, d.controlled,
       EXISTS (SELECT FROM pushed_event p WHERE p.mrn = d.mrn AND p.result IN ('received', 'waiting')) AS words_wait, d.look_due_at, d.gave_up, asked.text AS asked,
       (SELECT json_agg(o.matter)::text FROM matter_in_case o WHERE o.declaration_id = r.id) AS matters,
       ordered.event_seq AS last_release, ordered.outcome AS release_outcome,
       CASE WHEN d.invalidating OR d.ended = 'invalidated' THEN (
           SELECT i.text FROM event i WHERE i.declaration_id = r.id AND i.kind = 'invalidation.received' ORDER BY i.seq DESC LIMIT 1
       ) END AS invalidation,
       d.received_at AS lodged_at,
       CASE WHEN r.confirmed THEN (
           SELECT c.text FROM event c WHERE c.declaration_id = r.id AND c.kind = 'decision.confirmed' ORDER BY c.seq DESC LIMIT 1
       ) END AS refusal_told
FROM declaration_record r JOIN declaration d ON d.id = r.id
JOIN declaration_version v ON v.declaration_id = r.id AND v.version = r.version
LEFT JOIN LATERAL (
    SELECT e.text FROM event e WHERE e.declaration_id = r.id AND e.kind = 'documents.verified' ORDER BY e.seq DESC LIMIT 1
) AS asked ON r.version = r.current_version
LEFT JOIN LATERAL (
    SELECT s.event_seq, s.outcome FROM step s WHERE s.declaration_id = r.id AND s.kind = 'release' ORDER BY s.event_seq DESC LIMIT 1
) AS ordered ON r.version = r.current_version
WHERE r.id = %(id)s::uuid AND r.version = coalesce(%(version)s::integer, r.current_version);

-- name: record_by_lrn
SELECT * FROM declaration_record WHERE declarant = %(declarant)s AND lrn = %(lrn)s AND version = current_version;

-- name: record_by_mrn
SELECT * FROM declaration_record WHERE mrn = %(mrn)s AND version = current_version;

-- name: records_by_lrn
SELECT * FROM declaration_record
WHERE lrn = %(lrn)s AND version = current_version
  AND (%(eoris)s::text[] IS NULL
       OR EXISTS (SELECT 1 FROM party p WHERE p.declaration_id = declaration_record.id AND p.eori = ANY (%(eoris)s::text[])))
  AND (%(offices)s::text[] IS NULL OR is_at_offices(id, %(offices)s))
ORDER BY number DESC LIMIT %(limit)s;

-- name: mrns_of
SELECT mrn FROM declaration WHERE mrn = ANY (%(mrns)s::text[]) AND eoris && %(eoris)s::text[];

-- name: version
SELECT digest, model FROM declaration_version WHERE declaration_id = %(id)s::uuid AND version = %(version)s;

-- The message of a version, as it was sent.
-- name: message
SELECT v.raw AS digest, e.body
FROM declaration_version v CROSS JOIN LATERAL evidence_of(v.declaration_id, v.raw, 1) AS e
WHERE v.declaration_id = %(id)s::uuid AND v.version = %(version)s;

-- name: decision
SELECT body FROM decision WHERE declaration_id = %(id)s::uuid AND number = %(number)s;

-- name: decisions
SELECT body FROM decision WHERE declaration_id = %(id)s::uuid ORDER BY number;

-- name: officer_verifications
SELECT body FROM officer_verification WHERE declaration_id = %(id)s::uuid ORDER BY event_seq;

-- name: events
SELECT seq, kind, at, text, hash FROM event
WHERE declaration_id = %(id)s::uuid AND seq > %(after)s
ORDER BY seq LIMIT %(limit)s;

-- name: settled_among
SELECT id::text AS id FROM declaration WHERE id = ANY (%(ids)s::uuid[]) AND due_at IS NULL;

-- Work without an event: an authority says that something changed, or somebody wants to know.
-- name: wake
UPDATE declaration SET wanted = wanted + 1, hinted = true, due_at = coalesce(due_at, now()),
    hinted_by = CASE WHEN %(because)s::text IS NOT NULL AND cardinality(hinted_by) < 20
                     THEN hinted_by || %(because)s::text ELSE hinted_by END,
    lost = CASE WHEN %(anew)s THEN '{}' ELSE lost END
WHERE id = %(id)s::uuid AND (ended IS NULL OR unsettled) AND NOT erased
RETURNING wanted - taken = 1 AS fresh;

-- Those of some declarations that are lodged or presented at one of these customs offices.
-- name: at_offices
SELECT id::text AS id FROM unnest(%(ids)s::uuid[]) AS one (id) WHERE is_at_offices(one.id, %(offices)s);
