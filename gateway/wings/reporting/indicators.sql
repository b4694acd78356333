-- Indicators: the events of a day, counted for each office. Each count stands in a statement of its own, within one transaction of a day.

-- One process counts a day at a time.
-- name: indicator_turn
SELECT pg_advisory_xact_lock(620261172);

-- The first day that has anything to count; none: nothing was ever lodged.
-- name: indicator_first
SELECT received_at AS at FROM declaration ORDER BY number LIMIT 1;

-- name: indicator_folded
SELECT day, events FROM indicator_fold WHERE day >= %(since)s AND day < %(until)s ORDER BY day;

-- How many events the days of a span have now, by their bounds.
-- name: indicator_events
SELECT s.day, (SELECT count(*) FROM event e WHERE e.at >= s.since AND e.at < s.until) AS events
FROM unnest(%(days)s::date[], %(since)s::timestamptz[], %(until)s::timestamptz[]) AS s (day, since, until) ORDER BY s.day;

-- name: indicator_clear
DELETE FROM indicator_day WHERE day = %(day)s;

-- A day that cannot be counted has no figures.
-- name: indicator_forget
DELETE FROM indicator_fold WHERE day = %(day)s;

-- name: indicator_note
INSERT INTO indicator_fold (day, events, at)
SELECT %(day)s::date, count(*), clock_timestamp() FROM event WHERE at >= %(since)s AND at < %(until)s
ON CONFLICT (day) DO UPDATE SET events = EXCLUDED.events, at = EXCLUDED.at;

-- What was lodged, released against the decision, and suspended.
-- name: indicator_received
INSERT INTO indicator_day (count, day, office, part, number)
SELECT c.count, %(day)s::date, coalesce(d.office, ''), c.part, count(*)
FROM (
    SELECT declaration_id, CASE kind WHEN 'declaration.received' THEN 'lodged' WHEN 'release.received' THEN 'override' ELSE 'suspended' END,
           CASE kind WHEN 'suspension.opened' THEN coalesce(text::json #>> '{body,regime}', '') ELSE '' END
    FROM event
    WHERE at >= %(since)s AND at < %(until)s AND kind IN ('declaration.received', 'release.received', 'suspension.opened')
      AND (kind <> 'release.received' OR text::json #>> '{body,override}' = 'true')
) AS c (declaration_id, count, part) JOIN declaration d ON d.id = c.declaration_id
GROUP BY 1, 3, 4;

-- Decisions: the first that did not hold, without an officer's act before it or not; with it the documents that were confirmed.
-- name: indicator_decided
WITH told AS MATERIALIZED (
    SELECT e.declaration_id, e.seq, (e.text::json #>> '{body,number}')::integer AS number, coalesce(d.office, '') AS office
    FROM event e JOIN declaration d ON d.id = e.declaration_id
    WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind = 'declaration.decided' AND e.text::json #>> '{body,effect}' <> 'hold'
      AND NOT EXISTS (
          SELECT FROM event p WHERE p.declaration_id = e.declaration_id AND p.seq < e.seq AND p.kind = 'declaration.decided'
            AND p.text::json #>> '{body,effect}' <> 'hold'
      )
)
INSERT INTO indicator_day (count, day, office, part, number)
SELECT 'decided', %(day)s::date, office, '', count(*) FROM told GROUP BY office
UNION ALL
SELECT 'decided_alone', %(day)s::date, office, '', count(*) FROM told t
WHERE NOT EXISTS (SELECT FROM act a WHERE a.declaration_id = t.declaration_id AND a.event_seq < t.seq) GROUP BY office
UNION ALL
SELECT 'confirmed', %(day)s::date, t.office, o ->> 'type', count(*)
FROM told t JOIN decision c ON c.declaration_id = t.declaration_id AND c.number = t.number
CROSS JOIN LATERAL json_array_elements(c.body::json #> '{decision,documents}') AS o
WHERE o ->> 'status' = 'valid' AND o ->> 'authority' IS NOT NULL GROUP BY t.office, o ->> 'type';

-- Holds as they began, each by the authorities of the documents that hold.
-- name: indicator_held
WITH told AS MATERIALIZED (
    SELECT e.declaration_id, (e.text::json #>> '{body,number}')::integer AS number, coalesce(d.office, '') AS office
    FROM event e JOIN declaration d ON d.id = e.declaration_id
    WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind = 'declaration.decided' AND e.text::json #>> '{body,effect}' = 'hold'
      AND 'hold' IS DISTINCT FROM (
          SELECT p.text::json #>> '{body,effect}' FROM event p
          WHERE p.declaration_id = e.declaration_id AND p.seq < e.seq AND p.kind = 'declaration.decided' ORDER BY p.seq DESC LIMIT 1
      )
), parts AS (
    SELECT DISTINCT t.declaration_id, t.number, t.office, coalesce(o.authority, '') AS part
    FROM told t LEFT JOIN LATERAL (
        SELECT o ->> 'authority' AS authority FROM decision c CROSS JOIN LATERAL json_array_elements(c.body::json #> '{decision,documents}') AS o
        WHERE c.declaration_id = t.declaration_id AND c.number = t.number AND o ->> 'effect' = 'hold' AND o ->> 'authority' IS NOT NULL
    ) AS o ON true
)
INSERT INTO indicator_day (count, day, office, part, number)
SELECT 'held', %(day)s::date, office, part, count(*) FROM parts GROUP BY office, part;

-- What nobody could say, what was over-used, and what contingency windows decided: each declaration once a day.
-- name: indicator_uncertain
WITH told AS MATERIALIZED (
    SELECT e.declaration_id, e.text::json -> 'body' AS body, coalesce(d.office, '') AS office
    FROM event e JOIN declaration d ON d.id = e.declaration_id
    WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind = 'declaration.decided'
), documents AS MATERIALIZED (
    SELECT t.declaration_id, t.office, coalesce(o ->> 'authority', '') AS part, o ->> 'status' AS status,
           EXISTS (
               SELECT FROM json_array_elements(c.body::json #> '{decision,findings}') AS f
               WHERE f ->> 'code' = 'SW-DEC-070' AND f #>> '{document,type}' = o ->> 'type'
                 AND f #>> '{document,reference}' = o ->> 'reference'
           ) AS over
    FROM told t JOIN decision c ON c.declaration_id = t.declaration_id AND c.number = (t.body ->> 'number')::integer
    CROSS JOIN LATERAL json_array_elements(c.body::json #> '{decision,documents}') AS o
), refused AS (
    SELECT e.declaration_id, coalesce(d.office, '') AS office, m.adapter AS part
    FROM event e JOIN declaration d ON d.id = e.declaration_id
    CROSS JOIN LATERAL json_array_elements(e.text::json #> '{body,movements}') AS s
    JOIN movement m ON m.declaration_id = e.declaration_id AND m.number = (s ->> 'number')::integer
    WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind = 'quantity.settled' AND s ->> 'refusal' = 'insufficient'
)
INSERT INTO indicator_day (count, day, office, part, number)
SELECT 'contingency', %(day)s::date, office, '', count(DISTINCT declaration_id) FROM told WHERE body -> 'contingency' IS NOT NULL GROUP BY office
UNION ALL
SELECT 'not_determined', %(day)s::date, office, part, count(DISTINCT declaration_id) FROM documents
WHERE status = 'undetermined' GROUP BY office, part
UNION ALL
SELECT 'over_use', %(day)s::date, office, part, count(DISTINCT declaration_id) FROM (
    SELECT declaration_id, office, part FROM documents WHERE over UNION ALL SELECT declaration_id, office, part FROM refused
) AS over GROUP BY office, part;

-- The first release of goods, by the time since they were lodged.
-- name: indicator_released
INSERT INTO indicator_day (count, day, office, part, number)
SELECT 'released', %(day)s::date, coalesce(d.office, ''), coalesce((
    SELECT t.part FROM unnest(%(parts)s::text[], %(seconds)s::float8[]) AS t (part, seconds)
    WHERE extract(epoch FROM e.at - d.received_at) < t.seconds ORDER BY t.seconds LIMIT 1
), %(more)s), count(*)
FROM event e JOIN declaration d ON d.id = e.declaration_id
WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind = 'declaration.released' AND NOT EXISTS (
    SELECT FROM event p WHERE p.declaration_id = e.declaration_id AND p.seq < e.seq AND p.kind = 'declaration.released'
)
GROUP BY 3, 4;

-- Amendments of what the decision before held or refused.
-- name: indicator_corrected
INSERT INTO indicator_day (count, day, office, part, number)
SELECT 'corrected', %(day)s::date, coalesce(d.office, ''), '', count(*)
FROM event e JOIN declaration d ON d.id = e.declaration_id
WHERE e.at >= %(since)s AND e.at < %(until)s AND e.kind = 'amendment.received' AND (
    SELECT p.text::json #>> '{body,effect}' FROM event p
    WHERE p.declaration_id = e.declaration_id AND p.seq < e.seq AND p.kind = 'declaration.decided' ORDER BY p.seq DESC LIMIT 1
) IN ('hold', 'refuse')
GROUP BY 3;

-- What each office has of a count in all.
-- name: indicator_sums
INSERT INTO indicator_day (count, day, office, part, number)
SELECT count, day, office, '*', sum(number) FROM indicator_day WHERE day = %(day)s::date GROUP BY count, day, office;

-- The sums of whole periods, at some offices or (NULL) at all.
-- name: indicator_whole
SELECT count, date_trunc(%(period)s, day::timestamp)::date AS first, office, '*' AS part, sum(number)::bigint AS number
FROM indicator_day
WHERE part = '*' AND count = ANY (%(counts)s::text[]) AND day >= %(since)s AND day < %(until)s
  AND (%(offices)s::text[] IS NULL OR office = ANY (%(offices)s::text[]))
GROUP BY 1, 2, 3;

-- The figures of whole periods, at some offices or (NULL) at all.
-- name: indicator_figures
SELECT count, date_trunc(%(period)s, day::timestamp)::date AS first, office, part, sum(number)::bigint AS number
FROM indicator_day
WHERE part <> '*' AND count = ANY (%(counts)s::text[]) AND day >= %(since)s AND day < %(until)s
  AND (%(offices)s::text[] IS NULL OR office = ANY (%(offices)s::text[]))
GROUP BY 1, 2, 3, 4;
