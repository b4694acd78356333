-- name: snapshot
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY;

-- A span of time is an hour or ten years: within the transaction, what reads it is planned for the one that is meant.
-- name: planned_for_values
SET LOCAL plan_cache_mode TO 'force_custom_plan';

-- name: past_count
SELECT count(*) AS decisions FROM decision WHERE decided_at >= %(since)s AND decided_at < %(until)s;

-- Decisions with all that each was made from. The trail's text is searched, not parsed: one that was tampered with is
-- a decision that cannot be made again, and no end of the whole run.
-- name: past
SELECT c.declaration_id::text AS id, c.number, c.version, c.decided_at, c.body AS decision, v.model, d.received_at,
       decided.text AS event, verified.digest AS facts_digest, f.body AS facts,
       acceptance.seq IS NOT NULL AS accepted_later,
       CASE WHEN acceptance.seq < decided.seq THEN acceptance.text END AS acceptance,
       d.direction, d.mrn, d.accepted_at
FROM decision c
JOIN declaration d ON d.id = c.declaration_id
LEFT JOIN declaration_version v ON v.declaration_id = c.declaration_id AND v.version = c.version
LEFT JOIN LATERAL (
    SELECT e.seq, e.text FROM event e
    WHERE e.declaration_id = c.declaration_id AND e.kind = 'declaration.decided'
      AND substring(e.text FROM '"number":(\d+)') = c.number::text
    LIMIT 1
) AS decided ON true
LEFT JOIN LATERAL (
    SELECT e.seq, substring(e.text FROM '"facts":"(sha256:[0-9a-f]{64})"') AS digest FROM event e
    WHERE e.declaration_id = c.declaration_id AND e.kind = 'documents.verified' AND e.seq < decided.seq
    ORDER BY e.seq DESC LIMIT 1
) AS verified ON true
LEFT JOIN LATERAL evidence_of(c.declaration_id, verified.digest, verified.seq) AS f ON true
LEFT JOIN LATERAL (
    SELECT e.seq, e.text FROM event e
    WHERE e.declaration_id = c.declaration_id AND e.kind = 'acceptance.received'
    ORDER BY e.seq LIMIT 1
) AS acceptance ON true
WHERE c.decided_at >= %(since)s AND c.decided_at < %(until)s;

-- Decisions as they stand, without what they were made from.
-- name: past_as_decided
SELECT c.declaration_id::text AS id, c.number, c.version, c.decided_at, c.body AS decision, d.direction, d.received_at
FROM decision c JOIN declaration d ON d.id = c.declaration_id
WHERE c.decided_at >= %(since)s AND c.decided_at < %(until)s;
