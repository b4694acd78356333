-- A reading of a case has a seal, which 0044_sealed_readings.after.sql begins to write: what it says, and which reading of the case came
-- before.
-- serves beside: 0.1.0

ALTER TABLE reading
    ADD COLUMN follows bigint,                                  -- the reading of the declaration before it; NULL: none is known
    ADD COLUMN salt text,
    ADD COLUMN seal text;                                       -- NULL: from before readings were sealed

-- The salted digest of all that a reading says, as JSON; the person and the salt may be others than it has.
CREATE FUNCTION reading_seal(one reading, person text, salt text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'sha256:' || encode(sha256(convert_to(salt || E'\n' || json_build_array(
        one.number, one.declaration_id, to_char(one.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), one.version, one.what,
        one.name, person, one.role, one.proven, one.follows
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION seal_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.follows := (
            SELECT o.number FROM reading o WHERE o.declaration_id = NEW.declaration_id AND o.number < NEW.number
            ORDER BY o.number DESC LIMIT 1
        );
        NEW.salt := replace(gen_random_uuid()::text, '-', '');
        NEW.seal := reading_seal(NEW, NEW.person, NEW.salt);
    ELSIF OLD.seal = reading_seal(OLD, OLD.person, OLD.salt) THEN
        -- The person is erased. What else is changed with that is not sealed.
        NEW.salt := replace(gen_random_uuid()::text, '-', '');
        NEW.seal := reading_seal(OLD, NULL, NEW.salt);
    END IF;
    RETURN NEW;
END
$$;

-- Since which version a party is named without a break, and the newest version that cites a document: who is named later finds nothing
-- by what stood before. Of what was stored before, all parties are taken to be named from the beginning.
ALTER TABLE party ADD COLUMN since integer NOT NULL DEFAULT 1;
ALTER TABLE citation ADD COLUMN last integer NOT NULL DEFAULT 1;
