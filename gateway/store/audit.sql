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

-- name: chains
SELECT e.declaration_id::text AS id, e.seq, e.kind, e.at, e.text, e.hash, d.event_seq, d.event_head
FROM event e LEFT JOIN declaration d ON d.id = e.declaration_id
ORDER BY e.declaration_id, e.seq;

-- Openings and closings of contingency windows: one chain, as long as the windows say.
-- name: chain_of_windows
SELECT 'contingency windows' AS id, e.seq, e.kind, e.at, e.text, e.hash, w.told::integer AS event_seq, l.hash AS event_head
FROM contingency_event e
CROSS JOIN (SELECT count(*) + count(closed_at) AS told FROM contingency_window) AS w
CROSS JOIN (SELECT hash FROM contingency_event ORDER BY seq DESC LIMIT 1) AS l
ORDER BY e.seq;

-- name: without_events
SELECT d.id::text AS id, d.event_seq FROM declaration d
WHERE NOT EXISTS (SELECT 1 FROM event e WHERE e.declaration_id = d.id)
UNION ALL
SELECT 'contingency windows', (count(*) + count(closed_at))::integer FROM contingency_window
WHERE NOT EXISTS (SELECT 1 FROM contingency_event) HAVING count(*) > 0
ORDER BY id;

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
