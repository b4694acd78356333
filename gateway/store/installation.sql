-- name: one_of_installation_at_a_time
SELECT pg_advisory_xact_lock(1163089753);

-- What the next event of the installation is numbered, and behind which hash.
-- name: installation_so_far
SELECT clock_timestamp() AS at, coalesce(e.seq, 0) AS seq, e.hash
FROM (SELECT) AS one LEFT JOIN (SELECT seq, hash FROM installation_event ORDER BY seq DESC LIMIT 1) AS e ON true;

-- name: installation_event
INSERT INTO installation_event (seq, kind, at, text, hash) VALUES (%(seq)s, %(kind)s, %(at)s, %(text)s, %(hash)s);

-- name: installation_step
INSERT INTO installation_step (event_seq, body, salt) VALUES (%(seq)s, %(body)s, %(salt)s);

