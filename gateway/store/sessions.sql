-- Subjects whom issuers proved, sessions of persons, and sign-ins that wait for their issuer.

-- name: prove_subject
INSERT INTO proven_subject (name, issuer, subject, person, is_person, role, eoris, offices)
VALUES (%(name)s, %(issuer)s, %(subject)s, %(person)s, %(is_person)s, %(role)s, %(eoris)s, %(offices)s)
ON CONFLICT (name) DO UPDATE SET
    issuer = excluded.issuer, subject = excluded.subject, person = excluded.person, is_person = excluded.is_person,
    role = excluded.role, eoris = excluded.eoris, offices = excluded.offices, proven_at = clock_timestamp();

-- name: proven_subject
SELECT name, issuer, subject, person, is_person, role, eoris, offices FROM proven_subject
WHERE name = %(name)s AND proven_at > clock_timestamp() - %(within)s;

-- The persons of all issuers, whoever was proven last first.
-- name: proven_persons
SELECT name, issuer, subject, person, is_person, role, eoris, offices, proven_at FROM proven_subject
WHERE is_person AND proven_at > clock_timestamp() - %(within)s ORDER BY proven_at DESC, name LIMIT %(limit)s;

-- name: begin_sign_in
INSERT INTO sign_in (state, kind, browser, issuer, nonce, verifier, target, ends_at)
VALUES (%(state)s, %(kind)s, %(browser)s, %(issuer)s, %(nonce)s, %(verifier)s, %(target)s, clock_timestamp() + %(lasts)s);

-- Whatever its state, it is used up.
-- name: take_sign_in
DELETE FROM sign_in WHERE state = %(state)s AND kind = %(kind)s
RETURNING issuer, nonce, verifier, target, browser = %(browser)s AND ends_at > clock_timestamp() AS good;

-- name: begin_session
INSERT INTO session (digest, room, issuer, subject, sid, name, person, role, eoris, offices, id_token, ends_at)
VALUES (
    %(digest)s, %(room)s, %(issuer)s, %(subject)s, %(sid)s, %(name)s, %(person)s, %(role)s, %(eoris)s, %(offices)s,
    %(id_token)s, clock_timestamp() + %(lasts)s
);

-- Its use is noted once in a while, not with every page.
-- name: use_session
WITH live AS (
    SELECT * FROM session
    WHERE digest = %(digest)s AND ended_at IS NULL AND ends_at > clock_timestamp() AND used_at > clock_timestamp() - %(idle)s
), noted AS (
    UPDATE session s SET used_at = clock_timestamp() FROM live
    WHERE %(noted)s AND s.digest = live.digest AND live.used_at < clock_timestamp() - %(idle)s / 20
)
SELECT room, issuer, subject, sid, name, person, role, eoris, offices, id_token, began_at, ends_at, draft_at IS NOT NULL AS has_draft FROM live;

-- Of guesses, many at once: which of them are sessions that are not over.
-- name: sessions_among
SELECT digest FROM session WHERE digest = ANY (%(digests)s::bytea[]) AND ended_at IS NULL AND ends_at > clock_timestamp();

-- name: end_session
UPDATE session SET ended_at = clock_timestamp(), ended_by = %(by)s, id_token = NULL
WHERE digest = %(digest)s AND ended_at IS NULL;

-- name: end_sessions_of
UPDATE session SET ended_at = clock_timestamp(), ended_by = %(by)s, id_token = NULL
WHERE issuer = %(issuer)s AND subject = %(subject)s AND ended_at IS NULL;

-- Of an issuer's session, or of all of a subject's; what began after the issuer said so is another one.
-- name: end_sessions_at_issuer
UPDATE session SET ended_at = clock_timestamp(), ended_by = 'issuer', id_token = NULL
WHERE issuer = %(issuer)s AND ended_at IS NULL AND began_at <= %(until)s
    AND (%(sid)s::text IS NULL OR sid = %(sid)s) AND (%(subject)s::text IS NULL OR subject = %(subject)s);

-- What was typed in a session, which may have ended meanwhile.
-- name: keep_draft
UPDATE session SET draft = %(draft)s, draft_path = %(path)s, draft_at = clock_timestamp()
WHERE digest = %(digest)s AND room = %(room)s
RETURNING 1 AS kept;

-- It goes with its person into the next session, and with nobody else.
-- name: carry_draft
WITH old AS (
    SELECT o.draft, o.draft_path, o.draft_at FROM session o JOIN session n ON n.digest = %(digest)s
    WHERE o.digest = %(before)s AND o.digest <> n.digest AND o.issuer = n.issuer AND o.subject = n.subject AND o.room = n.room
        AND o.draft_at > clock_timestamp() - %(kept)s
), erased AS (
    UPDATE session SET draft = NULL, draft_path = NULL, draft_at = NULL
    WHERE digest = %(before)s AND digest <> %(digest)s AND draft_at IS NOT NULL
)
UPDATE session s SET draft = old.draft, draft_path = old.draft_path, draft_at = old.draft_at FROM old
WHERE s.digest = %(digest)s;

-- name: draft
SELECT draft FROM session
WHERE digest = %(digest)s AND draft_path = %(path)s AND draft_at > clock_timestamp() - %(kept)s;

-- name: drop_draft
UPDATE session SET draft = NULL, draft_path = NULL, draft_at = NULL WHERE digest = %(digest)s;

-- name: forget_sessions
WITH drafts AS (
    UPDATE session SET draft = NULL, draft_path = NULL, draft_at = NULL
    WHERE draft_at < clock_timestamp() - %(drafts_kept)s AND least(ends_at, ended_at) >= clock_timestamp() - %(kept)s
), sessions AS (
    DELETE FROM session WHERE least(ends_at, ended_at) < clock_timestamp() - %(kept)s
), subjects AS (
    DELETE FROM proven_subject WHERE proven_at < clock_timestamp() - %(kept)s
)
DELETE FROM sign_in WHERE ends_at < clock_timestamp();
