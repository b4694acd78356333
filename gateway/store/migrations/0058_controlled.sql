-- Control orders that keep goods, as their declaration holds them. A gateway that does not know them would release what is controlled:
-- none serves beside.
-- serves beside: 1.0.0
ALTER TABLE declaration ADD COLUMN controlled text;         -- NULL: none keeps anything

CREATE OR REPLACE VIEW open_matter AS
SELECT m.declaration_id, m.kind, m.since, m.person,
       json_build_object('kind', m.kind, 'since', m.since, 'id', m.id, 'about', m.about, 'by', m.person, 'ends_at', m.ends_at) AS matter
FROM (
    SELECT a.declaration_id, 'application' AS kind, a.applied_at AS since, a.id::text AS id, a.kind AS about, NULL AS person,
           NULL::timestamptz AS ends_at
    FROM application a WHERE a.state = 'open'
    UNION ALL
    SELECT d.id, 'examination', (d.examination::jsonb ->> 'announced_at')::timestamptz, NULL, coalesce(d.examination::jsonb ->> 'of', 'goods'),
           NULL, NULL
    FROM declaration d
    WHERE d.examination IS NOT NULL AND d.ended IS NULL
      AND d.examination::jsonb ->> 'took_place_at' IS NULL AND d.examination::jsonb ->> 'withdrawn_at' IS NULL
    UNION ALL
    SELECT d.id, 'control', (c ->> 'since')::timestamptz, c ->> 'number', coalesce(c ->> 'found', ''), NULL, NULL
    FROM declaration d, json_array_elements(d.controlled::json) AS c
    WHERE d.controlled IS NOT NULL AND d.ended IS NULL AND coalesce(d.released::jsonb ->> 'whole', 'false') = 'false'
    UNION ALL
    SELECT a.declaration_id, 'request', a.asked_at, a.id::text, a.kind, a.body::jsonb #>> '{by,person}', a.ends_at
    FROM approval a
    WHERE a.declaration_id IS NOT NULL AND a.state = 'open' AND a.ends_at > now()
      AND a.stands_on = approval_basis(a.kind, a.declaration_id)
) AS m;
