-- What was stored with its wider elements by a replica that did not know the numbers yet.
INSERT INTO transport_number (declaration_id, number, last)
SELECT v.declaration_id, n.number, max(v.version)
FROM declaration_version v CROSS JOIN LATERAL (SELECT v.model::jsonb -> 'transport' AS transport OFFSET 0) AS m
CROSS JOIN LATERAL (
    SELECT translate(upper(one #>> '{}'), ' -./', '') AS number
    FROM unnest(ARRAY['$.containers[*].number', '$.at_departure[*].number', '$.at_border[*].number', '$.at_arrival[*].number']::jsonpath[]) AS p (path)
    CROSS JOIN LATERAL jsonb_path_query(m.transport, p.path) AS one
) AS n
WHERE v.received_at > (SELECT applied_at - interval '1 day' FROM migration WHERE name = '0064_wider_declaration.after.sql')
  AND v.model LIKE '%"transport":{%' AND n.number <> ''
GROUP BY 1, 2
ON CONFLICT (declaration_id, number) DO UPDATE SET last = greatest(transport_number.last, excluded.last);
