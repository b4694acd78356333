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

-- Evidence that is not there, but for that of days before one.
-- name: lost_evidence
SELECT l.declaration_id::text AS id, l.digest, l.day FROM evidence_link l
LEFT JOIN evidence e ON e.digest = l.digest AND e.day = l.day
WHERE e.digest IS NULL AND l.day >= %(expired)s::date
ORDER BY l.declaration_id, l.digest;

-- By the text of the decision, which may be anything that somebody made of it.
-- name: notices_told_otherwise
SELECT n.declaration_id, n.id FROM notice n JOIN decision d ON (d.declaration_id, d.number) = (n.declaration_id, n.decision)
WHERE n.effect IS DISTINCT FROM substring(d.body FROM '"decision":\{"effect":"([a-z]+)"')
ORDER BY n.declaration_id, n.id;

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
WITH chained AS NOT MATERIALIZED (
    SELECT declaration_id, seq, hash FROM event
    UNION ALL SELECT '00000000-0000-0000-0000-000000000001', seq, hash FROM contingency_event
    UNION ALL SELECT '00000000-0000-0000-0000-000000000002', seq, hash FROM installation_event
)
SELECT h.declaration_id::text AS id, h.seq, e.hash IS NULL AS missing,
       EXISTS (SELECT 1 FROM chained o WHERE o.declaration_id = h.declaration_id) AS has_events
FROM checkpoint_head h
LEFT JOIN chained e ON e.declaration_id = h.declaration_id AND e.seq = h.seq
WHERE e.hash IS DISTINCT FROM h.hash
ORDER BY h.declaration_id, h.seq;

-- name: days
SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent IN ('evidence'::regclass, 'evidence_bundle'::regclass) ORDER BY c.relname;

-- name: make_day
SELECT make_evidence_day('evidence_bundle', %(day)s::date)::text;

-- name: today
SELECT current_date AS today;

-- name: windows_event
INSERT INTO contingency_event (seq, kind, at, text, hash) VALUES (%(seq)s, %(kind)s, %(at)s, %(text)s, %(hash)s);

-- name: sound_parts
SELECT digest, digest = 'sha256:' || encode(sha256(body), 'hex') AS sound FROM table_part;
