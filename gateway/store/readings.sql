-- Who read a case.

-- All that one person reads at once.
-- name: note_readings
INSERT INTO reading (declaration_id, version, what, name, person, role, proven)
SELECT id, version, %(what)s, %(name)s, %(person)s, %(role)s, %(proven)s
FROM unnest(%(ids)s::uuid[], %(versions)s::integer[]) AS shown (id, version);

-- name: readings
SELECT number, at, version, what, name, person, role, proven, follows, salt, seal FROM reading
WHERE declaration_id = %(id)s::uuid AND number < %(before)s
ORDER BY number DESC LIMIT %(limit)s;

-- name: erase_readings
UPDATE reading SET person = NULL WHERE at < %(before)s AND person IS NOT NULL RETURNING number;

-- Of all declarations, each with whether the reading before it is there.
-- name: all_readings
SELECT r.*, EXISTS (
    SELECT FROM reading o WHERE o.number = r.follows AND o.declaration_id = r.declaration_id
) AS has_before
FROM reading r ORDER BY r.number;

-- The first reading that was sealed when it was noted.
-- name: first_sealed_reading
SELECT min(number) AS number FROM reading WHERE seal IS NOT NULL;
