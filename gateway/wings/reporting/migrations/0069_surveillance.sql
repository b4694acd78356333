-- Surveillance: which declarations have something to report, what was sent of each goods item, and the files.
-- serves beside: 1.0.0
CREATE TABLE surveillance_switch (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- one row, once an issuer is set; none: nothing is reported
    issuer          text NOT NULL,
    since           timestamptz NOT NULL DEFAULT now(),         -- what was released before is not reported
    filled_to       timestamptz NOT NULL DEFAULT now(),         -- up to which notices were gone through for it
    identity        integer NOT NULL,                           -- the newest place of the database at which the receiver's last number was known
    counted_at      timestamptz,                                -- when releases were compared with what was made of them
    counted         text                                        -- what that came to
);

-- Written in the commit of a release, and of what changes a declaration with released goods.
CREATE TABLE surveillance_due (
    declaration_id  uuid PRIMARY KEY,
    mark            integer NOT NULL,                           -- the event of the last such commit
    since           timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE surveillance_item (
    declaration_id  uuid NOT NULL,
    item            integer NOT NULL,
    state           text NOT NULL,                              -- sent, partly, waiting, lacking, excluded, unknown
    reason          text NOT NULL,
    gone            boolean NOT NULL,                           -- the newest version has no such item
    file            integer,                                    -- with which it was sent last; NULL: it was not
    change          text,                                       -- as what: new, replaced, cancelled
    digest          text,                                       -- of the columns that were sent
    mrn             text,                                       -- under which it was sent
    answer          text,                                       -- accepted, rejected; NULL: not answered
    held            boolean NOT NULL DEFAULT false,             -- whether the receiver has a record of it, as far as it answered
    held_by         integer NOT NULL DEFAULT 0,                 -- the file whose answer says so
    PRIMARY KEY (declaration_id, item)
) WITH (autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE surveillance_file (
    number          integer PRIMARY KEY,                        -- from 1, without gaps
    state           text NOT NULL,                              -- open, closed, answered, lost
    records         integer NOT NULL DEFAULT 0,
    parts           integer NOT NULL DEFAULT 0,
    digest          text,                                       -- of its records
    header          bytea,                                      -- compressed; NULL: it is not closed
    made_at         timestamptz,
    answered_at     timestamptz,
    answer          text,                                       -- the digest of what the receiver answered
    forgotten       boolean NOT NULL DEFAULT false              -- its records are kept no more
);
CREATE UNIQUE INDEX surveillance_file_open ON surveillance_file (state) WHERE state = 'open';

CREATE TABLE surveillance_part (
    number          integer NOT NULL,
    part            integer NOT NULL,
    body            bytea NOT NULL,
    PRIMARY KEY (number, part)
);
ALTER TABLE surveillance_part ALTER COLUMN body SET STORAGE EXTERNAL;  -- compressed already

CREATE TABLE surveillance_sent (
    number          integer NOT NULL,
    declaration_id  uuid NOT NULL,
    item            integer NOT NULL,
    mrn             text NOT NULL,
    change          text NOT NULL,
    error           text,                                       -- the receiver's, with its column
    PRIMARY KEY (number, declaration_id, item)
);
