-- Contingency windows (Impl. Reg. (EU) 2024/2145, Art. 11), what was decided inside them, and what became of it.

CREATE TABLE contingency_window (
    number          integer PRIMARY KEY,                        -- from 1, without gaps: it is quoted
    adapter         text NOT NULL,
    mode            text NOT NULL,
    opened_at       timestamptz NOT NULL,
    until           timestamptz,
    closed_at       timestamptz,
    opening         text,                                       -- officers and reason: NULL once erased
    closing         text                                        -- the same
);

CREATE FUNCTION is_in_force(contingency_window) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT $1.closed_at IS NULL AND ($1.until IS NULL OR $1.until > now())
$$;

-- Openings and closings, in one chain for all windows.
CREATE TABLE contingency_event (
    seq             integer PRIMARY KEY,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    text            text NOT NULL,
    hash            text NOT NULL
);
CREATE TRIGGER contingency_event_is_append_only BEFORE UPDATE OR DELETE ON contingency_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contingency_event_is_not_truncated BEFORE TRUNCATE ON contingency_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A document that was decided inside a window. `body` is the whole of it.
CREATE TABLE contingency_document (
    declaration_id  uuid NOT NULL REFERENCES declaration,
    number          integer NOT NULL REFERENCES contingency_window,
    type            text NOT NULL,
    reference       text NOT NULL,
    place           bigint GENERATED ALWAYS AS IDENTITY,        -- the order of the list, for paging
    let_through     boolean NOT NULL,                           -- released, and nobody had verified it
    afterwards      text NOT NULL,
    body            text NOT NULL,
    looks           integer NOT NULL DEFAULT 0,                 -- how often it was looked at since the window ended
    due_at          timestamptz NOT NULL DEFAULT now(),         -- not looked at again before
    PRIMARY KEY (declaration_id, number, type, reference)
);
CREATE UNIQUE INDEX contingency_document_in_order ON contingency_document (number, place);
CREATE INDEX contingency_document_awaited ON contingency_document (due_at) WHERE afterwards = 'awaited';
