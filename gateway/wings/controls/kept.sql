-- Control orders, each written under the lock of its declaration's head with the event that tells of it.

-- name: control_orders_of
SELECT number, body FROM control_order WHERE declaration_id = %(id)s::uuid ORDER BY number;

-- name: control_time
SELECT clock_timestamp() AS now;

-- Whose order a number is, as far as it is of these offices.
-- name: control_order
SELECT declaration_id::text AS id FROM control_order
WHERE number = %(number)s
  AND (%(offices)s::text[] IS NULL OR office = ANY (%(offices)s::text[]) OR is_at_offices(declaration_id, %(offices)s));

-- The goods items of a version, the office at which they are presented, and what is known of who declares them; of erased content nothing is known.
-- name: controlled_goods
SELECT ARRAY(SELECT (i ->> 'number')::integer FROM json_array_elements(v.model::json -> 'items') AS i) AS items,
       coalesce(v.model::json ->> 'presentation_office', v.model::json ->> 'customs_office') AS office,
       (SELECT p.facts FROM party_facts p WHERE p.eori = v.model::json ->> 'declarant' AND p.until > now()) AS declarant
FROM declaration_version v WHERE v.declaration_id = %(id)s::uuid AND v.version = %(version)s AND v.model IS NOT NULL;

-- Who did what another person has to do, too.
-- name: control_done_by
SELECT body FROM step WHERE declaration_id = %(id)s::uuid AND event_seq = %(seq)s;

-- A place for an order: what it says is written in the same transaction.
-- name: open_control_order
INSERT INTO control_order (declaration_id, body, over, state, rank, announced, due)
VALUES (%(id)s::uuid, '', false, 'due', 0, false, now()) RETURNING number;

-- With `due` the declaration is decided again; an examination that is announced by it, or has ended, stands with it.
-- name: control_written
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT %(id)s::uuid, e.seq, e.kind, e.at, e.text, e.hash
    FROM json_to_recordset(%(events)s::json) AS e (seq integer, kind text, at timestamptz, text text, hash text)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt)
    SELECT %(id)s::uuid, %(step)s, %(words)s, %(salt)s WHERE %(words)s::text IS NOT NULL
), kept AS (
    UPDATE control_order
    SET body = %(body)s, over = %(over)s, state = %(state)s, office = %(office)s, rank = %(rank)s, prior = %(prior)s, announced = %(announced)s, due = %(at)s
    WHERE number = %(number)s AND declaration_id = %(id)s::uuid
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, told)
    SELECT 'control', l.id, l.lrn, l.mrn, l.version, l.state, l.decision_number, l.decision::json -> 'decision' ->> 'effect', '{}', d.confirmed
    FROM last_decided l JOIN declaration d ON d.id = l.id WHERE l.id = %(id)s::uuid AND %(notified)s
)
UPDATE declaration
SET controlled = %(controlled)s, examination = coalesce(%(examination)s, examination), event_seq = %(seq)s, event_head = %(hash)s,
    wanted = wanted + (%(is_due)s AND ended IS NULL)::int,
    due_at = CASE WHEN %(is_due)s AND ended IS NULL THEN coalesce(due_at, now()) ELSE due_at END,
    lost = CASE WHEN due_at IS NOT NULL OR NOT %(is_due)s THEN lost ELSE '{}' END
WHERE id = %(id)s::uuid;

-- Those whose appointment is over first, then the most urgent, of these what trusted operators declared, each from the oldest on.
-- name: control_orders_open
SELECT * FROM control_order_in_turn
WHERE NOT over AND ended IS NULL AND (-late, -urgent, due, number) > (%(late)s, %(urgent)s, %(after)s::timestamptz, %(number)s::bigint)
  AND (%(state)s::text IS NULL OR stands = %(state)s) AND (%(office)s::text IS NULL OR office = %(office)s)
  AND (%(declaration)s::uuid IS NULL OR declaration_id = %(declaration)s::uuid)
  AND (%(offices)s::text[] IS NULL OR office = ANY (%(offices)s::text[]) OR is_at_offices(declaration_id, %(offices)s))
ORDER BY -late, -urgent, due, number LIMIT %(limit)s;

-- name: control_orders_all
SELECT * FROM control_order_in_turn
WHERE (-late, -urgent, due, number) > (%(late)s, %(urgent)s, %(after)s::timestamptz, %(number)s::bigint)
  AND (%(state)s::text IS NULL OR stands = %(state)s) AND (%(office)s::text IS NULL OR office = %(office)s)
  AND (%(declaration)s::uuid IS NULL OR declaration_id = %(declaration)s::uuid)
  AND (%(offices)s::text[] IS NULL OR office = ANY (%(offices)s::text[]) OR is_at_offices(declaration_id, %(offices)s))
ORDER BY -late, -urgent, due, number LIMIT %(limit)s;

-- name: control_orders_in_case
SELECT * FROM control_order_in_turn WHERE declaration_id = %(id)s::uuid ORDER BY number;

-- Declarations whose examination was announced, or has ended, at an older gateway or before there were orders; in no order: those that
-- fail again and again do not stand before others.
-- name: examinations_to_follow
SELECT id FROM (
    SELECT d.id::text AS id FROM declaration d
    WHERE d.examination IS NOT NULL AND d.ended IS NULL
      AND d.examination::jsonb ->> 'took_place_at' IS NULL AND d.examination::jsonb ->> 'withdrawn_at' IS NULL
      AND NOT EXISTS (SELECT FROM control_order c WHERE c.declaration_id = d.id AND c.announced)
    UNION ALL
    SELECT d.id::text FROM control_order c JOIN declaration d ON d.id = c.declaration_id
    WHERE c.announced AND (d.examination::jsonb ->> 'took_place_at' IS NOT NULL OR d.examination::jsonb ->> 'withdrawn_at' IS NOT NULL)
) f ORDER BY random() LIMIT %(limit)s;
