-- Sets of tables and the switches between them.

-- name: store_tables
INSERT INTO table_set (digest, version, content) VALUES (%(digest)s, %(version)s, %(content)s)
ON CONFLICT DO NOTHING RETURNING stored_at;

-- name: switch_tables
INSERT INTO table_switch (digest, in_force_at, officer, reason, loosens, actor, approver, salt)
SELECT t.digest, greatest(%(at)s, now()), %(officer)s, %(reason)s, %(loosens)s, %(actor)s, %(approver)s, %(salt)s
FROM table_set t WHERE t.digest = %(digest)s AND (%(late)s OR coalesce(%(at)s, now()) >= now())
RETURNING number, in_force_at, ordered_at, pg_notify('gateway_declaration', %(announced)s);

-- name: tables_in_force
-- The switch that counts and those to come, in their order; how far off each is, in seconds.
WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now),
counting AS (
    SELECT s.number FROM table_switch s, clock WHERE s.in_force_at <= clock.now
    ORDER BY s.in_force_at DESC, s.number DESC LIMIT 1
)
SELECT s.digest, extract(epoch FROM s.in_force_at - clock.now)::float8 AS in_s
FROM table_switch s, clock
WHERE s.in_force_at > clock.now OR s.number = (SELECT number FROM counting)
ORDER BY s.in_force_at, s.number;

-- The set that counts at a time, or now, by the switches that are ordered.
-- name: tables_counting
SELECT s.digest FROM table_switch s WHERE s.in_force_at <= greatest(%(at)s::timestamptz, clock_timestamp())
ORDER BY s.in_force_at DESC, s.number DESC LIMIT 1;

-- name: table_set
SELECT content FROM table_set WHERE digest = %(digest)s;

-- name: table_parts
SELECT digest, body FROM table_part WHERE digest = ANY (%(digests)s);

-- name: stored_parts
SELECT digest FROM table_part WHERE digest = ANY (%(digests)s);

-- name: store_parts
INSERT INTO table_part (digest, body)
SELECT p.digest, p.body FROM unnest(%(digests)s::text[], %(bodies)b::bytea[]) AS p (digest, body)
ON CONFLICT DO NOTHING;

-- name: table_sets
SELECT digest FROM table_set WHERE starts_with(digest, %(digest)s) LIMIT 2;

-- name: table_switches
WITH counting AS (
    SELECT number FROM table_switch WHERE in_force_at <= now() ORDER BY in_force_at DESC, number DESC LIMIT 1
)
SELECT t.digest, t.version, t.stored_at, s.number, s.in_force_at, s.ordered_at, s.officer, s.reason, s.loosens, s.actor,
       s.approver,
       s.number = (SELECT number FROM counting) AS counts, s.in_force_at > now() AS to_come
FROM table_set t LEFT JOIN table_switch s ON s.digest = t.digest
ORDER BY coalesce(s.in_force_at, t.stored_at), s.number;

-- How a set stands: the latest switch to it, and what people were asked about it.
-- name: tables_publication
WITH counting AS (
    SELECT number FROM table_switch WHERE in_force_at <= now() ORDER BY in_force_at DESC, number DESC LIMIT 1
), switched AS (
    SELECT max(in_force_at) AS in_force_at, bool_or(number = (SELECT number FROM counting)) AS counts,
           bool_or(in_force_at > now()) AS to_come
    FROM table_switch WHERE digest = %(digest)s
), asked AS (
    SELECT * FROM approval_standing
    WHERE declaration_id IS NULL AND kind = 'tables' AND body::jsonb #>> '{ordered,tables,digest}' = %(digest)s
), waiting AS (
    SELECT id, asked_at FROM asked WHERE standing = 'open' ORDER BY number LIMIT 1
), rejected AS (
    SELECT id, ended_at FROM asked WHERE standing = 'rejected' ORDER BY number DESC LIMIT 1
)
SELECT now() AS at, (SELECT stored_at FROM table_set WHERE digest = %(digest)s) AS stored_at,
       s.in_force_at, s.counts, s.to_come, w.id AS waiting, w.asked_at, r.id AS rejected, r.ended_at,
       ARRAY(SELECT id::text FROM asked WHERE state = 'open' AND standing <> 'open' ORDER BY number) AS lapsed
FROM switched s LEFT JOIN waiting w ON true LEFT JOIN rejected r ON true;
