-- Orders to control goods, each written under the lock of its declaration's head.
-- serves beside: 1.0.0
CREATE TABLE control_order (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration_id  uuid NOT NULL REFERENCES declaration (id),
    body            text NOT NULL,
    over            boolean NOT NULL,
    state           text NOT NULL,
    office          text,                                   -- that carries it out; NULL: none is known
    rank            smallint NOT NULL,                      -- of its level: the highest comes first
    announced       boolean NOT NULL,                       -- whether the announced examination stands for it
    due             timestamptz NOT NULL                    -- its appointment, or when it was opened
);

CREATE INDEX control_order_declaration ON control_order (declaration_id);
CREATE INDEX control_order_open ON control_order (number) WHERE NOT over;
CREATE INDEX control_order_announced ON control_order (declaration_id) WHERE announced;

-- Each order with how far its declaration has come: one of a declaration that ended is void, one of goods that are not presented planned.
CREATE VIEW control_order_in_case AS
SELECT c.declaration_id::text AS id, c.declaration_id, c.number, c.body, c.over, c.office, c.rank, c.due, d.mrn, d.lrn, d.accepted_at, d.ended,
       d.released, (NOT c.over AND c.state = 'appointed' AND c.due < now())::int AS late,
       CASE WHEN NOT c.over AND d.ended IS NOT NULL THEN 'void' WHEN c.state = 'due' AND d.accepted_at IS NULL THEN 'planned'
            ELSE c.state END AS stands
FROM control_order c JOIN declaration d ON d.id = c.declaration_id;
