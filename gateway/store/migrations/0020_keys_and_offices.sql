-- Keys that are kept here: in force on all replicas from the moment they are made, and out of force from the moment they are revoked.
-- serves beside: 0.1.0

CREATE TABLE api_key (
    id              uuid PRIMARY KEY,
    name            text NOT NULL UNIQUE,                       -- for ever: events name who acted by it
    digest          text NOT NULL UNIQUE,                       -- SHA-256 of the key in hexadecimal; the key itself is kept nowhere
    role            text NOT NULL,
    person          text,                                       -- whose key it is; empty: the name is the person; null: it is erased
    salt            text,
    eoris           text[],
    authority       text,
    asserts_officers boolean NOT NULL,
    offices         text[],                                     -- null: all
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by         text NOT NULL,                              -- the caller with whose access it ends, or the command line
    expires_at      timestamptz
);
CREATE INDEX api_key_made ON api_key (made_at DESC, id DESC);
CREATE INDEX api_key_of_maker ON api_key (made_by, made_at DESC, id DESC);

CREATE TABLE api_key_end (
    key_id          uuid PRIMARY KEY REFERENCES api_key,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    by              text NOT NULL,
    reason          text,
    salt            text
);

-- When each was last used, to the minute.
CREATE TABLE api_key_use (
    key_id          uuid PRIMARY KEY REFERENCES api_key,
    at              timestamptz NOT NULL
);

-- A key as it stands now.
CREATE VIEW api_key_now AS
SELECT k.*, coalesce(k.expires_at <= now(), false) AS expired, u.at AS used_at,
       e.at AS revoked_at, e.by AS revoked_by, e.reason AS revoked_because
FROM api_key k
LEFT JOIN api_key_end e ON e.key_id = k.id
LEFT JOIN api_key_use u ON u.key_id = k.id;

CREATE TRIGGER api_key_is_not_truncated BEFORE TRUNCATE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER api_key_end_is_not_truncated BEFORE TRUNCATE ON api_key_end
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whether a declaration is lodged or presented at one of these customs offices, by the content of its newest version. What is
-- erased, or names no office, is at none. `offices` null: all.
CREATE FUNCTION is_at_offices(id uuid, offices text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT offices IS NULL OR EXISTS (
        SELECT 1 FROM declaration d
        JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
        WHERE d.id = is_at_offices.id
          AND (v.model::jsonb ->> 'customs_office' = ANY (offices) OR v.model::jsonb ->> 'presentation_office' = ANY (offices))
    )
$$;

-- Who read a case, where a person did: what machines read is not written down.
CREATE TABLE reading (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration_id  uuid NOT NULL REFERENCES declaration,
    version         integer NOT NULL,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    what            text NOT NULL,
    name            text NOT NULL,                              -- of the key, the certificate or the subject
    person          text,                                       -- null: it is erased
    role            text NOT NULL,
    proven          text NOT NULL
);
CREATE INDEX reading_of_declaration ON reading (declaration_id, number DESC);
CREATE TRIGGER reading_is_not_deleted BEFORE DELETE ON reading
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reading_is_not_truncated BEFORE TRUNCATE ON reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
