-- The national copy of operators and their authorisations.

-- One load at a time.
-- name: lock_parties
SELECT pg_advisory_xact_lock(hashtext('party_load'));

-- name: last_party_load
SELECT max(day) AS day, max(at) AS at FROM party_load WHERE source = %(source)s;

-- Operators of whom the same was known only count for longer.
-- name: load_parties
WITH said AS (
    SELECT * FROM unnest(%(eoris)s::text[], %(facts)s::text[]) AS s (eori, facts)
), known AS (
    SELECT s.eori FROM said s JOIN party_facts p ON p.eori = s.eori WHERE p.facts = s.facts
), kept AS (
    INSERT INTO party_facts AS p (eori, facts, source, load, until) SELECT eori, facts, %(source)s, %(load)s, %(until)s FROM said
    ON CONFLICT (eori) DO UPDATE SET facts = excluded.facts, source = excluded.source, load = excluded.load, until = excluded.until
)
SELECT (SELECT count(*) FROM said) - (SELECT count(*) FROM known) AS changed;

-- Those that stand in the copy no more: nothing is known of them, and that is known.
-- name: end_parties
WITH ended AS (
    UPDATE party_facts SET facts = %(unknown)s, until = %(until)s
    WHERE source = %(source)s AND load <> %(load)s AND facts <> %(unknown)s
    RETURNING eori
)
SELECT count(*) AS changed FROM ended;

-- name: begin_party_load
INSERT INTO party_load (source, day, digest, parties, changed) VALUES (%(source)s, %(day)s, %(digest)s, %(parties)s, 0) RETURNING number;

-- name: end_party_load
UPDATE party_load SET changed = %(changed)s WHERE number = %(number)s RETURNING number;

-- Of an operator that stood in a copy nobody else says anything. What is other than before counts as a load of its own.
-- name: keep_party
WITH before AS (
    SELECT facts FROM party_facts WHERE eori = %(eori)s
), kept AS (
    INSERT INTO party_facts AS p (eori, facts, source, until) VALUES (%(eori)s, %(facts)s, %(source)s, %(until)s)
    ON CONFLICT (eori) DO UPDATE SET facts = excluded.facts, source = excluded.source, until = excluded.until WHERE p.load IS NULL
    RETURNING eori
)
INSERT INTO party_load (source, day, digest, parties, changed)
SELECT %(source)s, %(day)s, '', 1, 1 FROM kept, before WHERE before.facts <> %(facts)s;

-- name: parties
SELECT eori, facts FROM party_facts WHERE eori = ANY (%(eoris)s) AND until > now();

-- name: party_changes
SELECT coalesce(max(number), 0) AS number FROM party_load WHERE changed > 0;

-- name: party_copy
SELECT max(until) AS until, max(until) <= now() AS over FROM party_facts WHERE source = %(source)s;
