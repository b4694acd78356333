-- name: ping
SELECT current_setting('transaction_read_only') = 'off' AS writable;

-- The lock that every writer takes, and gives back at once.
-- name: lock_as_a_writer
LOCK TABLE declaration, declaration_version, event IN ROW EXCLUSIVE MODE NOWAIT;

-- name: tell
SELECT pg_notify('gateway_declaration', told.id) FROM unnest(%(ids)s::text[]) AS told (id);
