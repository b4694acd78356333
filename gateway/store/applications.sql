-- name: application_received
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt) VALUES (%(id)s::uuid, %(seq)s, %(body)s, %(salt)s)
), application AS (
    INSERT INTO application (id, declaration_id, kind, version, grounds, party, state, applied_at, last_day, content, raw,
                             model, applied_seq)
    VALUES (%(application)s::uuid, %(id)s::uuid, %(kind)s, %(version)s, %(grounds)s, %(party)s, 'open', %(at)s,
            %(last_day)s, %(content)s, %(raw)s, %(model)s, %(seq)s)
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(hash)s WHERE id = %(id)s::uuid;

-- With `eoris` it is theirs from the version on that names them.
-- name: application
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE uuid = %(id)s::uuid
  AND (%(eoris)s::text[] IS NULL OR EXISTS (
      SELECT 1 FROM party p
      WHERE p.declaration_id = application_record.declaration_id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= application_record.version
  ));

-- The newest first, as all pages of applications.
-- name: applications_of_declaration
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE declaration_id = %(declaration)s::uuid AND number < %(before)s
  AND (%(eoris)s::text[] IS NULL OR EXISTS (
      SELECT 1 FROM party p
      WHERE p.declaration_id = application_record.declaration_id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= application_record.version
  ))
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
ORDER BY number DESC LIMIT %(limit)s;

-- name: applications_of_declaration_in_state
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE declaration_id = %(declaration)s::uuid AND state = %(state)s AND number < %(before)s
  AND (%(eoris)s::text[] IS NULL OR EXISTS (
      SELECT 1 FROM party p
      WHERE p.declaration_id = application_record.declaration_id AND p.eori = ANY (%(eoris)s::text[]) AND p.since <= application_record.version
  ))
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
ORDER BY number DESC LIMIT %(limit)s;

-- name: applications
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE number < %(before)s
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
ORDER BY number DESC LIMIT %(limit)s;

-- name: applications_in_state
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE state = %(state)s AND number < %(before)s
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
ORDER BY number DESC LIMIT %(limit)s;

-- name: applications_waiting
SELECT count(*) AS waiting, min(last_day) AS first_last_day FROM (
    SELECT last_day FROM application
    WHERE state = 'open' AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s)) LIMIT %(limit)s
) AS a;

-- name: applications_of_parties
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE number < %(before)s
  AND EXISTS (SELECT 1 FROM party p WHERE p.declaration_id = application_record.declaration_id AND p.eori = ANY (%(eoris)s::text[])
                AND p.since <= application_record.version)
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
ORDER BY number DESC LIMIT %(limit)s;

-- name: applications_of_parties_in_state
SELECT *, (SELECT d.office FROM declaration d WHERE d.id = declaration_id) AS office FROM application_record
WHERE state = %(state)s AND number < %(before)s
  AND EXISTS (SELECT 1 FROM party p WHERE p.declaration_id = application_record.declaration_id AND p.eori = ANY (%(eoris)s::text[])
                AND p.since <= application_record.version)
  AND (%(offices)s::text[] IS NULL OR is_at_offices(declaration_id, %(offices)s))
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
ORDER BY number DESC LIMIT %(limit)s;

-- A statement of its own behind the one that locks the declaration: whoever waited for the lock would see in one with it what
-- stood before the wait.
-- Among those of the declaration: by its state it would be found among all that are open, where there were none when it was planned.
-- name: open_application
SELECT id::text AS id FROM (SELECT * FROM application WHERE declaration_id = %(id)s::uuid OFFSET 0) AS a WHERE state = 'open';

-- name: application_model
SELECT model FROM application WHERE id = %(id)s::uuid;

-- The personal text of whoever decides is in the step of the event; an application that is refused by itself has none.
-- name: application_decided
WITH noted AS (
    INSERT INTO event (declaration_id, seq, kind, at, text, hash)
    VALUES (%(id)s::uuid, %(seq)s, %(event_kind)s, %(at)s, %(text)s, %(hash)s)
), step AS (
    INSERT INTO step (declaration_id, event_seq, body, salt)
    SELECT %(id)s::uuid, %(seq)s, %(body)s, %(salt)s WHERE %(body)s::text IS NOT NULL
), act AS (
    INSERT INTO act (at, kind, declaration_id, event_seq)
    SELECT %(at)s, 'application', %(id)s::uuid, %(seq)s WHERE %(state)s = 'granted'
), application AS (
    UPDATE application SET state = %(state)s, decided_at = %(at)s, because = %(because)s, decided_seq = %(seq)s
    WHERE id = %(application)s::uuid
)
UPDATE declaration SET event_seq = %(seq)s, event_head = %(hash)s WHERE id = %(id)s::uuid;
