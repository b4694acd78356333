-- What EORIs and customs are told of their declarations, in the order in which it was committed.

-- A row is written with what it tells of, by transactions that commit in any order, and has no number yet. Whoever reads
-- numbers what is committed, one at a time under the counter's lock: no number appears below one that was seen.
CREATE TABLE notice (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    number          bigint,                               -- NULL: not read by anybody yet
    at              timestamptz NOT NULL DEFAULT now(),
    kind            text NOT NULL,
    declaration_id  uuid NOT NULL,
    lrn             text NOT NULL,
    mrn             text,
    version         integer NOT NULL,
    state           text NOT NULL,
    decision        integer,
    effect          text,
    eoris           text[] NOT NULL
);
CREATE INDEX notice_unnumbered ON notice (id) WHERE number IS NULL;
CREATE UNIQUE INDEX notice_in_order ON notice (number) WHERE number IS NOT NULL;
CREATE INDEX notice_by_age ON notice USING brin (at);

CREATE TABLE notice_counter (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    last            bigint NOT NULL
);
INSERT INTO notice_counter (last) VALUES (0);

-- Another look at the documents is wanted, whatever else is received: an answer was open, or an authority says that one changed.
ALTER TABLE declaration ADD COLUMN hinted boolean NOT NULL DEFAULT false;

-- The number of the decision on which nothing was asked again by itself any more.
ALTER TABLE declaration ADD COLUMN gave_up integer;

-- What a step that is no decision tells of: the declaration with the decision that stands on its newest version.
CREATE VIEW last_decided AS
SELECT d.id, d.lrn, d.mrn, d.eoris, v.version, v.state, v.decision_number, c.body AS decision
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number;
