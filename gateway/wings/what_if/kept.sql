-- What other rules would have decided.

-- name: keep_report
INSERT INTO what_if_report (asked_by, question, since, until, tables_version, tables_digest, rules, rule_set, figures)
VALUES (
    %(asked_by)s, %(question)s, %(since)s, %(until)s, %(tables_version)s, %(tables_digest)s, %(rules)s, %(rule_set)s, %(figures)s
)
RETURNING id::text AS id;

-- name: newest_reports
SELECT id::text AS id, made_at, asked_by, question, since, until, tables_version, tables_digest, rules, rule_set, NULL AS figures
FROM what_if_report ORDER BY made_at DESC, id LIMIT %(limit)s;

-- name: report
SELECT id::text AS id, made_at, asked_by, question, since, until, tables_version, tables_digest, rules, rule_set, figures
FROM what_if_report WHERE id = %(id)s::uuid;

-- name: erase_report_askers
UPDATE what_if_report SET asked_by = NULL WHERE made_at < %(before)s AND asked_by IS NOT NULL RETURNING id::text AS id;
