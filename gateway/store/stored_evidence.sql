-- name: evidence
SELECT body FROM evidence_of(%(id)s::uuid, %(digest)s, 1);

-- What holds some pieces of a declaration's evidence, each row once, with those of them that stand in it.
-- name: evidence_among
SELECT w.digests, b.body
FROM bundles_of(%(id)s::uuid, 1) AS b CROSS JOIN LATERAL (
    SELECT array_agg('sha256:' || encode(d, 'hex')) AS digests FROM unnest(b.digests) AS d
    WHERE d IN (SELECT digest_bytes(n) FROM unnest(%(digests)s::text[]) AS n)
) AS w
WHERE w.digests IS NOT NULL
UNION ALL
SELECT ARRAY[l.digest], e.body FROM evidence_link l JOIN evidence e USING (digest, day)
WHERE l.declaration_id = %(id)s::uuid AND l.digest = ANY (%(digests)s::text[]);

-- All evidence of a declaration, as it stands.
-- name: evidence_of_case
SELECT ARRAY(SELECT 'sha256:' || encode(d, 'hex') FROM unnest(b.digests) AS d) AS digests, b.body
FROM bundles_of(%(id)s::uuid, 1) AS b
UNION ALL
SELECT ARRAY[l.digest], e.body FROM evidence_link l JOIN evidence e ON e.digest = l.digest AND e.day = l.day
WHERE l.declaration_id = %(id)s::uuid;

-- The evidence of a step, in its transaction.
-- name: keep_evidence
INSERT INTO evidence_bundle (declaration_id, seq, part, day, digests, body)
SELECT id, seq, part, day, digests, substring(%(bodies)b::bytea FROM start FOR size)
FROM json_to_recordset(%(evidence)s::json) AS b (
    id uuid, seq integer, part integer, day date, digests bytea[], start integer, size integer
);

-- Bundles of all declarations in their order, without their bodies.
-- name: bundles
SELECT declaration_id, seq, part, day, digests FROM evidence_bundle ORDER BY declaration_id, seq, part;

-- name: bundles_with_bodies
SELECT declaration_id, seq, part, day, digests, body FROM evidence_bundle;

-- Of some declarations.
-- name: bundles_among
SELECT declaration_id, seq, part, day, digests FROM evidence_bundle
WHERE declaration_id = ANY (%(ids)s::uuid[]) ORDER BY declaration_id, seq, part;

-- name: bundles_with
SELECT seq, part, day, digests, body FROM evidence_bundle
WHERE declaration_id = %(id)s::uuid AND digest_bytes(%(digest)s) = ANY (digests);

-- name: rewrite_bundle
UPDATE evidence_bundle SET digests = %(digests)s::bytea[], body = %(body)b::bytea
WHERE declaration_id = %(id)s::uuid AND seq = %(seq)s AND part = %(part)s AND day = %(day)s;

-- Evidence whose stored bytes do not end where their frame of Zstandard does (RFC 8878, 3.1.1), found without reading more of them
-- than the heads of blocks; and what zlib wrote, with its bytes.
-- name: not_ending_with_frame
SELECT s.declaration_id, s.digest, s.day, s.seq, s.part, CASE WHEN f.head IS NULL THEN s.body END AS body
FROM (
    SELECT declaration_id::text, NULL AS digest, day, seq, part, body, 4 AS mark,
           substring(body FOR 4) = 'EVB1'::bytea AS marked FROM evidence_bundle
    UNION ALL
    SELECT NULL, digest, day, NULL, NULL, body, 0, true FROM evidence
) AS s CROSS JOIN LATERAL (
    SELECT CASE WHEN s.marked AND length(s.body) > s.mark + 4
                 AND substring(s.body FROM s.mark + 1 FOR 4) = '\x28b52ffd'::bytea
           THEN get_byte(substring(s.body FROM s.mark + 5 FOR 1), 0) END AS head OFFSET 0
) AS f LEFT JOIN LATERAL (
    WITH RECURSIVE block (ends, is_last) AS (
        SELECT s.mark + 5 + 1 - (f.head >> 5 & 1) + (ARRAY[0, 1, 2, 4])[(f.head & 3) + 1]
               + (ARRAY[f.head >> 5 & 1, 2, 4, 8])[(f.head >> 6) + 1], false
        WHERE f.head IS NOT NULL
        UNION ALL
        SELECT b.ends + 3 + CASE WHEN n.size >> 1 & 3 = 1 THEN 1 ELSE n.size >> 3 END, n.size & 1 = 1
        FROM block b CROSS JOIN LATERAL (
            SELECT get_byte(h, 0) + (get_byte(h, 1) << 8) + (get_byte(h, 2) << 16) AS size
            FROM substring(s.body FROM b.ends + 1 FOR 3) AS h OFFSET 0
        ) AS n
        WHERE NOT b.is_last AND b.ends + 3 <= length(s.body)
    )
    SELECT ends FROM block WHERE is_last
) AS b ON true
WHERE b.ends + (f.head & 4) IS DISTINCT FROM length(s.body);
