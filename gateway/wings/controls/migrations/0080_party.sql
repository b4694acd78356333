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

-- As `control_order_in_case`, which the version before lists by, with the place of an order among others.
CREATE VIEW control_order_in_turn AS
SELECT i.*, c.rank * 2 + c.prior::int AS urgent FROM control_order_in_case i JOIN control_order c ON c.number = i.number;
