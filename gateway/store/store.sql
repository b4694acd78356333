-- name: ping
SELECT current_setting('transaction_read_only') = 'off' AS writable, extract(epoch FROM clock_timestamp())::float8 AS at;

-- The lock that every writer takes, and releases at once.
-- name: lock_as_a_writer
LOCK TABLE declaration, declaration_version, event IN ROW EXCLUSIVE MODE NOWAIT;

-- name: announce
SELECT pg_notify('gateway_declaration', announced.id) FROM unnest(%(ids)s::text[]) AS announced (id);
