-- Reports of released goods. They are written with the outcome of the release (`decide`), and no authority is asked in a transaction.

-- Releases of which a report is due, as many as one job sends: each declarant has a turn before anybody has a second one. All that are
-- due are sorted for it, once a job.
-- name: due_reports
SELECT t.declaration_id::text AS id, t.event_seq FROM (
    SELECT s.declaration_id, s.event_seq, s.reports_due_at,
        row_number() OVER (PARTITION BY d.declarant ORDER BY s.reports_due_at, s.declaration_id, s.event_seq) AS turn
    FROM step s JOIN declaration d ON d.id = s.declaration_id WHERE s.reports_due_at <= now()
) AS t
ORDER BY t.turn, t.reports_due_at LIMIT %(limit)s;

-- Those of these releases of which a report is still due, each for a while: whoever takes one sends what is due and notes what came of
-- it; where that process ends before, another one finds it again, and reads back first.
-- name: take_reports
WITH free AS MATERIALIZED (
    SELECT s.declaration_id, s.event_seq FROM json_to_recordset(%(due)s::json) AS k (id uuid, seq integer)
    JOIN step s ON s.declaration_id = k.id AND s.event_seq = k.seq
    WHERE s.reports_due_at <= now() FOR NO KEY UPDATE OF s SKIP LOCKED
)
UPDATE step s SET reports_due_at = now() + %(again)s, reports_taken = s.reports_taken + 1
FROM free WHERE s.declaration_id = free.declaration_id AND s.event_seq = free.event_seq
RETURNING s.declaration_id::text AS id, s.event_seq, s.reports, s.reports_taken;

-- Whether nobody has taken them since.
-- name: reports_still_taken
SELECT 1 FROM step
WHERE declaration_id = %(id)s::uuid AND event_seq = %(step)s AND reports_taken = %(attempt)s FOR NO KEY UPDATE;

-- name: note_reports
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT %(id)s::uuid, e.seq, e.kind, e.at, e.text, e.hash
    FROM json_to_recordset(%(events)s::json) AS e (seq int, kind text, at timestamptz, text text, hash text)
), step AS (
    UPDATE step SET reports = %(reports)s, reports_due_at = now() + %(again)s::interval
    WHERE declaration_id = %(id)s::uuid AND event_seq = %(step)s
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, told)
    SELECT 'alert', l.id, l.lrn, l.mrn, l.version, l.state, decision_number, decision::json -> 'decision' ->> 'effect', '{}', d.confirmed
    FROM last_decided l JOIN declaration d ON d.id = l.id WHERE l.id = %(id)s::uuid AND %(alerts)s::boolean
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(head)s WHERE id = %(id)s::uuid;

-- name: reports_of
SELECT declaration_id::text AS id, event_seq, reports, reports_taken FROM step
WHERE declaration_id = %(id)s::uuid AND reports IS NOT NULL ORDER BY event_seq;
