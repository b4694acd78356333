-- The evidence of a commit in one row. What stands in `evidence` and `evidence_link` is read as before; which of both is written
-- is said by `finished`: an older gateway cannot read bundles.
-- serves beside: 0.1.0

-- A partition per day, made ahead, as of `evidence`.
CREATE TABLE evidence_bundle (
    declaration_id  uuid NOT NULL,
    seq             integer NOT NULL,                           -- the last event of the commit,
    part            integer NOT NULL,                           -- counted from 0: many or large pieces are several bundles
    day             date NOT NULL,                              -- of that event, in UTC
    digests         bytea[] NOT NULL,                           -- of the pieces, in their order
    body            bytea NOT NULL,
    PRIMARY KEY (declaration_id, seq, part, day)
) PARTITION BY RANGE (day);
ALTER TABLE evidence_bundle ALTER COLUMN body SET STORAGE EXTERNAL;  -- compressed already
CREATE TABLE evidence_bundle_default PARTITION OF evidence_bundle DEFAULT;

-- The digest as bundles have it; NULL: it is none.
CREATE FUNCTION digest_bytes(digest text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN digest ~ '^sha256:[0-9a-f]{64}$' THEN decode(substr(digest, 8), 'hex') END
$$;

-- The bundles of a declaration from one event on, each found by its own key in the partition of its day. Nothing else is known to
-- be in few partitions, and a join could become a walk.
CREATE FUNCTION bundles_of(declaration uuid, since integer)
RETURNS TABLE (seq integer, part integer, day date, digests bytea[], body bytea) LANGUAGE sql STABLE AS $$
    SELECT b.seq, b.part, b.day, b.digests, b.body
    FROM event e CROSS JOIN LATERAL (
        SELECT * FROM evidence_bundle o
        WHERE o.declaration_id = e.declaration_id AND o.seq = e.seq AND o.day = (e.at AT TIME ZONE 'UTC')::date
        OFFSET 0
    ) AS b
    WHERE e.declaration_id = declaration AND e.seq >= since
    ORDER BY e.seq, b.part
$$;

-- Where a piece of evidence of a declaration stands, which an event tells of: in the first bundle from that event on, else by itself.
CREATE FUNCTION evidence_of(declaration uuid, wanted text, since integer) RETURNS TABLE (body bytea) LANGUAGE sql STABLE AS $$
    SELECT k.body FROM (
        (
            SELECT b.body
            FROM event e CROSS JOIN LATERAL (
                SELECT o.body FROM evidence_bundle o
                WHERE o.declaration_id = e.declaration_id AND o.seq = e.seq AND o.day = (e.at AT TIME ZONE 'UTC')::date
                  AND digest_bytes(wanted) = ANY (o.digests)
                LIMIT 1
            ) AS b
            WHERE e.declaration_id = declaration AND e.seq >= since
            ORDER BY e.seq LIMIT 1
        )
        UNION ALL
        (
            SELECT e.body FROM evidence_link l JOIN evidence e ON (e.digest, e.day) = (l.digest, l.day)
            WHERE l.declaration_id = declaration AND l.digest = wanted LIMIT 1
        )
    ) AS k LIMIT 1
$$;

-- What is finished of changes that replicas of two versions go through together: from then on every replica has to know of it.
CREATE TABLE finished (
    name            text PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now()
);

-- Replicas, and which of these each can take part in.
CREATE TABLE replica (
    owner           text PRIMARY KEY,                           -- of leases
    version         text NOT NULL,
    reads           text[] NOT NULL,                            -- names as in `finished`
    at              timestamptz NOT NULL                        -- its last sign of life
);
