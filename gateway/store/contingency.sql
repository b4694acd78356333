-- name: one_window_at_a_time
SELECT pg_advisory_xact_lock(1163089752);

-- The window that is in force for an authority.
-- name: window_of_adapter
SELECT w.*, true AS in_force, 0 AS decided, 0 AS awaited, 0 AS differing
FROM contingency_window w
WHERE w.adapter = %(adapter)s AND is_in_force(w);

-- What the next window and the next event of all windows are numbered, and behind which hash.
-- name: windows_so_far
SELECT clock_timestamp() AS at,
       (SELECT coalesce(max(number), 0) FROM contingency_window) AS number,
       coalesce(e.seq, 0) AS seq, e.hash
FROM (SELECT) AS one LEFT JOIN (SELECT seq, hash FROM contingency_event ORDER BY seq DESC LIMIT 1) AS e ON true;

-- name: open_window
WITH noted AS (
    INSERT INTO contingency_event (seq, kind, at, text, hash)
    VALUES (%(seq)s, %(kind)s, %(at)s, %(text)s, %(hash)s)
)
INSERT INTO contingency_window (number, adapter, mode, opened_at, until, opening, opening_salt)
VALUES (%(number)s, %(adapter)s, %(mode)s, %(at)s, %(until)s, %(statement)s, %(salt)s);

-- name: close_window
WITH noted AS (
    INSERT INTO contingency_event (seq, kind, at, text, hash)
    VALUES (%(seq)s, %(kind)s, %(at)s, %(text)s, %(hash)s)
)
UPDATE contingency_window SET closed_at = %(at)s, closing = %(statement)s, closing_salt = %(salt)s WHERE number = %(number)s;

-- name: windows
SELECT w.*, is_in_force(w) AS in_force, s.decided, s.awaited, s.differing
FROM contingency_window w CROSS JOIN LATERAL (
    SELECT count(*) AS decided,
           count(*) FILTER (WHERE e.afterwards = 'awaited' AND d.ended IS NULL) AS awaited,
           count(*) FILTER (WHERE e.afterwards = 'differs') AS differing
    FROM contingency_document e JOIN declaration d ON d.id = e.declaration_id WHERE e.number = w.number
) AS s
WHERE w.number < %(before)s AND (%(number)s::integer IS NULL OR w.number = %(number)s::integer)
  AND (%(adapter)s::text IS NULL OR w.adapter = %(adapter)s::text)
ORDER BY w.number DESC LIMIT %(limit)s;

-- name: windows_in_force
SELECT w.number, w.adapter, w.mode, w.opened_at, w.until FROM contingency_window w WHERE is_in_force(w) ORDER BY w.number;

-- name: decided_inside
SELECT e.place, e.body, e.looks, d.id::text AS id, d.lrn, d.mrn, d.ended, d.released, NOT is_in_force(w) AS window_ended,
       w.adapter, ARRAY(
           SELECT DISTINCT m.reference FROM movement m
           WHERE m.declaration_id = e.declaration_id AND m.type = e.type
             AND m.state = 'done' AND m.kind IN ('force', 'amend', 'write_off')
             AND m.planned_at >= (e.body::json ->> 'at')::timestamptz
       ) AS written_off
FROM contingency_document e
JOIN declaration d ON d.id = e.declaration_id
JOIN contingency_window w ON w.number = e.number
WHERE e.number = %(number)s AND e.place > %(after)s
  AND (%(afterwards)s::text IS NULL OR e.afterwards = %(afterwards)s)
  AND (%(offices)s::text[] IS NULL OR is_at_offices(e.declaration_id, %(offices)s))
  AND (NOT %(owed)s OR jsonb_array_length(coalesce(e.body::jsonb -> 'write_off', '[]')) > 0)
  AND (%(id)s::uuid IS NULL OR e.declaration_id = %(id)s::uuid)
ORDER BY e.place LIMIT %(limit)s;

-- How many there are by what became of them, as `decided_inside` tells it, and how many have or had a write-off that officers owe.
-- name: counted_inside
WITH inside AS (
    SELECT CASE WHEN e.afterwards = 'awaited' AND d.ended IS NOT NULL THEN 'dropped' ELSE e.afterwards END AS afterwards,
           jsonb_array_length(coalesce(e.body::jsonb -> 'write_off', '[]')) > 0 AS owed
    FROM contingency_document e JOIN declaration d ON d.id = e.declaration_id
    WHERE e.number = %(number)s AND (%(offices)s::text[] IS NULL OR is_at_offices(e.declaration_id, %(offices)s))
)
SELECT afterwards, count(*) AS count FROM inside GROUP BY afterwards
UNION ALL SELECT 'owed', count(*) FROM inside WHERE owed;

-- Takes declarations whose windows have ended and of which documents are still to be verified; each again after ever longer
-- pauses, whether or not anybody gets to assess it.
-- name: take_afterwards
WITH due AS (
    SELECT e.declaration_id, e.number, e.type, e.reference
    FROM contingency_document e
    JOIN contingency_window w ON w.number = e.number
    JOIN declaration d ON d.id = e.declaration_id
    WHERE e.afterwards = 'awaited' AND e.due_at <= now() AND NOT is_in_force(w) AND d.ended IS NULL
    ORDER BY e.due_at LIMIT %(limit)s
    FOR UPDATE OF e SKIP LOCKED
), taken AS (
    UPDATE contingency_document e
    SET looks = e.looks + 1, due_at = now() + least(%(longest)s, %(first)s * (2 ^ least(e.looks, 20))::float)
    FROM due
    WHERE (e.declaration_id, e.number, e.type, e.reference) = (due.declaration_id, due.number, due.type, due.reference)
    RETURNING e.declaration_id
)
SELECT DISTINCT declaration_id::text AS id FROM taken;
