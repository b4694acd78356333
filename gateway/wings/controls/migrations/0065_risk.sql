-- Packs of risk criteria, and what they come to for each declaration: sealed by a key that is in no database.
-- serves beside: 1.0.0
CREATE TABLE risk_ledger (
    seq     integer PRIMARY KEY,                        -- from 1, without gaps
    at      timestamptz NOT NULL,
    epoch   text UNIQUE,                                -- the month of a key of draws; NULL: the entry is another one
    digest  bytea,                                      -- of that key, so that draws can be shown to have been honest
    body    bytea NOT NULL,                             -- sealed
    hash    bytea NOT NULL                              -- over the entry, and the hash of the one before
);

CREATE TABLE risk_assessment (
    declaration_id  uuid NOT NULL REFERENCES declaration (id),
    seq             integer NOT NULL,                   -- from 1, of its declaration
    at              timestamptz NOT NULL DEFAULT now(),
    links           bytea[] NOT NULL,                   -- by which other declarations of the same goods are found
    body            bytea NOT NULL,                     -- sealed; hit or none, one is as long as the other
    hash            bytea NOT NULL,                     -- over it, and the hash of the one before
    PRIMARY KEY (declaration_id, seq)
);

CREATE INDEX risk_assessment_links ON risk_assessment USING gin (links);
