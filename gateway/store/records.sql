-- name: record
SELECT * FROM declaration_record WHERE id = %(id)s::uuid AND version = coalesce(%(version)s::integer, current_version);

-- name: record_by_lrn
SELECT * FROM declaration_record WHERE declarant = %(declarant)s AND lrn = %(lrn)s AND version = current_version;

-- name: record_by_mrn
SELECT * FROM declaration_record WHERE mrn = %(mrn)s AND version = current_version;

-- Pages: a statement for each way of asking, and the records one by one (OFFSET 0) to the numbers of the page. None is
-- planned for its values: a plan that does not know how short the page is would read all declarations. A page ends where what
-- is stored of its decisions comes to so many bytes; their lengths are known without reading them.
-- name: page
SELECT * FROM (
    SELECT p.*, count(*) OVER () AS there, sum(p.size) OVER (ORDER BY p.number DESC) - p.size AS bytes_before FROM (
        SELECT r.*, coalesce(octet_length(r.decision), 0) + coalesce(octet_length(r.documents), 0) AS size
        FROM (
            SELECT number FROM declaration WHERE number < %(before)s ORDER BY number DESC LIMIT %(limit)s
        ) AS numbers
        CROSS JOIN LATERAL (
            SELECT * FROM declaration_record d WHERE d.number = numbers.number AND d.version = d.current_version OFFSET 0
        ) AS r
    ) AS p
) AS page WHERE bytes_before < %(most)s
ORDER BY number DESC;

-- name: page_by_name
SELECT * FROM (
    SELECT p.*, count(*) OVER () AS there, sum(p.size) OVER (ORDER BY p.number DESC) - p.size AS bytes_before FROM (
        SELECT r.*, coalesce(octet_length(r.decision), 0) + coalesce(octet_length(r.documents), 0) AS size
        FROM declaration_record r
        WHERE (mrn = %(mrn)s::text OR lrn = %(lrn)s::text)
          AND (%(mrn)s::text IS NULL OR mrn = %(mrn)s::text) AND (%(lrn)s::text IS NULL OR lrn = %(lrn)s::text)
          AND (%(eoris)s::text[] IS NULL
               OR EXISTS (SELECT 1 FROM party p WHERE p.declaration_id = r.id AND p.eori = ANY (%(eoris)s::text[])))
          AND number < %(before)s AND version = current_version
        ORDER BY number DESC LIMIT %(limit)s
    ) AS p
) AS page WHERE bytes_before < %(most)s
ORDER BY number DESC;

-- name: page_of_parties
SELECT * FROM (
    SELECT p.*, count(*) OVER () AS there, sum(p.size) OVER (ORDER BY p.number DESC) - p.size AS bytes_before FROM (
        SELECT r.*, coalesce(octet_length(r.decision), 0) + coalesce(octet_length(r.documents), 0) AS size
        FROM (
            SELECT DISTINCT p.number FROM party p
            WHERE p.eori = ANY (%(eoris)s::text[]) AND p.number < %(before)s
            ORDER BY p.number DESC LIMIT %(limit)s
        ) AS numbers
        CROSS JOIN LATERAL (
            SELECT * FROM declaration_record d WHERE d.number = numbers.number AND d.version = d.current_version OFFSET 0
        ) AS r
    ) AS p
) AS page WHERE bytes_before < %(most)s
ORDER BY number DESC;

-- name: version
SELECT digest, model FROM declaration_version WHERE declaration_id = %(id)s::uuid AND version = %(version)s;

-- name: decision
SELECT body FROM decision WHERE declaration_id = %(id)s::uuid AND number = %(number)s;

-- name: officer_verifications
SELECT body FROM officer_verification WHERE declaration_id = %(id)s::uuid ORDER BY event_seq;

-- name: events
SELECT seq, kind, at, text, hash FROM event
WHERE declaration_id = %(id)s::uuid AND seq > %(after)s
ORDER BY seq LIMIT %(limit)s;

-- name: evidence
SELECT e.body FROM evidence_link l JOIN evidence e USING (digest, day)
WHERE l.declaration_id = %(id)s::uuid AND l.digest = %(digest)s;

-- name: cites
SELECT EXISTS (
    SELECT 1 FROM citation c JOIN party p USING (declaration_id)
    WHERE c.reference = ANY (%(references)s::text[]) AND c.type = %(type)s AND p.eori = ANY (%(eoris)s::text[])
) AS cited;

-- name: tell
SELECT pg_notify('gateway_declaration', told.id) FROM unnest(%(ids)s::text[]) AS told (id);

-- name: ping
SELECT current_setting('transaction_read_only') = 'off' AS writable;

-- name: settled_among
SELECT id::text AS id FROM declaration WHERE id = ANY (%(ids)s::uuid[]) AND due_at IS NULL;

-- The lock that every writer takes, and gives back at once.
-- name: lock_as_a_writer
LOCK TABLE declaration, declaration_version, event IN ROW EXCLUSIVE MODE NOWAIT;

