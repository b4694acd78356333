-- Who read a case.

-- name: note_reading
INSERT INTO reading (declaration_id, version, what, name, person, role, proven)
VALUES (%(id)s::uuid, %(version)s, %(what)s, %(name)s, %(person)s, %(role)s, %(proven)s);

-- name: readings
SELECT number, at, version, what, name, person, role, proven FROM reading
WHERE declaration_id = %(id)s::uuid AND number < %(before)s
ORDER BY number DESC LIMIT %(limit)s;

-- name: erase_readings
UPDATE reading SET person = NULL WHERE at < %(before)s AND person IS NOT NULL RETURNING number;
