-- Keys that are kept in the database.

-- name: make_key
INSERT INTO api_key (id, name, digest, role, person, salt, eoris, authority, asserts_officers, offices, made_by, expires_at)
VALUES (%(id)s::uuid, %(name)s, %(digest)s, %(role)s, %(person)s, %(salt)s, %(eoris)s, %(authority)s, %(asserts_officers)s,
        %(offices)s, %(made_by)s, %(expires_at)s)
ON CONFLICT (name) DO NOTHING
RETURNING made_at;

-- Of whoever made it, so many at most that count still.
-- name: keys_that_count
SELECT count(*) AS keys FROM api_key_now WHERE made_by = %(made_by)s AND revoked_at IS NULL AND NOT expired;

-- name: key_by_digest
SELECT * FROM api_key_now WHERE digest = %(digest)s;

-- Of guesses, many at once: which of them are keys that count.
-- name: keys_among
SELECT digest FROM api_key_now WHERE digest = ANY (%(digests)s::text[]) AND revoked_at IS NULL AND NOT expired;

-- name: key_by_name
SELECT * FROM api_key_now WHERE name = %(name)s;

-- name: key_by_id
SELECT * FROM api_key_now WHERE id = %(id)s::uuid;

-- name: keys
SELECT * FROM api_key_now
WHERE (%(made_by)s::text IS NULL OR made_by = %(made_by)s)
  AND (%(after)s::uuid IS NULL OR (made_at, id) < (SELECT a.made_at, a.id FROM api_key a WHERE a.id = %(after)s::uuid))
ORDER BY made_at DESC, id DESC LIMIT %(limit)s;

-- name: end_key
INSERT INTO api_key_end (key_id, by, reason, salt) VALUES (%(id)s::uuid, %(by)s, %(reason)s, %(salt)s)
ON CONFLICT (key_id) DO NOTHING
RETURNING at;

-- name: key_used
INSERT INTO api_key_use (key_id, at) VALUES (%(id)s::uuid, now())
ON CONFLICT (key_id) DO UPDATE SET at = now() WHERE api_key_use.at <= now() - interval '1 minute';

-- Of keys that ended before a day.
-- name: erase_keys
UPDATE api_key k SET person = NULL, salt = NULL
WHERE k.salt IS NOT NULL
  AND (k.expires_at < %(before)s OR EXISTS (SELECT 1 FROM api_key_end e WHERE e.key_id = k.id AND e.at < %(before)s))
RETURNING k.id::text AS id;

-- name: erase_key_ends
UPDATE api_key_end SET reason = NULL, salt = NULL WHERE at < %(before)s AND reason IS NOT NULL RETURNING key_id::text AS id;
