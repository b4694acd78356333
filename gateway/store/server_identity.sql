-- Where the database stands, and where it stood when it was served last.

-- name: server_identity
SELECT (SELECT system_identifier FROM pg_control_system()) AS system_identifier,
       (SELECT oid::bigint FROM pg_database WHERE datname = current_database()) AS database,
       substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS timeline;

-- name: served_identity
SELECT system_identifier, database, timeline FROM server_identity ORDER BY number DESC LIMIT 1;

-- Two replicas that note the same at one moment note it once.
-- name: note_identity
INSERT INTO server_identity (number, system_identifier, database, timeline, how)
SELECT coalesce(max(number), 0) + 1, %(system_identifier)s, %(database)s, %(timeline)s, %(how)s FROM server_identity
ON CONFLICT DO NOTHING;
