-- The server and the database as this role sees them, for whoever looks for what is wrong.

-- name: server_state
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
    current_setting('transaction_read_only') = 'on' AS read_only, pg_is_in_recovery() AS standby,
    extract(epoch FROM clock_timestamp())::float8 AS at, pg_encoding_to_char(d.encoding) AS encoding,
    r.rolsuper AS superuser, has_schema_privilege(current_schema(), 'CREATE') AS may_create,
    has_database_privilege(d.oid, 'CREATE') AS may_create_schemas,
    current_setting('fsync') = 'on' AS fsync, current_setting('full_page_writes') = 'on' AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('autovacuum') = 'on' AND current_setting('track_counts') = 'on' AS autovacuum,
    current_setting('random_page_cost')::float8 AS random_page_cost,
    pg_size_bytes(current_setting('max_wal_size')) AS max_wal_bytes,
    least(
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int,
        CASE WHEN r.rolconnlimit >= 0 THEN r.rolconnlimit END, CASE WHEN d.datconnlimit >= 0 THEN d.datconnlimit END
    ) AS connections,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS connected,
    pg_database_size(d.oid) AS bytes,
    inet_server_addr() IS NOT NULL AND NOT inet_server_addr() <<= inet '127.0.0.0/8' AND inet_server_addr() <> inet '::1' AS remote,
    coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS encrypted
FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user;

-- name: applied_migrations
SELECT name, applied_at FROM migration ORDER BY name;

-- name: table_statistics
SELECT s.relname AS name, s.n_live_tup AS rows, s.n_dead_tup AS dead, pg_total_relation_size(s.relid) AS bytes,
    s.n_tup_ins AS inserted, s.n_tup_upd AS updated, s.n_tup_hot_upd AS updated_in_place, s.n_tup_del AS deleted,
    s.seq_scan AS walks, s.idx_scan AS index_scans, s.last_vacuum, s.last_autovacuum, s.last_analyze, s.last_autoanalyze
FROM pg_stat_user_tables s ORDER BY s.relname;

-- name: signs_of_replicas
SELECT owner, version, at FROM replica ORDER BY at DESC LIMIT 1000;

-- name: events_by_kind
SELECT kind, count(*) AS count FROM event GROUP BY kind ORDER BY kind;

-- name: findings_of_newest
SELECT f.code, count(*) AS count
FROM declaration d CROSS JOIN LATERAL jsonb_array_elements_text(listed_as(d.listing, 0) -> 'findings') AS f (code)
WHERE d.listing IS NOT NULL GROUP BY f.code ORDER BY f.code;

-- name: event_timeline
SELECT seq, kind, at, text FROM event WHERE declaration_id = %(id)s::uuid ORDER BY seq;
