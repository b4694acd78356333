-- Attempts that were lost count until a decision is committed; once they hold a declaration and nothing is due, until people or
-- customs order something for it.
-- A lease is free without an end, or once that has passed. With an owner it has run out without being returned: its token is
-- kept among those that were lost, and the declaration is taken alone.
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

-- name: take_alone
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now()) AND (lease_owner IS NOT NULL OR lost <> '{}')
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_owner = %(owner)s, lease_token = d.lease_token + 1, taken = d.wanted,
    lease_until = now() + %(lease)s,
    lost = CASE WHEN d.lease_owner IS NULL THEN d.lost ELSE d.lost || d.lease_token END
FROM free WHERE d.id = free.id
RETURNING d.id;

-- name: wait_alone
SELECT 1 AS found FROM declaration
WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now()) AND (lease_owner IS NOT NULL OR lost <> '{}')
LIMIT 1;

-- Leases of this process that nobody here works under.
-- name: adopt
WITH free AS MATERIALIZED (
    SELECT id FROM declaration
    WHERE due_at IS NOT NULL AND lease_owner = %(owner)s AND id <> ALL (%(in_hand)s::uuid[])
    ORDER BY due_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE declaration d
SET lease_token = d.lease_token + 1, taken = d.wanted, lease_until = now() + %(lease)s
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
-- name: work
SELECT d.id::text AS id, d.lease_token, cardinality(d.lost) AS lost_attempts, d.current_version, d.event_seq, d.event_head, d.decision_count, d.received_at,
       d.accepted_at, d.mrn, d.invalidating, d.ended, d.confirmed, d.released, d.given_back, v.model, v.documents,
       ARRAY(SELECT m.body FROM movement m WHERE m.declaration_id = d.id ORDER BY m.number) AS movements,
       ARRAY(
           SELECT s.body FROM step s
           WHERE s.declaration_id = d.id AND s.kind IS NOT NULL AND s.outcome IS NULL ORDER BY s.event_seq
       ) AS steps,
       is_looked_at(d.id) AS assessed,
       (SELECT c.body FROM decision c WHERE c.declaration_id = d.id ORDER BY c.number DESC LIMIT 1) AS last,
       d.hinted, d.hinted_by, d.gave_up, d.look_due_at, verified.digest AS facts_digest, verified.text AS verified,
       (
           SELECT e.body FROM evidence_link l JOIN evidence e ON (e.digest, e.day) = (l.digest, l.day)
           WHERE l.declaration_id = d.id AND l.digest = verified.digest
       ) AS facts,
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
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
LEFT JOIN LATERAL (
    SELECT f.text, f.text::json -> 'body' ->> 'facts' AS digest FROM event f
    WHERE f.declaration_id = d.id AND f.kind = 'documents.verified' ORDER BY f.seq DESC LIMIT 1
) AS verified ON true
WHERE d.id = ANY (%(ids)s::uuid[]) AND d.lease_owner = %(owner)s
ORDER BY d.due_at;

-- name: take_up
UPDATE declaration SET taken = wanted
WHERE id = %(id)s::uuid AND lease_token = %(token)s AND lease_owner = %(owner)s
RETURNING id;

-- name: renew
UPDATE declaration d SET lease_until = now() + %(lease)s
FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[]) AS held (id, token)
WHERE d.id = held.id AND d.lease_token = held.token AND d.lease_owner = %(owner)s
RETURNING d.id::text AS id, d.lease_token AS token;

-- What is under way under a lease that is returned has an end: till then nobody takes it. One that another holder has by now
-- was not lost by the end of its process: it says so here.
-- name: return_leases
UPDATE declaration d
SET lease_owner = CASE WHEN d.lease_token <> held.token THEN d.lease_owner END,
    lease_until = CASE WHEN d.lease_token <> held.token THEN d.lease_until
                       WHEN held.quiet > 0 THEN now() + held.quiet * interval '1 second' END,
    lost = array_remove(d.lost, held.token)
FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[], %(quiet)s::float8[]) AS held (id, token, quiet)
WHERE d.id = held.id
  AND (d.lease_token = held.token AND d.lease_owner = %(owner)s OR held.token = ANY (d.lost));

-- name: backlog
SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(due_at)), 0)::float AS oldest_s FROM declaration
WHERE due_at IS NOT NULL AND (lease_until IS NULL OR lease_until <= now());

-- The outcome of one assessment, whole or not at all: everything hangs on the head, which only the lease's holder can move.
-- name: decide
WITH head AS (
    UPDATE declaration
    SET event_seq = %(seq)s, event_head = %(head)s, decision_count = coalesce(%(number)s, decision_count),
        confirmed = confirmed AND %(kept)s,
        ended = CASE WHEN %(state)s IN ('invalidated', 'lapsed') THEN %(state)s ELSE ended END,
        invalidating = invalidating AND %(state)s <> 'invalidated',
        released = coalesce(%(released)s, released), unsettled = %(unsettled)s,
        holding_since = CASE WHEN %(reserves)s THEN coalesce(holding_since, now()) END,
        left_since = CASE WHEN %(left)s::bool IS NULL THEN left_since WHEN %(left)s THEN coalesce(left_since, now()) END,
        waits_for = coalesce(%(waits_for)s::text[], waits_for),
        waits_since = CASE WHEN coalesce(%(waits_for)s, waits_for) <> '{}' THEN coalesce(waits_since, now()) END,
        waits_at = CASE WHEN %(waits_for)s IS NULL THEN waits_at ELSE now() - %(waits_asked)s::interval END,
        hinted = hinted AND wanted > taken,
        hinted_by = CASE WHEN hinted AND wanted > taken THEN hinted_by[%(causes)s + 1:] ELSE '{}' END, gave_up = coalesce(%(gave_up)s, gave_up),
        due_at = CASE WHEN wanted > taken THEN due_at END, look_due_at = %(assess_at)s, lease_owner = NULL, lease_until = NULL,
        lost = CASE WHEN %(keeps_lost)s THEN lost ELSE '{}' END,
        listed = listed_now(declaration, %(listed)s), held_since = held_from(declaration, %(held_from)s), listing = %(listing)s
    WHERE id = %(id)s::uuid AND lease_token = %(token)s AND lease_owner = %(owner)s AND event_seq = %(read_seq)s
      AND NOT EXISTS (
          SELECT FROM contingency_window w WHERE number = ANY (%(windows)s::int[]) AND NOT is_in_force(w)
      )
    RETURNING id, current_version, lrn, mrn, declarant, eoris, direction, kind, accepted_at, event_seq, confirmed,
              released, examination, due_at IS NOT NULL AS due
), version AS (
    UPDATE declaration_version v
    SET state = %(state)s, decision_number = coalesce(%(number)s, v.decision_number),
        documents = CASE %(documents_from)s WHEN 'decision' THEN NULL WHEN 'before' THEN v.documents ELSE %(documents)s END
    FROM head WHERE declaration_id = head.id AND v.version = %(version)s
    RETURNING v.received_at, v.documents
), moved AS (
    UPDATE movement m SET state = n.state, settled_at = n.settled_at, body = n.body
    FROM head, json_to_recordset(%(movements)s) AS n (number int, state text, settled_at timestamptz, body text)
    WHERE declaration_id = head.id AND m.number = n.number
), carried_out AS (
    UPDATE step s SET outcome = o.outcome
    FROM head, json_to_recordset(%(steps)s) AS o (seq int, outcome text)
    WHERE declaration_id = head.id AND s.event_seq = o.seq
), inside AS (
    INSERT INTO contingency_document (declaration_id, number, type, reference, let_through, afterwards, body)
    SELECT id, i.*
    FROM head, json_to_recordset(%(inside)s) AS i (
        number int, type text, reference text, let_through boolean, afterwards text, body text
    )
    ON CONFLICT (declaration_id, number, type, reference) DO UPDATE
    SET let_through = EXCLUDED.let_through, afterwards = EXCLUDED.afterwards, body = EXCLUDED.body
), decision AS (
    INSERT INTO decision (declaration_id, number, version, decided_at, body)
    SELECT id, %(number)s, %(version)s, %(decided_at)s, %(decision)s FROM head WHERE %(number)s IS NOT NULL
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT head.id, e.*
    FROM head, json_to_recordset(%(events)s) AS e (seq int, kind text, at timestamptz, text text, hash text)
), notice AS (
    INSERT INTO notice (kind, declaration_id, lrn, mrn, version, state, decision, effect, eoris, documents, told)
    SELECT n.kind, id, lrn, mrn, %(version)s, %(state)s, decision, effect, CASE WHEN for_parties THEN eoris ELSE '{}' END,
           documents::text, confirmed
    FROM head, json_to_recordset(%(notices)s) AS n (kind text, decision int, effect text, documents json, for_parties boolean)
), evidence AS (
    INSERT INTO evidence (digest, body)
    SELECT digest, body
    FROM head, unnest(%(evidence_digests)s::text[], %(evidence_bodies)b::bytea[]) AS e (digest, body)
    ON CONFLICT DO NOTHING
), link AS (
    INSERT INTO evidence_link (declaration_id, digest)
    SELECT id, digest FROM head, unnest(%(evidence_digests)s) AS e (digest)
    ON CONFLICT DO NOTHING
), jobs AS (
    SELECT procrastinate_defer_jobs_v1(
        array_agg(ROW('default', task, 0, NULL, NULL, args, at)::procrastinate_job_to_defer_v1)
    )
    FROM head, json_to_recordset(%(jobs)s) AS j (task text, args jsonb, at timestamptz)
    HAVING count(*) > 0
)
SELECT head.*, version.received_at, version.documents FROM head CROSS JOIN version LEFT JOIN jobs ON true;

-- Why the outcome of an assessment was not taken.
-- name: holder
SELECT lease_owner, lease_token, event_seq, lease_until > now() AS lasts FROM declaration WHERE id = %(id)s::uuid;

-- Intents, before they are sent: only the holder of a lease that has not run out writes them, and only if nothing was received
-- meanwhile; the lease is renewed with them.
-- name: intend
WITH head AS (
    UPDATE declaration SET event_seq = %(seq)s, event_head = %(head)s, unsettled = true, lease_until = now() + %(lease)s
    WHERE id = %(id)s::uuid AND lease_token = %(token)s AND lease_owner = %(owner)s AND event_seq = %(read_seq)s
      AND lease_until > now()
    RETURNING id
), moved AS (
    UPDATE movement m SET state = n.state, settled_at = n.settled_at, body = n.body
    FROM head, json_to_recordset(%(settled)s::json) AS n (number integer, state text, settled_at timestamptz, body text)
    WHERE m.declaration_id = head.id AND m.number = n.number
    RETURNING m.number
), movement AS (
    -- Counting what was settled has it written first: a document has one open movement at most.
    INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, settled_at, body)
    SELECT head.id, m.*
    FROM head, (SELECT count(*) FROM moved) AS first, json_to_recordset(%(movements)s::json) AS m (
        number integer, type text, reference text, adapter text, kind text, state text, planned_at timestamptz,
        settled_at timestamptz, body text
    )
), evidence AS (
    INSERT INTO evidence (digest, body)
    SELECT e.digest, e.body
    FROM head, unnest(%(evidence_digests)s::text[], %(evidence_bodies)b::bytea[]) AS e (digest, body)
    ON CONFLICT DO NOTHING
), link AS (
    INSERT INTO evidence_link (declaration_id, digest)
    SELECT head.id, e.digest FROM head, unnest(%(evidence_digests)s::text[]) AS e (digest)
    ON CONFLICT DO NOTHING
), event AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT head.id, e.*
    FROM head, json_to_recordset(%(events)s::json) AS e (seq integer, kind text, at timestamptz, text text, hash text)
)
SELECT id FROM head;
