-- What is due for Surveillance. The trigger of migration 0070 writes it in the commits of releases.

-- A backup from before it was switched on may have been restored over one that had sent files: whoever was restored ever says the number first.
-- name: surveillance_switch_on
INSERT INTO surveillance_switch (issuer, identity) VALUES (%(issuer)s, 0) ON CONFLICT DO NOTHING;

-- A database that was restored may have lost numbers that the receiver knows.
-- name: surveillance_switch
SELECT s.issuer, s.since, EXISTS (
    SELECT FROM server_identity i WHERE i.number > s.identity AND i.how IN ('restored', 'settled', 'nothing lost')
) AS restored
FROM surveillance_switch s;

-- name: surveillance_numbers
SELECT max(number) FILTER (WHERE state <> 'open') AS closed, max(number) FILTER (WHERE state = 'open') AS open FROM surveillance_file;

-- The open file takes another number than one that the receiver knows by other records.
-- name: surveillance_renumber
WITH file AS (
    UPDATE surveillance_file SET number = %(next)s WHERE number = %(number)s
), part AS (
    UPDATE surveillance_part SET number = %(next)s WHERE number = %(number)s
), sent AS (
    UPDATE surveillance_sent SET number = %(next)s WHERE number = %(number)s RETURNING declaration_id, item
)
UPDATE surveillance_item i SET file = %(next)s FROM sent s
WHERE i.declaration_id = s.declaration_id AND i.item = s.item AND i.file = %(number)s;

-- Numbers that the receiver knows and this database lost have no records here: the next file is numbered behind them.
-- name: surveillance_resume
WITH lost AS (
    INSERT INTO surveillance_file (number, state) SELECT n, 'lost' FROM generate_series(%(lost_from)s::int, %(lost_to)s::int) AS n
)
UPDATE surveillance_switch SET identity = (SELECT max(number) FROM server_identity);

-- What was released before the trigger was there, or by a commit that did not see the switch yet, is due by its notices.
-- name: surveillance_fill
WITH began AS (
    SELECT applied_at FROM migration WHERE name = '0070_surveillance_due.after.sql'
), known AS (
    SELECT s.since, s.filled_to FROM surveillance_switch s
    WHERE s.filled_to < greatest(s.since, coalesce((SELECT applied_at FROM began), 'infinity')) + interval '10 minutes'
    FOR NO KEY UPDATE
), filled AS (
    UPDATE surveillance_switch SET filled_to = now() WHERE EXISTS (SELECT FROM known)
)
INSERT INTO surveillance_due (declaration_id, mark)
SELECT DISTINCT d.id, d.event_seq
FROM known k JOIN notice n ON n.at >= k.since AND n.at >= k.filled_to - interval '10 minutes' JOIN declaration d ON d.id = n.declaration_id
WHERE d.released IS NOT NULL OR d.kind = 'supplementary' AND d.accepted_at IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: surveillance_due
SELECT declaration_id::text AS id, mark FROM surveillance_due
WHERE declaration_id > %(after)s::uuid ORDER BY declaration_id LIMIT %(limit)s;

-- The newest versions of due declarations, so many at a time that they are no load; the first one however long it is.
-- name: surveillance_contents
SELECT id, direction, kind, mrn, accepted_at, released, ended, version, model, narrow FROM (
    SELECT d.id::text AS id, d.direction, d.kind, d.mrn, d.accepted_at, d.released, d.ended, v.version, v.model,
           v.received_at < coalesce(w.applied_at, 'infinity') + interval '10 minutes' AS narrow, n.place,
           sum(pg_column_size(v.model)) OVER (ORDER BY n.place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS n (id, place) JOIN declaration d ON d.id = n.id
    JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
    LEFT JOIN migration w ON w.name = '0064_wider_declaration.after.sql'
) AS one
WHERE coalesce(before, 0) < %(bytes)s ORDER BY place;

-- name: surveillance_items
SELECT declaration_id::text AS id, item, state, reason, gone, file, change, digest, mrn, answer, held
FROM surveillance_item WHERE declaration_id = ANY (%(ids)s::uuid[]);

-- One process writes at a time.
-- name: surveillance_writes
SELECT pg_try_advisory_xact_lock(620261170) AS mine;

-- A page and the answer to a file wait for each other.
-- name: surveillance_turn
SELECT pg_advisory_xact_lock(620261171);

-- What somebody changes just now is left for the next time: no release waits for a page that waits for it.
-- name: surveillance_take
WITH free AS MATERIALIZED (
    SELECT d.declaration_id FROM surveillance_due d
    JOIN unnest(%(ids)s::uuid[], %(marks)s::int[]) AS n (id, mark) ON d.declaration_id = n.id AND d.mark = n.mark
    FOR UPDATE OF d SKIP LOCKED
)
DELETE FROM surveillance_due d USING free WHERE d.declaration_id = free.declaration_id RETURNING d.declaration_id::text AS id;

-- name: surveillance_keep
WITH given AS (
    SELECT * FROM json_to_recordset(%(items)s::json) AS g (
        id uuid, item int, state text, reason text, gone bool, file int, change text, digest text, mrn text, answer text
    )
)
INSERT INTO surveillance_item (declaration_id, item, state, reason, gone, file, change, digest, mrn, answer)
SELECT id, item, state, reason, gone, file, change, digest, mrn, answer FROM given
ON CONFLICT (declaration_id, item) DO UPDATE
SET state = EXCLUDED.state, reason = EXCLUDED.reason, gone = EXCLUDED.gone, file = EXCLUDED.file, change = EXCLUDED.change,
    digest = EXCLUDED.digest, mrn = EXCLUDED.mrn, answer = EXCLUDED.answer;

-- name: surveillance_open_file
SELECT number, records, parts FROM surveillance_file WHERE state = 'open' FOR NO KEY UPDATE;

-- name: surveillance_begin_file
INSERT INTO surveillance_file (number, state) SELECT coalesce(max(number), 0) + 1, 'open' FROM surveillance_file
RETURNING number, records, parts;

-- name: surveillance_add_part
WITH sent AS (
    INSERT INTO surveillance_sent (number, declaration_id, item, mrn, change)
    SELECT %(number)s, id, item, mrn, change
    FROM json_to_recordset(%(sent)s::json) AS g (id uuid, item int, mrn text, change text)
), part AS (
    INSERT INTO surveillance_part (number, part, body) VALUES (%(number)s, %(part)s, %(body)s)
)
UPDATE surveillance_file SET records = records + %(records)s, parts = parts + 1 WHERE number = %(number)s;

-- name: surveillance_part
SELECT body FROM surveillance_part WHERE number = %(number)s AND part = %(part)s;

-- name: surveillance_close_file
UPDATE surveillance_file SET state = 'closed', digest = %(digest)s, header = %(header)s, made_at = clock_timestamp()
WHERE number = %(number)s AND state = 'open';

-- name: surveillance_files
SELECT number, state, records, digest, made_at, answered_at, forgotten FROM surveillance_file
WHERE number > %(after)s AND state <> 'open' ORDER BY number LIMIT %(limit)s;

-- name: surveillance_file
SELECT parts, header, forgotten, octet_length(header) + (
    SELECT coalesce(sum(octet_length(p.body)), 0)::bigint FROM surveillance_part p WHERE p.number = f.number
) AS bytes
FROM surveillance_file f WHERE number = %(number)s AND state <> 'open';

-- name: surveillance_forget
WITH old AS (
    UPDATE surveillance_file SET forgotten = true WHERE NOT forgotten AND made_at < now() - interval '400 days' RETURNING number
), parts AS (
    DELETE FROM surveillance_part p USING old WHERE p.number = old.number
)
DELETE FROM surveillance_sent s USING old WHERE s.number = old.number;

-- name: surveillance_answered_file
SELECT state, answer, records, forgotten FROM surveillance_file WHERE number = %(number)s AND state <> 'open' FOR NO KEY UPDATE;

-- Faults of records that a file does not have.
-- name: surveillance_never_sent
SELECT e.mrn, e.item FROM json_to_recordset(%(errors)s::json) AS e (mrn text, item int)
WHERE NOT EXISTS (
    SELECT FROM surveillance_sent s WHERE s.number = %(number)s AND s.mrn = e.mrn AND s.item = e.item
) ORDER BY e.mrn, e.item;

-- What the receiver has follows from the newest file that it answered; how an item stands from the last one that it was sent with.
-- name: surveillance_answer
WITH told AS (
    SELECT s.declaration_id, s.item, s.change, e.error
    FROM surveillance_sent s LEFT JOIN json_to_recordset(%(errors)s::json) AS e (mrn text, item int, error text)
        ON e.mrn = s.mrn AND e.item = s.item
    WHERE s.number = %(number)s
), sent AS (
    UPDATE surveillance_sent s SET error = t.error
    FROM told t WHERE t.error IS NOT NULL AND s.number = %(number)s AND s.declaration_id = t.declaration_id AND s.item = t.item
), file AS (
    UPDATE surveillance_file SET state = 'answered', answered_at = clock_timestamp(), answer = %(answer)s WHERE number = %(number)s
)
UPDATE surveillance_item i
SET held = CASE WHEN t.error IS NULL AND i.held_by < %(number)s THEN t.change <> 'cancelled' ELSE i.held END,
    held_by = CASE WHEN t.error IS NULL THEN greatest(i.held_by, %(number)s) ELSE i.held_by END,
    answer = CASE WHEN i.file <> %(number)s THEN i.answer WHEN t.error IS NULL THEN 'accepted' ELSE 'rejected' END,
    reason = CASE WHEN i.file <> %(number)s OR i.state <> 'sent' THEN i.reason ELSE coalesce(t.error, '') END
FROM told t WHERE i.declaration_id = t.declaration_id AND i.item = t.item;

-- Declarations with released goods of which something was told in a span, by the notices of that: they know nothing of what is due or sent.
-- name: surveillance_released
SELECT DISTINCT d.id::text AS id
FROM surveillance_switch s JOIN notice n ON n.at >= greatest(%(since)s, s.since) AND n.at < %(until)s
JOIN declaration d ON d.id = n.declaration_id
WHERE (d.released IS NOT NULL AND (d.released::json ->> 'at')::timestamptz >= s.since)
   OR (d.kind = 'supplementary' AND d.accepted_at IS NOT NULL AND d.received_at >= s.since);

-- Each released item of declarations, counted by their own rows, with what was made of it. Sent is what stands in the file that it is said to stand in.
-- name: surveillance_count
WITH out AS (
    SELECT d.id, (one ->> 'number')::int AS item
    FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
    CROSS JOIN LATERAL json_array_elements(v.model::json -> 'items') AS one
    WHERE d.id = ANY (%(ids)s::uuid[]) AND (
        d.kind = 'supplementary' OR (d.released::json ->> 'whole')::boolean
        OR EXISTS (
            SELECT FROM json_array_elements(d.released::json -> 'items') AS r WHERE r ->> 'goods_item' = one ->> 'number'
        )
    )
), stands AS (
    SELECT o.id, CASE
        WHEN d.since < now() - interval '36 hours' THEN 'late'
        WHEN d.declaration_id IS NOT NULL THEN 'due'
        WHEN i.item IS NULL THEN 'missing'
        WHEN i.state <> 'sent' THEN i.state
        WHEN s.number IS NULL AND NOT coalesce(f.forgotten, false) THEN 'missing'
        ELSE coalesce(i.answer, 'unanswered')
    END AS state, CASE WHEN i.state <> 'sent' AND d.declaration_id IS NULL THEN i.reason ELSE '' END AS reason
    FROM out o
    LEFT JOIN surveillance_due d ON d.declaration_id = o.id
    LEFT JOIN surveillance_item i ON i.declaration_id = o.id AND i.item = o.item
    LEFT JOIN surveillance_file f ON f.number = i.file
    LEFT JOIN surveillance_sent s ON s.number = i.file AND s.declaration_id = o.id AND s.item = o.item
)
SELECT state, coalesce(reason, '') AS reason, count(*)::int AS items, (array_agg(DISTINCT id::text))[:20] AS declarations
FROM stands GROUP BY 1, 2;

-- name: surveillance_note_count
UPDATE surveillance_switch SET counted_at = clock_timestamp(), counted = %(counted)s;

-- name: surveillance_noted_count
SELECT counted_at, counted FROM surveillance_switch;

-- What was rejected of a file, and was not sent with another one since, is due as it stands.
-- name: surveillance_send_again
WITH again AS (
    UPDATE surveillance_item i SET digest = NULL
    FROM surveillance_sent s
    WHERE s.number = %(number)s AND s.error IS NOT NULL AND i.declaration_id = s.declaration_id AND i.item = s.item
      AND i.file = s.number AND i.answer = 'rejected'
    RETURNING i.declaration_id
), due AS (
    INSERT INTO surveillance_due (declaration_id, mark)
    SELECT d.id, d.event_seq FROM declaration d WHERE d.id IN (SELECT declaration_id FROM again)
    ON CONFLICT (declaration_id) DO UPDATE SET mark = EXCLUDED.mark
)
SELECT count(*)::int AS items FROM again;
