-- The sealed room: a ledger of packs and keys, and an assessment of every declaration once a pack is in force.

-- name: risk_ledger
SELECT seq, at, epoch, digest, body, hash FROM risk_ledger WHERE seq >= %(after)s ORDER BY seq;

-- One entry is written at a time, behind the last one that its writer has read.
-- name: risk_noted
INSERT INTO risk_ledger (seq, at, epoch, digest, body, hash)
SELECT %(seq)s, %(at)s, %(epoch)s, %(digest)s, %(body)s, %(hash)s
WHERE %(seq)s = 1 + (SELECT coalesce(max(seq), 0) FROM risk_ledger)
ON CONFLICT DO NOTHING RETURNING seq;

-- How far the ledger is, what is known of its parties, the last assessment of a declaration, and those of others of the same goods: of the same importer, chapter and
-- document or container that are not released, or ended a month ago at most; of the same origin, that ended so.
-- name: risk_before
SELECT l.seq AS ledger, l.parties, a.id, a.seq, a.body, a.hash
FROM (SELECT coalesce(max(seq), 0) AS seq,
             (SELECT json_object_agg(eori, CASE WHEN until > now() THEN facts END) FROM party_facts
              WHERE eori = ANY (%(eoris)s) AND (until > now() OR load IS NOT NULL)) AS parties
      FROM risk_ledger) l
LEFT JOIN LATERAL (
    (SELECT declaration_id::text AS id, seq, body, hash FROM risk_assessment
     WHERE declaration_id = %(id)s::uuid ORDER BY seq DESC LIMIT 1)
    UNION ALL
    (SELECT DISTINCT ON (r.declaration_id) r.declaration_id::text, r.seq, r.body, r.hash
     FROM risk_assessment r JOIN declaration d ON d.id = r.declaration_id
     WHERE (r.links && %(same)s::bytea[] OR d.ended IS NOT NULL AND r.links && %(origin)s::bytea[])
       AND r.declaration_id <> %(id)s::uuid AND d.released IS NULL
       AND (d.ended IS NULL
            OR EXISTS (SELECT FROM event e WHERE e.declaration_id = d.id AND e.at > now() - interval '30 days'))
     ORDER BY r.declaration_id, r.seq DESC LIMIT %(most)s)
) a ON true;

-- Only the holder of the declaration's lease writes one.
-- name: risk_assessed
INSERT INTO risk_assessment (declaration_id, seq, links, body, hash)
SELECT d.id, %(seq)s, %(links)s::bytea[], %(body)s, %(hash)s FROM declaration d
WHERE d.id = %(id)s::uuid AND d.lease_token = %(token)s
ON CONFLICT DO NOTHING RETURNING seq;

-- name: risk_assessments
SELECT seq, at, body, hash FROM risk_assessment WHERE declaration_id = %(id)s::uuid ORDER BY seq;

-- name: risk_assessed_in
SELECT DISTINCT declaration_id::text AS id, declaration_id FROM risk_assessment
WHERE at >= %(since)s AND at < %(until)s AND declaration_id > %(after)s::uuid
ORDER BY declaration_id LIMIT %(most)s;

-- Declarations of which goods are still to be released, each with its last assessment: those that somebody has in hand are assessed there.
-- name: risk_open
SELECT d.id::text AS id, d.current_version AS version, d.accepted_at IS NOT NULL AS accepted, a.seq, a.body
FROM declaration d
LEFT JOIN LATERAL (
    SELECT seq, body FROM risk_assessment WHERE declaration_id = d.id ORDER BY seq DESC LIMIT 1
) a ON true
WHERE d.id > %(after)s::uuid AND d.ended IS NULL AND NOT d.invalidating AND d.decision_count > 0 AND NOT d.erased
  AND d.kind <> 'supplementary' AND coalesce(d.released::json ->> 'whole', 'false') <> 'true'
ORDER BY d.id LIMIT %(most)s;

-- One of them as it is now, unless somebody has it in hand.
-- name: risk_open_one
SELECT d.id::text AS id, d.lease_token, d.current_version, d.event_seq, d.event_head, d.decision_count, d.received_at, d.accepted_at, d.mrn,
       d.released, v.model, (SELECT c.body FROM decision c WHERE c.declaration_id = d.id ORDER BY c.number DESC LIMIT 1) AS last
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
WHERE d.id = %(id)s::uuid AND d.ended IS NULL AND NOT d.invalidating AND d.due_at IS NULL AND v.model IS NOT NULL;

-- name: risk_matched
INSERT INTO risk_match (key, body)
SELECT %(key)s, %(body)s WHERE NOT EXISTS (SELECT FROM risk_match m WHERE m.key = ANY (%(known)s::bytea[]))
ON CONFLICT DO NOTHING;

-- name: risk_matches
SELECT at, key, body FROM risk_match ORDER BY number DESC LIMIT %(most)s;

-- Declarations whose goods went in the last 90 days, wholly or in part, or before they were declared.
-- name: risk_released
SELECT d.id::text AS id, d.mrn, d.current_version AS version, v.model
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
WHERE d.id > %(after)s::uuid AND d.ended IS NULL AND v.model IS NOT NULL
  AND ((d.released::json ->> 'at')::timestamptz > now() - interval '90 days'
       OR d.kind = 'supplementary' AND d.received_at > now() - interval '90 days')
ORDER BY d.id LIMIT %(most)s;

-- name: risk_results
SELECT number, body FROM control_order WHERE number = ANY (%(numbers)s::bigint[]);

-- The newest assessments, the last one of each declaration.
-- name: risk_newest
SELECT a.declaration_id::text AS id, a.seq, a.body FROM risk_assessment a
WHERE NOT EXISTS (SELECT FROM risk_assessment b WHERE b.declaration_id = a.declaration_id AND b.seq = a.seq + 1)
ORDER BY a.at DESC LIMIT %(most)s;

-- name: risk_past_count
SELECT count(*) AS found FROM (
    SELECT FROM declaration WHERE received_at >= %(since)s AND received_at < %(until)s LIMIT %(most)s
) d;

-- Declarations that were received in a span, each with its last assessment, what was ordered of it, and where asked for its last decision.
-- name: risk_past
SELECT d.id::text AS id, d.received_at, d.mrn, d.current_version AS version, v.model, a.seq, a.body,
       CASE WHEN %(decisions)s
            THEN (SELECT c.body FROM decision c WHERE c.declaration_id = d.id ORDER BY c.number DESC LIMIT 1) END AS last,
       (SELECT array_agg(o.body ORDER BY o.number) FROM control_order o WHERE o.declaration_id = d.id) AS orders
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
LEFT JOIN LATERAL (
    SELECT seq, body FROM risk_assessment WHERE declaration_id = d.id ORDER BY seq DESC LIMIT 1
) a ON true
WHERE d.id > %(after)s::uuid AND d.received_at >= %(since)s AND d.received_at < %(until)s
ORDER BY d.id LIMIT %(most)s;

-- What was confirmed and is not answered, the oldest first: the last result of each order that found something, and each suspension whose
-- goods are refused or to be destroyed, from the word that made them so. Of one that was lifted since nothing is owed.
-- name: risk_owed
WITH found AS (
    SELECT declaration_id, seq, at, kind, text::json -> 'body' AS body FROM event
    WHERE (%(id)s::uuid IS NULL OR declaration_id = %(id)s::uuid)
      AND (kind = 'control.adverse'
           OR kind IN ('suspension.word', 'suspension.duty', 'suspension.extended') AND text ~ '"state":"(refused|to_destroy)"')
), confirmed AS (
    SELECT declaration_id, seq, at, 'control' AS about, body FROM found f
    WHERE kind = 'control.adverse' AND NOT EXISTS (
        SELECT FROM event l
        WHERE l.declaration_id = f.declaration_id AND l.seq > f.seq AND l.kind IN ('control.adverse', 'control.changed')
          AND l.text::json #>> '{body,number}' = f.body ->> 'number'
          AND l.text::json #>> '{body,act}' = 'result' AND l.text::json #>> '{body,counts}' = 'true')
    UNION ALL
    (SELECT DISTINCT ON (declaration_id, body ->> 'number') declaration_id, seq, at, 'suspension', body FROM found f
     WHERE kind <> 'control.adverse' AND NOT EXISTS (
        SELECT FROM event l
        WHERE l.declaration_id = f.declaration_id AND l.seq > f.seq AND l.kind IN ('suspension.word', 'suspension.duty', 'suspension.extended')
          AND l.text::json #>> '{body,number}' = f.body ->> 'number' AND l.text::json #>> '{body,state}' = 'lifted')
     ORDER BY declaration_id, body ->> 'number', seq)
)
SELECT c.declaration_id::text AS id, c.seq, c.at, c.about, c.body::text AS body, d.mrn, count(*) OVER () AS many
FROM confirmed c JOIN declaration d ON d.id = c.declaration_id
WHERE NOT EXISTS (
    SELECT FROM unnest(%(ids)s::uuid[], %(seqs)s::integer[]) AS a (id, seq) WHERE a.id = c.declaration_id AND a.seq = c.seq)
  AND (%(seq)s::integer IS NULL OR c.seq = %(seq)s)
ORDER BY c.at, c.declaration_id, c.seq LIMIT %(most)s;

-- What is stored of something confirmed, for its draft.
-- name: risk_drafted
SELECT v.model, o.body AS ordered,
       (SELECT e.text FROM event e WHERE e.declaration_id = d.id AND e.kind = 'suspension.opened' AND %(about)s = 'suspension'
          AND e.text::json #>> '{body,number}' = %(number)s::text) AS opened
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = coalesce(%(version)s::integer, d.current_version)
LEFT JOIN control_order o ON %(about)s = 'control' AND o.declaration_id = d.id AND o.number = %(number)s::bigint
WHERE d.id = %(id)s::uuid;
