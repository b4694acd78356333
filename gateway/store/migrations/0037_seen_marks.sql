-- What a person saw last of a declaration, and which alerts they have done with: theirs alone, under a digest of who they are.
-- serves beside: 0.1.0

CREATE TABLE seen_mark (
    person          bytea NOT NULL,                             -- SHA-256 of the issuer and its name of the person
    declaration_id  uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    event           integer NOT NULL,                           -- the last event that they were shown, by the number that they know it by
    shown           text NOT NULL,                              -- how it stood, as far as they were told
    PRIMARY KEY (person, declaration_id)
);
CREATE INDEX seen_mark_by_time ON seen_mark (at);

CREATE TABLE seen_alert (
    person          bytea NOT NULL,
    notice          bigint NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, notice)
);
CREATE INDEX seen_alert_by_time ON seen_alert (at);
