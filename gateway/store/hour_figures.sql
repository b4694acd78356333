-- What became of declarations hour by hour, and what was released.

-- Counts the hours since the last count began, and the one before: what was told late is in it. Hours beyond a month are forgotten.
-- name: count_hours
WITH span AS (
    SELECT greatest(
        date_trunc('hour', coalesce((SELECT at FROM hour_count), '-infinity')) - interval '1 hour',
        date_trunc('hour', now()) - interval '8 days'
    ) AS since
), told AS (
    SELECT n.id, n.declaration_id, date_trunc('hour', n.at) AS hour, n.kind, n.effect
    FROM notice n, span s WHERE n.at >= s.since AND n.kind IN ('decided', 'changed', 'released')
), decided AS (
    SELECT DISTINCT ON (declaration_id, hour) declaration_id, hour, effect FROM told WHERE kind <> 'released'
    ORDER BY declaration_id, hour, id DESC
), counted AS (
    SELECT c.hour, coalesce(d.office, '') AS office, coalesce(d.presentation_office, '') AS presentation_office, c.free, c.held,
           c.refused, c.released
    FROM (
        SELECT declaration_id, hour, (effect IN ('release', 'none'))::integer AS free, (effect = 'hold')::integer AS held,
               (effect = 'refuse')::integer AS refused, 0 AS released
        FROM decided
        UNION ALL
        SELECT DISTINCT declaration_id, hour, 0, 0, 0, 1 FROM told WHERE kind = 'released'
    ) AS c JOIN declaration d ON d.id = c.declaration_id
    UNION ALL
    -- What stands there of these hours counts anew.
    SELECT f.hour, f.office, f.presentation_office, 0, 0, 0, 0 FROM hour_figures f, span s WHERE f.hour >= s.since
), forgotten AS (
    DELETE FROM hour_figures WHERE hour < now() - interval '31 days'
), figures AS (
    INSERT INTO hour_figures (hour, office, presentation_office, free, held, refused, released)
    SELECT hour, office, presentation_office, coalesce(sum(free), 0), coalesce(sum(held), 0), coalesce(sum(refused), 0), sum(released)
    FROM counted GROUP BY 1, 2, 3
    ON CONFLICT (hour, office, presentation_office) DO UPDATE
    SET free = EXCLUDED.free, held = EXCLUDED.held, refused = EXCLUDED.refused, released = EXCLUDED.released
)
INSERT INTO hour_count (at) VALUES (now()) ON CONFLICT (one) DO UPDATE SET at = EXCLUDED.at;

-- name: hours_counted_at
SELECT at FROM hour_count;

-- name: hours
SELECT hour, sum(free)::integer AS free, sum(held)::integer AS held, sum(refused)::integer AS refused, sum(released)::integer AS released
FROM hour_figures
WHERE hour >= %(since)s AND hour < %(until)s
  AND (%(offices)s::text[] IS NULL OR office = ANY (%(offices)s::text[]) OR presentation_office = ANY (%(offices)s::text[]))
GROUP BY hour ORDER BY hour;

-- Releases of a time, the newest first, as they were told of.
-- name: releases
SELECT n.id AS place, n.at, d.id::text AS id, d.lrn, d.mrn, d.declarant, d.office, n.state = 'released' AS whole
FROM notice n JOIN declaration d ON d.id = n.declaration_id
WHERE n.kind = 'released' AND n.at >= %(since)s AND n.at < %(until)s AND n.id < %(before)s
  AND (%(offices)s::text[] IS NULL OR d.office = ANY (%(offices)s::text[]) OR d.presentation_office = ANY (%(offices)s::text[]))
  AND (%(wanted_offices)s::text[] IS NULL OR d.office = ANY (%(wanted_offices)s::text[])
       OR d.presentation_office = ANY (%(wanted_offices)s::text[]))
  AND (%(declarant)s::text IS NULL OR d.declarant = %(declarant)s::text)
  AND (%(references)s::text[] IS NULL OR EXISTS (
      SELECT FROM citation c WHERE c.declaration_id = d.id AND c.reference = ANY (%(references)s::text[])
  ))
ORDER BY n.id DESC LIMIT %(limit)s;
