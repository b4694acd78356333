-- Attempts that were lost count until a decision is committed; once they hold a declaration and nothing is due, until people or
-- customs order something for it.
-- A lease is free without an end, or once that has passed. With an owner it has run out without being returned: its token is
-- kept among those that were lost. Who takes it then is noted there beforehand for each time in which it may end its process, so
-- that whatever else such a process had in hand is not blamed for it again.
-- Whatever takes a limited number finds it in a common table expression, which is executed once: a subquery in FROM is executed
-- again for each row of `declaration` where that table is planned as the outer one, and takes the next ones each time.
-- name: claim
UPDATE declaration
SET lease_owner = %(owner)s, lease_token = lease_token + 1, taken = wanted,
    lease_until = now() + %(lease)s
WHERE id = %(id)s::uuid AND due_at IS NOT NULL AND lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= now())
  AND lost = '{}'
RETURNING id;

-- name: sweep
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE due_at <= now() AND lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= now()) AND lost = '{}'
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_owner = %(owner)s, lease_token = d.lease_token + 1, taken = d.wanted,
    lease_until = now() + %(lease)s
FROM free WHERE d.id = free.id
RETURNING d.id;

-- name: take_lost
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now()) AND (lease_owner IS NOT NULL OR lost <> '{}')
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_owner = %(owner)s, lease_token = d.lease_token + 1, taken = d.wanted,
    lease_until = now() + %(lease)s,
    lost = CASE WHEN d.lost = '{}' THEN ARRAY[d.lease_token] ELSE d.lost END || (d.lease_token + 1)
FROM free WHERE d.id = free.id
RETURNING d.id;

-- Whether the holder of one that was lost may end its process by it now, or waits for others.
-- name: note_own_time
UPDATE declaration
SET lost = array_remove(lost, lease_token) || CASE WHEN %(runs)s THEN ARRAY[lease_token] ELSE '{}' END
WHERE id = %(id)s::uuid AND lease_token = %(token)s AND lease_owner = %(owner)s;

-- Leases of this process that nobody here works under.
-- name: adopt
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE due_at IS NOT NULL AND lease_owner = %(owner)s AND id <> ALL (%(in_hand)s::uuid[])
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_token = d.lease_token + 1, taken = d.wanted, lease_until = now() + %(lease)s, lost = array_remove(d.lost, d.lease_token)
FROM free WHERE d.id = free.id
RETURNING d.id;

-- Declarations whose time to be assessed again has come. The assessment is requested and taken at once: from here on it is
-- due work, and if its holder dies the sweep finds it.
-- name: take_due
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE look_due_at <= now() AND lease_owner IS NULL AND (lease_until IS NULL OR lease_until <= now()) AND lost = '{}'
    ORDER BY look_due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_owner = %(owner)s, lease_token = d.lease_token + 1, wanted = d.wanted + 1, taken = d.wanted + 1, hinted = true,
    hinted_by = CASE WHEN cardinality(d.hinted_by) >= 20 THEN d.hinted_by ELSE d.hinted_by || 'retry'::text END,
    due_at = coalesce(d.due_at, now()), look_due_at = NULL, lease_until = now() + %(lease)s
FROM free WHERE d.id = free.id
RETURNING d.id;

-- A statement of its own behind the one that takes the lease: its snapshot shows all that was committed before that.
-- Each is found by its own id, whatever the table held when the plan was made.
-- name: work
SELECT d.id::text AS id, d.lease_token, cardinality(array_remove(d.lost, d.lease_token)) AS lost_attempts, d.current_version, d.event_seq, d.event_head, d.decision_count, d.received_at,
       d.accepted_at, d.mrn, d.invalidating, CASE WHEN d.invalidating OR d.ended = 'invalidated' THEN (
           SELECT i.text FROM event i WHERE i.declaration_id = d.id AND i.kind = 'invalidation.received' ORDER BY i.seq DESC LIMIT 1
       ) END AS invalidation,
       d.ended, d.confirmed, d.released, d.examination, d.shut, d.controlled, d.given_back, v.model, v.documents,
       ARRAY(SELECT m.body FROM movement m WHERE m.declaration_id = d.id ORDER BY m.number) AS movements,
       ARRAY(
           SELECT s.body FROM step s
           WHERE s.declaration_id = d.id AND s.kind IS NOT NULL AND s.outcome IS NULL ORDER BY s.event_seq
       ) AS steps,
       is_looked_at(d.id) AS assessed,
       (SELECT c.body FROM decision c WHERE c.declaration_id = d.id ORDER BY c.number DESC LIMIT 1) AS last,
       released_last.event_seq AS last_release, released_last.outcome AS release_outcome,
       d.hinted, d.hinted_by, d.gave_up, d.look_due_at, verified.digest AS facts_digest, verified.text AS verified,
       (SELECT e.body FROM evidence_of(d.id, verified.digest, verified.seq) AS e) AS facts,
       ARRAY(
           SELECT n.body FROM (
               SELECT DISTINCT ON (o.type, o.reference) o.event_seq, o.body
               FROM officer_verification o WHERE o.declaration_id = d.id
               ORDER BY o.type, o.reference, o.event_seq DESC
           ) AS n ORDER BY n.event_seq
       ) AS verifications,
       ARRAY(
           SELECT json_build_object('body', e.body, 'ended', NOT is_in_force(w))::text
           FROM contingency_document e JOIN contingency_window w ON w.number = e.number
           WHERE e.declaration_id = d.id ORDER BY e.number, e.type, e.reference
       ) AS inside
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS one (id, place)
CROSS JOIN LATERAL (SELECT * FROM declaration h WHERE h.id = one.id AND h.lease_owner = %(owner)s OFFSET 0) AS d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
LEFT JOIN LATERAL (
    SELECT f.seq, f.text, f.text::json -> 'body' ->> 'facts' AS digest FROM event f
    WHERE f.declaration_id = d.id AND f.kind = 'documents.verified' ORDER BY f.seq DESC LIMIT 1
) AS verified ON true
LEFT JOIN LATERAL (
    SELECT s.event_seq, s.outcome FROM step s
    WHERE s.declaration_id = d.id AND s.kind = 'release' AND s.outcome IS NOT NULL ORDER BY s.event_seq DESC LIMIT 1
) AS released_last ON true
ORDER BY d.due_at, one.place;

-- name: take_up
UPDATE declaration SET taken = wanted
WHERE id = %(id)s::uuid AND lease_token = %(token)s AND lease_owner = %(owner)s
RETURNING id;

-- Each head by its own id, as in `decide`: joined with what was given at once, all of them could be walked. In the order of ids, so that
-- a process which returns what another one holds by now never waits for one that waits for it.
-- name: renew
WITH held AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[]) AS h (id, token) ORDER BY id
), found AS (
    SELECT id FROM held JOIN LATERAL (SELECT id FROM declaration d WHERE d.id = held.id FOR NO KEY UPDATE) AS f USING (id)
)
UPDATE declaration d SET lease_until = now() + %(lease)s
FROM held JOIN found USING (id)
WHERE d.id = found.id AND d.lease_token = held.token AND d.lease_owner = %(owner)s
RETURNING d.id::text AS id, d.lease_token AS token;

-- What is under way under a lease that is returned has an end: till then nobody takes it. One that another holder has by now
-- was not lost by the end of its process: it says so here.
-- name: return_leases
WITH held AS (
    SELECT * FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[], %(quiet)s::float8[]) AS h (id, token, quiet) ORDER BY id
), found AS (
    SELECT id FROM held JOIN LATERAL (SELECT id FROM declaration d WHERE d.id = held.id FOR NO KEY UPDATE) AS f USING (id)
)
UPDATE declaration d
SET lease_owner = CASE WHEN d.lease_token <> held.token THEN d.lease_owner END,
    lease_until = CASE WHEN d.lease_token <> held.token THEN d.lease_until
                       WHEN held.quiet > 0 THEN now() + held.quiet * interval '1 second' END,
    lost = array_remove(d.lost, held.token)
FROM held JOIN found USING (id)
WHERE d.id = found.id
  AND (d.lease_token = held.token AND d.lease_owner = %(owner)s OR held.token = ANY (d.lost));

-- What `sweep` and `take_lost` could take: where nothing waits neither has to be asked.
-- name: backlog
WITH waiting AS (
    SELECT declarant, count(*) AS number, min(due_at) AS since,
           bool_or(lease_owner IS NOT NULL OR lost <> '{}') AS lost
    FROM declaration
    WHERE due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= now())
    GROUP BY declarant
), most AS (
    SELECT declarant, number FROM waiting ORDER BY number DESC LIMIT 1000
)
SELECT coalesce(sum(number), 0)::bigint AS waiting, coalesce(extract(epoch FROM now() - min(since)), 0)::float AS oldest_s,
       coalesce(bool_or(lost), false) AS lost,
       (SELECT coalesce(json_object_agg(declarant, number), '{}') FROM most) AS declarants
FROM waiting;

-- The outcomes of assessments, each whole or not at all: everything hangs on the head, which only the lease's holder can move.
-- Each head is found by its own id, however many there are: the plan is made once, perhaps on an empty table, and would else walk
-- all of it. What is found is joined with what was given once more, which is counted as one row: so are all tables behind it.
-- name: decide, decide_gathered
WITH given AS (
    SELECT * FROM json_to_recordset(%(heads)s::json) AS g (
        id uuid, token bigint, read_seq int, version int, seq int, head text, number int, kept bool, state text, released text,
        unsettled bool, reserves bool, remains bool, waits_for text[], asked float8, causes int, gave_up int,
        assess_at timestamptz, keeps bool, listed int, held_from timestamptz, listing text, origin text,
        documents text
    )
), free AS (
    SELECT id FROM given g JOIN LATERAL (
        SELECT id FROM declaration d WHERE d.id = g.id
        FOR NO KEY UPDATE
        SKIP LOCKED -- gathered
    ) AS f USING (id)
), head AS (
    UPDATE declaration d
    SET event_seq = seq, event_head = head, decision_count = coalesce(g.number, decision_count),
        confirmed = confirmed AND kept,
        ended = CASE WHEN state IN ('invalidated', 'lapsed') THEN state ELSE ended END,
        invalidating = invalidating AND state <> 'invalidated',
        released = coalesce(g.released, d.released), unsettled = g.unsettled,
        holding_since = CASE WHEN reserves THEN coalesce(holding_since, now()) END,
        left_since = CASE WHEN remains IS NULL THEN left_since WHEN remains THEN coalesce(left_since, now()) END,
        waits_for = coalesce(g.waits_for, d.waits_for),
        waits_since = CASE WHEN coalesce(g.waits_for, d.waits_for) <> '{}' THEN coalesce(waits_since, now()) END,
        waits_at = CASE WHEN g.waits_for IS NULL THEN waits_at ELSE now() - asked * interval '1 s' END,
        hinted = hinted AND wanted > taken,
        hinted_by = CASE WHEN hinted AND wanted > taken THEN hinted_by[causes + 1:] ELSE '{}' END,
        gave_up = coalesce(g.gave_up, d.gave_up),
        due_at = CASE WHEN wanted > taken THEN due_at END, look_due_at = assess_at, lease_owner = NULL, lease_until = NULL,
        lost = CASE WHEN keeps THEN lost ELSE '{}' END,
        listed = listed_now(d, g.listed), held_since = held_from(d, g.held_from), listing = g.listing::jsonb
    FROM given g JOIN free f USING (id)
    WHERE d.id = f.id AND lease_token = token AND lease_owner = %(owner)s
      AND event_seq = read_seq
      AND NOT EXISTS (SELECT FROM contingency_window w WHERE w.number = ANY (%(windows)s::int[]) AND NOT is_in_force(w)) -- alone
    RETURNING d.id, current_version, lrn, mrn, declarant, eoris, direction, d.kind, accepted_at, event_seq, confirmed,
              d.released, examination, shut, controlled, due_at IS NOT NULL AS due
), version AS (
    UPDATE declaration_version v
    SET state = g.state, decision_number = coalesce(g.number, decision_number),
        documents = CASE origin WHEN 'before' THEN v.documents ELSE g.documents END
    FROM head JOIN given g USING (id)
    WHERE declaration_id = id AND v.version = g.version
    RETURNING id, v.received_at, v.documents
), moved AS (
    UPDATE movement m
    SET state = n.state, settled_at = n.settled_at, body = convert_from(substr(%(texts)b::bytea, start, size), 'UTF8')
    FROM head JOIN json_to_recordset(%(movements)s::json) AS n (
        id uuid, number int, state text, settled_at timestamptz, start int, size int
    ) USING (id)
    WHERE declaration_id = id AND m.number = n.number
), carried_out AS ( -- alone
    UPDATE step s SET outcome = o.outcome, reports = o.reports, -- alone
        reports_due_at = CASE WHEN o.reports IS NOT NULL THEN now() END -- alone
    FROM head, json_to_recordset(%(steps)s::json) AS o (seq int, outcome text, reports text) -- alone
    WHERE declaration_id = head.id AND s.event_seq = o.seq -- alone
), inside AS ( -- alone
    INSERT INTO contingency_document (declaration_id, number, type, reference, let_through, afterwards, body) -- alone
    SELECT id, i.* -- alone
    FROM head, json_to_recordset(%(inside)s::json) AS i ( -- alone
        number int, type text, reference text, let_through bool, afterwards text, body text -- alone
    ) -- alone
    ON CONFLICT (declaration_id, number, type, reference) DO UPDATE -- alone
    SET let_through = EXCLUDED.let_through, afterwards = EXCLUDED.afterwards, body = EXCLUDED.body -- alone
), decision AS (
    INSERT INTO decision (declaration_id, number, version, decided_at, body)
    SELECT id, number, version, decided_at, convert_from(substr(%(texts)b::bytea, start, size), 'UTF8')
    FROM head JOIN json_to_recordset(%(decisions)s::json) AS n (
        id uuid, number int, version int, decided_at timestamptz, start int, size int
    ) USING (id)
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT id, seq, e.kind, at, convert_from(substr(%(texts)b::bytea, start, size), 'UTF8'), hash
    FROM head JOIN json_to_recordset(%(events)s::json) AS e (
        id uuid, seq int, kind text, at timestamptz, hash text, start int, size int
    ) USING (id)
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, documents, told, released)
    SELECT n.kind, id, lrn, mrn, version, state, decision, effect, CASE WHEN for_parties THEN eoris ELSE '{}' END,
           n.documents::text, confirmed, n.released
    FROM head JOIN given USING (id) JOIN ROWS FROM (json_to_recordset(%(notices)s::json) AS (
        id uuid, kind text, decision int, effect text, documents json, for_parties bool, released bool
    )) WITH ORDINALITY AS n USING (id)
    ORDER BY ordinality
), bundle AS (
    INSERT INTO evidence_bundle (declaration_id, seq, part, day, digests, body)
    SELECT b.id, b.seq, part, day, digests, substring(%(bodies)b::bytea FROM start FOR size)
    FROM head JOIN json_to_recordset(%(evidence)s::json) AS b (
        id uuid, seq int, part int, day date, digests bytea[], start int, size int
    ) ON b.id = head.id
)
SELECT * FROM head JOIN version USING (id);

-- Why the outcome of an assessment was not taken.
-- name: holder
SELECT lease_owner, lease_token, event_seq, lease_until > now() AS lasts FROM declaration WHERE id = %(id)s::uuid;

-- Intents, before they are sent: only the holder of a lease that has not run out writes them, and only if nothing was received
-- meanwhile; the lease is renewed with them.
-- name: intend, intend_gathered
WITH given AS MATERIALIZED (
    SELECT * FROM json_to_recordset(%(heads)s::json) AS g (id uuid, token bigint, read_seq integer, seq integer, head text)
), free AS (
    SELECT id FROM given g JOIN LATERAL (
        SELECT id FROM declaration d WHERE d.id = g.id
        FOR NO KEY UPDATE
        SKIP LOCKED -- gathered
    ) AS f USING (id)
), head AS (
    UPDATE declaration d SET event_seq = g.seq, event_head = g.head, unsettled = true, lease_until = now() + %(lease)s
    FROM given g JOIN free f USING (id)
    WHERE d.id = f.id AND d.lease_token = g.token AND d.lease_owner = %(owner)s
      AND d.event_seq = g.read_seq AND d.lease_until > now()
    RETURNING d.id
), moved AS ( -- alone
    UPDATE movement m SET state = n.state, settled_at = n.settled_at, body = n.body -- alone
    FROM head, json_to_recordset(%(settled)s::json) AS n (number integer, state text, settled_at timestamptz, body text) -- alone
    WHERE m.declaration_id = head.id AND m.number = n.number -- alone
    RETURNING m.number -- alone
), movement AS (
    INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, settled_at, body)
    SELECT id, m.number, type, reference, adapter, kind, state, planned_at, settled_at,
           convert_from(substr(%(texts)b::bytea, start, size), 'UTF8')
    FROM head JOIN json_to_recordset(%(movements)s::json) AS m (
        id uuid, number integer, type text, reference text, adapter text, kind text, state text, planned_at timestamptz,
        settled_at timestamptz, start integer, size integer
    ) USING (id)
    -- Counting what was settled has it written first: a document has one open movement at most.
    CROSS JOIN (SELECT count(*) FROM moved) AS first -- alone
), bundle AS (
    INSERT INTO evidence_bundle (declaration_id, seq, part, day, digests, body)
    SELECT b.id, b.seq, part, day, digests, substring(%(bodies)b::bytea FROM start FOR size)
    FROM head JOIN json_to_recordset(%(evidence)s::json) AS b (
        id uuid, seq int, part int, day date, digests bytea[], start int, size int
    ) ON b.id = head.id
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT id, e.seq, e.kind, e.at, convert_from(substr(%(texts)b::bytea, start, size), 'UTF8'), e.hash
    FROM head JOIN json_to_recordset(%(events)s::json) AS e (
        id uuid, seq integer, kind text, at timestamptz, hash text, start integer, size integer
    ) USING (id)
)
SELECT id FROM head;
