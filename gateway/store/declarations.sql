-- name: receive
WITH head AS (
    INSERT INTO declaration (id, declarant, lrn, mrn, eoris, direction, kind, current_version, received_at, accepted_at,
                             due_at, lease_owner, lease_token, lease_until, event_seq, event_head)
    VALUES (%(id)s, %(declarant)s, %(lrn)s, %(mrn)s, %(eoris)s, %(direction)s, %(kind)s, 1, %(received_at)s,
            %(accepted_at)s, now(), %(owner)s, %(token)s,
            CASE WHEN %(owner)s::text IS NOT NULL THEN now() + %(lease)s END, %(seq)s, %(head)s)
    ON CONFLICT DO NOTHING
    RETURNING id
), version AS (
    INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model, documents, cited)
    SELECT id, 1, %(digest)s, 'received', %(received_at)s, %(model)s, %(documents)s, %(cited)s FROM head
), told AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT head.id, e.* FROM head, unnest(%(seqs)s::integer[], %(kinds)s::text[], %(ats)s::timestamptz[], %(texts)s::text[], %(hashes)s::text[]) e
), kept AS (
    INSERT INTO evidence (day, digest, body)
    SELECT current_date, e.* FROM head, unnest(%(digests)s::text[], %(bodies)s::bytea[]) e ON CONFLICT DO NOTHING
), named AS (
    INSERT INTO evidence_of (declaration_id, digest, day)
    SELECT head.id, e, current_date FROM head, unnest(%(digests)s::text[]) e ON CONFLICT DO NOTHING
)
SELECT id::text FROM head

-- name: standing
SELECT d.id::text AS id, v.digest FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = 1
WHERE d.declarant = %(declarant)s AND d.lrn = %(lrn)s

-- name: lock
SELECT event_seq, event_head, current_version FROM declaration WHERE id = %(id)s FOR UPDATE

-- name: tell
INSERT INTO event (declaration_id, seq, kind, at, text, hash)
SELECT %(id)s, e.* FROM unnest(%(seqs)s::integer[], %(kinds)s::text[], %(ats)s::timestamptz[], %(texts)s::text[], %(hashes)s::text[]) e

-- name: keep
WITH kept AS (
    INSERT INTO evidence (day, digest, body)
    SELECT current_date, e.* FROM unnest(%(digests)s::text[], %(bodies)s::bytea[]) e ON CONFLICT DO NOTHING
)
INSERT INTO evidence_of (declaration_id, digest, day)
SELECT %(id)s, e, current_date FROM unnest(%(digests)s::text[]) e ON CONFLICT DO NOTHING

-- name: supersede
WITH older AS (
    UPDATE declaration_version SET state = 'superseded' WHERE declaration_id = %(id)s AND version < %(version)s
)
INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model, documents, cited)
VALUES (%(id)s, %(version)s, %(digest)s, 'received', now(), %(model)s, %(documents)s, %(cited)s)

-- name: head_version
UPDATE declaration SET current_version = %(version)s, eoris = %(eoris)s, direction = %(direction)s, kind = %(kind)s,
    mrn = coalesce(mrn, %(mrn)s), due_at = now(), event_seq = %(seq)s, event_head = %(head)s
WHERE id = %(id)s

-- name: head_accepted
UPDATE declaration SET mrn = %(mrn)s, accepted_at = %(accepted_at)s, due_at = now(), event_seq = %(seq)s, event_head = %(head)s
WHERE id = %(id)s

-- name: head_invalidating
UPDATE declaration SET invalidating = true, due_at = now(), event_seq = %(seq)s, event_head = %(head)s WHERE id = %(id)s

-- name: head_verified
UPDATE declaration SET due_at = now(), event_seq = %(seq)s, event_head = %(head)s WHERE id = %(id)s

-- name: officer_verified
INSERT INTO officer_verification (declaration_id, seq, body) VALUES (%(id)s, %(seq)s, %(body)s)

-- name: step
INSERT INTO step (declaration_id, seq, body) VALUES (%(id)s, %(seq)s, %(body)s)

-- name: head_confirmed
UPDATE declaration SET confirmed = true, event_seq = %(seq)s, event_head = %(head)s WHERE id = %(id)s

-- name: head_lapsed
WITH ended AS (
    UPDATE declaration_version v SET state = 'lapsed' FROM declaration d
    WHERE d.id = %(id)s AND v.declaration_id = d.id AND v.version = d.current_version
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(head)s WHERE id = %(id)s

-- name: claim
WITH head AS (
    UPDATE declaration SET lease_owner = %(owner)s, lease_token = lease_token + 1, lease_until = now() + %(lease)s
    WHERE id = %(id)s AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
    RETURNING *
)
{work}

-- name: sweep
WITH found AS (
    SELECT id FROM declaration
    WHERE due_at <= now() AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
), head AS (
    UPDATE declaration d SET lease_owner = %(owner)s, lease_token = lease_token + 1, lease_until = now() + %(lease)s
    FROM found WHERE d.id = found.id
    RETURNING d.*
)
{work}

-- name: reread
WITH head AS (SELECT * FROM declaration WHERE id = %(id)s AND lease_token = %(token)s)
{work}

-- name: work
SELECT head.id::text AS id, head.lease_token, head.current_version, head.event_seq, head.event_head, head.decisions,
    head.received_at, head.accepted_at, head.mrn, head.invalidating, v.model,
    (SELECT array_agg(o.body ORDER BY o.seq) FROM officer_verification o WHERE o.declaration_id = head.id) AS by_officer,
    (SELECT n.body FROM decision n WHERE n.declaration_id = head.id ORDER BY n.number DESC LIMIT 1) AS last
FROM head JOIN declaration_version v ON v.declaration_id = head.id AND v.version = head.current_version

-- name: renew
UPDATE declaration d SET lease_until = now() + %(lease)s
FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[]) AS held (id, token)
WHERE d.id = held.id AND d.lease_token = held.token
RETURNING d.id::text AS id

-- name: give_back
UPDATE declaration d SET lease_owner = NULL, lease_token = d.lease_token + 1, lease_until = NULL
FROM unnest(%(ids)s::uuid[], %(tokens)s::bigint[]) AS held (id, token)
WHERE d.id = held.id AND d.lease_token = held.token

-- name: decide
WITH head AS (
    UPDATE declaration SET lease_owner = NULL, lease_until = NULL, due_at = NULL, invalidating = false,
        event_seq = %(seq)s, event_head = %(head)s, decisions = decisions + %(decided)s,
        confirmed = confirmed AND %(decided)s = 0
    WHERE id = %(id)s AND lease_token = %(token)s AND event_seq = %(known)s
    RETURNING *
), version AS (
    UPDATE declaration_version v SET state = %(state)s, documents = coalesce(%(documents)s, documents)
    FROM head WHERE v.declaration_id = head.id AND v.version = %(version)s
    RETURNING v.*
), decided AS (
    INSERT INTO decision (declaration_id, number, version, body)
    SELECT id, %(number)s, %(version)s, %(body)s FROM head WHERE %(decided)s = 1
), told AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    SELECT head.id, e.* FROM head, unnest(%(seqs)s::integer[], %(kinds)s::text[], %(ats)s::timestamptz[], %(texts)s::text[], %(hashes)s::text[]) e
), kept AS (
    INSERT INTO evidence (day, digest, body)
    SELECT current_date, e.* FROM head, unnest(%(digests)s::text[], %(bodies)s::bytea[]) e ON CONFLICT DO NOTHING
), named AS (
    INSERT INTO evidence_of (declaration_id, digest, day)
    SELECT head.id, e, current_date FROM head, unnest(%(digests)s::text[]) e ON CONFLICT DO NOTHING
)
SELECT head.id::text AS id, head.current_version, head.lrn, head.mrn, head.declarant, head.eoris, head.direction, head.kind,
    head.accepted_at, head.confirmed, version.received_at,
    pg_notify('gateway_settled', head.id::text)::text AS announced
FROM head, version

-- name: token
SELECT lease_token FROM declaration WHERE id = %(id)s

-- name: wake
UPDATE declaration d SET due_at = now() FROM declaration_version v
WHERE d.id = %(id)s AND d.due_at IS NULL AND v.declaration_id = d.id AND v.version = d.current_version AND v.state = 'decided'
RETURNING d.id

-- name: backlog
SELECT count(*) AS waiting FROM declaration WHERE due_at IS NOT NULL

-- name: record
SELECT d.id::text AS id, v.version, d.current_version, d.lrn, d.mrn, d.declarant, d.eoris, d.direction, d.kind, v.received_at,
    d.accepted_at,
    CASE WHEN v.state = 'received' AND d.lease_until > now() THEN 'processing' ELSE v.state END AS state,
    d.due_at IS NOT NULL AND v.version = d.current_version AS due, d.event_seq, v.documents, d.confirmed,
    (SELECT n.body FROM decision n WHERE n.declaration_id = d.id AND n.version = v.version ORDER BY n.number DESC LIMIT 1) AS decision
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id

-- name: of_id
{record} AND v.version = coalesce(%(version)s, d.current_version) WHERE d.id = %(id)s

-- name: of_name
{record} AND v.version = d.current_version WHERE d.declarant = %(declarant)s AND d.lrn = %(lrn)s

-- name: of_mrn
{record} AND v.version = d.current_version
WHERE d.mrn = %(mrn)s AND (%(eoris)s::text[] IS NULL OR d.eoris && %(eoris)s::text[])

-- name: of_lrn
{record} AND v.version = d.current_version
WHERE d.lrn = %(lrn)s AND (%(eoris)s::text[] IS NULL OR d.eoris && %(eoris)s::text[])
    AND (%(before)s::bigint IS NULL OR d.placed < %(before)s::bigint)
ORDER BY d.placed DESC LIMIT %(limit)s

-- name: all
{record} AND v.version = d.current_version
WHERE (%(before)s::bigint IS NULL OR d.placed < %(before)s::bigint)
ORDER BY d.placed DESC LIMIT %(limit)s

-- name: of_parties
{record} AND v.version = d.current_version
WHERE d.eoris && %(eoris)s::text[] AND (%(before)s::bigint IS NULL OR d.placed < %(before)s::bigint)
ORDER BY d.placed DESC LIMIT %(limit)s

-- name: placed
SELECT placed FROM declaration WHERE id = %(id)s

-- name: model
SELECT model FROM declaration_version WHERE declaration_id = %(id)s AND version = %(version)s

-- name: digest
SELECT digest FROM declaration_version WHERE declaration_id = %(id)s AND version = %(version)s

-- name: events
SELECT seq, kind, at, text, hash FROM event WHERE declaration_id = %(id)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s

-- name: evidence
SELECT e.body FROM evidence_of o JOIN evidence e ON e.day = o.day AND e.digest = o.digest
WHERE o.declaration_id = %(id)s AND o.digest = %(digest)s

-- name: cites
SELECT EXISTS (
    SELECT FROM declaration_version v JOIN declaration d ON d.id = v.declaration_id
    WHERE v.cited @> ARRAY[%(cited)s] AND d.eoris && %(eoris)s::text[]
) AS found

-- name: heads
SELECT id::text AS id, event_seq, event_head FROM declaration ORDER BY id

-- name: chains
SELECT e.declaration_id::text AS id, e.seq, e.text, e.hash, d.event_seq, d.event_head
FROM event e LEFT JOIN declaration d ON d.id = e.declaration_id ORDER BY e.declaration_id, e.seq

-- name: checkpoint
INSERT INTO checkpoint (declarations, events, root) VALUES (%(declarations)s, %(events)s, %(root)s)
