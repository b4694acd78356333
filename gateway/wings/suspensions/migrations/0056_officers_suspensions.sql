-- Suspensions in which an officer has to speak next are open matters of their case.
-- serves beside: 1.0.0
ALTER TABLE suspension ADD COLUMN officers boolean NOT NULL DEFAULT false;     -- whether an officer has to speak next

UPDATE suspension s SET officers = true
FROM declaration d, json_array_elements(d.shut::json) AS one
WHERE d.id = s.declaration_id AND (one ->> 'number')::int = s.number AND one ->> 'awaits' = 'officer';

CREATE INDEX suspension_officers ON suspension (declaration_id) WHERE officers;

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
    SELECT a.declaration_id, 'request', a.asked_at, a.id::text, a.kind, a.body::jsonb #>> '{by,person}', a.ends_at
    FROM approval a
    WHERE a.declaration_id IS NOT NULL AND a.state = 'open' AND a.ends_at > now()
      AND a.stands_on = approval_basis(a.kind, a.declaration_id)
    UNION ALL
    SELECT s.declaration_id, 'suspension', (s.body::json #>> '{words,0,at}')::timestamptz, s.number::text,
           s.body::json #>> '{terms,regime,title}', NULL, NULL
    FROM suspension s WHERE s.officers
) AS m;
