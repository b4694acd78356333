-- Who works on a case just now, and their line about it: shown to officers, and gone when its time is over.
-- serves beside: 0.3.0
CREATE TABLE case_owner (
    declaration_id  uuid PRIMARY KEY,
    person          text NOT NULL,                              -- personal data: who it is
    note            text NOT NULL,                              -- personal data: their line about it; empty: none
    since           timestamptz NOT NULL DEFAULT now(),
    until           timestamptz NOT NULL                        -- then it is given back by itself
);
CREATE INDEX case_owner_by_time ON case_owner (until);
