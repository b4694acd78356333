-- Control orders that keep goods, as their declaration holds them. A gateway that does not know them would release what is controlled:
-- none serves beside.
-- serves beside: 1.0.0
ALTER TABLE declaration ADD COLUMN controlled text;         -- NULL: none keeps anything

-- What is open of a case, with the control orders that keep its goods.
CREATE VIEW matter_in_case AS
SELECT declaration_id, kind, since, person, matter FROM case_matter
UNION ALL
SELECT d.id, 'control', (c ->> 'since')::timestamptz, NULL,
       json_build_object('kind', 'control', 'since', c ->> 'since', 'id', c ->> 'number', 'about', coalesce(c ->> 'found', ''), 'by', NULL,
                         'ends_at', NULL)
FROM declaration d, json_array_elements(d.controlled::json) AS c
WHERE d.controlled IS NOT NULL AND d.ended IS NULL AND coalesce(d.released::jsonb ->> 'whole', 'false') = 'false';
