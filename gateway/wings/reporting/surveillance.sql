-- What is due for Surveillance. The trigger of migration 0070 writes it in the commits of releases.

-- name: surveillance_switch_on
INSERT INTO surveillance_switch (issuer, identity) SELECT %(issuer)s, coalesce(max(number), 0) FROM server_identity ON CONFLICT DO NOTHING;

-- A database that was restored may have lost numbers that the receiver knows.
-- name: surveillance_switch
SELECT s.issuer, s.since, EXISTS (
    SELECT FROM server_identity i WHERE i.number > s.identity AND i.how IN ('restored', 'settled', 'nothing lost')
) AS restored
FROM surveillance_switch s;

-- What was released before the trigger was there, or by a commit that did not see the switch yet, is due by its notices.
-- name: surveillance_fill
WITH began AS (
    SELECT applied_at FROM migration WHERE name = '0070_surveillance_due.after.sql'
), known AS (
    SELECT s.since, s.filled_to FROM surveillance_switch s
    WHERE s.filled_to < greatest(s.since, coalesce((SELECT applied_at FROM began), 'infinity')) + interval '10 minutes'
    FOR NO KEY UPDATE
), filled AS (
    UPDATE surveillance_switch SET filled_to = now() WHERE EXISTS (SELECT FROM known)
)
INSERT INTO surveillance_due (declaration_id, mark)
SELECT DISTINCT d.id, d.event_seq
FROM known k JOIN notice n ON n.at >= k.since AND n.at >= k.filled_to - interval '10 minutes' JOIN declaration d ON d.id = n.declaration_id
WHERE d.released IS NOT NULL OR d.kind = 'supplementary' AND d.accepted_at IS NOT NULL
ON CONFLICT DO NOTHING;

-- name: surveillance_due
SELECT declaration_id::text AS id, mark FROM surveillance_due
WHERE declaration_id > %(after)s::uuid ORDER BY declaration_id LIMIT %(limit)s;
