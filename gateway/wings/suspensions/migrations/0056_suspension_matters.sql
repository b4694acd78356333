-- What is open of a case, with the suspensions in which an officer has to speak next.
-- serves beside: 1.0.0
CREATE VIEW case_matter AS
SELECT declaration_id, kind, since, person, matter FROM open_matter
UNION ALL
SELECT s.declaration_id, 'suspension', (s.body::json #>> '{words,0,at}')::timestamptz, NULL,
       json_build_object('kind', 'suspension', 'since', s.body::json #>> '{words,0,at}', 'id', s.number::text,
                         'about', s.body::json #>> '{terms,regime,title}', 'by', NULL, 'ends_at', NULL)
FROM suspension s WHERE s.officers;
