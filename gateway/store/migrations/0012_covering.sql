-- Events tell of the rows that they are written with (docs/audit.md). What was there before is sealed, some at a time, by an
-- event of its own: this file changes no row of a large table.

ALTER TABLE declaration
    ADD COLUMN covered_from integer,                            -- the event from which on all rows are told of; NULL: none yet
    ADD COLUMN erased boolean NOT NULL DEFAULT false;           -- its content was erased: nothing is done with it any more
ALTER TABLE declaration ALTER COLUMN covered_from SET DEFAULT 1;
CREATE INDEX declaration_unsealed ON declaration (number) WHERE covered_from IS NULL;

ALTER TABLE declaration_version ALTER COLUMN model DROP NOT NULL;   -- NULL once erased

-- What happens to the installation as a whole, in one chain: sets of tables stored and switched, evidence that expired.
CREATE TABLE installation_event (
    seq             integer PRIMARY KEY,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    text            text NOT NULL,
    hash            text NOT NULL
);
CREATE TRIGGER installation_event_is_append_only BEFORE UPDATE OR DELETE ON installation_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER installation_event_is_not_truncated BEFORE TRUNCATE ON installation_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who ordered it and why: personal data, kept apart so that it can be erased.
CREATE TABLE installation_step (
    event_seq       integer PRIMARY KEY,
    body            text NOT NULL,
    salt            text
);

ALTER TABLE table_switch ADD COLUMN salt text;                  -- of the digests of officer, reason and actor
