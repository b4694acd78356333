-- The national copy of operators and their authorisations, and which orders of control come before others of their level.
-- serves beside: 1.0.0
CREATE TABLE party_facts (
    eori    text PRIMARY KEY,
    facts   text NOT NULL,
    source  text NOT NULL,                              -- `copy`, or the adapter that was asked
    load    bigint,                                     -- that says so; NULL: the adapter does
    until   timestamptz NOT NULL                        -- from then on nothing is known of it
);

CREATE TABLE party_load (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL DEFAULT now(),
    source  text NOT NULL,
    day     date NOT NULL,                              -- on which it was so
    digest  text NOT NULL,                              -- of the file
    parties integer NOT NULL,
    changed integer NOT NULL                            -- those of whom other things are known than before
);

ALTER TABLE control_order ADD COLUMN prior boolean NOT NULL DEFAULT false;  -- of goods that a trusted operator declares

CREATE OR REPLACE VIEW control_order_in_case AS
SELECT c.declaration_id::text AS id, c.declaration_id, c.number, c.body, c.over, c.office, c.rank, c.due, d.mrn, d.lrn, d.accepted_at, d.ended,
       d.released, (NOT c.over AND c.state = 'appointed' AND c.due < now())::int AS late,
       CASE WHEN NOT c.over AND d.ended IS NOT NULL THEN 'void' WHEN c.state = 'due' AND d.accepted_at IS NULL THEN 'planned'
            ELSE c.state END AS stands, c.rank * 2 + c.prior::int AS urgent
FROM control_order c JOIN declaration d ON d.id = c.declaration_id;
