-- The heads that grew since the checkpoint before.
-- name: grown_heads
SELECT d.id::text AS id, d.event_seq AS seq, d.event_head AS hash
FROM declaration d
LEFT JOIN checkpoint_head h ON h.declaration_id = d.id AND h.seq = d.event_seq
WHERE h.declaration_id IS NULL
ORDER BY d.id;

-- name: last_checkpoint
SELECT number, root FROM checkpoint ORDER BY number DESC LIMIT 1;

-- name: new_checkpoint
INSERT INTO checkpoint (number, at, root, heads) VALUES (%(number)s, now(), %(root)s, %(heads)s) RETURNING at;

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(1163089751);

-- name: checkpoints
SELECT number, root FROM checkpoint ORDER BY number;

-- name: checkpointed_heads
SELECT checkpoint, declaration_id::text AS id, seq, hash FROM checkpoint_head ORDER BY checkpoint, declaration_id;

-- Every table of declarations in their order; `*`, so that no column is left out.
-- name: audit_declaration
SELECT d.id AS declaration_id, d.* FROM declaration d ORDER BY d.id;

-- name: audit_event
SELECT * FROM event ORDER BY declaration_id, seq;

-- name: audit_declaration_version
SELECT * FROM declaration_version ORDER BY declaration_id, version;

-- name: audit_party
SELECT * FROM party ORDER BY declaration_id, eori;

-- name: audit_citation
SELECT * FROM citation ORDER BY declaration_id, type, reference;

-- name: audit_decision
SELECT * FROM decision ORDER BY declaration_id, number;

-- name: audit_movement
SELECT * FROM movement ORDER BY declaration_id, number;

-- name: audit_contingency_document
SELECT * FROM contingency_document ORDER BY declaration_id, number, type, reference;

-- name: audit_step
SELECT * FROM step ORDER BY declaration_id, event_seq;

-- name: audit_officer_verification
SELECT * FROM officer_verification ORDER BY declaration_id, event_seq;

-- name: audit_act
SELECT * FROM act ORDER BY declaration_id, event_seq;

-- name: audit_evidence_link
SELECT * FROM evidence_link ORDER BY declaration_id, digest;

-- Openings and closings of contingency windows: one chain, as long as the windows say.
-- name: audit_contingency_event
SELECT * FROM contingency_event ORDER BY seq;

-- name: audit_contingency_window
SELECT * FROM contingency_window ORDER BY number;

-- name: lost_evidence
SELECT l.declaration_id::text AS id, l.digest, l.day FROM evidence_link l
LEFT JOIN evidence e ON e.digest = l.digest AND e.day = l.day
WHERE e.digest IS NULL
ORDER BY l.declaration_id, l.digest;

-- name: stray_evidence
SELECT e.digest, e.day FROM evidence e
WHERE NOT EXISTS (SELECT 1 FROM evidence_link l WHERE l.digest = e.digest)
ORDER BY e.digest, e.day;

-- name: all_evidence
SELECT digest, day, body FROM evidence;

-- name: linked_to
SELECT declaration_id::text AS id FROM evidence_link WHERE digest = %(digest)s AND day = %(day)s ORDER BY declaration_id;

-- What a checkpoint knows and the trail does not, or knows otherwise.
-- name: lost_heads
SELECT h.declaration_id::text AS id, h.seq, e.hash IS NULL AS missing,
       EXISTS (SELECT 1 FROM event o WHERE o.declaration_id = h.declaration_id) AS told_of
FROM checkpoint_head h
LEFT JOIN event e ON e.declaration_id = h.declaration_id AND e.seq = h.seq
WHERE e.hash IS DISTINCT FROM h.hash
ORDER BY h.declaration_id, h.seq;

-- name: days
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'evidence'::regclass;

-- name: today
SELECT current_date AS today;
