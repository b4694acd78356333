-- All that is stored of one declaration.
-- name: snapshot_time
SELECT now() AS at;

-- name: tables_of_case
SELECT t.digest, t.content FROM table_set t
WHERE t.digest IN (
    SELECT e.text::json -> 'body' -> 'rules' ->> 'digest' FROM event e
    WHERE e.declaration_id = %(id)s::uuid AND e.kind = 'declaration.decided'
)
ORDER BY t.digest;

-- name: expiries
SELECT kind, text FROM installation_event WHERE kind IN ('evidence.expired', 'words.erased') ORDER BY seq;
