-- Declarations as lists show them. `driver` says where they are looked for, so that no list reads all declarations: among what is
-- held, what has a name, a party's, or the newest. What is not filled in yet (decided by another version of the gateway) is on every
-- list, whatever it is searched by: nobody may miss it.
-- name: work_list
WITH matter AS MATERIALIZED (
    -- What is open, as far as this reader is told of it, with whose turn each thing makes it.
    SELECT o.declaration_id, min(o.since) AS since, array_agg(%(turn_of)s::jsonb ->> o.kind) AS turns, json_agg(o.matter) AS matters,
           -- Whoever asked cannot answer: for them it waits for another officer.
           bool_and(coalesce(o.person = %(person)s::text, false)) AS own
    FROM matter_in_case o WHERE o.kind = ANY (%(matters)s::text[]) GROUP BY o.declaration_id
), named AS MATERIALIZED (
    SELECT number FROM (
        SELECT d.number FROM declaration d WHERE %(driver)s = 'name' AND d.mrn = %(mrn)s::text
        UNION
        SELECT d.number FROM declaration d WHERE %(driver)s = 'name' AND d.lrn = %(lrn)s::text
        UNION
        SELECT d.number FROM citation c JOIN declaration d ON d.id = c.declaration_id
        WHERE %(driver)s = 'document' AND c.reference = ANY (%(references)s::text[])
        UNION
        SELECT d.number FROM unnest(%(lows)s::text[], %(highs)s::text[]) AS e (low, high), declaration d
        WHERE %(driver)s = 'end' AND d.mrn IS NOT NULL AND reverse(d.mrn) ~>=~ e.low AND reverse(d.mrn) ~<~ e.high
        UNION
        SELECT d.number FROM unnest(%(lows)s::text[], %(highs)s::text[]) AS e (low, high), declaration d
        WHERE %(driver)s = 'end' AND reverse(d.lrn) ~>=~ e.low AND reverse(d.lrn) ~<~ e.high
        UNION
        SELECT p.number FROM unnest(%(lows)s::text[], %(highs)s::text[]) AS e (low, high), party p
        WHERE %(driver)s = 'end' AND reverse(p.eori) ~>=~ e.low AND reverse(p.eori) ~<~ e.high
        UNION
        SELECT d.number
        FROM unnest(%(lows)s::text[], %(highs)s::text[]) AS e (low, high), citation c JOIN declaration d ON d.id = c.declaration_id
        WHERE %(driver)s = 'end' AND reverse(c.reference) ~>=~ e.low AND reverse(c.reference) ~<~ e.high
          AND (%(eoris)s::text[] IS NULL OR EXISTS (
              SELECT 1 FROM party p WHERE p.declaration_id = d.id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= c.last
          ))
        UNION
        SELECT d.number
        FROM unnest(%(number_lows)s::text[], %(number_highs)s::text[]) AS e (low, high), transport_number t JOIN declaration d ON d.id = t.declaration_id
        WHERE %(driver)s = 'end' AND reverse(t.number) ~>=~ e.low AND reverse(t.number) ~<~ e.high
          AND (%(eoris)s::text[] IS NULL OR EXISTS (
              SELECT 1 FROM party p WHERE p.declaration_id = d.id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= t.last
          ))
    ) AS n
    WHERE %(by_age)s OR number < %(before)s::bigint
    ORDER BY number DESC LIMIT %(window)s
), candidate AS MATERIALIZED (
    SELECT number FROM declaration
    WHERE %(driver)s = 'held' AND (held_since IS NOT NULL OR decision_count <> coalesce(listed, 0))
    UNION ALL
    SELECT d.number FROM matter o JOIN declaration d ON d.id = o.declaration_id
    WHERE %(driver)s = 'held' AND d.held_since IS NULL AND d.decision_count = coalesce(d.listed, 0)
    UNION ALL
    SELECT number FROM named
    UNION ALL
    SELECT number FROM (
        SELECT DISTINCT p.number FROM party p
        WHERE %(driver)s = 'parties' AND p.eori = ANY (%(drivers)s::text[]) AND p.number < %(before)s::bigint
        ORDER BY p.number DESC LIMIT %(window)s
    ) AS of_parties
    UNION ALL
    SELECT number FROM (
        SELECT d.number FROM declaration d WHERE %(driver)s = 'newest' AND d.number < %(before)s::bigint
        ORDER BY d.number DESC LIMIT %(window)s
    ) AS newest
    UNION ALL
    SELECT d.number FROM declaration d WHERE %(driver)s = 'among' AND d.id = ANY (%(among)s::uuid[])
), read AS (
    SELECT d.number, d.held_since, d.received_at, v.state AS stored_state,
           CASE WHEN v.state = 'received' AND d.lease_until > now() THEN 'processing' ELSE v.state END AS state,
           d.decision_count <> coalesce(d.listed, 0) AS unfilled,
           d.held_since IS NOT NULL AND v.state = 'decided' AS held, d.confirmed, d.ended,
           coalesce(d.held_since, o.since, d.received_at) AS held_at, o.turns, o.matters, coalesce(o.own, false) AS own,
           -- Lodged before offices were kept on the head, and not filled in: the content says it.
           CASE WHEN d.office IS NULL THEN v.model::json ->> 'customs_office' ELSE d.office END AS lodged_at,
           CASE WHEN d.office IS NULL THEN v.model::json ->> 'presentation_office' ELSE d.presentation_office END AS presented_at,
           CASE WHEN v.decision_number = d.listed AND d.decision_count = d.listed THEN
               listed_as(d.listing, CASE WHEN d.confirmed THEN %(told)s::integer ELSE %(untold)s::integer END)
           END AS entry
    FROM candidate c JOIN declaration d ON d.number = c.number
    JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
    LEFT JOIN matter o ON o.declaration_id = d.id
    WHERE (%(eoris)s::text[] IS NULL OR d.eoris && %(eoris)s::text[])
      AND (%(mrn)s::text IS NULL OR d.mrn = %(mrn)s::text) AND (%(lrn)s::text IS NULL OR d.lrn = %(lrn)s::text)
      AND (%(declarant)s::text IS NULL OR d.declarant = %(declarant)s::text)
      AND (%(since)s::timestamptz IS NULL OR d.received_at >= %(since)s::timestamptz)
      AND (%(until)s::timestamptz IS NULL OR d.received_at < %(until)s::timestamptz)
      AND (%(references)s::text[] IS NULL OR EXISTS (
          SELECT 1 FROM citation o WHERE o.declaration_id = d.id AND o.reference = ANY (%(references)s::text[])
            AND (%(document_type)s::text IS NULL OR o.type = %(document_type)s::text)
            AND (%(eoris)s::text[] IS NULL OR EXISTS (
                SELECT 1 FROM party p WHERE p.declaration_id = d.id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= o.last
            ))
      ))
    OFFSET 0
), shown AS (
    SELECT read.*, NOT %(officers)s AND coalesce(entry #>> '{stopper,code}', 'SW-API-HELD') = 'SW-API-HELD' AND held AS hides,
           -- Of several parties it is the first one's, in the order of `turn_order`.
           CASE WHEN ended IS NOT NULL AND turns IS NULL THEN 'nobody' WHEN turns IS NULL THEN entry ->> 'turn' ELSE (
               SELECT t FROM unnest(%(turn_order)s::text[]) AS t WHERE t = ANY (turns) OR t = entry ->> 'turn' LIMIT 1
           ) END AS turn
    FROM read
), matched AS MATERIALIZED (
    SELECT r.number, r.state, r.held, r.unfilled, r.lodged_at, r.hides,
           -- Since when goods are held for what may not be told is not told by an order or a sum either.
           CASE WHEN r.hides THEN r.received_at ELSE r.held_at END AS held_at,
           width_bucket(extract(epoch FROM now() - CASE WHEN r.hides THEN r.received_at ELSE r.held_at END), %(age_ends)s::numeric[]) AS age,
           r.presented_at, r.entry -> 'silent' AS silent, r.entry -> 'authorities' AS authorities, r.entry -> 'further' AS further,
           r.entry #>> '{stopper,code}' AS code,
           r.turn, r.entry ->> 'effect_kind' AS effect_kind, r.matters, r.own,
           r.held AND r.confirmed AND r.entry ->> 'effect' = 'refuse' AND r.turn IS DISTINCT FROM 'officer' AS refused
    FROM shown r
    WHERE (%(states)s::text[] IS NULL OR r.state = ANY (%(states)s::text[]))
      AND (%(offices)s::text[] IS NULL OR r.lodged_at = ANY (%(offices)s::text[])
           OR r.presented_at = ANY (%(offices)s::text[]))
      AND (%(wanted_offices)s::text[] IS NULL OR r.lodged_at = ANY (%(wanted_offices)s::text[])
           OR r.presented_at = ANY (%(wanted_offices)s::text[]))
      AND (NOT %(only_open)s OR r.held OR r.turns IS NOT NULL OR r.unfilled AND r.stored_state IN ('received', 'decided'))
      AND (r.unfilled OR (
          (%(effects)s::text[] IS NULL OR r.entry ->> 'effect' = ANY (%(effects)s::text[])
           AND (r.held OR r.entry ->> 'effect' NOT IN ('hold', 'refuse')))
          AND (%(effect_kinds)s::text[] IS NULL OR r.entry ->> 'effect_kind' = ANY (%(effect_kinds)s::text[]))
          AND (%(advices)s::text[] IS NULL OR r.entry ->> 'advice' = ANY (%(advices)s::text[]))
          AND (%(findings)s::text[] IS NULL OR r.entry -> 'findings' ?| %(findings)s::text[])
          AND (%(authorities)s::text[] IS NULL OR r.entry -> 'authorities' ?| %(authorities)s::text[])
      ))
), wanted AS MATERIALIZED (
    -- Each at its place: places grow in the order of the list.
    SELECT m.*,
           CASE WHEN %(by_age)s THEN m.held_at ELSE %(after_held)s::timestamptz END AS at,
           CASE WHEN %(by_age)s THEN m.number ELSE -m.number END AS place
    FROM matched m
    WHERE (%(turns)s::text[] IS NULL OR m.unfilled OR m.turn = ANY (%(turns)s::text[]))
      AND (%(own_request)s::boolean IS NULL OR m.unfilled OR m.own = %(own_request)s::boolean)
      AND (%(refused)s::boolean IS NULL OR m.unfilled OR m.refused = %(refused)s::boolean)
      AND (%(held)s::boolean IS NULL OR m.unfilled OR m.held = %(held)s::boolean)
      AND (%(ages)s::integer[] IS NULL OR m.unfilled OR m.age = ANY (%(ages)s::integer[]))
), page AS MATERIALIZED (
    SELECT w.* FROM wanted w
    WHERE CASE WHEN %(backwards)s THEN (w.at, w.place) < (%(after_held)s::timestamptz, %(after)s::bigint)
               ELSE (w.at, w.place) > (%(after_held)s::timestamptz, %(after)s::bigint) END
    ORDER BY CASE WHEN %(backwards)s THEN w.at END DESC, CASE WHEN %(backwards)s THEN w.place END DESC, w.at, w.place
    LIMIT %(limit)s
), counted AS (
    SELECT json_agg(g) AS counts FROM (
        SELECT m.turn, m.age, m.effect_kind, m.lodged_at AS office, m.unfilled, m.own, m.held, coalesce(m.refused, false) AS refused, count(*) AS declarations, min(m.held_at) AS oldest
        FROM matched m WHERE %(counting)s AND (m.held OR m.unfilled OR m.matters IS NOT NULL) GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
    ) AS g
), obstacle AS (
    SELECT json_object_agg(g.code, g.many) AS findings FROM (
        SELECT a.code, count(*) AS many FROM matched m
        CROSS JOIN LATERAL (SELECT m.code UNION SELECT jsonb_object_keys(m.further)) AS a (code)
        WHERE %(counting)s AND m.held AND a.code IS NOT NULL GROUP BY 1
    ) AS g
), spoken AS (
    SELECT json_object_agg(g.name, g.many) AS authorities FROM (
        SELECT a.name, count(*) AS many FROM matched m, jsonb_array_elements_text(m.authorities) AS a (name)
        WHERE %(counting)s AND m.held GROUP BY 1
    ) AS g
), silent AS (
    SELECT json_agg(g) AS causes FROM (
        SELECT a.name AS authority, count(*) AS declarations, min(m.held_at) AS oldest
        FROM matched m, jsonb_array_elements_text(m.silent) AS a (name)
        WHERE %(counting)s AND m.held GROUP BY 1 HAVING count(*) > 1
    ) AS g
)
SELECT counted.counts, silent.causes, obstacle.findings, spoken.authorities, (SELECT count(*) FROM candidate) AS candidates,
       (SELECT min(number) FROM candidate) AS last_candidate,
       (SELECT count(*) FROM wanted w 
        WHERE CASE WHEN %(backwards)s THEN (w.at, w.place) >= (%(after_held)s::timestamptz, %(after)s::bigint)
                   ELSE (w.at, w.place) <= (%(after_held)s::timestamptz, %(after)s::bigint) END) AS passed,
       (SELECT count(*) FROM wanted w) AS of_all, p.number, p.held_at, p.turn, p.matters::text AS matters, p.state, p.unfilled, p.lodged_at,
       p.presented_at, CASE WHEN p.held AND NOT p.hides THEN greatest(d.held_since, own.since) END AS held_since, d.id::text AS id, d.current_version, d.lrn, d.mrn,
       d.declarant, d.direction, d.kind, greatest(d.received_at, own.since) AS received_at, d.accepted_at, d.look_due_at, d.decision_count, d.gave_up, d.shut,
       CASE WHEN v.decision_number = d.listed AND d.decision_count = d.listed THEN
           listed_as(d.listing, CASE WHEN d.confirmed THEN %(told)s::integer ELSE %(untold)s::integer END)::text
       END AS entry
FROM counted CROSS JOIN silent CROSS JOIN obstacle CROSS JOIN spoken LEFT JOIN page p ON true LEFT JOIN declaration d ON d.number = p.number
LEFT JOIN LATERAL (
    -- Of a party that is named from a version on nothing is older than that.
    SELECT w.received_at AS since FROM declaration_version w
    WHERE NOT %(officers)s AND w.declaration_id = d.id AND w.version = (
        SELECT min(o.since) FROM party o WHERE o.declaration_id = d.id AND o.eori = ANY (%(eoris)s::text[])
    )
    OFFSET 0
) AS own ON true
LEFT JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
ORDER BY CASE WHEN %(backwards)s THEN p.at END DESC, CASE WHEN %(backwards)s THEN p.place END DESC, p.at, p.place;

-- Records of some declarations in the order of their page: it ends where what is stored of their decisions comes to so many bytes.
-- name: records
SELECT * FROM (
    SELECT r.*, sum(r.size) OVER (ORDER BY r.place) - r.size AS bytes_before FROM (
        SELECT d.*, n.place, coalesce(octet_length(d.decision), 0) + coalesce(octet_length(d.documents), 0) AS size
        FROM unnest(%(numbers)s::bigint[]) WITH ORDINALITY AS n (number, place)
        CROSS JOIN LATERAL (
            SELECT * FROM declaration_record d WHERE d.number = n.number AND d.version = d.current_version OFFSET 0
        ) AS d
    ) AS r
) AS page WHERE bytes_before < %(most)s
ORDER BY place;

-- Documents whose references end like this, of declarations at the reader's offices.
-- name: cited_by_end
SELECT DISTINCT c.type, c.reference FROM unnest(%(lows)s::text[], %(highs)s::text[]) AS e (low, high), citation c
WHERE reverse(c.reference) ~>=~ e.low AND reverse(c.reference) ~<~ e.high
  AND (%(offices)s::text[] IS NULL OR is_at_offices(c.declaration_id, %(offices)s))
ORDER BY c.type, c.reference LIMIT %(limit)s;

-- What rows show of the goods of some declarations. A large one is not read for it.
-- name: listed_goods
SELECT d.id::text AS id, m.model #>> '{items,0,description}' AS description, jsonb_array_length(m.model -> 'items') AS items,
       m.model ->> 'importer' AS importer, m.model #>> '{items,0,origin}' AS origin, m.model ->> 'country_of_dispatch' AS dispatch
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
CROSS JOIN LATERAL (SELECT v.model::jsonb AS model OFFSET 0) AS m
WHERE d.id = ANY (%(ids)s::uuid[]) AND v.model IS NOT NULL AND octet_length(v.model) < 500000;

-- Codes of documents that no table knows, of declarations that are held for them since a day at most, the commonest first.
-- name: unknown_codes
WITH held AS MATERIALIZED (
    SELECT d.id, d.number, d.decision_count FROM declaration d
    WHERE (d.held_since IS NOT NULL OR d.decision_count <> coalesce(d.listed, 0)) AND d.held_since > now() - interval '1 day'
      AND listed_as(d.listing, 0) -> 'findings' ? 'SW-DEC-016'
      AND (%(offices)s::text[] IS NULL OR d.office = ANY (%(offices)s::text[]) OR d.presentation_office = ANY (%(offices)s::text[]))
      AND (%(eoris)s::text[] IS NULL OR d.eoris && %(eoris)s::text[])
)
SELECT f.finding #>> '{document,type}' AS code, count(DISTINCT h.number) AS declarations
FROM held h CROSS JOIN LATERAL (
    SELECT c.body FROM decision c
    WHERE c.declaration_id = h.id AND c.number = h.decision_count AND c.decided_at > now() - interval '1 day' OFFSET 0
) AS c CROSS JOIN LATERAL json_array_elements(c.body::json #> '{decision,findings}') AS f (finding)
WHERE f.finding ->> 'code' = 'SW-DEC-016'
GROUP BY code ORDER BY declarations DESC, code LIMIT %(limit)s;

-- Declarations that another version of the gateway decided, with the first decision of those in a row that held them.
-- name: not_listed
SELECT d.id::text AS id, d.number, d.event_seq, d.decision_count, d.gave_up, v.state, v.model::json ->> 'customs_office' AS office,
       v.model::json ->> 'presentation_office' AS presentation_office, c.body AS decision, (
           SELECT min(h.decided_at) FROM decision h WHERE h.declaration_id = d.id AND h.number > coalesce((
               SELECT max(r.number) FROM decision r
               WHERE r.declaration_id = d.id AND r.body::json #>> '{decision,effect}' NOT IN ('hold', 'refuse')
           ), 0)
       ) AS held_from
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
JOIN decision c ON c.declaration_id = d.id AND c.number = d.decision_count
WHERE d.decision_count <> coalesce(d.listed, 0) AND d.number < %(before)s
ORDER BY d.number DESC LIMIT %(limit)s;

-- Unless something happened to them meanwhile, which is written by whoever does it or found again.
-- name: list_decided
WITH filled AS (
    SELECT * FROM json_to_recordset(%(filled)s::json) AS f (
        id uuid, seq integer, number integer, held_since timestamptz, listing text, office text, presentation_office text
    )
), free AS (
    SELECT d.id FROM declaration d JOIN filled f ON f.id = d.id WHERE d.event_seq = f.seq ORDER BY d.id FOR UPDATE OF d SKIP LOCKED
)
UPDATE declaration d
SET listed = f.number, held_since = f.held_since, listing = CASE WHEN NOT d.erased THEN f.listing::jsonb END,
    office = coalesce(d.office, f.office), presentation_office = coalesce(d.presentation_office, f.presentation_office)
FROM filled f, free
WHERE d.id = f.id AND free.id = d.id AND d.event_seq = f.seq AND d.decision_count = f.number
RETURNING d.id::text AS id;
