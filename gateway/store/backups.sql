-- What a backup takes, and what stands in a database that one was restored to.

-- name: extent
SELECT current_setting('server_version_num')::int / 10000 AS major,
       (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')) AS relations,
       (SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')) AS table_bytes;

-- name: restored_extent
SELECT (SELECT count(*) FROM declaration) AS declarations, (SELECT max(at) FROM event) AS newest;
