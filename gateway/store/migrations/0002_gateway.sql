-- The gateway's own tables. Personal data stands in erasable rows (model, evidence, officer_verification); events cite them by digest.

CREATE TABLE declaration (
    id uuid PRIMARY KEY,
    declarant text NOT NULL,
    lrn text NOT NULL,
    mrn text UNIQUE,
    eoris text[] NOT NULL,
    direction text NOT NULL,
    kind text NOT NULL,
    current_version integer NOT NULL,
    received_at timestamptz NOT NULL,
    accepted_at timestamptz,
    due_at timestamptz,
    lease_owner text,
    lease_token bigint NOT NULL DEFAULT 0,
    lease_until timestamptz,
    event_seq integer NOT NULL,
    event_head text NOT NULL,
    decisions integer NOT NULL DEFAULT 0,
    invalidating boolean NOT NULL DEFAULT false,
    confirmed boolean NOT NULL DEFAULT false,
    placed bigint GENERATED ALWAYS AS IDENTITY,
    UNIQUE (declarant, lrn)
);
CREATE INDEX declaration_due ON declaration (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX declaration_lrn ON declaration (lrn);
CREATE INDEX declaration_placed ON declaration (placed DESC);
CREATE INDEX declaration_eoris ON declaration USING gin (eoris);

CREATE TABLE declaration_version (
    declaration_id uuid NOT NULL REFERENCES declaration (id),
    version integer NOT NULL,
    digest text NOT NULL,
    state text NOT NULL,
    received_at timestamptz NOT NULL,
    model bytea,
    documents bytea NOT NULL,
    cited text[] NOT NULL,
    PRIMARY KEY (declaration_id, version)
);
CREATE INDEX declaration_version_cited ON declaration_version USING gin (cited);

CREATE TABLE decision (
    declaration_id uuid NOT NULL REFERENCES declaration (id),
    number integer NOT NULL,
    version integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (declaration_id, number)
);

CREATE TABLE event (
    declaration_id uuid NOT NULL REFERENCES declaration (id),
    seq integer NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    text text NOT NULL,
    hash text NOT NULL,
    PRIMARY KEY (declaration_id, seq)
);

CREATE TABLE evidence (
    day date NOT NULL,
    digest text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (day, digest)
) PARTITION BY RANGE (day);
CREATE TABLE evidence_any PARTITION OF evidence DEFAULT;

CREATE TABLE evidence_of (
    declaration_id uuid NOT NULL REFERENCES declaration (id),
    digest text NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (declaration_id, digest)
);

CREATE TABLE officer_verification (
    declaration_id uuid NOT NULL REFERENCES declaration (id),
    seq integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (declaration_id, seq)
);

CREATE TABLE step (
    declaration_id uuid NOT NULL REFERENCES declaration (id),
    seq integer NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (declaration_id, seq)
);

CREATE TABLE checkpoint (
    at timestamptz NOT NULL DEFAULT now(),
    declarations bigint NOT NULL,
    events bigint NOT NULL,
    root text NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are only ever added' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER event_only_added BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_never_emptied BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
