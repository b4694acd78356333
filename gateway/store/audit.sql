-- The ends of chains that grew since the checkpoint before; those of windows and of the installation go by ids of their own.
-- name: grown_heads
WITH chain AS (
    SELECT id, event_seq AS seq, event_head AS hash FROM declaration
    UNION ALL
    (SELECT '00000000-0000-0000-0000-000000000001', seq, hash FROM contingency_event ORDER BY seq DESC LIMIT 1)
    UNION ALL
    (SELECT '00000000-0000-0000-0000-000000000002', seq, hash FROM installation_event ORDER BY seq DESC LIMIT 1)
)
SELECT c.id::text AS id, c.seq, c.hash
FROM chain c
LEFT JOIN checkpoint_head h ON h.declaration_id = c.id AND h.seq = c.seq
WHERE h.declaration_id IS NULL
ORDER BY c.id;

-- name: last_checkpoint
SELECT number, root FROM checkpoint ORDER BY number DESC LIMIT 1;

-- name: new_checkpoint
INSERT INTO checkpoint (number, at, root, heads) VALUES (%(number)s, now(), %(root)s, %(heads)s) RETURNING at;

-- name: one_at_a_time
SELECT pg_advisory_xact_lock(1163089751);

-- name: checkpoints
SELECT number, at, root, heads FROM checkpoint ORDER BY number;

-- name: checkpointed_heads
SELECT checkpoint, declaration_id::text AS id, seq, hash FROM checkpoint_head ORDER BY checkpoint, declaration_id;

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
WITH told AS (
    SELECT declaration_id, seq, hash FROM event
    UNION ALL SELECT '00000000-0000-0000-0000-000000000001', seq, hash FROM contingency_event
    UNION ALL SELECT '00000000-0000-0000-0000-000000000002', seq, hash FROM installation_event
)
SELECT h.declaration_id::text AS id, h.seq, e.hash IS NULL AS missing,
       EXISTS (SELECT 1 FROM told o WHERE o.declaration_id = h.declaration_id) AS told_of
FROM checkpoint_head h
LEFT JOIN told e ON e.declaration_id = h.declaration_id AND e.seq = h.seq
WHERE e.hash IS DISTINCT FROM h.hash
ORDER BY h.declaration_id, h.seq;

-- name: days
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'evidence'::regclass;

-- name: today
SELECT current_date AS today;

-- name: one_of_installation_at_a_time
SELECT pg_advisory_xact_lock(1163089753);

-- What the next event of the installation is numbered, and behind which hash.
-- name: installation_so_far
SELECT clock_timestamp() AS at, coalesce(e.seq, 0) AS seq, e.hash
FROM (SELECT) AS one LEFT JOIN (SELECT seq, hash FROM installation_event ORDER BY seq DESC LIMIT 1) AS e ON true;

-- name: installation_told
INSERT INTO installation_event (seq, kind, at, text, hash) VALUES (%(seq)s, %(kind)s, %(at)s, %(text)s, %(hash)s);

-- name: installation_said
INSERT INTO installation_step (event_seq, body, salt) VALUES (%(seq)s, %(body)s, %(salt)s);

-- name: salt_switches
UPDATE table_switch SET salt = replace(gen_random_uuid()::text, '-', '') WHERE salt IS NULL;

-- name: snapshot_time
SELECT now() AS at;

-- name: evidence_of_case
SELECT l.digest, e.body FROM evidence_link l JOIN evidence e ON e.digest = l.digest AND e.day = l.day
WHERE l.declaration_id = %(id)s::uuid ORDER BY l.digest;

-- name: tables_of_case
SELECT t.digest, t.content FROM table_set t
WHERE t.digest IN (
    SELECT e.text::json -> 'body' -> 'rules' ->> 'digest' FROM event e
    WHERE e.declaration_id = %(id)s::uuid AND e.kind = 'declaration.decided'
)
ORDER BY t.digest;

-- name: expiries
SELECT text FROM installation_event WHERE kind = 'evidence.expired' ORDER BY seq;
