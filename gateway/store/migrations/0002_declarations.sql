-- Declarations, their versions, decisions, trail and evidence. Values of the domain stand as JSON text exactly as encoded:
-- jsonb would reorder them, and digests are over the text.

CREATE TABLE declaration (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,  -- the order of receipt, for paging
    declarant       text NOT NULL,
    lrn             text NOT NULL,
    mrn             text,
    direction       text NOT NULL,
    kind            text NOT NULL,
    eoris           text[] NOT NULL,
    received_at     timestamptz NOT NULL,
    accepted_at     timestamptz,
    current_version integer NOT NULL,
    decision_count  integer NOT NULL DEFAULT 0,
    invalidating    boolean NOT NULL DEFAULT false,
    ended           text,                                 -- the state in which nothing is done any more
    confirmed       boolean NOT NULL DEFAULT false,       -- the newest decision, by an officer
    event_seq       integer NOT NULL,
    event_head      text NOT NULL,
    wanted          integer NOT NULL DEFAULT 1,           -- how often work was asked for; due until all of it is taken up
    taken           integer NOT NULL DEFAULT 0,           -- as much of it as the lease's holder has seen
    due_at          timestamptz,
    lease_owner     text,
    lease_token     bigint NOT NULL,
    lease_until     timestamptz,
    CONSTRAINT declaration_one_per_lrn UNIQUE (declarant, lrn)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX declaration_one_per_mrn ON declaration (mrn) WHERE mrn IS NOT NULL;
CREATE UNIQUE INDEX declaration_by_number ON declaration (number);
CREATE INDEX declaration_due ON declaration (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX declaration_by_lrn ON declaration (lrn);

CREATE TABLE declaration_version (
    declaration_id  uuid NOT NULL REFERENCES declaration,
    version         integer NOT NULL,
    digest          text NOT NULL,
    state           text NOT NULL,
    received_at     timestamptz NOT NULL,
    model           text NOT NULL,
    raw             text,                                 -- digest of the message as it came
    documents       text,                                 -- NULL: as in the decision
    decision_number integer,
    PRIMARY KEY (declaration_id, version)
);

-- Whose declaration it is, newest first.
CREATE TABLE party (
    eori            text NOT NULL,
    number          bigint NOT NULL,
    declaration_id  uuid NOT NULL,
    PRIMARY KEY (eori, number)
);
CREATE INDEX party_of_declaration ON party (declaration_id);

CREATE TABLE citation (
    reference       text NOT NULL,
    type            text NOT NULL,
    declaration_id  uuid NOT NULL,
    PRIMARY KEY (reference, type, declaration_id)
);

CREATE TABLE decision (
    declaration_id  uuid NOT NULL,
    number          integer NOT NULL,
    version         integer NOT NULL,
    decided_at      timestamptz NOT NULL,
    body            text NOT NULL,
    PRIMARY KEY (declaration_id, number)
);

CREATE TABLE officer_verification (
    declaration_id  uuid NOT NULL,
    event_seq       integer NOT NULL,
    type            text NOT NULL,
    reference       text NOT NULL,
    body            text NOT NULL,
    PRIMARY KEY (declaration_id, event_seq)
);

CREATE TABLE event (
    declaration_id  uuid NOT NULL,
    seq             integer NOT NULL,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    text            text NOT NULL,
    hash            text NOT NULL,
    PRIMARY KEY (declaration_id, seq)
);

-- What an officer or a caller gave with a step: personal data, which the step's event cites by number only.
CREATE TABLE step (
    declaration_id  uuid NOT NULL,
    event_seq       integer NOT NULL,
    body            text NOT NULL,
    PRIMARY KEY (declaration_id, event_seq)
);

-- A partition per day, made ahead: what may be erased goes with its day. The default one takes what no day was made for.
CREATE TABLE evidence (
    day             date NOT NULL DEFAULT current_date,
    digest          text NOT NULL,
    body            bytea NOT NULL,
    PRIMARY KEY (digest, day)
) PARTITION BY RANGE (day);
ALTER TABLE evidence ALTER COLUMN body SET STORAGE EXTERNAL;  -- compressed already
CREATE TABLE evidence_default PARTITION OF evidence DEFAULT;

CREATE TABLE evidence_link (
    declaration_id  uuid NOT NULL,
    digest          text NOT NULL,
    day             date NOT NULL DEFAULT current_date,
    PRIMARY KEY (declaration_id, digest)
);

-- root = SHA-256 over the root before and this checkpoint's heads: those that grew since the one before.
CREATE TABLE checkpoint (
    number          bigint PRIMARY KEY,
    at              timestamptz NOT NULL,
    root            text NOT NULL,
    heads           bigint NOT NULL
);

CREATE TABLE checkpoint_head (
    declaration_id  uuid NOT NULL,
    seq             integer NOT NULL,
    hash            text NOT NULL,
    checkpoint      bigint NOT NULL REFERENCES checkpoint,
    PRIMARY KEY (declaration_id, seq)
);
CREATE INDEX checkpoint_head_in_order ON checkpoint_head (checkpoint, declaration_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;

CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_is_not_truncated BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_is_append_only BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_is_append_only BEFORE UPDATE OR DELETE ON checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_head_is_append_only BEFORE UPDATE OR DELETE ON checkpoint_head
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- One version of a declaration as a reader is shown it.
CREATE VIEW declaration_record AS
SELECT d.number, d.id, v.version, d.current_version, d.lrn, d.mrn, d.declarant, d.eoris, d.direction, d.kind,
       v.received_at, d.accepted_at, d.event_seq,
       CASE WHEN v.state = 'received' AND d.lease_until > now() THEN 'processing' ELSE v.state END AS state,
       v.version = d.current_version AND d.due_at IS NOT NULL AS due,
       v.documents, c.body AS decision,
       d.confirmed AND v.version = d.current_version AS confirmed
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id
LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number;
